/**
 * syscalls_path - the system calls that take a path name, for tasks of this process (fs/namei.c, fs/open.c, fs/stat.c).
 *
 * Each is named as in section 2 of the manual, answers at once or by promise, and refuses by throwing or rejecting with an
 * Errno. What a manual page says of errors holds; docstrings tell only what it does not.
 */

import type { Context, Iattr, Inode, Kstat, Kstatfs, Timespec } from '../../src/boundary/vfs.ts';
import type { Awaitable } from '../../src/lib/awaitable.ts';
import { Errno } from '../../src/lib/errno.ts';
import { CAP_SYS_ADMIN } from '../../src/uapi/capability.ts';
import { AT_FDCWD, O_CREAT, O_EXCL, O_NOFOLLOW } from '../../src/uapi/fcntl.ts';
import { MAY_CHDIR, MAY_EXEC, R_OK, RENAME_EXCHANGE, RENAME_NOREPLACE, W_OK, X_OK } from '../../src/uapi/fs.ts';
import { isDir, new_decode_dev, new_encode_dev, S_IALLUGO } from '../../src/uapi/stat.ts';
import { drive, type Steps, step } from '../lib/steps.ts';
import { Path } from './d_path.ts';
import * as namei from './namei.ts';
import { mountFlagsOf } from './namespace.ts';
import type { File } from './open.ts';
import { openHow } from './open_how.ts';
import { type Last, PathWalk } from './path_walk.ts';
import { inodePermission } from './permission.ts';
import { TaskStruct } from './task.ts';

/** What stat(2) tells, with the device that the file is on. Device numbers are as the system call encodes them. */
export interface Stat extends Kstat {
	readonly dev: number;
}

/** What stat(2) tells of an inode. */
export function* statOf(task: TaskStruct, inode: Inode, ctx: Context): Steps<Stat> {
	const kstat = yield* step(task.kernel.vfs.getattr(inode, ctx));
	return { ...kstat, dev: new_encode_dev(inode.sb.dev), rdev: new_encode_dev(kstat.rdev) };
}

/** The calls by path. */
export class PathCalls extends TaskStruct {
	/** The descriptor. `flags` are of O_*, `mode` counts only with O_CREAT. */
	open(path: string, flags: number, mode = 0): Awaitable<number> {
		return this.openat(AT_FDCWD, path, flags, mode);
	}

	openat(dirfd: number, path: string, flags: number, mode = 0): Awaitable<number> {
		return this.#steps('openat', ctx => this.#open(dirfd, path, flags, mode, ctx));
	}

	stat(path: string): Awaitable<Stat> {
		return this.#at('stat', path, true, (inode, ctx) => statOf(this, inode, ctx));
	}

	lstat(path: string): Awaitable<Stat> {
		return this.#at('lstat', path, false, (inode, ctx) => statOf(this, inode, ctx));
	}

