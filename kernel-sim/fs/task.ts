/**
 * task - a task that lives in this process, as the kernel sees it (include/linux/sched.h, kernel/cred.c).
 *
 * It has ids, a working directory and descriptors, and is listed in /proc as a program is. What it can call is in syscalls.ts.
 */

import type { Context, Inode } from '../../src/boundary/vfs.ts';
import { type Awaitable, chain, isPromise } from '../../src/lib/awaitable.ts';
import { Errno, isErrno } from '../../src/lib/errno.ts';
import { decodeName, encodeName } from '../../src/lib/text.ts';
import { CAP_FULL_SET } from '../../src/uapi/capability.ts';
import type { Kernel } from '../kernel.ts';
import { drive } from '../lib/steps.ts';
import type { Path } from './d_path.ts';
import { FilesStruct } from './file.ts';
import { PathWalk } from './path_walk.ts';
import { TaskMemory } from './user_memory.ts';

/** What a task may begin with. Absent: root, with all capabilities, in the root directory. */
export interface TaskOptions {
	readonly uid?: number;
	/** Absent: the same number as `uid`. */
	readonly gid?: number;
	readonly groups?: readonly number[];
	/** Effective capabilities, one bit each. Absent: all for user 0, none for others. */
	readonly caps?: bigint;
	readonly umask?: number;
	/** Name, of which 15 bytes count. Absent: `task`. */
	readonly comm?: string;
	/** Absolute path of the working directory. */
	readonly cwd?: string;
}

/** Longest name, with the NUL behind it. */
const TASK_COMM_LEN = 16;

/** A task without its system calls (struct task_struct). */
export class TaskStruct {
	readonly kernel: Kernel;
	readonly pid: number;
	readonly ppid: number;
	readonly uid: number;
	readonly gid: number;
	readonly groups: readonly number[];
	readonly caps: bigint;
	#comm: string;
	/** Nanoseconds since boot. */
	readonly startTime: number;
	readonly files: FilesStruct;
	readonly memory = new TaskMemory();
	/** Bytes moved and calls made by read, write and their kin (struct task_io_accounting). */
	readonly ioac = { rchar: 0, wchar: 0, syscr: 0, syscw: 0 };
	/** oom_score_adj, and how low it may be set without CAP_SYS_RESOURCE. */
	readonly oom = { scoreAdj: 0, scoreAdjMin: 0 };
	readonly root: Path;
	cwd: Path;
	/** Bits taken from the mode of what it creates. */
	umaskBits: number;
	/** Calls under way that sleep. */
	readonly #sleeping = new Set<CallContext>();

	constructor(kernel: Kernel, pid: number, ppid: number, options: TaskOptions) {
		const uid = options.uid ?? 0;
		this.kernel = kernel;
		this.pid = pid;
		this.ppid = ppid;
		this.uid = uid;
		this.gid = options.gid ?? uid;
		this.groups = options.groups ?? [];
		this.caps = options.caps ?? (uid === 0 ? CAP_FULL_SET : 0n);
		this.#comm = (options.comm ?? 'task').slice(0, TASK_COMM_LEN - 1);
		this.umaskBits = options.umask ?? 0o022;
		this.startTime = kernel.time.ktimeGet();
		this.files = new FilesStruct(
			file => kernel.vfs.release(file),
			() => kernel.vfs.filesStat.nrOpen,
		);
		this.root = kernel.namespace.root;
		this.cwd = this.root;
	}

	/** What it is called. */
	get comm(): string {
		return this.#comm;
	}

	/** Gives it another name, which ends at a NUL and after 15 bytes (set_task_comm). */
	setComm(name: string): void {
		const bytes = encodeName(name.split('\0', 1)[0]!);
		this.#comm = decodeName(bytes.subarray(0, TASK_COMM_LEN - 1));
	}

	/** R while it runs, S while any of its calls sleeps. */
	get state(): 'R' | 'S' {
		return this.#sleeping.size > 0 ? 'S' : 'R';
	}

	/** Sends a signal whose handler returns: each call that sleeps fails with EINTR. */
	interrupt(): void {
		for (const call of this.#sleeping) call.interrupt();
	}

	/** Sends a signal that kills: each call that sleeps fails with EINTR, those as well that no other signal wakes. */
	kill(): void {
		for (const call of this.#sleeping) call.kill();
	}

	/** What a call answers that may not sleep: one that does is interrupted, as by a signal, and EAGAIN thrown. */
	withoutSleep<T>(call: () => Awaitable<T>): T {
		const before = this.#sleeping.size === 0 ? undefined : new Set(this.#sleeping);
		const result = call();
		if (!isPromise(result)) return result;
		result.catch(() => {});
		for (const other of this.#sleeping) if (before?.has(other) !== true) other.kill();
		throw new Errno('EAGAIN');
	}

	/** Runs one system call. What it throws that is no Errno is an oops, and EIO to the caller. */
	protected call<T>(name: string, body: (ctx: Context) => Awaitable<T>): Awaitable<T> {
		const ctx = new CallContext(this);
		let result: Awaitable<T>;
		try {
			result = body(ctx);
		} catch (error) {
			throw this.#answer(error, name);
		}
		if (!isPromise(result)) return result;
		this.#sleeping.add(ctx);
		return result.then(
			value => {
				this.#sleeping.delete(ctx);
				return value;
			},
			error => {
				this.#sleeping.delete(ctx);
				throw this.#answer(error, name);
			},
		);
	}

	#answer(error: unknown, name: string): unknown {
		if (isErrno(error)) return error;
		this.kernel.vfs.oops(error, `${name} by ${this.comm}[${this.pid}]`);
		return new Errno('EIO');
	}
}

/** Who calls, for one call. */
class CallContext implements Context {
	readonly #task: TaskStruct;
	#controller: AbortController | undefined;
	#killer: AbortController | undefined;
	#interrupted = false;

	constructor(task: TaskStruct) {
		this.#task = task;
	}

	get pid(): number {
		return this.#task.pid;
	}

	get tgid(): number {
		return this.#task.pid;
	}

	get uid(): number {
		return this.#task.uid;
	}

	get gid(): number {
		return this.#task.gid;
	}

	get groups(): readonly number[] {
		return this.#task.groups;
	}

	get umask(): number {
		return this.#task.umaskBits;
	}

	get memory(): TaskMemory {
		return this.#task.memory;
	}

	get signal(): AbortSignal {
		this.#controller ??= new AbortController();
		if (this.#interrupted) this.#controller.abort();
		return this.#controller.signal;
	}

	get killed(): AbortSignal {
		this.#killer ??= new AbortController();
		return this.#killer.signal;
	}

	kernPath(path: string): Awaitable<Inode> {
		const { kernel, root, cwd } = this.#task;
		const walk = new PathWalk({ naming: kernel.vfs, root, base: cwd, ctx: this });
		return chain(drive(walk.find(path, true)), ({ inode }) => inode);
	}

	capable(cap: number): boolean {
		return ((this.#task.caps >> BigInt(cap)) & 1n) === 1n;
	}

	interrupt(): void {
		this.#interrupted = true;
		this.#controller?.abort();
	}

	kill(): void {
		this.interrupt();
		this.#killer?.abort();
	}
}
