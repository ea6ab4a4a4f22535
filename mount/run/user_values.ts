/**
 * user_values - numbers and addresses of sockets in a caller's memory.
 */

import { Errno } from '../../src/lib/errno.ts';
import type { SupervisedCall } from './supervised_call.ts';

/** Longest address (sizeof(struct sockaddr_storage)). */
const ADDRESS_MAX = 128;

type ArgIndex = 0 | 1 | 2 | 3 | 4 | 5;

/** An address that a program passes. EINVAL for a length that is none, EFAULT. */
export function addressOf(call: SupervisedCall, address: ArgIndex, length: ArgIndex): Uint8Array {
	return readAddress(call, call.args[address], call.int(length));
}

/** The same of a length that is known. */
export function readAddress({ memory }: SupervisedCall, address: bigint, length: number): Uint8Array {
	if (length < 0 || length > ADDRESS_MAX) throw new Errno('EINVAL');
	return memory.read(address, length);
}

/** Writes an address, cut to what there is room for, and its whole length (move_addr_to_user). EINVAL, EFAULT. */
export function writeAddress(call: SupervisedCall, address: ArgIndex, length: ArgIndex, bytes: Uint8Array): number {
	const { memory, args } = call;
	const room = readInt(call, args[length]);
	if (room < 0) throw new Errno('EINVAL');
	memory.write(args[address], bytes.subarray(0, room));
	writeInt(call, args[length], bytes.length);
	return 0;
}

/** An int of the caller's. EFAULT. */
export function readInt({ memory }: SupervisedCall, address: bigint): number {
	const bytes = memory.read(address, 4);
	return new DataView(bytes.buffer, bytes.byteOffset).getInt32(0, true);
}

/** Writes an int to the caller's memory. EFAULT. */
export function writeInt({ memory }: SupervisedCall, address: bigint, value: number): void {
	memory.write(address, intBytes(value));
}

/** An int as it lies in memory. */
export function intBytes(value: number): Uint8Array {
	const bytes = new Uint8Array(4);
	new DataView(bytes.buffer).setInt32(0, value, true);
	return bytes;
}
