/**
 * syscalls - a thread that uses a mount: its descriptors and its calls.
 */

import type { TaskMemory } from '../../../kernel-sim/fs/user_memory.ts';
import { Errno } from '../../../src/lib/errno.ts';
import { O_APPEND, O_DIRECT, O_NOATIME, O_NONBLOCK } from '../../../src/uapi/fcntl.ts';
import { MAY_ACCESS } from '../../../src/uapi/fs.ts';
import * as uapi from '../../../src/uapi/fuse.ts';
import { POLLNVAL } from '../../../src/uapi/poll.ts';
import { S_IFDIR, S_IFMT } from '../../../src/uapi/stat.ts';
import type { Dirent } from '../../runner/sys.ts';
import * as attr from './attr.ts';
import { trim } from './dcache.ts';
import type { Current } from './dev.ts';
import type { FuseDir } from './dir.ts';
import type { OpenFile } from './file.ts';
import { DirentBuffer } from './getdents.ts';
import { type FuseInode, STATX_BASIC_STATS, STATX_BTIME } from './inode.ts';
import { doIoctl } from './ioctl.ts';
import * as namei from './namei.ts';
import { open } from './open.ts';
import { doPoll } from './select.ts';

/** Who a thread is. */
export interface Identity {
	readonly pid: number;
	readonly uid: number;
	readonly umask: number;
	/** Buffers that an ioctl is given the address of. */
	readonly memory: TaskMemory;
}

/** What stat(2) tells, as FUSE has it. */
export type Attr = uapi.FuseAttr;

const SETFL_MASK = O_APPEND | O_NONBLOCK | O_DIRECT | O_NOATIME;
const FUSE_SUPER_MAGIC = 0x65735546;

/** One thread. Its calls are promises, one at a time. */
export class Thread implements Current {
	readonly pid: number;
	readonly uid: number;
	readonly gid: number;
	readonly umask: number;
	readonly root: boolean;
	readonly memory: TaskMemory;
	onSignal: (() => void) | undefined;
	readonly #fs: FuseDir;
	readonly #files = new Map<number, OpenFile>();

	constructor(fs: FuseDir, { pid, uid, umask, memory }: Identity) {
		this.#fs = fs;
		this.pid = pid;
		this.uid = uid;
		this.gid = uid;
		this.umask = umask;
		this.root = uid === 0;
		this.memory = memory;
	}

