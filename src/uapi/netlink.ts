/**
 * netlink - messages between the kernel and programs.
 *
 *     | nlmsghdr | header of the family | attribute | attribute | ... | nlmsghdr | ...
 *     an attribute:  | nla_len nla_type | payload | zeros up to a multiple of 4 |
 *
 * Values of include/uapi/linux/netlink.h.
 */

import { enumeration, flags, type Infer, s32, struct, u16, u32 } from '../lib/struct.ts';
import { AF_NETLINK, AF_UNSPEC } from './socket.ts';

/** Protocol numbers, one for each part of the kernel that speaks netlink. */
export const netlink_protocol = {
	NETLINK_ROUTE: 0,
	NETLINK_USERSOCK: 2,
	NETLINK_FIREWALL: 3,
	NETLINK_SOCK_DIAG: 4,
	NETLINK_NFLOG: 5,
	NETLINK_XFRM: 6,
	NETLINK_SELINUX: 7,
	NETLINK_ISCSI: 8,
	NETLINK_AUDIT: 9,
	NETLINK_FIB_LOOKUP: 10,
	NETLINK_CONNECTOR: 11,
	NETLINK_NETFILTER: 12,
	NETLINK_IP6_FW: 13,
	NETLINK_DNRTMSG: 14,
	NETLINK_KOBJECT_UEVENT: 15,
	NETLINK_GENERIC: 16,
	NETLINK_SCSITRANSPORT: 18,
	NETLINK_ECRYPTFS: 19,
	NETLINK_RDMA: 20,
	NETLINK_CRYPTO: 21,
	NETLINK_SMC: 22,
} as const;
export const { NETLINK_ROUTE, NETLINK_USERSOCK, NETLINK_KOBJECT_UEVENT, NETLINK_GENERIC } = netlink_protocol;

/** Protocols are below this number. */
export const MAX_LINKS = 32;

/** Flags of every message; from 0x100 on they depend on the type. */
export const nlm_flag = {
	NLM_F_REQUEST: 0x01,
	NLM_F_MULTI: 0x02,
	NLM_F_ACK: 0x04,
	NLM_F_ECHO: 0x08,
	NLM_F_DUMP_INTR: 0x10,
	NLM_F_DUMP_FILTERED: 0x20,
} as const;
export const { NLM_F_REQUEST, NLM_F_MULTI, NLM_F_ACK, NLM_F_ECHO, NLM_F_DUMP_INTR, NLM_F_DUMP_FILTERED } = nlm_flag;

/** Flags of a request that reads. */
export const nlm_get_flag = { NLM_F_ROOT: 0x100, NLM_F_MATCH: 0x200, NLM_F_ATOMIC: 0x400 } as const;
export const { NLM_F_ROOT, NLM_F_MATCH, NLM_F_ATOMIC } = nlm_get_flag;
export const NLM_F_DUMP = NLM_F_ROOT | NLM_F_MATCH;

/** Flags of a request that makes something. */
export const nlm_new_flag = {
	NLM_F_REPLACE: 0x100,
	NLM_F_EXCL: 0x200,
	NLM_F_CREATE: 0x400,
	NLM_F_APPEND: 0x800,
} as const;
export const { NLM_F_REPLACE, NLM_F_EXCL, NLM_F_CREATE, NLM_F_APPEND } = nlm_new_flag;

/** Flags of a request that removes something. */
export const nlm_delete_flag = { NLM_F_NONREC: 0x100, NLM_F_BULK: 0x200 } as const;
export const { NLM_F_NONREC, NLM_F_BULK } = nlm_delete_flag;

/** Flags of an acknowledgement: the request is cut to its header; attributes follow it. */
export const nlm_ack_flag = { NLM_F_CAPPED: 0x100, NLM_F_ACK_TLVS: 0x200 } as const;
export const { NLM_F_CAPPED, NLM_F_ACK_TLVS } = nlm_ack_flag;

/** Types that mean the same in every protocol. Those of a protocol begin at NLMSG_MIN_TYPE. */
export const nlmsg_type = { NLMSG_NOOP: 1, NLMSG_ERROR: 2, NLMSG_DONE: 3, NLMSG_OVERRUN: 4 } as const;
export const { NLMSG_NOOP, NLMSG_ERROR, NLMSG_DONE, NLMSG_OVERRUN } = nlmsg_type;
export const NLMSG_MIN_TYPE = 0x10;
export const NLMSG_ALIGNTO = 4;
/** Bytes of a message's header. */
export const NLMSG_HDRLEN = 16;

export const nlmsghdr = struct('nlmsghdr', NLMSG_HDRLEN, {
	nlmsg_len: u32, // with this header
	nlmsg_type: enumeration(u16, nlmsg_type),
	nlmsg_flags: flags(u16, nlm_flag),
	nlmsg_seq: u32,
	nlmsg_pid: u32,
});
export type Nlmsghdr = Infer<typeof nlmsghdr>;

/** The beginning of an NLMSG_ERROR; after it comes the rest of the request, unless NLM_F_CAPPED says that it was left out. */
export const nlmsgerr = struct('nlmsgerr', 20, { error: s32, msg: nlmsghdr });

