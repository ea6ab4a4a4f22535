/**
 * proc_fs - how to add to /proc.
 *
 * The functions of include/linux/proc_fs.h. A name may be a path through directories that are there, as `driver/mine`.
 *
 *     proc.createSeq('sequence', 0o444, ops);                       records, through seq_file
 *     proc.createSingle('hello', 0o444, m => m.puts('Hello\n'));    one record
 *     proc.createProcEntry('old', 0o644).readProc = page => ...     one page, as it was done before seq_file
 *     proc.create('raw', 0o644, { read, write });                   whatever its operations make of it
 *
 * What cannot be made is logged as Linux warns of it, and thrown; there, the caller gets a null pointer. Each function that
 * makes an entry throws EEXIST where the name is taken, ENOENT without the directories before it, and EINVAL for `.`, `..`, a
 * name of no bytes or more than 255, and a number in the root.
 */

import type { Awaitable } from '../../../src/lib/awaitable.ts';
import { Errno } from '../../../src/lib/errno.ts';
import { isDir, S_IALLUGO, S_IFDIR, S_IFLNK, S_IFREG, S_IRUGO, S_IRWXUGO, S_IXUGO } from '../../../src/uapi/stat.ts';
import { OwnedRows, type Owner } from '../owned_rows.ts';
import {
	type SeqFile,
	type SeqOperations,
	type Shown,
	seqLseek,
	seqOpen,
	seqRead,
	seqRelease,
	singleOpen,
} from '../seq_file.ts';
import { type ProcTree, procDirOperations, procFileInodeOperations } from './generic.ts';
import { procLinkInodeOperations, procRegFileOps } from './inode.ts';
import { PDE, type ProcDirEntry, type ProcOps } from './internal.ts';
import { type LegacyEntry, legacyProcOps, type ReadProc } from './legacy.ts';

function isThere(entry: ProcDirEntry): boolean {
	return entry.parent.subdir.find(entry.name) === entry;
}

/** What the files of seq_file have in common; they differ in their open. */
const seqFileOps: ProcOps = { read: seqRead, lseek: seqLseek, release: seqRelease };

/** Of a file of records (proc_seq_ops). */
const procSeqOps: ProcOps = {
	...seqFileOps,
	open: (inode, file) => seqOpen(file, PDE(inode).shown as SeqOperations<unknown>),
};

/** Of a file of one record (proc_single_ops). */
const procSingleOps: ProcOps = {
	...seqFileOps,
	open: (inode, file) => singleOpen(file, PDE(inode).shown as Show),
};

type Show = (m: SeqFile) => Awaitable<Shown>;

/** What can be done to the tree of /proc, by the kernel or by a module. */
export class Proc {
	readonly #tree: ProcTree;
	readonly #rows: OwnedRows<ProcDirEntry> | undefined;

	constructor(tree: ProcTree, owner?: Owner) {
		this.#tree = tree;
		if (owner !== undefined) this.#rows = new OwnedRows(owner, { isThere, remove: entry => this.remove(entry) });
	}

