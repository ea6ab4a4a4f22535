/**
 * inode - the inode that file systems of this kernel make (fs/inode.c).
 *
 * One object per file, directory, link or node; a file system keeps it for as long as what it stands for exists, because the
 * identity of an inode is that of the object. One that has more to remember of a file extends the class.
 */

import type {
	FileOperations,
	InodeOperations,
	SuperBlock,
	Timespec,
	Inode as VfsInode,
} from '../../src/boundary/vfs.ts';

/** What an inode is made from. Absent numbers are 0, but for `nlink` (1) and `blksize` (4096). */
export interface InodeInit {
	/** Its own counts its inodes. */
	readonly sb: SuperBlock & { inodes?: number };
	readonly ino: number;
	/** Type and permission bits. */
	readonly mode: number;
	readonly op: InodeOperations;
	readonly fop: FileOperations;
	/** All three times at first; `Time.now()` as a rule. */
	readonly time: Timespec;
	readonly nlink?: number;
	readonly uid?: number;
	readonly gid?: number;
	readonly rdev?: number;
	readonly size?: number;
	readonly blksize?: number;
	readonly dontcache?: boolean;
}

/** See the boundary's `Inode` for what each member promises. */
export class Inode implements VfsInode {
	readonly sb: SuperBlock;
	readonly ino: number;
	mode: number;
	nlink: number;
	uid: number;
	gid: number;
	rdev: number;
	size: number;
	readonly blksize: number;
	atime: Timespec;
	mtime: Timespec;
	ctime: Timespec;
	readonly op: InodeOperations;
	readonly fop: FileOperations;
	readonly dontcache: boolean;
	faces: unknown = undefined;

	constructor(init: InodeInit) {
		this.sb = init.sb;
		this.ino = init.ino;
		this.mode = init.mode;
		this.nlink = init.nlink ?? 1;
		this.uid = init.uid ?? 0;
		this.gid = init.gid ?? 0;
		this.rdev = init.rdev ?? 0;
		this.size = init.size ?? 0;
		this.blksize = init.blksize ?? 4096;
		this.atime = init.time;
		this.mtime = init.time;
		this.ctime = init.time;
		this.op = init.op;
		this.fop = init.fop;
		this.dontcache = init.dontcache ?? false;
		if (init.sb.inodes !== undefined) init.sb.inodes++;
	}

	/** Says that the contents changed at `time`: what a directory does when an entry comes or goes. */
	touch(time: Timespec): void {
		this.mtime = time;
		this.ctime = time;
	}
}

/** Makes an inode with a number of its own, for a file system that keeps none (new_inode). */
export function newInode(sb: SuperBlock & { nextIno(): number }, init: Omit<InodeInit, 'sb' | 'ino'>): Inode {
	return new Inode({ ...init, sb, ino: sb.nextIno() });
}
