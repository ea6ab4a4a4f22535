/**
 * attr - changing an inode's attributes (fs/attr.c, and the callers of notify_change in fs/open.c and fs/utimes.c).
 */

import type { Context, File, Iattr, Inode } from '../../src/boundary/vfs.ts';
import { Errno } from '../../src/lib/errno.ts';
import { CAP_CHOWN, CAP_FSETID } from '../../src/uapi/capability.ts';
import { FMODE_WRITE, MAY_WRITE } from '../../src/uapi/fs.ts';
import { isDir, isLnk, isReg, S_IALLUGO, S_IFMT, S_ISGID, S_ISUID, S_IXGRP } from '../../src/uapi/stat.ts';
import type { Time } from '../kernel/time.ts';
import { type Steps, step } from '../lib/steps.ts';
import { inGroup, inGroupOrCapable, inodeOwnerOrCapable, inodePermission, wantWrite } from './permission.ts';

/** What is being changed, and the open file it came through. */
type Writable = { -readonly [K in keyof Iattr]: Iattr[K] };

/**
 * Changes attributes for a task, having checked that it may. `'now'` has become a time by when the file system sees it, and the
 * time of change is set behind it; truncate(2) by name leaves the times to the file system.
 */
export function* notifyChange(inode: Inode, attr: Iattr, ctx: Context, time: Time): Steps<void> {
	if (attr.size !== undefined) yield* maySetSize(inode, attr.size, attr.file, ctx);
	wantWrite(inode);
	if (attr.mode !== undefined && isLnk(inode.mode)) throw new Errno('EOPNOTSUPP');
	yield* maySetTimes(inode, attr, ctx);
	const change: Writable = { ...attr };
	if (attr.uid !== undefined || attr.gid !== undefined) dropOnChown(inode, change, ctx);
	setattrPrepare(inode, change, ctx);
	if (attr.size !== undefined) dropOnTruncate(inode, change, ctx);
	yield* apply(inode, change, ctx, time);
}

/** Sets to 0 the size of a file that O_TRUNC has opened, which needs no permission any more (handle_truncate). */
export function truncateOpened(file: File, ctx: Context, time: Time): Steps<void> {
	const change: Writable = { size: 0, mtime: 'now', file };
	dropOnTruncate(file.inode, change, ctx);
	return apply(file.inode, change, ctx, time);
}

/** Sets the members of an inode, all but the size: what a setattr operation ends with that keeps no pages (setattr_copy). */
export function setattrCopy(inode: Inode, attr: Iattr): void {
	if (attr.uid !== undefined) inode.uid = attr.uid;
	if (attr.gid !== undefined) inode.gid = attr.gid;
	if (attr.mode !== undefined) inode.mode = (inode.mode & S_IFMT) | (attr.mode & S_IALLUGO);
	if (attr.atime !== undefined && attr.atime !== 'now') inode.atime = attr.atime;
	if (attr.mtime !== undefined && attr.mtime !== 'now') inode.mtime = attr.mtime;
}

/** vfs_truncate and do_ftruncate. */
function* maySetSize(inode: Inode, size: number, file: File | undefined, ctx: Context): Steps<void> {
	if (size < 0) throw new Errno('EINVAL');
	if (file !== undefined) {
		if (!isReg(inode.mode) || (file.mode & FMODE_WRITE) === 0) throw new Errno('EINVAL');
		return;
	}
	if (isDir(inode.mode)) throw new Errno('EISDIR');
	if (!isReg(inode.mode)) throw new Errno('EINVAL');
	yield* step(inodePermission(inode, MAY_WRITE, ctx));
}

/** To set both times to now is for whoever may write (may_setattr); any other time is for the owner (setattr_prepare). */
function* maySetTimes(inode: Inode, { atime, mtime }: Iattr, ctx: Context): Steps<void> {
	if (atime === undefined && mtime === undefined) return;
	if (inodeOwnerOrCapable(inode, ctx)) return;
	if (atime !== 'now' || mtime !== 'now') throw new Errno('EPERM');
	yield* step(inodePermission(inode, MAY_WRITE, ctx));
}

function* apply(inode: Inode, change: Writable, ctx: Context, time: Time): Steps<void> {
	const now = time.now();
	if (change.file !== undefined) change.mtime = now;
	if (change.atime === 'now') change.atime = now;
	if (change.mtime === 'now') change.mtime = now;
	if (inode.op.setattr === undefined) setattrCopy(inode, change);
	else yield* step(inode.op.setattr(inode, change, ctx));
	if (change.size === undefined || change.file !== undefined) inode.ctime = now;
}

/** A new owner takes the set-id bits from what is not a directory (chown_common). */
function dropOnChown(inode: Inode, change: Writable, ctx: Context): void {
	if (isDir(inode.mode)) return;
	takeBits(inode, change, S_ISUID | sgidToDrop(inode, ctx));
}

/** A new size takes them from a regular file as a write does. */
function dropOnTruncate(inode: Inode, change: Writable, ctx: Context): void {
	takeBits(inode, change, setattrShouldDropSuidgid(inode, ctx));
}

/** The set-id bits that a file loses when its contents change, none for who has CAP_FSETID (setattr_should_drop_suidgid). */
export function setattrShouldDropSuidgid(inode: Inode, ctx: Context): number {
	const bits = inode.mode & (S_ISUID | sgidToDrop(inode, ctx));
	return bits !== 0 && isReg(inode.mode) && !ctx.capable(CAP_FSETID) ? bits : 0;
}

function takeBits(inode: Inode, change: Writable, bits: number): void {
	if ((inode.mode & bits) !== 0) change.mode = (change.mode ?? inode.mode & S_IALLUGO) & ~bits;
}

function sgidToDrop(inode: Inode, ctx: Context): number {
	if ((inode.mode & S_ISGID) === 0) return 0;
	return (inode.mode & S_IXGRP) !== 0 || !inGroupOrCapable(inode.gid, ctx) ? S_ISGID : 0;
}

/** EPERM where the task may not; takes the set-group-id bit from a mode that it may not set it in. */
function setattrPrepare(inode: Inode, attr: Writable, ctx: Context): void {
	const owner = ctx.uid === inode.uid;
	if (attr.uid !== undefined && !(owner && attr.uid === inode.uid) && !ctx.capable(CAP_CHOWN)) throw new Errno('EPERM');
	if (attr.gid !== undefined && !(owner && mayJoin(inode, attr.gid, ctx)) && !ctx.capable(CAP_CHOWN)) {
		throw new Errno('EPERM');
	}
	if (attr.mode === undefined) return;
	if (!inodeOwnerOrCapable(inode, ctx)) throw new Errno('EPERM');
	if (!inGroupOrCapable(attr.gid ?? inode.gid, ctx)) attr.mode &= ~S_ISGID;
}

function mayJoin(inode: Inode, gid: number, ctx: Context): boolean {
	return gid === inode.gid || inGroup(ctx, gid);
}
