/**
 * operations - what can be done with an inode of tmpfs that is no directory (shmem_inode_operations,
 * shmem_special_inode_operations and shmem_symlink_inode_operations of mm/shmem.c).
 */

import type { InodeOperations } from '../../../src/boundary/vfs.ts';
import { CAP_SYS_ADMIN } from '../../../src/uapi/capability.ts';
import { shmemGetattr, shmemSetattr, touchAtime } from './attr.ts';
import type { ShmemInode, Symlink } from './inode.ts';
import { shmemGetxattr, shmemRemovexattr, shmemSetxattr } from './xattr.ts';

/** Attributes and extended attributes, which every inode has. */
export const shmemInodeOperations: InodeOperations = {
	getattr: inode => shmemGetattr(inode as ShmemInode),
	setattr: (inode, attr) => shmemSetattr(inode as ShmemInode, attr),
	getxattr: (inode, name) => shmemGetxattr(inode as ShmemInode, name),
	setxattr: (inode, name, value, flags) => shmemSetxattr(inode as ShmemInode, name, value, flags),
	listxattr: (inode, ctx) => (inode as ShmemInode).xattrs?.list(ctx.capable(CAP_SYS_ADMIN)) ?? [],
	removexattr: (inode, name) => shmemRemovexattr(inode as ShmemInode, name),
};

/** Those of a symbolic link. */
export const shmemSymlinkInodeOperations: InodeOperations = {
	...shmemInodeOperations,

	getLink(inode) {
		touchAtime(inode as ShmemInode);
		return (inode as Symlink).text;
	},
};
