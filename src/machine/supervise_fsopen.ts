/**
 * supervise_fsopen - fsopen(2) of the machine's own file systems, by programs under `ring3 run`, and what follows.
 *
 *     fsopen("configfs")     a context of the host for a FUSE file system, which the program gets
 *     fsconfig               options: of the machine, those that every file system has of the host
 *     FSCONFIG_CMD_CREATE    the machine mounts it, nowhere, and serves it over the connection of that context
 *     fsmount, move_mount    the host's
 *
 * So each such mount has a FUSE connection of its own, which ends when it is unmounted, by whoever. The program may be in a namespace
 * of its own. What the machine does not know, the host does.
 *
 * Divergence: an option that the file system does not know is refused when it is created, and not when it is set.
 *
 * A context is recognised by kcmp(2), whichever number it has by now: all of them have one inode. fs/fsopen.c.
 */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync } from 'node:fs';
import type { Readable } from 'node:stream';
import type { Kernel } from '../../kernel-sim/kernel.ts';
import { createSuper, type FsContext, isSameFile, openContext } from '../../mount/fs_context.ts';
import type { Libc } from '../../mount/libc.ts';
import { isRunning, ownSource } from '../../mount/mountpoint.ts';
import { takeDescriptor } from '../../mount/run/filter.ts';
import type { Answer, Handler, SupervisedCall } from '../../mount/run/supervised_call.ts';
import { readUserString } from '../../mount/user_memory.ts';
import { Errno, isErrno } from '../lib/errno.ts';
import { ownFile } from '../lib/own_files.ts';
import { CAP_SYS_ADMIN } from '../uapi/capability.ts';
import {
	FSCONFIG_CMD_CREATE,
	FSCONFIG_CMD_CREATE_EXCL,
	FSCONFIG_CMD_RECONFIGURE,
	FSCONFIG_SET_FLAG,
	FSCONFIG_SET_STRING,
	FSOPEN_CLOEXEC,
} from '../uapi/mount.ts';
import { ofTheHost } from './supervise_mount.ts';
import { isInOwnUserNamespace } from './tasks.ts';

/** Longest name of a type, longest option and longest value. */
const PAGE_SIZE = 4096;
const OPTION_MAX = 256;
/** Bound: contexts of which nothing has been made yet; the oldest is given up for a new one. */
const MAX_OPEN = 64;
/** Bound: how often it is looked whether their programs have gone, in milliseconds. */
const LOOK_INTERVAL = 1000;
/** Bound: how long it may take to open a context in another user namespace, in milliseconds. */
const patience = 10_000;

/** Flags that every file system has (fs/fs_context.c: common_set_sb_flag, common_clear_sb_flag). */
const ofEveryone: ReadonlySet<string> = new Set([
	...['dirsync', 'lazytime', 'mand', 'ro', 'sync', 'async', 'nolazytime', 'nomand', 'rw'],
]);

/** What the handlers need of their machine. */
export interface FsContextOptions {
	readonly libc: Libc;
	readonly kernel: Pick<Kernel, 'filesystems'>;
	/** Where the machine's tree is mounted; empty where it is not, and then nothing is. */
	dir(): string;
	/** Serves a file system of the machine over a connection, whose descriptor is taken over. Throws what it refuses. */
	serve(wanted: NewFileSystem): void;
}

/** A file system that is to be served. */
export interface NewFileSystem {
	readonly type: string;
	readonly data: string;
	/** What the mount's source begins with, and no other's: there is no connection number yet. */
	readonly mark: string;
	/** Descriptor of the connection. */
	readonly fd: number;
	/** A process in the user namespace that the connection belongs to. */
	readonly pid: number;
	/** Lets the host make it, when the machine has not refused it. */
	create(): void;
}

/** A context that a program has. */
interface Open extends FsContext {
	readonly tgid: number;
	readonly type: string;
	readonly mark: string;
	readonly options: string[];
}

/** The contexts of all programs of one machine. */
export class FsContexts {
	readonly #options: FsContextOptions;
	readonly #open = new Set<Open>();
	#look: NodeJS.Timeout | undefined;
	#last = 0;

	constructor(options: FsContextOptions) {
		this.#options = options;
	}

