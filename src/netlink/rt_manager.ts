/**
 * rt_manager - the messages of protocol 31, as tables (src/uapi/rt_manager.ts).
 */

import { flags, u32 } from '../lib/struct.ts';
import { IFNAMSIZ } from '../uapi/if.ts';
import { nlm_get_flag, nlm_new_flag } from '../uapi/netlink.ts';
import { RTMGR_FLUSH, RTMGR_NEWROUTE, rtmgr_attr, rtmgr_msg, rtmgr_type } from '../uapi/rt_manager.ts';
import { rtnh_f } from '../uapi/rtnetlink.ts';
import { message, type ProtocolTable } from './message.ts';
import { NLA_IN_ADDR, NLA_NUL_STRING, NLA_U32 } from './nlattr.ts';

/** A route: what it leads to, and how. Addresses are 10.0.0.1 as 0x0a000001. */
export const rtmgr_route = message('rtmgr_msg', rtmgr_msg, {
	RTMGR_A_DST: [rtmgr_attr.RTMGR_A_DST, NLA_IN_ADDR],
	RTMGR_A_GATEWAY: [rtmgr_attr.RTMGR_A_GATEWAY, NLA_IN_ADDR],
	RTMGR_A_OIF: [rtmgr_attr.RTMGR_A_OIF, NLA_U32],
	RTMGR_A_IFNAME: [rtmgr_attr.RTMGR_A_IFNAME, NLA_NUL_STRING(IFNAMSIZ - 1)],
	RTMGR_A_PRIORITY: [rtmgr_attr.RTMGR_A_PRIORITY, NLA_U32],
	RTMGR_A_PREFSRC: [rtmgr_attr.RTMGR_A_PREFSRC, NLA_IN_ADDR],
	RTMGR_A_FLAGS: [rtmgr_attr.RTMGR_A_FLAGS, { ...NLA_U32, format: flags(u32, rtnh_f).format }],
});

/** For who prints messages. */
export const rtManagerProtocol: ProtocolTable = {
	types: rtmgr_type,
	flags: type => (type === RTMGR_NEWROUTE ? nlm_new_flag : nlm_get_flag),
	message: type => (type >= RTMGR_NEWROUTE && type !== RTMGR_FLUSH ? rtmgr_route : undefined),
};
