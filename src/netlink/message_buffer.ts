/**
 * message_buffer - where messages are written, one behind the other.
 *
 *     const nlh = buffer.nlmsgPut(portid, seq, RTM_NEWROUTE, rtmsg.size, NLM_F_MULTI);
 *     rtmsg.encode(buffer.view, nlh + NLMSG_HDRLEN, { rtm_family: AF_INET });
 *     buffer.nlaPutU32(RTA_OIF, 2);
 *     buffer.nlmsgEnd(nlh);
 *
 * Follows nlmsg_put, nla_put and their kin of include/net/netlink.h: lengths are patched when a message or a nest ends, and what
 * does not fit is EMSGSIZE, whereupon the writer goes back to where it began (`trim`). Offsets are those of the buffer.
 */

import { Errno } from '../lib/errno.ts';
import { encodeName } from '../lib/text.ts';
import { NLA_F_NESTED, NLA_HDRLEN, NLMSG_HDRLEN } from '../uapi/netlink.ts';

/** The most that an attribute's length can say. */
const MAX_NLA_LEN = 0xffff;

/** The next multiple of four (NLMSG_ALIGN, NLA_ALIGN). */
export function align4(length: number): number {
	return (length + 3) & ~3;
}

/** Bytes that grow up to a limit. What was never written is zero. */
export class MessageBuffer {
	/** The bytes; those from `length` on are not written yet. Replaced when they grow. */
	bytes: Uint8Array;
	view: DataView;
	/** How many bytes were written. */
	length = 0;
	/** How many there may be. */
	readonly limit: number;

	/** `limit` absent: as many as are written. `bytes`, all zero, are what it begins with; absent: some. */
	constructor(limit: number = Number.MAX_SAFE_INTEGER, bytes: Uint8Array = new Uint8Array(Math.min(limit, 256))) {
		this.limit = limit;
		this.bytes = bytes;
		this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
	}

	/** Bytes that can still be written. */
	get tailroom(): number {
		return this.limit - this.length;
	}

	/** Makes room for `count` bytes and returns where they begin. EMSGSIZE where they do not fit; then nothing has changed. */
	reserve(count: number): number {
		const at = this.length;
		const end = at + count;
		if (end > this.limit) throw new Errno('EMSGSIZE');
		if (end > this.bytes.length) this.#grow(end);
		this.length = end;
		return at;
	}

	/** Takes back everything from `at` on (nlmsg_trim, nlmsg_cancel, nla_nest_cancel). */
	trim(at: number): void {
		this.bytes.fill(0, at, this.length);
		this.length = at;
	}

	/** Begins a message with `payload` bytes behind its header, as zeros, and returns where it begins. EMSGSIZE. */
	nlmsgPut(portid: number, seq: number, type: number, payload: number, flags: number): number {
		const length = NLMSG_HDRLEN + payload;
		const at = this.reserve(align4(length));
		const { view } = this;
		view.setUint32(at, length, true);
		view.setUint16(at + 4, type, true);
		view.setUint16(at + 6, flags, true);
		view.setUint32(at + 8, seq, true);
		view.setUint32(at + 12, portid, true);
		return at;
	}

	/** Ends a message: it reaches to where the buffer ends. */
	nlmsgEnd(at: number): void {
		this.view.setUint32(at, this.length - at, true);
	}

	/** Makes an attribute of `length` bytes, zeros at first, and returns where its payload begins. EMSGSIZE. */
	nlaReserve(type: number, length: number): number {
		const size = NLA_HDRLEN + length;
		if (size > MAX_NLA_LEN) throw new Errno('EMSGSIZE');
		const at = this.reserve(align4(size));
		this.view.setUint16(at, size, true);
		this.view.setUint16(at + 2, type, true);
		return at + NLA_HDRLEN;
	}

	nlaPut(type: number, payload: Uint8Array): void {
		const at = this.nlaReserve(type, payload.length);
		this.bytes.set(payload, at);
	}

	nlaPutU8(type: number, value: number): void {
		const at = this.nlaReserve(type, 1);
		this.view.setUint8(at, value);
	}

	nlaPutU16(type: number, value: number): void {
		const at = this.nlaReserve(type, 2);
		this.view.setUint16(at, value, true);
	}

	nlaPutU32(type: number, value: number): void {
		const at = this.nlaReserve(type, 4);
		this.view.setUint32(at, value, true);
	}

	nlaPutU64(type: number, value: bigint): void {
		const at = this.nlaReserve(type, 8);
		this.view.setBigUint64(at, value, true);
	}

	/** 32 bits in network order, as IPv4 addresses are. */
	nlaPutBe32(type: number, value: number): void {
		const at = this.nlaReserve(type, 4);
		this.view.setUint32(at, value, false);
	}

	/** A string and its NUL. */
	nlaPutString(type: number, text: string): void {
		const name = encodeName(text);
		const at = this.nlaReserve(type, name.length + 1);
		this.bytes.set(name, at);
	}

	nlaPutFlag(type: number): void {
		this.nlaReserve(type, 0);
	}

	/** Begins an attribute that holds attributes, and returns where it begins. EMSGSIZE. */
	nlaNestStart(type: number): number {
		return this.nlaNestStartNoflag(type | NLA_F_NESTED);
	}

	/** As `nlaNestStart`, without the bit that says so, as old families do. */
	nlaNestStartNoflag(type: number): number {
		return this.nlaReserve(type, 0) - NLA_HDRLEN;
	}

	/** Ends a nest: it reaches to where the buffer ends. EMSGSIZE where its length cannot say so. */
	nlaNestEnd(at: number): void {
		const size = this.length - at;
		if (size > MAX_NLA_LEN) throw new Errno('EMSGSIZE');
		this.view.setUint16(at, size, true);
	}

	/** Bytes without a header. */
	put(payload: Uint8Array): void {
		const at = this.reserve(payload.length);
		this.bytes.set(payload, at);
	}

	/** What was written, not copied. */
	finish(): Uint8Array {
		return this.bytes.length === this.length ? this.bytes : this.bytes.subarray(0, this.length);
	}

	#grow(end: number): void {
		const grown = new Uint8Array(Math.min(Math.max(end, this.bytes.length * 2), this.limit));
		grown.set(this.bytes.subarray(0, this.length));
		this.bytes = grown;
		this.view = new DataView(grown.buffer);
	}
}
