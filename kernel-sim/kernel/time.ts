/**
 * time - the kernel's clocks and timers (kernel/time/timekeeping.c, kernel/time/timer.c).
 *
 * All of it comes from the host's clock, which a test may step. Boot is the moment the kernel was made. Nanoseconds since boot
 * are safe integers for a hundred days.
 */

import type { HostClock } from '../../src/boundary/host.ts';
import type { Timespec } from '../../src/boundary/vfs.ts';
import { type Awaitable, isPromise } from '../../src/lib/awaitable.ts';
import { Errno } from '../../src/lib/errno.ts';

/** Clock ticks in a second, inside the kernel and in what it shows (CONFIG_HZ, USER_HZ). */
export const HZ = 100;
export const NSEC_PER_SEC = 1_000_000_000;
export const NSEC_PER_USEC = 1_000;
export const NSEC_PER_TICK = NSEC_PER_SEC / HZ;
const TICK = BigInt(NSEC_PER_TICK);

/** A function that is to be called at a time. */
export interface Timer {
	/** Tells timers from one another. */
	readonly id: number;
	/** Nanoseconds since boot. */
	readonly expires: number;
	/** Of the function; empty where it has none. */
	readonly name: string;
}

/** The clocks of one kernel. */
export class Time {
	readonly #clock: HostClock;
	readonly #oops: (error: unknown, where: string) => void;
	readonly #start: number;
	readonly #timers = new Map<() => void, Timer>();
	#lastTimer = 0;
	#expired = 0;
	#tick = 0n;
	#tickTime = timespec(0n);

	/** `oops` is told of what a timer's function throws. */
	constructor(clock: HostClock, oops: (error: unknown, where: string) => void) {
		this.#clock = clock;
		this.#oops = oops;
		this.#start = clock.monotonic();
	}

	/** Nanoseconds since boot (ktime_get). */
	ktimeGet(): number {
		return this.#clock.monotonic() - this.#start;
	}

	/** Nanoseconds since 1970 (ktime_get_real). */
	ktimeGetReal(): bigint {
		return this.#clock.realtime();
	}

	/**
	 * The time that files are stamped with, that of the last tick (current_time, ktime_get_coarse_real_ts64): the same object
	 * until the next one, so that a thousand files made in a moment share it.
	 */
	now(): Timespec {
		const real = this.#clock.realtime();
		const tick = real - (real % TICK);
		if (tick === this.#tick) return this.#tickTime;
		this.#tick = tick;
		this.#tickTime = timespec(tick);
		return this.#tickTime;
	}

	/** When the machine booted (getboottime64): `btime` of /proc/stat is its seconds. */
	bootTime(): Timespec {
		return timespec(this.#clock.realtime() - BigInt(this.ktimeGet()));
	}

	/** Ticks since boot. */
	get jiffies(): number {
		return Math.floor(this.ktimeGet() / NSEC_PER_TICK);
	}

	/** The timers that are to fire, the next first. */
	get timers(): readonly Timer[] {
		return [...this.#timers.values()].sort((a, b) => a.expires - b.expires || a.id - b.id);
	}

	/** How many have fired. */
	get expiredTimers(): number {
		return this.#expired;
	}

	/**
	 * Calls `fire` once after `delay` nanoseconds, unless the returned function is called first. `fire` must not sleep: what
	 * it throws, or a promise that it returns, is an oops.
	 */
	setTimer(delay: number, fire: () => unknown): () => void {
		const cancel = this.#clock.setTimer(delay, () => {
			this.#timers.delete(stop);
			this.#expired += 1;
			this.#run(fire);
		});
		const stop = () => {
			this.#timers.delete(stop);
			cancel();
		};
		this.#lastTimer += 1;
		const [id, expires] = [this.#lastTimer, this.ktimeGet() + Math.max(0, delay)];
		this.#timers.set(stop, { id, expires, name: fire.name });
		return stop;
	}

	/** Sleeps for `delay` nanoseconds; EINTR once `signal` is aborted (msleep_interruptible). */
	sleep(delay: number, signal?: AbortSignal): Awaitable<void> {
		if (delay <= 0) return;
		if (signal?.aborted) throw new Errno('EINTR');
		return new Promise((resolve, reject) => {
			const processTimeout = () => {
				signal?.removeEventListener('abort', interrupted);
				resolve();
			};
			const stop = this.setTimer(delay, processTimeout);
			const interrupted = () => {
				stop();
				reject(new Errno('EINTR'));
			};
			signal?.addEventListener('abort', interrupted, { once: true });
		});
	}

	/** Cancels every timer: the machine is going down. */
	shutdown(): void {
		for (const stop of [...this.#timers.keys()]) stop();
	}

	#run(fire: () => unknown): void {
		try {
			const result = fire();
			if (!isPromise(result)) return;
			result.catch(error => this.#oops(error, 'timer'));
			throw new Error('scheduling while atomic: a timer function must not sleep');
		} catch (error) {
			this.#oops(error, 'timer');
		}
	}
}

/** Nanoseconds since 1970 as seconds and the rest. */
export function timespec(nanoseconds: bigint): Timespec {
	const sec = nanoseconds / 1_000_000_000n;
	return { sec: Number(sec), nsec: Number(nanoseconds - sec * 1_000_000_000n) };
}
