/**
 * dir - the tree of nodes under sysfs, debugfs and configfs.
 *
 * Simulates fs/kernfs/dir.c: directories, files and links that the kernel makes and removes, and that a super block shows.
 *
 *     active         operations on an open file run inside the node's `active`
 *     removed        nobody gets in any more; `remove` waits for those inside
 *
 * There may be a hundred thousand nodes that nobody ever looks at, so what only some need is made when they need it: inodes,
 * the entries of a directory, the door that operations go through. A directory whose content is known beforehand is filled when
 * somebody first looks into it (`fillLater`).
 *
 * Divergence: a listing is in the order in which the nodes were made; Linux has them in the order of a hash of their names.
 */

import type { FileOperations, Inode, InodeOperations } from '../../../src/boundary/vfs.ts';
import { type Awaitable, isPromise } from '../../../src/lib/awaitable.ts';
import { Errno } from '../../../src/lib/errno.ts';
import {
	isDir,
	S_IALLUGO,
	S_IFDIR,
	S_IFLNK,
	S_IFMT,
	S_IFREG,
	S_IRUGO,
	S_IRWXUGO,
	S_IXUGO,
} from '../../../src/uapi/stat.ts';
import type { Kernel } from '../../kernel.ts';
import { InUse } from '../in_use.ts';
import { emptyDirInodeOperations, emptyDirOperations } from '../libfs.ts';
import type { SuperBlock } from '../super.ts';
import { type KernfsSyscallOps, kernfsDirFops, kernfsDirOperations } from './dir_operations.ts';
import type { KernfsOps } from './file.ts';
import { type KernfsInode, kernfsGetInode, kernfsNode } from './inode.ts';
import { drainOpenFiles, type KernfsOpenNode, notifyOpenNode } from './open_file.ts';

/** What a node is made from, besides its place. */
export interface KernfsNodeInit {
	/** Type and permission bits. */
	readonly mode: number;
	/** st_size; of a file, an upper bound of what it holds. Absent: 0. */
	readonly size?: number;
	readonly uid?: number;
	readonly gid?: number;
	/** What a file of kernfs does. */
	readonly ops?: KernfsOps;
	/** Operations of the inode, for a node that has its own. Absent: those of kernfs. */
	readonly op?: InodeOperations;
	/** Operations of an open file, for a node that has its own. Absent: those of kernfs. */
	readonly fop?: FileOperations;
	/** What a link leads to. */
	readonly target?: KernfsNode;
	/** For whoever makes the node. */
	readonly priv?: unknown;
}

/** What the kernel may change of a node; absent members stay. */
export type KernfsAttr = Partial<Readonly<Record<'mode' | 'uid' | 'gid' | 'size', number>>>;

const emptyDir = {
	op: emptyDirInodeOperations,
	fop: emptyDirOperations(inode => kernfsNode(inode).parent!.ino),
};

const noChildren: ReadonlyMap<string, KernfsNode> = new Map();

/** A directory, file or link (struct kernfs_node). */
export class KernfsNode {
	readonly root: KernfsRoot;
	/** Undefined for the root alone. */
	parent: KernfsNode | undefined;
	name: string;
	readonly ino: number;
	/** Type and permission bits. */
	mode: number;
	size: number;
	uid: number;
	gid: number;
	readonly ops: KernfsOps | undefined;
	readonly op: InodeOperations | undefined;
	readonly fop: FileOperations | undefined;
	readonly target: KernfsNode | undefined;
	/** For whoever has made the node; sysfs keeps the object of a directory and the attribute of a file here. */
	priv: unknown;
	/** Made when the node is first looked up. */
	inode: KernfsInode | undefined = undefined;
	/** There while the file is open. */
	open: KernfsOpenNode | undefined = undefined;
	#entries: Entries | undefined = undefined;
	#later: Later | undefined = undefined;
	#active: InUse | undefined = undefined;

	constructor(root: KernfsRoot, parent: KernfsNode | undefined, name: string, ino: number, init: KernfsNodeInit) {
		this.root = root;
		this.parent = parent;
		this.name = name;
		this.ino = ino;
		this.mode = init.mode;
		this.size = init.size ?? 0;
		this.uid = init.uid ?? 0;
		this.gid = init.gid ?? 0;
		this.ops = init.ops;
		this.op = init.op;
		this.fop = init.fop;
		this.target = init.target;
		this.priv = init.priv;
	}

	/** Makes a directory in this one (kernfs_create_dir). EEXIST; ENOENT in a node that was removed; so do the next four. */
	createDir(name: string, mode = 0o755, priv?: unknown): KernfsNode {
		return this.root.add(this, name, { mode: S_IFDIR | mode, priv });
	}

	/** Makes a directory that nothing can be made in (kernfs_create_empty_dir). */
	createEmptyDir(name: string): KernfsNode {
		return this.root.add(this, name, { mode: S_IFDIR | S_IRUGO | S_IXUGO, ...emptyDir });
	}

	/** Makes a file (__kernfs_create_file). */
	createFile(name: string, mode: number, size: number, ops: KernfsOps, priv?: unknown): KernfsNode {
		return this.root.add(this, name, { mode: S_IFREG | mode, size, ops, priv });
	}

