/**
 * fuse_operations - a Vfs as libfuse 2 asks for it: one function per operation, files named by their paths.
 *
 * The counterpart of struct fuse_operations in libfuse 2.9's fuse.h, in the shape that fuse-native gives it: the last argument
 * of each is to be called with 0 and what was asked for, with a negative error number, or by read and write with a count. A
 * path is walked from the root each time; open files are known by their handles.
 *
 * Who calls is not told. The host checks modes and owners for the caller (default_permissions), and what is left is done for
 * the machine's root, as a process that is not in the machine (pid 0). A link whose text depends on its reader is refused.
 *
 * Left out on purpose: create, since it does not say how the file is opened (the host falls back to mknod and open); opendir
 * and fgetattr, which libfuse answers by path as well; extended attributes, which are handed over without the size of the
 * caller's buffer; flush, which would cost every close(2) of every file a request.
 */

import type { Context, DirContext, File, Iattr, Inode, Kstat, Kstatfs, Vfs } from '../src/boundary/vfs.ts';
import { type Awaitable, chain, finallyDo, isPromise } from '../src/lib/awaitable.ts';
import { Errno, errno, isErrno } from '../src/lib/errno.ts';
import { O_APPEND, O_DIRECTORY, O_RDONLY } from '../src/uapi/fcntl.ts';
import { isReg, new_decode_dev, new_encode_dev, S_IALLUGO } from '../src/uapi/stat.ts';
import { Handles } from './fuse/handles.ts';
import type { Ids } from './fuse/ids.ts';

/** Ends an operation: with 0, a count, or a negative error number. */
export type Done = (result: number) => void;

/** Ends an operation that has something to tell: with 0 and what it is, or with a negative error number. */
export type Answer<T> = (result: number, value?: T) => void;

/** Attributes in fuse-native's shape; times in milliseconds. */
export interface NativeStat {
	readonly ino: number;
	readonly mode: number;
	readonly nlink: number;
	readonly uid: number;
	readonly gid: number;
	readonly rdev: number;
	readonly size: number;
	readonly blksize: number;
	readonly blocks: number;
	readonly atime: number;
	readonly mtime: number;
	readonly ctime: number;
}

/** What statfs(2) tells, in fuse-native's shape. */
export interface NativeStatfs extends Omit<Kstatfs, 'type' | 'namelen'> {
	readonly frsize: number;
	readonly namemax: number;
}

/** What the operations are made from. */
export interface OperationsInit {
	readonly vfs: Vfs;
	readonly root: Inode;
	/** Who the users of the host are to the kernel. */
	readonly ids: Ids;
	/** Aborted when the mount is gone: whoever sleeps in an operation is to be woken. */
	readonly signal: AbortSignal;
	/** Gets a line at the first refusal of each thing that this back end cannot do. */
	readonly report: (line: string) => void;
}

/** `chown(2)` says so of an id that stays. */
const UNCHANGED = 0xffffffff;

/** A whole directory, in fuse-native's shape. */
class Listing implements DirContext {
	pos = 0;
	readonly names: string[] = [];
	readonly stats: { readonly ino: number; readonly mode: number }[] = [];

	emit(name: string, ino: number, type: number): boolean {
		this.names.push(name);
		this.stats.push({ ino, mode: type << 12 });
		return true;
	}
}

/** The operations, each as fuse-native calls it. */
export class FuseOperations {
	readonly #vfs: Vfs;
	readonly #root: Inode;
	readonly #ids: Ids;
	readonly #handles: Handles;
	readonly #caller: Context;
	readonly #report: (line: string) => void;
	readonly #reported = new Set<string>();

