/**
 * rtnetlink - messages of protocol 0 about links, addresses and routes, as tables.
 */

import { IFNAMSIZ } from '../uapi/if.ts';
import { ifa_attr, ifa_cacheinfo, ifaddrmsg } from '../uapi/if_addr.ts';
import { ifla } from '../uapi/if_link.ts';
import { nlm_delete_flag, nlm_get_flag, nlm_new_flag } from '../uapi/netlink.ts';
import { ifinfomsg, RTM_BASE, rta_cacheinfo, rtattr_type, rtm_type, rtmsg } from '../uapi/rtnetlink.ts';
import { type MessageTable, message, type ProtocolTable } from './message.ts';
import { NLA_BINARY, NLA_IN_ADDR, NLA_NUL_STRING, NLA_STRUCT, NLA_U8, NLA_U32 } from './nlattr.ts';

/** A link; its attributes in the order in which Linux writes them (rtnl_fill_ifinfo). */
export const rtm_link = message('ifinfomsg', ifinfomsg, {
	IFLA_IFNAME: [ifla.IFLA_IFNAME, NLA_NUL_STRING(IFNAMSIZ - 1)],
	IFLA_TXQLEN: [ifla.IFLA_TXQLEN, NLA_U32],
	IFLA_OPERSTATE: [ifla.IFLA_OPERSTATE, NLA_U8],
	IFLA_LINKMODE: [ifla.IFLA_LINKMODE, NLA_U8],
	IFLA_MTU: [ifla.IFLA_MTU, NLA_U32],
	IFLA_MIN_MTU: [ifla.IFLA_MIN_MTU, NLA_U32],
	IFLA_MAX_MTU: [ifla.IFLA_MAX_MTU, NLA_U32],
	IFLA_GROUP: [ifla.IFLA_GROUP, NLA_U32],
	IFLA_PROMISCUITY: [ifla.IFLA_PROMISCUITY, NLA_U32],
	IFLA_NUM_TX_QUEUES: [ifla.IFLA_NUM_TX_QUEUES, NLA_U32],
	IFLA_NUM_RX_QUEUES: [ifla.IFLA_NUM_RX_QUEUES, NLA_U32],
	IFLA_CARRIER: [ifla.IFLA_CARRIER, NLA_U8],
	IFLA_QDISC: [ifla.IFLA_QDISC, NLA_NUL_STRING(IFNAMSIZ - 1)],
	IFLA_IFALIAS: [ifla.IFLA_IFALIAS, NLA_BINARY(255)],
	IFLA_CARRIER_CHANGES: [ifla.IFLA_CARRIER_CHANGES, NLA_U32],
	IFLA_ADDRESS: [ifla.IFLA_ADDRESS, NLA_BINARY(32)],
	IFLA_BROADCAST: [ifla.IFLA_BROADCAST, NLA_BINARY(32)],
	IFLA_STATS64: [ifla.IFLA_STATS64, NLA_BINARY()],
	IFLA_EXT_MASK: [ifla.IFLA_EXT_MASK, NLA_U32],
});

/** An address of a link (inet_fill_ifaddr). */
export const rtm_addr = message('ifaddrmsg', ifaddrmsg, {
	IFA_ADDRESS: [ifa_attr.IFA_ADDRESS, NLA_IN_ADDR],
	IFA_LOCAL: [ifa_attr.IFA_LOCAL, NLA_IN_ADDR],
	IFA_BROADCAST: [ifa_attr.IFA_BROADCAST, NLA_IN_ADDR],
	IFA_LABEL: [ifa_attr.IFA_LABEL, NLA_NUL_STRING(IFNAMSIZ - 1)],
	IFA_FLAGS: [ifa_attr.IFA_FLAGS, NLA_U32],
	IFA_CACHEINFO: [ifa_attr.IFA_CACHEINFO, NLA_STRUCT(ifa_cacheinfo)],
});

/** A route (fib_dump_info). */
export const rtm_route = message('rtmsg', rtmsg, {
	RTA_TABLE: [rtattr_type.RTA_TABLE, NLA_U32],
	RTA_DST: [rtattr_type.RTA_DST, NLA_IN_ADDR],
	RTA_SRC: [rtattr_type.RTA_SRC, NLA_IN_ADDR],
	RTA_IIF: [rtattr_type.RTA_IIF, NLA_U32],
	RTA_PRIORITY: [rtattr_type.RTA_PRIORITY, NLA_U32],
	RTA_PREFSRC: [rtattr_type.RTA_PREFSRC, NLA_IN_ADDR],
	RTA_GATEWAY: [rtattr_type.RTA_GATEWAY, NLA_IN_ADDR],
	RTA_OIF: [rtattr_type.RTA_OIF, NLA_U32],
	RTA_UID: [rtattr_type.RTA_UID, NLA_U32],
	RTA_CACHEINFO: [rtattr_type.RTA_CACHEINFO, NLA_STRUCT(rta_cacheinfo)],
});

/** By what is left of a type without NEW, DEL, GET, SET. */
const tables: readonly (MessageTable | undefined)[] = [
	rtm_link as MessageTable,
	rtm_addr as MessageTable,
	rtm_route as MessageTable,
];

/** Flags by NEW, DEL, GET, SET. */
const flagsOf = [nlm_new_flag, nlm_delete_flag, nlm_get_flag, {}] as const;

/** For who prints messages. */
export const rtnetlinkProtocol: ProtocolTable = {
	types: rtm_type,
	flags: type => flagsOf[type & 3]!,
	message: type => tables[(type - RTM_BASE) >> 2],
};
