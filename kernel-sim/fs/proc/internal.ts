/**
 * internal - entries of the /proc tree.
 *
 * Simulates fs/proc/internal.h and the life of an entry as fs/proc/inode.c has it. An entry exists once, however often /proc is
 * mounted; each mount has inodes of its own for it.
 *
 *     registered    `inUse` counts who is inside one of its operations
 *     removed       nobody gets in any more; `rundown` waits for those inside, then releases every open file
 *
 * So the module that made an entry may go while programs hold it open: none of its code runs for them afterwards.
 */

import type {
	Context,
	File,
	FileOperations,
	InodeOperations,
	PollTable,
	ReadResult,
	Inode as VfsInode,
	WriteResult,
} from '../../../src/boundary/vfs.ts';
import { type Awaitable, chain } from '../../../src/lib/awaitable.ts';
import { encodeName } from '../../../src/lib/text.ts';
import type { Kernel } from '../../kernel.ts';
import { InUse } from '../in_use.ts';
import { Inode, type InodeInit } from '../inode.ts';
import { SuperBlock, type SuperBlockInit } from '../super.ts';
import type { ProcTree } from './generic.ts';
import type { TaskInode } from './proc_task.ts';

/** What a file in /proc can do (struct proc_ops); `FileOperations` tells what each operation is to do. */
export interface ProcOps {
	/** Absent: allowed. */
	open?(inode: VfsInode, file: File, ctx: Context): Awaitable<void>;
	/** Absent: EIO. */
	read?(file: File, count: number, pos: number, ctx: Context): Awaitable<ReadResult>;
	/** Absent: EIO, also for a write of no bytes. */
	write?(file: File, data: Uint8Array, pos: number, ctx: Context): Awaitable<WriteResult>;
	/** Absent: lseek(2) is ESPIPE, though pread(2) works. */
	lseek?(file: File, offset: number, whence: number, ctx: Context): Awaitable<number>;
	/** Absent: always readable and writable. */
	poll?(file: File, table: PollTable, ctx: Context): number;
	/** Absent: ENOTTY. */
	ioctl?(file: File, cmd: number, arg: bigint, ctx: Context): Awaitable<number>;
	/** Called once for each file that `open` let in: when it is closed, or when the entry is removed before that. */
	release?(inode: VfsInode, file: File): void;
}

/** What an entry is made from. */
export interface ProcDirEntryInit {
	readonly name: string;
	/** Absent for the root alone. */
	readonly parent?: ProcDirEntry;
	readonly lowIno: number;
	/** Type and permission bits. */
	readonly mode: number;
	readonly nlink: number;
	readonly iops: InodeOperations;
	readonly fops: FileOperations;
	/** Absent: no operation at all. */
	readonly ops?: ProcOps;
	/** The text of a symbolic link. */
	readonly link?: string;
	/** What operations that many entries share have to show for this one. */
	readonly shown?: unknown;
	/** True for an entry that a lookup finds and a listing does not show. */
	readonly hidden?: boolean;
}

const noOperations: ProcOps = {};

/**
 * A file, directory or link in /proc (struct proc_dir_entry). There may be a hundred thousand of them, most of which nobody ever
 * opens; so what only some need is made when they need it.
 */
export class ProcDirEntry {
	readonly name: string;
	/** The directory that holds it; the root's is itself. */
	readonly parent: ProcDirEntry;
	readonly lowIno: number;
	mode: number;
	nlink: number;
	uid = 0;
	gid = 0;
	/** st_size: 0 unless somebody set it (proc_set_size). */
	size: number;
	readonly iops: InodeOperations;
	readonly fops: FileOperations;
	readonly ops: ProcOps;
	/** See `ProcDirEntryInit`; that of a link is its text. */
	readonly shown: unknown;
	readonly hidden: boolean;
	#subdir: Subdir | undefined;
	/** Its inodes, one for each mounted instance where it was looked up, linked by `sibling`. */
	#inode: ProcInode | undefined;
	#inUse: InUse | undefined;
	/** Open files whose release is still to be called, in no order. Few at a time: there is no map of them. */
	#openers: File[] | undefined;

	constructor(init: ProcDirEntryInit) {
		this.name = init.name;
		this.parent = init.parent ?? this;
		this.lowIno = init.lowIno;
		this.mode = init.mode;
		this.nlink = init.nlink;
		this.iops = init.iops;
		this.fops = init.fops;
		this.ops = init.ops ?? noOperations;
		this.shown = init.link ?? init.shown;
		this.size = init.link === undefined ? 0 : encodeName(init.link).length;
		this.hidden = init.hidden ?? false;
	}

	/** What is in it, if it is a directory. */
	get subdir(): Subdir {
		this.#subdir ??= new Subdir();
		return this.#subdir;
	}

	/** The same, and nothing for what is none. */
	get entries(): Iterable<ProcDirEntry> {
		return this.#subdir ?? [];
	}

	/** Operations run inside; closed when the entry is removed. */
	get inUse(): InUse {
		this.#inUse ??= new InUse();
		return this.#inUse;
	}

