/**
 * fib_frontend - the routing tables of one kernel (net/ipv4/fib_frontend.c).
 *
 *     whoever changes routes ->  Fib.insert, delete  ->  FibTable  ->  listeners
 *     whoever looks for a way -> Fib.lookup: main and local in one walk, then default
 *
 * Every protocol and file that shows or changes routes works on this one table.
 */

import { Errno } from '../../../src/lib/errno.ts';
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
const { RTN_LOCAL, RTN_BROADCAST, RTN_UNICAST } = rtn;

/** Bits of the type of service that belong to congestion control. */
const INET_ECN_MASK = 3;

/** The forwarding information base. */
export class Fib {
	readonly #tables = new Map<number, FibTable>();
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
			addressType: address => this.addressType(address),
		});
		this.trie = new FibTrie(this.infos);
		for (const id of [RT_TABLE_LOCAL, RT_TABLE_MAIN]) this.#tables.set(id, this.#newTable(id, this.trie));
	}

	/** A table, if there is one of the number; 0 is main (fib_get_table). */
	table(id: number = RT_TABLE_MAIN): FibTable | undefined {
		return this.#tables.get(id === RT_TABLE_UNSPEC ? RT_TABLE_MAIN : id);
	}

	/** All tables, the lowest number first. */
	get tables(): readonly FibTable[] {
		return [...this.#tables.values()].sort((a, b) => a.id - b.id);
	}

	/**
	 * Adds a route (inet_rtm_newroute). `nlflags` are of NLM_F_CREATE, EXCL, REPLACE, APPEND. EINVAL for what is no route;
	 * EEXIST, ENOENT as the flags say; ENETUNREACH, ENETDOWN, ENODEV for a hop that is none.
	 */
	insert(cfg: FibConfig, nlflags: number): void {
		validate(cfg);
		this.#orNewTable(cfg.table || RT_TABLE_MAIN).insert(cfg, nlflags);
	}

	/** Removes one route (inet_rtm_delroute). EINVAL for what is no route, ESRCH where there is none. */
	delete(cfg: FibConfig): void {
		validate(cfg);
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

	/** What an address is to this machine: RTN_LOCAL, RTN_BROADCAST, or RTN_UNICAST (inet_addr_type). */
	addressType(address: number): number {
		return this.table(RT_TABLE_LOCAL)!.lookup({ daddr: address })?.info.type ?? RTN_UNICAST;
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
		const main = this.#tables.get(RT_TABLE_MAIN)!; // which finds what is in local as well
		return main.lookup(flow) ?? this.#tables.get(RT_TABLE_DEFAULT)?.lookup(flow);
	}

	#lookupFrom(flow: Flow, id: number): FibRoute | undefined {
		const table = id === RT_TABLE_UNSPEC || id === RT_TABLE_MAIN ? undefined : this.table(id);
		return table?.lookup(flow) ?? this.#lookup(flow);
	}

	#orNewTable(id: number): FibTable {
		let table = this.table(id);
		if (table === undefined) {
			table = this.#newTable(id, new FibTrie(this.infos));
			this.#tables.set(id, table);
		}
		return table;
	}

	#newTable(id: number, trie: FibTrie): FibTable {
		return new FibTable(id, trie, this.infos, event => {
			if (this.#quiet) return;
			for (const listener of this.#listeners) listener(event);
		});
	}
}

/** The bits of a prefix (inet_make_mask). */
export function mask(prefixlen: number): number {
	return prefixlen === 0 ? 0 : -1 << (32 - prefixlen);
}

/** rtm_to_fib_config, fib_valid_key_len. */
function validate({ dst, dstLen, tos = 0 }: FibConfig): void {
	if ((tos & INET_ECN_MASK) !== 0) throw new Errno('EINVAL', 'Invalid dsfield (tos): ECN bits must be 0');
	if (dstLen < 0 || dstLen > 32) throw new Errno('EINVAL', 'Invalid prefix length');
	if ((dst & ~mask(dstLen)) !== 0) throw new Errno('EINVAL', 'Invalid prefix for given prefix length');
}
