/**
 * route - the way to one address, for what this machine sends, and RTM_GETROUTE for it: `ip route get` (net/ipv4/route.c).
 *
 * Divergence: what comes in from other machines has no way here, RTA_IIF is EOPNOTSUPP; of multicast groups devices
 * are only in that of all hosts.
 */

import { Errno, isErrno } from '../../../src/lib/errno.ts';
import type { NetlinkExtAck } from '../../../src/netlink/ext_ack.ts';
import type { NlMessage } from '../../../src/netlink/nlmsg.ts';
import { rtm_route, rtm_route_found } from '../../../src/netlink/rtnetlink.ts';
import { NL_VALIDATE_DEPRECATED_STRICT, NL_VALIDATE_LIBERAL } from '../../../src/netlink/validate.ts';
import { IFF_LOOPBACK } from '../../../src/uapi/if.ts';
import {
	RTM_F_CLONED,
	RTM_F_FIB_MATCH,
	RTM_F_LOOKUP_TABLE,
	RTM_F_NOTIFY,
	RTM_GETROUTE,
	RTM_NEWROUTE,
	rt_scope,
	rt_table,
	rtattr_type,
	rtmsg,
	rtn,
} from '../../../src/uapi/rtnetlink.ts';
import { isUp, type NetDevice, type NetDevices } from '../core/dev.ts';
import { AF_INET, askerOf, isShorterThan, otherThan, type Rtnetlink } from '../core/rtnetlink.ts';
import { nlmsgNew, type SkBuff } from '../core/skbuff.ts';
import type { Inet } from './devinet.ts';
import { type Fib, isMulticast, isZeronet, LIMITED_BROADCAST } from './fib_frontend.ts';
import type { FibRoute } from './fib_lookup.ts';
import { compatTable, fillRoute } from './rtnl_route.ts';

const { RTN_UNICAST, RTN_LOCAL, RTN_BROADCAST, RTN_MULTICAST } = rtn;
const { RT_SCOPE_UNIVERSE, RT_SCOPE_LINK, RT_SCOPE_HOST } = rt_scope;
const LOOPBACK = 0x7f00_0001;
/** 224.0.0.1 (IGMP_ALL_HOSTS). */
const ALL_HOSTS = 0xe000_0001 | 0;
/** Flags of a way (include/uapi/linux/in_route.h), of which the upper half is told. */
const RTCF_LOCAL = 0x8000_0000;
const RTCF_MULTICAST = 0x2000_0000;
const RTCF_BROADCAST = 0x1000_0000;
const RTCF_NOTIFY = 0x0001_0000;
/** Protocols that a way may be asked for. */
const protocols = { ICMP: 1, IGMP: 2, TCP: 6, UDP: 17 } as const;
const noCacheinfo = {
	...{ rta_clntref: 0, rta_lastuse: 0, rta_expires: 0, rta_error: 0 },
	...{ rta_used: 0, rta_id: 0, rta_ts: 0, rta_tsage: 0 },
};

/** What is to be sent (struct flowi4). */
export interface OutputFlow {
	/** 0 for this machine itself. */
	readonly daddr: number;
	/** 0 for whichever is right. */
	readonly saddr: number;
	/** Index of the only device that will do, or 0. */
	readonly oif: number;
	readonly tos: number;
	/** Number of the protocol above IP. */
	readonly protocol: number;
}

/** The way of what is sent (struct rtable). */
export interface OutputRoute {
	readonly dev: NetDevice;
	readonly saddr: number;
	/** Of RTN_*. */
	readonly type: number;
	/** Of RTCF_*. */
	readonly flags: number;
	/** The route that was found; undefined where none is needed. */
	readonly found: FibRoute | undefined;
	/** The gateway, 0 for none. */
	readonly gateway: number;
}

/** Finds ways. */
export class OutputRoutes {
	readonly #devices: NetDevices;
	readonly #inet: Inet;
	readonly #fib: Fib;

	constructor(devices: NetDevices, inet: Inet, fib: Fib) {
		this.#devices = devices;
		this.#inet = inet;
		this.#fib = fib;
	}

	/**
	 * The way of what is sent (ip_route_output_key_hash_rcu). EINVAL for addresses that cannot be, ENODEV, ENETUNREACH, and what a
	 * route that rejects says.
	 */
	find(flow: OutputFlow): OutputRoute {
		const { daddr, oif } = flow;
		const from = this.#source(flow);
		if (from !== undefined) return this.#make(flow, from, flow.saddr, undefined, 0);
		const dev = oif === 0 ? undefined : this.#device(oif);
		let { saddr } = flow;
		if (dev !== undefined) {
			if (isLocalMulticast(daddr) || daddr === LIMITED_BROADCAST || flow.protocol === protocols.IGMP) {
				return this.#make(flow, dev, saddr || this.#inet.select(dev, RT_SCOPE_LINK), undefined, 0);
			}
			if (isMulticast(daddr)) saddr ||= this.#inet.select(dev, RT_SCOPE_UNIVERSE);
			else if (daddr === 0) saddr ||= this.#inet.select(dev, RT_SCOPE_HOST);
		}
		if (daddr === 0) return this.#toItself(saddr);
		return this.#lookup({ ...flow, saddr }, dev);
	}