	/** Makes a link to another node of the tree (kernfs_create_link). */
	createLink(name: string, target: KernfsNode): KernfsNode {
		return this.root.add(this, name, { mode: S_IFLNK | S_IRWXUGO, target });
	}

	/** Makes a node of any type with operations of its own; `mode` without a type is a file. */
	createNode(name: string, init: KernfsNodeInit): KernfsNode {
		return this.root.add(this, name, (init.mode & S_IFMT) === 0 ? { ...init, mode: S_IFREG | init.mode } : init);
	}

	/**
	 * Leaves it to `fill` to make what is in a directory, once somebody looks into it or makes something in it; nobody is told of
	 * what it makes, as nobody can have missed it. `subdirs` of that are directories. With `makes`, which is true for the names that
	 * it makes, others can be looked for and made without it.
	 */
	fillLater(fill: () => void, subdirs = 0, makes?: (name: string) => boolean): void {
		this.#fillNow();
		this.#later = { fill, subdirs, makes };
	}

	/** What is in a directory, by name and in the order in which it was made. */
	get children(): ReadonlyMap<string, KernfsNode> {
		this.#fillNow();
		return this.made;
	}

	/** As `children`, without what is not made yet. */
	get made(): ReadonlyMap<string, KernfsNode> {
		return this.#entries?.byName ?? noChildren;
	}

	/** Undefined where there is nothing of that name (kernfs_find_and_get). */
	findChild(name: string): KernfsNode | undefined {
		if (this.#later?.makes?.(name) ?? true) this.#fillNow();
		return this.#entries?.byName.get(name);
	}

	/** For a listing: what is in a directory, by rising inode number. */
	get listed(): readonly KernfsNode[] {
		this.#fillNow();
		return this.#entries?.listed ?? [];
	}

	/** False once it was removed. */
	get attached(): boolean {
		return this.parent === undefined || this.parent.findChild(this.name) === this;
	}

	/** From the root of the tree, with a slash before each name (kernfs_path). */
	get path(): string {
		return this.parent === undefined ? '' : `${this.parent.path}/${this.name}`;
	}

	/** Operations run inside; closed when the node is removed. */
	get active(): InUse {
		this.#active ??= new InUse();
		return this.#active;
	}

	/** Links to a directory: its name, its own dot, and the `..` of each directory in it. */
	get nlink(): number {
		return isDir(this.mode) ? 2 + (this.#entries?.subdirs ?? 0) + (this.#later?.subdirs ?? 0) : 1;
	}

	/** Removes it with all that is in it; settles once no operation of theirs runs any more (kernfs_remove). */
	remove(): Awaitable<void> {
		return this.root.remove(this);
	}

	/** Moves it to another place of the same tree (kernfs_rename). EEXIST; ENOENT where it or the directory was removed. */
	rename(parent: KernfsNode, name: string): void {
		this.root.rename(this, parent, name);
	}

	/** Says that the file holds something new: whoever polls it is told so until it reads (kernfs_notify). */
	notify(): void {
		notifyOpenNode(this.open);
	}

	/** Changes attributes from inside the kernel (kernfs_setattr). The type bits stay. */
	setattr({ mode, uid, gid, size }: KernfsAttr): void {
		if (mode !== undefined) this.mode = (this.mode & S_IFMT) | (mode & S_IALLUGO);
		this.uid = uid ?? this.uid;
		this.gid = gid ?? this.gid;
		this.size = size ?? this.size;
		const { inode } = this;
		if (inode === undefined) return;
		Object.assign(inode, { mode: this.mode, uid: this.uid, gid: this.gid, size: this.size });
		this.root.kernel.fsnotify.notify({ type: 'attr', inode });
	}

	/** For the tree: puts a node in. */
	link(child: KernfsNode): void {
		this.#entries ??= new Entries();
		this.#entries.insert(child);
	}

	/** For the tree: takes a node out. */
	unlink(child: KernfsNode): void {
		this.#entries!.erase(child);
	}

	/** For the tree: forgets what is not made yet. */
	fillNever(): void {
		this.#later = undefined;
	}

	#fillNow(): void {
		while (this.#later !== undefined) {
			const { fill } = this.#later;
			this.#later = undefined;
			this.root.fill(this, fill);
		}
	}
}

/** What is to be in a directory once somebody looks. */
interface Later {
	readonly fill: () => void;
	readonly subdirs: number;
	readonly makes: ((name: string) => boolean) | undefined;
}

/** What is in a directory (struct kernfs_elem_dir). */
class Entries {
	readonly byName = new Map<string, KernfsNode>();
	subdirs = 0;
	#listed: readonly KernfsNode[] | undefined;

	get listed(): readonly KernfsNode[] {
		this.#listed ??= [...this.byName.values()].sort((a, b) => a.ino - b.ino);
		return this.#listed;
	}

	insert(child: KernfsNode): void {
		this.byName.set(child.name, child);
		if (isDir(child.mode)) this.subdirs += 1;
		this.#listed = undefined;
	}

