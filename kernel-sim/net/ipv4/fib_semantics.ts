/**
 * fib_semantics - what a route says besides its destination, and whether it may be (net/ipv4/fib_semantics.c).
 *
 * Routes that say the same share one `FibInfo`.
 *
 * Divergence: a route has one next hop, and neither metrics nor a next hop object.
 */

import { Errno, type ErrnoName, isErrno } from '../../../src/lib/errno.ts';
import { rt_scope, rt_table, rtn, rtnh_f } from '../../../src/uapi/rtnetlink.ts';
import { isUp, type NetDevices } from '../core/dev.ts';
import type { FibConfig, FibInfo, FibNh, FibRoute, Flow } from './fib_lookup.ts';

const { RT_TABLE_MAIN, RT_TABLE_LOCAL } = rt_table;
const { RT_SCOPE_UNIVERSE, RT_SCOPE_LINK, RT_SCOPE_HOST, RT_SCOPE_NOWHERE } = rt_scope;
const { RTN_UNSPEC, RTN_UNICAST, RTN_LOCAL, RTN_BROADCAST, RTN_ANYCAST, RTN_MULTICAST } = rtn;
const { RTN_BLACKHOLE, RTN_UNREACHABLE, RTN_PROHIBIT, RTN_THROW, RTN_NAT, RTN_XRESOLVE } = rtn;
const { RTNH_F_DEAD, RTNH_F_LINKDOWN, RTNH_F_ONLINK, RTNH_F_PERVASIVE } = rtnh_f;

/** Of a type of route: the least scope it may have, and how it refuses (fib_props). */
export const fibProps: Readonly<Record<number, { readonly scope: number; readonly error?: ErrnoName }>> = {
	[RTN_UNSPEC]: { scope: RT_SCOPE_NOWHERE },
	[RTN_UNICAST]: { scope: RT_SCOPE_UNIVERSE },
	[RTN_LOCAL]: { scope: RT_SCOPE_HOST },
	[RTN_BROADCAST]: { scope: RT_SCOPE_LINK },
	[RTN_ANYCAST]: { scope: RT_SCOPE_LINK },
	[RTN_MULTICAST]: { scope: RT_SCOPE_UNIVERSE },
	[RTN_BLACKHOLE]: { scope: RT_SCOPE_UNIVERSE, error: 'EINVAL' },
	[RTN_UNREACHABLE]: { scope: RT_SCOPE_UNIVERSE, error: 'EHOSTUNREACH' },
	[RTN_PROHIBIT]: { scope: RT_SCOPE_UNIVERSE, error: 'EACCES' },
	[RTN_THROW]: { scope: RT_SCOPE_UNIVERSE, error: 'EAGAIN' },
	[RTN_NAT]: { scope: RT_SCOPE_NOWHERE, error: 'EINVAL' },
	[RTN_XRESOLVE]: { scope: RT_SCOPE_NOWHERE, error: 'EINVAL' },
};

/** What checking a route needs to know of the others. */
export interface FibLookups {
	readonly devices: NetDevices;
	/** Finds the way to an address, in `table` first; undefined where there is none. Rejecting routes throw. */
	lookup(flow: Flow, table: number): FibRoute | undefined;
	/** What an address is to this machine; see `Fib.addressType`. */
	addressType(address: number, table?: number): number;
}

/** The infos of one kernel. */
export class FibInfos {
	readonly #lookups: FibLookups;
	/** Chains of those that have one hash. */
	readonly #infos = new Map<number, FibInfo>();
	readonly #byId: FibInfo[] = [];
	readonly #free: number[] = [];

	constructor(lookups: FibLookups) {
		this.#lookups = lookups;
	}

	/** How many different ones there are (fib_info_cnt). */
	get size(): number {
		return this.#byId.length - this.#free.length;
	}

	/** The info of an id that is in use. */
	get(id: number): FibInfo {
		return this.#byId[id]!;
	}

