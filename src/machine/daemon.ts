/**
 * daemon - a running machine: a kernel, its tree mounted, a socket to govern it by.
 *
 *   new Daemon   takes a name and boots a kernel
 *   start        loads modules, mounts the tree, opens the socket
 *   stop         undoes what was done, in reverse: at once and without a wait, so that it also works while the process exits
 *   ended        settles when everything is undone, whoever asked for it
 *
 * The process that runs this must never touch its own mount: one synchronous file operation on it and it waits for itself.
 */

import { url } from 'node:inspector';
import type { KernelConfig } from '../../kernel-sim/kernel/config.ts';
import { Kernel } from '../../kernel-sim/kernel.ts';
import {
	type Backend,
	idsOf,
	type Mount,
	type MountFlags,
	type MountOptions,
	mountTree,
	type Usage,
} from '../../mount/index.ts';
import { type Libc, loadLibc } from '../../mount/libc.ts';
import { isInside } from '../../mount/run/namespace.ts';
import type { Hardware } from '../boundary/host.ts';
import type { Context } from '../boundary/vfs.ts';
import { Devres } from '../lib/devres.ts';
import { Errno, isErrno } from '../lib/errno.ts';
import { Broadcast } from './broadcast.ts';
import { kernPath, type Served } from './caller_paths.ts';
import { type Claim, claimName } from './claim.ts';
import { ControlServer } from './control.ts';
import { heapInUse } from './heap.ts';
import { nodeHost } from './host.ts';
import { type BootMount, runInit } from './init.ts';
import { openInspector } from './inspector.ts';
import type { ModuleRequest } from './module_request.ts';
import { clearStale, prepareDir } from './mount_dir.ts';
import { Mounts } from './mounts.ts';
import { programCalls } from './program_calls.ts';
import { RunMounts } from './run_mounts.ts';
import { RuntimeDir } from './runtime_dir.ts';
import { Sessions } from './sessions.ts';
import type { MachineStatus, MachineUsage } from './status.ts';
import { Supervision, type SupervisionOptions } from './supervise.ts';
import { applySysctlConf } from './sysctl_conf.ts';
import { verbsOf } from './verbs.ts';

/** What a machine is started with; it survives JSON. */
export interface MachineOptions {
	/** Absent: the first of m0, m1, ... that is free. */
	readonly name?: string;
	/** Where the tree is mounted; made, and removed in the end, where it is missing. Absent: a new directory in $TMPDIR. */
	readonly dir?: string;
	/** How the tree is mounted. Absent members: as mountTree has them. */
	readonly mount?: MountFlags;
	/** Through what it and all other mounts of the machine are served. Absent: as mountTree has it. */
	readonly backend?: Backend;
	/** Loaded in this order before the tree is mounted. Absent: none. */
	readonly modules?: readonly ModuleRequest[];
	/** Mounted besides what every machine has, as by /etc/fstab. Absent: none. */
	readonly mounts?: readonly BootMount[];
	/** Lines of the machine's /etc/sysctl.conf, which it goes by once its modules are loaded. Absent: there is no such file. */
	readonly sysctl?: readonly string[];
	/** The kernel's command line. Absent: empty. */
	readonly commandLine?: string;
	/** Options of the kernel that are not to be as they are by default; see kernel-sim/kernel/config.ts. */
	readonly config?: Partial<KernelConfig>;
	/** Absent members: as nodeHost has them. */
	readonly hardware?: Partial<Hardware>;
	/** The machine ends when the last `ring3 run` in it has ended, or none comes within ten seconds. */
	readonly ephemeral?: boolean;
	/** How long the machine may be stuck before its process is killed, in seconds; 0 is for ever. Absent: 10. */
	readonly watchdog?: number;
	/** Port at which a debugger is let in from the start, 0 for any. Absent: none. */
	readonly inspect?: number;
	/** Whether there is a trace that can be listened to; it costs time. Absent: none. */
	readonly trace?: boolean;
	/** The tree is not mounted anywhere: for programs whose system calls alone reach the machine. */
	readonly unmounted?: boolean;
}

/** What a machine tells the process that runs it, as far as that wants it. */
export interface Output {
	/** Gets each record of the kernel log that the console shows. */
	console?(text: string): void;
	/** Gets each line of the trace. */
	trace?(line: string): void;
	/** Called before the code of a module is run. */
	beforeModule?(): void;
}

const nothing: Usage = { nodes: 0, lookups: 0, files: 0, requests: 0 };

