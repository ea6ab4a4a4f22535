/**
 * netlink_sock - a netlink socket (struct netlink_sock and the proto_ops of net/netlink/af_netlink.c).
 *
 *     bind           a port, and the first 32 groups; without a port, that of the process or a negative one
 *     sendmsg        to the kernel (port 0), another socket, or a group
 *     recvmsg        one datagram; goes on with a dump once half of the queue is free
 *
 * What happens to a message in the kernel happens within sendmsg, before it returns.
 */

import type { ControlMessage, ReceivedMessage, SendMessage } from '../../../src/boundary/socket.ts';
import type { Context } from '../../../src/boundary/vfs.ts';
import { type Awaitable, chain } from '../../../src/lib/awaitable.ts';
import { Errno } from '../../../src/lib/errno.ts';
import {
	CAP_NET_ADMIN,
	CAP_NET_BROADCAST,
	CAP_NET_RAW,
	CAP_SYS_ADMIN,
	CAP_SYS_MODULE,
} from '../../../src/uapi/capability.ts';
import { NETLINK_PKTINFO, nl_pktinfo, sockaddr_nl } from '../../../src/uapi/netlink.ts';
import { AF_NETLINK, AF_UNSPEC, MSG_DONTWAIT, MSG_OOB, SOL_NETLINK } from '../../../src/uapi/socket.ts';
import { WaitQueueHead } from '../../kernel/wait.ts';
import { SkBuff } from '../core/skbuff.ts';
import { Sock, type SockInit } from '../core/sock.ts';
import type { Netlink } from './af_netlink.ts';
import type { NetlinkCallback } from './dump.ts';
import { Groups } from './groups.ts';
import { getNetlinkOption, type NetlinkFlag, setNetlinkOption } from './options.ts';
import { type NetlinkTable, NL_CFG_F_NONROOT_RECV, NL_CFG_F_NONROOT_SEND } from './table.ts';

/** The largest part of a dump, however large the reader's buffer is (SKB_WITH_OVERHEAD(32768)). */
const MAX_RECVMSG_LEN = 32768 - 320;
/** Bytes of a family in an address. */
const FAMILY_SIZE = 2;

/** Capabilities that are asked for of whoever opened a socket. */
const asked = [CAP_NET_ADMIN, CAP_NET_RAW, CAP_NET_BROADCAST, CAP_SYS_ADMIN, CAP_SYS_MODULE];

/** A socket of a program, or of the kernel. */
export class NetlinkSock extends Sock {
	readonly netlink: Netlink;
	readonly table: NetlinkTable;
	/** Its port; 0 before it has one, and for the kernel. */
	portid = 0;
	/** True once it has a port. */
	bound = false;
	/** Where it sends what is sent without an address. */
	dstPortid = 0;
	dstGroup = 0;
	connected = false;
	readonly groups = new Groups();
	readonly options = new Set<NetlinkFlag>();
	/** A datagram was lost: nothing more is delivered until the queue is empty (NETLINK_S_CONGESTED). */
	congested = false;
	/** The dump that goes on (nlk->cb while cb_running). */
	cb: NetlinkCallback | undefined;
	/** The largest buffer that anybody received into. */
	maxRecvmsgLen = 0;
	/** Those who wait for room in the queue. */
	readonly room: WaitQueueHead;
	/** What the kernel does with what it is sent; undefined for the socket of a program. */
	netlinkRcv: ((skb: SkBuff) => Awaitable<void>) | undefined;
	/** True for a socket of the kernel's own. */
	readonly isKernel: boolean;
	readonly #openerCaps: ReadonlySet<number>;

	/** `opener` is who made it; undefined for the kernel. */
	constructor(netlink: Netlink, table: NetlinkTable, init: SockInit, opener: Context | undefined) {
		super(init);
		this.netlink = netlink;
		this.table = table;
		this.isKernel = opener === undefined;
		this.room = new WaitQueueHead(init.time);
		this.#openerCaps = new Set(asked.filter(cap => opener === undefined || opener.capable(cap)));
	}

	/** True if whoever opened it had a capability then (file_ns_capable). */
	openerCapable(cap: number): boolean {
		return this.#openerCaps.has(cap);
	}

