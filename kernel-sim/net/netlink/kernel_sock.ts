/**
 * kernel_sock - the kernel's end of a protocol, as who owns the protocol uses it (netlink_kernel_create and what goes with it).
 *
 *     const skb = nlmsgNew(256);
 *     const nlh = skb.nlmsgPut(0, seq, NLMSG_DONE, 0, 0);
 *     skb.put(text);
 *     skb.nlmsgEnd(nlh);
 *     nl.nlmsgUnicast(skb, portid);
 *
 * A buffer belongs to the socket once it was handed over, whether it arrived or not; there is nothing to free.
 */

import { isErrno } from '../../../src/lib/errno.ts';
import { NLMSG_HDRLEN } from '../../../src/uapi/netlink.ts';
import { nlmsgNew, type SkBuff } from '../core/skbuff.ts';
import type { NetlinkSock } from './netlink_sock.ts';
import type { BroadcastResult, NetlinkTable } from './table.ts';

/** A socket at port 0 of a protocol. */
export class NetlinkKernelSock {
	readonly #table: NetlinkTable;
	readonly #sock: NetlinkSock;
	readonly #release: () => void;

	constructor(table: NetlinkTable, sock: NetlinkSock, release: () => void) {
		this.#table = table;
		this.#sock = sock;
		this.#release = release;
	}

	get protocol(): number {
		return this.#table.protocol;
	}

	/** True while any program is in the group: without, a message need not be made (netlink_has_listeners). */
	hasListeners(group: number): boolean {
		return this.#table.hasListeners(group);
	}

	/** Sends to one program. ECONNREFUSED for a port that nobody has; EAGAIN where its queue is full, and it is told so. */
	nlmsgUnicast(skb: SkBuff, portid: number): void {
		this.#table.unicast(this.#sock, skb, portid, 0);
	}

	/**
	 * Sends to every program in a group but the one at port `exclude`, 0 for none. Gives ESRCH where there is none, ENOBUFS where
	 * one did not get it who wants that known; it has been told in any case.
	 */
	nlmsgMulticast(skb: SkBuff, exclude: number, group: number): BroadcastResult {
		return this.#table.broadcast(this.#sock, skb, exclude, group);
	}

	/**
	 * Tells a group of a change, and with `report` who asked for it, at `portid`, before all others and once (nlmsg_notify).
	 * Throws what `nlmsgUnicast` throws, after all others were told.
	 */
	nlmsgNotify(skb: SkBuff, portid: number, group: number, report: boolean): void {
		if (group > 0) this.nlmsgMulticast(skb, report ? portid : 0, group);
		if (report) this.nlmsgUnicast(skb, portid);
	}

	/** Makes a message of a type and a payload and sends it; throws what `nlmsgUnicast` throws. */
	unicast(portid: number, type: number, payload: Uint8Array, seq = 0, flags = 0): void {
		this.nlmsgUnicast(this.#message(type, payload, seq, flags), portid);
	}

	/** The same to a group; gives what `nlmsgMulticast` gives. */
	multicast(group: number, type: number, payload: Uint8Array, seq = 0, flags = 0): BroadcastResult {
		return this.nlmsgMulticast(this.#message(type, payload, seq, flags), 0, group);
	}

	/** As `nlmsgUnicast`, for answers: that nobody is there to take it, nobody needs to know. */
	reply(skb: SkBuff, portid: number): void {
		try {
			this.nlmsgUnicast(skb, portid);
		} catch (error) {
			if (!isErrno(error)) throw error;
		}
	}

	/** Changes how many groups there are, never to fewer (netlink_change_ngroups). */
	changeNgroups(groups: number): void {
		this.#table.groups = Math.max(this.#table.groups, groups);
	}

	/** Has everybody leave a group. */
	clearMulticastUsers(group: number): void {
		this.#table.clearGroup(group);
	}

	/** Gives the protocol number back (netlink_kernel_release). Safe to call again. */
	release(): void {
		this.#release();
	}

	#message(type: number, payload: Uint8Array, seq: number, flags: number): SkBuff {
		const skb = nlmsgNew(payload.length);
		const at = skb.nlmsgPut(0, seq, type, payload.length, flags);
		skb.bytes.set(payload, at + NLMSG_HDRLEN);
		return skb;
	}
}
