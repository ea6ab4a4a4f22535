/**
 * native - a tmpfs of this machine's Linux, in a mount namespace that nobody else sees and that ends with the process.
 */

import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import koffi from 'koffi';
import { Errno } from '../../../src/lib/errno.ts';
import type { Calls, Dirent, Stat } from './calls.ts';

const CLONE_NEWNS = 0x20000;
const MS_REC = 0x4000;
const MS_PRIVATE = 0x40000;
const MNT_DETACH = 2;
const AT_FDCWD = -100;
const XATTR_ROOM = 65536;
const CLOCK_REALTIME_COARSE = 5;

const libc = koffi.load(null);

/** A function of the C library that throws where it fails. */
function bind(prototype: string): (...args: unknown[]) => number {
	const fn = libc.func(prototype);
	return (...args) => {
		const result = Number(fn(...args));
		if (result < 0) throw Errno.of(koffi.errno());
		return result;
	};
}

const unshare = bind('int unshare(int flags)');
const mount = bind(
	'int mount(const char *source, const char *dir, const char *type, unsigned long flags, const char *data)',
);
const umount2 = bind('int umount2(const char *dir, int flags)');
const open = bind('int open(const char *path, int flags, uint32_t mode)');
const read = bind('int64_t read(int fd, _Out_ void *buf, size_t count)');
const pread = bind('int64_t pread(int fd, _Out_ void *buf, size_t count, int64_t pos)');
const write = bind('int64_t write(int fd, const void *buf, size_t count)');
const pwrite = bind('int64_t pwrite(int fd, const void *buf, size_t count, int64_t pos)');
const lseek = bind('int64_t lseek(int fd, int64_t offset, int whence)');
const getdents64 = bind('int64_t getdents64(int fd, _Out_ void *buf, size_t count)');
const mknod = bind('int mknod(const char *path, uint32_t mode, uint64_t dev)');
const truncate = bind('int truncate(const char *path, int64_t size)');
const ftruncate = bind('int ftruncate(int fd, int64_t size)');
const renameat2 = bind('int renameat2(int oldfd, const char *from, int newfd, const char *to, unsigned int flags)');
const clockGettime = bind('int clock_gettime(int clock, _Out_ void *timespec)');
const getxattr = bind('int64_t getxattr(const char *path, const char *name, _Out_ void *value, size_t size)');
const setxattr = bind('int setxattr(const char *path, const char *name, const void *value, size_t size, int flags)');
const listxattr = bind('int64_t listxattr(const char *path, _Out_ void *list, size_t size)');
const removexattr = bind('int removexattr(const char *path, const char *name)');

/** Why there is nothing to compare with here; false where there is. */
export const noNative: string | false =
	process.getuid?.() === 0 ? false : 'only root can mount a tmpfs to compare with';

/** The directory that holds the mount points, once this process has mounts of its own; it goes with the process. */
const own: { dir?: string; count: number } = { count: 0 };

function mountPoint(): string {
	if (own.dir === undefined) {
		unshare(CLONE_NEWNS);
		mount('none', '/', null, MS_REC | MS_PRIVATE, null);
		process.umask(0);
		const dir = fs.mkdtempSync(join(tmpdir(), 'ring3-tmpfs-'));
		process.once('exit', () => {
			umount2(dir, MNT_DETACH);
			fs.rmdirSync(dir);
		});
		mount('tmpfs', dir, 'tmpfs', 0, 'mode=755');
		own.dir = dir;
	}
	own.count++;
	const dir = join(own.dir, String(own.count));
	fs.mkdirSync(dir);
	return dir;
}

/** Mounts a tmpfs with these options, until it is disposed of. Throws an Errno where Linux refuses. */
export function nativeTmpfs(options = ''): NativeTmpfs {
	const dir = mountPoint();
	mount('tmpfs', dir, 'tmpfs', 0, options);
	return new NativeTmpfs(dir);
}

/** See `Calls`. */
export class NativeTmpfs implements Calls {
	/** Where it is mounted. */
	readonly dir: string;

	constructor(dir: string) {
		this.dir = dir;
	}

	[Symbol.dispose](): void {
		umount2(this.dir, MNT_DETACH);
		fs.rmdirSync(this.dir);
	}

