/**
 * generic - the tree of /proc.
 *
 * Simulates fs/proc/generic.c: how entries come and go, and how directories are searched and listed. Whoever makes entries does
 * so through `Proc` (proc_fs.ts).
 */

import type { DirContext, FileOperations, Iattr, Inode, InodeOperations } from '../../../src/boundary/vfs.ts';
import { type Awaitable, isPromise } from '../../../src/lib/awaitable.ts';
import { Errno, type ErrnoName } from '../../../src/lib/errno.ts';
import { encodeName } from '../../../src/lib/text.ts';
import { direntType, isDir, S_IFDIR, S_IRUGO, S_IXUGO } from '../../../src/uapi/stat.ts';
import { setattrCopy } from '../attr.ts';
import type { Fsnotify } from '../fsnotify.ts';
import { dirEmitDots } from '../libfs.ts';
import { genericFileLlseek, MAX_NON_LFS } from '../read_write.ts';
import { genericFillattr } from '../stat.ts';
import { procGetInode } from './inode.ts';
import { PDE, ProcDirEntry, type ProcDirEntryInit, procSb } from './internal.ts';
import { nameToInt } from './util.ts';

const NAME_MAX = 255;
const PROC_ROOT_INO = 1;
/** The first inode number of an entry. */
const PROC_DYNAMIC_FIRST = 0xf000_0000;

/** What the tree needs of its kernel. */
export interface ProcKernel {
	readonly fsnotify: Fsnotify;
	/** Logs a mistake of the kernel's own that it survives (WARN). */
	warn(message: string): void;
}

/** Changes the attributes of a file or directory, here and in the entry (proc_notify_change). A size is forgotten. */
function procNotifyChange(inode: Inode, attr: Iattr): void {
	const pde = PDE(inode);
	setattrCopy(inode, attr);
	pde.mode = inode.mode;
	pde.uid = inode.uid;
	pde.gid = inode.gid;
}

/** Finds the inode of a name in a directory. A miss is refused, so that nothing can be made in /proc (proc_lookup). */
export function procLookup(dir: Inode, name: string): Inode {
	const pde = PDE(dir).subdir.find(name);
	if (pde === undefined) throw new Errno('ENOENT');
	return procGetInode(procSb(dir), pde);
}

/** Lists a directory, the dots first. True once everything was taken (proc_readdir). */
export function procReaddir(dir: Inode, ctx: DirContext): boolean {
	const pde = PDE(dir);
	if (!dirEmitDots(ctx, dir.ino, pde.parent.lowIno)) return false;
	const { listed } = pde.subdir;
	for (; ctx.pos - 2 < listed.length; ctx.pos++) {
		const { name, lowIno, mode } = listed[ctx.pos - 2]!;
		if (!ctx.emit(name, lowIno, direntType(mode))) return false;
	}
	return true;
}

/** Operations of an entry that is a file. */
export const procFileInodeOperations: InodeOperations = { setattr: procNotifyChange };

/** Operations of one that is a directory. */
export const procDirOperations: { readonly iops: InodeOperations; readonly fops: FileOperations } = {
	iops: {
		lookup: procLookup,
		setattr: procNotifyChange,
		getattr: inode => ({ ...genericFillattr(inode), nlink: PDE(inode).nlink }),
	},
	fops: {
		llseek: genericFileLlseek(MAX_NON_LFS),
		iterate: (file, dir) => {
			procReaddir(file.inode, dir);
		},
	},
};

/** What an entry is made from whose place is told otherwise. Absent `lowIno`: a new number. */
export type EntryInit = Omit<ProcDirEntryInit, 'name' | 'parent' | 'lowIno'> & { readonly lowIno?: number };

/** The entries of one kernel. */
export class ProcTree {
	readonly root: ProcDirEntry;
	readonly #kernel: ProcKernel;
	#size = 1;
	/** The first two numbers are those of namespaces (namespaces.ts). */
	#lastInum = PROC_DYNAMIC_FIRST + 1;

