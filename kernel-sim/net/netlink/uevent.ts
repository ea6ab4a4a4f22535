/**
 * uevent - the kernel's events about its objects, as NETLINK_KOBJECT_UEVENT carries them (uevent_net_broadcast and
 * uevent_net_rcv of lib/kobject_uevent.c).
 *
 * An event is text without a header: `add@/devices/...`, then `NAME=value` strings, each ended by a NUL. It goes to group 1,
 * which everybody may join.
 */

import { Errno } from '../../../src/lib/errno.ts';
import { CAP_SYS_ADMIN } from '../../../src/uapi/capability.ts';
import { NETLINK_KOBJECT_UEVENT } from '../../../src/uapi/netlink.ts';
import type { Uevents } from '../../lib/kobject_uevent.ts';
import { SkBuff } from '../core/skbuff.ts';
import type { Netlink } from './af_netlink.ts';
import { netlinkRcv } from './rcv.ts';
import { NL_CFG_F_NONROOT_RECV } from './table.ts';

const GROUP = 1;

/**
 * Sends every event to who listens.
 *
 * Divergence: what an administrator sends to the kernel here is not passed on as an event of his namespace, EOPNOTSUPP.
 */
export function netlinkUevents(netlink: Netlink, uevents: Uevents): void {
	const sock = netlink.kernelCreate(NETLINK_KOBJECT_UEVENT, {
		groups: GROUP,
		flags: NL_CFG_F_NONROOT_RECV,
		input: skb =>
			netlinkRcv(skb, sent => {
				throw new Errno(sent.capable(CAP_SYS_ADMIN) ? 'EOPNOTSUPP' : 'EPERM');
			}),
	});
	uevents.listen(event => {
		if (sock.hasListeners(GROUP)) sock.nlmsgMulticast(SkBuff.of(event.message), 0, GROUP);
	});
}
