/**
 * syscall_agent - a process that makes the system calls it is told to make, one at a time.
 *
 * The other end of agent.ts. Requests come over the channel of child_process.fork; each is one call, made synchronously, so
 * that a call which sleeps puts this process to sleep as it would any program. It runs apart from the test so that a call that
 * never returns cannot hang the test, may be another user, and may be sent signals. Where node:fs makes exactly the call, it
 * is used; where it hides the call or makes two, libc is called.
 */

import * as fs from 'node:fs';
import { isErrno } from '../../src/lib/errno.ts';
import type { Answer, Hello, Request } from './agent.ts';
import { call } from './libc_call.ts';
import { socketCalls } from './socket_agent.ts';
import type { Calls, Dirent, Stat } from './sys.ts';

const read = call('int64_t read(int fd, _Out_ void *buf, size_t count)');
const pread = call('int64_t pread(int fd, _Out_ void *buf, size_t count, int64_t pos)');
const readAddress = call('int64_t read(int fd, uintptr_t buf, size_t count)');
const write = call('int64_t write(int fd, const void *buf, size_t count)');
const pwrite = call('int64_t pwrite(int fd, const void *buf, size_t count, int64_t pos)');
const lseek = call('int64_t lseek(int fd, int64_t offset, int whence)');
const getdents64 = call('int64_t getdents64(int fd, _Out_ void *buf, size_t count)');
const mknod = call('int mknod(const char *path, uint32_t mode, uint64_t dev)');
const truncate = call('int truncate(const char *path, int64_t size)');
const setxattr = call('int setxattr(const char *path, const char *name, const void *value, size_t size, int flags)');
const poll = call('int poll(_Inout_ void *fds, unsigned long count, int timeout)');
const epollCreate = call('int epoll_create1(int flags)');
const epollCtl = call('int epoll_ctl(int epfd, int op, int fd, void *event)');
const ioctl = call('int ioctl(int fd, unsigned long cmd, _Inout_ void *arg)');
const sendfile = call('int64_t sendfile(int out, int in, void *offset, size_t count)');
const mmap = call('int64_t mmap(void *addr, size_t length, int prot, int flags, int fd, int64_t offset)');
const munmap = call('int munmap(uintptr_t addr, size_t length)');
const fcntl = call('int fcntl(int fd, int cmd, long arg)');
const unshare = call('int unshare(int flags)');
const mount = call(
	'int mount(const char *source, const char *target, const char *type, unsigned long flags, const char *data)',
);
const umount2 = call('int umount2(const char *target, int flags)');
const siginterrupt = call('int siginterrupt(int sig, int flag)');
const prctl = call('int prctl(int option, unsigned long arg)');

const ROOM = 1 << 20;
const SIGUSR2 = 12;
const PR_SET_DUMPABLE = 4;
const PROT_READ = 1;
const MAP_SHARED = 1;
const EPOLL_CTL_ADD = 1;
const EPOLLIN = 1;
const F_SETFL = 4;
const PAGE = 4096;
const CLONE_NEWNS = 0x20000;
const MS_RELATIME = 0x200000;
const MS_REC_PRIVATE = 0x44000;

const opened = new Set<number>();
const sockets = new Set<number>();

function taken(count: number, read: (buffer: Buffer) => number): Uint8Array {
	const buffer = Buffer.alloc(Math.max(1, Math.min(count, ROOM)));
	return buffer.subarray(0, read(buffer));
}

function decodeDirents(buffer: Buffer, length: number): Dirent[] {
	const entries: Dirent[] = [];
	for (let at = 0; at < length; at += buffer.readUInt16LE(at + 16)) {
		const end = buffer.indexOf(0, at + 19);
		entries.push({
			ino: Number(buffer.readBigUInt64LE(at)),
			off: Number(buffer.readBigInt64LE(at + 8)),
			type: buffer.readUInt8(at + 18),
			name: buffer.toString('utf8', at + 19, end),
		});
	}
	return entries;
}

function decodeStat(s: fs.Stats): Stat {
	const { dev, ino, mode, nlink, uid, gid, rdev, size, blksize, blocks } = s;
	const times = { atime: s.atimeMs, mtime: s.mtimeMs, ctime: s.ctimeMs };
	return { dev, ino, mode, nlink, uid, gid, rdev, size, blksize, blocks, ...times };
}

function pollOne(fd: number, events: number, timeout: number): number {
	const pollfd = Buffer.alloc(8);
	pollfd.writeInt32LE(fd, 0);
	pollfd.writeUInt16LE(events, 4);
	poll(pollfd, 1, timeout);
	return pollfd.readInt16LE(6);
}

function epollAdd(fd: number): void {
	const event = Buffer.alloc(16);
	event.writeUInt32LE(EPOLLIN, 0);
	const epfd = epollCreate(0);
	try {
		epollCtl(epfd, EPOLL_CTL_ADD, fd, event);
	} finally {
		fs.closeSync(epfd);
	}
}

