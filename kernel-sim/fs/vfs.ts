/**
 * vfs - the entry points that faces call, put together (the boundary's `Vfs`).
 *
 * What each does is in the file that carries its kernel file's name; here they get the kernel they belong to.
 */

import type {
	Context,
	DirContext,
	Follows,
	Iattr,
	Inode,
	Kiocb,
	Kstat,
	Kstatfs,
	PollTable,
	File as VfsFile,
	Vfs as VfsInterface,
} from '../../src/boundary/vfs.ts';
import { type Awaitable, chain, isPromise } from '../../src/lib/awaitable.ts';
import { Errno } from '../../src/lib/errno.ts';
import { O_TRUNC } from '../../src/uapi/fcntl.ts';
import { isLnk } from '../../src/uapi/stat.ts';
import type { Time } from '../kernel/time.ts';
import { drive, type Steps } from '../lib/steps.ts';
import { notifyChange } from './attr.ts';
import type { FilesStat } from './file_table.ts';
import type { Fsnotify, InvalidationListener } from './fsnotify.ts';
import { doIoctl } from './ioctl.ts';
import * as namei from './namei.ts';
import type { Namespace } from './namespace.ts';
import { type File, openInode } from './open.ts';
import { inodePermission } from './permission.ts';
import { vfsLlseek, vfsRead, vfsWrite } from './read_write.ts';
import { iterateDir } from './readdir.ts';
import { vfsPoll } from './select.ts';
import { vfsGetattr, vfsStatfs } from './stat.ts';
import * as xattr from './xattr.ts';

/** What the VFS is made from. */
export interface VfsInit {
	readonly namespace: Namespace;
	readonly fsnotify: Fsnotify;
	readonly time: Time;
	readonly oops: (error: unknown, where: string) => void;
	readonly filesStat: FilesStat;
}

/** See the boundary's `Vfs` for what each method promises. */
export class Vfs implements VfsInterface {
	readonly namespace: Namespace;
	readonly fsnotify: Fsnotify;
	readonly time: Time;
	readonly oops: (error: unknown, where: string) => void;
	/** The files that are open. */
	readonly filesStat: FilesStat;

	constructor({ namespace, fsnotify, time, oops, filesStat }: VfsInit) {
		this.namespace = namespace;
		this.fsnotify = fsnotify;
		this.time = time;
		this.oops = oops;
		this.filesStat = filesStat;
	}

	lookup(dir: Inode, name: string, ctx: Context): Awaitable<Inode | undefined> {
		return namei.lookup(this, dir, name, ctx);
	}

	getattr(inode: Inode, ctx: Context): Awaitable<Kstat> {
		return vfsGetattr(inode, ctx);
	}

