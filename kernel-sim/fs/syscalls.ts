/**
 * syscalls - the system calls that take a descriptor, for tasks of this process (fs/read_write.c, fs/fcntl.c, fs/select.c).
 *
 * See syscalls_path.ts for how calls answer and refuse.
 */

import type { Context, DirContext, Iattr, Kstatfs } from '../../src/boundary/vfs.ts';
import { type Awaitable, chain, finallyDo, isPromise } from '../../src/lib/awaitable.ts';
import { Errno } from '../../src/lib/errno.ts';
import { encodeName } from '../../src/lib/text.ts';
import {
	F_DUPFD,
	F_DUPFD_CLOEXEC,
	F_GETFD,
	F_GETFL,
	F_SETFD,
	F_SETFL,
	O_APPEND,
	O_DIRECT,
	O_NOATIME,
	O_NONBLOCK,
} from '../../src/uapi/fcntl.ts';
import {
	FMODE_ATOMIC_POS,
	FMODE_PATH,
	FMODE_PREAD,
	FMODE_PWRITE,
	FMODE_READ,
	FMODE_STREAM,
	FMODE_WRITE,
	MAY_CHDIR,
	MAY_EXEC,
} from '../../src/uapi/fs.ts';
import { FIOCLEX, FIONCLEX } from '../../src/uapi/ioctl.ts';
import { isDir, S_IALLUGO } from '../../src/uapi/stat.ts';
import { drive } from '../lib/steps.ts';
import { SocketCalls } from '../net/syscalls.ts';
import type { File } from './open.ts';
import { inodePermission } from './permission.ts';
import type { Dirent } from './readdir.ts';
import { doPoll } from './select.ts';
import { type Stat, statOf } from './syscalls_path.ts';

/** Flags that F_SETFL may change. */
const SETFL_MASK = O_APPEND | O_NONBLOCK | O_DIRECT | O_NOATIME;
const FD_CLOEXEC = 1;
/** What the C library's readdir(3) asks for at once. */
const GETDENTS_SIZE = 32768;
/** Bytes of struct linux_dirent64 before the name. */
const DIRENT_HEADER = 19;
const NSEC_PER_MSEC = 1_000_000;

/** A call that moves bytes, what a file needs for it, and what it adds to (add_rchar, inc_syscr and their kin). */
interface Movement {
	readonly name: string;
	readonly mode: number;
	readonly calls: 'syscr' | 'syscw';
	readonly chars: 'rchar' | 'wchar';
}

const reading = { mode: FMODE_READ, calls: 'syscr', chars: 'rchar' } as const;
const writing = { mode: FMODE_WRITE, calls: 'syscw', chars: 'wchar' } as const;
const read: Movement = { name: 'read', ...reading };
const pread64: Movement = { name: 'pread64', ...reading };
const write: Movement = { name: 'write', ...writing };
const pwrite64: Movement = { name: 'pwrite64', ...writing };

/** One descriptor that poll(2) asks about. */
export interface PollRequest {
	/** Negative: ignored. */
	readonly fd: number;
	readonly events: number;
}

/** A task and what it can call. */
export class Task extends SocketCalls {
	close(fd: number): Awaitable<void> {
		return this.call('close', ctx => {
			const file = this.files.remove(fd);
			const flush = () => ((file.mode & FMODE_PATH) === 0 ? this.kernel.vfs.flush(file, ctx) : undefined);
			return finallyDo(flush, () => this.files.put(file));
		});
	}

	read(fd: number, count: number): Awaitable<Uint8Array> {
		return this.#moving(read, fd, (file, ctx) => withPosition(file, iocb => this.kernel.vfs.read(iocb, count, ctx)));
	}

