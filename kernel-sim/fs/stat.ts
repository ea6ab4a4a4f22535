/**
 * stat - what stat(2) and statfs(2) tell (fs/stat.c, fs/statfs.c).
 */

import type { Context, Inode, Kstat, Kstatfs } from '../../src/boundary/vfs.ts';
import type { Awaitable } from '../../src/lib/awaitable.ts';

const PAGE_SIZE = 4096;
const NAME_MAX = 255;

/** The members of an inode as they are: what a getattr operation begins with (generic_fillattr). */
export function genericFillattr(inode: Inode): Kstat {
	const { ino, mode, nlink, uid, gid, rdev, size, blksize, atime, mtime, ctime } = inode;
	return { ino, mode, nlink, uid, gid, rdev, size, blksize, blocks: 0, atime, mtime, ctime };
}

/** vfs_getattr. Needs no permission on the inode itself. */
export function vfsGetattr(inode: Inode, ctx: Context): Awaitable<Kstat> {
	return inode.op.getattr === undefined ? genericFillattr(inode) : inode.op.getattr(inode, ctx);
}

/** What the file system of an inode tells of itself; without an operation, what simple_statfs does. */
export function vfsStatfs(inode: Inode): Kstatfs {
	const { sb } = inode;
	return sb.statfs === undefined ? simpleStatfs(sb.magic) : sb.statfs();
}

/** A file system without blocks. */
export function simpleStatfs(type: number): Kstatfs {
	return { type, bsize: PAGE_SIZE, blocks: 0, bfree: 0, bavail: 0, files: 0, ffree: 0, namelen: NAME_MAX };
}