	setattr(inode: Inode, attr: Iattr, ctx: Context): Awaitable<void> {
		return drive(this.#setattr(inode, attr, ctx));
	}

	readlink(inode: Inode, ctx: Context, follows: Follows = () => false): Awaitable<string> {
		if (!isLnk(inode.mode) || inode.op.getLink === undefined) throw new Errno('EINVAL');
		return inode.op.getLink(inode, ctx, follows);
	}

	permission(inode: Inode, mask: number, ctx: Context): Awaitable<void> {
		return inodePermission(inode, mask, ctx);
	}

	statfs(inode: Inode): Kstatfs {
		return vfsStatfs(inode);
	}

	create(dir: Inode, name: string, mode: number, ctx: Context): Awaitable<Inode> {
		return drive(namei.create(this, dir, name, mode, ctx));
	}

	link(dir: Inode, name: string, target: Inode, ctx: Context): Awaitable<void> {
		return drive(namei.link(this, dir, name, target, ctx));
	}

	unlink(dir: Inode, name: string, ctx: Context): Awaitable<void> {
		return drive(namei.unlink(this, dir, name, ctx));
	}

	symlink(dir: Inode, name: string, text: string, ctx: Context): Awaitable<Inode> {
		return drive(namei.symlink(this, dir, name, text, ctx));
	}

	mkdir(dir: Inode, name: string, mode: number, ctx: Context): Awaitable<Inode> {
		return drive(namei.mkdir(this, dir, name, mode, ctx));
	}

	rmdir(dir: Inode, name: string, ctx: Context): Awaitable<void> {
		return drive(namei.rmdir(this, dir, name, ctx));
	}

	mknod(dir: Inode, name: string, mode: number, rdev: number, ctx: Context): Awaitable<Inode> {
		return drive(namei.mknod(this, dir, name, mode, rdev, ctx));
	}

	rename(oldDir: Inode, oldName: string, newDir: Inode, newName: string, flags: number, ctx: Context): Awaitable<void> {
		return drive(namei.rename(this, { oldDir, oldName, newDir, newName, flags }, ctx));
	}

	getxattr(inode: Inode, name: string, ctx: Context): Awaitable<Uint8Array> {
		return drive(xattr.getxattr(inode, name, ctx));
	}

	setxattr(inode: Inode, name: string, value: Uint8Array, flags: number, ctx: Context): Awaitable<void> {
		return this.#telling(inode, ctx, () => drive(xattr.setxattr(inode, name, value, flags, ctx)));
	}

	listxattr(inode: Inode, ctx: Context): Awaitable<readonly string[]> {
		return xattr.listxattr(inode, ctx);
	}

	removexattr(inode: Inode, name: string, ctx: Context): Awaitable<void> {
		return this.#telling(inode, ctx, () => drive(xattr.removexattr(inode, name, ctx)));
	}

	open(inode: Inode, flags: number, ctx: Context, created = false): Awaitable<File> {
		const open = () => drive(this.openSteps(inode, flags, created, ctx));
		return flags & O_TRUNC ? this.#telling(inode, ctx, open) : open();
	}

	/** As `open`, for a procedure that may have created the inode itself: it then may whatever `flags` ask for. */
	openSteps(inode: Inode, flags: number, created: boolean, ctx: Context): Steps<File> {
		this.filesStat.get(ctx);
		return openInode(inode, { flags, created }, ctx, this.time, file => {
			if (file === undefined) this.filesStat.put();
			else this.release(file);
		});
	}

	release(file: VfsFile): void {
		this.filesStat.put();
		if (file.op.release === undefined) return;
		try {
			const result: unknown = file.op.release(file.inode, file);
			if (isPromise(result)) result.catch(error => this.oops(error, 'release'));
		} catch (error) {
			this.oops(error, 'release');
		}
	}

	flush(file: VfsFile, ctx: Context): Awaitable<void> {
		return file.op.flush?.(file, ctx);
	}

	read(iocb: Kiocb, count: number, ctx: Context): Awaitable<Uint8Array> {
		return vfsRead(iocb, count, ctx);
	}

	write(iocb: Kiocb, data: Uint8Array, ctx: Context): Awaitable<number> {
		return this.#telling(iocb.file.inode, ctx, () => vfsWrite(iocb, data, ctx));
	}

	llseek(file: VfsFile, offset: number, whence: number, ctx: Context): Awaitable<number> {
		return vfsLlseek(file, offset, whence, ctx);
	}

	iterate(file: VfsFile, dir: DirContext, ctx: Context): Awaitable<void> {
		return iterateDir(file, dir, ctx);
	}

	poll(file: VfsFile, table: PollTable, ctx: Context): number {
		return vfsPoll(file, table, ctx);
	}

	ioctl(file: VfsFile, cmd: number, arg: bigint, ctx: Context): Awaitable<number> {
		return doIoctl(file, cmd, arg, ctx);
	}

	fsync(file: VfsFile, datasync: boolean, ctx: Context): Awaitable<void> {
		if (file.op.fsync === undefined) throw new Errno('EINVAL');
		return file.op.fsync(file, datasync, ctx);
	}

	onInvalidate(listener: InvalidationListener): () => void {
		return this.fsnotify.listen(listener);
	}

	/** Does what may change attributes of an inode, and tells of it where it did. A time that changes is another object. */
	#telling<T>(inode: Inode, ctx: Context, change: () => Awaitable<T>): Awaitable<T> {
		const { mode, size, mtime, ctime } = inode;
		return chain(change(), result => {
			const same = inode.size === size && inode.mtime === mtime && inode.ctime === ctime && inode.mode === mode;
			if (!same) this.fsnotify.notify({ type: 'attr', inode }, ctx);
			return result;
		});
	}

	*#setattr(inode: Inode, attr: Iattr, ctx: Context): Steps<void> {
		yield* notifyChange(inode, attr, ctx, this.time);
		this.fsnotify.notify({ type: 'attr', inode }, ctx);
	}
}
