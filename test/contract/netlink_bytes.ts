/**
 * netlink_bytes - netlink's bytes by hand, so that contracts do not trust the code that they test.
 */

import type { Sys } from '../runner/sys.ts';

export const AF_NETLINK = 16;
export const SOCK_RAW = 3;
export const SOCK_DGRAM = 2;
export const USERSOCK = 2;
export const GENERIC = 16;
export const SOL_SOCKET = 1;
export const SOL_NETLINK = 270;
export const MSG_PEEK = 2;
export const MSG_TRUNC = 0x20;
export const MSG_DONTWAIT = 0x40;
export const REQUEST = 1;
export const MULTI = 2;
export const ACK = 4;
export const DUMP = 0x300;
export const CAPPED = 0x100;
export const ACK_TLVS = 0x200;
export const ERROR = 2;
export const DONE = 3;
/** Options of SOL_NETLINK. */
export const ADD_MEMBERSHIP = 1;
export const CAP_ACK = 10;
export const EXT_ACK = 11;
/** The controller of generic netlink. */
export const NLCTRL = 16;

/** A struct sockaddr_nl. */
export function address(pid: number, groups = 0): Uint8Array {
	const bytes = Buffer.alloc(12);
	bytes.writeUInt16LE(AF_NETLINK, 0);
	bytes.writeUInt32LE(pid, 4);
	bytes.writeUInt32LE(groups, 8);
	return new Uint8Array(bytes);
}

/** Port and groups of one. */
export function parsed(name: Uint8Array): { family: number; pid: number; groups: number } {
	const bytes = Buffer.from(name);
	return { family: bytes.readUInt16LE(0), pid: bytes.readUInt32LE(4), groups: bytes.readUInt32LE(8) };
}

export function u32(value: number): Uint8Array {
	const bytes = Buffer.alloc(4);
	bytes.writeInt32LE(value | 0);
	return new Uint8Array(bytes);
}

/** An attribute, padded. */
export function attr(type: number, payload: Uint8Array | string): Uint8Array {
	const body = typeof payload === 'string' ? Buffer.from(payload) : payload;
	const bytes = Buffer.alloc((body.length + 7) & ~3);
	bytes.writeUInt16LE(body.length + 4, 0);
	bytes.writeUInt16LE(type, 2);
	bytes.set(body, 4);
	return new Uint8Array(bytes);
}

/** A message, not padded. */
export function message(
	type: number,
	flags: number,
	seq: number,
	payload: Uint8Array = new Uint8Array(0),
	pid = 0,
): Uint8Array {
	const bytes = Buffer.alloc(16 + payload.length);
	bytes.writeUInt32LE(bytes.length, 0);
	bytes.writeUInt16LE(type, 4);
	bytes.writeUInt16LE(flags, 6);
	bytes.writeUInt32LE(seq, 8);
	bytes.writeUInt32LE(pid, 12);
	bytes.set(payload, 16);
	return new Uint8Array(bytes);
}

export function concat(...parts: readonly Uint8Array[]): Uint8Array {
	return new Uint8Array(Buffer.concat(parts));
}

/** Payload of generic netlink: command, version, and attributes. */
export function genl(cmd: number, ...attrs: readonly Uint8Array[]): Uint8Array {
	return concat(new Uint8Array([cmd, 1, 0, 0]), ...attrs);
}

/** A message that was received. */
export interface Answer {
	readonly type: number;
	readonly flags: number;
	readonly seq: number;
	readonly pid: number;
	readonly length: number;
	/** Of NLMSG_ERROR and NLMSG_DONE. */
	readonly error: number | undefined;
	readonly payload: Uint8Array;
}

/** The messages of a datagram. */
export function answers(datagram: Uint8Array): Answer[] {
	const bytes = Buffer.from(datagram);
	const found: Answer[] = [];
	for (let at = 0; at + 16 <= bytes.length; ) {
		const length = bytes.readUInt32LE(at);
		const type = bytes.readUInt16LE(at + 4);
		found.push({
			type,
			flags: bytes.readUInt16LE(at + 6),
			seq: bytes.readUInt32LE(at + 8),
			pid: bytes.readUInt32LE(at + 12),
			length,
			error: type === ERROR || type === DONE ? bytes.readInt32LE(at + 16) : undefined,
			payload: new Uint8Array(bytes.subarray(at + 16, at + length)),
		});
		at += (length + 3) & ~3;
	}
	return found;
}

/** Attributes by type; of several the last. */
export function attrs(payload: Uint8Array, offset: number): Map<number, Uint8Array> {
	const bytes = Buffer.from(payload);
	const found = new Map<number, Uint8Array>();
	for (let at = offset; at + 4 <= bytes.length; ) {
		const length = bytes.readUInt16LE(at);
		found.set(bytes.readUInt16LE(at + 2) & 0x3fff, new Uint8Array(bytes.subarray(at + 4, at + length)));
		at += (length + 3) & ~3;
	}
	return found;
}

/** Receives until nothing is left: the messages of all datagrams. */
export async function receiveAll(sys: Sys, fd: number, count = 65536): Promise<Answer[]> {
	const found: Answer[] = [];
	for (;;) {
		const datagram = await receiveOne(sys, fd, count);
		if (datagram === undefined) return found;
		found.push(...answers(datagram));
	}
}

/** The next datagram; undefined where there is none. */
export async function receiveOne(sys: Sys, fd: number, count = 65536): Promise<Uint8Array | undefined> {
	try {
		return (await sys.recvmsg(fd, count, MSG_DONTWAIT)).bytes;
	} catch (error) {
		if ((error as { code: string }).code === 'EAGAIN') return undefined;
		throw error;
	}
}

/** A socket that has a port, and the port. */
export async function bound(sys: Sys, protocol: number, groups = 0): Promise<{ fd: number; port: number }> {
	const fd = await sys.socket(AF_NETLINK, SOCK_RAW, protocol);
	await sys.bind(fd, address(0, groups));
	return { fd, port: parsed(await sys.getsockname(fd)).pid };
}

/** What a request is answered, on a socket of its own with the options. */
export async function ask(
	sys: Sys,
	protocol: number,
	datagram: Uint8Array,
	...options: readonly number[]
): Promise<Answer[]> {
	const { fd } = await bound(sys, protocol);
	for (const option of options) await sys.setsockopt(fd, SOL_NETLINK, option, u32(1));
	await sys.sendmsg(fd, datagram);
	const found = await receiveAll(sys, fd);
	await sys.close(fd);
	return found;
}
