/**
 * fib_trie - a routing table (net/ipv4/fib_trie.c).
 *
 * Its parts: blocks.ts, key_vector.ts and trie.ts are the compressed trie, fib_alias.ts the lists of routes in its leaves, this one
 * what a table does with them.
 *
 * The tables main and local share one trie, as in Linux before the first rule is made: the longest prefix of both is found in one
 * walk. Each route knows its table.
 */

import { Errno } from '../../../src/lib/errno.ts';
import { NLM_F_APPEND, NLM_F_CREATE, NLM_F_EXCL, NLM_F_REPLACE } from '../../../src/uapi/netlink.ts';
import type { FibTrie, Place } from './fib_alias.ts';
import type { FibConfig, FibEvent, FibInfo, FibRoute, Flow } from './fib_lookup.ts';
import { type FibInfos, fibMatches, fibProps } from './fib_semantics.ts';

/** A routing table (struct fib_table). */
export class FibTable {
	/** Of RT_TABLE_*. */
	readonly id: number;
	readonly #trie: FibTrie;
	readonly #infos: FibInfos;
	readonly #notify: (event: FibEvent) => void;

	/** `trie` may be another table's too. */
	constructor(id: number, trie: FibTrie, infos: FibInfos, notify: (event: FibEvent) => void) {
		this.id = id;
		this.#trie = trie;
		this.#infos = infos;
		this.#notify = notify;
	}

	/**
	 * Adds a route, or puts it in the place of one (fib_table_insert). `nlflags` are of NLM_F_CREATE, EXCL, REPLACE, APPEND.
	 * EEXIST, ENOENT, and what the route itself is refused with; nothing is changed then.
	 */
	insert(cfg: FibConfig, nlflags: number): void {
		const info = this.#infos.create(cfg, this.id);
		try {
			this.#insert(cfg, info, nlflags);
		} catch (error) {
			this.#infos.release(info);
			throw error;
		}
	}

