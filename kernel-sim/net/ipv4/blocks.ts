/**
 * blocks - numbers in one growing array, given out in blocks.
 *
 * What a slab allocator is to the kernel: blocks of one size that were given back are given out again. A block is known by the
 * place of its first word; 0 is never one.
 */

/** Leaves 0 free, and blocks of 4 words whole in a line of the cache. */
const FIRST = 4;

/** An array of 32-bit integers that grows. */
export class Blocks {
	/** The array, another one after each `allocate`. */
	words = new Int32Array(1024);
	#end = FIRST;
	/** By size: the first free block, whose first word is the next. */
	readonly #free = new Map<number, number>();

	/** A block of `size` words, whatever stands in them. */
	allocate(size: number): number {
		const free = this.#free.get(size) ?? 0;
		if (free !== 0) {
			this.#free.set(size, this.words[free]!);
			return free;
		}
		const block = this.#end;
		this.#end += size;
		if (this.#end > this.words.length) this.#grow();
		return block;
	}

	/** Takes a block back. */
	free(block: number, size: number): void {
		this.words[block] = this.#free.get(size) ?? 0;
		this.#free.set(size, block);
	}

	#grow(): void {
		let { length } = this.words;
		while (length < this.#end) length *= 2;
		const words = new Int32Array(length);
		words.set(this.words);
		this.words = words;
	}
}
