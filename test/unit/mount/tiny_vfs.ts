/**
 * tiny_vfs - a Vfs of a few lines, for tests of what stands in front of one.
 *
 * The tree is a literal. Permissions are not checked, times do not pass; a file has content, or operations of its own.
 *
 *     new TinyVfs(dir({ version: file('1\n'), sys: dir({}), self: link('42') }))
 */

import type {
	Context,
	DirContext,
	File,
	FileOperations,
	Iattr,
	Inode,
	Invalidation,
	Kiocb,
	Kstat,
	Kstatfs,
	PollSource,
	PollTable,
	SuperBlock,
	Vfs,
} from '../../../src/boundary/vfs.ts';
import { type Awaitable, chain } from '../../../src/lib/awaitable.ts';
import { Errno } from '../../../src/lib/errno.ts';
import { encodeUtf8 } from '../../../src/lib/text.ts';
import { O_ACCMODE, O_APPEND, O_RDONLY, O_TRUNC, O_WRONLY } from '../../../src/uapi/fcntl.ts';
import { FMODE_LSEEK, FMODE_PREAD, FMODE_PWRITE, FMODE_READ, FMODE_WRITE } from '../../../src/uapi/fs.ts';
import { DEFAULT_POLLMASK } from '../../../src/uapi/poll.ts';
import { direntType, isDir, isLnk, S_IFDIR, S_IFLNK, S_IFMT, S_IFREG } from '../../../src/uapi/stat.ts';

/** A node of the literal. */
export interface Spec {
	readonly mode: number;
	readonly entries?: Readonly<Record<string, Spec>>;
	readonly content?: string;
	readonly fop?: FileOperations;
	readonly dontcache?: boolean;
}

export const dir = (entries: Readonly<Record<string, Spec>>, more: Partial<Spec> = {}): Spec => ({
	mode: S_IFDIR | 0o755,
	entries,
	...more,
});
export const file = (content: string, more: Partial<Spec> = {}): Spec => ({ mode: S_IFREG | 0o644, content, ...more });
export const device = (fop: FileOperations): Spec => ({ mode: S_IFREG | 0o666, fop });
export const link = (text: string, more: Partial<Spec> = {}): Spec => ({
	mode: S_IFLNK | 0o777,
	content: text,
	...more,
});

const noTime = { sec: 0, nsec: 0 };

/** An inode; `content` is that of a file, or the text of a link. */
export class TinyInode implements Inode {
	readonly sb: SuperBlock;
	readonly ino: number;
	mode: number;
	nlink = 1;
	uid = 0;
	gid = 0;
	rdev = 0;
	readonly blksize = 4096;
	atime = noTime;
	mtime = noTime;
	ctime = noTime;
	readonly op = {};
	readonly fop: FileOperations;
	readonly dontcache: boolean;
	readonly children = new Map<string, TinyInode>();
	readonly xattrs = new Map<string, Uint8Array>();
	content: Uint8Array;

	constructor(vfs: TinyVfs, { mode, entries = {}, content = '', fop = {}, dontcache = false }: Spec) {
		this.sb = vfs.sb;
		this.ino = vfs.nextIno();
		this.mode = mode;
		this.fop = fop;
		this.dontcache = dontcache;
		this.content = encodeUtf8(content);
		for (const [name, spec] of Object.entries(entries)) this.children.set(name, new TinyInode(vfs, spec));
	}

	get size(): number {
		return this.content.length;
	}
}

/** Something to poll. */
export class TinyQueue implements PollSource {
	readonly waiters = new Set<() => void>();

	addWaiter(wake: () => void): () => void {
		this.waiters.add(wake);
		return () => this.waiters.delete(wake);
	}

	wakeUp(): void {
		for (const wake of [...this.waiters]) wake();
	}
}

/** A kernel's VFS without the kernel. */
export class TinyVfs implements Vfs {
	readonly root: TinyInode;
	readonly sb: SuperBlock;
	/** What was thrown that is no Errno. */
	readonly oopses: unknown[] = [];
	readonly #listeners = new Set<(event: Invalidation, by?: Context) => void>();
	/** Files that are open. */
	openFiles = 0;
	#ino = 0;

	constructor(tree: Spec) {
		const vfs = this;
		this.sb = {
			type: 'tiny',
			magic: 0x1234,
			dev: 1,
			get root() {
				return vfs.root;
			},
		};
		this.root = new TinyInode(this, tree);
	}

	nextIno(): number {
		return ++this.#ino;
	}

	/** The inode at a path below the root. */
	at(path: string): TinyInode {
		return path.split('/').reduce((inode, name) => {
			const child = name === '' ? inode : inode.children.get(name);
			if (!child) throw new Errno('ENOENT', path);
			return child;
		}, this.root);
	}

