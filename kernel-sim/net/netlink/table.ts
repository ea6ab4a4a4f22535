/**
 * table - the sockets of one protocol (struct netlink_table): their ports and their groups, and the ways between them.
 */

import type { Context } from '../../../src/boundary/vfs.ts';
import { type Awaitable, chain } from '../../../src/lib/awaitable.ts';
import { Errno } from '../../../src/lib/errno.ts';
import type { Module } from '../../kernel/module.ts';
import type { SkBuff } from '../core/skbuff.ts';
import type { NetlinkSock } from './netlink_sock.ts';

/** Everybody may join the groups of the protocol. */
export const NL_CFG_F_NONROOT_RECV = 1;
/** Everybody may send to other programs. */
export const NL_CFG_F_NONROOT_SEND = 2;

/** Below these are the ports that are given out to whoever finds his own taken. */
const ROVER_START = -4096;
const S32_MIN = -0x8000_0000;
/** A protocol has at least so many groups. */
const LEAST_GROUPS = 32;

/** What a protocol is made with (struct netlink_kernel_cfg). */
export interface NetlinkKernelCfg {
	/** How many groups it has; fewer than 32 are 32. */
	readonly groups?: number;
	/** NL_CFG_F_*. */
	readonly flags?: number;
	/** Takes what is sent to port 0; `skb.portid` is who sent it. Absent: ECONNREFUSED. What it throws is an oops. */
	readonly input?: (skb: SkBuff) => Awaitable<void>;
	/** Asked before a socket joins a group; refuses by throwing. Absent: all may. */
	readonly bind?: (group: number, ctx: Context) => void;
	/** Told when a socket has left a group. */
	readonly unbind?: (group: number) => void;
	/** Told when a socket has gone. */
	readonly release?: (sk: NetlinkSock) => void;
}

/** One protocol number. */
export class NetlinkTable {
	readonly protocol: number;
	/** True while the protocol can be used. */
	registered = false;
	groups = LEAST_GROUPS;
	flags = 0;
	config: NetlinkKernelCfg | undefined;
	/** Who owns it, and stays as long as it has sockets. Undefined for the kernel. */
	module: Module | undefined;
	/** The kernel's end, at port 0. */
	kernelSock: NetlinkSock | undefined;
	readonly #ports = new Map<number, NetlinkSock>();
	/** Sockets that are in any group, those that joined first first. */
	readonly #members = new Set<NetlinkSock>();
	/** How many are in each group. */
	readonly #listeners = new Map<number, number>();
	readonly #random: () => number;

	/** `random` gives a number of 32 bits. */
	constructor(protocol: number, random: () => number) {
		this.protocol = protocol;
		this.#random = random;
	}

	/** Sockets that have a port, the kernel's first. */
	get sockets(): Iterable<NetlinkSock> {
		return this.#ports.values();
	}

	/** Nobody owns the protocol any more. */
	reset(): void {
		this.registered = false;
		this.groups = LEAST_GROUPS;
		this.flags = 0;
		this.config = undefined;
		this.module = undefined;
	}

	find(portid: number): NetlinkSock | undefined {
		return this.#ports.get(portid);
	}

