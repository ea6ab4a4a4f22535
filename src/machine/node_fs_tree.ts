/**
 * node_fs_tree - a kernel's tree as the functions of memfs ask for it: links, nodes and open files, made when asked for.
 *
 * Nothing is kept between two functions: a link is a path, a node is what a call tells of it.
 */

import { basename, dirname } from 'node:path/posix';
import { createEisdirError, type File, type Link, type Node, Superblock } from '@jsonjoy.com/fs-core';
import type { Stat } from '../../kernel-sim/fs/syscalls_path.ts';
import type { Timespec } from '../boundary/vfs.ts';
import { O_DIRECTORY, O_NOFOLLOW, O_PATH, O_RDONLY } from '../uapi/fcntl.ts';
import { S_IFDIR, S_IFLNK, S_IFMT, S_IFREG } from '../uapi/stat.ts';
import { type NodeCalls, nodeError } from './node_fs_calls.ts';

/** A file of the tree, by path or descriptor. */
class KernelNode {
	readonly #calls: NodeCalls;
	readonly #of: number | string;
	readonly #stat: () => Stat;
	/** Type bits, where the directory told them. */
	readonly #type: number | undefined;

	constructor(calls: NodeCalls, of: number | string, stat: () => Stat, type?: number) {
		this.#calls = calls;
		this.#of = of;
		this.#stat = stat;
		this.#type = type;
	}

	get mode(): number {
		return this.#type ?? this.#stat().mode;
	}

	get symlink(): string {
		return this.#calls.do('readlink', task => task.readlink(String(this.#of)), String(this.#of));
	}

	isFile(): boolean {
		return (this.mode & S_IFMT) === S_IFREG;
	}

	isDirectory(): boolean {
		return (this.mode & S_IFMT) === S_IFDIR;
	}

	isSymlink(): boolean {
		return (this.mode & S_IFMT) === S_IFLNK;
	}

	/** Who may read is for the kernel to say, when something is read. */
	canRead(): boolean {
		return true;
	}

	getSize(): number {
		return this.#stat().size;
	}

	getString(): string {
		return this.getBuffer().toString();
	}