function ioctlData(fd: number, cmd: number, size: number): { result: number; data: Uint8Array } {
	const data = Buffer.alloc(Math.max(1, size));
	const result = ioctl(fd, cmd, data);
	return { result, data: data.subarray(0, size) };
}

const calls: Calls = {
	...socketCalls,
	socket: (family, type, protocol) => {
		const fd = socketCalls.socket(family, type, protocol);
		sockets.add(fd);
		return fd;
	},
	open: (path, flags, mode) => {
		const fd = fs.openSync(path, flags, mode);
		opened.add(fd);
		return fd;
	},
	close: fd => {
		opened.delete(fd);
		sockets.delete(fd);
		fs.closeSync(fd);
	},
	read: (fd, count) => taken(count, buffer => read(fd, buffer, count)),
	pread: (fd, count, pos) => taken(count, buffer => pread(fd, buffer, count, pos)),
	readFault: (fd, count) => readAddress(fd, 8, count),
	write: (fd, data) => write(fd, Buffer.from(data), Buffer.byteLength(data)),
	pwrite: (fd, data, pos) => pwrite(fd, Buffer.from(data), Buffer.byteLength(data), pos),
	lseek: (fd, offset, whence) => lseek(fd, offset, whence),
	getdents: (fd, size = 32768) => {
		const buffer = Buffer.alloc(size);
		return decodeDirents(buffer, getdents64(fd, buffer, size));
	},
	stat: path => decodeStat(fs.statSync(path)),
	lstat: path => decodeStat(fs.lstatSync(path)),
	fstat: fd => decodeStat(fs.fstatSync(fd)),
	statfs: path => {
		const { type, bsize } = fs.statfsSync(path);
		return { type, bsize };
	},
	readlink: path => fs.readlinkSync(path),
	access: (path, mode) => fs.accessSync(path, mode),
	chdir: path => process.chdir(path),
	mkdir: (path, mode) => void fs.mkdirSync(path, mode),
	rmdir: path => fs.rmdirSync(path),
	mknod: (path, mode, rdev) => void mknod(path, mode, rdev),
	symlink: (text, path) => fs.symlinkSync(text, path),
	link: (from, to) => fs.linkSync(from, to),
	unlink: path => fs.unlinkSync(path),
	rename: (from, to) => fs.renameSync(from, to),
	truncate: (path, size) => void truncate(path, size),
	ftruncate: (fd, size) => fs.ftruncateSync(fd, size),
	chmod: (path, mode) => fs.chmodSync(path, mode),
	chown: (path, uid, gid) => fs.chownSync(path, uid, gid),
	utimes: (path, atime, mtime) => fs.utimesSync(path, atime, mtime),
	setxattr: (path, name, value) => void setxattr(path, name, Buffer.from(value), Buffer.byteLength(value), 0),
	poll: pollOne,
	epollAdd,
	ioctl: ioctlData,
	sendfile: (fd, count) => {
		const out = fs.openSync('/dev/null', 'w');
		try {
			return sendfile(out, fd, null, count);
		} finally {
			fs.closeSync(out);
		}
	},
	mmap: fd => void munmap(mmap(null, PAGE, PROT_READ, MAP_SHARED, fd, 0), PAGE),
	setfl: (fd, flags) => void fcntl(fd, F_SETFL, flags),
	unshare: () => {
		unshare(CLONE_NEWNS);
		mount('none', '/', '', MS_REC_PRIVATE, '');
	},
	mount: (source, target, type, data) => void mount(source, target, type, MS_RELATIME, data),
	umount: path => void umount2(path, 0),
};

/** What the agent does besides calls. */
const controls = {
	closeAll: () => {
		for (const fd of opened) fs.closeSync(fd);
		opened.clear();
		for (const fd of sockets) fs.closeSync(fd);
		sockets.clear();
		process.chdir('/');
	},
	/** Becomes another user for good. A process that did so is no longer dumpable and its /proc/self is root's: undone here. */
	become: (uid: number) => {
		process.setgroups?.([]);
		process.setgid?.(uid);
		process.setuid?.(uid);
		prctl(PR_SET_DUMPABLE, 1);
	},
};

function answer({ id, name, args }: Request): Answer {
	const all = { ...calls, ...controls } as unknown as Record<string, (...args: readonly unknown[]) => unknown>;
	try {
		return { id, value: all[name]!(...args) };
	} catch (error) {
		if (isErrno(error)) return { id, errno: error.errno };
		return { id, failure: String(error instanceof Error ? error.stack : error) };
	}
}

// The handler returns and the call is not restarted; libuv installs handlers that ask for a restart.
process.on('SIGUSR2', () => {});
siginterrupt(SIGUSR2, 1);
process.on('message', (request: Request) => process.send?.(answer(request)));
process.on('disconnect', () => process.exit());
process.send?.({ id: 0, value: { pid: process.pid, names: Object.keys(calls) } satisfies Hello } satisfies Answer);
