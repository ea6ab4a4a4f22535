/**
 * dir - the tree of nodes under sysfs.
 *
 * Simulates fs/kernfs/dir.c: directories, files and links that the kernel makes and removes, and that a super block shows.
 *
 *     active         operations on an open file run inside the node's `active`
 *     removed        nobody gets in any more, ENODEV; `remove` waits for those inside
 *
 * Divergence: a listing is in the order in which the nodes were made; Linux has them in the order of a hash of their names.
 */

import type { FileOperations, Inode, InodeOperations } from '../../../src/boundary/vfs.ts';
import { type Awaitable, isPromise } from '../../../src/lib/awaitable.ts';
import { Errno } from '../../../src/lib/errno.ts';
import { isDir, S_IFDIR, S_IFLNK, S_IFREG, S_IRWXUGO } from '../../../src/uapi/stat.ts';
import type { Kernel } from '../../kernel.ts';
import { InUse } from '../in_use.ts';
import { dirEmitDots, emitEntries } from '../libfs.ts';
import { genericFileLlseek, MAX_NON_LFS } from '../read_write.ts';
import type { SuperBlock } from '../super.ts';
import type { KernfsOps } from './file.ts';
import { type KernfsInode, kernfsGetInode, kernfsNode } from './inode.ts';

/** What a node is made from, besides its place. */
interface NodeInit {
	/** Type and permission bits. */
	readonly mode: number;
	/** st_size; of a file, an upper bound of what it holds. Absent: 0. */
	readonly size?: number;
	/** What a file does. */
	readonly ops?: KernfsOps;
	/** What a link leads to. */
	readonly target?: KernfsNode;
}

/** A directory, file or link (struct kernfs_node). */
export class KernfsNode {
	readonly root: KernfsRoot;
	/** Undefined for the root alone. */
	readonly parent: KernfsNode | undefined;
	readonly name: string;
	readonly ino: number;
	readonly mode: number;
	readonly size: number;
	readonly ops: KernfsOps | undefined;
	readonly target: KernfsNode | undefined;
	readonly children = new Map<string, KernfsNode>();
	/** Closed when the node is removed. */
	readonly active = new InUse();
	/** Made when the node is first looked up. */
	inode: KernfsInode | undefined;

	constructor(root: KernfsRoot, parent: KernfsNode | undefined, name: string, ino: number, init: NodeInit) {
		this.root = root;
		this.parent = parent;
		this.name = name;
		this.ino = ino;
		this.mode = init.mode;
		this.size = init.size ?? 0;
		this.ops = init.ops;
		this.target = init.target;
	}

	/** Makes a directory in this one (kernfs_create_dir). EEXIST, as the next two; ENOENT in a node that was removed. */
	createDir(name: string, mode = 0o755): KernfsNode {
		return this.root.add(this, name, { mode: S_IFDIR | mode });
	}

	/** Makes a file (__kernfs_create_file). */
	createFile(name: string, mode: number, size: number, ops: KernfsOps): KernfsNode {
		return this.root.add(this, name, { mode: S_IFREG | mode, size, ops });
	}

	/** Makes a link to another node of the tree (kernfs_create_link). */
	createLink(name: string, target: KernfsNode): KernfsNode {
		return this.root.add(this, name, { mode: S_IFLNK | S_IRWXUGO, target });
	}

	/** Removes it with all that is in it; settles once no operation of theirs runs any more (kernfs_remove). */
	remove(): Awaitable<void> {
		return this.root.remove(this);
	}

	/** Links to a directory: its name, its own dot, and the `..` of each directory in it. */
	get nlink(): number {
		if (!isDir(this.mode)) return 1;
		return 2 + [...this.children.values()].filter(({ mode }) => isDir(mode)).length;
	}
}

/** A tree, and the super block that shows it (struct kernfs_root). */
export class KernfsRoot {
	readonly kernel: Kernel;
	readonly sb: SuperBlock;
	/** The root directory. */
	readonly kn: KernfsNode;
	#lastIno = 0;

	constructor(kernel: Kernel, sb: SuperBlock) {
		this.kernel = kernel;
		this.sb = sb;
		this.kn = this.#node(undefined, '', { mode: S_IFDIR | 0o555 });
		sb.root = kernfsGetInode(this.kn);
	}

	/** See the create functions of `KernfsNode`. */
	add(parent: KernfsNode, name: string, init: NodeInit): KernfsNode {
		if (parent !== this.kn && parent.parent?.children.get(parent.name) !== parent) throw new Errno('ENOENT');
		if (parent.children.has(name)) throw new Errno('EEXIST', `${name} is there already`);
		const kn = this.#node(parent, name, init);
		parent.children.set(name, kn);
		this.#changed(parent, name);
		return kn;
	}

	/** See `KernfsNode.remove`. */
	remove(kn: KernfsNode): Awaitable<void> {
		if (kn.parent?.children.get(kn.name) !== kn) return;
		const removed = descendants(kn);
		for (const each of removed) each.parent!.children.delete(each.name);
		this.#changed(kn.parent, kn.name, kn.inode);
		const waiting = removed.map(each => each.active.close()).filter(isPromise);
		return waiting.length === 0 ? undefined : Promise.all(waiting).then(() => {});
	}

	#node(parent: KernfsNode | undefined, name: string, init: NodeInit): KernfsNode {
		this.#lastIno++;
		return new KernfsNode(this, parent, name, this.#lastIno, init);
	}

	/** Tells who caches the tree that a name is new, or that what it meant is gone. */
	#changed(parent: KernfsNode, name: string, gone?: Inode): void {
		const { fsnotify, time } = this.kernel;
		const dir = parent.inode;
		if (dir === undefined) return;
		dir.nlink = parent.nlink;
		dir.touch(time.now());
		fsnotify.notify(gone === undefined ? { type: 'entry', dir, name } : { type: 'delete', dir, name, inode: gone });
		fsnotify.notify({ type: 'attr', inode: dir });
	}
}

/** A node and all below it, the innermost first. */
function descendants(kn: KernfsNode): KernfsNode[] {
	return [...[...kn.children.values()].flatMap(descendants), kn];
}

/** Looking up in a directory; nothing can be made or removed there from outside (kernfs_dir_iops). */
export const kernfsDirLookup: NonNullable<InodeOperations['lookup']> = (dir, name) => {
	const kn = kernfsNode(dir).children.get(name);
	return kn && kernfsGetInode(kn);
};

/** Listing a directory (kernfs_dir_fops). */
export const kernfsDirFops: FileOperations = {
	llseek: genericFileLlseek(MAX_NON_LFS),
	iterate(file, dir) {
		const kn = kernfsNode(file.inode);
		if (!dirEmitDots(dir, kn.ino, kn.parent?.ino ?? kn.ino)) return;
		emitEntries(
			dir,
			[...kn.children].map(([name, child]) => [name, kernfsGetInode(child)]),
		);
	},
};
