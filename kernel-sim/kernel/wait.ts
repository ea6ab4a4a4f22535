/**
 * wait - wait queues (kernel/sched/wait.c, include/linux/wait.h).
 *
 * Who waits tests a condition, and tests it again at each wake-up. Test and enqueueing happen in one turn, so that no wake-up
 * between them is lost. Whoever changed what a condition looks at calls `wakeUp`.
 *
 * One event may wake several. They go on one after the other, as tasks do: the next one's condition is tested once the one
 * before has run, and may have taken what both waited for.
 */

import type { PollSource } from '../../src/boundary/vfs.ts';
import type { Awaitable } from '../../src/lib/awaitable.ts';
import { Errno } from '../../src/lib/errno.ts';

/** What a wait with a time limit needs of the kernel's clock; `Time` is one. */
export interface Timers {
	/** Calls `fire` once after `delay` nanoseconds unless the returned function is called first. */
	setTimer(delay: number, fire: () => void): () => void;
}

/** Microtasks that whoever was woken is given before the next one is tested: enough to come back through some async functions. */
const TURN = 12;

/** What may end a wait besides its condition. */
interface Limits {
	readonly signal?: AbortSignal;
	/** Nanoseconds. */
	readonly timeout?: number;
}

/** A queue of those who wait for something (wait_queue_head_t). */
export class WaitQueueHead implements PollSource {
	readonly #timers: Timers;
	/** Those who poll, and are only told. */
	readonly #listeners = new Set<() => void>();
	/** Those who sleep; each tests its condition, and says whether it was woken. */
	readonly #sleepers = new Set<() => boolean>();
	#waking = false;
	#again = false;

	constructor(timers: Timers) {
		this.#timers = timers;
	}

	/** True while anybody waits (waitqueue_active). */
	get active(): boolean {
		return this.#listeners.size + this.#sleepers.size > 0;
	}

	/** Has everybody who waits test his condition again, in the order in which they came. */
	wakeUp(): void {
		for (const tell of [...this.#listeners]) {
			if (this.#listeners.has(tell)) tell();
		}
		if (this.#waking) this.#again = true;
		else if (this.#sleepers.size > 0) this.#wakeNext([...this.#sleepers]);
	}

	addWaiter(wake: () => void): () => void {
		const listener = () => wake();
		this.#listeners.add(listener);
		return () => {
			this.#listeners.delete(listener);
		};
	}

	/** Goes through those who slept when the event came, letting each who is woken run. */
	#wakeNext(sleepers: readonly (() => boolean)[], from = 0): void {
		for (let at = from; at < sleepers.length; at++) {
			const test = sleepers[at]!;
			if (!this.#sleepers.has(test) || !test()) continue;
			this.#waking = true;
			afterTurn(TURN, () => this.#wakeNext(sleepers, at + 1));
			return;
		}
		this.#waking = false;
		if (!this.#again) return;
		this.#again = false;
		this.#wakeNext([...this.#sleepers]);
	}

	/** Sleeps until `condition` holds; goes on in the same turn when it does already. */
	waitEvent(condition: () => boolean): Awaitable<void> {
		if (condition()) return;
		return this.#sleep(condition, {}).then(() => {});
	}

	/** As `waitEvent`, but EINTR once `signal` is aborted. A condition that holds wins over a signal that has come. */
	waitEventInterruptible(condition: () => boolean, signal: AbortSignal): Awaitable<void> {
		if (condition()) return;
		return this.#sleep(condition, { signal }).then(() => {});
	}

	/** As `waitEvent`, for at most `timeout` nanoseconds: false when the time is over and the condition still does not hold. */
	waitEventTimeout(condition: () => boolean, timeout: number): Awaitable<boolean> {
		return condition() || this.#sleep(condition, { timeout });
	}

	/** Both limits: false when the time is over, EINTR once `signal` is aborted. */
	waitEventInterruptibleTimeout(condition: () => boolean, timeout: number, signal: AbortSignal): Awaitable<boolean> {
		return condition() || this.#sleep(condition, { timeout, signal });
	}

	#sleep(condition: () => boolean, { signal, timeout }: Limits): Promise<boolean> {
		if (signal?.aborted) return Promise.reject(new Errno('EINTR'));
		return new Promise((resolve, reject) => {
			const leave = () => {
				this.#sleepers.delete(test);
				signal?.removeEventListener('abort', interrupted);
				cancelTimer?.();
			};
			const test = () => {
				try {
					if (!condition()) return false;
					leave();
					resolve(true);
				} catch (error) {
					leave();
					reject(error);
				}
				return true;
			};
			const interrupted = () => {
				leave();
				reject(new Errno('EINTR'));
			};
			const expired = () => {
				if (test()) return;
				leave();
				resolve(false);
			};
			this.#sleepers.add(test);
			signal?.addEventListener('abort', interrupted, { once: true });
			const cancelTimer = timeout === undefined ? undefined : this.#timers.setTimer(timeout, expired);
		});
	}
}

function afterTurn(microtasks: number, next: () => void): void {
	queueMicrotask(() => (microtasks === 0 ? next() : afterTurn(microtasks - 1, next)));
}
