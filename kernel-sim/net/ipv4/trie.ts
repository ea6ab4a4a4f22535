/**
 * trie - the compressed trie that holds the routes of a table.
 *
 * The middle of net/ipv4/fib_trie.c: finding, adding and removing leaves, and keeping each branch as wide as its children are dense.
 * What a node is stands in key_vector.ts.
 *
 * Bound: a branch has at most 2^24 children.
 */

import { CHILDREN, KEY, KeyVectors, SHAPE } from './key_vector.ts';

/** The bits of a shape that say how wide a branch is. */
const BITS = 0xff00;
const MAX_BITS = 24;
/** A branch is doubled where, in percent, so many of the children of the doubled one would be used. */
const INFLATE_THRESHOLD = 50;
const INFLATE_THRESHOLD_ROOT = 30;
/** A branch is halved where, in percent, fewer of its children are used. */
const HALVE_THRESHOLD = 25;
const HALVE_THRESHOLD_ROOT = 15;
/** How often one branch is doubled or halved in one go. */
const MAX_WORK = 10;

/** A trie. Nodes that are passed in are those that it has given out and not taken back. `T` is what is looked for. */
export abstract class Trie<T> {
	readonly kv = new KeyVectors();
	/** The topmost node. */
	root = 0;

	/** The leaf of a key, or 0. */
	find(key: number): number {
		const { words } = this.kv;
		let n = this.root;
		while (n !== 0) {
			const shape = words[n + SHAPE]!;
			const bits = (shape & BITS) >> 8;
			const index = (key ^ words[n + KEY]!) >>> (shape & 0xff);
			if (bits === 0) return index === 0 ? n : 0;
			if (index >>> bits !== 0) return 0;
			n = words[n + CHILDREN + index]!;
		}
		return 0;
	}

	/** The first leaf whose key is not below `key`, or 0. */
	from(key: number): number {
		const least = key >>> 0;
		let n = this.root;
		let above = 0;
		let next = 0;
		for (;;) {
			if (n !== 0 && this.kv.bits(n) === 0 && this.kv.key(n) >>> 0 >= least) return n;
			if (n !== 0 && this.kv.bits(n) > 0) {
				const index = least > this.kv.key(n) >>> 0 ? this.kv.index(n, key) : 0;
				if (index >>> this.kv.bits(n) === 0) {
					above = n;
					next = index;
				}
			}
			while (above !== 0 && next >>> this.kv.bits(above) !== 0) {
				const done = this.kv.key(above);
				above = this.kv.parent(above);
				next = above === 0 ? 0 : this.kv.index(above, done) + 1;
			}
			if (above === 0) return 0;
			n = this.kv.child(above, next);
			next++;
		}
	}

	/** What a leaf has of what is looked for: any number but 0, which is nothing. */
	protected abstract take(leaf: number, wanted: T): number;

	/** What the first of the leaves has in which a prefix of an address can be, those of the longest first; 0 where none has any. */
	walk(key: number, wanted: T): number {
		const { words } = this.kv;
		let n = this.root;
		let turn = 0;
		let index = 0;
		// Down along the bits of the address, noting the last branch below which a shorter prefix can be.
		while (n !== 0) {
			const shape = words[n + SHAPE]!;
			const pos = shape & 0xff;
			const bits = (shape >> 8) & 0xff;
			const at = (key ^ words[n + KEY]!) >>> pos;
			if (bits === 0 || at >>> bits !== 0) break;
			if (shape >> 16 > pos) {
				turn = n;
				index = at;
			}
			n = words[n + CHILDREN + at]!;
		}
		for (;;) {
			// Below a turn every index is 0: what is there may be a prefix of the address, and ends in a leaf.
			while (n !== 0 && mayMatch(words[n + KEY]!, words[n + SHAPE]!, key)) {
				if ((words[n + SHAPE]! & BITS) !== 0) n = words[n + CHILDREN]!;
				else {
					const taken = this.take(n, wanted);
					if (taken !== 0) return taken;
					break;
				}
			}
			while (index === 0) {
				if (turn === 0) return 0;
				const below = this.kv.key(turn);
				turn = this.kv.parent(turn);
				index = turn === 0 ? 0 : this.kv.index(turn, below);
			}
			index &= index - 1;
			n = words[turn + CHILDREN + index]!;
		}
	}

