/**
 * simulated - a tmpfs of a kernel of ours, mounted on /tmp and used through a task.
 */

import type { Task } from '../../../kernel-sim/fs/syscalls.ts';
import type { Stat as TaskStat } from '../../../kernel-sim/fs/syscalls_path.ts';
import type { TmpfsSuperBlock } from '../../../kernel-sim/fs/tmpfs/super.ts';

import { Kernel } from '../../../kernel-sim/kernel.ts';
import type { Timespec } from '../../../src/boundary/vfs.ts';
import { type Awaitable, isPromise } from '../../../src/lib/awaitable.ts';
import { FakeHost, MILLISECOND } from '../../../src/testing/fake_host.ts';
import type { Calls, Dirent, Stat } from './calls.ts';

/** Boots a kernel with a tmpfs on /tmp. */
export function simulatedTmpfs(options = ''): SimulatedTmpfs {
	const host = new FakeHost();
	const kernel = Kernel.boot(host);
	now(kernel.init.mount('tmpfs', '/tmp', 'tmpfs', 0, options));
	return new SimulatedTmpfs(host, kernel);
}

/** The value of what must not sleep. */
function now<T>(value: Awaitable<T>): T {
	if (isPromise(value)) throw new Error('tmpfs slept');
	return value;
}

/** See `Calls`. */
export class SimulatedTmpfs implements Calls {
	readonly host: FakeHost;
	readonly kernel: Kernel;
	#task: Task;

	constructor(host: FakeHost, kernel: Kernel) {
		this.host = host;
		this.kernel = kernel;
		this.#task = kernel.task({ umask: 0, cwd: '/tmp' });
	}

	[Symbol.dispose](): void {
		this.#task.exit();
		this.kernel.shutdown();
	}

	/** Its super block. */
	get sb(): TmpfsSuperBlock {
		return this.#task.cwd.inode.sb as TmpfsSuperBlock;
	}

	open(path: string, flags: number, mode = 0): number {
		return now(this.#task.open(path, flags, mode));
	}

	close(fd: number): void {
		now(this.#task.close(fd));
	}

	pread(fd: number, count: number, pos: number): Uint8Array {
		return new Uint8Array(now(this.#task.pread(fd, count, pos)));
	}

	read(fd: number, count: number): Uint8Array {
		return new Uint8Array(now(this.#task.read(fd, count)));
	}

	pwrite(fd: number, data: Uint8Array, pos: number): number {
		return now(this.#task.pwrite(fd, data, pos));
	}

	write(fd: number, data: Uint8Array): number {
		return now(this.#task.write(fd, data));
	}

	lseek(fd: number, offset: number, whence: number): number {
		return now(this.#task.lseek(fd, offset, whence));
	}

	fsync(fd: number): void {
		now(this.#task.fsync(fd));
	}

	getdents(fd: number, size: number): readonly Dirent[] {
		return now(this.#task.getdents(fd, size));
	}

	lstat(path: string): Stat {
		return statOf(now(this.#task.lstat(path)));
	}

	fstat(fd: number): Stat {
		return statOf(now(this.#task.fstat(fd)));
	}

	statfs(path: string) {
		const { type, bsize, blocks, bfree, bavail, files, ffree } = now(this.#task.statfs(path || '.'));
		return { type, bsize, blocks, bfree, bavail, files, ffree };
	}

	readlink(path: string): string {
		return now(this.#task.readlink(path));
	}

	mkdir(path: string, mode: number): void {
		now(this.#task.mkdir(path, mode));
	}

	rmdir(path: string): void {
		now(this.#task.rmdir(path));
	}

	mknod(path: string, mode: number, rdev: number): void {
		now(this.#task.mknod(path, mode, rdev));
	}

	symlink(text: string, path: string): void {
		now(this.#task.symlink(text, path));
	}

	link(from: string, to: string): void {
		now(this.#task.link(from, to));
	}

	unlink(path: string): void {
		now(this.#task.unlink(path));
	}

	rename(from: string, to: string, flags: number): void {
		now(this.#task.rename(from, to, flags));
	}

	truncate(path: string, size: number): void {
		now(this.#task.truncate(path, size));
	}

	ftruncate(fd: number, size: number): void {
		now(this.#task.ftruncate(fd, size));
	}

	chmod(path: string, mode: number): void {
		now(this.#task.chmod(path, mode));
	}

	chown(path: string, uid: number, gid: number): void {
		now(this.#task.chown(path, uid, gid));
	}

	utimes(path: string, atime: number, mtime: number): void {
		now(this.#task.utimensat(path, { sec: atime, nsec: 0 }, { sec: mtime, nsec: 0 }));
	}

	getxattr(path: string, name: string): Uint8Array {
		return new Uint8Array(now(this.#task.getxattr(path, name)));
	}

	setxattr(path: string, name: string, value: Uint8Array, flags: number): void {
		now(this.#task.setxattr(path, name, value, flags));
	}

	listxattr(path: string): readonly string[] {
		return now(this.#task.listxattr(path));
	}

	removexattr(path: string, name: string): void {
		now(this.#task.removexattr(path, name));
	}

	tick(): void {
		this.host.advance(10 * MILLISECOND);
	}

	as<T>(uid: number, body: () => T): T {
		const before = this.#task;
		this.#task = this.kernel.task({ uid, umask: 0, cwd: '/tmp' });
		try {
			return body();
		} finally {
			this.#task.exit();
			this.#task = before;
		}
	}
}

function statOf({ ino, mode, nlink, uid, gid, rdev, size, blksize, blocks, atime, mtime, ctime }: TaskStat): Stat {
	const times = { atime: nanoseconds(atime), mtime: nanoseconds(mtime), ctime: nanoseconds(ctime) };
	return { ino, mode, nlink, uid, gid, rdev, size, blksize, blocks, ...times };
}

function nanoseconds({ sec, nsec }: Timespec): bigint {
	return BigInt(sec) * 1_000_000_000n + BigInt(nsec);
}