	statfs(path: string): Awaitable<Kstatfs> {
		const { vfs } = this.kernel;
		// biome-ignore lint/correctness/useYield: a procedure of one step
		return this.#at('statfs', path, true, function* (inode) {
			return vfs.statfs(inode);
		});
	}

	access(path: string, mode: number): Awaitable<void> {
		if ((mode & ~(R_OK | W_OK | X_OK)) !== 0) throw new Errno('EINVAL');
		return this.#at('access', path, true, (inode, ctx) => step(inodePermission(inode, mode, ctx)));
	}

	readlink(path: string): Awaitable<string> {
		return this.#at('readlink', path, false, (inode, ctx) => step(this.kernel.vfs.readlink(inode, ctx)));
	}

	chdir(path: string): Awaitable<void> {
		return this.#steps('chdir', ctx => this.#chdir(path, ctx));
	}

	getcwd(): string {
		return this.cwd.toString();
	}

	mkdir(path: string, mode = 0o777): Awaitable<void> {
		return this.#make('mkdir', path, true, (dir, name, ctx) => step(this.kernel.vfs.mkdir(dir, name, mode, ctx)));
	}

	/** `dev` is as the system call encodes it. */
	mknod(path: string, mode: number, dev = 0): Awaitable<void> {
		const rdev = new_decode_dev(dev);
		return this.#make('mknod', path, false, (dir, name, ctx) =>
			step(this.kernel.vfs.mknod(dir, name, mode, rdev, ctx)),
		);
	}

	symlink(text: string, path: string): Awaitable<void> {
		return this.#make('symlink', path, false, (dir, name, ctx) => step(this.kernel.vfs.symlink(dir, name, text, ctx)));
	}

	/** A link itself is linked, not what it points to. */
	link(from: string, to: string): Awaitable<void> {
		return this.#steps('link', ctx => this.#link(from, to, ctx));
	}

	unlink(path: string): Awaitable<void> {
		return this.#steps('unlink', ctx => this.#unlink(path, ctx));
	}

	rmdir(path: string): Awaitable<void> {
		return this.#steps('rmdir', ctx => this.#rmdir(path, ctx));
	}

	/** renameat2(2); `flags` are of RENAME_*. */
	rename(from: string, to: string, flags = 0): Awaitable<void> {
		return this.#steps('rename', ctx => this.#rename(from, to, flags, ctx));
	}

	truncate(path: string, size: number): Awaitable<void> {
		if (size < 0) throw new Errno('EINVAL');
		return this.#setattr('truncate', path, true, { size });
	}

	chmod(path: string, mode: number): Awaitable<void> {
		return this.#setattr('chmod', path, true, { mode: mode & S_IALLUGO });
	}

	/** -1 leaves an id as it is. */
	chown(path: string, uid: number, gid: number): Awaitable<void> {
		return this.#setattr('chown', path, true, ids(uid, gid));
	}

	lchown(path: string, uid: number, gid: number): Awaitable<void> {
		return this.#setattr('lchown', path, false, ids(uid, gid));
	}

	/** Undefined leaves a time as it is (UTIME_OMIT). */
	utimensat(path: string, atime: Timespec | 'now' | undefined, mtime: Timespec | 'now' | undefined): Awaitable<void> {
		const attr = { ...(atime && { atime }), ...(mtime && { mtime }) };
		return this.#setattr('utimensat', path, true, attr);
	}

	getxattr(path: string, name: string): Awaitable<Uint8Array> {
		return this.#at('getxattr', path, true, (inode, ctx) => step(this.kernel.vfs.getxattr(inode, name, ctx)));
	}

	setxattr(path: string, name: string, value: Uint8Array, flags = 0): Awaitable<void> {
		const { vfs } = this.kernel;
		return this.#at('setxattr', path, true, (inode, ctx) => step(vfs.setxattr(inode, name, value, flags, ctx)));
	}

	listxattr(path: string): Awaitable<readonly string[]> {
		return this.#at('listxattr', path, true, (inode, ctx) => step(this.kernel.vfs.listxattr(inode, ctx)));
	}

	removexattr(path: string, name: string): Awaitable<void> {
		return this.#at('removexattr', path, true, (inode, ctx) => step(this.kernel.vfs.removexattr(inode, name, ctx)));
	}

	/** `flags` are of MS_*. */
	mount(source: string, target: string, type: string, flags = 0, data = ''): Awaitable<void> {
		return this.#steps('mount', ctx => this.#mount({ source, target, type, flags, data }, ctx));
	}

	umount(target: string, flags = 0): Awaitable<void> {
		return this.#steps('umount2', ctx => this.#umount(target, flags, ctx));
	}

	*#open(dirfd: number, path: string, openFlags: number, mode: number, ctx: Context): Steps<number> {
		const { flags, closeOnExec } = openHow(openFlags);
		const walk = this.#walk(dirfd, path, ctx);
		const { vfs } = this.kernel;
		let found: Path | Last;
		if ((flags & O_CREAT) === 0) found = yield* walk.find(path, (flags & O_NOFOLLOW) === 0);
		else found = yield* walk.findOrPlace(path, (flags & (O_NOFOLLOW | O_EXCL)) === 0);
		let file: File;
		if (found instanceof Path) {
			file = yield* vfs.openSteps(found.inode, flags, false, ctx);
			file.path = found;
		} else {
			const inode = yield* namei.create(vfs, found.dir.inode, found.name, mode, ctx);
			file = yield* vfs.openSteps(inode, flags, true, ctx);
			file.path = new Path(inode, found.dir, found.name);
		}
		return this.#install(file, closeOnExec);
	}

	#install(file: File, closeOnExec: boolean): number {
		try {
			return this.files.install(file, closeOnExec);
		} catch (error) {
			this.files.put(file);
			throw error;
		}
	}

	*#chdir(path: string, ctx: Context): Steps<void> {
		const found = yield* this.#walk(AT_FDCWD, path, ctx).find(path, true);
		if (!isDir(found.inode.mode)) throw new Errno('ENOTDIR');
		yield* step(inodePermission(found.inode, MAY_EXEC | MAY_CHDIR, ctx));
		this.cwd = found;
	}

	*#link(from: string, to: string, ctx: Context): Steps<void> {
		const source = yield* this.#walk(AT_FDCWD, from, ctx).find(from, false);
		const { dir, name } = yield* this.#place(to, false, ctx);
		yield* step(this.kernel.vfs.link(dir.inode, name, source.inode, ctx));
	}

	/** do_unlinkat. */
	*#unlink(path: string, ctx: Context): Steps<void> {
		const { dir, name, type, slashes } = yield* this.#walk(AT_FDCWD, path, ctx).parent(path);
		if (type !== 'norm') throw new Errno('EISDIR');
		if (slashes) {
			const inode = yield* step(namei.lookupHere(dir.inode, name, ctx));
			if (inode === undefined) throw new Errno('ENOENT');
			throw new Errno(isDir(inode.mode) ? 'EISDIR' : 'ENOTDIR');
		}
		yield* step(this.kernel.vfs.unlink(dir.inode, name, ctx));
	}

	/** do_rmdir. */
	*#rmdir(path: string, ctx: Context): Steps<void> {
		const { dir, name, type } = yield* this.#walk(AT_FDCWD, path, ctx).parent(path);
		if (type !== 'norm') throw new Errno(({ dotdot: 'ENOTEMPTY', dot: 'EINVAL', root: 'EBUSY' } as const)[type]);
		yield* step(this.kernel.vfs.rmdir(dir.inode, name, ctx));
	}

	/** do_renameat2: what depends on the paths, before what depends on the inodes. */
	*#rename(from: string, to: string, flags: number, ctx: Context): Steps<void> {
		namei.checkRenameFlags(flags);
		const old = yield* this.#walk(AT_FDCWD, from, ctx).parent(from);
		const target = yield* this.#walk(AT_FDCWD, to, ctx).parent(to);
		if (old.dir.inode.sb !== target.dir.inode.sb) throw new Errno('EXDEV');
		if (old.type !== 'norm') throw new Errno('EBUSY');
		if (target.type !== 'norm') throw new Errno((flags & RENAME_NOREPLACE) === 0 ? 'EBUSY' : 'EEXIST');
		yield* this.#checkRename(old, target, flags, ctx);
		const { vfs } = this.kernel;
		yield* step(vfs.rename(old.dir.inode, old.name, target.dir.inode, target.name, flags, ctx));
	}

	*#checkRename(old: Last, target: Last, flags: number, ctx: Context): Steps<void> {
		const exchange = (flags & RENAME_EXCHANGE) !== 0;
		const source = yield* step(namei.lookupHere(old.dir.inode, old.name, ctx));
		if (source === undefined) throw new Errno('ENOENT');
		const replaced = yield* step(namei.lookupHere(target.dir.inode, target.name, ctx));
		if (replaced !== undefined && (flags & RENAME_NOREPLACE) !== 0) throw new Errno('EEXIST');
		if (replaced === undefined && exchange) throw new Errno('ENOENT');
		if (old.slashes && !isDir(source.mode)) throw new Errno('ENOTDIR');
		if (target.slashes && !isDir((exchange ? replaced : source)!.mode)) throw new Errno('ENOTDIR');
		if (target.dir.isBelow(new Path(source))) throw new Errno('EINVAL');
		if (replaced !== undefined && old.dir.isBelow(new Path(replaced)))
			throw new Errno(exchange ? 'EINVAL' : 'ENOTEMPTY');
	}

	*#mount(what: Record<'source' | 'target' | 'type' | 'data', string> & { flags: number }, ctx: Context): Steps<void> {
		const at = yield* this.#walk(AT_FDCWD, what.target, ctx).find(what.target, true);
		if (!ctx.capable(CAP_SYS_ADMIN)) throw new Errno('EPERM');
		this.kernel.mount(what.type, at, what.source, mountFlagsOf(what.flags), what.data);
	}

	*#umount(target: string, flags: number, ctx: Context): Steps<void> {
		const at = yield* this.#walk(AT_FDCWD, target, ctx).find(target, true);
		if (!ctx.capable(CAP_SYS_ADMIN)) throw new Errno('EPERM');
		this.kernel.namespace.umount(at, flags);
	}

	#setattr(name: string, path: string, follow: boolean, attr: Iattr): Awaitable<void> {
		return this.#at(name, path, follow, (inode, ctx) => step(this.kernel.vfs.setattr(inode, attr, ctx)));
	}

	#make(
		call: string,
		path: string,
		directory: boolean,
		make: (dir: Inode, name: string, ctx: Context) => Steps<unknown>,
	): Awaitable<void> {
		return this.#steps(call, ctx => this.#makeAt(path, directory, make, ctx));
	}

	*#makeAt(
		path: string,
		directory: boolean,
		make: (dir: Inode, name: string, ctx: Context) => Steps<unknown>,
		ctx: Context,
	): Steps<void> {
		const { dir, name } = yield* this.#place(path, directory, ctx);
		yield* make(dir.inode, name, ctx);
	}

	/** Where something new is to be (filename_create). Only a directory may have a name that ends in a slash. */
	*#place(path: string, directory: boolean, ctx: Context): Steps<Last> {
		const last = yield* this.#walk(AT_FDCWD, path, ctx).parent(path);
		if (last.type !== 'norm') throw new Errno('EEXIST');
		if (!last.slashes || directory) return last;
		const inode = yield* step(namei.lookupHere(last.dir.inode, last.name, ctx));
		throw new Errno(inode === undefined ? 'ENOENT' : 'EEXIST');
	}

	#at<T>(name: string, path: string, follow: boolean, body: (inode: Inode, ctx: Context) => Steps<T>): Awaitable<T> {
		return this.#steps(name, ctx => this.#findAnd(path, follow, body, ctx));
	}

	*#findAnd<T>(path: string, follow: boolean, body: (inode: Inode, ctx: Context) => Steps<T>, ctx: Context): Steps<T> {
		const { inode } = yield* this.#walk(AT_FDCWD, path, ctx).find(path, follow);
		return yield* body(inode, ctx);
	}

	#steps<T>(name: string, body: (ctx: Context) => Steps<T>): Awaitable<T> {
		return this.call(name, ctx => drive(body(ctx)));
	}

	#walk(dirfd: number, path: string, ctx: Context): PathWalk {
		const base = dirfd === AT_FDCWD || path.startsWith('/') ? this.cwd : this.#directory(dirfd, path);
		return new PathWalk({ naming: this.kernel.vfs, root: this.root, base, ctx });
	}

	#directory(dirfd: number, path: string): Path {
		const { path: base, inode } = this.files.get(dirfd);
		if (path !== '' && !isDir(inode.mode)) throw new Errno('ENOTDIR');
		return base ?? new Path(inode);
	}
}

function ids(uid: number, gid: number): Iattr {
	return { ...(uid !== -1 && { uid }), ...(gid !== -1 && { gid }) };
}
