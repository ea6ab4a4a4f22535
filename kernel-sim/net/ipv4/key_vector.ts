/**
 * key_vector - the nodes of the compressed trie that holds the routes of a table.
 *
 * The lowest part of net/ipv4/fib_trie.c; trie.ts is the tree that they make: one over the 32 bits of an address in which a node skips the bits that all below it
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
 * A node is a number: its place in one array, so that a million of them cost no collection of garbage. 0 is no node. Looking for a
 * route is waiting for memory: so nodes are small, and what is looked at together lies together, a branch before its children.
 *
 *     branch   key   pos | bits << 8 | slen << 16   parent   how many children are empty   how many are full   child   child ...
 *     leaf     key   slen << 16 | tag << 24         parent   list
 *
 * The tag and the list of a leaf are its owner's. Keys are signed 32-bit integers; their order is that of the unsigned ones.
 */

import { Blocks } from './blocks.ts';

/** Where in a node its words are. */
export const KEY = 0;
export const SHAPE = 1;
const PARENT = 2;
export const LIST = 3;
const EMPTY = 3;
const FULL = 4;
/** The first child of a branch. */
export const CHILDREN = 5;
/** Words of a leaf. */
const LEAF = 4;
/** Bits of a shape: its suffix, and what is not its suffix or not its tag. */
const SLEN = 0x00ff_0000;
const BUT_SLEN = ~SLEN;
const BUT_TAG = 0x00ff_ffff;

/** Nodes. Those that are passed in are such as were given out and not taken back. */
export class KeyVectors {
	/** Where nodes are; an owner's lists may lie among them. */
	readonly blocks = new Blocks();

	/** The words of all nodes, until the next node is made. */
	get words(): Int32Array {
		return this.blocks.words;
	}

	key(n: number): number {
		return this.blocks.words[n + KEY]!;
	}

	pos(n: number): number {
		return this.blocks.words[n + SHAPE]! & 0xff;
	}

	/** 0 for a leaf. */
	bits(n: number): number {
		return (this.blocks.words[n + SHAPE]! >> 8) & 0xff;
	}

	slen(n: number): number {
		return (this.blocks.words[n + SHAPE]! >> 16) & 0xff;
	}

	parent(n: number): number {
		return this.blocks.words[n + PARENT]!;
	}

	/** A byte of a leaf. */
	tag(leaf: number): number {
		return this.blocks.words[leaf + SHAPE]! >>> 24;
	}

	setTag(leaf: number, tag: number): void {
		this.blocks.words[leaf + SHAPE] = (this.blocks.words[leaf + SHAPE]! & BUT_TAG) | (tag << 24);
	}

	/** The list of a leaf. */
	list(leaf: number): number {
		return this.blocks.words[leaf + LIST]!;
	}

	setList(leaf: number, list: number): void {
		this.blocks.words[leaf + LIST] = list;
	}

	/** Where a key belongs among the children of a branch; 2^bits or more if it does not belong below it. */
	index(n: number, key: number): number {
		return (key ^ this.key(n)) >>> this.pos(n);
	}

	child(n: number, index: number): number {
		return this.blocks.words[n + CHILDREN + index]!;
	}

	/** How many children of a branch there are not. */
	empty(n: number): number {
		return this.blocks.words[n + EMPTY]!;
	}

	/** How many are branches at the very next bit. */
	full(n: number): number {
		return this.blocks.words[n + FULL]!;
	}

	/** A leaf that is nowhere yet, with 0 for a tag. */
	leaf(key: number, slen: number, list: number): number {
		const n = this.blocks.allocate(LEAF);
		const { words } = this.blocks;
		words[n + KEY] = key;
		words[n + SHAPE] = slen << 16;
		words[n + PARENT] = 0;
		words[n + LIST] = list;
		return n;
	}

	/** A branch without children that is nowhere yet. Its key is cut to what it says. */
	branch(key: number, pos: number, bits: number): number {
		const size = CHILDREN + (1 << bits);
		const n = this.blocks.allocate(size);
		const { words } = this.blocks;
		words.fill(0, n, n + size);
		const shift = pos + bits;
		words[n + KEY] = shift < 32 ? (key >> shift) << shift : 0;
		words[n + SHAPE] = pos | (bits << 8) | (pos << 16);
		words[n + EMPTY] = 1 << bits;
		return n;
	}

	/** Takes a branch back. */
	freeBranch(n: number): void {
		this.blocks.free(n, CHILDREN + (1 << this.bits(n)));
	}

	setParent(n: number, parent: number): void {
		this.blocks.words[n + PARENT] = parent;
	}

	setSlen(n: number, slen: number): void {
		this.blocks.words[n + SHAPE] = (this.blocks.words[n + SHAPE]! & BUT_SLEN) | (slen << 16);
	}

	/** Puts a child in a place, keeping count; its parent is the caller's to set. */
	put(n: number, index: number, child: number): void {
		const { words } = this.blocks;
		const before = words[n + CHILDREN + index]!;
		if (before === 0 && child !== 0) words[n + EMPTY]!--;
		if (before !== 0 && child === 0) words[n + EMPTY]!++;
		words[n + FULL]! += Number(this.isFull(n, child)) - Number(this.isFull(n, before));
		words[n + CHILDREN + index] = child;
		if (child !== 0 && this.slen(n) < this.slen(child)) this.setSlen(n, this.slen(child));
	}

	/** Puts a child in a place that is empty, keeping count, and makes the branch its parent. */
	place(n: number, index: number, child: number): void {
		const { words } = this.blocks;
		const own = words[n + SHAPE]!;
		const shape = words[child + SHAPE]!;
		const bits = (shape >> 8) & 0xff;
		words[n + CHILDREN + index] = child;
		words[n + EMPTY]!--;
		if (bits > 0 && (shape & 0xff) + bits === (own & 0xff)) words[n + FULL]!++;
		words[child + PARENT] = n;
		if ((own & SLEN) < (shape & SLEN)) words[n + SHAPE] = (own & BUT_SLEN) | (shape & SLEN);
	}

	/** Takes a leaf back. */
	freeLeaf(n: number): void {
		this.blocks.free(n, LEAF);
	}

	/** True for a child that is a branch and skips no bits. */
	isFull(n: number, child: number): boolean {
		return child !== 0 && this.bits(child) > 0 && this.pos(child) + this.bits(child) === this.pos(n);
	}

	/**
	 * The longest suffix of the children of a branch. A child can have one that reaches into the index only where the bits of its
	 * own index that the suffix covers are zero: hence the strides.
	 */
	longestBelow(n: number): number {
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
