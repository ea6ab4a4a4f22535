/**
 * key_vector - the compressed trie that holds the routes of a table.
 *
 * The lower half of net/ipv4/fib_trie.c: a tree over the 32 bits of an address in which a node skips the bits that all below it
 * share (path compression) and branches on several bits at once where its children are dense (level compression, after Nilsson
 * and Tikkanen's LC-trie).
 *
 *     key   kkkk kkkk ssss ssss iiii pppp pppp pppp
 *           the key of a node    index   pos
 *
 * A branch of `bits` index bits at position `pos` has 2^bits children; its key has zeros from the index on down. A leaf has neither,
 * and a list of the routes of one network address, which is its owner's: here it is a number. `slen` is the longest suffix below,
 * the number of address bits that the shortest prefix there leaves open. A lookup that fails turns back only where slen says that
 * a shorter prefix can be found.
 *
 * A node is a number: the place of its four numbers in one array, so that a million of them cost no collection of garbage and few
 * cache misses. 0 is no node. Keys are signed 32-bit integers; their order is that of the unsigned ones.
 *
 *     nodes   key, pos | bits << 8 | slen << 16, parent, list
 *     lists   of a branch: how many children are empty, how many full, then the children
 *
 * Bound: a branch has at most 2^24 children.
 */

import { Blocks } from './blocks.ts';

const KEY = 0;
const SHAPE = 1;
const PARENT = 2;
const LIST = 3;
/** The bits of a shape that say how wide a branch is. */
const BITS = 0xff00;
const EMPTY = 0;
const FULL = 1;
const CHILDREN = 2;

const MAX_BITS = 24;
/** A branch is doubled where, in percent, so many of the children of the doubled one would be used. */
const INFLATE_THRESHOLD = 50;
const INFLATE_THRESHOLD_ROOT = 30;
/** A branch is halved where, in percent, fewer of its children are used. */
const HALVE_THRESHOLD = 25;
const HALVE_THRESHOLD_ROOT = 15;
/** How often one branch is doubled or halved in one go. */
const MAX_WORK = 10;

/** A trie. Nodes that are passed in are those that it has given out and not taken back. */
export class Trie {
	readonly #nodes = new Blocks();
	readonly #lists = new Blocks();
	/** The topmost node. */
	root = 0;

	key(n: number): number {
		return this.#nodes.words[n + KEY]!;
	}

	pos(n: number): number {
		return this.#nodes.words[n + SHAPE]! & 0xff;
	}

