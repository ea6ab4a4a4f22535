/**
 * wait - wait queues (kernel/sched/wait.c, include/linux/wait.h).
 *
 * Who waits tests a condition, and tests it again at each wake-up. Test and enqueueing happen in one turn, so that no wake-up
 * between them is lost. Whoever changed what a condition looks at calls `wakeUp`.
 *
 * Several may be woken by one event and run one after the other: who shares what it waited for tests it once more, as after
 * wait_event in Linux.
 */

import type { PollSource } from '../../src/boundary/vfs.ts';
import type { Awaitable } from '../../src/lib/awaitable.ts';
import { Errno } from '../../src/lib/errno.ts';

/** What a wait with a time limit needs of the kernel's clock; `Time` is one. */
export interface Timers {
	/** Calls `fire` once after `delay` nanoseconds unless the returned function is called first. */
	setTimer(delay: number, fire: () => void): () => void;
}

/** What may end a wait besides its condition. */
interface Limits {
	readonly signal?: AbortSignal;
	/** Nanoseconds. */
	readonly timeout?: number;
}

/** A queue of those who wait for something (wait_queue_head_t). */
export class WaitQueueHead implements PollSource {
	readonly #timers: Timers;
	readonly #waiters = new Set<() => void>();

	constructor(timers: Timers) {
		this.#timers = timers;
	}

	/** True while anybody waits (waitqueue_active). */
	get active(): boolean {
		return this.#waiters.size > 0;
	}

	/** Has everybody who waits test his condition again, in the order in which they came. */
	wakeUp(): void {
		if (this.#waiters.size === 0) return;
		for (const wake of [...this.#waiters]) {
			if (this.#waiters.has(wake)) wake();
		}
	}

	addWaiter(wake: () => void): () => void {
		const waiter = () => wake();
		this.#waiters.add(waiter);
		return () => {
			this.#waiters.delete(waiter);
		};
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
				this.#waiters.delete(wake);
				signal?.removeEventListener('abort', interrupted);
				cancelTimer?.();
			};
			const test = (otherwise: () => void) => {
				try {
					if (!condition()) return otherwise();
					leave();
					resolve(true);
				} catch (error) {
					leave();
					reject(error);
				}
			};
			const wake = () => test(() => {});
			const interrupted = () => {
				leave();
				reject(new Errno('EINTR'));
			};
			const expired = () =>
				test(() => {
					leave();
					resolve(false);
				});
			this.#waiters.add(wake);
			signal?.addEventListener('abort', interrupted, { once: true });
			const cancelTimer = timeout === undefined ? undefined : this.#timers.setTimer(timeout, expired);
		});
	}
}
