/**
 * rtnl_route - RTM_NEWROUTE, RTM_DELROUTE, and RTM_GETROUTE for all routes of IPv4.
 *
 * What net/ipv4/fib_frontend.c (inet_rtm_newroute, inet_rtm_delroute, inet_dump_fib) and fib_semantics.c (fib_dump_info, rtmsg_fib)
 * say over rtnetlink. Those of one address are asked for in route.ts.
 *
 * Divergence: several next hops, metrics and tunnels are not known: EOPNOTSUPP, if a request has them. There are no next hop
 * objects, and no IPv6 for a gateway.
 */

import { Errno } from '../../../src/lib/errno.ts';
import type { NetlinkExtAck } from '../../../src/netlink/ext_ack.ts';
import type { MessageBuffer } from '../../../src/netlink/message_buffer.ts';
import type { NlMessage } from '../../../src/netlink/nlmsg.ts';
import { rtm_route } from '../../../src/netlink/rtnetlink.ts';
import { NL_VALIDATE_DEPRECATED_STRICT, NL_VALIDATE_LIBERAL } from '../../../src/netlink/validate.ts';
import { NLM_F_DUMP_FILTERED, NLM_F_MULTI } from '../../../src/uapi/netlink.ts';
import {
	RTM_DELROUTE,
	RTM_F_CLONED,
	RTM_F_PREFIX,
	RTM_GETROUTE,
	RTM_NEWROUTE,
	RTNLGRP_IPV4_ROUTE,
	rtattr_type,
	rtmsg,
	rtn,
	rtnh_f,
} from '../../../src/uapi/rtnetlink.ts';
import type { NetDevice, NetDevices } from '../core/dev.ts';
import {
	AF_INET,
	AF_INET6,
	type Asker,
	askerOf,
	isShorterThan,
	nobody,
	otherThan,
	type Rtnetlink,
} from '../core/rtnetlink.ts';
import type { SkBuff } from '../core/skbuff.ts';
import type { NetlinkCallback } from '../netlink/dump.ts';
import { checkPrefix, checkTos, type Fib } from './fib_frontend.ts';
import type { FibConfig, FibRoute } from './fib_lookup.ts';

const { RTA_TABLE, RTA_OIF } = rtattr_type;
const RTN_MAX = rtn.RTN_XRESOLVE;
const { RTNH_F_DEAD, RTNH_F_LINKDOWN, RTNH_F_ONLINK, RTNH_F_OFFLOAD, RTNH_F_TRAP } = rtnh_f;
/** Flags of a hop that are told. */
const TOLD_FLAGS = RTNH_F_DEAD | RTNH_F_LINKDOWN | RTNH_F_ONLINK | RTNH_F_OFFLOAD | RTNH_F_TRAP;

/** Registers the handlers, and has changes of routes told to their group. */
export function rtnlRouteInit(rtnl: Rtnetlink, devices: NetDevices, fib: Fib): void {
	let asker = nobody;
	type Change = (config: FibConfig, nlflags: number) => void;
	const change = (work: Change) => (skb: SkBuff, message: NlMessage, extack: NetlinkExtAck) => {
		const config = configOf(message, extack);
		asker = askerOf(skb, message);
		try {
			work(config, message.flags);
		} finally {
			asker = nobody;
		}
	};
	fib.subscribe(({ type, route, nlflags }) => {
		rtnl.notify(RTNLGRP_IPV4_ROUTE, asker, skb => {
			fillRoute(skb, type === 'new' ? RTM_NEWROUTE : RTM_DELROUTE, asker, nlflags, route);
		});
	});
	rtnl.register(AF_INET, RTM_NEWROUTE, { doit: change((config, nlflags) => fib.insert(config, nlflags)) });
	rtnl.register(AF_INET, RTM_DELROUTE, { doit: change(config => fib.delete(config)) });
	rtnl.register(AF_INET, RTM_GETROUTE, {
		dumpit: () => ({
			objects: cb => routesFor(devices, fib, cb),
			fill: (skb, route, cb) => {
				const filtered = cb.strictCheck ? NLM_F_DUMP_FILTERED : 0;
				fillRoute(skb, RTM_NEWROUTE, cb, NLM_F_MULTI | filtered, route as FibRoute);
			},
		}),
	});
}

/** Which routes a reader wants (struct fib_dump_filter). */
interface Filter {
	readonly table: number;
	readonly protocol: number;
	readonly type: number;
	readonly dev: NetDevice | undefined;
	/** False where only routes that were made for somebody are wanted, which this kernel does not keep. */
	readonly routes: boolean;
}

/** Those of all tables; for a reader who wants strict checks, those that he describes (inet_dump_fib). */
function* routesFor(devices: NetDevices, fib: Fib, cb: NetlinkCallback): Generator<FibRoute> {
	const { request, strictCheck } = cb;
	const filter = strictCheck ? filterOf(devices, cb) : undefined;
	if (!isShorterThan(request, rtmsg)) {
		if ((rtmsg.decode(request.view, request.body).rtm_flags & RTM_F_PREFIX) !== 0) return;
	}
	const { table = 0 } = filter ?? {};
	const one = table === 0 ? undefined : fib.table(table);
	if (table !== 0 && one === undefined) {
		if (request.payload[0] !== AF_INET) return;
		throw new Errno('ENOENT', 'ipv4: FIB table does not exist');
	}
	for (const known of one === undefined ? fib.tables : [one]) {
		for (const route of known) if (filter === undefined || isWanted(route, filter)) yield route;
	}
}