	/** 0 for a leaf. */
	bits(n: number): number {
		return (this.#nodes.words[n + SHAPE]! >> 8) & 0xff;
	}

	slen(n: number): number {
		return this.#nodes.words[n + SHAPE]! >> 16;
	}

	parent(n: number): number {
		return this.#nodes.words[n + PARENT]!;
	}

	/** The list of a leaf. */
	list(leaf: number): number {
		return this.#nodes.words[leaf + LIST]!;
	}

	setList(leaf: number, list: number): void {
		this.#nodes.words[leaf + LIST] = list;
	}

	/** Where a key belongs among the children of a branch; 2^bits or more if it does not belong below it. */
	index(n: number, key: number): number {
		return (key ^ this.key(n)) >>> this.pos(n);
	}

	child(n: number, index: number): number {
		return this.#lists.words[this.#nodes.words[n + LIST]! + CHILDREN + index]!;
	}

	/** How many children of a branch there are not, and how many are branches at the very next bit. */
	counts(n: number): { readonly empty: number; readonly full: number } {
		const list = this.list(n);
		return { empty: this.#lists.words[list + EMPTY]!, full: this.#lists.words[list + FULL]! };
	}

	/** The leaf of a key, or 0. */
	find(key: number): number {
		let n = this.root;
		while (n !== 0 && this.bits(n) > 0) {
			const index = this.index(n, key);
			if (index >>> this.bits(n) !== 0) return 0;
			n = this.child(n, index);
		}
		return n !== 0 && this.key(n) === key ? n : 0;
	}

	/** The first leaf whose key is not below `key`, or 0. */
	from(key: number): number {
		const least = key >>> 0;
		let n = this.root;
		let above = 0;
		let next = 0;
		for (;;) {
			if (n !== 0 && this.bits(n) === 0 && this.key(n) >>> 0 >= least) return n;
			if (n !== 0 && this.bits(n) > 0) {
				const index = least > this.key(n) >>> 0 ? this.index(n, key) : 0;
				if (index >>> this.bits(n) === 0) {
					above = n;
					next = index;
				}
			}
			while (above !== 0 && next >>> this.bits(above) !== 0) {
				const done = this.key(above);
				above = this.parent(above);
				next = above === 0 ? 0 : this.index(above, done) + 1;
			}
			if (above === 0) return 0;
			n = this.child(above, next);
			next++;
		}
	}

	/**
	 * Calls `take` for the leaves in which a prefix of an address can be, those of the longest first, until it gives another number
	 * than 0, and gives that; 0 at the end. `arg` is handed on.
	 */
	walk<T>(key: number, take: (leaf: number, arg: T) => number, arg: T): number {
		const nodes = this.#nodes.words;
		const lists = this.#lists.words;
		let n = this.root;
		let turn = 0;
		let index = 0;
		// Down along the bits of the address, noting the last branch below which a shorter prefix can be.
		while (n !== 0) {
			const shape = nodes[n + SHAPE]!;
			const pos = shape & 0xff;
			const bits = (shape >> 8) & 0xff;
			const at = (key ^ nodes[n + KEY]!) >>> pos;
			if (bits === 0 || at >>> bits !== 0) break;
			if (shape >> 16 > pos) {
				turn = n;
				index = at;
			}
			n = lists[nodes[n + LIST]! + CHILDREN + at]!;
		}
		for (;;) {
			// Below a turn every index is 0: what is there may be a prefix of the address, and ends in a leaf.
			while (n !== 0 && mayMatch(nodes[n + KEY]!, nodes[n + SHAPE]!, key)) {
				if ((nodes[n + SHAPE]! & BITS) !== 0) n = lists[nodes[n + LIST]! + CHILDREN]!;
				else {
					const taken = take(n, arg);
					if (taken !== 0) return taken;
					break;
				}
			}
			while (index === 0) {
				if (turn === 0) return 0;
				const below = this.key(turn);
				turn = this.parent(turn);
				index = turn === 0 ? 0 : this.index(turn, below);
			}
			index &= index - 1;
			n = lists[nodes[turn + LIST]! + CHILDREN + index]!;
		}
	}

	/** Adds a leaf whose key is not there yet. */
	insert(key: number, slen: number, list: number): number {
		let parent = 0;
		let n = this.root;
		while (n !== 0 && this.bits(n) > 0 && this.index(n, key) >>> this.bits(n) === 0) {
			parent = n;
			n = this.child(n, this.index(n, key));
		}
		if (n !== 0) {
			const branch = this.#branch(key, 31 - Math.clz32(key ^ this.key(n)), 1);
			this.#put(branch, this.index(branch, this.key(n)), n);
			this.#setParent(branch, parent);
			this.#putBelow(parent, key, branch);
			this.#setParent(n, branch);
			parent = branch;
		}
		this.#pushSuffix(parent, slen);
		const leaf = this.#node(key, 0, 0, slen, list);
		this.#setParent(leaf, parent);
		this.#putBelow(parent, key, leaf);
		this.#rebalance(parent);
		return leaf;
	}

	/** Takes a leaf out. */
	remove(leaf: number): void {
		const parent = this.parent(leaf);
		const slen = this.slen(leaf);
		this.#putBelow(parent, this.key(leaf), 0);
		this.#nodes.free(leaf, 4);
		this.#pullSuffix(parent, slen);
		this.#rebalance(parent);
	}

	/** Says that the longest suffix of a leaf is another now. */
	setSuffix(leaf: number, slen: number): void {
		const before = this.slen(leaf);
		this.#setSlen(leaf, slen);
		if (slen > before) this.#pushSuffix(this.parent(leaf), slen);
		else if (slen < before) this.#pullSuffix(this.parent(leaf), before);
	}

	#node(key: number, pos: number, bits: number, slen: number, list: number): number {
		const n = this.#nodes.allocate(4);
		const { words } = this.#nodes;
		words[n + KEY] = key;
		words[n + SHAPE] = pos | (bits << 8) | (slen << 16);
		words[n + PARENT] = 0;
		words[n + LIST] = list;
		return n;
	}

	#branch(key: number, pos: number, bits: number): number {
		const list = this.#lists.allocate(CHILDREN + (1 << bits));
		const { words } = this.#lists;
		words.fill(0, list, list + CHILDREN + (1 << bits));
		words[list + EMPTY] = 1 << bits;
		const shift = pos + bits;
		return this.#node(shift < 32 ? (key >> shift) << shift : 0, pos, bits, pos, list);
	}