function add(a: Usage, b: Usage): Usage {
	return {
		nodes: a.nodes + b.nodes,
		lookups: a.lookups + b.lookups,
		files: a.files + b.files,
		requests: a.requests + b.requests,
	};
}

function killIfThere(pid: number): void {
	try {
		process.kill(pid, 'SIGKILL');
	} catch (error) {
		if (!isErrno(error)) throw error;
	}
}

/** Bound: how long an ephemeral machine waits for its first session, in milliseconds. */
const firstSession = 10_000;

/** A machine that runs in this process. */
export class Daemon {
	readonly kernel: Kernel;
	/** The `ring3 run` that are under way. */
	readonly sessions: Sessions;
	/** File systems that are served at places of their own. */
	readonly mounts: Mounts;
	/** Those that programs have mounted. */
	readonly runMounts: RunMounts;
	/** What it answers of the system calls of programs. */
	readonly supervision: Supervision;
	/** A line for each message between the host and the machine's tree; undefined for a machine without a trace. */
	readonly traced: Broadcast | undefined;
	/** A line for each system call that the machine answers, and each datagram of its sockets. */
	readonly calls = new Broadcast();
	/** Settles when everything is undone. Never rejects. */
	readonly ended: Promise<void>;
	readonly #options: MachineOptions;
	readonly #libc: Libc;
	readonly #claim: Claim;
	readonly #started = Date.now();
	readonly #undo = new Devres();
	#dir = '';
	#stopped = false;
	#mount: Mount | undefined;
	#unmounted: Promise<unknown> | undefined;
	#settleEnded: () => void = () => {};