	/**
	 * The info of a route that is to be in table `tbId`, with one more that has it (fib_create_info). EINVAL, ENETUNREACH, ENETDOWN, ENODEV with
	 * the text that the kernel gives in an extended acknowledgement.
	 */
	create(cfg: FibConfig, tbId: number): FibInfo {
		const { type = RTN_UNICAST, scope = RT_SCOPE_UNIVERSE, prefsrc = 0, flags = 0 } = cfg;
		const props = fibProps[type];
		if (props === undefined) invalid('Invalid route type');
		if (props.scope > scope) invalid('Invalid scope');
		if ((flags & (RTNH_F_DEAD | RTNH_F_LINKDOWN)) !== 0) {
			invalid('Invalid rtm_flags - can not contain DEAD or LINKDOWN');
		}
		if (cfg.nexthop) invalid('Nexthop id does not exist');
		const nh = props.error === undefined ? this.#checkNh(cfg, type, scope) : rejecting(cfg);
		if (nh.dev !== undefined && prefsrc !== 0 && !this.#isValidPrefsrc(cfg, tbId, prefsrc)) {
			invalid('Invalid prefsrc address');
		}
		const { protocol = 0, priority = 0 } = cfg;
		const info = { tbId, protocol, scope, type, priority, prefsrc, flags, nh, treeref: 1, id: 0, next: undefined };
		return this.#find(info) ?? this.#add(info);
	}

	/** Says that a route has an info no more (fib_release_info). */
	release(info: FibInfo): void {
		info.treeref--;
		if (info.treeref > 0) return;
		this.#free.push(info.id);
		const hash = hashOf(info);
		const first = this.#infos.get(hash)!;
		if (first !== info) {
			let before = first;
			while (before.next !== info) before = before.next!;
			before.next = info.next;
		} else if (info.next === undefined) this.#infos.delete(hash);
		else this.#infos.set(hash, info.next);
	}

	/** One that says the same, with one more that has it (fib_find_info). */
	#find(info: FibInfo): FibInfo | undefined {
		let found = this.#infos.get(hashOf(info));
		while (found !== undefined && !saysTheSame(found, info)) found = found.next;
		if (found !== undefined) found.treeref++;
		return found;
	}

	#add(info: FibInfo): FibInfo {
		const hash = hashOf(info);
		info.next = this.#infos.get(hash);
		this.#infos.set(hash, info);
		info.id = this.#free.pop() ?? this.#byId.length;
		this.#byId[info.id] = info;
		return info;
	}

	/** fib_check_nh. */
	#checkNh(cfg: FibConfig, type: number, scope: number): FibNh {
		const { gateway = 0, oif = 0 } = cfg;
		if (type === RTN_UNSPEC) invalid('Invalid route type');
		if (scope > RT_SCOPE_HOST) invalid('Invalid scope');
		if (scope === RT_SCOPE_HOST) {
			if (gateway !== 0) invalid('Route with host scope can not have a gateway');
			return { dev: this.#device(oif), gw: 0, scope: RT_SCOPE_NOWHERE, flags: cfg.flags ?? 0 };
		}
		return gateway === 0 ? this.#checkDirect(cfg) : this.#checkGateway(cfg, gateway, scope);
	}

	/** fib_check_nh_nongw. */
	#checkDirect({ oif = 0, flags = 0 }: FibConfig): FibNh {
		if ((flags & (RTNH_F_PERVASIVE | RTNH_F_ONLINK)) !== 0) {
			invalid('Invalid flags for nexthop - PERVASIVE and ONLINK can not be set');
		}
		const dev = this.#device(oif);
		if (!isUp(dev)) throw new Errno('ENETDOWN', 'Device for nexthop is not up');
		return { dev, gw: 0, scope: RT_SCOPE_HOST, flags };
	}

	/** fib_check_nh_v4_gw: the gateway must be reached directly, or be said to be on the link. */
	#checkGateway({ oif = 0, flags = 0, table = 0 }: FibConfig, gw: number, scope: number): FibNh {
		if ((flags & RTNH_F_ONLINK) !== 0) {
			if (scope >= RT_SCOPE_LINK) invalid('Nexthop has invalid scope');
			const dev = this.#device(oif, 'Nexthop device required for onlink');
			if (!isUp(dev)) throw new Errno('ENETDOWN', 'Nexthop device is not up');
			if (this.#lookups.addressType(gw) !== RTN_UNICAST) invalid('Nexthop has invalid gateway');
			return { dev, gw, scope: RT_SCOPE_LINK, flags };
		}
		const found = this.#findGateway({ daddr: gw, scope: Math.max(scope + 1, RT_SCOPE_LINK), oif }, table);
		const { type, nh, scope: found_scope } = found.info;
		if (type !== RTN_UNICAST && type !== RTN_LOCAL) invalid('Nexthop has invalid gateway');
		if (nh.dev === undefined) invalid('No egress device for nexthop gateway');
		if (!isUp(nh.dev)) throw new Errno('ENETDOWN');
		return { dev: nh.dev, gw, scope: found_scope, flags };
	}

	#findGateway(flow: Flow, table: number): FibRoute {
		let code: ErrnoName = 'ENETUNREACH';
		try {
			const found = this.#lookups.lookup(flow, table);
			if (found !== undefined) return found;
		} catch (error) {
			if (!isErrno(error)) throw error;
			code = error.code as ErrnoName;
		}
		throw new Errno(code, 'Nexthop has invalid gateway');
	}

	#device(oif: number, missing?: string) {
		const dev = this.#lookups.devices.byIndex(oif);
		if (dev === undefined) throw new Errno('ENODEV', missing);
		return dev;
	}

	/** fib_valid_prefsrc: an address of this machine, or the one that the route makes one. */
	#isValidPrefsrc({ type, dst }: FibConfig, tbId: number, prefsrc: number): boolean {
		if (type === RTN_LOCAL && dst !== 0 && dst === prefsrc) return true;
		const { addressType } = this.#lookups;
		const table = tbId === RT_TABLE_MAIN ? RT_TABLE_LOCAL : tbId;
		return addressType(prefsrc, table) === RTN_LOCAL || addressType(prefsrc) === RTN_LOCAL;
	}
}

