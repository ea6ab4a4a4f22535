/**
 * mutex - a lock that its holder may keep while it sleeps (kernel/locking/mutex.c).
 *
 * Whoever waits gets it in the order of asking; a free one is taken in the same turn. Needed where Linux holds a mutex across
 * something that sleeps here: one that is never held across a sleep needs no lock at all, since one turn runs at a time.
 */

import { type Awaitable, finallyWith, isPromise } from '../../src/lib/awaitable.ts';
import { Errno } from '../../src/lib/errno.ts';

const nobody: readonly (() => void)[] = [];

/** A lock with one holder. Not recursive: whoever takes it twice waits for ever. */
export class Mutex {
	/** Made when somebody waits: most never see anyone. */
	#waiters: Set<() => void> | undefined;
	#locked = false;

	/** True while somebody holds it (mutex_is_locked). */
	get locked(): boolean {
		return this.#locked;
	}

	/** Takes the lock if it is free, and says whether it did. */
	trylock(): boolean {
		if (this.#locked) return false;
		this.#locked = true;
		return true;
	}

	/** Takes the lock; sleeps while another holds it. */
	lock(): Awaitable<void> {
		if (this.trylock()) return;
		return new Promise(resolve => this.#enqueue(resolve));
	}

	/** As `lock`, but EINTR once `signal` is aborted while it would have to sleep. A free lock is taken regardless. */
	lockInterruptible(signal: AbortSignal): Awaitable<void> {
		if (this.trylock()) return;
		if (signal.aborted) throw new Errno('EINTR');
		return new Promise((resolve, reject) => {
			const granted = () => {
				signal.removeEventListener('abort', interrupted);
				resolve();
			};
			const interrupted = () => {
				this.#waiters!.delete(granted);
				reject(new Errno('EINTR'));
			};
			this.#enqueue(granted);
			signal.addEventListener('abort', interrupted, { once: true });
		});
	}

	/** Hands the lock to whoever has waited longest, or frees it. Throws TypeError when nobody holds it. */
	unlock(): void {
		if (!this.#locked) throw new TypeError('unlock of a mutex that nobody holds');
		for (const next of this.#waiters ?? nobody) {
			this.#waiters!.delete(next);
			next();
			return;
		}
		this.#locked = false;
	}

	#enqueue(granted: () => void): void {
		this.#waiters ??= new Set();
		this.#waiters.add(granted);
	}

	/** Runs `body` with the lock held, in the same turn when it is free. With `signal`, waiting for it may end by EINTR. */
	run<T>(body: () => Awaitable<T>, signal?: AbortSignal): Awaitable<T> {
		const locked = signal === undefined ? this.lock() : this.lockInterruptible(signal);
		return isPromise(locked) ? runLater(this, locked, body) : finallyWith(body, this, unlock);
	}
}

const unlock = (mutex: Mutex) => mutex.unlock();

function runLater<T>(mutex: Mutex, locked: Promise<void>, body: () => Awaitable<T>): Promise<T> {
	return locked.then(() => finallyWith(body, mutex, unlock));
}
