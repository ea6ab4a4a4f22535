/**
 * rtnl_inet - RTM_GETADDR, RTM_NEWROUTE, RTM_DELROUTE and RTM_GETROUTE of IPv4.
 *
 * What net/ipv4/devinet.c (inet_dump_ifaddr), fib_frontend.c (inet_rtm_newroute, inet_rtm_delroute, inet_dump_fib), fib_semantics.c
 * (fib_dump_info, rtmsg_fib) and route.c (inet_rtm_getroute) say over rtnetlink.
 *
 * Divergence: several next hops, metrics, and the nexthop objects are not known: EOPNOTSUPP, if a request has them.
 */

import { Errno } from '../../../src/lib/errno.ts';
import type { MessageBuffer } from '../../../src/netlink/message_buffer.ts';
import { type NlMessage, nlaFind } from '../../../src/netlink/nlmsg.ts';
import { rtm_addr, rtm_route } from '../../../src/netlink/rtnetlink.ts';
import { NL_VALIDATE_LIBERAL } from '../../../src/netlink/validate.ts';
import { IFA_F_PERMANENT } from '../../../src/uapi/if_addr.ts';
import { NLM_F_MULTI, NLMSG_HDRLEN } from '../../../src/uapi/netlink.ts';
import {
	RTM_DELROUTE,
	RTM_F_CLONED,
	RTM_GETADDR,
	RTM_GETROUTE,
	RTM_NEWADDR,
	RTM_NEWROUTE,
	RTNLGRP_IPV4_ROUTE,
	rt_scope,
	rt_table,
	rtmsg,
} from '../../../src/uapi/rtnetlink.ts';
import { AF_INET, type Rtnetlink } from '../core/rtnetlink.ts';
import { nlmsgNew, type SkBuff } from '../core/skbuff.ts';
import type { NetlinkCallback } from '../netlink/dump.ts';
import type { Inet, InIfaddr } from './devinet.ts';
import type { Fib } from './fib_frontend.ts';
import type { FibConfig, FibRoute } from './fib_lookup.ts';

const FOREVER = 0xffff_ffff;
const forever = { ifa_prefered: FOREVER, ifa_valid: FOREVER, cstamp: 0, tstamp: 0 };
const noCacheinfo = {
	...{ rta_clntref: 0, rta_lastuse: 0, rta_expires: 0, rta_error: 0 },
	...{ rta_used: 0, rta_id: 0, rta_ts: 0, rta_tsage: 0 },
};
/** Attributes that ask for what this kernel's routes cannot have: RTA_METRICS, RTA_MULTIPATH, RTA_VIA, RTA_NH_ID. */
const unknown = [8, 9, 18, 30] as const;

/** Whose request is being served. */
interface Asker {
	readonly portid: number;
	readonly seq: number;
}

const nobody: Asker = { portid: 0, seq: 0 };

/** Registers the handlers, and has changes of routes told to their group. */
export function rtnlInetInit(rtnl: Rtnetlink, inet: Inet, fib: Fib): void {
	let asker = nobody;
	const change = (work: (config: FibConfig, nlflags: number) => void) => (skb: SkBuff, message: NlMessage) => {
		asker = { portid: skb.portid, seq: message.seq };
		try {
			work(configOf(message), message.flags);
		} finally {
			asker = nobody;
		}
	};
	fib.subscribe(({ type, route, nlflags }) => {
		if (!rtnl.sock.hasListeners(RTNLGRP_IPV4_ROUTE)) return;
		const skb = nlmsgNew();
		fillRoute(skb, type === 'new' ? RTM_NEWROUTE : RTM_DELROUTE, asker, nlflags, route);
		rtnl.sock.nlmsgMulticast(skb, 0, RTNLGRP_IPV4_ROUTE);
	});
	rtnl.register(AF_INET, RTM_GETADDR, {
		dumpit: () => ({
			objects: () => inet,
			fill: (skb, address, cb) => fillAddress(skb, address as InIfaddr, cb, NLM_F_MULTI),
		}),
	});
	rtnl.register(0, RTM_GETADDR, {
		dumpit: ({ payload }) => ({
			objects: () => (payload[0] === 0 ? inet : []),
			fill: (skb, address, cb) => fillAddress(skb, address as InIfaddr, cb, NLM_F_MULTI),
		}),
	});
	rtnl.register(AF_INET, RTM_NEWROUTE, { doit: change((config, nlflags) => fib.insert(config, nlflags)) });
	rtnl.register(AF_INET, RTM_DELROUTE, { doit: change(config => fib.delete(config)) });
	const routes = {
		objects: (cb: NetlinkCallback) => routesFor(fib, cb),
		fill: (skb: SkBuff, route: unknown, cb: NetlinkCallback) =>
			fillRoute(skb, RTM_NEWROUTE, cb, NLM_F_MULTI, route as FibRoute),
	};
	rtnl.register(AF_INET, RTM_GETROUTE, {
		doit: (skb, message) => getRoute(rtnl, inet, fib, skb, message),
		dumpit: () => routes,
	});
	rtnl.register(0, RTM_GETROUTE, {
		dumpit: ({ payload }) => (payload[0] === 0 ? routes : { ...routes, objects: () => [] }),
	});
}

