/**
 * attr - attributes and times of an inode of tmpfs (shmem_getattr and shmem_setattr of mm/shmem.c, the ownership and the time
 * of access of fs/inode.c).
 */

import type { Context, File, Iattr, Kstat, Timespec } from '../../../src/boundary/vfs.ts';
import { Errno } from '../../../src/lib/errno.ts';
import { O_NOATIME } from '../../../src/uapi/fcntl.ts';
import { isDir, S_ISGID } from '../../../src/uapi/stat.ts';
import { setattrCopy } from '../attr.ts';
import { genericFillattr } from '../stat.ts';
import { RegularFile, type ShmemInode } from './inode.ts';
import { BLOCKS_PER_PAGE } from './pages.ts';
import { killPriv } from './xattr.ts';

/** Largest size of a file (s_maxbytes). Bound: 2^53-1 and not 2^63-1, because a size is a number. */
export const MAX_FILESIZE = Number.MAX_SAFE_INTEGER;

const SECONDS_PER_DAY = 24 * 60 * 60;

/** The members of the inode, and the pages that it has. */
export function shmemGetattr(inode: ShmemInode): Kstat {
	const stat = genericFillattr(inode);
	stat.blocks = inode.pageCount * BLOCKS_PER_PAGE;
	return stat;
}

/** Changes attributes; the VFS sets the time of change, unless the size alone decides whether it moves. EFBIG. */
export function shmemSetattr(inode: ShmemInode, attr: Iattr): void {
	const { size } = attr;
	if (size !== undefined && size > MAX_FILESIZE) throw new Errno('EFBIG');
	if (inode instanceof RegularFile && size !== undefined) setSize(inode, size);
	if (!isDir(inode.mode) && (attr.uid ?? attr.gid ?? size) !== undefined) killPriv(inode);
	setattrCopy(inode, attr);
}

/** The times move even where the size stays, if there are pages: shmem_truncate_range moves them. */
function setSize(inode: RegularFile, size: number): void {
	const old = inode.size;
	if (size !== old || inode.pageCount > 0) inode.touch(inode.sb.time.now());
	inode.size = size;
	if (size < old) inode.truncatePages(size);
}

/**
 * Who owns what is new in `dir`, and its mode: a directory that is made in one with the set-group-id bit has it, too
 * (inode_init_owner).
 */
export function inodeInitOwner(dir: ShmemInode, mode: number, { uid, gid }: Pick<Context, 'uid' | 'gid'>) {
	if ((dir.mode & S_ISGID) === 0) return { mode, uid, gid };
	return { mode: isDir(mode) ? mode | S_ISGID : mode, uid, gid: dir.gid };
}

/**
 * Notes that an inode was read: if it changed since it was read last, or a day went by, as on a mount with relatime
 * (touch_atime).
 */
export function touchAtime(inode: ShmemInode): void {
	const now = inode.sb.time.now();
	const { atime, mtime, ctime } = inode;
	const isCurrent = isBefore(mtime, atime) && isBefore(ctime, atime) && now.sec - atime.sec < SECONDS_PER_DAY;
	if (!isCurrent) inode.atime = now;
}

/** Notes that an inode was read through an open file (file_accessed). */
export function fileAccessed(file: File): void {
	if ((file.flags & O_NOATIME) === 0) touchAtime(file.inode as ShmemInode);
}

function isBefore(a: Timespec, b: Timespec): boolean {
	return a.sec === b.sec ? a.nsec < b.nsec : a.sec < b.sec;
}