	getBuffer(): Buffer {
		if (typeof this.#of === 'number') return this.#calls.readToEnd(this.#of);
		const fd = this.#calls.open(this.#of, O_RDONLY, 0);
		try {
			return this.#calls.readToEnd(fd);
		} finally {
			this.#calls.close(fd);
		}
	}

	/** Whether another is the same file. */
	isSame(other: KernelNode): boolean {
		const [a, b] = [this.#stat(), other.#stat()];
		return a.dev === b.dev && a.ino === b.ino;
	}
}

/** A name in the tree. */
class KernelLink {
	readonly #calls: NodeCalls;
	readonly #path: string;
	readonly #node: KernelNode;
	#children: Map<string, KernelLink> | undefined;

	constructor(calls: NodeCalls, path: string, node: KernelNode) {
		this.#calls = calls;
		this.#path = path;
		this.#node = node;
	}

	/** The directory that it is in. */
	get parent(): KernelLink {
		const path = this.getParentPath();
		const stat = () => this.#calls.do('stat', task => task.stat(path), path);
		return new KernelLink(this.#calls, path, new KernelNode(this.#calls, path, stat));
	}

	/** What is in it, as its entries were when first asked for; none for what is no directory. */
	get children(): Map<string, KernelLink> {
		this.#children ??= this.#node.isDirectory() ? this.#list() : new Map();
		return this.#children;
	}

	getChild(name: string): KernelLink | undefined {
		return this.children.get(name);
	}

	getNode(): KernelNode {
		return this.#node;
	}

	getName(): string {
		return basename(this.#path);
	}

	getPath(): string {
		return this.#path;
	}

	getParentPath(): string {
		return dirname(this.#path);
	}

	#list(): Map<string, KernelLink> {
		const fd = this.#calls.open(this.#path, O_RDONLY | O_DIRECTORY, 0, 'scandir');
		const children = new Map<string, KernelLink>();
		try {
			for (;;) {
				const entries = this.#calls.do('scandir', task => task.getdents(fd), this.#path);
				if (entries.length === 0) return children;
				for (const { name, type } of entries)
					if (name !== '.' && name !== '..') children.set(name, this.#child(name, type));
			}
		} finally {
			this.#calls.close(fd);
		}
	}

	#child(name: string, type: number): KernelLink {
		const path = this.#path.endsWith('/') ? `${this.#path}${name}` : `${this.#path}/${name}`;
		const stat = () => this.#calls.do('lstat', task => task.lstat(path), path);
		const known = type === 0 ? undefined : type << 12;
		return new KernelLink(this.#calls, path, new KernelNode(this.#calls, path, stat, known));
	}
}

/** The tree. What it overrides is all that memfs calls; the rest of its base class stays unused. */
export class KernelSuperblock extends Superblock {
	readonly #calls: NodeCalls;
	#copied: KernelNode | undefined;

	constructor(calls: NodeCalls) {
		const { task } = calls;
		super({ process: { cwd: () => task.getcwd(), platform: 'linux', emitWarning: () => {}, env: {} } });
		this.#calls = calls;
	}

	override readonly open = (path: string, flags: number, mode: number, follow = true): number =>
		this.#calls.open(path, follow ? flags : flags | O_NOFOLLOW, mode ?? 0o666);

	override readonly close = (fd: number): void => {
		this.#copied = undefined;
		this.#calls.close(fd);
	};

	override readonly read = (
		fd: number,
		buffer: ArrayBufferView,
		offset: number,
		length: number,
		position: bigint | number | null,
	): number => {
		if (length < 0 || offset < 0 || offset + length > buffer.byteLength) throw outOfRange(length);
		const data = this.#calls.read(fd, length, isPosition(position) ? Number(position) : undefined);
		new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength).set(data, offset);
		return data.length;
	};

	override readonly readv = (fd: number, buffers: ArrayBufferView[], position: number | null): number => {
		let total = 0;
		for (const buffer of buffers) {
			const at = isPosition(position) ? position + total : null;
			const count = this.read(fd, buffer, 0, buffer.byteLength, at);
			total += count;
			if (count < buffer.byteLength) break;
		}
		return total;
	};

	override write(
		fd: number,
		buffer: Uint8Array,
		offset = 0,
		length = buffer.byteLength - offset,
		at: number | null = null,
	): number {
		const data = new Uint8Array(buffer.buffer, buffer.byteOffset + offset, length);
		return this.#calls.do('write', task => (isPosition(at) ? task.pwrite(fd, data, at) : task.write(fd, data)));
	}

	override readonly link = (from: string, to: string): void =>
		this.#calls.do('link', task => task.link(from, to), from, to);

	override readonly unlink = (path: string): void => this.#calls.do('unlink', task => task.unlink(path), path);

	override readonly symlink = (target: string, path: string): Link => {
		this.#calls.do('symlink', task => task.symlink(target, path), target, path);
		return this.getLinkOrThrow(path, 'symlink');
	};

	override readonly rename = (from: string, to: string): void =>
		this.#calls.do('rename', task => task.rename(from, to), from, to);

	override readonly mkdir = (path: string, mode: number): void =>
		this.#calls.do('mkdir', task => task.mkdir(path, mode), path);

	override readonly mkdirp = (path: string, mode: number): string | undefined => {
		const node = this.#find('stat', path, true);
		if (node?.isDirectory()) return undefined;
		if (node !== undefined) throw nodeError('EEXIST', 'mkdir', path);
		const parent = dirname(path);
		const first = parent === path ? undefined : this.mkdirp(parent, mode);
		this.mkdir(path, mode);
		return first ?? path;
	};

	override readonly rmdir = (path: string, recursive = false): void =>
		recursive ? this.rm(path, false, true) : this.#calls.do('rmdir', task => task.rmdir(path), path);

	override readonly rm = (path: string, force = false, recursive = false): void => {
		const node = this.#find('lstat', path, force);
		if (node === undefined) return;
		if (!node.isDirectory()) {
			this.unlink(path);
			return;
		}
		if (!recursive) throw createEisdirError('rm', path);
		for (const child of new KernelLink(this.#calls, path, node).children.values())
			this.rm(child.getPath(), force, true);
		this.rmdir(path);
	};

	override readonly ftruncate = (fd: number, size = 0): void =>
		this.#calls.do('ftruncate', task => task.ftruncate(fd, size));

	override readonly fchmod = (fd: number, mode: number): void =>
		this.#calls.do('fchmod', task => task.fchmod(fd, mode & 0o7777));

	override readonly chmod = (path: string, mode: number): void =>
		this.#calls.do('chmod', task => task.chmod(path, mode), path);

	/** Linux has no mode of links to change. */
	override readonly lchmod = (path: string): void => {
		throw nodeError('ENOSYS', 'lchmod', path);
	};

	override readonly fchown = (fd: number, uid: number, gid: number): void =>
		this.#calls.do('fchown', task => task.fchown(fd, uid, gid));

	override readonly chown = (path: string, uid: number, gid: number): void =>
		this.#calls.do('chown', task => task.chown(path, uid, gid), path);

	override readonly lchown = (path: string, uid: number, gid: number): void =>
		this.#calls.do('lchown', task => task.lchown(path, uid, gid), path);

	/** By the path under which the file was opened, as a task has no futimens(2): ENOENT for one that is gone since. */
	override readonly futimes = (fd: number, atime: number, mtime: number): void => {
		this.getFileByFdOrThrow(fd, 'futimes');
		const path = this.#pathOf(fd);
		this.#calls.do('futimes', task => task.utimensat(path, timespec(atime), timespec(mtime)));
	};

	/** ENOSYS for a link itself: a task cannot be told not to follow it. */
	override readonly utimes = (path: string, atime: number, mtime: number, follow = true): void => {
		if (!follow && this.#find('lutimes', path, false)?.isSymlink()) throw nodeError('ENOSYS', 'lutimes', path);
		this.#calls.do('utime', task => task.utimensat(path, timespec(atime), timespec(mtime)), path);
	};

	override getLinkOrThrow(path: string, syscall = 'lstat'): Link {
		const stat = this.#calls.do(syscall, task => task.lstat(path), path);
		return new KernelLink(this.#calls, path, new KernelNode(this.#calls, path, () => stat)) as unknown as Link;
	}

	override getResolvedLinkOrThrow(path: string, syscall = 'stat'): Link {
		const stat = this.#calls.do(syscall, task => task.stat(path), path);
		const real = syscall === 'realpath' ? this.#realpath(path) : path;
		return new KernelLink(this.#calls, real, new KernelNode(this.#calls, real, () => stat)) as unknown as Link;
	}

	override getResolvedLink(path: string | string[]): Link | null {
		return this.getResolvedLinkOrThrow(typeof path === 'string' ? path : `/${path.join('/')}`);
	}

	override getResolvedLinkResult(path: string, syscall = 'stat') {
		return { ok: true as const, value: this.getResolvedLinkOrThrow(path, syscall) };
	}

	/** While a file is copied, one that is copied onto itself is one node. */
	override getFileByFdOrThrow(fd: number, syscall = 'fstat'): File {
		const stat = this.#calls.do(syscall, task => task.fstat(fd));
		const node = new KernelNode(this.#calls, fd, () => stat);
		if (syscall === 'copyfile') {
			if (this.#copied?.isSame(node)) return { fd, node: this.#copied } as unknown as File;
			this.#copied = node;
		}
		return { fd, node: node as unknown as Node } as File;
	}

	/** The text of the regular files below, by path, and null for each directory that has nothing in it. */
	override toJSON(...[paths = '/', ...rest]: Parameters<Superblock['toJSON']>): ReturnType<Superblock['toJSON']> {
		return super.toJSON(paths, ...rest);
	}

	/** What is at a path; undefined for nothing, if it may be missing. */
	#find(syscall: 'lstat' | 'lutimes' | 'stat', path: string, missing: boolean): KernelNode | undefined {
		try {
			const stat = this.#calls.do(syscall, task => (syscall === 'stat' ? task.stat(path) : task.lstat(path)), path);
			return new KernelNode(this.#calls, path, () => stat);
		} catch (error) {
			if (missing && (error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
			throw error;
		}
	}

	#realpath(path: string): string {
		const fd = this.#calls.open(path, O_PATH, 0, 'realpath');
		try {
			return this.#pathOf(fd);
		} finally {
			this.#calls.close(fd);
		}
	}

	#pathOf(fd: number): string {
		return String(this.#calls.task.files.get(fd).path ?? '/');
	}
}

/** True for a place in the file: where absent or -1, it is read or written where its position is. */
function isPosition<T extends bigint | number>(position: T | null | undefined): position is T {
	return position !== null && position !== undefined && position >= 0;
}

function timespec(seconds: number): Timespec {
	const sec = Math.floor(seconds);
	return { sec, nsec: Math.round((seconds - sec) * 1e6) * 1000 };
}

function outOfRange(length: number): RangeError {
	const message = `The value of "length" is out of range. Received ${length}`;
	return Object.assign(new RangeError(message), { code: 'ERR_OUT_OF_RANGE' });
}
