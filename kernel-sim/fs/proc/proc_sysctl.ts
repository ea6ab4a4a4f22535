/**
 * proc_sysctl - the tree under /proc/sys: how tables of files come and go.
 *
 * Simulates the registering half of fs/proc/proc_sysctl.c; proc_sysctl_inode.ts is what system calls see of it.
 *
 *     header      a table that was registered at a path; its files come and go together
 *     directory   a header too, with one entry, itself. It is made by the first table at or below its path, counted by `nreg`,
 *                 and goes with the last of them
 *     inUse       who is inside a handler of a header; closed when the header is unregistered
 *
 * Divergence: a table is refused by an Errno that says why; there, whoever registers it gets a null pointer.
 */

import type { Context } from '../../../src/boundary/vfs.ts';
import { type Awaitable, chain } from '../../../src/lib/awaitable.ts';
import { Errno, type ErrnoName, errno } from '../../../src/lib/errno.ts';
import type { Ref } from '../../../src/lib/ref.ts';
import { encodeName } from '../../../src/lib/text.ts';
import { isDir, S_IFDIR, S_IRUGO, S_IXUGO } from '../../../src/uapi/stat.ts';
import type { CtlAnyEntry, CtlTable, SysctlWrites } from '../../kernel/sysctl/ctl_table.ts';
import type { Kernel } from '../../kernel.ts';
import { InUse } from '../in_use.ts';
import type { Inode } from '../inode.ts';
import type { SuperBlock } from '../super.ts';
import { checkSysctlTable } from './proc_sysctl_check.ts';
import { findTask } from './proc_task.ts';

/** What a table may be registered with. */
export interface SysctlOptions {
	/** The permission bits that an entry has for this task (ctl_table_root.permissions). Absent: its own mode. */
	readonly permissions?: (entry: CtlAnyEntry, ctx: Context) => number;
}

/** A file or a directory: an entry of a header. */
export class CtlNode {
	readonly header: CtlTableHeader;
	readonly name: string;
	readonly entry: CtlAnyEntry;
	#inodes: Map<SuperBlock, Inode> | undefined;
	#watchers: Set<() => void> | undefined;

	constructor(header: CtlTableHeader, name: string, entry: CtlAnyEntry) {
		this.header = header;
		this.name = name;
		this.entry = entry;
	}

	/** Its inodes, one for each mounted instance where it was looked up. */
	get inodes(): Map<SuperBlock, Inode> {
		this.#inodes ??= new Map();
		return this.#inodes;
	}

	/** Calls `listener` after each write that was taken, until the returned function is called. */
	watch(listener: () => void): () => void {
		const entry = () => listener();
		this.#watchers ??= new Set();
		this.#watchers.add(entry);
		return () => {
			this.#watchers?.delete(entry);
		};
	}

	/** A write was taken. */
	written(): void {
		for (const tell of this.#watchers ?? []) tell();
	}
}

/** A table that is registered (struct ctl_table_header). */
export class CtlTableHeader {
	readonly nodes: readonly CtlNode[];
	readonly options: SysctlOptions;
	readonly inUse = new InUse();
	/** Where it is; undefined for the root. */
	parent: CtlDir | undefined = undefined;
	/** Who keeps it registered. */
	nreg = 1;

	constructor(table: CtlTable, options: SysctlOptions = {}) {
		this.options = options;
		this.nodes = Object.entries(table).map(([name, entry]) => new CtlNode(this, name, entry));
	}
}

/** A directory (struct ctl_dir). */
export class CtlDir extends CtlTableHeader {
	/** True for one that nothing can be registered in, because something is to be mounted on it. */
	permanentlyEmpty = false;
	readonly #byName = new Map<string, CtlNode>();
	#sorted: readonly CtlNode[] | undefined;

	constructor(name: string) {
		super({ [name]: { mode: S_IFDIR | S_IRUGO | S_IXUGO } });
	}

	/** Its own entry in the directory above. */
	get node(): CtlNode {
		return this.nodes[0]!;
	}

	find(name: string): CtlNode | undefined {
		return this.#byName.get(name);
	}

