/**
 * options - options of SOL_NETLINK (netlink_setsockopt, netlink_getsockopt).
 */

import type { Context } from '../../../src/boundary/vfs.ts';
import { Errno } from '../../../src/lib/errno.ts';
import { CAP_NET_BROADCAST } from '../../../src/uapi/capability.ts';
import {
	NETLINK_ADD_MEMBERSHIP,
	NETLINK_BROADCAST_ERROR,
	NETLINK_CAP_ACK,
	NETLINK_DROP_MEMBERSHIP,
	NETLINK_EXT_ACK,
	NETLINK_GET_STRICT_CHK,
	NETLINK_LIST_MEMBERSHIPS,
	NETLINK_LISTEN_ALL_NSID,
	NETLINK_NO_ENOBUFS,
	NETLINK_PKTINFO,
} from '../../../src/uapi/netlink.ts';
import { int } from '../core/sock.ts';
import type { NetlinkSock } from './netlink_sock.ts';
import { NL_CFG_F_NONROOT_RECV } from './table.ts';

/** Options that are on or off. There is one network namespace: LISTEN_ALL_NSID changes nothing. */
const flags = {
	PKTINFO: NETLINK_PKTINFO,
	BROADCAST_ERROR: NETLINK_BROADCAST_ERROR,
	NO_ENOBUFS: NETLINK_NO_ENOBUFS,
	LISTEN_ALL_NSID: NETLINK_LISTEN_ALL_NSID,
	CAP_ACK: NETLINK_CAP_ACK,
	EXT_ACK: NETLINK_EXT_ACK,
	GET_STRICT_CHK: NETLINK_GET_STRICT_CHK,
} as const;

/** Name of an option that is on or off. */
export type NetlinkFlag = keyof typeof flags;

const names = new Map<number, NetlinkFlag>(
	Object.entries(flags).map(([name, option]) => [option, name as NetlinkFlag]),
);

/** Sets an option. A value of less than four bytes is 0, as in Linux. */
export function setNetlinkOption(sk: NetlinkSock, option: number, value: Uint8Array, ctx: Context): void {
	const number = value.length >= 4 ? new DataView(value.buffer, value.byteOffset).getUint32(0, true) : 0;
	if (option === NETLINK_ADD_MEMBERSHIP || option === NETLINK_DROP_MEMBERSHIP) {
		setMembership(sk, number, option === NETLINK_ADD_MEMBERSHIP, ctx);
		return;
	}
	const name = names.get(option);
	if (name === undefined) throw new Errno('ENOPROTOOPT');
	if (name === 'LISTEN_ALL_NSID' && !ctx.capable(CAP_NET_BROADCAST)) throw new Errno('EPERM');
	if (number === 0) sk.options.delete(name);
	else sk.options.add(name);
	if (name === 'NO_ENOBUFS' && number !== 0) {
		sk.congested = false;
		sk.room.wakeUp();
	}
}

function setMembership(sk: NetlinkSock, group: number, member: boolean, ctx: Context): void {
	sk.checkAllowed(NL_CFG_F_NONROOT_RECV, ctx);
	sk.reallocGroups();
	if (group === 0 || group > sk.groups.size) throw new Errno('EINVAL');
	const { config } = sk.table;
	if (member) config?.bind?.(group, ctx);
	sk.table.setGroup(sk, group, member);
	if (!member) config?.unbind?.(group);
}

/** At most `length` bytes of an option. EINVAL for less room than an int takes. */
export function getNetlinkOption(sk: NetlinkSock, option: number, length: number): Uint8Array {
	if (option === NETLINK_LIST_MEMBERSHIPS) {
		const { words } = sk.groups;
		const all = new Uint8Array(words.buffer as ArrayBuffer, words.byteOffset, words.byteLength);
		return all.slice(0, length & ~3);
	}
	const name = names.get(option);
	if (name === undefined) throw new Errno('ENOPROTOOPT');
	if (length < 4) throw new Errno('EINVAL');
	return int(sk.options.has(name) ? 1 : 0);
}
