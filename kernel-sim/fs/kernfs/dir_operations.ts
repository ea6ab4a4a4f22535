/**
 * dir_operations - what programs can do with a directory (kernfs_dir_iops and kernfs_dir_fops of fs/kernfs/dir.c).
 *
 * What a tree lets programs make and remove, its `KernfsSyscallOps` do. As Linux holds the lock of a directory's inode
 * meanwhile, one call runs at a time in a directory, however long it sleeps.
 */

import type { Context, FileOperations, Inode, InodeOperations } from '../../../src/boundary/vfs.ts';
import { type Awaitable, chain, finallyDo } from '../../../src/lib/awaitable.ts';
import { Errno } from '../../../src/lib/errno.ts';
import { direntType } from '../../../src/uapi/stat.ts';
import { Mutex } from '../../kernel/mutex.ts';
import { checkNameLength, dirEmitDots } from '../libfs.ts';
import { genericFileLlseek, MAX_NON_LFS } from '../read_write.ts';
import type { KernfsNode } from './dir.ts';
import { type KernfsInode, kernfsGetInode, kernfsIopSetattr, kernfsNode, kernfsXattrs } from './inode.ts';

/**
 * What programs may do in a tree (struct kernfs_syscall_ops). Permissions were checked, and that the name is free or taken. Each
 * may sleep, and refuses by an Errno. An absent one is EPERM.
 */
export interface KernfsSyscallOps {
	/** Makes the directory, by `parent.createDir`, with what belongs into it. */
	mkdir?(parent: KernfsNode, name: string, mode: number, ctx: Context): Awaitable<void>;
	/** Removes a directory, by `kn.remove`; whether it may have entries is its own to say. */
	rmdir?(kn: KernfsNode, ctx: Context): Awaitable<void>;
	/** Makes a link with this text. */
	symlink?(parent: KernfsNode, name: string, text: string, ctx: Context): Awaitable<void>;
	/** Removes what is not a directory. */
	unlink?(kn: KernfsNode, ctx: Context): Awaitable<void>;
	/** Gives a node another place, by `kn.rename`. */
	rename?(kn: KernfsNode, parent: KernfsNode, name: string, ctx: Context): Awaitable<void>;
}

/** Operations of the directories of a tree. */
export function kernfsDirOperations(ops: KernfsSyscallOps): InodeOperations {
	return {
		...{ lookup, setattr: kernfsIopSetattr, ...kernfsXattrs },
		...(ops.mkdir && {
			mkdir: (dir, name, mode, ctx) => make(dir, name, parent => ops.mkdir!(parent, name, mode, ctx)),
		}),
		...(ops.symlink && {
			symlink: (dir, name, text, ctx) => make(dir, name, parent => ops.symlink!(parent, name, text, ctx)),
		}),
		...(ops.rmdir && { rmdir: (dir, name, inode, ctx) => take(dir, name, inode, kn => ops.rmdir!(kn, ctx)) }),
		...(ops.unlink && { unlink: (dir, name, inode, ctx) => take(dir, name, inode, kn => ops.unlink!(kn, ctx)) }),
		...(ops.rename && {
			rename(oldDir, oldName, newDir, newName, flags, ctx) {
				if (flags !== 0) throw new Errno('EINVAL');
				const kn = kernfsNode(oldDir).findChild(oldName);
				if (kn === undefined) throw new Errno('ENOENT');
				return ops.rename!(kn, kernfsNode(newDir), newName, ctx);
			},
		}),
	};
}

function lookup(dir: Inode, name: string): Inode | undefined {
	const kn = kernfsNode(dir).findChild(name);
	return kn && kernfsGetInode(kn);
}

/** The lookup of a tree that refuses names above 255 bytes by ENAMETOOLONG (simple_lookup); to kernfs they are misses. */
export const kernfsSimpleLookup: NonNullable<InodeOperations['lookup']> = (dir, name) => {
	const inode = lookup(dir, name);
	if (inode === undefined) checkNameLength(name);
	return inode;
};

/** Listing a directory. Positions are inode numbers, so that none is left out because another was removed meanwhile. */
export const kernfsDirFops: FileOperations = {
	llseek: genericFileLlseek(MAX_NON_LFS),
	iterate(file, dir) {
		const { ino, parent, listed } = kernfsNode(file.inode);
		if (!dirEmitDots(dir, ino, parent?.ino ?? ino)) return;
		for (let i = firstFrom(listed, dir.pos); i < listed.length; i++) {
			const kn = listed[i]!;
			dir.pos = position(kn);
			if (!dir.emit(kn.name, kn.ino, direntType(kn.mode))) return;
			dir.pos += 1;
		}
	},
};

/** Of an entry. The first two are those of the dots, and the lowest number is the root's. */
function position({ ino }: KernfsNode): number {
	return ino + 1;
}

/** Index of the first entry at `pos` or behind it. */
function firstFrom(listed: readonly KernfsNode[], pos: number): number {
	let low = 0;
	let high = listed.length;
	while (low < high) {
		const middle = (low + high) >> 1;
		if (position(listed[middle]!) < pos) low = middle + 1;
		else high = middle;
	}
	return low;
}

function make(dir: Inode, name: string, call: (parent: KernfsNode) => Awaitable<void>): Awaitable<Inode> {
	return alone(dir, name, parent => {
		if (parent.findChild(name) !== undefined) throw new Errno('EEXIST');
		const made = parent.active.run('ENOENT', () => call(parent));
		return chain(made, () => {
			const kn = parent.findChild(name);
			if (kn === undefined) throw new TypeError(`nothing was made in ${parent.path} that is called ${name}`);
			return kernfsGetInode(kn);
		});
	});
}

function take(dir: Inode, name: string, inode: Inode, call: (kn: KernfsNode) => Awaitable<void>): Awaitable<void> {
	return alone(dir, name, parent => {
		const kn = kernfsNode(inode);
		if (parent.findChild(name) !== kn) throw new Errno('ENOENT');
		return call(kn);
	});
}

/** Runs a call that a program has made, once no other runs in the directory. */
function alone<T>(dir: Inode, name: string, call: (parent: KernfsNode) => Awaitable<T>): Awaitable<T> {
	const inode = dir as KernfsInode;
	inode.lock ??= new Mutex();
	return inode.lock.run(() => {
		if (!inode.kn.attached) throw new Errno('ENOENT');
		inode.asked = name;
		return finallyDo(
			() => call(inode.kn),
			() => {
				inode.asked = undefined;
			},
		);
	});
}
