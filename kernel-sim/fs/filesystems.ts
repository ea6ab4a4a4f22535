/**
 * filesystems - the file system types that can be mounted (fs/filesystems.c).
 *
 * Kept in the order of registration, which is the order of /proc/filesystems.
 */

import { Errno } from '../../src/lib/errno.ts';
import type { SuperBlock } from './super.ts';

/** How to mount one kind of file system (struct file_system_type). */
export interface FileSystemType {
	readonly name: string;
	/** True for a file system that lives on a block device; `nodev` in /proc/filesystems says that it does not. */
	readonly requiresDev?: boolean;
	/**
	 * Makes an instance, or gives out the one there is. `source` is what mount(2) calls the device, `data` its options.
	 * Refuses by EINVAL what it does not understand.
	 */
	mount(source: string, data: string): SuperBlock;
}

/** The registered types of one kernel. */
export class FileSystems implements Iterable<FileSystemType> {
	readonly #types = new Map<string, FileSystemType>();

	/** Makes a type known and returns how to undo it. EBUSY where the name is taken. */
	register(type: FileSystemType): () => void {
		if (this.#types.has(type.name)) throw new Errno('EBUSY', `file system ${type.name} is registered`);
		this.#types.set(type.name, type);
		return () => this.unregister(type);
	}

	/** EINVAL where it is not registered. What is mounted of it stays. */
	unregister(type: FileSystemType): void {
		if (this.#types.get(type.name) !== type) throw new Errno('EINVAL', `file system ${type.name} is not registered`);
		this.#types.delete(type.name);
	}

	/** Undefined where nobody registered the name; mount(2) then says ENODEV. */
	get(name: string): FileSystemType | undefined {
		return this.#types.get(name);
	}

	[Symbol.iterator](): IterableIterator<FileSystemType> {
		return this.#types.values();
	}
}
