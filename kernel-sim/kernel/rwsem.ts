/**
 * rwsem - a lock that many may hold to look and one alone to change, across sleeping (kernel/locking/rwsem.c).
 *
 * Whoever waits gets it in the order of asking: a reader that comes behind a waiting writer waits, too. A free one is taken in the
 * same turn.
 */

import { type Awaitable, finallyDo, isPromise } from '../../src/lib/awaitable.ts';
import { Errno } from '../../src/lib/errno.ts';

/** Somebody who can be killed. */
export interface Killable {
	readonly killed?: AbortSignal;
}

/** Somebody who waits. */
interface Waiter {
	readonly write: boolean;
	granted(): void;
}

/** A lock with any number of readers or one writer. Not recursive. */
export class RwSemaphore {
	#waiters: Waiter[] | undefined;
	/** Number of readers that hold it; -1 for a writer. */
	#held = 0;

	/** Takes it to look (down_read); sleeps while somebody changes, or waits to. */
	downRead(): Awaitable<void> {
		if (this.#held >= 0 && this.#waiters === undefined) {
			this.#held++;
			return;
		}
		return new Promise(resolve => this.#wait({ write: false, granted: resolve }));
	}

	/** Gives it back (up_read). */
	upRead(): void {
		this.#held--;
		this.#grant();
	}

	/** Takes it to change (down_write_killable); sleeps while others have it. EINTR once `by` is being killed meanwhile. */
	downWrite(by?: Killable): Awaitable<void> {
		if (this.#held === 0 && this.#waiters === undefined) {
			this.#held = -1;
			return;
		}
		const killed = by?.killed;
		if (killed?.aborted) throw new Errno('EINTR');
		return new Promise((resolve, reject) => {
			const interrupted = () => {
				this.#waiters = this.#waiters!.filter(other => other !== waiter);
				this.#grant();
				reject(new Errno('EINTR'));
			};
			const waiter = {
				write: true,
				granted: () => {
					killed?.removeEventListener('abort', interrupted);
					resolve();
				},
			};
			this.#wait(waiter);
			killed?.addEventListener('abort', interrupted, { once: true });
		});
	}

	/** Gives it back (up_write). */
	upWrite(): void {
		this.#held = 0;
		this.#grant();
	}

	/** Runs `body` while it is held to look, in the same turn when that is possible. */
	read<T>(body: () => Awaitable<T>): Awaitable<T> {
		const taken = this.downRead();
		const release = () => this.upRead();
		return isPromise(taken) ? taken.then(() => finallyDo(body, release)) : finallyDo(body, release);
	}

	#wait(waiter: Waiter): void {
		this.#waiters ??= [];
		this.#waiters.push(waiter);
	}

	/** Lets in the first that waits, and behind a reader the readers that follow it. */
	#grant(): void {
		while (this.#waiters !== undefined) {
			const [next] = this.#waiters;
			if (next !== undefined && (next.write ? this.#held !== 0 : this.#held < 0)) return;
			if (next === undefined) {
				this.#waiters = undefined;
				return;
			}
			this.#waiters.shift();
			this.#held = next.write ? -1 : this.#held + 1;
			if (this.#waiters.length === 0) this.#waiters = undefined;
			next.granted();
		}
	}
}
