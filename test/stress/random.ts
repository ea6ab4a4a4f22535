/**
 * random - chance that can be had again: the same seed gives the same choices.
 */

/** One sequence of choices (mulberry32). */
export class Random {
	#state: number;

	constructor(seed: number) {
		this.#state = seed >>> 0;
	}

	/** At least 0, less than 1. */
	next(): number {
		this.#state = (this.#state + 0x6d2b79f5) >>> 0;
		let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
		mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
		return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
	}

	/** A whole number from 0 to `count` - 1. */
	below(count: number): number {
		return Math.floor(this.next() * count);
	}

	/** A whole number from `least` to `most`. */
	between(least: number, most: number): number {
		return least + this.below(most - least + 1);
	}

	pick<T>(choices: readonly T[]): T {
		return choices[this.below(choices.length)]!;
	}

	/** One of the choices, each as often as its weight says. */
	weighted<T>(choices: readonly (readonly [weight: number, choice: T])[]): T {
		let at = this.below(choices.reduce((sum, [weight]) => sum + weight, 0));
		for (const [weight, choice] of choices) {
			if (at < weight) return choice;
			at -= weight;
		}
		throw new RangeError('no choice has any weight');
	}
}
