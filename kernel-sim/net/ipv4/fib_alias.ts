/**
 * fib_alias - the routes of one network address (struct fib_alias of net/ipv4/fib_lookup.h, and the lists of fib_trie.c).
 *
 * A leaf of the trie holds a list: the longest prefix first, then the highest table, the highest type of service, the lowest metric.
 *
 *     leaf 10.0.0.0 -> /24 main -> /16 local -> /16 main metric 0 -> /16 main metric 100 -> /8 main
 *
 * An alias is a number, as a node of the trie is: the place of its next one, of its info's id, of slen | dscp << 8. 0 is none.
 */

import type { FibInfo } from './fib_lookup.ts';
import type { FibInfos } from './fib_semantics.ts';
import { Trie } from './trie.ts';

const NEXT = 0;
const INFO = 1;
const SHAPE = 2;
/** The fourth word is not used: an alias takes the room of a node, and mostly lies in the same line of the cache as its leaf. */
const SIZE = 4;

/** Where in its list an alias belongs, but for the metric. */
export interface Place {
	readonly slen: number;
	readonly dscp: number;
	readonly tbId: number;
}

/** A trie with the routes that are in its leaves. */
export class FibTrie extends Trie {
	readonly #infos: FibInfos;

	constructor(infos: FibInfos) {
		super();
		this.#infos = infos;
	}

	next(fa: number): number {
		return this.kv.blocks.words[fa + NEXT]!;
	}

	info(fa: number): FibInfo {
		return this.#infos.get(this.kv.blocks.words[fa + INFO]!);
	}

	setInfo(fa: number, info: FibInfo): void {
		this.kv.blocks.words[fa + INFO] = info.id;
	}

	/** Number of address bits that are not in the prefix: 32 less its length. */
	suffix(fa: number): number {
		return this.kv.blocks.words[fa + SHAPE]! & 0xff;
	}

	dscp(fa: number): number {
		return this.kv.blocks.words[fa + SHAPE]! >> 8;
	}

	isAt(fa: number, { slen, dscp, tbId }: Place): boolean {
		return this.suffix(fa) === slen && this.dscp(fa) === dscp && this.info(fa).tbId === tbId;
	}

	/**
	 * Among the routes from `list` on, the first at a place of this metric or a greater one, or the one before which such a route
	 * belongs; 0 where it belongs behind all of its prefix and table (fib_find_alias).
	 */
	findAlias(list: number, { slen, dscp, tbId }: Place, priority: number): number {
		for (let fa = list; fa !== 0; fa = this.next(fa)) {
			if (this.suffix(fa) < slen) continue;
			if (this.suffix(fa) !== slen) return 0;
			const info = this.info(fa);
			if (info.tbId > tbId) continue;
			if (info.tbId !== tbId) return 0;
			if (this.dscp(fa) > dscp) continue;
			if (info.priority >= priority || this.dscp(fa) < dscp) return fa;
		}
		return 0;
	}

	/** Adds a route to an address; before another, or behind the last of its prefix and table (fib_insert_alias). */
	add(key: number, place: Place, info: FibInfo, before: number): number {
		const fa = this.kv.blocks.allocate(SIZE);
		const { words } = this.kv.blocks;
		words[fa + NEXT] = 0;
		words[fa + INFO] = info.id;
		words[fa + SHAPE] = place.slen | (place.dscp << 8);
		const leaf = this.find(key);
		if (leaf === 0) this.insert(key, place.slen, fa);
		else {
			this.#link(leaf, fa, this.#lastBefore(leaf, place, before));
			if (place.slen > this.kv.slen(leaf)) this.setSuffix(leaf, place.slen);
		}
		return fa;
	}

	/** Takes a route out of a leaf, and the leaf with the last (fib_remove_alias). */
	drop(leaf: number, fa: number): void {
		const after = this.next(fa);
		if (this.kv.list(leaf) !== fa) {
			let last = this.kv.list(leaf);
			while (this.next(last) !== fa) last = this.next(last);
			this.kv.blocks.words[last + NEXT] = after;
			if (after === 0) this.setSuffix(leaf, this.suffix(last));
		} else if (after !== 0) this.kv.setList(leaf, after);
		else this.remove(leaf);
		this.kv.blocks.free(fa, SIZE);
	}

	#lastBefore(leaf: number, { slen, tbId }: Place, before: number): number {
		let last = 0;
		for (let at = this.kv.list(leaf); at !== 0 && at !== before; at = this.next(at)) {
			if (before === 0 && (slen < this.suffix(at) || (slen === this.suffix(at) && tbId > this.info(at).tbId))) break;
			last = at;
		}
		return last;
	}

	#link(leaf: number, fa: number, last: number): void {
		const { words } = this.kv.blocks;
		words[fa + NEXT] = last === 0 ? this.kv.list(leaf) : words[last + NEXT]!;
		if (last === 0) this.kv.setList(leaf, fa);
		else words[last + NEXT] = fa;
	}
}
