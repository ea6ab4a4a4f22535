/**
 * attr - changing attributes (fs/attr.c, fs/open.c, fs/xattr.c).
 */

import { Errno } from '../../../src/lib/errno.ts';
import { O_ACCMODE, O_RDONLY } from '../../../src/uapi/fcntl.ts';
import { MAY_WRITE } from '../../../src/uapi/fs.ts';
import * as uapi from '../../../src/uapi/fuse.ts';
import { isDir, isLnk, isReg, S_IALLUGO, S_IFMT, S_ISGID, S_ISUID, S_IXGRP } from '../../../src/uapi/stat.ts';
import type { Current } from './dev.ts';
import type { FuseDir } from './dir.ts';
import type { OpenFile } from './file.ts';
import type { FuseInode } from './inode.ts';

export async function truncate(fs: FuseDir, current: Current, inode: FuseInode, size: number): Promise<void> {
	if (inode.isDir) throw new Errno('EISDIR');
	if (!isReg(inode.attr.mode)) throw new Errno('EINVAL');
	await fs.permission(current, inode, MAY_WRITE);
	await fs.setattr(current, inode, { valid: uapi.FATTR_SIZE | uapi.FATTR_LOCKOWNER, size });
}

export async function ftruncate(current: Current, { fs, inode, flags, fh }: OpenFile, size: number): Promise<void> {
	if (!isReg(inode.attr.mode) || (flags & O_ACCMODE) === O_RDONLY) throw new Errno('EINVAL');
	const valid = uapi.FATTR_SIZE | uapi.FATTR_LOCKOWNER | uapi.FATTR_FH;
	await fs.setattr(current, inode, { valid, size, fh });
}

export async function chmod(fs: FuseDir, current: Current, inode: FuseInode, bits: number): Promise<void> {
	mayChange(current, inode);
	const mode = (inode.attr.mode & S_IFMT) | (bits & S_IALLUGO);
	await fs.setattr(current, inode, { valid: uapi.FATTR_MODE, mode });
}

/** -1 leaves an id as it is. A set-id bit goes with its owner. */
export async function chown(fs: FuseDir, current: Current, inode: FuseInode, uid: number, gid: number): Promise<void> {
	const { attr } = inode;
	const sameUser = uid === -1 || uid === attr.uid;
	const ownGroup = gid === -1 || gid === attr.gid || gid === current.gid;
	if (!current.root && !(current.uid === attr.uid && sameUser && ownGroup)) throw new Errno('EPERM');
	let valid = (uid === -1 ? 0 : uapi.FATTR_UID) | (gid === -1 ? 0 : uapi.FATTR_GID);
	const mode = await withoutSetId(fs, current, inode);
	if (mode !== inode.attr.mode) valid |= uapi.FATTR_MODE;
	await fs.setattr(current, inode, { valid, uid, gid, mode });
}

/** Seconds since 1970. */
export async function utimes(
	fs: FuseDir,
	current: Current,
	inode: FuseInode,
	atime: number,
	mtime: number,
): Promise<void> {
	mayChange(current, inode);
	await fs.setattr(current, inode, { valid: uapi.FATTR_ATIME | uapi.FATTR_MTIME, atime, mtime });
}

export async function setxattr(
	fs: FuseDir,
	current: Current,
	inode: FuseInode,
	name: string,
	value: Uint8Array,
	flags: number,
): Promise<void> {
	const { mode } = inode.attr;
	if (name.startsWith('trusted.') && !current.root) throw new Errno('EPERM');
	if (name.startsWith('user.') && !isReg(mode) && !isDir(mode)) throw new Errno('EPERM');
	if (!/^(security|system)\./.test(name)) await fs.permission(current, inode, MAY_WRITE);
	const call = { nodeid: inode.nodeid, args: { size: value.length, flags }, names: [name], payload: value };
	await fs.conn.request(current, uapi.FUSE_SETXATTR, call);
	inode.invalidate();
}

function mayChange({ root, uid }: Current, { attr }: FuseInode): void {
	if (!root && uid !== attr.uid) throw new Errno('EPERM');
}

/** The mode as a change of owner leaves it; asked for anew, as the bits may have gone meanwhile (fuse_setattr). */
async function withoutSetId(fs: FuseDir, current: Current, inode: FuseInode): Promise<number> {
	if (isDir(inode.attr.mode) || isLnk(inode.attr.mode)) return inode.attr.mode;
	await fs.getattr(current, inode);
	const { mode } = inode.attr;
	const runsAsGroup = (mode & (S_ISGID | S_IXGRP)) === (S_ISGID | S_IXGRP);
	return mode & ~(runsAsGroup ? S_ISUID | S_ISGID : S_ISUID);
}
