/**
 * super - one mounted tmpfs and what it may hold (struct shmem_sb_info and its accounting in mm/shmem.c).
 *
 * Pages count against `size=`, inodes, further names of one inode and extended attributes against `nr_inodes=`. An inode counts
 * for as long as it has a name or is open:
 *
 *     made -> (named) -> last name gone -> (open) -> last release: what it took is given back
 *
 * Its pages stay with it all the same: who reached it by O_PATH, and opens it after that, still finds its contents and makes
 * it count again until the release.
 *
 * Divergence: in Linux it counts as long as anything holds its dentry: a file of O_PATH, a working directory, or for a
 * directory an open file that was found in it.
 */

import type { FileOperations, Kstatfs } from '../../../src/boundary/vfs.ts';
import { Errno } from '../../../src/lib/errno.ts';
import { TMPFS_MAGIC } from '../../../src/uapi/magic.ts';
import type { Time } from '../../kernel/time.ts';
import { SuperBlock } from '../super.ts';
import type { Directory, ShmemInode } from './inode.ts';
import { showOptions, type TmpfsOptions } from './options.ts';
import { PAGE_SIZE } from './pages.ts';

/** What an inode or a name is said to take of the space for inodes. */
const BOGO_INODE_SIZE = 1024;

const NAME_MAX = 255;

/** What a tmpfs needs of the kernel. */
export interface TmpfsKernel {
	readonly time: Time;
	/** Pages of memory in the machine, of which half is the size of a tmpfs that was not told one. */
	readonly totalramPages: number;
	/**
	 * What can be done with an open pipe, socket or device; `mode` tells which (init_special_inode). Absent: none can be
	 * opened, ENXIO.
	 */
	readonly specialFileOperations?: (mode: number, rdev: number) => FileOperations;
}

/** Of a node whose kind has no drivers. */
export const noOpenFileOperations: FileOperations = {
	open() {
		throw new Errno('ENXIO');
	},
};

/** A super block of tmpfs. */
export class TmpfsSuperBlock extends SuperBlock {
	declare root: Directory;
	readonly time: Time;
	/** See `TmpfsKernel`. */
	readonly specialFileOperations: (mode: number, rdev: number) => FileOperations;
	readonly #maxBlocks: number;
	readonly #maxInodes: number;
	#usedBlocks = 0;
	#freeSpace: number;
	/** How many open files there are of an inode; only of those that are open. */
	readonly #opens = new Map<ShmemInode, number>();

	/** `kill` gives back `dev`; `type` is what /proc/mounts calls it. */
	constructor(kernel: TmpfsKernel, options: TmpfsOptions, dev: number, kill: () => void, type = 'tmpfs') {
		super({
			type,
			magic: TMPFS_MAGIC,
			dev,
			kill,
			statfs: () => this.#statfs(),
			showOptions: () => showOptions(options, kernel.totalramPages),
		});
		this.time = kernel.time;
		this.specialFileOperations = kernel.specialFileOperations ?? (() => noOpenFileOperations);
		this.#maxBlocks = options.blocks;
		this.#maxInodes = options.inodes;
		this.#freeSpace = options.inodes * BOGO_INODE_SIZE;
	}

	/** Pages that its files take. */
	get usedBlocks(): number {
		return this.#usedBlocks;
	}

	/** Takes the space of an inode, or of one more name. ENOSPC (shmem_reserve_inode). */
	reserveInode(): void {
		this.reserveSpace(BOGO_INODE_SIZE);
	}

	/** Gives back the space of a name of an inode that has others (shmem_free_inode). */
	freeInode(): void {
		this.freeSpace(BOGO_INODE_SIZE);
	}

	/** Takes `space` bytes of what is there for inodes and attributes. ENOSPC. */
	reserveSpace(space: number): void {
		if (this.#maxInodes === 0) return;
		if (this.#freeSpace < space) throw new Errno('ENOSPC');
		this.#freeSpace -= space;
	}

	/** Gives them back. */
	freeSpace(space: number): void {
		if (this.#maxInodes !== 0) this.#freeSpace += space;
	}

	/** Takes a page for an inode that counts; false where there is none left (shmem_inode_acct_blocks). */
	acctBlock(): boolean {
		if (this.#maxBlocks !== 0 && this.#usedBlocks >= this.#maxBlocks) return false;
		this.#usedBlocks++;
		return true;
	}

	/** Gives back pages that `inode` has no longer. */
	unacctBlocks(inode: ShmemInode, pages: number): void {
		if (this.#counts(inode)) this.#usedBlocks -= pages;
	}

	/** Counts an open file. */
	opened(inode: ShmemInode): void {
		if (!this.#counts(inode)) {
			this.#usedBlocks += inode.pageCount;
			this.freeSpace(-BOGO_INODE_SIZE - inode.xattrSpace);
		}
		this.#opens.set(inode, (this.#opens.get(inode) ?? 0) + 1);
	}

	/** Counts an open file no longer. */
	released(inode: ShmemInode): void {
		const left = (this.#opens.get(inode) ?? 1) - 1;
		if (left > 0) {
			this.#opens.set(inode, left);
			return;
		}
		this.#opens.delete(inode);
		this.putInode(inode);
	}

	/** Gives back what an inode takes, if neither name nor open file is left of it (shmem_evict_inode). */
	putInode(inode: ShmemInode): void {
		if (this.#counts(inode)) return;
		this.#usedBlocks -= inode.pageCount;
		this.freeSpace(BOGO_INODE_SIZE + inode.xattrSpace);
	}

	#counts(inode: ShmemInode): boolean {
		return inode.nlink > 0 || this.#opens.has(inode);
	}

	/** A limit of 0 is none, and shows as zeros (shmem_statfs). */
	#statfs(): Kstatfs {
		const blocks = this.#maxBlocks;
		const bfree = blocks === 0 ? 0 : blocks - this.#usedBlocks;
		const files = this.#maxInodes;
		const ffree = files === 0 ? 0 : Math.floor(this.#freeSpace / BOGO_INODE_SIZE);
		return { type: TMPFS_MAGIC, bsize: PAGE_SIZE, blocks, bfree, bavail: bfree, files, ffree, namelen: NAME_MAX };
	}
}