	/** netlink_bind. */
	bind(address: Uint8Array, ctx: Context): void {
		const { nl_pid, nl_groups } = decodeAddress(address);
		let groups = nl_groups;
		if (groups !== 0) {
			this.checkAllowed(NL_CFG_F_NONROOT_RECV, ctx);
			this.reallocGroups();
		}
		if (this.groups.size === 0) groups = 0;
		if (this.bound && nl_pid !== this.portid) throw new Errno('EINVAL');
		const joined = this.#askToJoin(groups, ctx);
		if (!this.bound) {
			try {
				if (nl_pid === 0) this.table.autobind(this, ctx.tgid);
				else this.table.insert(this, nl_pid);
			} catch (error) {
				for (const group of joined) this.table.config?.unbind?.(group);
				throw error;
			}
		}
		if (groups === 0 && this.groups.low === 0) return;
		this.table.setLowGroups(this, groups);
	}

	/** netlink_connect. */
	connect(address: Uint8Array, ctx: Context): void {
		if (address.length < FAMILY_SIZE) throw new Errno('EINVAL');
		const family = address[0]! | (address[1]! << 8);
		if (family === AF_UNSPEC) {
			this.connected = false;
			this.dstPortid = 0;
			this.dstGroup = 0;
			return;
		}
		const { nl_pid, nl_groups } = decodeAddress(address);
		if (nl_pid !== 0 || nl_groups !== 0) this.checkAllowed(NL_CFG_F_NONROOT_SEND, ctx);
		if (!this.bound) this.table.autobind(this, ctx.tgid);
		this.connected = true;
		this.dstPortid = nl_pid;
		this.dstGroup = firstGroup(nl_groups);
	}

	getsockname(): Uint8Array {
		return encodeAddress(this.portid, this.groups.low);
	}

	/** Never ENOTCONN: where it is connected to, which is the kernel at first. */
	getpeername(): Uint8Array {
		return encodeAddress(this.dstPortid, groupMask(this.dstGroup));
	}

	/** netlink_sendmsg. */
	sendmsg(message: SendMessage, ctx: Context): Awaitable<number> {
		const { bytes, name, flags } = message;
		if ((flags & MSG_OOB) !== 0) throw new Errno('EOPNOTSUPP');
		if (bytes.length === 0) throw new Errno('ENODATA');
		let { dstPortid, dstGroup } = this;
		const namedDst = name !== undefined && name.length > 0;
		if (namedDst) {
			const { nl_pid, nl_groups } = decodeAddress(name);
			dstPortid = nl_pid;
			dstGroup = firstGroup(nl_groups);
			if (dstPortid !== 0 || dstGroup !== 0) this.checkAllowed(NL_CFG_F_NONROOT_SEND, ctx);
		}
		if (!this.bound) this.table.autobind(this, ctx.tgid);
		if (bytes.length > this.sndbuf - 32) throw new Errno('EMSGSIZE');
		const skb = SkBuff.of(bytes);
		skb.portid = this.portid;
		skb.dstGroup = dstGroup;
		skb.creds = { pid: ctx.tgid, uid: ctx.uid, gid: ctx.gid };
		skb.namedDst = namedDst;
		skb.ctx = ctx;
		if (dstGroup !== 0) this.table.broadcast(this, skb, dstPortid, dstGroup);
		const timeout = (flags & MSG_DONTWAIT) !== 0 ? 0 : this.sndtimeo;
		return this.table.unicast(this, skb, dstPortid, timeout, ctx.signal);
	}

	/** netlink_recvmsg. */
	recvmsg(count: number, flags: number, ctx: Context): Awaitable<ReceivedMessage> {
		if ((flags & MSG_OOB) !== 0) throw new Errno('EOPNOTSUPP');
		let received: Awaitable<SkBuff>;
		try {
			received = this.recvDatagram(flags, ctx);
		} catch (error) {
			this.#rcvWake();
			throw error;
		}
		return chain(received, skb => this.#received(skb, count));
	}

	#received(skb: SkBuff, count: number): ReceivedMessage {
		this.maxRecvmsgLen = Math.min(Math.max(this.maxRecvmsgLen, count), MAX_RECVMSG_LEN);
		const control = this.#control(skb);
		if (this.cb !== undefined && this.rmem <= this.rcvbuf >> 1) this.cb.next();
		this.#rcvWake();
		return { bytes: skb.finish(), name: addressOf(skb), control };
	}