	/** Runs a call. When no thread is in one any more, what nobody uses is forgotten. */
	async run<T>(call: () => Promise<T>): Promise<T> {
		this.#fs.running++;
		try {
			return await call();
		} finally {
			this.onSignal = undefined;
			this.#fs.running--;
			if (this.#fs.running === 0) this.#settle();
		}
	}

	#settle(): void {
		trim(this.#fs.root, this.#fs.pruned);
		this.#fs.pruned.clear();
		this.#fs.inodes.evict();
		this.#fs.conn.sendForgets();
	}

	/** A signal whose handler returns: ends what the thread sleeps in. */
	interrupt(): void {
		this.onSignal?.();
	}

	/** Ends: what it sleeps in is interrupted, its files are closed. */
	async exit(): Promise<void> {
		this.interrupt();
		for (const fd of [...this.#files.keys()]) await this.close(fd).catch(() => {});
	}

	async open(path: string, flags: number, mode = 0): Promise<number> {
		const file = await open(this.#fs, this, path, flags, mode);
		let fd = 3;
		while (this.#files.has(fd)) fd++;
		this.#files.set(fd, file);
		return fd;
	}

	async close(fd: number): Promise<void> {
		const file = this.#file(fd);
		this.#files.delete(fd);
		try {
			await file.flush(this);
		} finally {
			file.put();
		}
	}

	read(fd: number, count: number): Promise<Uint8Array> {
		return this.#using(fd, file => file.read(this, count));
	}

	pread(fd: number, count: number, pos: number): Promise<Uint8Array> {
		return this.#using(fd, file => file.pread(this, count, pos));
	}

	write(fd: number, data: Uint8Array): Promise<number> {
		return this.#using(fd, file => file.write(this, data));
	}

	pwrite(fd: number, data: Uint8Array, pos: number): Promise<number> {
		return this.#using(fd, file => file.pwrite(this, data, pos));
	}

	lseek(fd: number, offset: number, whence: number): Promise<number> {
		return this.#using(fd, file => file.lseek(this, offset, whence));
	}

	fsync(fd: number): Promise<void> {
		return this.#using(fd, file => file.fsync(this, false));
	}

	/** The entries that fit into `size` bytes. EINVAL where not even one does. */
	getdents(fd: number, size: number): Promise<readonly Dirent[]> {
		return this.#using(fd, async file => {
			const buffer = new DirentBuffer(size);
			await file.iterate(this, buffer);
			return buffer.finish();
		});
	}

	async stat(path: string, follow = true): Promise<Attr> {
		const { inode } = await namei.find(this.#fs, this, path, follow);
		return this.#statOf(inode!);
	}

	async fstat(fd: number): Promise<Attr> {
		const file = this.#file(fd);
		return this.#statOf(file.inode);
	}

	async statfs(path: string): Promise<uapi.FuseStatfsOut['st'] & { readonly type: number }> {
		const { inode } = await namei.find(this.#fs, this, path);
		const call = { nodeid: inode!.nodeid };
		const { st } = await this.#fs.conn.ask(this, uapi.FUSE_STATFS, call, uapi.fuse_statfs_out);
		return { ...st, type: FUSE_SUPER_MAGIC };
	}

	async readlink(path: string): Promise<string> {
		const { inode } = await namei.find(this.#fs, this, path, false);
		return namei.readlink(this.#fs, this, inode!);
	}

	async access(path: string, mode: number): Promise<void> {
		const { inode } = await namei.find(this.#fs, this, path);
		await this.#fs.permission(this, inode!, MAY_ACCESS | mode);
	}

	async mkdir(path: string, mode: number): Promise<void> {
		const args = { mode: mode & 0o1777, umask: this.umask };
		await namei.make(this.#fs, this, path, { opcode: uapi.FUSE_MKDIR, type: S_IFDIR, args });
	}

	async mknod(path: string, mode: number, rdev: number): Promise<void> {
		if ((mode & S_IFMT) === S_IFDIR) throw new Errno('EPERM');
		const args = { mode, rdev, umask: this.umask };
		await namei.make(this.#fs, this, path, { opcode: uapi.FUSE_MKNOD, type: mode, args });
	}

	symlink(text: string, path: string): Promise<void> {
		return namei.symlink(this.#fs, this, text, path);
	}

	link(from: string, to: string): Promise<void> {
		return namei.link(this.#fs, this, from, to);
	}

	unlink(path: string): Promise<void> {
		return namei.remove(this.#fs, this, path, uapi.FUSE_UNLINK);
	}

	rmdir(path: string): Promise<void> {
		return namei.remove(this.#fs, this, path, uapi.FUSE_RMDIR);
	}

	rename(from: string, to: string, flags = 0): Promise<void> {
		return namei.rename(this.#fs, this, from, to, flags);
	}

	async truncate(path: string, size: number): Promise<void> {
		const { inode } = await namei.find(this.#fs, this, path);
		await attr.truncate(this.#fs, this, inode!, size);
	}

	ftruncate(fd: number, size: number): Promise<void> {
		return this.#using(fd, file => attr.ftruncate(this, file, size));
	}

	async chmod(path: string, mode: number): Promise<void> {
		const { inode } = await namei.find(this.#fs, this, path);
		await attr.chmod(this.#fs, this, inode!, mode);
	}

	/** -1 leaves an id as it is. */
	async chown(path: string, uid: number, gid: number): Promise<void> {
		const { inode } = await namei.find(this.#fs, this, path);
		await attr.chown(this.#fs, this, inode!, uid, gid);
	}

	/** Seconds since 1970. */
	async utimes(path: string, atime: number, mtime: number): Promise<void> {
		const { inode } = await namei.find(this.#fs, this, path);
		await attr.utimes(this.#fs, this, inode!, atime, mtime);
	}

	async setxattr(path: string, name: string, value: Uint8Array, flags = 0): Promise<void> {
		const { inode } = await namei.find(this.#fs, this, path);
		await attr.setxattr(this.#fs, this, inode!, name, value, flags);
	}

	/** poll(2) of one descriptor; `timeout` in milliseconds, negative for ever. */
	async poll(fd: number, events: number, timeout: number): Promise<number> {
		const file = this.#files.get(fd);
		return file === undefined || file.isPath ? POLLNVAL : doPoll(this, file, events, timeout);
	}

	/** `arg` points to `data`, which is what it is afterwards. */
	ioctl(fd: number, cmd: number, data: Uint8Array): Promise<number> {
		return this.#using(fd, file => doIoctl(this, this.memory, file, cmd, data));
	}

	setfl(fd: number, flags: number): void {
		const file = this.#file(fd);
		file.flags = (file.flags & ~SETFL_MASK) | (flags & SETFL_MASK);
	}

	async #statOf(inode: FuseInode): Promise<Attr> {
		await this.#fs.update(this, inode, STATX_BASIC_STATS | STATX_BTIME);
		return inode.attr;
	}

	#file(fd: number): OpenFile {
		const file = this.#files.get(fd);
		if (file === undefined) throw new Errno('EBADF');
		return file;
	}

	/** Runs a call on a file, which stays open until it is over. */
	async #using<T>(fd: number, body: (file: OpenFile) => Promise<T>): Promise<T> {
		const file = this.#file(fd);
		if (file.isPath) throw new Errno('EBADF');
		file.count++;
		try {
			return await body(file);
		} finally {
			file.put();
		}
	}
}
