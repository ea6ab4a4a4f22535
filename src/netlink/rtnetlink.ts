/**
 * rtnetlink - messages of protocol 0 about links, addresses, routes and rules, as tables.
 */

import { fib_rule_hdr, fra } from '../uapi/fib_rules.ts';
import { IFNAMSIZ } from '../uapi/if.ts';
import { ifa_attr, ifa_cacheinfo, ifaddrmsg } from '../uapi/if_addr.ts';
import { ifla, ifla_inet, ifla_info, ifla_xdp, rtnl_link_ifmap } from '../uapi/if_link.ts';
import { nlm_delete_flag, nlm_get_flag, nlm_new_flag } from '../uapi/netlink.ts';
import { ifinfomsg, RTM_BASE, rta_cacheinfo, rtattr_type, rtm_type, rtmsg } from '../uapi/rtnetlink.ts';
import { type MessageTable, message, type ProtocolTable } from './message.ts';
import { type NlaType, nla_kind } from './nla_type.ts';
import {
	NLA_BE16,
	NLA_BINARY,
	NLA_IN_ADDR,
	NLA_NUL_STRING,
	NLA_POLICY_MIN,
	NLA_REJECT,
	NLA_S32,
	NLA_STRING,
	NLA_STRUCT,
	NLA_TOLD,
	NLA_U8,
	NLA_U16,
	NLA_U32,
	NLA_UNSPEC,
} from './nlattr.ts';
import { NLA_NESTED_NOFLAG, nlaPolicy } from './policy.ts';

/** Longest name of a device that is not its first one. */
const ALTIFNAMSIZ = 128;
const MAX_ADDR_LEN = 32;
/** One more than MAX_TCP_HEADER of a kernel without tunnels. */
const LEAST_GSO_SIZE = 193;

/** Nothing of it is checked. */
const unspec = <T>(type: NlaType<T>): NlaType<T> => ({ ...type, kind: nla_kind.UNSPEC, len: 0, size: 0 });
/** A port of a protocol above IP, in network order. */
const NLA_PORT: NlaType<number> = { ...NLA_BE16, kind: nla_kind.U16 };

const linkInfo = nlaPolicy({
	IFLA_INFO_KIND: [ifla_info.IFLA_INFO_KIND, NLA_STRING()],
	IFLA_INFO_DATA: [ifla_info.IFLA_INFO_DATA, NLA_BINARY()],
	IFLA_INFO_SLAVE_KIND: [ifla_info.IFLA_INFO_SLAVE_KIND, NLA_STRING()],
});
const xdp = nlaPolicy({ IFLA_XDP_ATTACHED: [ifla_xdp.IFLA_XDP_ATTACHED, NLA_U8] });
const inetSpec = nlaPolicy({ IFLA_INET_CONF: [ifla_inet.IFLA_INET_CONF, NLA_BINARY()] });
const afSpec = nlaPolicy({ AF_INET: [2, NLA_NESTED_NOFLAG(inetSpec)] });
const nothing = nlaPolicy({});