	/** An empty tree. Its root has operations of its own: it shows the tasks as well. */
	constructor(kernel: ProcKernel, rootOperations: Pick<ProcDirEntryInit, 'iops' | 'fops'>) {
		this.#kernel = kernel;
		const mode = S_IFDIR | S_IRUGO | S_IXUGO;
		const root = { name: '/proc', lowIno: PROC_ROOT_INO, mode, nlink: 2 };
		this.root = new ProcDirEntry({ ...root, ...rootOperations });
	}

	/** Entries in it, the root among them. */
	get size(): number {
		return this.#size;
	}

	/** A number for one more inode (proc_alloc_inum). */
	allocInum(): number {
		this.#lastInum++;
		return this.#lastInum;
	}

	/** Makes an entry; `Proc.create` tells what it throws (__proc_create, proc_register). */
	register(path: string, parent: ProcDirEntry | undefined, init: EntryInit) {
		const { dir, name } = this.#xlate(path, parent);
		this.#checkName(name, dir);
		const entry = new ProcDirEntry({ ...init, name, parent: dir, lowIno: init.lowIno ?? this.allocInum() });
		if (!dir.subdir.insert(entry)) {
			this.#refuse('EEXIST', `proc_dir_entry '${dir.name}/${name}' already registered`);
		}
		this.#size += 1;
		if (isDir(entry.mode)) dir.nlink++;
		entry.uid = dir.uid;
		entry.gid = dir.gid;
		for (const inode of dir.inodes()) {
			this.#kernel.fsnotify.notify({ type: 'entry', dir: inode, name });
			this.#kernel.fsnotify.notify({ type: 'attr', inode });
		}
		return entry;
	}

	/** Undefined where there is nothing of that name. ENOENT without the directories before it. */
	find(path: string, parent: ProcDirEntry | undefined): ProcDirEntry | undefined {
		const { dir, name } = this.#xlate(path, parent);
		return dir.subdir.find(name);
	}

	/**
	 * Takes an entry and all below it out of the tree, at once, then has each run down. What it returns settles when none of
	 * their operations runs any more and all of their open files are released.
	 */
	erase(entry: ProcDirEntry): Awaitable<void> {
		const erased = this.#eraseSubtree(entry);
		const { parent, name } = entry;
		for (const dir of parent.inodes()) {
			const inode = entry.inodeIn(procSb(dir));
			const gone = inode === undefined ? { type: 'entry' as const } : { type: 'delete' as const, inode };
			this.#kernel.fsnotify.notify({ ...gone, dir, name });
			this.#kernel.fsnotify.notify({ type: 'attr', inode: dir });
		}
		const waiting = erased.map(each => each.rundown()).filter(isPromise);
		return waiting.length === 0 ? undefined : Promise.all(waiting).then(() => {});
	}

	/** The entries that were taken out, the innermost first. */
	#eraseSubtree(entry: ProcDirEntry): ProcDirEntry[] {
		const inner = [...entry.entries].flatMap(child => this.#eraseSubtree(child));
		entry.parent.subdir.erase(entry);
		this.#size -= 1;
		if (isDir(entry.mode)) entry.parent.nlink--;
		return [...inner, entry];
	}

	/** Logs a mistake of who uses the tree (WARN). */
	warn(message: string): void {
		this.#kernel.warn(message);
	}

	/** Logs what went wrong, and throws. */
	#refuse(code: ErrnoName, message: string): never {
		this.#kernel.warn(message);
		throw new Errno(code, message);
	}

	#checkName(name: string, dir: ProcDirEntry): void {
		const length = encodeName(name).length;
		if (length === 0 || length > NAME_MAX) this.#refuse('EINVAL', `name len ${length}`);
		if (name === '.' || name === '..') this.#refuse('EINVAL', `name '${name}'`);
		if (dir === this.root && nameToInt(name) !== undefined) this.#refuse('EINVAL', `create '/proc/${name}' by hand`);
	}

	/** The directory that a path leads to and the name in it (xlate_proc_name). */
	#xlate(path: string, parent: ProcDirEntry | undefined): { dir: ProcDirEntry; name: string } {
		const names = path.split('/');
		const name = names.pop()!;
		let dir = parent ?? this.root;
		for (const step of names) dir = dir.subdir.find(step) ?? this.#refuse('ENOENT', `name '${path}'`);
		return { dir, name };
	}
}