	#freeBranch(n: number): void {
		this.#lists.free(this.list(n), CHILDREN + (1 << this.bits(n)));
		this.#nodes.free(n, 4);
	}

	#setParent(n: number, parent: number): void {
		this.#nodes.words[n + PARENT] = parent;
	}

	#setSlen(n: number, slen: number): void {
		this.#nodes.words[n + SHAPE] = (this.#nodes.words[n + SHAPE]! & 0xffff) | (slen << 16);
	}

	/** Puts a child in a place, keeping count; its parent is the caller's to set. */
	#put(n: number, index: number, child: number): void {
		const list = this.list(n);
		const { words } = this.#lists;
		const before = words[list + CHILDREN + index]!;
		if (before === 0 && child !== 0) words[list + EMPTY]!--;
		if (before !== 0 && child === 0) words[list + EMPTY]!++;
		words[list + FULL]! += Number(this.isFull(n, child)) - Number(this.isFull(n, before));
		words[list + CHILDREN + index] = child;
		if (child !== 0 && this.slen(n) < this.slen(child)) this.#setSlen(n, this.slen(child));
	}

	#putBelow(parent: number, key: number, child: number): void {
		if (parent === 0) this.root = child;
		else this.#put(parent, this.index(parent, key), child);
	}

	/** True for a child that is a branch and skips no bits. */
	isFull(n: number, child: number): boolean {
		return child !== 0 && this.bits(child) > 0 && this.pos(child) + this.bits(child) === this.pos(n);
	}

	/** From a branch that has changed up to the root. */
	#rebalance(from: number): void {
		for (let n = from; n !== 0; ) n = this.#resize(n);
	}

	/** Makes a branch as wide as its children are dense, and gives the one above it. */
	#resize(n: number): number {
		const above = this.parent(n);
		let now = n;
		let work = MAX_WORK;
		for (; work > 0 && this.#shouldInflate(now); work--) now = this.#inflate(now);
		if (work < MAX_WORK) return above;
		for (; work > 0 && this.#shouldHalve(now); work--) now = this.#halve(now);
		if ((1 << this.bits(now)) - this.counts(now).empty < 2) this.#collapse(now);
		return above;
	}

	#shouldInflate(n: number): boolean {
		const { empty, full } = this.counts(n);
		const width = 1 << this.bits(n);
		const used = width - empty + full;
		const threshold = this.parent(n) === 0 ? INFLATE_THRESHOLD_ROOT : INFLATE_THRESHOLD;
		return used > 1 && this.pos(n) > 0 && this.bits(n) < MAX_BITS && 50 * used >= threshold * width;
	}

	#shouldHalve(n: number): boolean {
		const width = 1 << this.bits(n);
		const used = width - this.counts(n).empty;
		const threshold = this.parent(n) === 0 ? HALVE_THRESHOLD_ROOT : HALVE_THRESHOLD;
		return used > 1 && width > 2 && 100 * used < threshold * width;
	}

	/** Puts a branch with twice as many children in the place of one. */
	#inflate(old: number): number {
		const n = this.#branch(this.key(old), this.pos(old) - 1, this.bits(old) + 1);
		for (let i = (1 << this.bits(old)) - 1; i >= 0; i--) {
			const child = this.child(old, i);
			if (child === 0) continue;
			if (this.isFull(old, child)) this.#split(n, 2 * i, child);
			else this.#put(n, this.index(n, this.key(child)), child);
		}
		this.#replace(old, n);
		return n;
	}

	/** Puts the halves of a branch, or the two children that it has, in two places of a wider one. */
	#split(n: number, index: number, branch: number): void {
		const half = 1 << (this.bits(branch) - 1);
		for (let which = 0; which < 2; which++) {
			let part = this.child(branch, which);
			if (half > 1) {
				part = this.#branch(this.key(branch) | (which << this.pos(n)), this.pos(branch), this.bits(branch) - 1);
				for (let i = 0; i < half; i++) this.#put(part, i, this.child(branch, which * half + i));
				this.#adopt(part);
			}
			this.#put(n, index + which, part);
		}
		this.#freeBranch(branch);
	}

	/** Puts a branch with half as many children in the place of one. */
	#halve(old: number): number {
		const n = this.#branch(this.key(old), this.pos(old) + 1, this.bits(old) - 1);
		for (let i = 0; i < 1 << this.bits(n); i++) {
			const node0 = this.child(old, 2 * i);
			const node1 = this.child(old, 2 * i + 1);
			let both = node0 || node1;
			if (node0 !== 0 && node1 !== 0) {
				both = this.#branch(this.key(node0), this.pos(old), 1);
				this.#put(both, 0, node0);
				this.#put(both, 1, node1);
				this.#adopt(both);
			}
			this.#put(n, i, both);
		}
		this.#replace(old, n);
		return n;
	}

	/** Takes a branch out that has one child, or none. */
	#collapse(n: number): void {
		let child = 0;
		for (let i = 0; child === 0 && i < 1 << this.bits(n); i++) child = this.child(n, i);
		this.#putBelow(this.parent(n), this.key(n), child);
		if (child !== 0) this.#setParent(child, this.parent(n));
		this.#freeBranch(n);
	}

	/** Puts a branch in the place of another, and sees to those below that may have to change with it. */
	#replace(old: number, n: number): void {
		this.#setParent(n, this.parent(old));
		this.#putBelow(this.parent(old), this.key(old), n);
		this.#freeBranch(old);
		this.#adopt(n);
		for (let i = (1 << this.bits(n)) - 1; i >= 0; i--) {
			const child = this.child(n, i);
			if (this.isFull(n, child)) this.#resize(child);
		}
	}

	/** Makes a branch the parent of all its children. */
	#adopt(n: number): void {
		const first = this.list(n) + CHILDREN;
		const end = first + (1 << this.bits(n));
		const { words } = this.#lists;
		for (let i = first; i < end; i++) if (words[i] !== 0) this.#setParent(words[i]!, n);
	}

	/** Says, from a branch up to the root, that a suffix so long is below. */
	#pushSuffix(from: number, slen: number): void {
		for (let n = from; n !== 0 && this.slen(n) < slen; n = this.parent(n)) this.#setSlen(n, slen);
	}

	/** Finds out, from a branch up, how long the longest suffix is now that one of `slen` below is gone. */
	#pullSuffix(from: number, slen: number): void {
		for (let n = from; n !== 0 && this.slen(n) === slen && slen > this.pos(n); n = this.parent(n)) {
			this.#setSlen(n, this.#longestBelow(n));
			if (this.slen(n) === slen) return;
		}
	}

	/**
	 * The longest suffix of the children of a branch. A child can have one that reaches into the index only where the bits of its
	 * own index that the suffix covers are zero: hence the strides.
	 */
	#longestBelow(n: number): number {
		const width = 1 << this.bits(n);
		const most = Math.min(this.pos(n) + this.bits(n) - 1, this.slen(n));
		let slen = this.pos(n);
		for (let i = 0, stride = 2; i < width && slen < most; i += stride) {
			const child = this.child(n, i);
			if (child === 0 || this.slen(child) <= slen) continue;
			stride <<= this.slen(child) - slen;
			slen = this.slen(child);
			i &= ~(stride - 1);
		}
		return slen;
	}
}

/**
 * True where the bits in which an address and the key of a node differ are all behind the last that is set in it, and the suffixes
 * below are long enough to cover them.
 */
function mayMatch(own: number, shape: number, key: number): boolean {
	const differs = key ^ own;
	if (differs === 0) return true;
	const slen = shape >> 16;
	return slen > (shape & 0xff) && (differs & (own | -own)) === 0 && (slen > 31 || differs >>> slen === 0);
}