	/** Gives a socket a port (netlink_insert). EADDRINUSE; as in Linux, getsockname tells the port then all the same. */
	insert(sk: NetlinkSock, portid: number): void {
		sk.portid = portid;
		if (this.#ports.has(portid)) throw new Errno('EADDRINUSE');
		sk.bound = true;
		this.#ports.set(portid, sk);
	}

	/** Gives a socket the port of its process, or one that nobody has (netlink_autobind). */
	autobind(sk: NetlinkSock, tgid: number): void {
		let portid = tgid;
		let rover = S32_MIN + (this.#random() % (ROVER_START - S32_MIN));
		while (this.#ports.has(portid >>> 0)) {
			portid = rover;
			rover = rover <= S32_MIN ? ROVER_START - 1 : rover - 1;
		}
		this.insert(sk, portid >>> 0);
	}

	/** Takes a socket out, and its groups from it. */
	remove(sk: NetlinkSock): void {
		if (this.#ports.get(sk.portid) === sk) this.#ports.delete(sk.portid);
		const { config } = this;
		config?.release?.(sk);
		for (const group of [...sk.groups]) {
			this.setGroup(sk, group, false);
			config?.unbind?.(group);
		}
		if (!sk.isKernel) this.module?.put();
	}

	/** netlink_update_socket_mc. */
	setGroup(sk: NetlinkSock, group: number, member: boolean): void {
		if (sk.groups.has(group) === member) return;
		sk.groups.set(group, member);
		this.#listeners.set(group, (this.#listeners.get(group) ?? 0) + (member ? 1 : -1));
		if (sk.groups.count > 0) this.#members.add(sk);
		else this.#members.delete(sk);
	}

	/** Has the first 32 groups be those of a mask, and no others. */
	setLowGroups(sk: NetlinkSock, mask: number): void {
		for (let group = 1; group <= 32; group++) this.setGroup(sk, group, ((mask >>> (group - 1)) & 1) === 1);
	}

	/** True while any socket is in the group (netlink_has_listeners). */
	hasListeners(group: number): boolean {
		return (this.#listeners.get(group) ?? 0) > 0;
	}

	/** Has everybody leave a group that goes (__netlink_clear_multicast_users). */
	clearGroup(group: number): void {
		for (const sk of [...this.#members]) this.setGroup(sk, group, false);
	}

	/**
	 * Sends to one socket (netlink_unicast); the number of bytes. ECONNREFUSED for a port that nobody has, or that talks to
	 * another. While its queue is full the sender sleeps for `timeout` nanoseconds, undefined for ever: EAGAIN, EINTR.
	 */
	unicast(
		from: NetlinkSock,
		skb: SkBuff,
		portid: number,
		timeout: number | undefined,
		signal?: AbortSignal,
	): Awaitable<number> {
		const to = this.#ports.get(portid);
		if (to === undefined) throw new Errno('ECONNREFUSED');
		if (to.connected && to.dstPortid !== from.portid) throw new Errno('ECONNREFUSED');
		if (to.isKernel) return this.#unicastKernel(to, skb, from);
		if (to.hasRoom(skb.truesize)) {
			skb.ctx = undefined;
			to.deliver(skb);
			return skb.length;
		}
		if (timeout === 0 || signal === undefined) {
			if (from.isKernel) to.overrun();
			throw new Errno('EAGAIN');
		}
		const ready = () => to.released || to.hasRoom(skb.truesize);
		const woken =
			timeout === undefined
				? chain(to.room.waitEventInterruptible(ready, signal), () => true)
				: to.room.waitEventInterruptibleTimeout(ready, timeout, signal);
		return chain(woken, inTime => this.unicast(from, skb, portid, inTime ? timeout : 0, signal));
	}

	#unicastKernel(to: NetlinkSock, skb: SkBuff, from: NetlinkSock): Awaitable<number> {
		if (to.netlinkRcv === undefined) throw new Errno('ECONNREFUSED');
		skb.sk = from;
		const { length } = skb;
		return chain(to.netlinkRcv(skb), () => length);
	}

	/**
	 * Sends to every socket of a group but the sender and the one at `exclude` (netlink_broadcast). Gives ESRCH where nobody got
	 * it, ENOBUFS where somebody did not who wants his senders to know (NETLINK_BROADCAST_ERROR).
	 */
	broadcast(from: NetlinkSock | undefined, skb: SkBuff, exclude: number, group: number): BroadcastResult {
		let delivered = false;
		let failed = false;
		const { truesize } = skb;
		skb.dstGroup = group;
		for (const sk of this.#members) {
			if (sk === from || sk.portid === exclude || !sk.groups.has(group)) continue;
			if (sk.hasRoom(truesize)) {
				sk.deliver(skb);
				delivered = true;
				continue;
			}
			sk.overrun();
			failed ||= sk.options.has('BROADCAST_ERROR');
		}
		return failed ? 'ENOBUFS' : delivered ? undefined : 'ESRCH';
	}
}

/** Why a multicast was not delivered; undefined where it was. */
export type BroadcastResult = 'ENOBUFS' | 'ESRCH' | undefined;
