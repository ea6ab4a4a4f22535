/**
 * inode - the inodes of nodes.
 *
 * Simulates fs/kernfs/inode.c. Attributes that root changes stay for as long as the node does; a size is taken and forgotten.
 *
 * Divergence: there are no extended attributes.
 */

import type { FileOperations, InodeOperations, Inode as VfsInode } from '../../../src/boundary/vfs.ts';
import { isDir, isLnk } from '../../../src/uapi/stat.ts';
import { setattrCopy } from '../attr.ts';
import { Inode, type InodeInit } from '../inode.ts';
import { type KernfsNode, kernfsDirFops, kernfsDirLookup } from './dir.ts';
import { kernfsFileFops } from './file.ts';
import { kernfsGetLink } from './symlink.ts';

/** An inode that stands for a node. */
export class KernfsInode extends Inode {
	readonly kn: KernfsNode;

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
		sb: kn.root.sb,
		ino: kn.ino,
		mode: kn.mode,
		nlink: kn.nlink,
		size: kn.size,
		time: kn.root.kernel.time.now(),
		...operations(kn),
	});
	return kn.inode;
}

function operations({ mode }: KernfsNode): { readonly op: InodeOperations; readonly fop: FileOperations } {
	if (isDir(mode)) return { op: { lookup: kernfsDirLookup, setattr: setattrCopy }, fop: kernfsDirFops };
	if (isLnk(mode)) return { op: { getLink: kernfsGetLink, setattr: setattrCopy }, fop: {} };
	return { op: { setattr: setattrCopy }, fop: kernfsFileFops };
}