/** A link: ifla_policy, and behind it what is only told; in the order in which Linux writes them (rtnl_fill_ifinfo). */
export const rtm_link = message('ifinfomsg', ifinfomsg, {
	IFLA_IFNAME: [ifla.IFLA_IFNAME, NLA_STRING(IFNAMSIZ - 1)],
	IFLA_TXQLEN: [ifla.IFLA_TXQLEN, NLA_U32],
	IFLA_OPERSTATE: [ifla.IFLA_OPERSTATE, NLA_U8],
	IFLA_LINKMODE: [ifla.IFLA_LINKMODE, NLA_U8],
	IFLA_MTU: [ifla.IFLA_MTU, NLA_U32],
	IFLA_MIN_MTU: [ifla.IFLA_MIN_MTU, NLA_U32],
	IFLA_MAX_MTU: [ifla.IFLA_MAX_MTU, NLA_U32],
	IFLA_GROUP: [ifla.IFLA_GROUP, NLA_U32],
	IFLA_PROMISCUITY: [ifla.IFLA_PROMISCUITY, NLA_U32],
	IFLA_ALLMULTI: [ifla.IFLA_ALLMULTI, NLA_TOLD(NLA_U32)],
	IFLA_NUM_TX_QUEUES: [ifla.IFLA_NUM_TX_QUEUES, NLA_U32],
	IFLA_GSO_MAX_SEGS: [ifla.IFLA_GSO_MAX_SEGS, NLA_U32],
	IFLA_GSO_MAX_SIZE: [ifla.IFLA_GSO_MAX_SIZE, NLA_POLICY_MIN(NLA_U32, LEAST_GSO_SIZE)],
	IFLA_GRO_MAX_SIZE: [ifla.IFLA_GRO_MAX_SIZE, NLA_U32],
	IFLA_GSO_IPV4_MAX_SIZE: [ifla.IFLA_GSO_IPV4_MAX_SIZE, NLA_POLICY_MIN(NLA_U32, LEAST_GSO_SIZE)],
	IFLA_GRO_IPV4_MAX_SIZE: [ifla.IFLA_GRO_IPV4_MAX_SIZE, NLA_U32],
	IFLA_TSO_MAX_SIZE: [ifla.IFLA_TSO_MAX_SIZE, NLA_TOLD(NLA_U32)],
	IFLA_TSO_MAX_SEGS: [ifla.IFLA_TSO_MAX_SEGS, NLA_TOLD(NLA_U32)],
	IFLA_NUM_RX_QUEUES: [ifla.IFLA_NUM_RX_QUEUES, NLA_U32],
	IFLA_MASTER: [ifla.IFLA_MASTER, NLA_U32],
	IFLA_CARRIER: [ifla.IFLA_CARRIER, NLA_U8],
	IFLA_IFALIAS: [ifla.IFLA_IFALIAS, NLA_BINARY(255)],
	IFLA_CARRIER_CHANGES: [ifla.IFLA_CARRIER_CHANGES, NLA_U32],
	IFLA_CARRIER_UP_COUNT: [ifla.IFLA_CARRIER_UP_COUNT, NLA_U32],
	IFLA_CARRIER_DOWN_COUNT: [ifla.IFLA_CARRIER_DOWN_COUNT, NLA_U32],
	IFLA_PROTO_DOWN: [ifla.IFLA_PROTO_DOWN, NLA_U8],
	IFLA_ADDRESS: [ifla.IFLA_ADDRESS, NLA_BINARY(MAX_ADDR_LEN)],
	IFLA_BROADCAST: [ifla.IFLA_BROADCAST, NLA_BINARY(MAX_ADDR_LEN)],
	IFLA_STATS64: [ifla.IFLA_STATS64, unspec(NLA_BINARY())],
	IFLA_STATS: [ifla.IFLA_STATS, unspec(NLA_BINARY())],
	IFLA_XDP: [ifla.IFLA_XDP, NLA_NESTED_NOFLAG(xdp)],
	IFLA_LINKINFO: [ifla.IFLA_LINKINFO, NLA_NESTED_NOFLAG(linkInfo)],
	IFLA_LINK_NETNSID: [ifla.IFLA_LINK_NETNSID, NLA_S32],
	IFLA_LINK: [ifla.IFLA_LINK, NLA_U32],
	IFLA_QDISC: [ifla.IFLA_QDISC, unspec(NLA_STRING())],
	IFLA_AF_SPEC: [ifla.IFLA_AF_SPEC, NLA_NESTED_NOFLAG(afSpec)],
	IFLA_MAP: [ifla.IFLA_MAP, NLA_STRUCT(rtnl_link_ifmap)],
	IFLA_WEIGHT: [ifla.IFLA_WEIGHT, NLA_U32],
	IFLA_NET_NS_PID: [ifla.IFLA_NET_NS_PID, NLA_U32],
	IFLA_NET_NS_FD: [ifla.IFLA_NET_NS_FD, NLA_U32],
	IFLA_VFINFO_LIST: [ifla.IFLA_VFINFO_LIST, NLA_NESTED_NOFLAG(nothing)],
	IFLA_VF_PORTS: [ifla.IFLA_VF_PORTS, NLA_NESTED_NOFLAG(nothing)],
	IFLA_PORT_SELF: [ifla.IFLA_PORT_SELF, NLA_NESTED_NOFLAG(nothing)],
	IFLA_EXT_MASK: [ifla.IFLA_EXT_MASK, NLA_U32],
	IFLA_PHYS_PORT_ID: [ifla.IFLA_PHYS_PORT_ID, NLA_BINARY(MAX_ADDR_LEN)],
	IFLA_PHYS_SWITCH_ID: [ifla.IFLA_PHYS_SWITCH_ID, NLA_BINARY(MAX_ADDR_LEN)],
	IFLA_EVENT: [ifla.IFLA_EVENT, NLA_U32],
	IFLA_TARGET_NETNSID: [ifla.IFLA_TARGET_NETNSID, NLA_S32],
	IFLA_PROP_LIST: [ifla.IFLA_PROP_LIST, NLA_NESTED_NOFLAG(nothing)],
	IFLA_ALT_IFNAME: [ifla.IFLA_ALT_IFNAME, NLA_STRING(ALTIFNAMSIZ - 1)],
	IFLA_PERM_ADDRESS: [ifla.IFLA_PERM_ADDRESS, NLA_REJECT()],
	IFLA_PROTO_DOWN_REASON: [ifla.IFLA_PROTO_DOWN_REASON, NLA_NESTED_NOFLAG(nothing)],
	IFLA_NEW_IFINDEX: [ifla.IFLA_NEW_IFINDEX, NLA_POLICY_MIN(NLA_S32, 1)],
	IFLA_PARENT_DEV_NAME: [ifla.IFLA_PARENT_DEV_NAME, NLA_NUL_STRING()],
	IFLA_DPLL_PIN: [ifla.IFLA_DPLL_PIN, NLA_UNSPEC()],
});

