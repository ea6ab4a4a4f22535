/**
 * user_memory - the address space of a task that lives in this process.
 *
 * A caller who hands a buffer to a system call has it mapped for as long as the call runs; a struct that points to another one
 * needs that mapped as well. Everything else is not there: EFAULT.
 */

import type { UserMemory } from '../../src/boundary/user_memory.ts';
import { Errno } from '../../src/lib/errno.ts';

/** Where the first buffer is mapped, as an executable is at first. */
const FIRST_ADDRESS = 0x40_0000n;
const PAGE_SIZE = 4096n;

/** Buffers, at addresses. */
export class TaskMemory implements UserMemory {
	readonly #mapped = new Map<bigint, Uint8Array>();
	#next = FIRST_ADDRESS;

	/** Maps a buffer: what is read and written at the address that is returned is the buffer itself. */
	map(bytes: Uint8Array): bigint {
		const address = this.#next;
		const pages = BigInt(bytes.length) / PAGE_SIZE + 2n;
		this.#next += pages * PAGE_SIZE;
		this.#mapped.set(address, bytes);
		return address;
	}

	/** Takes a buffer away; its address is not used again. */
	unmap(address: bigint): void {
		this.#mapped.delete(address);
	}

	read(address: bigint, count: number): Uint8Array {
		return this.#find(address, count).slice();
	}

	write(address: bigint, bytes: Uint8Array): void {
		this.#find(address, bytes.length).set(bytes);
	}

	#find(address: bigint, count: number): Uint8Array {
		for (const [start, bytes] of this.#mapped) {
			const offset = Number(address - start);
			if (offset >= 0 && offset + count <= bytes.length) return bytes.subarray(offset, offset + count);
		}
		throw new Errno('EFAULT');
	}
}
