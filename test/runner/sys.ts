/**
 * sys - the system calls that a contract makes, whoever answers them.
 *
 * `Calls` is what a program can do, one method per system call, named and numbered as in the manual pages. A runner offers it
 * as `Sys`: the same calls answered by promise, because a call may travel to another process or sleep. A refused call rejects
 * with an error that carries `code` (`'ENOENT'`) and a negative `errno`, as node:fs errors do.
 */

import type { SocketCalls } from './sockets.ts';

/** One directory entry (struct linux_dirent64). */
export interface Dirent {
	readonly name: string;
	readonly ino: number;
	/** Cookie of the entry after this one. */
	readonly off: number;
	/** DT_*. */
	readonly type: number;
}

/** What stat(2) tells; times in milliseconds since 1970. */
export interface Stat {
	readonly dev: number;
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

/** What statfs(2) tells, as far as a contract asks. */
export interface Statfs {
	readonly type: number;
	readonly bsize: number;
}

/** The calls themselves. Each makes exactly one system call; paths are absolute. */
export interface Calls extends SocketCalls {
	open(path: string, flags: number, mode?: number): number;
	close(fd: number): void;
	read(fd: number, count: number): Uint8Array;
	pread(fd: number, count: number, pos: number): Uint8Array;
	/** read(2) into an address that nothing is mapped at. */
	readFault(fd: number, count: number): number;
	write(fd: number, data: string): number;
	pwrite(fd: number, data: string, pos: number): number;
	lseek(fd: number, offset: number, whence: number): number;
	/** Entries that fit into `size` bytes; none at the end of the directory. */
	getdents(fd: number, size?: number): readonly Dirent[];
	stat(path: string): Stat;
	lstat(path: string): Stat;
	fstat(fd: number): Stat;
	statfs(path: string): Statfs;
	readlink(path: string): string;
	access(path: string, mode: number): void;
	/** Where paths begin that are not absolute; of those, only the text of a symbolic link is ever one. */
	chdir(path: string): void;
	mkdir(path: string, mode: number): void;
	rmdir(path: string): void;
	mknod(path: string, mode: number, rdev: number): void;
	symlink(text: string, path: string): void;
	link(from: string, to: string): void;
	unlink(path: string): void;
	rename(from: string, to: string): void;
	truncate(path: string, size: number): void;
	ftruncate(fd: number, size: number): void;
	chmod(path: string, mode: number): void;
	chown(path: string, uid: number, gid: number): void;
	/** Times in seconds since 1970. */
	utimes(path: string, atime: number, mtime: number): void;
	setxattr(path: string, name: string, value: string): void;
	/** The events that came, of POLL*; 0 after `timeout` milliseconds without one. */
	poll(fd: number, events: number, timeout: number): number;
	/** epoll_ctl(2), EPOLL_CTL_ADD for EPOLLIN, on an epoll of its own. */
	epollAdd(fd: number): void;
	/** `arg` points to `size` bytes of zeros; `data` is what they are afterwards. */
	ioctl(fd: number, cmd: number, size: number): { readonly result: number; readonly data: Uint8Array };
	/** sendfile(2) to /dev/null, from the position of `fd`. */
	sendfile(fd: number, count: number): number;
	/** Maps a page shared and readable, and unmaps it. */
	mmap(fd: number): void;
	/** fcntl(2), F_SETFL. */
	setfl(fd: number, flags: number): void;
	/** Takes a mount namespace of its own that nothing spreads from, so that mounts do not touch this machine's. */
	unshare(): void;
	mount(source: string, target: string, type: string, data: string): void;
	umount(path: string): void;
}

type Promised<T> = {
	[K in keyof T]: T[K] extends (...args: infer A) => infer R ? (...args: A) => Promise<R> : never;
};

/** A task: one thread of a process that does nothing but make the calls it is told to, one at a time. */
export interface Sys extends Promised<Calls> {
	/** Process id, as the task itself knows it. */
	readonly pid: number;
	/** Another task, of user `uid` (absent: root), with no file open. It ends with the contract. */
	fork(uid?: number): Promise<Sys>;
	/** Sends a signal whose handler returns and does not ask for a restart: a sleeping call rejects with EINTR. */
	interrupt(): Promise<void>;
	/** Ends the task and its process: nothing can be called any more. */
	exit(): Promise<void>;
}

/** The user that has no rights of its own anywhere. */
export const NOBODY = 65534;
