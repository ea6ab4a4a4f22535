/**
 * groups - which multicast groups a socket is in: a bit for each, the first for group 1.
 */

const BITS = 32;

/** A set of groups that can hold numbers from 1 to its size. */
export class Groups {
	#words = new Uint32Array(0);
	#size = 0;
	#count = 0;

	/** How many groups it can hold (ngroups). */
	get size(): number {
		return this.#size;
	}

	/** How many it holds (subscriptions). */
	get count(): number {
		return this.#count;
	}

	/** Makes room for groups up to `size`. */
	grow(size: number): void {
		if (size <= this.#size) return;
		const words = Math.ceil(size / BITS);
		this.#size = size;
		const grown = new Uint32Array(words);
		grown.set(this.#words);
		this.#words = grown;
	}

	has(group: number): boolean {
		const at = group - 1;
		return at >= 0 && at < this.size && ((this.#words[at >>> 5]! >>> (at & 31)) & 1) === 1;
	}

	/** Puts one in or takes it out; nothing happens beyond the size. */
	set(group: number, member: boolean): void {
		if (group < 1 || group > this.size || this.has(group) === member) return;
		const at = group - 1;
		const bit = 2 ** (at & 31);
		const word = this.#words[at >>> 5]!;
		this.#words[at >>> 5] = member ? word + bit : word - bit;
		this.#count += member ? 1 : -1;
	}

	/** The first 32 as a mask. */
	get low(): number {
		return this.#words[0] ?? 0;
	}

	/** Those it holds, in rising order. */
	*[Symbol.iterator](): Generator<number> {
		for (let group = 1; group <= this.size; group++) if (this.has(group)) yield group;
	}

	/** All of it, as NETLINK_LIST_MEMBERSHIPS tells it: 32 groups in each word. */
	get words(): Readonly<Uint32Array> {
		return this.#words;
	}
}
