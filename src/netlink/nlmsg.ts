/**
 * nlmsg - finding the messages in a datagram.
 *
 *     | nlmsghdr | payload | zeros | nlmsghdr | payload | zeros | ...
 *
 * Messages begin at multiples of four. One whose length is less than its header or more than what is left ends the datagram, as
 * far as anybody reads it.
 */

import { Errno } from '../lib/errno.ts';
import { NLA_HDRLEN, NLMSG_HDRLEN } from '../uapi/netlink.ts';
import type { NetlinkExtAck } from './ext_ack.ts';
import { align4 } from './message_buffer.ts';
import type { AttrTable, Policy } from './nla_type.ts';
import { nlaParse } from './validate.ts';

/** The view of a stretch of bytes. */
export function viewOf(bytes: Uint8Array): DataView {
	return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** A message in a datagram, as a reader gets it. It shares the datagram's bytes. */
export class NlMessage {
	readonly view: DataView;
	/** Where its header begins. */
	readonly at: number;
	/** Where it ends. */
	readonly end: number;

	constructor(view: DataView, at: number, end: number) {
		this.view = view;
		this.at = at;
		this.end = end;
	}

	get type(): number {
		return this.view.getUint16(this.at + 4, true);
	}

	get flags(): number {
		return this.view.getUint16(this.at + 6, true);
	}

	get seq(): number {
		return this.view.getUint32(this.at + 8, true);
	}

	get pid(): number {
		return this.view.getUint32(this.at + 12, true);
	}

	/** Where what is behind the header begins. */
	get body(): number {
		return this.at + NLMSG_HDRLEN;
	}

	/** What is behind the header, not copied. */
	get payload(): Uint8Array {
		const { view, at, end } = this;
		return new Uint8Array(view.buffer, view.byteOffset + at + NLMSG_HDRLEN, end - at - NLMSG_HDRLEN);
	}
}

/** Where the message at `at` ends; undefined where none begins there (nlmsg_ok). */
export function nlmsgEndOf(view: DataView, at: number, end: number = view.byteLength): number | undefined {
	if (end - at < NLMSG_HDRLEN) return undefined;
	const length = view.getUint32(at, true);
	return length < NLMSG_HDRLEN || length > end - at ? undefined : at + length;
}

/** The messages of a datagram. */
export function* nlmsgs(bytes: Uint8Array): Generator<NlMessage> {
	const view = viewOf(bytes);
	for (let at = 0; ; ) {
		const end = nlmsgEndOf(view, at);
		if (end === undefined) return;
		yield new NlMessage(view, at, end);
		at = align4(end);
	}
}

/**
 * Parses the attributes of a message behind a header of `hdrlen` bytes (__nlmsg_parse). EINVAL for a message that is shorter
 * than that, and what `nlaParse` throws.
 */
export function nlmsgParse(
	view: DataView,
	at: number,
	hdrlen: number,
	policy: Policy,
	validate: number,
	extack: NetlinkExtAck | undefined,
	tb: AttrTable | undefined,
): void {
	const length = view.getUint32(at, true);
	if (length < NLMSG_HDRLEN + hdrlen) {
		extack?.setErrMsg('Invalid header length');
		throw new Errno('EINVAL');
	}
	nlaParse(view, at + NLMSG_HDRLEN + align4(hdrlen), at + length, policy, validate, extack, tb);
}

/** The offset of the first attribute of a type between `start` and `end`; -1 where there is none (nla_find). */
export function nlaFind(view: DataView, start: number, end: number, type: number): number {
	let at = start;
	while (end - at >= NLA_HDRLEN) {
		const length = view.getUint16(at, true);
		if (length < NLA_HDRLEN || length > end - at) return -1;
		if ((view.getUint16(at + 2, true) & 0x3fff) === type) return at;
		at += align4(length);
	}
	return -1;
}
