/**
 * skbuff - buffers that travel between sockets (net/core/skbuff.c, as far as netlink needs it).
 *
 * One is made with room for a message, filled, and handed to a socket; from then on it is not written to. A multicast hands the
 * same buffer to every socket of the group. What a buffer costs its reader's queue is its true size, as Linux counts it.
 */

import type { Context } from '../../../src/boundary/vfs.ts';
import { MessageBuffer } from '../../../src/netlink/message_buffer.ts';
import { CAP_NET_ADMIN } from '../../../src/uapi/capability.ts';
import { NLMSG_HDRLEN } from '../../../src/uapi/netlink.ts';
import type { Ucred } from '../../../src/uapi/socket.ts';
import type { NetlinkSock } from '../netlink/netlink_sock.ts';

/** struct sk_buff, aligned; and with struct skb_shared_info, what every buffer has beside its bytes. */
const SKB_SIZE = 256;
const SKB_OVERHEAD = 576;
/** Bytes that fit beside the shared info into each size that memory comes in. */
const CLASSES: readonly (readonly [room: number, truesize: number])[] = [
	[256, 832],
	[704, 1024 + SKB_SIZE],
	[1728, 2048 + SKB_SIZE],
	[3776, 4096 + SKB_SIZE],
];

/** What `length` bytes cost a queue (SKB_TRUESIZE of what kmalloc gives). */
export function skbTruesize(length: number): number {
	for (const [room, truesize] of CLASSES) if (length <= room) return truesize;
	return ((length + 63) & ~63) + SKB_OVERHEAD;
}

/** Payload of a message in a buffer of one page (NLMSG_DEFAULT_SIZE). */
export const NLMSG_DEFAULT_SIZE = 3776 - NLMSG_HDRLEN;
/** A buffer of one page (NLMSG_GOODSIZE). */
export const NLMSG_GOODSIZE = 3776;

const KERNEL: Ucred = { pid: 0, uid: 0, gid: 0 };

/** A buffer (struct sk_buff with struct netlink_skb_parms). */
export class SkBuff extends MessageBuffer {
	/** Port of the socket that sent it; 0 is the kernel. */
	portid = 0;
	/** Group that it was sent to; 0 for none. */
	dstGroup = 0;
	/** The bytes of the address that it came from, once somebody wanted them. */
	address: Uint8Array | undefined = undefined;
	/** Who sent it. */
	creds: Ucred = KERNEL;
	/** The socket that sent it; undefined for the kernel. */
	sk: NetlinkSock | undefined = undefined;
	/** The call that sends it, for as long as it lasts. */
	ctx: Context | undefined = undefined;
	/** True where the sender named its destination in the call (NETLINK_SKB_DST). */
	namedDst = false;

	/** A buffer of what somebody has sent. */
	static of(bytes: Uint8Array): SkBuff {
		const skb = new SkBuff(bytes.length, bytes);
		skb.length = bytes.length;
		return skb;
	}

	/** Bytes that were set aside for it, where it is not cut to what was written: part of a dump. */
	allocated = 0;

	/** What it costs a queue. */
	get truesize(): number {
		return skbTruesize(Math.max(this.length, this.allocated));
	}

	/**
	 * True if the task that sent it has a capability, and whoever opened the socket had it as well, so that a privileged program
	 * cannot be tricked into writing to a socket that it was handed (netlink_capable).
	 */
	capable(cap: number = CAP_NET_ADMIN): boolean {
		const { sk, ctx, namedDst } = this;
		if (sk === undefined || ctx === undefined) return false;
		return (namedDst || sk.openerCapable(cap)) && ctx.capable(cap);
	}
}

/** Makes a buffer for a message with `payload` bytes behind its header (nlmsg_new). */
export function nlmsgNew(payload: number = NLMSG_DEFAULT_SIZE): SkBuff {
	const size = (NLMSG_HDRLEN + payload + 3) & ~3;
	return new SkBuff(size, new Uint8Array(Math.min(size, 512)));
}
