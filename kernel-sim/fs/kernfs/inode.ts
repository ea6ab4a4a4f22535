/**
 * inode - the inodes of nodes.
 *
 * Simulates fs/kernfs/inode.c. Attributes that root changes stay for as long as the node does; a size is taken and forgotten.
 */

import type { FileOperations, Iattr, InodeOperations, Inode as VfsInode } from '../../../src/boundary/vfs.ts';
import { Errno } from '../../../src/lib/errno.ts';
import { CAP_SYS_ADMIN } from '../../../src/uapi/capability.ts';
import { XATTR_REPLACE } from '../../../src/uapi/fs.ts';
import { isDir, isLnk } from '../../../src/uapi/stat.ts';
import type { Mutex } from '../../kernel/mutex.ts';
import { setattrCopy } from '../attr.ts';
import { Inode, type InodeInit } from '../inode.ts';
import { SimpleXattrs } from '../tmpfs/simple_xattr.ts';
import type { KernfsNode } from './dir.ts';
import { kernfsFileFops } from './file.ts';
import { kernfsGetLink } from './symlink.ts';

/** An inode that stands for a node. */
export class KernfsInode extends Inode {
	readonly kn: KernfsNode;
	/** Of a directory: held while a program makes or removes something in it. */
	lock: Mutex | undefined = undefined;
	/** The name that it is about. */
	asked: string | undefined = undefined;
	xattrs: SimpleXattrs | undefined = undefined;

	constructor(kn: KernfsNode, init: InodeInit) {
		super(init);
		this.kn = kn;
	}
}

/** The node that an inode stands for. */
export function kernfsNode(inode: VfsInode): KernfsNode {
	return (inode as KernfsInode).kn;
}

/** The inode of a node, made when it is first asked for (kernfs_get_inode). */
export function kernfsGetInode(kn: KernfsNode): KernfsInode {
	kn.inode ??= new KernfsInode(kn, {
		...{ sb: kn.root.sb, ino: kn.ino, mode: kn.mode, nlink: kn.nlink, size: kn.size, uid: kn.uid, gid: kn.gid },
		...{ time: kn.root.kernel.time.now(), op: kn.op ?? inodeOperations(kn), fop: kn.fop ?? fileOperations(kn) },
	});
	return kn.inode;
}

/** kernfs_iop_setattr. */
export function kernfsIopSetattr(inode: VfsInode, attr: Iattr): void {
	setattrCopy(inode, attr);
	const kn = kernfsNode(inode);
	kn.mode = inode.mode;
	kn.uid = inode.uid;
	kn.gid = inode.gid;
}

/** Extended attributes: trusted.* and security.*, kept as long as the node is (kernfs_xattr_handlers). */
export const kernfsXattrs: InodeOperations = {
	getxattr(inode, name) {
		checkPrefix(name);
		return (inode as KernfsInode).xattrs?.get(name)?.slice();
	},
	setxattr(inode, name, value, flags) {
		checkPrefix(name);
		xattrsOf(inode).set(name, value, flags);
	},
	listxattr: (inode, ctx) => (inode as KernfsInode).xattrs?.list(ctx.capable(CAP_SYS_ADMIN)) ?? [],
	removexattr(inode, name) {
		checkPrefix(name);
		xattrsOf(inode).set(name, undefined, XATTR_REPLACE);
	},
};

const PREFIXES = ['trusted.', 'security.'];

/** EOPNOTSUPP for names that kernfs does not keep, user.* among them; EINVAL where nothing follows the first part. */
function checkPrefix(name: string): void {
	if (!PREFIXES.some(prefix => name.startsWith(prefix))) throw new Errno('EOPNOTSUPP');
	if (PREFIXES.includes(name)) throw new Errno('EINVAL');
}

function xattrsOf(inode: VfsInode): SimpleXattrs {
	const of = inode as KernfsInode;
	of.xattrs ??= new SimpleXattrs();
	return of.xattrs;
}

const fileInodeOperations: InodeOperations = { setattr: kernfsIopSetattr, ...kernfsXattrs };
const linkInodeOperations: InodeOperations = { getLink: kernfsGetLink, ...fileInodeOperations };

function inodeOperations({ mode, root }: KernfsNode): InodeOperations {
	if (isDir(mode)) return root.dirOperations;
	return isLnk(mode) ? linkInodeOperations : fileInodeOperations;
}

function fileOperations({ mode, root }: KernfsNode): FileOperations {
	if (isDir(mode)) return root.dirFops;
	return isLnk(mode) ? {} : kernfsFileFops;
}