	/** The same tree for an owner, who is told how to undo what is made through it. */
	ownedBy(owner: Owner): Proc {
		return new Proc(this.#tree, owner);
	}

	/** Entries that there are, whoever made them. */
	get size(): number {
		return this.#tree.size;
	}

	/** Makes a file (proc_create). Of `mode`, 0 is 0444. */
	create(name: string, mode: number, ops: ProcOps, parent?: ProcDirEntry): ProcDirEntry {
		return this.#file(name, mode, ops, parent);
	}

	/** Makes a file of records (proc_create_seq). */
	createSeq<T>(name: string, mode: number, ops: SeqOperations<T>, parent?: ProcDirEntry): ProcDirEntry {
		return this.#file(name, mode, procSeqOps, parent, ops);
	}

	/** Makes a file of records whose iterator has in `m.private` what `state` gives at each open (proc_create_seq_private). */
	createSeqPrivate<T, P>(
		name: string,
		mode: number,
		ops: SeqOperations<T, P>,
		state: () => P,
		parent?: ProcDirEntry,
	): ProcDirEntry {
		return this.create(name, mode, { ...seqFileOps, open: (_inode, file) => seqOpen(file, ops, state()) }, parent);
	}

	/** Makes a file of one record (proc_create_single). */
	createSingle(name: string, mode: number, show: Show, parent?: ProcDirEntry): ProcDirEntry {
		return this.#file(name, mode, procSingleOps, parent, show);
	}

	/**
	 * Makes a file of one page, whose `readProc`, `writeProc` and `data` are to be set on what is returned, as up to Linux 3.9
	 * (create_proc_entry). A mode with S_IFDIR makes a directory.
	 */
	createProcEntry<T>(name: string, mode: number, parent?: ProcDirEntry): LegacyEntry<T> {
		const made = isDir(mode) ? this.mkdir(name, parent, mode) : this.create(name, mode, legacyProcOps, parent);
		return made as LegacyEntry<T>;
	}

	/** Makes a file of one page that can be read (create_proc_read_entry). */
	createProcReadEntry<T>(
		name: string,
		mode: number,
		parent: ProcDirEntry | undefined,
		readProc: ReadProc<T>,
		data: T,
	): LegacyEntry<T> {
		return Object.assign(this.createProcEntry<T>(name, mode, parent), { readProc, data });
	}

	/** Makes a directory (proc_mkdir_mode). Of `mode`, 0 is 0555. */
	mkdir(name: string, parent?: ProcDirEntry, mode = 0): ProcDirEntry {
		const bits = S_IFDIR | (mode & S_IALLUGO || S_IRUGO | S_IXUGO);
		return this.#made(this.#tree.register(name, parent, { mode: bits, nlink: 2, ...procDirOperations }));
	}

	/** Makes an empty directory for something to be mounted on, which a lookup finds and a listing does not show. */
	mkdirHidden(name: string): ProcDirEntry {
		const mode = S_IFDIR | S_IRUGO | S_IXUGO;
		return this.#made(this.#tree.register(name, undefined, { mode, nlink: 2, hidden: true, ...procDirOperations }));
	}

	/** As `create`, with an inode number of its own, for what is known by that. */
	createNumbered(name: string, mode: number, ops: ProcOps, parent: ProcDirEntry, lowIno: number): ProcDirEntry {
		const init = { mode: S_IFREG | mode, nlink: 1, iops: procFileInodeOperations, fops: procRegFileOps, ops, lowIno };
		return this.#made(this.#tree.register(name, parent, init));
	}

	/** Makes a symbolic link (proc_symlink). */
	symlink(name: string, target: string, parent?: ProcDirEntry): ProcDirEntry {
		return this.#made(
			this.#tree.register(name, parent, {
				mode: S_IFLNK | S_IRWXUGO,
				nlink: 1,
				iops: procLinkInodeOperations,
				fops: {},
				link: target,
			}),
		);
	}

	/** Sets the size that stat(2) shows (proc_set_size). */
	setSize(entry: ProcDirEntry, size: number): void {
		entry.size = size;
	}

	/** Gives an entry to a user and a group (proc_set_user). What is made in a directory belongs to whom that does. */
	setUser(entry: ProcDirEntry, uid: number, gid: number): void {
		entry.uid = uid;
		entry.gid = gid;
	}

	/**
	 * Removes an entry with all that is in it, whoever has it open; nothing is done for one that is gone (proc_remove). The
	 * names are gone at once. What is returned settles when no operation of theirs runs any more.
	 */
	remove(entry: ProcDirEntry): Awaitable<void> {
		if (!isThere(entry)) return;
		return this.#tree.erase(entry);
	}

	/** As `remove`, by name. ENOENT (remove_proc_subtree). */
	removeSubtree(name: string, parent?: ProcDirEntry): Awaitable<void> {
		const entry = this.#tree.find(name, parent);
		if (entry === undefined) throw new Errno('ENOENT');
		return this.#tree.erase(entry);
	}

	/** As `remove`, by name. The log is told where there is none, and of a directory that is not empty (remove_proc_entry). */
	removeEntry(name: string, parent?: ProcDirEntry): Awaitable<void> {
		const entry = this.#tree.find(name, parent);
		if (entry === undefined) {
			this.#tree.warn(`name '${name}'`);
			return;
		}
		const [first] = entry.entries;
		if (first !== undefined) {
			const leaking = `leaking at least '${first.name}'`;
			this.#tree.warn(
				`remove_proc_entry: removing non-empty directory '${entry.parent.name}/${entry.name}', ${leaking}`,
			);
		}
		return this.#tree.erase(entry);
	}

	#file(name: string, mode: number, ops: ProcOps, parent: ProcDirEntry | undefined, shown?: unknown): ProcDirEntry {
		return this.#made(
			this.#tree.register(name, parent, {
				mode: S_IFREG | (mode & S_IALLUGO || S_IRUGO),
				nlink: 1,
				iops: procFileInodeOperations,
				fops: procRegFileOps,
				ops,
				shown,
			}),
		);
	}

	/** Remembers an entry for its owner. */
	#made(entry: ProcDirEntry): ProcDirEntry {
		this.#rows?.made(entry);
		return entry;
	}
}
