/**
 * shmem - tmpfs, the file system that lives in memory (mm/shmem.c).
 *
 *     super.ts        one mount and what it may hold      options.ts      what mount(2) tells it
 *     inode.ts        the inodes                          pages.ts        contents of a file, sparse
 *     dir_entries.ts  names in a directory, their order   dir.ts          operations of a directory
 *     namei.ts        making and removing names           rename.ts       moving them
 *     file.ts         reading, writing, seeking           operations.ts   operations of all other inodes
 *     attr.ts         attributes and times                xattr.ts        extended attributes
 *     init.ts         files that the kernel itself makes
 *
 * Nothing here sleeps. What a system call changes is announced by the VFS; what the kernel changes by itself, by init.ts.
 *
 * Divergence: there is no O_TMPFILE, no fallocate(2), no swap, no quota and no chattr(1).
 */

import { S_IFDIR } from '../../../src/uapi/stat.ts';
import type { FileSystemType } from '../filesystems.ts';
import type { AnonymousDevices, SuperBlock } from '../super.ts';
import { shmemDirInodeOperations, shmemDirOperations } from './dir.ts';
import { Directory } from './inode.ts';
import { parseOptions } from './options.ts';
import { type TmpfsKernel, TmpfsSuperBlock } from './super.ts';

/** Mounts of tmpfs: each one is empty and its own. */
export class Tmpfs implements FileSystemType {
	readonly name: string;
	readonly #kernel: TmpfsKernel;
	readonly #devices: AnonymousDevices;

	/** `name` is what the type is called, where another one is made of it. */
	constructor(kernel: TmpfsKernel, devices: AnonymousDevices, name = 'tmpfs') {
		this.name = name;
		this.#kernel = kernel;
		this.#devices = devices;
	}

	/** An empty tree. EINVAL for options that it does not understand (shmem_fill_super). */
	mount(_source: string, data: string): TmpfsSuperBlock {
		const options = parseOptions(data, this.#kernel.totalramPages);
		const dev = this.#devices.allocate();
		const sb = new TmpfsSuperBlock(this.#kernel, options, dev, () => this.#devices.free(dev), this.name);
		sb.reserveInode();
		sb.root = new Directory({
			sb,
			ino: sb.nextIno(),
			mode: S_IFDIR | options.mode,
			uid: options.uid,
			gid: options.gid,
			time: this.#kernel.time.now(),
			op: shmemDirInodeOperations,
			fop: shmemDirOperations,
		});
		return sb;
	}
}

/** Pages that the files of all mounts take together (Shmem of /proc/meminfo). */
export function shmemPages(mounts: Iterable<{ readonly sb: SuperBlock }>): number {
	const superBlocks = new Set([...mounts].map(({ sb }) => sb));
	return [...superBlocks].reduce((sum, sb) => sum + (sb instanceof TmpfsSuperBlock ? sb.usedBlocks : 0), 0);
}
