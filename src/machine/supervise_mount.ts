/**
 * supervise_mount - mount(2) of the machine's own file systems, by programs under `ring3 run`.
 *
 *     mount -t configfs none DIR      1. the machine mounts it in its tree, out of the way
 *                                     2. that is bound to DIR, in the mount namespace of the program
 *
 * So it is one connection and one cache with the rest of the tree, and the program may have a namespace of its own. umount(2) is the
 * host's; but it returns only when what was mounted is not in use any more, and its module can be unloaded. What the machine does not know, or is the host's affair (tmpfs, bind mounts, changes of mounts), the host does.
 */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Kernel } from '../../kernel-sim/kernel.ts';
import { parseMountInfo } from '../../mount/mountinfo.ts';
import type { Answer, Handler, SupervisedCall } from '../../mount/run/supervised_call.ts';
import { readUserString } from '../../mount/user_memory.ts';
import { Errno, type ErrnoName, isErrno } from '../lib/errno.ts';
import { CAP_SYS_ADMIN } from '../uapi/capability.ts';
import {
	MNT_DETACH,
	MNT_FORCE,
	MS_BIND,
	MS_MOVE,
	MS_PRIVATE,
	MS_REMOUNT,
	MS_SHARED,
	MS_SLAVE,
	MS_UNBINDABLE,
} from '../uapi/mount.ts';
import { isNamespaceInUse, mountNamespace } from './tasks.ts';

/** With one of these, mount(2) mounts nothing new. */
const changes = MS_BIND | MS_MOVE | MS_REMOUNT | MS_SHARED | MS_PRIVATE | MS_SLAVE | MS_UNBINDABLE;
/** Types that programs want for themselves, and that the machine has for itself. */
export const ofTheHost: ReadonlySet<string> = new Set(['tmpfs', 'ramfs', 'rootfs']);
/** Longest path and option string. */
const PATH_MAX = 4096;
const PAGE_SIZE = 4096;
/** Bound: how long the host may take to bind, in milliseconds. */
const patience = 10_000;

/** Where the machine mounts what is bound elsewhere. */
const hidden = '/run/.mounts';

/** One of them, and the namespace in which it is bound. */
interface Bound {
	readonly path: string;
	readonly namespace: string | undefined;
}

/** The mounts that programs of one machine have made. */
export class BoundMounts {
	readonly #kernel: Kernel;
	readonly #dir: () => string;
	readonly #look: () => Promise<void>;
	readonly #bound = new Set<Bound>();
	#last = 0;

	/**
	 * `dir` answers where the machine's tree is mounted, or nothing where it is not. `look` settles when other mounts have gone that the
	 * host has taken away by now.
	 */
	constructor(kernel: Kernel, dir: () => string, look: () => Promise<void>) {
		this.#kernel = kernel;
		this.#dir = dir;
		this.#look = look;
	}

	/** The handlers. */
	get calls(): Readonly<Record<'mount' | 'umount2', Handler>> {
		return { mount: call => this.#mount(call), umount2: call => this.#umount(call) };
	}

	/** Forgets what is bound nowhere any more in the namespace of a program, and in those that have gone: it holds its module. */
	async prune(pid: number): Promise<void> {
		await this.#look();
		const namespace = mountNamespace(pid);
		const there = new Set(mountInfoOf(pid).map(({ root }) => root));
		await this.#forget(bound =>
			bound.namespace === namespace ? !there.has(bound.path) : !isNamespaceInUse(bound.namespace ?? ''),
		);
	}

