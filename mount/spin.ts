/**
 * spin - when to look for the next request, and when to leave the processor to others.
 *
 * Looking again costs less than going to sleep and being woken, as long as nobody but the client wants the processor. Where
 * somebody does, Linux gives them the rest of our time slice with each sched_yield, some milliseconds, in which our client waits
 * as well. How long a yield took is how we know: after a long one we sleep whenever there is nothing to do, for a while, since
 * whoever sleeps is let in at once when there is something for it.
 */

/** Bound: how long we look for the next request before we sleep, in milliseconds. */
const SPIN = 0.05;

/** A yield that took longer, in milliseconds, went to somebody who is busy: a client asks sooner. */
const CROWDED = 0.3;

/** Bound: how often the time that such a yield took has to pass before we look again; it costs a tenth of the time at most. */
const REST = 10;

/** Decides for one connection. Does nothing of its own: it is asked each time that there is nothing to serve. */
export class Spin {
	readonly #giveWay: () => void;
	readonly #now: () => number;
	#idleSince: number | undefined;
	#restUntil = 0;

	/** `giveWay` lets others run and comes back; `now` is a clock in milliseconds that never goes back. */
	constructor(giveWay: () => void, now: () => number) {
		this.#giveWay = giveWay;
		this.#now = now;
	}

	/** Something was served: the time of looking starts over. */
	served(): void {
		this.#idleSince = undefined;
	}

	/** True, after giving way, where it is worth looking once more; false, at once, where it is time to sleep. */
	again(): boolean {
		const before = this.#now();
		this.#idleSince ??= before;
		if (before < this.#restUntil || before - this.#idleSince > SPIN) {
			this.#idleSince = undefined;
			return false;
		}
		this.#giveWay();
		const after = this.#now();
		if (after - before > CROWDED) this.#restUntil = after + REST * (after - before);
		return true;
	}
}
