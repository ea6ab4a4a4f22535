/**
 * user_memory - the memory of a program that waits for our answer.
 *
 * What copy_from_user and copy_to_user are here: process_vm_readv(2) and process_vm_writev(2) on the blocked caller. Not
 * /proc/<pid>/mem, which writes through read-only pages.
 */

import type { UserMemory } from '../src/boundary/user_memory.ts';
import { Errno } from '../src/lib/errno.ts';
import { struct, u64 } from '../src/lib/struct.ts';
import { decodeName } from '../src/lib/text.ts';
import type { Libc } from './libc.ts';

/** include/uapi/linux/uio.h */
export const iovec = struct('iovec', 16, { iov_base: u64, iov_len: u64 });

/**
 * The memory of thread `pid`. Throws EFAULT for what is not mapped, and EPERM where the host does not let us look (another
 * user's program, or one that is not dumpable).
 */
export function processMemory(libc: Libc, pid: number): UserMemory {
	const transfer = (call: 'process_vm_readv' | 'process_vm_writev', address: bigint, bytes: Uint8Array) => {
		if (bytes.length === 0) return;
		const local = iovecOf(libc.address(bytes), bytes.length);
		const count = libc[call](pid, local, 1, iovecOf(address, bytes.length), 1, 0);
		if (count < 0) throw Errno.of(libc.errno(), call);
		if (count < bytes.length) throw new Errno('EFAULT', `${count} of ${bytes.length} bytes at ${address}`);
	};
	return {
		read(address, count) {
			const bytes = new Uint8Array(count);
			transfer('process_vm_readv', address, bytes);
			return bytes;
		},
		write: (address, bytes) => transfer('process_vm_writev', address, bytes),
	};
}

/** A struct iovec of one buffer. */
export function iovecOf(base: bigint, length: number): Uint8Array {
	const bytes = new Uint8Array(iovec.size);
	iovec.encode(new DataView(bytes.buffer), 0, { iov_base: base, iov_len: BigInt(length) });
	return bytes;
}

const PAGE_SIZE = 4096n;

/**
 * A string of the caller's, without its NUL. Throws EFAULT, and ENAMETOOLONG where `max` bytes do not hold it with its NUL. What
 * lies in a page behind the end is not read.
 */
export function readUserString(memory: UserMemory, address: bigint, max: number): string {
	const parts: Uint8Array[] = [];
	for (let length = 0; length < max; ) {
		const at = address + BigInt(length);
		const count = Math.min(max - length, Number(PAGE_SIZE - (at % PAGE_SIZE)));
		const part = memory.read(at, count);
		const end = part.indexOf(0);
		parts.push(end < 0 ? part : part.subarray(0, end));
		length += count;
		if (end >= 0) return decodeName(Buffer.concat(parts));
	}
	throw new Errno('ENAMETOOLONG');
}