	#mount(call: SupervisedCall): Answer | Promise<Answer> {
		const { memory, args } = call;
		const [source, target, type, flags, data] = args;
		if ((Number(flags & 0xffff_ffffn) & changes) !== 0 || type === 0n) return 'host';
		const name = readUserString(memory, type, PAGE_SIZE);
		if (ofTheHost.has(name) || this.#kernel.filesystems.get(name) === undefined) return 'host';
		if (!call.capable(CAP_SYS_ADMIN)) throw new Errno('EPERM');
		const text = (address: bigint, max: number) => (address === 0n ? '' : readUserString(memory, address, max));
		return this.#bind(call, {
			type: name,
			source: text(source, PATH_MAX) || 'none',
			target: text(target, PATH_MAX),
			data: text(data, PAGE_SIZE),
			flags: Number(flags & 0xffff_ffffn),
		});
	}

	#umount(call: SupervisedCall): Answer | Promise<Answer> {
		const namespace = mountNamespace(call.pid);
		if (![...this.#bound].some(bound => bound.namespace === namespace)) return 'host';
		const target = readUserString(call.memory, call.args[0], PATH_MAX);
		const flags = call.int(1);
		const how = [...((flags & MNT_DETACH) !== 0 ? ['-l'] : []), ...((flags & MNT_FORCE) !== 0 ? ['-f'] : [])];
		return this.#umountAs(call, ['umount', '-n', '-i', ...how, target]);
	}

	/** What the host refuses is done once more, by the program itself, for the errno. */
	async #umountAs({ pid }: SupervisedCall, command: readonly string[]): Promise<Answer> {
		const refused = await runInNamespaceOf(pid, command);
		if (refused !== undefined) return 'host';
		await this.prune(pid);
		return 0;
	}

	async #bind({ pid }: SupervisedCall, { type, source, target, data, flags }: Wanted): Promise<number> {
		const dir = this.#dir();
		if (dir === '') throw new Errno('ENODEV', 'the machine is not mounted');
		const { init } = this.#kernel;
		await makeHidden(init);
		const path = `${hidden}/${++this.#last}`;
		await init.mkdir(path, 0o755);
		try {
			await init.mount(source, path, type, flags, data);
			await bindInNamespaceOf(pid, join(dir, path), target);
			this.#bound.add({ path, namespace: mountNamespace(pid) });
			return 0;
		} catch (error) {
			await this.#unmount(path);
			throw error;
		}
	}

	async #forget(gone: (bound: Bound) => boolean): Promise<void> {
		for (const bound of [...this.#bound].filter(gone)) {
			this.#bound.delete(bound);
			await this.#unmount(bound.path);
		}
	}

	async #unmount(path: string): Promise<void> {
		const { init } = this.#kernel;
		try {
			await init.umount(path);
		} catch (error) {
			// Nothing was mounted, or files are still open there: it stays.
			if (!isErrno(error)) throw error;
			if (error.code === 'EBUSY') return;
		}
		await init.rmdir(path);
	}
}

/** The arguments of mount(2). */
interface Wanted {
	readonly type: string;
	readonly source: string;
	readonly target: string;
	readonly data: string;
	readonly flags: number;
}

async function makeHidden(init: Kernel['init']): Promise<void> {
	try {
		await init.mkdir(hidden, 0o700);
	} catch (error) {
		if (!isErrno(error) || error.code !== 'EEXIST') throw error;
	}
}

/** What mount(8) says, and the errno that it was told. */
const refusals: readonly (readonly [said: RegExp, code: ErrnoName])[] = [
	[/does not exist|no such file/i, 'ENOENT'],
	[/not a directory/i, 'ENOTDIR'],
	[/permission denied|must be superuser/i, 'EPERM'],
	[/busy/i, 'EBUSY'],
];

/** Binds a directory to another, both as a program sees them; relative paths are from where it is. */
async function bindInNamespaceOf(pid: number, source: string, target: string): Promise<void> {
	const said = await runInNamespaceOf(pid, ['mount', '-n', '--bind', source, target]);
	if (said === undefined) return;
	throw new Errno(refusals.find(([pattern]) => pattern.test(said))?.[1] ?? 'EINVAL', said);
}

/** Runs a command where a program is, without being under its filter. Answers what it says if it fails. */
async function runInNamespaceOf(pid: number, command: readonly string[]): Promise<string | undefined> {
	const user = process.geteuid!() === 0 ? [] : ['-U', '--preserve-credentials'];
	const child = spawn('nsenter', [...user, '-t', `${pid}`, '-m', '-w', ...command], {
		cwd: '/',
		stdio: ['ignore', 'ignore', 'pipe'],
		timeout: patience,
	});
	let said = '';
	child.stderr.setEncoding('utf8').on('data', text => {
		said += text;
	});
	await once(child, 'close').catch(error => {
		throw isErrno(error) ? new Errno('ENOSYS', 'nsenter is not installed') : error;
	});
	return child.exitCode === 0 ? undefined : said.trim();
}

function mountInfoOf(pid: number) {
	try {
		return parseMountInfo(readFileSync(`/proc/${pid}/mountinfo`, 'utf8'));
	} catch (error) {
		if (isErrno(error)) return [];
		throw error;
	}
}