	open(path: string, flags: number, mode = 0): number {
		return open(this.#at(path), flags, mode);
	}

	close(fd: number): void {
		fs.closeSync(fd);
	}

	pread(fd: number, count: number, pos: number): Uint8Array {
		const buffer = Buffer.alloc(Math.max(1, count));
		return new Uint8Array(buffer.subarray(0, pread(fd, buffer, count, pos)));
	}

	read(fd: number, count: number): Uint8Array {
		const buffer = Buffer.alloc(Math.max(1, count));
		return new Uint8Array(buffer.subarray(0, read(fd, buffer, count)));
	}

	pwrite(fd: number, data: Uint8Array, pos: number): number {
		return pwrite(fd, data, data.length, pos);
	}

	write(fd: number, data: Uint8Array): number {
		return write(fd, data, data.length);
	}

	lseek(fd: number, offset: number, whence: number): number {
		return lseek(fd, offset, whence);
	}

	fsync(fd: number): void {
		fs.fsyncSync(fd);
	}

	getdents(fd: number, size: number): readonly Dirent[] {
		const buffer = Buffer.alloc(size);
		const length = getdents64(fd, buffer, size);
		const entries: Dirent[] = [];
		for (let at = 0; at < length; at += buffer.readUInt16LE(at + 16)) {
			entries.push({
				name: buffer.toString('utf8', at + 19, buffer.indexOf(0, at + 19)),
				ino: Number(buffer.readBigUInt64LE(at)),
				type: buffer.readUInt8(at + 18),
				off: Number(buffer.readBigInt64LE(at + 8)),
			});
		}
		return entries;
	}

	lstat(path: string): Stat {
		return statOf(fs.lstatSync(this.#at(path), { bigint: true }));
	}

	fstat(fd: number): Stat {
		return statOf(fs.fstatSync(fd, { bigint: true }));
	}

	statfs(path: string) {
		const { type, bsize, blocks, bfree, bavail, files, ffree } = fs.statfsSync(this.#at(path));
		return { type, bsize, blocks, bfree, bavail, files, ffree };
	}

	readlink(path: string): string {
		return fs.readlinkSync(this.#at(path));
	}

	mkdir(path: string, mode: number): void {
		fs.mkdirSync(this.#at(path), mode);
	}

	rmdir(path: string): void {
		fs.rmdirSync(this.#at(path));
	}

	mknod(path: string, mode: number, rdev: number): void {
		mknod(this.#at(path), mode, rdev);
	}

	symlink(text: string, path: string): void {
		fs.symlinkSync(text, this.#at(path));
	}

	link(from: string, to: string): void {
		fs.linkSync(this.#at(from), this.#at(to));
	}

	unlink(path: string): void {
		fs.unlinkSync(this.#at(path));
	}

	rename(from: string, to: string, flags: number): void {
		renameat2(AT_FDCWD, this.#at(from), AT_FDCWD, this.#at(to), flags);
	}

	truncate(path: string, size: number): void {
		truncate(this.#at(path), size);
	}

	ftruncate(fd: number, size: number): void {
		ftruncate(fd, size);
	}

	chmod(path: string, mode: number): void {
		fs.chmodSync(this.#at(path), mode);
	}

	chown(path: string, uid: number, gid: number): void {
		fs.chownSync(this.#at(path), uid, gid);
	}

	utimes(path: string, atime: number, mtime: number): void {
		fs.utimesSync(this.#at(path), atime, mtime);
	}

	getxattr(path: string, name: string): Uint8Array {
		const value = Buffer.alloc(XATTR_ROOM);
		return new Uint8Array(value.subarray(0, getxattr(this.#at(path), name, value, XATTR_ROOM)));
	}

	setxattr(path: string, name: string, value: Uint8Array, flags: number): void {
		setxattr(this.#at(path), name, value, value.length, flags);
	}

	listxattr(path: string): readonly string[] {
		const names = Buffer.alloc(XATTR_ROOM);
		const length = listxattr(this.#at(path), names, XATTR_ROOM);
		return names.toString('utf8', 0, length).split('\0').slice(0, -1);
	}

	removexattr(path: string, name: string): void {
		removexattr(this.#at(path), name);
	}

	/** The clock that files are stamped with moves every few milliseconds. */
	tick(): void {
		const before = coarseTime();
		while (coarseTime().equals(before));
	}

	as<T>(uid: number, body: () => T): T {
		const groups = process.getgroups!();
		process.setgroups!([]);
		process.setegid!(uid);
		process.seteuid!(uid);
		try {
			return body();
		} finally {
			process.seteuid!(0);
			process.setegid!(0);
			process.setgroups!(groups);
		}
	}

	#at(path: string): string {
		return `${this.dir}/${path}`;
	}
}

function coarseTime(): Buffer {
	const timespec = Buffer.alloc(16);
	clockGettime(CLOCK_REALTIME_COARSE, timespec);
	return timespec;
}

function statOf(s: fs.BigIntStats): Stat {
	return {
		ino: Number(s.ino),
		mode: Number(s.mode),
		nlink: Number(s.nlink),
		uid: Number(s.uid),
		gid: Number(s.gid),
		rdev: Number(s.rdev),
		size: Number(s.size),
		blksize: Number(s.blksize),
		blocks: Number(s.blocks),
		atime: s.atimeNs,
		mtime: s.mtimeNs,
		ctime: s.ctimeNs,
	};
}