/** Those of all tables; of one alone, where a reader who wants strict checks names it. ENOENT where there is no such table. */
function* routesFor(fib: Fib, { request, strictCheck }: NetlinkCallback): Generator<FibRoute> {
	const wanted = strictCheck ? tableOf(request) : 0;
	if (wanted !== 0 && fib.table(wanted) === undefined) throw new Errno('ENOENT', 'ipv4: FIB table does not exist');
	for (const table of wanted === 0 ? fib.tables : [fib.table(wanted)!]) yield* table;
}

/** 0 where none is named, and for a request too short to name one. */
function tableOf({ view, at, end }: NlMessage): number {
	if (end - at < NLMSG_HDRLEN + rtmsg.size) return 0;
	const { header, attrs } = rtm_route.parse(view, at, NL_VALIDATE_LIBERAL);
	return attrs.RTA_TABLE ?? header.rtm_table ?? 0;
}

/** rtm_to_fib_config. */
function configOf({ view, at, end }: NlMessage): FibConfig {
	const { header, attrs } = rtm_route.parse(view, at, NL_VALIDATE_LIBERAL);
	const first = at + NLMSG_HDRLEN + rtmsg.size;
	if (unknown.some(type => nlaFind(view, first, end, type) >= 0)) throw new Errno('EOPNOTSUPP');
	const { rtm_dst_len = 0, rtm_tos = 0, rtm_table = 0, rtm_protocol = 0, rtm_scope = 0 } = header;
	const { rtm_type = 0, rtm_flags = 0 } = header;
	return {
		...{ dst: (attrs.RTA_DST ?? 0) | 0, dstLen: rtm_dst_len, tos: rtm_tos },
		...{ table: attrs.RTA_TABLE ?? rtm_table, protocol: rtm_protocol, type: rtm_type, scope: rtm_scope },
		...{ flags: rtm_flags, priority: attrs.RTA_PRIORITY ?? 0, prefsrc: (attrs.RTA_PREFSRC ?? 0) | 0 },
		...{ gateway: (attrs.RTA_GATEWAY ?? 0) | 0, oif: attrs.RTA_OIF ?? 0 },
	};
}

/** `ip route get`: the way to one address. */
function getRoute(rtnl: Rtnetlink, inet: Inet, fib: Fib, skb: SkBuff, message: NlMessage): void {
	const { attrs } = rtm_route.parse(message.view, message.at, NL_VALIDATE_LIBERAL);
	const daddr = (attrs.RTA_DST ?? 0) | 0;
	const { info } = fib.lookup({ daddr, oif: attrs.RTA_OIF ?? 0 });
	const { dev, gw } = info.nh;
	const reply = nlmsgNew();
	rtm_route.build(
		reply,
		{ type: RTM_NEWROUTE, seq: message.seq, portid: skb.portid },
		{
			...{ rtm_family: AF_INET, rtm_dst_len: 32, rtm_table: rt_table.RT_TABLE_MAIN, rtm_flags: RTM_F_CLONED },
			...{ rtm_scope: rt_scope.RT_SCOPE_UNIVERSE, rtm_type: info.type },
		},
		{
			RTA_TABLE: info.tbId,
			RTA_DST: daddr,
			RTA_PREFSRC: info.prefsrc !== 0 ? info.prefsrc : dev && inet.select(dev),
			RTA_GATEWAY: gw === 0 ? undefined : gw,
			RTA_OIF: dev?.ifindex,
			RTA_UID: skb.creds.uid,
			RTA_CACHEINFO: noCacheinfo,
		},
	);
	rtnl.sock.reply(reply, skb.portid);
}

function fillRoute(
	buffer: MessageBuffer,
	type: number,
	{ portid, seq }: Asker,
	nlflags: number,
	route: FibRoute,
): void {
	const { dst, dstLen, tos, info } = route;
	const { nh, priority, prefsrc, tbId } = info;
	rtm_route.build(
		buffer,
		{ type, flags: nlflags, seq, portid },
		{
			...{ rtm_family: AF_INET, rtm_dst_len: dstLen, rtm_tos: tos, rtm_protocol: info.protocol },
			...{ rtm_table: tbId < 256 ? tbId : 0, rtm_scope: info.scope, rtm_type: info.type, rtm_flags: nh.flags },
		},
		{
			RTA_TABLE: tbId,
			RTA_DST: dstLen === 0 ? undefined : dst,
			RTA_PRIORITY: priority === 0 ? undefined : priority,
			RTA_PREFSRC: prefsrc === 0 ? undefined : prefsrc,
			RTA_GATEWAY: nh.gw === 0 ? undefined : nh.gw,
			RTA_OIF: nh.dev?.ifindex,
		},
	);
}

function fillAddress(buffer: MessageBuffer, address: InIfaddr, { portid, seq }: Asker, flags: number): void {
	const { dev, local, prefixlen, broadcast, scope, label } = address;
	rtm_addr.build(
		buffer,
		{ type: RTM_NEWADDR, flags, seq, portid },
		{
			...{ ifa_family: AF_INET, ifa_prefixlen: prefixlen, ifa_flags: IFA_F_PERMANENT },
			...{ ifa_scope: scope, ifa_index: dev.ifindex },
		},
		{
			IFA_ADDRESS: local,
			IFA_LOCAL: local,
			IFA_BROADCAST: broadcast === 0 ? undefined : broadcast,
			IFA_LABEL: label,
			IFA_FLAGS: IFA_F_PERMANENT,
			IFA_CACHEINFO: forever,
		},
	);
}