	constructor({ vfs, root, ids, signal, report }: OperationsInit) {
		this.#vfs = vfs;
		this.#root = root;
		this.#ids = ids;
		this.#handles = new Handles(vfs);
		this.#report = report;
		this.#caller = {
			pid: 0,
			tgid: 0,
			uid: 0,
			gid: 0,
			groups: [],
			umask: 0,
			capable: () => true,
			...{ signal, killed: signal },
			memory: { read: noMemory, write: noMemory },
		};
	}

	/** Releases every file that is still open. */
	close(): void {
		this.#handles.releaseAll();
	}

	readonly getattr = (path: string, done: Answer<NativeStat>): void =>
		this.#serve('getattr', done, () =>
			chain(this.#walk(path), inode => chain(this.#vfs.getattr(inode, this.#caller), stat => statOf(stat, this.#ids))),
		);

	readonly readlink = (path: string, done: Answer<string>): void => {
		const refuse = () => this.#refuse('readlink', path, 'its text depends on who reads it, which is not told');
		const reader: Context = Object.create(this.#caller, { pid: { get: refuse }, tgid: { get: refuse } });
		this.#serve('readlink', done, () =>
			chain(this.#walk(path), inode => this.#vfs.readlink(inode, reader, () => undefined)),
		);
	};

	readonly statfs = (path: string, done: Answer<NativeStatfs>): void =>
		this.#serve('statfs', done, () =>
			chain(this.#walk(path), inode => {
				const { type: _type, namelen, ...rest } = this.#vfs.statfs(inode);
				return { ...rest, frsize: rest.bsize, namemax: namelen };
			}),
		);

	readonly readdir = (path: string, done: (result: number, names?: string[], stats?: object[]) => void): void => {
		const listing = new Listing();
		const answer = (result: number) => (result < 0 ? done(result) : done(0, listing.names, listing.stats));
		this.#serve('readdir', answer, () => chain(this.#walk(path), inode => this.#list(inode, listing)));
	};

	readonly open = (path: string, flags: number, done: Answer<number>): void =>
		this.#serve('open', done, () =>
			chain(this.#walk(path), inode =>
				chain(this.#vfs.open(inode, flags, this.#caller), (file: File) => this.#handles.add(file).fh),
			),
		);

	readonly release = (_path: string, fh: number, done: Done): void =>
		this.#serve('release', done, () => this.#handles.release(fh));

	readonly read = (_path: string, fh: number, to: Uint8Array, count: number, offset: number, done: Done): void =>
		this.#transfer('read', done, () => {
			const open = this.#handles.get(fh);
			const iocb = open.begin(offset);
			return chain(this.#vfs.read(iocb, count, this.#caller), bytes => {
				const answer = bytes.subarray(0, count);
				to.set(answer);
				open.end(offset + answer.length, iocb);
				return answer.length;
			});
		});

	readonly write = (_path: string, fh: number, from: Uint8Array, count: number, offset: number, done: Done): void =>
		this.#transfer('write', done, () => {
			const open = this.#handles.get(fh);
			const iocb = open.file.flags & O_APPEND ? open.beginAppend() : open.begin(offset);
			const data = Uint8Array.prototype.slice.call(from, 0, count);
			return chain(this.#vfs.write(iocb, data, this.#caller), written => {
				const taken = Math.min(written, count);
				open.end(offset + taken, iocb);
				return taken;
			});
		});

	readonly fsync = (_path: string, datasync: number, fh: number, done: Done): void =>
		this.#serve('fsync', done, () => this.#vfs.fsync(this.#handles.get(fh).file, datasync !== 0, this.#caller));

	readonly truncate = (path: string, size: number, done: Done): void => this.#setattr('truncate', path, { size }, done);

	readonly ftruncate = (_path: string, fh: number, size: number, done: Done): void =>
		this.#serve('ftruncate', done, () => {
			const { file } = this.#handles.get(fh);
			return this.#vfs.setattr(file.inode, { size, file }, this.#caller);
		});

	readonly chmod = (path: string, mode: number, done: Done): void =>
		this.#setattr('chmod', path, { mode: mode & S_IALLUGO }, done);

	readonly chown = (path: string, uid: number, gid: number, done: Done): void => {
		const attr: Iattr = {};
		if (uid !== UNCHANGED) attr.uid = this.#ids.uid(uid);
		if (gid !== UNCHANGED) attr.gid = this.#ids.gid(gid);
		this.#setattr('chown', path, attr, done);
	};

	/** Divergence: fuse-native hands over the time of access twice, so that it becomes that of modification too. */
	readonly utimens = (path: string, atime: number, mtime: number, done: Done): void =>
		this.#setattr('utimens', path, { atime: timespec(atime), mtime: timespec(mtime) }, done);

	readonly mknod = (path: string, mode: number, dev: number, done: Done): void =>
		this.#inParent('mknod', path, done, (dir, name) =>
			isReg(mode)
				? this.#vfs.create(dir, name, mode & S_IALLUGO, this.#caller)
				: this.#vfs.mknod(dir, name, mode, new_decode_dev(dev), this.#caller),
		);

	readonly mkdir = (path: string, mode: number, done: Done): void =>
		this.#inParent('mkdir', path, done, (dir, name) => this.#vfs.mkdir(dir, name, mode, this.#caller));

	readonly rmdir = (path: string, done: Done): void =>
		this.#inParent('rmdir', path, done, (dir, name) => this.#vfs.rmdir(dir, name, this.#caller));

	readonly unlink = (path: string, done: Done): void =>
		this.#inParent('unlink', path, done, (dir, name) => this.#vfs.unlink(dir, name, this.#caller));

	readonly symlink = (text: string, path: string, done: Done): void =>
		this.#inParent('symlink', path, done, (dir, name) => this.#vfs.symlink(dir, name, text, this.#caller));

	readonly link = (path: string, newPath: string, done: Done): void =>
		this.#inParent('link', newPath, done, (dir, name) =>
			chain(this.#walk(path), target => this.#vfs.link(dir, name, target, this.#caller)),
		);

	readonly rename = (path: string, newPath: string, done: Done): void =>
		this.#inParent('rename', path, done, (oldDir, oldName) =>
			chain(this.#walk(parentOf(newPath)), newDir =>
				this.#vfs.rename(oldDir, oldName, newDir, nameOf(newPath), 0, this.#caller),
			),
		);

	#walk(path: string): Awaitable<Inode> {
		let inode: Awaitable<Inode> = this.#root;
		for (const name of path.split('/')) if (name !== '') inode = chain(inode, dir => this.#lookup(dir, name));
		return inode;
	}

	#lookup(dir: Inode, name: string): Awaitable<Inode> {
		return chain(this.#vfs.lookup(dir, name, this.#caller), inode => {
			if (inode === undefined) throw new Errno('ENOENT');
			return inode;
		});
	}

	#list(inode: Inode, listing: DirContext): Awaitable<void> {
		return chain(this.#vfs.open(inode, O_RDONLY | O_DIRECTORY, this.#caller), dir =>
			finallyDo(
				() => this.#vfs.iterate(dir, listing, this.#caller),
				() => this.#vfs.release(dir),
			),
		);
	}

	#setattr(what: string, path: string, attr: Iattr, done: Done): void {
		this.#serve(what, done, () => chain(this.#walk(path), inode => this.#vfs.setattr(inode, attr, this.#caller)));
	}

	#inParent(what: string, path: string, done: Done, body: (dir: Inode, name: string) => Awaitable<unknown>): void {
		const operation = () => chain(this.#walk(parentOf(path)), dir => chain(body(dir, nameOf(path)), () => {}));
		this.#serve(what, done, operation);
	}

	/** Runs an operation whose result is a number of bytes, which libfuse takes in the place of the 0. */
	#transfer(what: string, done: Done, operation: () => Awaitable<number>): void {
		this.#serve<number>(what, (result, count) => done(result < 0 ? result : count!), operation);
	}

	#serve<T>(what: string, done: Answer<T>, operation: () => Awaitable<T>): void {
		const succeed = (value: T) => done(0, value);
		const fail = (error: unknown) => done(this.#errorOf(what, error));
		let answer: Awaitable<T>;
		try {
			answer = operation();
		} catch (error) {
			fail(error);
			return;
		}
		if (isPromise(answer)) answer.then(succeed, fail);
		else succeed(answer);
	}

	#errorOf(what: string, error: unknown): number {
		if (isErrno(error)) return error.errno;
		this.#vfs.oops(error, what);
		return -errno.EIO;
	}

	#refuse(what: string, path: string, why: string): never {
		if (!this.#reported.has(what)) this.#report(`fuse-native: ${what} ${path} is refused: ${why}`);
		this.#reported.add(what);
		throw new Errno('EOPNOTSUPP', `${what} ${path}`);
	}
}

/** Only ioctl operations reach for the caller's memory, and none is ever called. */
function noMemory(): never {
	throw new Errno('EFAULT', 'who calls is not told');
}

function parentOf(path: string): string {
	return path.slice(0, path.lastIndexOf('/'));
}

function nameOf(path: string): string {
	return path.slice(path.lastIndexOf('/') + 1);
}

function timespec(ms: number): { sec: number; nsec: number } {
	return { sec: Math.floor(ms / 1000), nsec: (ms % 1000) * 1e6 };
}

function statOf({ atime, mtime, ctime, rdev, uid, gid, ...rest }: Kstat, ids: Ids): NativeStat {
	const ms = ({ sec, nsec }: { sec: number; nsec: number }) => sec * 1000 + Math.floor(nsec / 1e6);
	const times = { atime: ms(atime), mtime: ms(mtime), ctime: ms(ctime) };
	return { ...rest, ...times, rdev: new_encode_dev(rdev), uid: ids.uid(uid), gid: ids.gid(gid) };
}
