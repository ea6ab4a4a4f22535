/**
 * super - super blocks and their device numbers (fs/super.c).
 *
 * A file system type makes a super block when it is mounted, then the root inode that belongs to it. Types that show one tree
 * however often they are mounted (get_tree_single) keep theirs and give it out again.
 */

import type { Kstatfs, SuperBlock as VfsSuperBlock } from '../../src/boundary/vfs.ts';
import type { Inode } from './inode.ts';

/** What a super block is made from. */
export interface SuperBlockInit {
	readonly type: string;
	readonly magic: number;
	/** From `AnonymousDevices.allocate`. */
	readonly dev: number;
	/** Absent: what simple_statfs tells. */
	readonly statfs?: () => Kstatfs;
	/** Options that /proc/mounts shows behind those of the mount, each with a comma before it. Absent: none. */
	readonly showOptions?: () => string;
	/** Called when it is used no more (kill_sb). Absent: nothing to do. */
	readonly kill?: () => void;
}

/** One instance of a file system. `root` is set by whoever makes it, before anybody else sees it. */
export class SuperBlock implements VfsSuperBlock {
	readonly type: string;
	readonly magic: number;
	readonly dev: number;
	root!: Inode;
	/** True once it was mounted read-only: nothing in it can be changed (SB_RDONLY). */
	rdonly = false;
	/** Inodes that were made in it, those included that nobody refers to any more. */
	inodes = 0;
	declare readonly statfs?: () => Kstatfs;
	declare readonly showOptions?: () => string;
	declare readonly kill?: () => void;
	/** Pages that files of records have given back (seq_file.ts). */
	readonly pages: Uint8Array[] = [];
	#lastIno = 0;
	#active = 0;

	constructor(init: SuperBlockInit) {
		this.type = init.type;
		this.magic = init.magic;
		this.dev = init.dev;
		if (init.statfs !== undefined) this.statfs = init.statfs;
		if (init.showOptions !== undefined) this.showOptions = init.showOptions;
		if (init.kill !== undefined) this.kill = init.kill;
	}

	/** An inode number that was not given out before (get_next_ino); the first is 1. */
	nextIno(): number {
		this.#lastIno += 1;
		return this.#lastIno;
	}

	/** Takes a reference: somebody uses it (s_active). */
	get(): void {
		this.#active += 1;
	}

	/** Gives a reference back; with the last one it is gone (deactivate_super). */
	put(): void {
		this.#active -= 1;
		if (this.#active === 0) this.kill?.();
	}
}

/** Device numbers for file systems without a device: major 0, the lowest free minor from 1 on (get_anon_bdev). */
export class AnonymousDevices {
	readonly #used = new Set<number>();

	/** A number that no other file system has. */
	allocate(): number {
		let minor = 1;
		while (this.#used.has(minor)) minor += 1;
		this.#used.add(minor);
		return minor;
	}

	/** Gives a number back. */
	free(dev: number): void {
		this.#used.delete(dev);
	}
}
