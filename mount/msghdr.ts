/**
 * msghdr - what sendmsg(2) and recvmsg(2) are given, as it lies in memory (include/linux/socket.h).
 */

import type { UserMemory } from '../src/boundary/user_memory.ts';
import { Errno } from '../src/lib/errno.ts';
import { type Infer, s32, struct, u32, u64 } from '../src/lib/struct.ts';
import { iovec } from './user_memory.ts';

/** struct user_msghdr */
export const msghdr = struct('msghdr', 56, {
	name: u64,
	namelen: s32,
	iov: u64,
	iovlen: u64,
	control: u64,
	controllen: u64,
	flags: u32,
});
export type Msghdr = Infer<typeof msghdr>;

/** struct mmsghdr: a message of sendmmsg(2), and how much of it was sent. */
export const mmsghdr = struct('mmsghdr', 64, { hdr: msghdr, len: u32 });

/** struct cmsghdr; its data follows. */
export const cmsghdr = struct('cmsghdr', 16, { len: u64, level: s32, type: s32 });

/** A part of somebody's memory. */
export interface Segment {
	readonly address: bigint;
	readonly length: number;
}

/** Most segments of one message (UIO_MAXIOV). */
const UIO_MAXIOV = 1024;
/** Bound: the longest message that is carried, in bytes. Netlink's limits are far below. */
const MESSAGE_MAX = 16 * 1024 * 1024;

/** A message header in somebody's memory. EFAULT. */
export function readMsghdr(memory: UserMemory, address: bigint): Msghdr {
	return msghdr.decode(viewOf(memory.read(address, msghdr.size)), 0);
}

/** Where its data goes, or comes from. EMSGSIZE for too many parts, EFAULT, EINVAL for lengths that are none. */
export function readSegments(memory: UserMemory, { iov, iovlen }: Msghdr): Segment[] {
	if (iovlen > UIO_MAXIOV) throw new Errno('EMSGSIZE');
	const view = viewOf(memory.read(iov, Number(iovlen) * iovec.size));
	return Array.from({ length: Number(iovlen) }, (_, i) => {
		const { iov_base, iov_len } = iovec.decode(view, i * iovec.size);
		if (iov_len >= 1n << 63n) throw new Errno('EINVAL');
		return { address: iov_base, length: Number(iov_len) };
	});
}

/** The data of a message in one piece. EMSGSIZE, EFAULT. */
export function gather(memory: UserMemory, segments: readonly Segment[]): Uint8Array {
	const total = segments.reduce((sum, { length }) => sum + length, 0);
	if (total > MESSAGE_MAX) throw new Errno('EMSGSIZE');
	if (segments.length === 1) return memory.read(segments[0]!.address, total);
	const bytes = new Uint8Array(total);
	let at = 0;
	for (const { address, length } of segments) {
		bytes.set(memory.read(address, length), at);
		at += length;
	}
	return bytes;
}

/** Writes as much as there is room for, and answers how much that is. EFAULT. */
export function scatter(memory: UserMemory, segments: readonly Segment[], bytes: Uint8Array): number {
	let at = 0;
	for (const { address, length } of segments) {
		memory.write(address, bytes.subarray(at, at + length));
		at = Math.min(at + length, bytes.length);
	}
	return at;
}

function viewOf(bytes: Uint8Array): DataView {
	return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}
