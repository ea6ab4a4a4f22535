/**
 * calls - what the tests of tmpfs do to one, be it Linux's or ours.
 *
 * Paths are relative to the root of the file system. A refused call throws an error with `code`, as node:fs errors have it.
 */

import { isErrno } from '../../../src/lib/errno.ts';

/** What lstat(2) and fstat(2) tell, without what differs between any two file systems; times in nanoseconds. */
export interface Stat {
	readonly ino: number;
	readonly mode: number;
	readonly nlink: number;
	readonly uid: number;
	readonly gid: number;
	readonly rdev: number;
	readonly size: number;
	readonly blksize: number;
	readonly blocks: number;
	readonly atime: bigint;
	readonly mtime: bigint;
	readonly ctime: bigint;
}

/** What statfs(2) tells. */
export interface Statfs {
	readonly type: number;
	readonly bsize: number;
	readonly blocks: number;
	readonly bfree: number;
	readonly bavail: number;
	readonly files: number;
	readonly ffree: number;
}

/** One entry of a directory as getdents64(2) gives it. */
export interface Dirent {
	readonly name: string;
	readonly ino: number;
	readonly type: number;
	readonly off: number;
}

/** System calls, one method each; paths are followed as the call does. Disposing of it closes and unmounts. */
export interface Calls extends Disposable {
	open(path: string, flags: number, mode?: number): number;
	close(fd: number): void;
	pread(fd: number, count: number, pos: number): Uint8Array;
	read(fd: number, count: number): Uint8Array;
	pwrite(fd: number, data: Uint8Array, pos: number): number;
	write(fd: number, data: Uint8Array): number;
	lseek(fd: number, offset: number, whence: number): number;
	fsync(fd: number): void;
	getdents(fd: number, size: number): readonly Dirent[];
	lstat(path: string): Stat;
	fstat(fd: number): Stat;
	statfs(path: string): Statfs;
	readlink(path: string): string;
	mkdir(path: string, mode: number): void;
	rmdir(path: string): void;
	mknod(path: string, mode: number, rdev: number): void;
	symlink(text: string, path: string): void;
	link(from: string, to: string): void;
	unlink(path: string): void;
	rename(from: string, to: string, flags: number): void;
	truncate(path: string, size: number): void;
	ftruncate(fd: number, size: number): void;
	chmod(path: string, mode: number): void;
	chown(path: string, uid: number, gid: number): void;
	/** Seconds since 1970. */
	utimes(path: string, atime: number, mtime: number): void;
	getxattr(path: string, name: string): Uint8Array;
	setxattr(path: string, name: string, value: Uint8Array, flags: number): void;
	listxattr(path: string): readonly string[];
	removexattr(path: string, name: string): void;
	/** Lets so much time pass that what happens next has another time than what happened before. */
	tick(): void;
	/** Runs `body` as another user, in the group of the same number and no other. */
	as<T>(uid: number, body: () => T): T;
}

/** What a call came to: its value or the name of its error number. */
export function outcome<T>(body: () => T): T | string {
	try {
		return body();
	} catch (error) {
		if (isErrno(error)) return error.code;
		throw error;
	}
}

/** The names in a directory, in their order. */
export function list(calls: Calls, path: string): string[] {
	const fd = calls.open(path, 0o200000);
	try {
		const names: string[] = [];
		for (let part = calls.getdents(fd, 512); part.length > 0; part = calls.getdents(fd, 512)) {
			names.push(...part.map(({ name }) => name));
		}
		return names.filter(name => name !== '.' && name !== '..');
	} finally {
		calls.close(fd);
	}
}

/** Makes a file with contents. */
export function write(calls: Calls, path: string, text = ''): void {
	const fd = calls.open(path, 0o102, 0o644);
	try {
		if (text !== '') calls.pwrite(fd, Buffer.from(text), 0);
	} finally {
		calls.close(fd);
	}
}
