/**
 * fib_alias - the routes of one network address (struct fib_alias of net/ipv4/fib_lookup.h, and the lists of fib_trie.c).
 *
 * A leaf of the trie holds a list: the longest prefix first, then the highest table, the highest type of service, the lowest metric.
 *
 *     leaf 10.0.0.0 -> /24 main -> /16 local -> /16 main metric 0 -> /16 main metric 100 -> /8 main
 *
 * An alias is a number, as a node of the trie is: the place of its next one, of its info's id, of slen | dscp << 8. 0 is none. Most
 * leaves have only one, which lies in the leaf itself: the list is the complement of its info's id, the suffix is the leaf's, the type
 * of service its tag, and its number is that of the leaf with a minus before it. It gets a place of its own when another one comes.
 */

import type { FibInfo, Flow } from './fib_lookup.ts';
import type { FibInfos } from './fib_semantics.ts';
import { KEY, SHAPE as LEAF_SHAPE, LIST } from './key_vector.ts';
import { Trie } from './trie.ts';

const NEXT = 0;
const INFO = 1;
const SHAPE = 2;
const SIZE = 3;

/** Where in its list an alias belongs, but for the metric. */
export interface Place {
	readonly slen: number;
	readonly dscp: number;
	readonly tbId: number;
}

/** A trie with the routes that are in its leaves. */
export class FibTrie extends Trie<Flow> {
	readonly #infos: FibInfos;

	constructor(infos: FibInfos) {
		super();
		this.#infos = infos;
	}

	/** The first route of a leaf. */
	first(leaf: number): number {
		const list = this.kv.list(leaf);
		return list < 0 ? -leaf : list;
	}

	next(fa: number): number {
		return fa < 0 ? 0 : this.kv.words[fa + NEXT]!;
	}

	info(fa: number): FibInfo {
		return this.#infos.get(fa < 0 ? ~this.kv.list(-fa) : this.kv.words[fa + INFO]!);
	}

	setInfo(fa: number, { id }: FibInfo): void {
		if (fa < 0) this.kv.setList(-fa, ~id);
		else this.kv.words[fa + INFO] = id;
	}

	/** Number of address bits that are not in the prefix: 32 less its length. */
	suffix(fa: number): number {
		return fa < 0 ? this.kv.slen(-fa) : this.kv.words[fa + SHAPE]! & 0xff;
	}

	dscp(fa: number): number {
		return fa < 0 ? this.kv.tag(-fa) : this.kv.words[fa + SHAPE]! >> 8;
	}

	isAt(fa: number, { slen, dscp, tbId }: Place): boolean {
		return this.suffix(fa) === slen && this.dscp(fa) === dscp && this.info(fa).tbId === tbId;
	}

	/** The first route of a leaf that the flow can take; one that rejects is taken. */
	protected override take(leaf: number, flow: Flow): number {
		const { words } = this.kv;
		const differs = words[leaf + KEY]! ^ flow.daddr;
		const list = words[leaf + LIST]!;
		if (list < 0) {
			const shape = words[leaf + LEAF_SHAPE]!;
			const covers = isCovered(differs, (shape >> 16) & 0xff) && isTaken(flow, this.#infos.get(~list), shape >>> 24);
			return covers ? -leaf : 0;
		}
		for (let fa = list; fa !== 0; fa = words[fa + NEXT]!) {
			const shape = words[fa + SHAPE]!;
			if (!isCovered(differs, shape & 0xff)) continue;
			if (isTaken(flow, this.#infos.get(words[fa + INFO]!), shape >> 8)) return fa;
		}
		return 0;
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

	/**
	 * Adds a route to an address, whose leaf is 0 where it has none; before another route, or behind the last of its prefix and table
	 * (fib_insert_alias).
	 */
	add(key: number, leaf: number, place: Place, info: FibInfo, before: number): number {
		if (leaf === 0) {
			const added = this.insert(key, place.slen, ~info.id);
			this.kv.setTag(added, place.dscp);
			return -added;
		}
		const only = this.kv.list(leaf) < 0 ? this.#moveOut(leaf) : 0;
		const fa = this.#make(place.slen, place.dscp, info.id);
		this.#link(leaf, fa, this.#lastBefore(leaf, place, before < 0 ? only : before));
		if (place.slen > this.kv.slen(leaf)) this.setSuffix(leaf, place.slen);
		return fa;
	}

	/** Gives the only route of a leaf a place of its own. */
	#moveOut(leaf: number): number {
		const fa = this.#make(this.kv.slen(leaf), this.kv.tag(leaf), ~this.kv.list(leaf));
		this.kv.setList(leaf, fa);
		return fa;
	}

	#make(slen: number, dscp: number, id: number): number {
		const fa = this.kv.blocks.allocate(SIZE);
		const { words } = this.kv;
		words[fa + NEXT] = 0;
		words[fa + INFO] = id;
		words[fa + SHAPE] = slen | (dscp << 8);
		return fa;
	}

	/** Takes a route out of a leaf, and the leaf with the last (fib_remove_alias). */
	drop(leaf: number, fa: number): void {
		const after = this.next(fa);
		if (this.first(leaf) !== fa) this.#unlink(leaf, fa, after);
		else if (after !== 0) this.kv.setList(leaf, after);
		else this.remove(leaf);
		if (fa > 0) this.kv.blocks.free(fa, SIZE);
	}

	#unlink(leaf: number, fa: number, after: number): void {
		let before = this.kv.list(leaf);
		while (this.next(before) !== fa) before = this.next(before);
		this.kv.words[before + NEXT] = after;
		if (after === 0) this.setSuffix(leaf, this.suffix(before));
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

/** True where the bits in which two addresses differ are all in a suffix. */
function isCovered(differs: number, slen: number): boolean {
	return slen > 31 || differs >>> slen === 0;
}

/** True for a route that the flow can take, or that rejects it. */
function isTaken({ oif = 0, scope = 0, tos = 0 }: Flow, { scope: near, nh }: FibInfo, dscp: number): boolean {
	if (near < scope || (dscp !== 0 && dscp !== tos)) return false;
	return oif === 0 || nh.dev === undefined || nh.dev.ifindex === oif;
}