	/** Adds a leaf whose key is not there yet. */
	insert(key: number, slen: number, list: number): number {
		let parent = 0;
		let n = this.root;
		while (n !== 0 && this.kv.bits(n) > 0 && this.kv.index(n, key) >>> this.kv.bits(n) === 0) {
			parent = n;
			n = this.kv.child(n, this.kv.index(n, key));
		}
		if (n !== 0) {
			const branch = this.kv.branch(key, 31 - Math.clz32(key ^ this.kv.key(n)), 1);
			this.kv.put(branch, this.kv.index(branch, this.kv.key(n)), n);
			this.kv.setParent(branch, parent);
			this.#putBelow(parent, key, branch);
			this.kv.setParent(n, branch);
			parent = branch;
		}
		this.#pushSuffix(parent, slen);
		const leaf = this.kv.leaf(key, slen, list);
		this.kv.setParent(leaf, parent);
		this.#putBelow(parent, key, leaf);
		this.#rebalance(parent);
		return leaf;
	}

	/** Takes a leaf out. */
	remove(leaf: number): void {
		const parent = this.kv.parent(leaf);
		const slen = this.kv.slen(leaf);
		this.#putBelow(parent, this.kv.key(leaf), 0);
		this.kv.freeLeaf(leaf);
		this.#pullSuffix(parent, slen);
		this.#rebalance(parent);
	}

	/** Says that the longest suffix of a leaf is another now. */
	setSuffix(leaf: number, slen: number): void {
		const before = this.kv.slen(leaf);
		this.kv.setSlen(leaf, slen);
		if (slen > before) this.#pushSuffix(this.kv.parent(leaf), slen);
		else if (slen < before) this.#pullSuffix(this.kv.parent(leaf), before);
	}

