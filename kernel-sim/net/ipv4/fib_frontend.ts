/**
 * fib_frontend - the routing tables of one kernel (net/ipv4/fib_frontend.c).
 *
 *     whoever changes routes ->  Fib.insert, delete  ->  FibTable  ->  listeners
 *     whoever looks for a way -> Fib.lookup: main and local in one walk, then default
 *
 * Every protocol and file that shows or changes routes works on this one table.
 */

import { Errno, isErrno } from '../../../src/lib/errno.ts';
import { IFF_LOOPBACK } from '../../../src/uapi/if.ts';
import { NLM_F_APPEND, NLM_F_CREATE } from '../../../src/uapi/netlink.ts';
import { rt_scope, rt_table, rtn, rtprot } from '../../../src/uapi/rtnetlink.ts';
import type { NetDevice, NetDevices } from '../core/dev.ts';
import { FibTrie } from './fib_alias.ts';
import type { FibConfig, FibEvent, FibRoute, Flow } from './fib_lookup.ts';
import { FibInfos } from './fib_semantics.ts';
import { FibTable } from './fib_trie.ts';

const { RT_TABLE_UNSPEC, RT_TABLE_DEFAULT, RT_TABLE_MAIN, RT_TABLE_LOCAL } = rt_table;
const { RT_SCOPE_HOST, RT_SCOPE_LINK } = rt_scope;
const { RTN_LOCAL, RTN_BROADCAST, RTN_UNICAST, RTN_MULTICAST } = rtn;

/** 255.255.255.255 (INADDR_BROADCAST). */
export const LIMITED_BROADCAST = -1;

/** Bits of the type of service that belong to congestion control. */
const INET_ECN_MASK = 3;

/** The forwarding information base. */
export class Fib {
	readonly #tables = new Map<number, FibTable>();
	/** Those that every look-up goes to; the last is there once somebody has made it. */
	readonly #main: FibTable;
	#default: FibTable | undefined;
	/** What the routes of all tables say. */
	readonly infos: FibInfos;
	/** The routes of main and local. */
	readonly trie: FibTrie;
	readonly #listeners = new Set<(event: FibEvent) => void>();
	#quiet = false;

	constructor(devices: NetDevices) {
		this.infos = new FibInfos({
			devices,
			lookup: (flow, table) => this.#lookupFrom(flow, table),
			addressType: (address, table) => this.addressType(address, table),
		});
		this.trie = new FibTrie(this.infos);
		this.#newTable(RT_TABLE_LOCAL, this.trie);
		this.#main = this.#newTable(RT_TABLE_MAIN, this.trie);
	}

	/** A table, if there is one of the number; 0 is main (fib_get_table). */
	table(id: number = RT_TABLE_MAIN): FibTable | undefined {
		return id === RT_TABLE_UNSPEC || id === RT_TABLE_MAIN ? this.#main : this.#tables.get(id);
	}

	/** All tables, in the order in which Linux keeps them: in 256 chains, of each the last that was made first. */
	get tables(): readonly FibTable[] {
		return [...this.#tables.values()].reverse().sort((a, b) => (a.id & 255) - (b.id & 255));
	}

	/**
	 * Adds a route (inet_rtm_newroute). `nlflags` are of NLM_F_CREATE, EXCL, REPLACE, APPEND. EINVAL for what is no route;
	 * EEXIST, ENOENT as the flags say; ENETUNREACH, ENETDOWN, ENODEV for a hop that is none.
	 */
	insert(cfg: FibConfig, nlflags: number): void {
		checkTos(cfg.tos ?? 0);
		checkPrefix(cfg);
		this.#orNewTable(cfg.table || RT_TABLE_MAIN).insert(cfg, nlflags);
	}

	/** Removes one route (inet_rtm_delroute). EINVAL for what is no route, ESRCH where there is none. */
	delete(cfg: FibConfig): void {
		checkTos(cfg.tos ?? 0);
		checkPrefix(cfg);
		if (cfg.nexthop) throw new Errno('EINVAL', 'Nexthop id does not exist');
		const table = this.table(cfg.table);
		if (table === undefined) throw new Errno('ESRCH', 'FIB table does not exist');
		table.delete(cfg);
	}

	/**
	 * The way to an address (fib_lookup). ENETUNREACH where there is none; EINVAL, EHOSTUNREACH, EACCES from a route that
	 * rejects.
	 */
	lookup(flow: Flow): FibRoute {
		const found = this.#lookup(flow);
		if (found === undefined) throw new Errno('ENETUNREACH');
		return found;
	}

	/**
	 * What an address is to this machine, by a table: RTN_LOCAL, RTN_BROADCAST, RTN_MULTICAST; RTN_UNICAST for that of another one
	 * (inet_addr_type_table). RTN_BROADCAST where there is no such table.
	 */
	addressType(address: number, table: number = RT_TABLE_LOCAL): number {
		if (isZeronet(address) || address === LIMITED_BROADCAST) return RTN_BROADCAST;
		if (isMulticast(address)) return RTN_MULTICAST;
		const where = this.table(table);
		if (where === undefined) return RTN_BROADCAST;
		return whatDoesNotReject(where, { daddr: address })?.info.type ?? RTN_UNICAST;
	}

	/** Calls `listener` after each change until the returned function is called. It must not throw. */
	subscribe(listener: (event: FibEvent) => void): () => void {
		this.#listeners.add(listener);
		return () => this.#listeners.delete(listener);
	}

	/** Makes the routes that an address of a device brings with it (fib_add_ifaddr). */
	addAddress({ ifindex: oif, flags }: NetDevice, local: number, prefixlen: number): void {
		const add = (type: number, dst: number, dstLen: number) => {
			const place = type === RTN_UNICAST ? { table: RT_TABLE_MAIN } : { table: RT_TABLE_LOCAL };
			const scope = type === RTN_LOCAL ? RT_SCOPE_HOST : RT_SCOPE_LINK;
			const cfg = { ...place, type, scope, dst, dstLen, oif, prefsrc: local, protocol: rtprot.RTPROT_KERNEL };
			this.#insertUnlessThere(cfg);
		};
		const net = local & mask(prefixlen);
		add(RTN_LOCAL, local, 32);
		if (prefixlen < 32) add((flags & IFF_LOOPBACK) !== 0 ? RTN_LOCAL : RTN_UNICAST, net, prefixlen);
		if (prefixlen < 31) add(RTN_BROADCAST, net | ~mask(prefixlen), 32);
	}

	/** fib_magic: of a route that is there already, nobody hears. */
	#insertUnlessThere(cfg: FibConfig): void {
		try {
			this.insert(cfg, NLM_F_CREATE | NLM_F_APPEND);
		} catch (error) {
			if (!(error instanceof Errno) || error.code !== 'EEXIST') throw error;
		}
	}

