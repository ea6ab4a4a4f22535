/**
 * spin - when to look for the next request, and when to leave the processor to others.
 *
 * Looking again costs less than going to sleep and being woken, as long as nobody but the client wants the processor. Where
 * somebody does, Linux gives them the rest of our time slice with each sched_yield, some milliseconds, in which our client waits
 * as well; or, when they are of another session or control group, gives way to nobody, and we look in vain while the client
 * waits for us to sleep. How long a yield took and what came of looking is all that we can know of them: after a long one, or
 * after looking in vain, we sleep for a while whenever there is nothing to do, and for twice as long each time that it was in vain
 * again: a client that asks now and then costs us no more than its requests.
 */

/** Bound: how long we look for the next request before we sleep, in milliseconds. */
const SPIN = 0.05;

/** A yield that took longer, in milliseconds, went to somebody who is busy: a client asks sooner. */
const CROWDED = 0.3;

/** Bound: how often the time that was lost has to pass before we look again, so that we lose a tenth of it at most. */
const REST = 10;

/** Bound: how long we sleep whenever there is nothing to do, however often we have looked in vain, in milliseconds. */
const LONGEST = 10;

/** Decides for one connection. Does nothing of its own: it is asked each time that there is nothing to serve. */
export class Spin {
	readonly #giveWay: () => void;
	readonly #now: () => number;
	#idleSince: number | undefined;
	#restUntil = 0;
	/** How often we have looked in vain since we last did not. */
	#vain = 0;

	/** `giveWay` lets others run and comes back; `now` is a clock in milliseconds that never goes back. */
	constructor(giveWay: () => void, now: () => number) {
		this.#giveWay = giveWay;
		this.#now = now;
	}

	/** Something was served: the time of looking starts over. */
	served(): void {
		if (this.#idleSince !== undefined) this.#vain = 0;
		this.#idleSince = undefined;
	}

	/** True, after giving way, where it is worth looking once more; false, at once, where it is time to sleep. */
	again(): boolean {
		const before = this.#now();
		if (before < this.#restUntil) return false;
		this.#idleSince ??= before;
		if (before - this.#idleSince > SPIN) {
			const rest = REST * (before - this.#idleSince) * 2 ** this.#vain++;
			this.#rest(before, Math.min(rest, LONGEST));
			return false;
		}
		this.#giveWay();
		const after = this.#now();
		if (after - before > CROWDED) this.#rest(after, REST * (after - before));
		return true;
	}

	#rest(now: number, time: number): void {
		this.#idleSince = undefined;
		this.#restUntil = now + time;
	}
}
