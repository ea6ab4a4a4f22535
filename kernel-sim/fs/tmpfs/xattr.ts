/**
 * xattr - extended attributes of tmpfs: security.*, trusted.* and user.* (shmem_xattr_handlers of mm/shmem.c).
 *
 * What they take counts against `nr_inodes=`. Who may see and set which is decided before, by the VFS.
 *
 * Divergence: there are no access control lists, as in a kernel without CONFIG_TMPFS_POSIX_ACL.
 */

import { Errno } from '../../../src/lib/errno.ts';
import { XATTR_REPLACE } from '../../../src/uapi/fs.ts';
import type { ShmemInode } from './inode.ts';
import { SimpleXattrs, simpleXattrSpace } from './simple_xattr.ts';

const PREFIXES = ['security.', 'trusted.', 'user.'];
const XATTR_NAME_CAPS = 'security.capability';

/** A copy of the value; undefined where there is none. EOPNOTSUPP, EINVAL for the name. */
export function shmemGetxattr(inode: ShmemInode, name: string): Uint8Array | undefined {
	checkPrefix(name);
	return inode.xattrs?.get(name)?.slice();
}

/** EEXIST, ENODATA by `flags`; ENOSPC; EOPNOTSUPP, EINVAL for the name. */
export function shmemSetxattr(inode: ShmemInode, name: string, value: Uint8Array, flags: number): void {
	checkPrefix(name);
	change(inode, name, value, flags);
}

/** ENODATA where there is none; EOPNOTSUPP, EINVAL for the name. */
export function shmemRemovexattr(inode: ShmemInode, name: string): void {
	checkPrefix(name);
	change(inode, name, undefined, XATTR_REPLACE);
}

/** Takes the capabilities from a file whose contents or owner change (cap_inode_killpriv). */
export function killPriv(inode: ShmemInode): void {
	if (inode.xattrs?.get(XATTR_NAME_CAPS) !== undefined) change(inode, XATTR_NAME_CAPS, undefined, 0);
}

/** A name must go on behind its first part (xattr_resolve_name). */
function checkPrefix(name: string): void {
	const prefix = PREFIXES.find(known => name.startsWith(known));
	if (prefix === undefined) throw new Errno('EOPNOTSUPP');
	if (prefix === name) throw new Errno('EINVAL');
}

/** shmem_xattr_handler_set. */
function change(inode: ShmemInode, name: string, value: Uint8Array | undefined, flags: number): void {
	const { sb } = inode;
	const space = value === undefined ? 0 : simpleXattrSpace(name, value.length);
	sb.reserveSpace(space);
	try {
		const xattrs = inode.xattrs ?? new SimpleXattrs();
		const old = xattrs.set(name, value, flags);
		inode.xattrs = xattrs;
		if (old !== undefined) sb.freeSpace(simpleXattrSpace(name, old.length));
	} catch (error) {
		sb.freeSpace(space);
		throw error;
	}
	inode.ctime = sb.time.now();
}