	#putBelow(parent: number, key: number, child: number): void {
		if (parent === 0) this.root = child;
		else this.kv.put(parent, this.kv.index(parent, key), child);
	}

	/** From a branch that has changed up to the root. */
	#rebalance(from: number): void {
		for (let n = from; n !== 0; ) n = this.#resize(n);
	}

	/** Makes a branch as wide as its children are dense, and gives the one above it. */
	#resize(n: number): number {
		const above = this.kv.parent(n);
		let now = n;
		let work = MAX_WORK;
		for (; work > 0 && this.#shouldInflate(now); work--) now = this.#inflate(now);
		if (work < MAX_WORK) return above;
		for (; work > 0 && this.#shouldHalve(now); work--) now = this.#halve(now);
		if ((1 << this.kv.bits(now)) - this.kv.empty(now) < 2) this.#collapse(now);
		return above;
	}

	#shouldInflate(n: number): boolean {
		const width = 1 << this.kv.bits(n);
		const used = width - this.kv.empty(n) + this.kv.full(n);
		const threshold = this.kv.parent(n) === 0 ? INFLATE_THRESHOLD_ROOT : INFLATE_THRESHOLD;
		return used > 1 && this.kv.pos(n) > 0 && this.kv.bits(n) < MAX_BITS && 50 * used >= threshold * width;
	}

	#shouldHalve(n: number): boolean {
		const width = 1 << this.kv.bits(n);
		const used = width - this.kv.empty(n);
		const threshold = this.kv.parent(n) === 0 ? HALVE_THRESHOLD_ROOT : HALVE_THRESHOLD;
		return used > 1 && width > 2 && 100 * used < threshold * width;
	}

	/** Puts a branch with twice as many children in the place of one. */
	#inflate(old: number): number {
		const n = this.kv.branch(this.kv.key(old), this.kv.pos(old) - 1, this.kv.bits(old) + 1);
		for (let i = (1 << this.kv.bits(old)) - 1; i >= 0; i--) {
			const child = this.kv.child(old, i);
			if (child === 0) continue;
			if (this.kv.isFull(old, child)) this.#split(n, 2 * i, child);
			else this.kv.place(n, this.kv.index(n, this.kv.key(child)), child);
		}
		this.#replace(old, n);
		return n;
	}

	/** Puts the halves of a branch, or the two children that it has, in two places of a wider one. */
	#split(n: number, index: number, branch: number): void {
		const half = 1 << (this.kv.bits(branch) - 1);
		for (let which = 0; which < 2; which++) {
			const part = half > 1 ? this.#half(branch, which, half) : this.kv.child(branch, which);
			if (part !== 0) this.kv.place(n, index + which, part);
		}
		this.kv.freeBranch(branch);
	}

	/** A branch that has one half of the children of another. */
	#half(branch: number, which: number, half: number): number {
		const { kv } = this;
		const pos = kv.pos(branch);
		const bits = kv.bits(branch) - 1;
		const part = kv.branch(kv.key(branch) | (which << (pos + bits)), pos, bits);
		for (let i = 0; i < half; i++) {
			const child = kv.child(branch, which * half + i);
			if (child !== 0) kv.place(part, i, child);
		}
		return part;
	}

	/** Puts a branch with half as many children in the place of one. */
	#halve(old: number): number {
		const n = this.kv.branch(this.kv.key(old), this.kv.pos(old) + 1, this.kv.bits(old) - 1);
		for (let i = 0; i < 1 << this.kv.bits(n); i++) {
			const node0 = this.kv.child(old, 2 * i);
			const node1 = this.kv.child(old, 2 * i + 1);
			let both = node0 || node1;
			if (node0 !== 0 && node1 !== 0) {
				both = this.kv.branch(this.kv.key(node0), this.kv.pos(old), 1);
				this.kv.place(both, 0, node0);
				this.kv.place(both, 1, node1);
			}
			if (both !== 0) this.kv.place(n, i, both);
		}
		this.#replace(old, n);
		return n;
	}

	/** Takes a branch out that has one child, or none. */
	#collapse(n: number): void {
		let child = 0;
		for (let i = 0; child === 0 && i < 1 << this.kv.bits(n); i++) child = this.kv.child(n, i);
		this.#putBelow(this.kv.parent(n), this.kv.key(n), child);
		if (child !== 0) this.kv.setParent(child, this.kv.parent(n));
		this.kv.freeBranch(n);
	}

	/** Puts a branch in the place of another, and sees to those below that may have to change with it. */
	#replace(old: number, n: number): void {
		this.kv.setParent(n, this.kv.parent(old));
		this.#putBelow(this.kv.parent(old), this.kv.key(old), n);
		this.kv.freeBranch(old);
		for (let i = (1 << this.kv.bits(n)) - 1; i >= 0; i--) {
			const child = this.kv.child(n, i);
			if (this.kv.isFull(n, child)) this.#resize(child);
		}
	}

	/** Says, from a branch up to the root, that a suffix so long is below. */
	#pushSuffix(from: number, slen: number): void {
		for (let n = from; n !== 0 && this.kv.slen(n) < slen; n = this.kv.parent(n)) this.kv.setSlen(n, slen);
	}

	/** Finds out, from a branch up, how long the longest suffix is now that one of `slen` below is gone. */
	#pullSuffix(from: number, slen: number): void {
		for (let n = from; n !== 0 && this.kv.slen(n) === slen && slen > this.kv.pos(n); n = this.kv.parent(n)) {
			this.kv.setSlen(n, this.kv.longestBelow(n));
			if (this.kv.slen(n) === slen) return;
		}
	}
}

/**
 * True where the bits in which an address and the key of a node differ are all behind the last that is set in it, and the suffixes
 * below are long enough to cover them.
 */
function mayMatch(own: number, shape: number, key: number): boolean {
	const differs = key ^ own;
	if (differs === 0) return true;
	const slen = (shape >> 16) & 0xff;
	return slen > (shape & 0xff) && (differs & (own | -own)) === 0 && (slen > 31 || differs >>> slen === 0);
}
