/**
 * ratelimit - so many in so much time, and no more (lib/ratelimit.c, include/linux/ratelimit.h).
 */

import { HZ } from '../kernel/time.ts';

/** Ticks that are looked at together, and how many are let through in them. */
export const DEFAULT_RATELIMIT_INTERVAL = 5 * HZ;
export const DEFAULT_RATELIMIT_BURST = 10;

/** How many have come and gone (struct ratelimit_state). */
export class RatelimitState {
	readonly #interval: number;
	readonly #burst: number;
	/** The tick in which the interval began; undefined before the first. */
	#begin: number | undefined;
	#printed = 0;
	#missed = 0;

	/** `burst` in `interval` ticks; an interval of 0 lets all through. */
	constructor(interval = DEFAULT_RATELIMIT_INTERVAL, burst = DEFAULT_RATELIMIT_BURST) {
		this.#interval = interval;
		this.#burst = burst;
	}

	/** How many were not let through. */
	get missed(): number {
		return this.#missed;
	}

	/** True if one more may be let through in the tick `jiffies` (___ratelimit, with RATELIMIT_MSG_ON_RELEASE). */
	allows(jiffies: number): boolean {
		if (this.#interval === 0) return true;
		this.#begin ??= jiffies;
		if (jiffies > this.#begin + this.#interval) {
			this.#begin = jiffies;
			this.#printed = 0;
		}
		if (this.#printed >= this.#burst) {
			this.#missed += 1;
			return false;
		}
		this.#printed += 1;
		return true;
	}
}