	pread(fd: number, count: number, pos: number): Awaitable<Uint8Array> {
		if (pos < 0) throw new Errno('EINVAL');
		return this.#moving(pread64, fd, (file, ctx) => {
			if ((file.mode & FMODE_PREAD) === 0) throw new Errno('ESPIPE');
			return this.kernel.vfs.read({ file, pos }, count, ctx);
		});
	}

	write(fd: number, data: Uint8Array | string): Awaitable<number> {
		return this.#moving(write, fd, (file, ctx) =>
			withPosition(file, iocb => this.kernel.vfs.write(iocb, bytesOf(data), ctx)),
		);
	}

	pwrite(fd: number, data: Uint8Array | string, pos: number): Awaitable<number> {
		if (pos < 0) throw new Errno('EINVAL');
		return this.#moving(pwrite64, fd, (file, ctx) => {
			if ((file.mode & FMODE_PWRITE) === 0) throw new Errno('ESPIPE');
			return this.kernel.vfs.write({ file, pos }, bytesOf(data), ctx);
		});
	}

	lseek(fd: number, offset: number, whence: number): Awaitable<number> {
		return this.#using('lseek', fd, (file, ctx) =>
			withLock(file, () => this.kernel.vfs.llseek(file, offset, whence, ctx)),
		);
	}

	/** The entries that fit into `size` bytes; none at the end. */
	getdents(fd: number, size = GETDENTS_SIZE): Awaitable<readonly Dirent[]> {
		return this.#using('getdents64', fd, (file, ctx) => withLock(file, () => this.#getdents(file, size, ctx)));
	}

	fstat(fd: number): Awaitable<Stat> {
		return this.#usingAny('fstat', fd, (file, ctx) => drive(statOf(this, file.inode, ctx)));
	}

	fstatfs(fd: number): Awaitable<Kstatfs> {
		return this.#usingAny('fstatfs', fd, file => this.kernel.vfs.statfs(file.inode));
	}

	fchdir(fd: number): Awaitable<void> {
		return this.#usingAny('fchdir', fd, ({ inode, path }, ctx) => {
			if (!isDir(inode.mode)) throw new Errno('ENOTDIR');
			return chain(inodePermission(inode, MAY_EXEC | MAY_CHDIR, ctx), () => {
				this.cwd = path ?? this.cwd;
			});
		});
	}

	ftruncate(fd: number, size: number): Awaitable<void> {
		if (size < 0) throw new Errno('EINVAL');
		return this.#using('ftruncate', fd, (file, ctx) => this.kernel.vfs.setattr(file.inode, { size, file }, ctx));
	}

	fchmod(fd: number, mode: number): Awaitable<void> {
		return this.#fsetattr('fchmod', fd, { mode: mode & S_IALLUGO });
	}

	/** -1 leaves an id as it is. */
	fchown(fd: number, uid: number, gid: number): Awaitable<void> {
		return this.#fsetattr('fchown', fd, { ...(uid !== -1 && { uid }), ...(gid !== -1 && { gid }) });
	}

	fsync(fd: number): Awaitable<void> {
		return this.#using('fsync', fd, (file, ctx) => this.kernel.vfs.fsync(file, false, ctx));
	}

	/** The events of each; `timeout` in milliseconds, negative for ever. */
	poll(requests: readonly PollRequest[], timeout: number): Awaitable<readonly number[]> {
		return this.call('poll', ctx => {
			const asked = requests.filter(({ fd }) => fd >= 0);
			const files = asked.map(({ fd, events }) => ({ file: this.#hold(fd), events }));
			const limit = timeout < 0 ? undefined : timeout * NSEC_PER_MSEC;
			const revents = finallyDo(
				() => doPoll(files, limit, ctx, this.kernel.time),
				() => {
					for (const { file } of files) if (file !== undefined) this.files.put(file);
				},
			);
			return chain(revents, found => requests.map(request => found[asked.indexOf(request)] ?? 0));
		});
	}

	/** `arg` is a number, or a buffer that the driver gets the address of, to read and to write. */
	ioctl(fd: number, cmd: number, arg: bigint | number | Uint8Array = 0): Awaitable<number> {
		if (!(arg instanceof Uint8Array)) return this.#ioctl(fd, cmd, BigInt(arg));
		const address = this.memory.map(arg);
		return finallyDo(
			() => this.#ioctl(fd, cmd, address),
			() => this.memory.unmap(address),
		);
	}

	dup(fd: number): number {
		return this.files.dup(fd, false);
	}

	dup2(fd: number, to: number): number {
		return this.files.dup2(fd, to);
	}

	/** F_DUPFD, F_DUPFD_CLOEXEC, F_GETFD, F_SETFD, F_GETFL and F_SETFL; EINVAL for any other. */
	fcntl(fd: number, cmd: number, arg = 0): number {
		const file = this.files.get(fd);
		switch (cmd) {
			case F_DUPFD:
			case F_DUPFD_CLOEXEC:
				return this.files.dup(fd, cmd === F_DUPFD_CLOEXEC, arg);
			case F_GETFD:
				return this.files.closeOnExec(fd) ? FD_CLOEXEC : 0;
			case F_SETFD:
				this.files.setCloseOnExec(fd, (arg & FD_CLOEXEC) !== 0);
				return 0;
			case F_GETFL:
				return file.flags;
			case F_SETFL:
				return setfl(file, arg);
			default:
				throw new Errno('EINVAL');
		}
	}

	/** The mask before. */
	umask(mask: number): number {
		const before = this.umaskBits;
		this.umaskBits = mask & 0o777;
		return before;
	}

	/** Another task with the same ids and directories, and no file open. */
	fork(): Task {
		const { uid, gid, groups, caps, comm, umaskBits, cwd, kernel } = this;
		const child = kernel.pids.add(pid => {
			return new Task(kernel, pid, this.pid, { uid, gid, groups, caps, comm, umask: umaskBits });
		});
		child.cwd = cwd;
		return child;
	}

	/** Ends the task: its sleeping calls are interrupted and its files closed. */
	exit(): void {
		this.interrupt();
		for (const fd of this.files.fds) this.files.put(this.files.remove(fd));
		this.kernel.pids.remove(this);
	}

	#ioctl(fd: number, cmd: number, arg: bigint): Awaitable<number> {
		return this.#using('ioctl', fd, (file, ctx) => {
			if (cmd === FIOCLEX || cmd === FIONCLEX) {
				this.files.setCloseOnExec(fd, cmd === FIOCLEX);
				return 0;
			}
			return this.kernel.vfs.ioctl(file, cmd, arg, ctx);
		});
	}

	#getdents(file: File, size: number, ctx: Context): Awaitable<readonly Dirent[]> {
		const buffer = new DirentBuffer(file.pos, size);
		return chain(this.kernel.vfs.iterate(file, buffer, ctx), () => {
			file.pos = buffer.pos;
			return buffer.finish();
		});
	}

	#fsetattr(name: string, fd: number, attr: Iattr): Awaitable<void> {
		return this.#using(name, fd, (file, ctx) => this.kernel.vfs.setattr(file.inode, attr, ctx));
	}

	/** Runs a call that moves bytes, and counts it and them for /proc/<pid>/io. */
	#moving<T extends number | Uint8Array>(
		{ name, mode, calls, chars }: Movement,
		fd: number,
		body: (file: File, ctx: Context) => Awaitable<T>,
	): Awaitable<T> {
		const moved = this.#using(name, fd, (file, ctx) =>
			finallyDo(
				() => body(file, ctx),
				() => {
					if ((file.mode & mode) !== 0) this.ioac[calls] += 1;
				},
			),
		);
		return chain(moved, result => {
			this.ioac[chars] += typeof result === 'number' ? result : result.length;
			return result;
		});
	}

	/** Runs a call on an open file, which stays open until the call is over. EBADF, also for one that is only a path. */
	#using<T>(name: string, fd: number, body: (file: File, ctx: Context) => Awaitable<T>): Awaitable<T> {
		return this.#usingAny(name, fd, (file, ctx) => {
			if ((file.mode & FMODE_PATH) !== 0) throw new Errno('EBADF');
			return body(file, ctx);
		});
	}

	#usingAny<T>(name: string, fd: number, body: (file: File, ctx: Context) => Awaitable<T>): Awaitable<T> {
		return this.call(name, ctx => {
			const file = this.files.get(fd);
			file.count += 1;
			return finallyDo(
				() => body(file, ctx),
				() => this.files.put(file),
			);
		});
	}

	#hold(fd: number): File | undefined {
		const file = this.files.find(fd);
		if (file === undefined || (file.mode & FMODE_PATH) !== 0) return undefined;
		file.count += 1;
		return file;
	}
}

