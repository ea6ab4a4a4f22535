/**
 * inode - the inodes of tmpfs (struct shmem_inode_info).
 *
 * A directory of a hundred thousand files has as many of these in memory: what only few inodes need is made when it is needed,
 * and what concerns open files is kept by the super block.
 */

import { encodeName } from '../../../src/lib/text.ts';
import { Inode, type InodeInit } from '../inode.ts';
import { DirEntries } from './dir_entries.ts';
import { Pages } from './pages.ts';
import type { SimpleXattrs } from './simple_xattr.ts';
import type { TmpfsSuperBlock } from './super.ts';

/** What an entry adds to the size of its directory; an empty one has the size of two. */
export const BOGO_DIRENT_SIZE = 20;

/** Symbolic links that are shorter need no page. */
const SHORT_SYMLINK_LEN = 128;

/** An inode of any type; itself a pipe, socket or device. */
export class ShmemInode extends Inode {
	declare readonly sb: TmpfsSuperBlock;
	/** Absent until one is set. */
	xattrs: SimpleXattrs | undefined = undefined;

	/** How many pages it takes. */
	get pageCount(): number {
		return 0;
	}

	/** What its extended attributes take of the space for inodes. */
	get xattrSpace(): number {
		return this.xattrs?.space ?? 0;
	}
}

/** A regular file. */
export class RegularFile extends ShmemInode {
	/** Absent until something is written. */
	pages: Pages | undefined = undefined;

	override get pageCount(): number {
		return this.pages?.count ?? 0;
	}

	/** The page to write number `index` to; undefined where the file system is full (shmem_get_folio with SGP_WRITE). */
	writablePage(index: number): Uint8Array | undefined {
		const page = this.pages?.get(index);
		if (page !== undefined) return page;
		if (!this.sb.acctBlock()) return undefined;
		this.pages ??= new Pages();
		return this.pages.add(index);
	}

	/** Drops what lies at `size` and behind it. */
	truncatePages(size: number): void {
		if (this.pages !== undefined) this.sb.unacctBlocks(this, this.pages.truncate(size));
	}
}

/** A directory. */
export class Directory extends ShmemInode {
	readonly entries = new DirEntries<ShmemInode>();
	/** The directory that it is in; the root's is itself. */
	parent: Directory;

	/** Without a `parent`, a root. */
	constructor(init: InodeInit, parent?: Directory) {
		super(init);
		this.nlink = 2;
		this.size = 2 * BOGO_DIRENT_SIZE;
		this.parent = parent ?? this;
	}

	/** True if `dir` is this directory or lies below it. */
	holds(dir: Directory): boolean {
		let at = dir;
		while (at !== this && at !== at.parent) at = at.parent;
		return at === this;
	}
}

/** A symbolic link. */
export class Symlink extends ShmemInode {
	readonly text: string;

	constructor(init: InodeInit, text: string) {
		super(init);
		this.text = text;
		this.size = encodeName(text).length;
	}

	override get pageCount(): number {
		return this.size < SHORT_SYMLINK_LEN ? 0 : 1;
	}
}