	insert(node: CtlNode): void {
		this.#byName.set(node.name, node);
		this.#sorted = undefined;
	}

	erase(node: CtlNode): void {
		if (this.#byName.get(node.name) === node) this.#byName.delete(node.name);
		this.#sorted = undefined;
	}

	/** What is in it, by the bytes of the names. */
	get sorted(): readonly CtlNode[] {
		this.#sorted ??= [...this.#byName.values()].sort((a, b) => nameCompare(a.name, b.name));
		return this.#sorted;
	}
}

/** The directory that an entry is of; undefined for a file. */
export function subdir(node: CtlNode | undefined): CtlDir | undefined {
	return node !== undefined && isDir(node.entry.mode) ? (node.header as CtlDir) : undefined;
}

function nameCompare(a: string, b: string): number {
	const [left, right] = [encodeName(a), encodeName(b)];
	const at = left.findIndex((byte, i) => byte !== right[i]);
	return at < 0 ? left.length - right.length : left[at]! - (right[at] ?? -1);
}

/** The tables of one kernel. */
export class Sysctl implements SysctlWrites {
	readonly root = new CtlDir('');
	/** kernel.sysctl_writes_strict. */
	writesStrict = 1;
	readonly #kernel: Kernel;
	#warned = false;

	constructor(kernel: Kernel) {
		this.#kernel = kernel;
	}

	/**
	 * Makes the files of a table in the directory `path`, and the directories on the way (register_sysctl). Throws EINVAL for a
	 * table that the kernel finds fault with, EEXIST where a name is taken, ENOTDIR where a file is on the way, EROFS in a mount
	 * point; the log says more, and nothing is made.
	 */
	register(path: string, table: CtlTable, options: SysctlOptions = {}): CtlTableHeader {
		const faults = checkSysctlTable(path, table);
		for (const fault of faults) this.#kernel.pr.err('%s\n', fault);
		if (faults.length > 0) throw new Errno('EINVAL', faults[0]!);
		const header = new CtlTableHeader(table, options);
		this.#within(path, dir => this.#insertHeader(dir, header));
		return header;
	}

	/** Makes an empty directory to mount something on (register_sysctl_mount_point). EINVAL where there is something in it. */
	registerMountPoint(path: string): CtlTableHeader {
		const header = new CtlTableHeader({});
		this.#within(path, dir => {
			if (dir.permanentlyEmpty) throw new Errno('EROFS');
			if (dir.sorted.length > 0) throw new Errno('EINVAL');
			dir.permanentlyEmpty = true;
			this.#insertHeader(dir, header, true);
		});
		return header;
	}

	/**
	 * Takes the files of a table away, and the directories that were there for it alone; nothing is done for one that is gone.
	 * The names are gone at once. What is returned settles when none of their handlers runs any more (unregister_sysctl_table).
	 */
	unregister(header: CtlTableHeader): Awaitable<void> {
		if (header.nreg > 0) return this.#drop(header);
	}

	/** Undefined where there is nothing at this path. */
	find(path: string): CtlNode | undefined {
		const names = path.split('/').filter(name => name !== '');
		const name = names.pop();
		let dir: CtlDir | undefined = this.root;
		for (const step of names) dir = subdir(dir?.find(step));
		return name === undefined ? this.root.node : dir?.find(name);
	}

	/** The variable behind a file, for the code that its value is for. ENOENT. `T` is for the caller to know. */
	data<T>(path: string): Ref<T> {
		const data = this.find(path)?.entry.data;
		if (data === undefined) throw new Errno('ENOENT', path);
		return data as Ref<unknown> as Ref<T>;
	}

	/** Calls `listener` after each write to a file that was taken, until the returned function is called. ENOENT. */
	watch(path: string, listener: () => void): () => void {
		const node = this.find(path);
		if (node === undefined) throw new Errno('ENOENT', path);
		return node.watch(listener);
	}

	/** Says that a value has changed by other means than its file: to who polls that, and to who watches it. ENOENT. */
	notify(path: string): void {
		const node = this.find(path);
		if (node === undefined) throw new Errno('ENOENT', path);
		node.entry.poll?.notify();
		node.written();
	}