	/** The handlers. */
	get calls(): Readonly<Record<'fsopen' | 'fsconfig', Handler>> {
		return { fsopen: call => this.#fsopen(call), fsconfig: call => this.#fsconfig(call) };
	}

	/** Forgets all contexts; those that programs have lead nowhere then. */
	close(): void {
		for (const open of this.#open) this.#forget(open);
		this.#clearAway();
	}

	#fsopen(call: SupervisedCall): Answer | Promise<Answer> {
		const [name, flags] = [readUserString(call.memory, call.args[0], PAGE_SIZE), call.int(1)];
		const { libc, kernel, dir } = this.#options;
		if (ofTheHost.has(name) || kernel.filesystems.get(name) === undefined) return 'host';
		if (!call.capable(CAP_SYS_ADMIN)) throw new Errno('EPERM');
		if (dir() === '') throw new Errno('ENODEV', 'the machine is not mounted');
		if ((flags & ~FSOPEN_CLOEXEC) !== 0) throw new Errno('EINVAL');
		this.#clearAway();
		const mark = `${ownSource()}:${++this.#last}`;
		const give = (context: FsContext): Answer => {
			const open: Open = { ...context, tgid: call.tgid, type: name, mark, options: [] };
			this.#open.add(open);
			this.#look ??= setInterval(() => this.#clearAway(), LOOK_INTERVAL).unref();
			try {
				// Where the host cannot tell contexts apart, programs do as before there were any.
				isSameFile(libc, context.context, process.pid, context.context);
				return call.answerDescriptor(context.context, { cloexec: (flags & FSOPEN_CLOEXEC) !== 0 });
			} catch (error) {
				this.#forget(open);
				throw error;
			}
		};
		if (isInOwnUserNamespace(call.pid)) return give(openContext(libc, mark));
		return openInNamespaceOf(libc, call.pid, mark).then(give);
	}

	#fsconfig(call: SupervisedCall): Answer {
		const open = this.#find(call);
		if (open === undefined) return 'host';
		const [, , key, value] = call.args;
		switch (call.int(1)) {
			case FSCONFIG_SET_FLAG:
				if (key === 0n || value !== 0n || call.int(4) !== 0) throw new Errno('EINVAL');
				return setOption(open, readUserString(call.memory, key, OPTION_MAX));
			case FSCONFIG_SET_STRING: {
				if (key === 0n || value === 0n || call.int(4) !== 0) throw new Errno('EINVAL');
				const [name, text] = [key, value].map(address => readUserString(call.memory, address, OPTION_MAX));
				return setOption(open, name!, text!);
			}
			case FSCONFIG_CMD_CREATE:
			case FSCONFIG_CMD_CREATE_EXCL:
				if (key !== 0n || value !== 0n || call.int(4) !== 0) throw new Errno('EINVAL');
				return this.#create(open, call.pid);
			case FSCONFIG_CMD_RECONFIGURE:
				return 'host';
			default:
				throw new Errno('EINVAL');
		}
	}

	#find(call: SupervisedCall): Open | undefined {
		const fd = call.int(0);
		return [...this.#open].find(({ context }) => isSameFile(this.#options.libc, context, call.pid, fd));
	}

	#create(open: Open, pid: number): number {
		const { libc, serve } = this.#options;
		const { type, mark, options, connection, context } = open;
		this.#open.delete(open);
		try {
			serve({ type, mark, data: options.join(','), fd: connection, pid, create: () => createSuper(libc, open) });
			return 0;
		} catch (error) {
			closeSync(connection);
			throw error;
		} finally {
			closeSync(context);
		}
	}

	#forget(open: Open): void {
		this.#open.delete(open);
		closeSync(open.context);
		closeSync(open.connection);
	}

	/** Gives up contexts of programs that have gone, and the oldest where there are too many. */
	#clearAway(): void {
		for (const open of this.#open) {
			if (this.#open.size >= MAX_OPEN || !isRunning(open.tgid)) this.#forget(open);
		}
		if (this.#open.size > 0) return;
		clearInterval(this.#look);
		this.#look = undefined;
	}
}

/** The source is the machine's affair, and nobody has use for it there. */
function setOption({ options }: Open, key: string, value?: string): Answer {
	if (value === undefined && ofEveryone.has(key)) return 'host';
	if (value?.includes(',') || key.includes(',')) throw new Errno('EINVAL');
	if (key !== 'source') options.push(value === undefined ? key : `${key}=${value}`);
	return 0;
}

/** Opens a context in the user namespace of a program. EPERM and the like, where that cannot be. */
async function openInNamespaceOf(libc: Libc, pid: number, mark: string): Promise<FsContext> {
	// In mounts of its own, like ours: those of the program have no /dev/fuse.
	const enter = ['-U', '--preserve-credentials', '-t', `${pid}`, 'unshare', '-m'];
	const child = spawn('nsenter', [...enter, process.execPath, ownFile('mount/run/open_context').pathname, mark], {
		cwd: '/',
		stdio: ['pipe', 'pipe', 'pipe'],
		timeout: patience,
	});
	child.stdin.on('error', () => {});
	const failed = once(child, 'close').then(
		() => '',
		error => {
			throw isErrno(error) ? new Errno('ENOSYS', 'nsenter is not installed') : error;
		},
	);
	try {
		const line = await Promise.race([firstLine(child.stdout), failed]);
		const [, context, connection] = /^(\d+) (\d+)$/.exec(line) ?? [];
		if (context === undefined) throw new Errno('EPERM', 'no context can be opened where the program is');
		return take(libc, child.pid!, { context: Number(context), connection: Number(connection) });
	} finally {
		child.stdin.end();
	}
}

async function firstLine(stream: Readable): Promise<string> {
	for await (const chunk of stream.setEncoding('utf8')) return String(chunk).trim();
	return '';
}

/** Copies of what another process has. */
function take(libc: Libc, pid: number, theirs: FsContext): FsContext {
	const context = takeDescriptor(libc, pid, theirs.context);
	try {
		return { context, connection: takeDescriptor(libc, pid, theirs.connection) };
	} catch (error) {
		closeSync(context);
		throw error;
	}
}