	#control(skb: SkBuff): readonly ControlMessage[] {
		const credentials = this.credentials(skb);
		return this.options.has('PKTINFO') ? [pktinfo(skb.dstGroup), ...credentials] : credentials;
	}

	/** netlink_release. Sockets that wait to send to it are told. */
	release(): void {
		if (this.dead) return;
		this.table.remove(this);
		this.kill();
		this.room.wakeUp();
		this.cb?.finish();
	}

	get released(): boolean {
		return this.dead;
	}

	/** Tells that a datagram was lost: once, until the queue was emptied (netlink_overrun). */
	overrun(): void {
		if (!this.options.has('NO_ENOBUFS') && !this.congested) {
			this.congested = true;
			this.reportError('ENOBUFS');
		}
		this.drops += 1;
	}

	/** True where the queue takes a datagram of this cost: there is room, or nothing is in it. */
	hasRoom(truesize: number): boolean {
		return !this.congested && (this.rmem === 0 || this.rmem + truesize <= this.rcvbuf);
	}

	/** Puts a datagram into the queue. */
	deliver(skb: SkBuff): void {
		this.rmem += skb.truesize;
		this.enqueue(skb);
	}

	/** Makes room for every group that the protocol has (netlink_realloc_groups). */
	reallocGroups(): void {
		if (!this.table.registered) throw new Errno('ENOENT');
		this.groups.grow(this.table.groups);
	}

	/** EPERM unless the protocol lets everybody do it, or the caller is an administrator (netlink_allowed). */
	checkAllowed(flag: number, ctx: Context): void {
		if ((this.table.flags & flag) === 0 && !ctx.capable(CAP_NET_ADMIN)) throw new Errno('EPERM');
	}

	protected setOption(level: number, option: number, value: Uint8Array, ctx: Context): void {
		if (level !== SOL_NETLINK) throw new Errno('ENOPROTOOPT');
		setNetlinkOption(this, option, value, ctx);
	}

	protected getOption(level: number, option: number, length: number): Uint8Array {
		if (level !== SOL_NETLINK) throw new Errno('ENOPROTOOPT');
		return getNetlinkOption(this, option, length);
	}

	/** Asks the protocol for each group, and takes back what was asked when it refuses one. */
	#askToJoin(groups: number, ctx: Context): number[] {
		const joined: number[] = [];
		const { config } = this.table;
		if (config?.bind === undefined) return joined;
		for (let group = 1; group <= 32; group++) {
			if (((groups >>> (group - 1)) & 1) === 0) continue;
			try {
				config.bind(group, ctx);
				joined.push(group);
			} catch (error) {
				for (const other of joined) config.unbind?.(other);
				throw error;
			}
		}
		return joined;
	}

	/** netlink_rcv_wake. */
	#rcvWake(): void {
		if (this.queueEmpty) this.congested = false;
		if (!this.congested && this.room.active) this.room.wakeUp();
	}
}

/** The first group of a mask, 0 for none (ffs). */
export function firstGroup(mask: number): number {
	return mask === 0 ? 0 : 32 - Math.clz32(mask & -mask);
}

/** A group as a mask; groups beyond 32 have none (netlink_group_mask). */
export function groupMask(group: number): number {
	return group > 0 && group <= 32 ? (1 << (group - 1)) >>> 0 : 0;
}

const kernelAddress = encodeAddress(0, 0);

/** Where a datagram came from; one that goes to many is asked by each of them. */
function addressOf(skb: SkBuff): Uint8Array {
	const { portid, dstGroup } = skb;
	if (portid === 0 && dstGroup === 0) return kernelAddress;
	skb.address ??= encodeAddress(portid, groupMask(dstGroup));
	return skb.address;
}

/** EINVAL for one that is too short or of another family. */
function decodeAddress(bytes: Uint8Array): { readonly nl_pid: number; readonly nl_groups: number } {
	if (bytes.length < sockaddr_nl.size) throw new Errno('EINVAL');
	const address = sockaddr_nl.decode(new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), 0);
	if (address.nl_family !== AF_NETLINK) throw new Errno('EINVAL');
	return address;
}

/** The bytes of an address. */
export function encodeAddress(nl_pid: number, nl_groups: number): Uint8Array {
	const bytes = new Uint8Array(sockaddr_nl.size);
	sockaddr_nl.encode(new DataView(bytes.buffer), 0, { nl_family: AF_NETLINK, nl_pid, nl_groups });
	return bytes;
}

function pktinfo(group: number): ControlMessage {
	const data = new Uint8Array(nl_pktinfo.size);
	nl_pktinfo.encode(new DataView(data.buffer), 0, { group });
	return { level: SOL_NETLINK, type: NETLINK_PKTINFO, data };
}