function isWanted({ info }: FibRoute, { protocol, type, dev, routes }: Filter): boolean {
	if (type !== 0 && info.type !== type) return false;
	if (protocol !== 0 && info.protocol !== protocol) return false;
	return routes && (dev === undefined || info.nh.dev === dev);
}

/** ip_valid_fib_dump_req. EINVAL, ENODEV. */
function filterOf(devices: NetDevices, cb: NetlinkCallback): Filter {
	const { request, extack } = cb;
	const { view, at, body } = request;
	const refuse = (what: string): never => {
		throw new Errno('EINVAL', what);
	};
	if (isShorterThan(request, rtmsg)) refuse('Invalid header for FIB dump request');
	const header = rtmsg.decode(view, body);
	const { rtm_dst_len, rtm_src_len, rtm_tos, rtm_scope, rtm_flags, rtm_protocol, rtm_type } = header;
	if (rtm_dst_len !== 0 || rtm_src_len !== 0 || rtm_tos !== 0 || rtm_scope !== 0) {
		refuse('Invalid values in header for FIB dump request');
	}
	if ((rtm_flags & ~(RTM_F_CLONED | RTM_F_PREFIX)) !== 0) refuse('Invalid flags for FIB dump request');
	const { attrs, tb } = rtm_route.parse(view, at, NL_VALIDATE_DEPRECATED_STRICT, extack);
	const { RTA_TABLE: table = header.rtm_table, RTA_OIF: oif } = attrs;
	const dev = oif === undefined ? undefined : devices.byIndex(oif | 0);
	const [other] = otherThan(tb, dev === undefined ? [RTA_TABLE] : [RTA_TABLE, RTA_OIF]);
	if (other === RTA_OIF) throw new Errno('ENODEV');
	if (other !== undefined) refuse('Unsupported attribute in dump request');
	if (rtm_flags !== 0 || rtm_protocol !== 0 || rtm_type !== 0 || table !== 0 || dev !== undefined) {
		cb.answerFlags |= NLM_F_DUMP_FILTERED;
	}
	return { table, protocol: rtm_protocol, type: rtm_type, dev, routes: (rtm_flags & RTM_F_CLONED) === 0 };
}

/** rtm_to_fib_config. EINVAL; what the table itself refuses, it refuses later. */
function configOf(message: NlMessage, extack: NetlinkExtAck): FibConfig {
	if (isShorterThan(message, rtmsg)) throw new Errno('EINVAL');
	const { header, attrs } = rtm_route.parse(message.view, message.at, NL_VALIDATE_LIBERAL, extack);
	const { rtm_dst_len, rtm_tos, rtm_table, rtm_protocol, rtm_scope, rtm_type, rtm_flags } = header;
	checkTos(rtm_tos);
	if (rtm_type > RTN_MAX) throw new Errno('EINVAL', 'Invalid route type');
	const { RTA_METRICS, RTA_MULTIPATH, RTA_ENCAP_TYPE, RTA_ENCAP, RTA_VIA, RTA_GATEWAY, RTA_NH_ID = 0 } = attrs;
	const via = RTA_VIA === undefined ? undefined : gatewayOf(RTA_VIA);
	if ((RTA_METRICS ?? RTA_MULTIPATH ?? RTA_ENCAP_TYPE ?? RTA_ENCAP) !== undefined) throw new Errno('EOPNOTSUPP');
	const [gateway, oif] = [(via ?? RTA_GATEWAY ?? 0) | 0, (attrs.RTA_OIF ?? 0) | 0];
	const config = {
		...{ dst: (attrs.RTA_DST ?? 0) | 0, dstLen: rtm_dst_len, tos: rtm_tos },
		...{ table: attrs.RTA_TABLE ?? rtm_table, protocol: rtm_protocol, type: rtm_type, scope: rtm_scope },
		...{ flags: rtm_flags, priority: attrs.RTA_PRIORITY ?? 0, prefsrc: (attrs.RTA_PREFSRC ?? 0) | 0 },
		...{ gateway, oif, nexthop: RTA_NH_ID },
	};
	checkPrefix(config);
	if (RTA_NH_ID !== 0 && (oif !== 0 || gateway !== 0)) {
		throw new Errno('EINVAL', 'Nexthop specification and nexthop id are mutually exclusive');
	}
	if (via !== undefined && RTA_GATEWAY !== undefined) {
		throw new Errno('EINVAL', 'Nexthop configuration can not contain both GATEWAY and VIA');
	}
	return config;
}

/** fib_gw_from_via: the address in an RTA_VIA, which may be of another family. */
function gatewayOf(via: Uint8Array): number {
	const refuse = (what: string): never => {
		throw new Errno('EINVAL', what);
	};
	if (via.length < 2) refuse('Invalid attribute length for RTA_VIA');
	const view = new DataView(via.buffer, via.byteOffset, via.byteLength);
	const family = view.getUint16(0, true);
	if (family === AF_INET6) refuse('IPv6 support not enabled in kernel');
	if (family !== AF_INET) refuse('Unsupported address family in RTA_VIA');
	if (via.length !== 6) refuse('Invalid IPv4 address in RTA_VIA');
	return view.getInt32(2, false);
}

/** fib_dump_info. EMSGSIZE. */
export function fillRoute(
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
			...{ rtm_table: compatTable(tbId), rtm_scope: info.scope, rtm_type: info.type },
			...{ rtm_flags: nh.flags & TOLD_FLAGS },
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

/** The number of a table, as the header has room for it. */
export function compatTable(id: number): number {
	return id < 256 ? id : RT_TABLE_COMPAT;
}

const RT_TABLE_COMPAT = 252;
