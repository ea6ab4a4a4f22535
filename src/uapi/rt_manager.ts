/**
 * rt_manager - protocol 31: greeting the kernel, and managing its routes.
 *
 *     | nlmsghdr | text, NUL |                                NLMSG_GREET, NLMSG_GREET_ALL
 *     | nlmsghdr | rtmgr_msg | attribute | attribute | ...    RTMGR_*ROUTE, RTMGR_FLUSH, RTMGR_LOOKUP
 *
 * A protocol of ring3's own, after the route manager of the specification. docs/rt_manager.md has it byte by byte.
 */

import { enumeration, type Infer, struct, u8 } from '../lib/struct.ts';
import { rt_scope, rtn, rtprot } from './rtnetlink.ts';

/** The number of the protocol. */
export const NETLINK_RT_MANAGER = 31;

/** Types of messages. Answers and notifications of a route are RTMGR_NEWROUTE, and RTMGR_DELROUTE where it has gone. */
export const rtmgr_type = {
	NLMSG_GREET: 17,
	NLMSG_GREET_ALL: 18,
	RTMGR_NEWROUTE: 24,
	RTMGR_DELROUTE: 25,
	RTMGR_GETROUTE: 26,
	RTMGR_FLUSH: 27,
	RTMGR_LOOKUP: 28,
} as const;
export const { NLMSG_GREET, NLMSG_GREET_ALL } = rtmgr_type;
export const { RTMGR_NEWROUTE, RTMGR_DELROUTE, RTMGR_GETROUTE, RTMGR_FLUSH, RTMGR_LOOKUP } = rtmgr_type;

/** Groups: greetings to all, and changes of routes. */
export const rtmgr_group = { RTMGR_GRP_GREET: 1, RTMGR_GRP_ROUTE: 2 } as const;
export const { RTMGR_GRP_GREET, RTMGR_GRP_ROUTE } = rtmgr_group;

/** Bytes of the kernel's answer to a greeting, all of it: text, and zeros behind it. */
export const RTMGR_GREETING_SIZE = 256;

/** What is behind the header of a message about a route. 0 in a request is what is usual, or any. */
export const rtmgr_msg = struct('rtmgr_msg', 4, {
	rtmgr_dst_len: u8,
	rtmgr_type: enumeration(u8, rtn),
	rtmgr_protocol: enumeration(u8, rtprot),
	rtmgr_scope: enumeration(u8, rt_scope),
});
export type RtmgrMsg = Infer<typeof rtmgr_msg>;

/** Attributes. */
export const rtmgr_attr = {
	RTMGR_A_DST: 1,
	RTMGR_A_GATEWAY: 2,
	RTMGR_A_OIF: 3,
	RTMGR_A_IFNAME: 4,
	RTMGR_A_PRIORITY: 5,
	RTMGR_A_PREFSRC: 6,
	RTMGR_A_FLAGS: 7,
} as const;