	/** The device of the address that somebody wants to send from, where it says where to; undefined where others do. */
	#source({ saddr, daddr, oif }: OutputFlow): NetDevice | undefined {
		if (saddr === 0) return undefined;
		if (isMulticast(saddr) || saddr === LIMITED_BROADCAST || isZeronet(saddr)) throw new Errno('EINVAL');
		const dev = this.#inet.deviceOf(saddr);
		if (dev === undefined) throw new Errno('ENETUNREACH');
		return oif === 0 && (isMulticast(daddr) || daddr === LIMITED_BROADCAST) ? dev : undefined;
	}

	#device(oif: number): NetDevice {
		const dev = this.#devices.byIndex(oif);
		if (dev === undefined) throw new Errno('ENODEV');
		if (!isUp(dev)) throw new Errno('ENETUNREACH');
		return dev;
	}

	#toItself(saddr: number): OutputRoute {
		const address = saddr || LOOPBACK;
		const flow = { daddr: address, saddr: address, oif: 0, tos: 0, protocol: 0 };
		return this.#make(flow, this.#devices.loopback, address, undefined, RTN_LOCAL);
	}

	/** Where no route leads there, a device that was named is taken to be next to it. */
	#lookup(flow: OutputFlow, dev: NetDevice | undefined): OutputRoute {
		const found = this.#route(flow, dev);
		if (found === undefined) {
			return this.#make(flow, dev!, flow.saddr || this.#inet.select(dev!, RT_SCOPE_LINK), undefined, RTN_UNICAST);
		}
		const { type, nh, prefsrc, scope } = found.info;
		if (type === RTN_LOCAL) {
			return this.#make(flow, this.#devices.loopback, flow.saddr || prefsrc || flow.daddr, found, RTN_LOCAL);
		}
		const saddr = flow.saddr || prefsrc || this.#inet.select(nh.dev!, scope, nh.gw);
		return this.#make(flow, nh.dev!, saddr, found, type);
	}

	#route({ daddr, oif, tos }: OutputFlow, dev: NetDevice | undefined): FibRoute | undefined {
		try {
			return this.#fib.lookup({ daddr, oif, tos });
		} catch (error) {
			if (dev === undefined || !isErrno(error)) throw error;
			return undefined;
		}
	}

	/** __mkroute_output. */
	#make({ daddr }: OutputFlow, dev: NetDevice, saddr: number, found: FibRoute | undefined, given: number): OutputRoute {
		const loopback = (dev.flags & IFF_LOOPBACK) !== 0;
		if (saddr >>> 24 === 127 && !loopback) throw new Errno('EINVAL');
		const limited = daddr === LIMITED_BROADCAST;
		const type = limited ? RTN_BROADCAST : isMulticast(daddr) ? RTN_MULTICAST : given;
		if (!limited && isZeronet(daddr)) throw new Errno('EINVAL');
		let flags = loopback ? RTCF_LOCAL : 0;
		if (type === RTN_BROADCAST) flags = RTCF_BROADCAST | RTCF_LOCAL;
		else if (type === RTN_MULTICAST) flags = RTCF_MULTICAST | (daddr === ALL_HOSTS ? RTCF_LOCAL : 0);
		const direct = limited || (type === RTN_MULTICAST && found !== undefined && found.dstLen < 4);
		const nh = direct ? undefined : found?.info.nh;
		const gateway = nh !== undefined && nh.gw !== 0 && nh.scope === RT_SCOPE_LINK ? nh.gw : 0;
		return { dev, saddr, type, flags, found, gateway };
	}
}

/** Registers the handler. */
export function rtnlGetrouteInit(rtnl: Rtnetlink, output: OutputRoutes): void {
	rtnl.register(AF_INET, RTM_GETROUTE, {
		doit(skb, message, extack) {
			const reply = nlmsgNew();
			answer(reply, output, skb, message, extack);
			rtnl.sock.reply(reply, skb.portid);
		},
	});
}

