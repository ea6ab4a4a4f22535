/**
 * user_memory - the caller's address space, as a driver sees it.
 *
 * What copy_from_user and copy_to_user reach. A program's memory is read and written with process_vm_readv and
 * process_vm_writev while the program is blocked in its system call; a caller in this process hands over buffers.
 */

/** Reads and writes the memory of the task that made the call; valid until the call returns. */
export interface UserMemory {
	/** Copies `count` bytes from `address`. Throws EFAULT when any of them cannot be read. */
	read(address: bigint, count: number): Uint8Array;

	/** Copies `bytes` to `address`. Throws EFAULT when any of them cannot be written; earlier pages may have been. */
	write(address: bigint, bytes: Uint8Array): void;
}