	/** Tells every listener of a change, which the call `by` asked for. */
	invalidate(event: Invalidation, by?: Context): void {
		for (const listener of this.#listeners) listener(event, by);
	}

	/** Puts a node into the tree, and says so. */
	add(path: string, name: string, spec: Spec): TinyInode {
		const inode = new TinyInode(this, spec);
		this.at(path).children.set(name, inode);
		this.invalidate({ type: 'entry', dir: this.at(path), name });
		return inode;
	}

	/** Takes a node out of the tree, and says so. */
	remove(path: string, name: string): void {
		const inode = this.at(path).children.get(name)!;
		this.at(path).children.delete(name);
		this.invalidate({ type: 'delete', dir: this.at(path), name, inode });
	}

	lookup(dir: TinyInode, name: string, _ctx: Context): Awaitable<Inode | undefined> {
		if (!isDir(dir.mode)) throw new Errno('ENOTDIR');
		return dir.children.get(name);
	}

	getattr(inode: TinyInode, _ctx?: Context): Kstat {
		const { ino, mode, nlink, uid, gid, rdev, size, blksize, atime, mtime, ctime } = inode;
		return { ino, mode, nlink, uid, gid, rdev, size, blksize, blocks: 0, atime, mtime, ctime };
	}

	setattr(inode: TinyInode, attr: Iattr): void {
		if (attr.mode !== undefined) inode.mode = (inode.mode & S_IFMT) | attr.mode;
		if (attr.uid !== undefined) inode.uid = attr.uid;
		if (attr.gid !== undefined) inode.gid = attr.gid;
		if (attr.atime) inode.atime = attr.atime === 'now' ? { sec: 1, nsec: 1 } : { ...attr.atime };
		if (attr.mtime) inode.mtime = attr.mtime === 'now' ? { sec: 1, nsec: 1 } : { ...attr.mtime };
		if (attr.size !== undefined) inode.content = resized(inode.content, attr.size);
	}

	readlink(inode: TinyInode): string {
		if (!isLnk(inode.mode)) throw new Errno('EINVAL');
		return Buffer.from(inode.content).toString();
	}

	permission(inode: TinyInode, mask: number): void {
		if (((inode.mode >> 6) & mask) !== mask) throw new Errno('EACCES');
	}

	statfs(): Kstatfs {
		return { type: 0x1234, bsize: 4096, blocks: 10, bfree: 5, bavail: 4, files: 3, ffree: 2, namelen: 255 };
	}

	create(dir: TinyInode, name: string, mode: number, ctx: Context): Inode {
		return this.#make(dir, name, file('', { mode: S_IFREG | (mode & ~ctx.umask & 0o7777) }), ctx);
	}

	link(dir: TinyInode, name: string, target: TinyInode, ctx: Context): void {
		if (dir.children.has(name)) throw new Errno('EEXIST');
		target.nlink++;
		dir.children.set(name, target);
		this.invalidate({ type: 'entry', dir, name }, ctx);
	}

	unlink(dir: TinyInode, name: string, ctx: Context): void {
		const inode = this.#child(dir, name);
		if (isDir(inode.mode)) throw new Errno('EISDIR');
		this.#drop(dir, name, ctx);
	}

	symlink(dir: TinyInode, name: string, text: string, ctx: Context): Inode {
		return this.#make(dir, name, link(text), ctx);
	}

	mkdir(dir: TinyInode, name: string, mode: number, ctx: Context): Awaitable<Inode> {
		return this.#make(dir, name, { mode: S_IFDIR | (mode & ~ctx.umask & 0o7777) }, ctx);
	}

	rmdir(dir: TinyInode, name: string, ctx: Context): void {
		const inode = this.#child(dir, name);
		if (!isDir(inode.mode)) throw new Errno('ENOTDIR');
		if (inode.children.size > 0) throw new Errno('ENOTEMPTY');
		this.#drop(dir, name, ctx);
	}

	mknod(dir: TinyInode, name: string, mode: number, rdev: number, ctx: Context): Inode {
		const inode = this.#make(dir, name, { mode: (mode & S_IFMT) | (mode & ~ctx.umask & 0o7777) }, ctx);
		inode.rdev = rdev;
		return inode;
	}

	rename(from: TinyInode, oldName: string, to: TinyInode, newName: string, flags: number, ctx: Context): void {
		const inode = this.#child(from, oldName);
		if (flags !== 0 && to.children.has(newName)) throw new Errno('EEXIST');
		from.children.delete(oldName);
		to.children.set(newName, inode);
		this.invalidate({ type: 'delete', dir: from, name: oldName, inode }, ctx);
		this.invalidate({ type: 'entry', dir: to, name: newName }, ctx);
	}

	getxattr(inode: TinyInode, name: string): Uint8Array {
		const value = inode.xattrs.get(name);
		if (!value) throw new Errno('ENODATA');
		return value;
	}

	setxattr(inode: TinyInode, name: string, value: Uint8Array): void {
		inode.xattrs.set(name, value);
	}

	listxattr(inode: TinyInode): readonly string[] {
		return [...inode.xattrs.keys()];
	}

	removexattr(inode: TinyInode, name: string): void {
		if (!inode.xattrs.delete(name)) throw new Errno('ENODATA');
	}

	open(inode: TinyInode, flags: number, ctx: Context): Awaitable<File> {
		const access = flags & O_ACCMODE;
		const read = access === O_WRONLY ? 0 : FMODE_READ;
		const write = access === O_RDONLY ? 0 : FMODE_WRITE;
		const mode = read | write | FMODE_LSEEK | FMODE_PREAD | FMODE_PWRITE;
		const file = { inode, op: inode.fop, flags, mode, pos: 0, privateData: undefined };
		if (flags & O_TRUNC) this.setattr(inode, { size: 0 });
		return chain(inode.fop.open?.(inode, file, ctx), () => {
			this.openFiles++;
			return file;
		});
	}

	release(file: File): void {
		this.openFiles--;
		file.op.release?.(file.inode, file);
	}

	flush(file: File, ctx: Context): Awaitable<void> {
		return file.op.flush?.(file, ctx);
	}

	read(iocb: Kiocb, count: number, ctx: Context): Awaitable<Uint8Array> {
		const { content } = iocb.file.inode as TinyInode;
		const { read } = iocb.file.op;
		const from = iocb.pos;
		const result = read ? read(iocb.file, count, from, ctx) : content.slice(from, from + count);
		return chain(result, result => {
			const bytes = result instanceof Uint8Array ? result : result.bytes;
			iocb.pos = result instanceof Uint8Array ? from + bytes.length : result.pos;
			return bytes;
		});
	}

	write(iocb: Kiocb, data: Uint8Array, ctx: Context): Awaitable<number> {
		const { write } = iocb.file.op;
		if (!write) return this.#store(iocb, data);
		return chain(write(iocb.file, data, iocb.pos, ctx), result => {
			if (typeof result === 'number') return result;
			iocb.pos = result.pos;
			return result.count;
		});
	}

	llseek(file: File, offset: number, whence: number, ctx: Context): Awaitable<number> {
		if (!file.op.llseek) throw new Errno('ESPIPE');
		return file.op.llseek(file, offset, whence, ctx);
	}

	iterate(file: File, out: DirContext, ctx: Context): Awaitable<void> {
		if (file.op.iterate) return file.op.iterate(file, out, ctx);
		const inode = file.inode as TinyInode;
		if (!isDir(inode.mode)) throw new Errno('ENOTDIR');
		const entries: [string, TinyInode][] = [['.', inode], ['..', inode], ...inode.children];
		for (const [name, { ino, mode }] of entries.slice(out.pos)) {
			if (!out.emit(name, ino, direntType(mode))) return;
			out.pos++;
		}
	}

	poll(file: File, table: PollTable, ctx: Context): number {
		return file.op.poll?.(file, table, ctx) ?? DEFAULT_POLLMASK;
	}

	ioctl(file: File, cmd: number, arg: bigint, ctx: Context): Awaitable<number> {
		if (!file.op.ioctl) throw new Errno('ENOTTY');
		return file.op.ioctl(file, cmd, arg, ctx);
	}

	fsync(file: File, datasync: boolean, ctx: Context): Awaitable<void> {
		if (!file.op.fsync) throw new Errno('EINVAL');
		return file.op.fsync(file, datasync, ctx);
	}

	onInvalidate(listener: (event: Invalidation, by?: Context) => void): () => void {
		this.#listeners.add(listener);
		return () => this.#listeners.delete(listener);
	}

	oops(error: unknown): void {
		this.oopses.push(error);
	}

	#make(dir: TinyInode, name: string, spec: Spec, ctx: Context): TinyInode {
		if (!isDir(dir.mode)) throw new Errno('ENOTDIR');
		if (dir.children.has(name)) throw new Errno('EEXIST');
		const inode = new TinyInode(this, spec);
		dir.children.set(name, inode);
		this.invalidate({ type: 'entry', dir, name }, ctx);
		return inode;
	}

	#child(dir: TinyInode, name: string): TinyInode {
		const inode = dir.children.get(name);
		if (!inode) throw new Errno('ENOENT');
		return inode;
	}

	#drop(dir: TinyInode, name: string, by: Context): void {
		const inode = this.#child(dir, name);
		dir.children.delete(name);
		inode.nlink--;
		this.invalidate({ type: 'delete', dir, name, inode }, by);
	}

	#store(iocb: Kiocb, data: Uint8Array): number {
		const inode = iocb.file.inode as TinyInode;
		// mm/filemap.c:generic_write_checks
		if (iocb.file.flags & O_APPEND) iocb.pos = inode.size;
		const end = iocb.pos + data.length;
		if (end > 1 << 24) throw new Errno('EFBIG');
		const whole = resized(inode.content, Math.max(inode.size, end));
		whole.set(data, iocb.pos);
		inode.content = whole;
		iocb.pos = end;
		return data.length;
	}
}

function resized(content: Uint8Array, size: number): Uint8Array {
	if (size > 1 << 24) throw new Errno('EFBIG');
	const bytes = new Uint8Array(size);
	bytes.set(content.subarray(0, size));
	return bytes;
}
