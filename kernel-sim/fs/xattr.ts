/**
 * xattr - extended attributes (fs/xattr.c).
 */

import type { Context, Inode } from '../../src/boundary/vfs.ts';
import type { Awaitable } from '../../src/lib/awaitable.ts';
import { Errno } from '../../src/lib/errno.ts';
import { encodeName } from '../../src/lib/text.ts';
import { CAP_SETFCAP, CAP_SYS_ADMIN } from '../../src/uapi/capability.ts';
import { MAY_READ, MAY_WRITE } from '../../src/uapi/fs.ts';
import { isDir, isReg, S_ISVTX } from '../../src/uapi/stat.ts';
import { type Steps, step } from '../lib/steps.ts';
import { inodeOwnerOrCapable, inodePermission } from './permission.ts';

const XATTR_NAME_CAPS = 'security.capability';
const XATTR_NAME_MAX = 255;
const XATTR_SIZE_MAX = 65536;

/** vfs_getxattr. ENODATA where there is none, EOPNOTSUPP where the file system has no attributes. */
export function* getxattr(inode: Inode, name: string, ctx: Context): Steps<Uint8Array> {
	checkName(name);
	yield* xattrPermission(inode, name, MAY_READ, ctx);
	if (inode.op.getxattr === undefined) throw new Errno('EOPNOTSUPP');
	const value = yield* step(inode.op.getxattr(inode, name, ctx));
	if (value === undefined) throw new Errno('ENODATA');
	return value;
}

/** vfs_setxattr. E2BIG above 64 KiB, EINVAL for flags that contradict. */
export function* setxattr(inode: Inode, name: string, value: Uint8Array, flags: number, ctx: Context): Steps<void> {
	if ((flags & ~3) !== 0) throw new Errno('EINVAL');
	checkName(name);
	if (value.length > XATTR_SIZE_MAX) throw new Errno('E2BIG');
	yield* xattrPermission(inode, name, MAY_WRITE, ctx);
	maySetSecurity(name, ctx);
	if (inode.op.setxattr === undefined) throw new Errno('EOPNOTSUPP');
	yield* step(inode.op.setxattr(inode, name, value, flags, ctx));
}

/** vfs_listxattr; none where the file system has no attributes. */
export function listxattr(inode: Inode, ctx: Context): Awaitable<readonly string[]> {
	return inode.op.listxattr === undefined ? [] : inode.op.listxattr(inode, ctx);
}

/** vfs_removexattr. */
export function* removexattr(inode: Inode, name: string, ctx: Context): Steps<void> {
	checkName(name);
	yield* xattrPermission(inode, name, MAY_WRITE, ctx);
	maySetSecurity(name, ctx);
	if (inode.op.removexattr === undefined) throw new Errno('EOPNOTSUPP');
	yield* step(inode.op.removexattr(inode, name, ctx));
}

/** import_xattr_name. */
function checkName(name: string): void {
	const { length } = encodeName(name);
	if (length === 0 || length > XATTR_NAME_MAX) throw new Errno('ERANGE');
}

/** Who may, by the name's first part (xattr_permission). */
function* xattrPermission(inode: Inode, name: string, mask: number, ctx: Context): Steps<void> {
	if (name.startsWith('security.') || name.startsWith('system.')) return;
	const refusal = mask === MAY_WRITE ? 'EPERM' : 'ENODATA';
	if (name.startsWith('trusted.')) {
		if (!ctx.capable(CAP_SYS_ADMIN)) throw new Errno(refusal);
		return;
	}
	if (name.startsWith('user.')) {
		if (!isReg(inode.mode) && !isDir(inode.mode)) throw new Errno(refusal);
		const sticky = isDir(inode.mode) && (inode.mode & S_ISVTX) !== 0;
		if (sticky && mask === MAY_WRITE && !inodeOwnerOrCapable(inode, ctx)) throw new Errno('EPERM');
	}
	yield* step(inodePermission(inode, mask, ctx));
}

/** With no security module but capabilities, security.* is for the administrator (cap_inode_setxattr). EPERM. */
function maySetSecurity(name: string, ctx: Context): void {
	if (!name.startsWith('security.')) return;
	if (!ctx.capable(name === XATTR_NAME_CAPS ? CAP_SETFCAP : CAP_SYS_ADMIN)) throw new Errno('EPERM');
}