/** Attributes of an NLMSG_ERROR or NLMSG_DONE with NLM_F_ACK_TLVS. */
export const nlmsgerr_attr = {
	NLMSGERR_ATTR_MSG: 1,
	NLMSGERR_ATTR_OFFS: 2,
	NLMSGERR_ATTR_COOKIE: 3,
	NLMSGERR_ATTR_POLICY: 4,
	NLMSGERR_ATTR_MISS_TYPE: 5,
	NLMSGERR_ATTR_MISS_NEST: 6,
} as const;
export const { NLMSGERR_ATTR_MSG, NLMSGERR_ATTR_OFFS, NLMSGERR_ATTR_COOKIE, NLMSGERR_ATTR_POLICY } = nlmsgerr_attr;
export const { NLMSGERR_ATTR_MISS_TYPE, NLMSGERR_ATTR_MISS_NEST } = nlmsgerr_attr;

/** Options of SOL_NETLINK; those below NETLINK_PKTINFO change memberships. */
export const netlink_option = {
	NETLINK_ADD_MEMBERSHIP: 1,
	NETLINK_DROP_MEMBERSHIP: 2,
	NETLINK_PKTINFO: 3,
	NETLINK_BROADCAST_ERROR: 4,
	NETLINK_NO_ENOBUFS: 5,
	NETLINK_LISTEN_ALL_NSID: 8,
	NETLINK_LIST_MEMBERSHIPS: 9,
	NETLINK_CAP_ACK: 10,
	NETLINK_EXT_ACK: 11,
	NETLINK_GET_STRICT_CHK: 12,
} as const;
export const { NETLINK_ADD_MEMBERSHIP, NETLINK_DROP_MEMBERSHIP, NETLINK_PKTINFO } = netlink_option;
export const { NETLINK_BROADCAST_ERROR, NETLINK_NO_ENOBUFS, NETLINK_LISTEN_ALL_NSID } = netlink_option;
export const { NETLINK_LIST_MEMBERSHIPS, NETLINK_CAP_ACK, NETLINK_EXT_ACK, NETLINK_GET_STRICT_CHK } = netlink_option;

/** An address: a port, and the first 32 groups as a mask. */
export const sockaddr_nl = struct('sockaddr_nl', 12, {
	nl_family: enumeration(u16, { AF_UNSPEC, AF_NETLINK }),
	_pad: u16,
	nl_pid: u32,
	nl_groups: u32,
});
export type SockaddrNl = Infer<typeof sockaddr_nl>;

/** Control message of NETLINK_PKTINFO: the group that a datagram was sent to. */
export const nl_pktinfo = struct('nl_pktinfo', 4, { group: u32 });

/** Bytes of an attribute's header, and to what attributes are aligned. */
export const NLA_HDRLEN = 4;
export const NLA_ALIGNTO = 4;
export const nlattr = struct('nlattr', NLA_HDRLEN, { nla_len: u16, nla_type: u16 });

/** Bits of an attribute's type: it holds attributes; its payload is in network order. The rest is the type. */
export const nla_flag = { NLA_F_NESTED: 0x8000, NLA_F_NET_BYTEORDER: 0x4000 } as const;
export const { NLA_F_NESTED, NLA_F_NET_BYTEORDER } = nla_flag;
export const NLA_TYPE_MASK = 0x3fff;

/** Flags to set, and which of them count. */
export const nla_bitfield32 = struct('nla_bitfield32', 8, { value: u32, selector: u32 });
export type NlaBitfield32 = Infer<typeof nla_bitfield32>;

/** Types of attributes, as the kernel tells of them. */
export const netlink_attribute_type = {
	NL_ATTR_TYPE_INVALID: 0,
	NL_ATTR_TYPE_FLAG: 1,
	NL_ATTR_TYPE_U8: 2,
	NL_ATTR_TYPE_U16: 3,
	NL_ATTR_TYPE_U32: 4,
	NL_ATTR_TYPE_U64: 5,
	NL_ATTR_TYPE_S8: 6,
	NL_ATTR_TYPE_S16: 7,
	NL_ATTR_TYPE_S32: 8,
	NL_ATTR_TYPE_S64: 9,
	NL_ATTR_TYPE_BINARY: 10,
	NL_ATTR_TYPE_STRING: 11,
	NL_ATTR_TYPE_NUL_STRING: 12,
	NL_ATTR_TYPE_NESTED: 13,
	NL_ATTR_TYPE_NESTED_ARRAY: 14,
	NL_ATTR_TYPE_BITFIELD32: 15,
	NL_ATTR_TYPE_SINT: 16,
	NL_ATTR_TYPE_UINT: 17,
} as const;

/** Attributes that tell of an attribute. */
export const netlink_policy_type_attr = {
	NL_POLICY_TYPE_ATTR_TYPE: 1,
	NL_POLICY_TYPE_ATTR_MIN_VALUE_S: 2,
	NL_POLICY_TYPE_ATTR_MAX_VALUE_S: 3,
	NL_POLICY_TYPE_ATTR_MIN_VALUE_U: 4,
	NL_POLICY_TYPE_ATTR_MAX_VALUE_U: 5,
	NL_POLICY_TYPE_ATTR_MIN_LENGTH: 6,
	NL_POLICY_TYPE_ATTR_MAX_LENGTH: 7,
	NL_POLICY_TYPE_ATTR_POLICY_IDX: 8,
	NL_POLICY_TYPE_ATTR_POLICY_MAXTYPE: 9,
	NL_POLICY_TYPE_ATTR_BITFIELD32_MASK: 10,
	NL_POLICY_TYPE_ATTR_PAD: 11,
	NL_POLICY_TYPE_ATTR_MASK: 12,
} as const;