/** What getdents64(2) fills. An entry's `off` is the position of the one after it, known when that is offered. */
class DirentBuffer implements DirContext {
	pos: number;
	readonly #entries: { name: string; ino: number; type: number; off: number }[] = [];
	#room: number;
	#full = false;

	constructor(pos: number, size: number) {
		this.pos = pos;
		this.#room = size;
	}

	emit(name: string, ino: number, type: number): boolean {
		const previous = this.#entries.at(-1);
		if (previous !== undefined) previous.off = this.pos;
		this.#room -= (DIRENT_HEADER + encodeName(name).length + 8) & ~7;
		if (this.#room < 0) {
			this.#full = true;
			return false;
		}
		this.#entries.push({ name, ino, type, off: 0 });
		return true;
	}

	/** EINVAL when not even one entry fitted. */
	finish(): readonly Dirent[] {
		const last = this.#entries.at(-1);
		if (last !== undefined) last.off = this.pos;
		else if (this.#full) throw new Errno('EINVAL');
		return this.#entries;
	}
}

/** Runs a read or write at the position of the file and moves that (fdget_pos). */
function withPosition<T>(file: File, body: (iocb: { file: File; pos: number }) => Awaitable<T>): Awaitable<T> {
	if ((file.mode & FMODE_STREAM) !== 0) return body({ file, pos: 0 });
	return withLock(file, () => {
		const iocb = { file, pos: file.pos };
		const result = body(iocb);
		if (isPromise(result)) {
			return result.then(value => {
				file.pos = iocb.pos;
				return value;
			});
		}
		file.pos = iocb.pos;
		return result;
	});
}

function withLock<T>(file: File, body: () => Awaitable<T>): Awaitable<T> {
	return (file.mode & FMODE_ATOMIC_POS) === 0 ? body() : file.posLock.run(body);
}

function setfl(file: File, flags: number): number {
	if ((flags & O_DIRECT) !== 0) throw new Errno('EINVAL');
	file.flags = (file.flags & ~SETFL_MASK) | (flags & SETFL_MASK);
	return 0;
}

function bytesOf(data: Uint8Array | string): Uint8Array {
	return typeof data === 'string' ? encodeName(data) : data;
}