/** An address of a link: ifa_ipv4_policy, in the order of inet_fill_ifaddr. */
export const rtm_addr = message('ifaddrmsg', ifaddrmsg, {
	IFA_ADDRESS: [ifa_attr.IFA_ADDRESS, NLA_IN_ADDR],
	IFA_LOCAL: [ifa_attr.IFA_LOCAL, NLA_IN_ADDR],
	IFA_BROADCAST: [ifa_attr.IFA_BROADCAST, NLA_IN_ADDR],
	IFA_LABEL: [ifa_attr.IFA_LABEL, NLA_STRING(IFNAMSIZ - 1)],
	IFA_PROTO: [ifa_attr.IFA_PROTO, NLA_U8],
	IFA_FLAGS: [ifa_attr.IFA_FLAGS, NLA_U32],
	IFA_RT_PRIORITY: [ifa_attr.IFA_RT_PRIORITY, NLA_U32],
	IFA_CACHEINFO: [ifa_attr.IFA_CACHEINFO, NLA_STRUCT(ifa_cacheinfo)],
	IFA_TARGET_NETNSID: [ifa_attr.IFA_TARGET_NETNSID, NLA_S32],
});

/** What is checked of messages about routes and never written by this kernel. */
const routeRows = {
	RTA_SRC: [rtattr_type.RTA_SRC, NLA_IN_ADDR],
	RTA_METRICS: [rtattr_type.RTA_METRICS, NLA_NESTED_NOFLAG(nothing)],
	RTA_MULTIPATH: [rtattr_type.RTA_MULTIPATH, NLA_UNSPEC(8)],
	RTA_VIA: [rtattr_type.RTA_VIA, unspec(NLA_BINARY())],
	RTA_FLOW: [rtattr_type.RTA_FLOW, NLA_U32],
	RTA_ENCAP_TYPE: [rtattr_type.RTA_ENCAP_TYPE, NLA_U16],
	RTA_ENCAP: [rtattr_type.RTA_ENCAP, NLA_NESTED_NOFLAG(nothing)],
	RTA_CACHEINFO: [rtattr_type.RTA_CACHEINFO, unspec(NLA_STRUCT(rta_cacheinfo))],
	RTA_IP_PROTO: [rtattr_type.RTA_IP_PROTO, NLA_U8],
	RTA_SPORT: [rtattr_type.RTA_SPORT, NLA_PORT],
	RTA_DPORT: [rtattr_type.RTA_DPORT, NLA_PORT],
	RTA_NH_ID: [rtattr_type.RTA_NH_ID, NLA_U32],
} as const;
/** Attributes from here on are checked strictly. */
const ROUTE_STRICT_START = rtattr_type.RTA_DPORT + 1;