	/** A device is up again: its addresses bring the routes back that are not there (fib_netdev_event). */
	syncUp(dev: NetDevice, addresses: Iterable<{ readonly local: number; readonly prefixlen: number }>): void {
		for (const { local, prefixlen } of addresses) this.addAddress(dev, local, prefixlen);
	}

	/**
	 * A device is down: routes through it go, but for those to addresses of its own, unless they are gone as well (fib_disable_ip).
	 * Linux tells nobody of these.
	 */
	syncDown(dev: NetDevice, addressesGone = false): void {
		this.#quiet = true;
		const leads = ({ info: { nh } }: FibRoute) =>
			nh.dev === dev && (addressesGone || nh.scope !== rt_scope.RT_SCOPE_NOWHERE);
		for (const table of this.#tables.values()) table.flush(leads);
		this.#quiet = false;
	}

	#lookup(flow: Flow): FibRoute | undefined {
		// What is in local is found in main as well.
		if (this.#default === undefined) return this.#main.lookup(flow);
		return whatDoesNotReject(this.#main, flow) ?? this.#default.lookup(flow);
	}

	/** In a table of its own, and then as for all others. */
	#lookupFrom(flow: Flow, id: number): FibRoute | undefined {
		const table = id === RT_TABLE_UNSPEC || id === RT_TABLE_MAIN ? undefined : this.table(id);
		return (table && whatDoesNotReject(table, flow)) ?? this.#lookup(flow);
	}

	#orNewTable(id: number): FibTable {
		return this.table(id) ?? this.#newTable(id, new FibTrie(this.infos));
	}

	#newTable(id: number, trie: FibTrie): FibTable {
		const table = new FibTable(id, trie, this.infos, event => {
			if (this.#quiet) return;
			for (const listener of this.#listeners) listener(event);
		});
		this.#tables.set(id, table);
		if (id === RT_TABLE_DEFAULT) this.#default = table;
		return table;
	}
}

/** The way that a table knows; undefined where it knows none, or rejects. */
function whatDoesNotReject(table: FibTable, flow: Flow): FibRoute | undefined {
	try {
		return table.lookup(flow);
	} catch (error) {
		if (!isErrno(error)) throw error;
		return undefined;
	}
}

/** 224.0.0.0/4 (ipv4_is_multicast). */
export function isMulticast(address: number): boolean {
	return address >>> 28 === 0xe;
}

/** 0.0.0.0/8 (ipv4_is_zeronet). */
export function isZeronet(address: number): boolean {
	return address >>> 24 === 0;
}

/** The bits of a prefix (inet_make_mask). */
export function mask(prefixlen: number): number {
	return prefixlen === 0 ? 0 : -1 << (32 - prefixlen);
}

/** EINVAL for a type of service with bits that are not its own (inet_validate_dscp). */
export function checkTos(tos: number): void {
	if ((tos & INET_ECN_MASK) !== 0) throw new Errno('EINVAL', 'Invalid dsfield (tos): ECN bits must be 0');
}

/** EINVAL for what is no prefix (fib_valid_key_len). */
export function checkPrefix({ dst, dstLen }: FibConfig): void {
	if (dstLen < 0 || dstLen > 32) throw new Errno('EINVAL', 'Invalid prefix length');
	if ((dst & ~mask(dstLen)) !== 0) throw new Errno('EINVAL', 'Invalid prefix for given prefix length');
}