	erase(child: KernfsNode): void {
		this.byName.delete(child.name);
		if (isDir(child.mode)) this.subdirs -= 1;
		this.#listed = undefined;
	}
}

/** What may be chosen of a tree. */
export interface KernfsRootOptions {
	/** Permission bits of the root directory. Absent: 0555. */
	readonly rootMode?: number;
	/** What programs may make and remove. Absent: nothing. */
	readonly dirOps?: KernfsSyscallOps;
	/** Operations of its directories, for a tree that has its own. Absent: those of kernfs, with `dirOps`. */
	readonly dirInodeOperations?: InodeOperations;
	/** Operations of an open directory. Absent: those of kernfs. */
	readonly dirFops?: FileOperations;
	/** For whoever makes the tree: `priv` of the root directory. */
	readonly priv?: unknown;
}

/** A tree, and the super block that shows it (struct kernfs_root). */
export class KernfsRoot {
	readonly kernel: Kernel;
	readonly sb: SuperBlock;
	/** Operations of the inodes of its directories. */
	readonly dirOperations: InodeOperations;
	/** Operations of its open directories. */
	readonly dirFops: FileOperations;
	/** The root directory. */
	readonly kn: KernfsNode;
	/** The directory that is being filled, because somebody looks into it. */
	#filling: KernfsNode | undefined;
	#lastIno = 0;

	constructor(kernel: Kernel, sb: SuperBlock, options: KernfsRootOptions = {}) {
		this.kernel = kernel;
		this.sb = sb;
		this.dirOperations = options.dirInodeOperations ?? kernfsDirOperations(options.dirOps ?? {});
		const { dirFops = kernfsDirFops, rootMode = 0o555, priv } = options;
		this.dirFops = dirFops;
		this.kn = this.#node(undefined, '', { mode: S_IFDIR | rootMode, priv });
		sb.root = kernfsGetInode(this.kn);
	}

	/** See the create functions of `KernfsNode`. */
	add(parent: KernfsNode, name: string, init: KernfsNodeInit): KernfsNode {
		if (!parent.attached) throw new Errno('ENOENT', `${parent.name} was removed`);
		if (parent.findChild(name) !== undefined) throw new Errno('EEXIST', `${name} is there already`);
		const kn = this.#node(parent, name, init);
		parent.link(kn);
		this.#changed(parent, name);
		return kn;
	}

	/** See `KernfsNode.fillLater`. */
	fill(kn: KernfsNode, fill: () => void): void {
		const before = this.#filling;
		this.#filling = kn;
		try {
			fill();
		} finally {
			this.#filling = before;
		}
	}

	/** See `KernfsNode.remove`. */
	remove(kn: KernfsNode): Awaitable<void> {
		const { parent } = kn;
		if (parent === undefined || !kn.attached) return;
		const removed = descendants(kn);
		for (const each of removed) {
			each.parent!.unlink(each);
			each.fillNever();
		}
		this.#changed(parent, kn.name, kn.inode);
		const waiting = removed.map(deactivate).filter(isPromise);
		return waiting.length === 0 ? undefined : Promise.all(waiting).then(() => {});
	}

	/** See `KernfsNode.rename`. */
	rename(kn: KernfsNode, parent: KernfsNode, name: string): void {
		const from = kn.parent;
		if (from === undefined || !kn.attached || !parent.attached) throw new Errno('ENOENT');
		if (from === parent && kn.name === name) return;
		if (parent.findChild(name) !== undefined) throw new Errno('EEXIST', `${name} is there already`);
		const before = kn.name;
		from.unlink(kn);
		kn.parent = parent;
		kn.name = name;
		parent.link(kn);
		this.#changed(from, before, kn.inode);
		this.#changed(parent, name);
	}

	#node(parent: KernfsNode | undefined, name: string, init: KernfsNodeInit): KernfsNode {
		this.#lastIno++;
		return new KernfsNode(this, parent, name, this.#lastIno, init);
	}

	/** Tells who caches the tree that a name is new, or that what it meant is gone; the VFS tells of what it was asked to do. */
	#changed(parent: KernfsNode, name: string, gone?: Inode): void {
		const { fsnotify, time } = this.kernel;
		const dir = parent.inode;
		if (dir === undefined || parent === this.#filling) return;
		dir.nlink = parent.nlink;
		dir.touch(time.now());
		if (dir.asked === name) return;
		fsnotify.notify(gone === undefined ? { type: 'entry', dir, name } : { type: 'delete', dir, name, inode: gone });
		fsnotify.notify({ type: 'attr', inode: dir });
	}
}

/** A node and all below it, the innermost first. */
function descendants(kn: KernfsNode): KernfsNode[] {
	return [...[...kn.made.values()].flatMap(descendants), kn];
}

/** Lets nobody in any more, and once all are out lets go of the files that are still open (kernfs_drain). */
function deactivate(kn: KernfsNode): Awaitable<void> {
	const closed = kn.active.close();
	return isPromise(closed) ? closed.then(() => drainOpenFiles(kn)) : drainOpenFiles(kn);
}