/** inet_rtm_getroute. */
function answer(reply: SkBuff, output: OutputRoutes, skb: SkBuff, message: NlMessage, extack: NetlinkExtAck): void {
	const { header, attrs } = asked(skb, message, extack);
	const [dst, src, oif, mark] = [attrs.RTA_DST ?? 0, attrs.RTA_SRC ?? 0, attrs.RTA_OIF ?? 0, attrs.RTA_MARK ?? 0];
	const protocol = attrs.RTA_IP_PROTO ?? protocols.UDP;
	if (!asksFor.includes(protocol)) throw new Errno('EOPNOTSUPP', 'Unsupported ip proto');
	if ((attrs.RTA_IIF ?? 0) !== 0) throw new Errno('EOPNOTSUPP');
	const { rtm_flags, rtm_tos } = header;
	const flow = { daddr: dst | 0, saddr: src | 0, oif: oif | 0, tos: rtm_tos & DSCP_MASK, protocol };
	const { dev, saddr, type, flags, found, gateway } = output.find(flow);
	const main = (rtm_flags & RTM_F_LOOKUP_TABLE) === 0;
	const table = main ? rt_table.RT_TABLE_MAIN : (found?.table ?? 0);
	const asker = askerOf(skb, message);
	if ((rtm_flags & RTM_F_FIB_MATCH) !== 0) {
		if (found === undefined) throw new Errno('EHOSTUNREACH');
		fillRoute(reply, RTM_NEWROUTE, asker, 0, { ...found, info: { ...found.info, type, tbId: table } });
		return;
	}
	const notify = (rtm_flags & RTM_F_NOTIFY) !== 0 ? RTCF_NOTIFY | RTM_F_NOTIFY : 0;
	rtm_route_found.build(
		reply,
		{ type: RTM_NEWROUTE, portid: asker.portid, seq: asker.seq },
		{
			...{ rtm_family: AF_INET, rtm_dst_len: 32, rtm_src_len: src === 0 ? 0 : 32, rtm_tos: found?.tos ?? 0 },
			...{ rtm_table: compatTable(table), rtm_scope: RT_SCOPE_UNIVERSE, rtm_type: type },
			rtm_flags: (flags | notify | RTM_F_CLONED) >>> 0,
		},
		{
			RTA_TABLE: table,
			RTA_DST: dst,
			RTA_SRC: src === 0 ? undefined : src,
			RTA_OIF: dev.ifindex,
			RTA_PREFSRC: saddr === (src | 0) ? undefined : saddr >>> 0,
			RTA_GATEWAY: gateway === 0 ? undefined : gateway,
			RTA_MARK: mark === 0 ? undefined : mark,
			RTA_UID: attrs.RTA_UID ?? skb.creds.uid,
			RTA_CACHEINFO: noCacheinfo,
		},
	);
}

const DSCP_MASK = 0xfc;
const asksFor: readonly number[] = [protocols.ICMP, protocols.TCP, protocols.UDP];
const { RTA_IIF, RTA_OIF, RTA_SRC, RTA_DST, RTA_IP_PROTO, RTA_SPORT, RTA_DPORT, RTA_MARK, RTA_UID } = rtattr_type;
/** Attributes that a request may have. */
const known = [RTA_IIF, RTA_OIF, RTA_SRC, RTA_DST, RTA_IP_PROTO, RTA_SPORT, RTA_DPORT, RTA_MARK, RTA_UID];

/** inet_rtm_valid_getroute_req. EINVAL. */
function asked(skb: SkBuff, message: NlMessage, extack: NetlinkExtAck) {
	const { view, at, body } = message;
	const refuse = (what: string): never => {
		throw new Errno('EINVAL', `ipv4: ${what}`);
	};
	if (isShorterThan(message, rtmsg)) refuse('Invalid header for route get request');
	if (skb.sk?.options.has('GET_STRICT_CHK') !== true) return rtm_route.parse(view, at, NL_VALIDATE_LIBERAL, extack);
	const header = rtmsg.decode(view, body);
	const { rtm_src_len, rtm_dst_len, rtm_table, rtm_protocol, rtm_scope, rtm_type, rtm_flags } = header;
	if (![0, 32].includes(rtm_src_len) || ![0, 32].includes(rtm_dst_len)) {
		refuse('Invalid values in header for route get request');
	}
	if (rtm_table !== 0 || rtm_protocol !== 0 || rtm_scope !== 0 || rtm_type !== 0) {
		refuse('Invalid values in header for route get request');
	}
	if ((rtm_flags & ~(RTM_F_NOTIFY | RTM_F_LOOKUP_TABLE | RTM_F_FIB_MATCH)) !== 0) {
		refuse('Unsupported rtm_flags for route get request');
	}
	const parsed = rtm_route.parse(view, at, NL_VALIDATE_DEPRECATED_STRICT, extack);
	const has = (number: number) => parsed.tb[number]! >= 0;
	if ((has(RTA_SRC) && rtm_src_len === 0) || (has(RTA_DST) && rtm_dst_len === 0)) {
		refuse('rtm_src_len and rtm_dst_len must be 32 for IPv4');
	}
	if (otherThan(parsed.tb, known).length > 0) refuse('Unsupported attribute in route get request');
	return parsed;
}

/** 224.0.0.0/24. */
function isLocalMulticast(address: number): boolean {
	return address >>> 8 === 0xe00000;
}