	/** Forgets a mounted instance that is gone. */
	forget(sb: SuperBlock, dir = this.root): void {
		dir.node.inodes.delete(sb);
		for (const node of dir.sorted) {
			const below = subdir(node);
			if (below === undefined) node.inodes.delete(sb);
			else this.forget(sb, below);
		}
	}

	warnWrite(procname: string, { pid }: Context): void {
		if (this.#warned) return;
		this.#warned = true;
		const comm = findTask(this.#kernel, pid)?.facts.comm ?? '';
		const advice =
			'This will not be supported in the future. To silence this\nwarning, set kernel.sysctl_writes_strict = -1';
		this.#kernel.pr.warn('%s wrote to %s when file position was not 0!\n%s\n', comm, procname, advice);
	}

	/** Calls `body` with the directory of a path, which is kept while it runs (sysctl_mkdir_p). */
	#within(path: string, body: (dir: CtlDir) => void): void {
		const held: CtlDir[] = [];
		try {
			let dir = this.root;
			for (const name of path.split('/').filter(name => name !== '')) {
				dir = this.#getSubdir(dir, name);
				held.push(dir);
			}
			body(dir);
		} finally {
			for (const dir of held.reverse()) this.#drop(dir);
		}
	}

	/** The directory of a name, which is made where it is missing, with a reference for the caller to drop. */
	#getSubdir(dir: CtlDir, name: string): CtlDir {
		const there = dir.find(name);
		if (there === undefined) {
			const made = new CtlDir(name);
			if (dir.permanentlyEmpty) this.#refuseDir(dir, name, 'EROFS');
			this.#insertHeader(dir, made);
			return made;
		}
		const found = subdir(there) ?? this.#refuseDir(dir, name, 'ENOTDIR');
		found.nreg++;
		return found;
	}

	#refuseDir(dir: CtlDir, name: string, code: ErrnoName): never {
		this.#kernel.pr.err('sysctl could not get directory: %s%s %d\n', printDir(dir), name, -errno[code]);
		throw new Errno(code, `${printDir(dir)}${name}`);
	}

	#insertHeader(dir: CtlDir, header: CtlTableHeader, asMountPoint = false): void {
		if (dir.permanentlyEmpty && !asMountPoint) throw new Errno('EROFS');
		const taken = header.nodes.find(({ name }) => dir.find(name) !== undefined);
		if (taken !== undefined) {
			this.#kernel.pr.err('sysctl duplicate entry: %s%s\n', printDir(dir), taken.name);
			throw new Errno('EEXIST', `${printDir(dir)}${taken.name}`);
		}
		dir.nreg++;
		header.parent = dir;
		for (const node of header.nodes) {
			dir.insert(node);
			for (const inode of dir.node.inodes.values()) {
				this.#kernel.fsnotify.notify({ type: 'entry', dir: inode, name: node.name });
				this.#kernel.fsnotify.notify({ type: 'attr', inode });
			}
		}
	}

	/** Gives a reference back; with the last one a header goes, and so may its directory (drop_sysctl_table). */
	#drop(header: CtlTableHeader): Awaitable<void> {
		header.nreg--;
		const { parent } = header;
		if (header.nreg > 0 || parent === undefined) return;
		const idle = header.inUse.close();
		for (const node of header.nodes) this.#erase(parent, node);
		const above = this.#drop(parent);
		return chain(idle, () => above);
	}

	#erase(dir: CtlDir, node: CtlNode): void {
		dir.erase(node);
		const { fsnotify } = this.#kernel;
		for (const [sb, inode] of dir.node.inodes) {
			const gone = node.inodes.get(sb);
			const what = gone === undefined ? { type: 'entry' as const } : { type: 'delete' as const, inode: gone };
			fsnotify.notify({ ...what, dir: inode, name: node.name });
			fsnotify.notify({ type: 'attr', inode });
		}
	}
}

/** `/net/test/` (sysctl_print_dir). */
function printDir({ parent, node: { name } }: CtlDir): string {
	return `${parent === undefined ? '' : printDir(parent)}${name}/`;
}