	/** Takes the name. Throws EEXIST when a running machine has it, EINVAL for what is no name, EBUSY inside a machine. */
	constructor(options: MachineOptions, output: Output = {}) {
		this.#options = options;
		this.ended = new Promise(resolve => {
			this.#settleEnded = resolve;
		});
		if (isInside()) throw new Errno('EBUSY', 'a machine cannot run inside a machine');
		this.#libc = loadLibc();
		this.#claim = claimName(this.#libc, RuntimeDir.open(), options.name);
		this.#undo.add(() => this.#claim.release());
		this.sessions = new Sessions(() => this.#onIdle());
		this.#undo.add(() => this.sessions.close());
		this.traced = options.trace ? new Broadcast() : undefined;
		this.traced?.listen(line => output.trace?.(line));
		if (this.traced !== undefined) this.calls.listen(line => this.traced?.send(line));
		const { hardware = {}, mount = {}, commandLine = '', config = {} } = options;
		const console = (text: string) => output.console?.(text);
		const halt = () => this.#halt();
		const beforeModule = () => output.beforeModule?.();
		const host = nodeHost({ hardware, console, halt, beforeModule, insiders: this.sessions, ids: idsOf(mount) });
		try {
			this.kernel = Kernel.boot(host, { commandLine, config });
		} catch (error) {
			this.#undo.releaseAll();
			throw error;
		}
		this.mounts = new Mounts(this.kernel);
		const { kernel, mounts } = this;
		this.runMounts = new RunMounts({ libc: this.#libc, kernel, mounts, served: () => this.#served });
		this.supervision = new Supervision({
			libc: this.#libc,
			kernel: this.kernel,
			handlers: this.#calls(),
			trace: this.calls,
		});
		this.#undo.add(() => this.supervision.close());
	}

	/**
	 * Resolves when the tree can be read. Rejects, everything undone, with EBUSY where a machine is mounted already, ENOTDIR,
	 * ENOENT, EACCES and EPERM with a message that says what helps where mounting is not possible, EINTR when `stop` was called,
	 * and with what a module or a file system refuses.
	 */
	async start(): Promise<void> {
		try {
			const { inspect } = this.#options;
			if (inspect !== undefined) await openInspector(inspect);
			clearStale(this.#libc);
			await this.#bringUp();
			if (this.#stopped) throw new Errno('EINTR', 'stopped while it started');
		} catch (error) {
			this.stop();
			throw error;
		}
	}

	/** What the machine tells of itself. */
	get status(): MachineStatus {
		const inspector = url();
		return {
			name: this.#claim.name,
			pid: process.pid,
			dir: this.#dir,
			mounts: this.mounts.places,
			...(inspector === undefined ? {} : { inspector }),
			started: this.#started,
			modules: this.kernel.modules.list().map(({ name }) => name),
			sessions: this.sessions.size,
		};
	}

	/**
	 * Serves a file system at a place of its own: `dir`, or a new directory, and answers where. Users are there who they are in
	 * the rest of the machine. Rejects as `Mounts.mount`.
	 */
	mount(type: string, dir: string | undefined, data: string, flags: MountFlags): Promise<string> {
		return this.mounts.mount({ type, dir, data, options: { ...flags, ...this.#served } });
	}

	/** What the machine holds, once every program that looks sees the changes that there have been. */
	async usage(): Promise<MachineUsage> {
		await this.settled();
		return {
			...this.#all.map(({ usage }) => usage ?? nothing).reduce(add, nothing),
			heap: heapInUse(),
			calls: this.supervision.counts,
		};
	}

	/** Settles when every program that looks sees the changes that there have been in the tree. */
	async settled(): Promise<void> {
		await Promise.all(this.#all.map(mount => mount.settled()));
	}

	/** Undoes everything: at once what others can see, and in the background what takes a while. Safe to call again. */
	stop(): void {
		this.#stopped = true;
		this.#undo.releaseAll(error => this.kernel.vfs.oops(error, 'stopping the machine'));
		void Promise.resolve(this.#unmounted).then(() => {
			this.kernel.shutdown();
			this.#settleEnded();
		});
	}

	/** The machine is switched off: whoever is inside ends with it, as the processes of a container do. */
	#halt(): void {
		for (const pid of this.kernel.host.tasks.list()) killIfThere(pid);
		this.stop();
	}

	/** System calls of programs that are more than the kernel's own affair. */
	#calls(): SupervisionOptions['handlers'] {
		const { kernel, mounts, runMounts } = this;
		const options = {
			...{ libc: this.#libc, kernel, mounts, runMounts, trace: this.calls },
			dir: () => this.#dir,
			kernPath: (path: string, ctx: Context) => kernPath(kernel, this.#trees, path, ctx),
			settled: () => this.settled(),
		};
		return programCalls(options, this.#undo);
	}

	/** Every mount that there is. */
	get #all(): readonly Mount[] {
		return this.#mount === undefined ? [] : [this.#mount, ...this.mounts.all];
	}

	/** What each mount shows. */
	get #trees(): readonly Served[] {
		const { root } = this.kernel;
		const whole = this.#mount === undefined ? [] : [{ connection: this.#mount.connection, root }];
		return [...whole, ...this.mounts.served];
	}

	/** What every mount is told. */
	get #served(): Omit<MountOptions, 'ro' | 'allowOther' | 'fsname'> {
		const { traced, kernel } = this;
		const { uid, gid } = this.#options.mount ?? {};
		return {
			...(uid === undefined ? {} : { uid }),
			...(gid === undefined ? {} : { gid }),
			backend: this.#options.backend,
			facts: kernel.host.tasks,
			kernPath: (path, ctx) => kernPath(kernel, this.#trees, path, ctx),
			report: line => kernel.printk.pr.notice('%s\n', line),
			trace: traced && ((line: string) => traced.send(line)),
		};
	}

	async #bringUp(): Promise<void> {
		const { kernel } = this;
		const { mounts = [], sysctl } = this.#options;
		await runInit(kernel, mounts, sysctl === undefined ? {} : { '/etc/sysctl.conf': `${sysctl.join('\n')}\n` });
		for (const { source, params } of this.#options.modules ?? []) await kernel.modules.load(source, params);
		await applySysctlConf(kernel);
		const control = new ControlServer({ verbs: verbsOf(this), oops: (error, where) => kernel.vfs.oops(error, where) });
		this.#undo.add(() => control.close());
		if (!this.#options.unmounted) await this.#mountTree();
		await control.listen(this.#claim.socket);
		if (this.#options.ephemeral) this.#awaitSession();
	}

	async #mountTree(): Promise<void> {
		const { kernel } = this;
		this.#dir = prepareDir(this.#options.dir, this.#undo);
		const mount = await mountTree(kernel.vfs, kernel.root, this.#dir, { ...this.#options.mount, ...this.#served });
		this.#mount = mount;
		this.#undo.add(() => {
			this.#unmounted = Promise.all([this.mounts.close(), mount.unmount()]);
		});
		void mount.closed.then(() => this.stop());
	}

	#onIdle(): void {
		if (this.#options.ephemeral) this.stop();
	}

	#awaitSession(): void {
		const timer = setTimeout(() => this.sessions.size === 0 && this.stop(), firstSession);
		this.#undo.add(() => clearTimeout(timer));
	}
}
