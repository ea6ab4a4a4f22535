/** rtnetlink - messages about links, addresses and routes (include/uapi/linux/rtnetlink.h). */

import { enumeration, flags, type Infer, s32, struct, u8, u16, u32 } from '../lib/struct.ts';
import { if_flag } from './if.ts';

/** Types of messages: NEW, DEL, GET, SET, in fours. */
export const rtm_type = {
	RTM_NEWLINK: 16,
	RTM_DELLINK: 17,
	RTM_GETLINK: 18,
	RTM_SETLINK: 19,
	RTM_NEWADDR: 20,
	RTM_DELADDR: 21,
	RTM_GETADDR: 22,
	RTM_NEWROUTE: 24,
	RTM_DELROUTE: 25,
	RTM_GETROUTE: 26,
	RTM_NEWRULE: 32,
	RTM_DELRULE: 33,
	RTM_GETRULE: 34,
} as const;
export const { RTM_NEWLINK, RTM_DELLINK, RTM_GETLINK, RTM_SETLINK } = rtm_type;
export const { RTM_NEWADDR, RTM_DELADDR, RTM_GETADDR } = rtm_type;
export const { RTM_NEWROUTE, RTM_DELROUTE, RTM_GETROUTE } = rtm_type;
export const { RTM_NEWRULE, RTM_GETRULE } = rtm_type;
export const RTM_BASE = 16;

/** Groups that changes are told to. */
export const rtnetlink_groups = { RTNLGRP_LINK: 1, RTNLGRP_IPV4_IFADDR: 5, RTNLGRP_IPV4_ROUTE: 7 } as const;
export const { RTNLGRP_LINK, RTNLGRP_IPV4_IFADDR, RTNLGRP_IPV4_ROUTE } = rtnetlink_groups;

/** What becomes of a packet (rtm_type). */
export const rtn = {
	RTN_UNSPEC: 0,
	RTN_UNICAST: 1, // Gateway or direct route
	RTN_LOCAL: 2, // Accept locally
	RTN_BROADCAST: 3, // Accept locally as broadcast, send as broadcast
	RTN_ANYCAST: 4,
	RTN_MULTICAST: 5, // Multicast route
	RTN_BLACKHOLE: 6, // Drop
	RTN_UNREACHABLE: 7, // Destination is unreachable
	RTN_PROHIBIT: 8, // Administratively prohibited
	RTN_THROW: 9, // Not in this table
	RTN_NAT: 10,
	RTN_XRESOLVE: 11,
} as const;

/** Who has made a route (rtm_protocol). */
export const rtprot = {
	RTPROT_UNSPEC: 0,
	RTPROT_REDIRECT: 1,
	RTPROT_KERNEL: 2, // Route installed by the kernel
	RTPROT_BOOT: 3, // Route installed during boot
	RTPROT_STATIC: 4, // Route installed by the administrator
} as const;

/** How far away a destination is (rtm_scope). */
export const rt_scope = {
	RT_SCOPE_UNIVERSE: 0,
	RT_SCOPE_SITE: 200,
	RT_SCOPE_LINK: 253,
	RT_SCOPE_HOST: 254,
	RT_SCOPE_NOWHERE: 255,
} as const;

/** Routing tables by number (rtm_table). */
export const rt_table = {
	RT_TABLE_UNSPEC: 0,
	RT_TABLE_DEFAULT: 253,
	RT_TABLE_MAIN: 254,
	RT_TABLE_LOCAL: 255,
} as const;

/** Flags of a next hop (rtnh_flags). */
export const rtnh_f = {
	RTNH_F_DEAD: 1, // Nexthop is dead (used by multipath)
	RTNH_F_PERVASIVE: 2, // Do recursive gateway lookup
	RTNH_F_ONLINK: 4, // Gateway is forced on link
	RTNH_F_OFFLOAD: 8,
	RTNH_F_LINKDOWN: 16, // carrier-down on nexthop
	RTNH_F_TRAP: 64, // Nexthop is trapping packets
} as const;

/** What every message begins with. */
export const rtgenmsg = struct('rtgenmsg', 1, { rtgen_family: u8 });

export const rtmsg = struct('rtmsg', 12, {
	rtm_family: u8,
	rtm_dst_len: u8,
	rtm_src_len: u8,
	rtm_tos: u8,
	rtm_table: enumeration(u8, rt_table),
	rtm_protocol: enumeration(u8, rtprot),
	rtm_scope: enumeration(u8, rt_scope),
	rtm_type: enumeration(u8, rtn),
	rtm_flags: u32,
});
export type Rtmsg = Infer<typeof rtmsg>;

/** Flags of a message about a route (rtm_flags), besides those of its hop. */
export const rtm_f = {
	RTM_F_NOTIFY: 0x100, // Notify user of route change
	RTM_F_CLONED: 0x200, // This route is cloned
	RTM_F_EQUALIZE: 0x400, // Multipath equalizer: NI
	RTM_F_PREFIX: 0x800, // Prefix addresses
	RTM_F_LOOKUP_TABLE: 0x1000, // set rtm_table to FIB lookup result
	RTM_F_FIB_MATCH: 0x2000, // return full fib lookup match
} as const;
export const { RTM_F_NOTIFY, RTM_F_CLONED, RTM_F_PREFIX, RTM_F_LOOKUP_TABLE, RTM_F_FIB_MATCH } = rtm_f;

export const rtattr_type = {
	RTA_DST: 1,
	RTA_SRC: 2,
	RTA_IIF: 3,
	RTA_OIF: 4,
	RTA_GATEWAY: 5,
	RTA_PRIORITY: 6,
	RTA_PREFSRC: 7,
	RTA_METRICS: 8,
	RTA_MULTIPATH: 9,
	RTA_PROTOINFO: 10,
	RTA_FLOW: 11,
	RTA_CACHEINFO: 12,
	RTA_SESSION: 13,
	RTA_MP_ALGO: 14,
	RTA_TABLE: 15,
	RTA_MARK: 16,
	RTA_MFC_STATS: 17,
	RTA_VIA: 18,
	RTA_NEWDST: 19,
	RTA_PREF: 20,
	RTA_ENCAP_TYPE: 21,
	RTA_ENCAP: 22,
	RTA_EXPIRES: 23,
	RTA_PAD: 24,
	RTA_UID: 25,
	RTA_TTL_PROPAGATE: 26,
	RTA_IP_PROTO: 27,
	RTA_SPORT: 28,
	RTA_DPORT: 29,
	RTA_NH_ID: 30,
} as const;

export const rta_cacheinfo = struct('rta_cacheinfo', 32, {
	rta_clntref: u32,
	rta_lastuse: u32,
	rta_expires: s32,
	rta_error: u32,
	rta_used: u32,
	rta_id: u32,
	rta_ts: u32,
	rta_tsage: u32,
});

export const ifinfomsg = struct('ifinfomsg', 16, {
	ifi_family: u8,
	_ifi_pad: u8,
	ifi_type: u16,
	ifi_index: s32,
	ifi_flags: flags(u32, if_flag),
	ifi_change: u32,
});
export type Ifinfomsg = Infer<typeof ifinfomsg>;
