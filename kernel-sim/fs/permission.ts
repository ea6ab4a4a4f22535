/**
 * permission - who may do what with an inode (the first part of fs/namei.c).
 *
 * The mode bits decide unless the file system has a permission operation of its own; capabilities go over the mode bits.
 */

import type { Context, Inode } from '../../src/boundary/vfs.ts';
import type { Awaitable } from '../../src/lib/awaitable.ts';
import { Errno } from '../../src/lib/errno.ts';
import { CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH, CAP_FOWNER, CAP_FSETID } from '../../src/uapi/capability.ts';
import { MAY_EXEC, MAY_READ, MAY_WRITE } from '../../src/uapi/fs.ts';
import { isDir, isLnk, isReg, S_ISVTX, S_IXUGO } from '../../src/uapi/stat.ts';
import type { SuperBlock } from './super.ts';

const MAY_ACCESS_BITS = MAY_READ | MAY_WRITE | MAY_EXEC;

/** True if the task is in the group, by its group id or a supplementary one (in_group_p). */
export function inGroup(ctx: Context, gid: number): boolean {
	return ctx.gid === gid || ctx.groups.includes(gid);
}

/** True if the task owns the inode or may act as if it did (inode_owner_or_capable). */
export function inodeOwnerOrCapable(inode: Inode, ctx: Context): boolean {
	return ctx.uid === inode.uid || ctx.capable(CAP_FOWNER);
}

/** True if the task may leave the set-group-id bit of a file of group `gid` alone (in_group_or_capable). */
export function inGroupOrCapable(gid: number, ctx: Context): boolean {
	return inGroup(ctx, gid) || ctx.capable(CAP_FSETID);
}

/** Checks the mode bits, then the capabilities that go over them. EACCES. */
export function genericPermission(inode: Inode, mask: number, ctx: Context): void {
	const wanted = mask & MAY_ACCESS_BITS;
	if ((wanted & ~modeBits(inode, ctx)) === 0) return;
	if (isDir(inode.mode)) {
		if ((wanted & MAY_WRITE) === 0 && ctx.capable(CAP_DAC_READ_SEARCH)) return;
		if (ctx.capable(CAP_DAC_OVERRIDE)) return;
		throw new Errno('EACCES');
	}
	if (wanted === MAY_READ && ctx.capable(CAP_DAC_READ_SEARCH)) return;
	const executable = (wanted & MAY_EXEC) === 0 || (inode.mode & S_IXUGO) !== 0;
	if (executable && ctx.capable(CAP_DAC_OVERRIDE)) return;
	throw new Errno('EACCES');
}

/** EROFS on a file system that was mounted read-only (mnt_want_write). */
export function wantWrite({ sb }: Inode): void {
	if ((sb as Partial<SuperBlock>).rdonly) throw new Errno('EROFS');
}

/** Checks as the file system would have it (inode_permission). EROFS, EACCES or what its operation throws. */
export function inodePermission(inode: Inode, mask: number, ctx: Context): Awaitable<void> {
	const { op } = inode;
	if ((mask & MAY_WRITE) !== 0 && (isReg(inode.mode) || isDir(inode.mode) || isLnk(inode.mode))) wantWrite(inode);
	return op.permission === undefined ? genericPermission(inode, mask, ctx) : op.permission(inode, mask, ctx);
}

/** True where a sticky directory keeps the task from removing what others own (check_sticky). */
export function checkSticky(dir: Inode, inode: Inode, ctx: Context): boolean {
	if ((dir.mode & S_ISVTX) === 0) return false;
	return ctx.uid !== inode.uid && ctx.uid !== dir.uid && !ctx.capable(CAP_FOWNER);
}

function modeBits(inode: Inode, ctx: Context): number {
	if (ctx.uid === inode.uid) return inode.mode >> 6;
	return inGroup(ctx, inode.gid) ? inode.mode >> 3 : inode.mode;
}