/** A route: rtm_ipv4_policy, in the order of fib_dump_info. */
export const rtm_route = message(
	'rtmsg',
	rtmsg,
	{
		RTA_TABLE: [rtattr_type.RTA_TABLE, NLA_U32],
		RTA_DST: [rtattr_type.RTA_DST, NLA_IN_ADDR],
		RTA_PRIORITY: [rtattr_type.RTA_PRIORITY, NLA_U32],
		RTA_PREFSRC: [rtattr_type.RTA_PREFSRC, NLA_IN_ADDR],
		RTA_GATEWAY: [rtattr_type.RTA_GATEWAY, NLA_IN_ADDR],
		RTA_OIF: [rtattr_type.RTA_OIF, NLA_U32],
		RTA_MARK: [rtattr_type.RTA_MARK, NLA_U32],
		RTA_UID: [rtattr_type.RTA_UID, NLA_U32],
		RTA_IIF: [rtattr_type.RTA_IIF, NLA_U32],
		...routeRows,
	},
	ROUTE_STRICT_START,
);

/** The way to one address, as it is told: in the order of rt_fill_info. */
export const rtm_route_found = message('rtmsg', rtmsg, {
	RTA_TABLE: [rtattr_type.RTA_TABLE, NLA_U32],
	RTA_DST: [rtattr_type.RTA_DST, NLA_IN_ADDR],
	RTA_SRC: [rtattr_type.RTA_SRC, NLA_IN_ADDR],
	RTA_OIF: [rtattr_type.RTA_OIF, NLA_U32],
	RTA_PREFSRC: [rtattr_type.RTA_PREFSRC, NLA_IN_ADDR],
	RTA_GATEWAY: [rtattr_type.RTA_GATEWAY, NLA_IN_ADDR],
	RTA_MARK: [rtattr_type.RTA_MARK, NLA_U32],
	RTA_UID: [rtattr_type.RTA_UID, NLA_U32],
	RTA_IIF: [rtattr_type.RTA_IIF, NLA_U32],
	RTA_CACHEINFO: [rtattr_type.RTA_CACHEINFO, NLA_STRUCT(rta_cacheinfo)],
});

/** A rule, as it is told: in the order of fib_nl_fill_rule. */
export const rtm_rule = message('fib_rule_hdr', fib_rule_hdr, {
	FRA_TABLE: [fra.FRA_TABLE, NLA_U32],
	FRA_SUPPRESS_PREFIXLEN: [fra.FRA_SUPPRESS_PREFIXLEN, NLA_U32],
	FRA_PROTOCOL: [fra.FRA_PROTOCOL, NLA_U8],
	FRA_PRIORITY: [fra.FRA_PRIORITY, NLA_U32],
});

/** By what is left of a type without NEW, DEL, GET, SET. */
const tables: readonly (MessageTable | undefined)[] = [
	rtm_link as MessageTable,
	rtm_addr as MessageTable,
	rtm_route as MessageTable,
	undefined,
	rtm_rule as MessageTable,
];

/** Flags by NEW, DEL, GET, SET. */
const flagsOf = [nlm_new_flag, nlm_delete_flag, nlm_get_flag, {}] as const;

/** For who prints messages. */
export const rtnetlinkProtocol: ProtocolTable = {
	types: rtm_type,
	flags: type => flagsOf[type & 3]!,
	message: type => tables[(type - RTM_BASE) >> 2],
};
