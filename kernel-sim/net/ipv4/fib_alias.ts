/**
 * fib_alias - the routes of one network address (struct fib_alias of net/ipv4/fib_lookup.h, and the lists of fib_trie.c).
 *
 * A leaf of the trie holds a list: the longest prefix first, then the highest table, the highest type of service, the lowest metric.
 *
 *     leaf 10.0.0.0 -> /24 main -> /16 local -> /16 main metric 0 -> /16 main metric 100 -> /8 main
 *
 * An alias is a number, as a node of the trie is: the place of its next one, of its info's id, of slen | dscp << 8. 0 is none. The first
 * of a leaf lies in the leaf itself.
 */

import type { FibInfo, Flow } from './fib_lookup.ts';
import type { FibInfos } from './fib_semantics.ts';
import { KEY, OWN } from './key_vector.ts';
import { Trie } from './trie.ts';

const NEXT = 0;
const INFO = 1;
const SHAPE = 2;
const SIZE = 3;
/** The shape of the room in a leaf for its first alias, while it is in use by none. */
const UNUSED = -1;

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

	next(fa: number): number {
		return this.kv.words[fa + NEXT]!;
	}

	info(fa: number): FibInfo {
		return this.#infos.get(this.kv.words[fa + INFO]!);
	}

	setInfo(fa: number, info: FibInfo): void {
		this.kv.words[fa + INFO] = info.id;
	}

	/** Number of address bits that are not in the prefix: 32 less its length. */
	suffix(fa: number): number {
		return this.kv.words[fa + SHAPE]! & 0xff;
	}

	dscp(fa: number): number {
		return this.kv.words[fa + SHAPE]! >> 8;
	}

	isAt(fa: number, { slen, dscp, tbId }: Place): boolean {
		return this.suffix(fa) === slen && this.dscp(fa) === dscp && this.info(fa).tbId === tbId;
	}

	/** The first route of a leaf that the flow can take; one that rejects is taken. */
	protected override take(leaf: number, { daddr, oif = 0, scope = 0, tos = 0 }: Flow): number {
		const { words } = this.kv;
		const differs = words[leaf + KEY]! ^ daddr;
		for (let fa = this.kv.list(leaf); fa !== 0; fa = words[fa + NEXT]!) {
			const shape = words[fa + SHAPE]!;
			const slen = shape & 0xff;
			if (slen < 32 && differs >>> slen !== 0) continue;
			const dscp = shape >> 8;
			const info = this.#infos.get(words[fa + INFO]!);
			if (info.scope < scope || (dscp !== 0 && dscp !== tos)) continue;
			if (oif !== 0 && info.nh.dev !== undefined && info.nh.dev.ifindex !== oif) continue;
			return fa;
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

	/** Adds a route to an address; before another, or behind the last of its prefix and table (fib_insert_alias). */
	add(key: number, place: Place, info: FibInfo, before: number): number {
		const leaf = this.find(key);
		if (leaf === 0) return this.#write(this.insert(key, place.slen) + OWN, place, info);
		const own = leaf + OWN;
		const free = this.kv.words[own + SHAPE] === UNUSED ? own : this.kv.blocks.allocate(SIZE);
		const fa = this.#write(free, place, info);
		this.#link(leaf, fa, this.#lastBefore(leaf, place, before));
		if (place.slen > this.kv.slen(leaf)) this.setSuffix(leaf, place.slen);
		return fa;
	}

	#write(fa: number, { slen, dscp }: Place, { id }: FibInfo): number {
		const { words } = this.kv;
		words[fa + NEXT] = 0;
		words[fa + INFO] = id;
		words[fa + SHAPE] = slen | (dscp << 8);
		return fa;
	}

	/** Takes a route out of a leaf, and the leaf with the last (fib_remove_alias). */
	drop(leaf: number, fa: number): void {
		const after = this.next(fa);
		const first = this.kv.list(leaf) === fa;
		const last = first && after === 0;
		if (last) this.remove(leaf);
		else if (first) this.kv.setList(leaf, after);
		else this.#unlink(leaf, fa, after);
		if (fa !== leaf + OWN) this.kv.blocks.free(fa, SIZE);
		else if (!last) this.kv.words[fa + SHAPE] = UNUSED;
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