/** A number that is the same for infos that say the same (fib_info_hashfn). */
function hashOf({ tbId, protocol, scope, type, priority, prefsrc, nh }: FibInfo): number {
	const small = (tbId << 24) ^ (protocol << 16) ^ (scope << 8) ^ type ^ ((nh.dev?.ifindex ?? 0) << 12);
	return Math.imul(small ^ priority ^ prefsrc, 0x9e3779b1) ^ Math.imul(nh.gw, 0x85ebca6b);
}

function saysTheSame(a: FibInfo, b: FibInfo): boolean {
	return (
		a.tbId === b.tbId &&
		a.protocol === b.protocol &&
		a.scope === b.scope &&
		a.type === b.type &&
		a.priority === b.priority &&
		a.prefsrc === b.prefsrc &&
		a.flags === b.flags &&
		a.nh.dev === b.nh.dev &&
		a.nh.gw === b.nh.gw &&
		a.nh.scope === b.nh.scope &&
		a.nh.flags === b.nh.flags
	);
}

/** The hop of a route that leads nowhere. */
function rejecting({ gateway = 0, oif = 0, flags = 0 }: FibConfig): FibNh {
	if (gateway !== 0 || oif !== 0) invalid('Gateway, device and multipath can not be specified for this route type');
	return { dev: undefined, gw: 0, scope: RT_SCOPE_NOWHERE, flags };
}

/** True where what a caller says of a route is true of this one (fib_nh_match and the comparison in fib_table_delete). */
export function fibMatches(info: FibInfo, cfg: FibConfig): boolean {
	return (
		(!cfg.type || info.type === cfg.type) &&
		(cfg.scope === undefined || cfg.scope === RT_SCOPE_NOWHERE || info.scope === cfg.scope) &&
		(!cfg.prefsrc || info.prefsrc === cfg.prefsrc) &&
		(!cfg.protocol || info.protocol === cfg.protocol) &&
		(!cfg.priority || info.priority === cfg.priority) &&
		(!cfg.oif || info.nh.dev?.ifindex === cfg.oif) &&
		(!cfg.gateway || info.nh.gw === cfg.gateway)
	);
}

function invalid(why: string): never {
	throw new Errno('EINVAL', why);
}