	#insert({ dst, dstLen, tos = 0 }: FibConfig, info: FibInfo, nlflags: number): void {
		const trie = this.#trie;
		const place = { slen: 32 - dstLen, dscp: tos, tbId: this.id };
		const leaf = trie.find(dst);
		const first = leaf === 0 ? 0 : trie.findAlias(trie.first(leaf), place, info.priority);
		let before = first;
		let how = NLM_F_CREATE | NLM_F_EXCL;
		if (first !== 0 && trie.dscp(first) === tos && trie.info(first).priority === info.priority) {
			if ((nlflags & NLM_F_EXCL) !== 0) throw new Errno('EEXIST');
			const { same, end } = this.#equals(first, place, info);
			if ((nlflags & NLM_F_REPLACE) !== 0) {
				if (same !== 0 && same !== first) throw new Errno('EEXIST');
				this.#infos.release(trie.info(first));
				trie.setInfo(first, info);
				if (same === 0) this.#tell('new', dst, first, NLM_F_REPLACE);
				return;
			}
			if (same !== 0) throw new Errno('EEXIST');
			how = NLM_F_CREATE;
			if ((nlflags & NLM_F_APPEND) !== 0) {
				before = end;
				how |= NLM_F_APPEND;
			}
		}
		if ((nlflags & NLM_F_CREATE) === 0) throw new Errno('ENOENT');
		this.#tell('new', dst, trie.add(dst, leaf, place, info, before), how);
	}

	/** Removes the first route that `cfg` is true of (fib_table_delete). ESRCH where there is none. */
	delete(cfg: FibConfig): void {
		const trie = this.#trie;
		const { dst, dstLen, tos = 0 } = cfg;
		const place = { slen: 32 - dstLen, dscp: tos, tbId: this.id };
		const leaf = trie.find(dst);
		let fa = leaf === 0 ? 0 : trie.findAlias(trie.first(leaf), place, 0);
		while (fa !== 0 && trie.isAt(fa, place) && !fibMatches(trie.info(fa), cfg)) fa = trie.next(fa);
		if (fa === 0 || !trie.isAt(fa, place)) throw new Errno('ESRCH');
		this.#remove(leaf, fa);
	}

	/** Removes every route that `matches`, and gives their number (fib_table_flush). Absent: all. */
	flush(matches: (route: FibRoute) => boolean = () => true): number {
		let count = 0;
		for (let leaf = this.#trie.from(0); leaf !== 0; ) {
			const key = this.#trie.kv.key(leaf);
			count += this.#flushLeaf(leaf, matches);
			leaf = this.#after(key);
		}
		return count;
	}

	#flushLeaf(leaf: number, matches: (route: FibRoute) => boolean): number {
		const key = this.#trie.kv.key(leaf);
		const doomed: number[] = [];
		for (let fa = this.#trie.first(leaf); fa !== 0; fa = this.#trie.next(fa)) {
			if (this.#trie.info(fa).tbId === this.id && matches(this.#route(key, fa))) doomed.push(fa);
		}
		for (const fa of doomed) this.#remove(leaf, fa);
		return doomed.length;
	}

	#remove(leaf: number, fa: number): void {
		const route = this.#route(this.#trie.kv.key(leaf), fa);
		this.#trie.drop(leaf, fa);
		this.#notify({ type: 'del', route, nlflags: 0 });
		this.#infos.release(route.info);
	}

	/**
	 * The route of the longest prefix that leads to an address (fib_table_lookup). Undefined where none does, or one that throws
	 * the packet out of this table; EINVAL, EHOSTUNREACH, EACCES from a route that rejects.
	 */
	lookup(flow: Flow): FibRoute | undefined {
		const fa = this.#trie.walk(flow.daddr, flow);
		if (fa === 0) return undefined;
		const info = this.#trie.info(fa);
		const { error } = fibProps[info.type]!;
		if (error === 'EAGAIN') return undefined;
		if (error !== undefined) throw new Errno(error);
		const slen = this.#trie.suffix(fa);
		const dst = slen === 32 ? 0 : (flow.daddr >> slen) << slen;
		return { dst, dstLen: 32 - slen, tos: this.#trie.dscp(fa), info, table: this.id };
	}

	/** The routes, by address and then as they are looked at. Others may come and go while one goes on. */
	*[Symbol.iterator](): Generator<FibRoute> {
		for (let leaf = this.#trie.from(0); leaf !== 0; ) {
			const key = this.#trie.kv.key(leaf);
			yield* this.#routesOf(key, leaf);
			leaf = this.#after(key);
		}
	}

	/** The routes of the first network address that is not below `key`, an unsigned number; undefined where there is none. */
	from(key: number): readonly FibRoute[] | undefined {
		for (let leaf = this.#trie.from(key | 0); leaf !== 0; ) {
			const dst = this.#trie.kv.key(leaf);
			const routes = this.#routesOf(dst, leaf);
			if (routes.length > 0) return routes;
			leaf = this.#after(dst);
		}
		return undefined;
	}

	#routesOf(key: number, leaf: number): FibRoute[] {
		const routes: FibRoute[] = [];
		for (let fa = this.#trie.first(leaf); fa !== 0; fa = this.#trie.next(fa)) {
			if (this.#trie.info(fa).tbId === this.id) routes.push(this.#route(key, fa));
		}
		return routes;
	}

	#after(key: number): number {
		return key === -1 ? 0 : this.#trie.from((key + 1) | 0);
	}

	#route(dst: number, fa: number): FibRoute {
		const trie = this.#trie;
		return { dst, dstLen: 32 - trie.suffix(fa), tos: trie.dscp(fa), info: trie.info(fa) };
	}

	#tell(type: 'new' | 'del', dst: number, fa: number, nlflags: number): void {
		this.#notify({ type, route: this.#route(dst, fa), nlflags });
	}

	/** Among the routes of one destination and metric: the one that says the same, and what comes behind them all. */
	#equals(first: number, place: Place, info: FibInfo): { readonly same: number; readonly end: number } {
		const trie = this.#trie;
		let fa = first;
		for (; fa !== 0 && trie.isAt(fa, place) && trie.info(fa).priority === info.priority; fa = trie.next(fa)) {
			if (trie.info(fa) === info) return { same: fa, end: fa };
		}
		return { same: 0, end: fa };
	}
}