	/** Its inodes, one for each mounted instance where it was looked up. */
	*inodes(): Generator<ProcInode> {
		for (let inode = this.#inode; inode !== undefined; inode = inode.sibling) yield inode;
	}

	/** Its inode in one mounted instance; undefined where it was not looked up. */
	inodeIn(sb: ProcSuperBlock): ProcInode | undefined {
		let inode = this.#inode;
		while (inode !== undefined && inode.sb !== sb) inode = inode.sibling;
		return inode;
	}

	/** Keeps the inode that it has got in a mounted instance. */
	addInode(inode: ProcInode): void {
		inode.sibling = this.#inode;
		this.#inode = inode;
	}

	/** Keeps an open file whose release is still to be called. */
	opened(file: File): void {
		this.#openers ??= [];
		this.#openers.push(file);
	}

	/** Lets nobody in any more, waits until nobody is inside, and releases the files that are still open (proc_entry_rundown). */
	rundown(): Awaitable<void> {
		return chain(this.inUse.close(), () => {
			for (const file of [...(this.#openers ?? [])]) this.release(file);
		});
	}

	/** Calls the release operation for an open file, unless it was called for it before. */
	release(file: File): void {
		const openers = this.#openers ?? [];
		const at = openers.lastIndexOf(file);
		if (at < 0) return;
		const last = openers.pop()!;
		if (last !== file) openers[at] = last;
		this.ops.release?.(file.inode, file);
	}
}

/** The entries of a directory: by name, and in the order in which a listing shows them. */
export class Subdir implements Iterable<ProcDirEntry> {
	readonly #byName = new Map<string, ProcDirEntry>();
	#sorted: readonly ProcDirEntry[] | undefined;
	#listed: readonly ProcDirEntry[] | undefined;

	/** Undefined where there is no such name. */
	find(name: string): ProcDirEntry | undefined {
		return this.#byName.get(name);
	}

	/** False, and nothing done, where the name is taken. */
	insert(entry: ProcDirEntry): boolean {
		if (this.#byName.has(entry.name)) return false;
		this.#byName.set(entry.name, entry);
		this.#changed();
		return true;
	}

	erase(entry: ProcDirEntry): void {
		this.#byName.delete(entry.name);
		this.#changed();
	}

	/** Shorter names first, and those of one length by their bytes (proc_match). */
	[Symbol.iterator](): IterableIterator<ProcDirEntry> {
		return this.#inOrder().values();
	}

	/** The same without those that are hidden. */
	get listed(): readonly ProcDirEntry[] {
		this.#listed ??= this.#visible();
		return this.#listed;
	}

	#visible(): readonly ProcDirEntry[] {
		const all = this.#inOrder();
		return all.some(({ hidden }) => hidden) ? all.filter(({ hidden }) => !hidden) : all;
	}

	#inOrder(): readonly ProcDirEntry[] {
		this.#sorted ??= [...this.#byName.values()].sort((a, b) => compareNames(a.name, b.name));
		return this.#sorted;
	}

	#changed(): void {
		this.#sorted = undefined;
		this.#listed = undefined;
	}
}

const ascii = /^[\0-\x7f]*$/;

function compareNames(a: string, b: string): number {
	// Encoding both names in every comparison would take most of the time of the first listing of a large directory.
	if (ascii.test(a) && ascii.test(b)) return a.length - b.length || (a < b ? -1 : a > b ? 1 : 0);
	const [left, right] = [encodeName(a), encodeName(b)];
	if (left.length !== right.length) return left.length - right.length;
	const at = left.findIndex((byte, i) => byte !== right[i]);
	return at < 0 ? 0 : left[at]! - right[at]!;
}

/** An inode that stands for an entry (struct proc_inode). */
export class ProcInode extends Inode {
	readonly pde: ProcDirEntry;
	/** The inode of the same entry in another mounted instance. */
	sibling: ProcInode | undefined = undefined;

	constructor(pde: ProcDirEntry, init: InodeInit) {
		super(init);
		this.pde = pde;
	}
}

/** Directories of tasks that are kept without looking whether the tasks still live. */
export const TASKS_MIN = 64;

/** A mounted procfs, and what is known there besides the entries (struct proc_fs_info). */
export class ProcSuperBlock extends SuperBlock {
	readonly kernel: Kernel;
	readonly tree: ProcTree;
	/** The link /proc/self. */
	self!: Inode;
	/** The link /proc/thread-self. */
	threadSelf!: Inode;
	/** Directories of the tasks that were looked up, by their names. */
	readonly tasks = new Map<string, TaskInode>();
	/** When there are so many, those that have ended are let go. */
	tasksMax = TASKS_MIN;
	/** How many tasks that are not of this process the last listing found. */
	programs = 0;

	constructor(kernel: Kernel, tree: ProcTree, init: SuperBlockInit) {
		super(init);
		this.kernel = kernel;
		this.tree = tree;
	}
}

/** The mounted procfs that an inode is in. */
export function procSb(inode: VfsInode): ProcSuperBlock {
	return inode.sb as ProcSuperBlock;
}

/** The entry that an inode of procfs stands for. */
export function PDE(inode: VfsInode): ProcDirEntry {
	return (inode as ProcInode).pde;
}
