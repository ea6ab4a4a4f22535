/**
 * fuse_native - a mount through the npm package fuse-native, the second back end.
 *
 * fuse-native is libfuse 2.9 and threads of its own, which call into this one for each request. It is an optional dependency
 * (fuse_native_package.ts). What it cannot carry is in `lacks`; the operations are in fuse_operations.ts.
 *
 * Who calls is not told, and is root to the machine: other users are let in only where that is asked for.
 *
 * Nothing tells the host of changes here, so that it may believe a name or an attribute only for as long as `validity` says.
 *
 * As with the first back end, the process that mounts must not use the mount itself with synchronous calls.
 */

import { readdirSync, readlinkSync } from 'node:fs';
import type { Inode, Vfs } from '../src/boundary/vfs.ts';
import { Errno, isErrno } from '../src/lib/errno.ts';
import type { Mount } from './fuse_mount.ts';
import { type Fuse, type FuseConstructor, loadFuseNative } from './fuse_native_package.ts';
import { FuseOperations } from './fuse_operations.ts';
import { F_SETFD, FD_CLOEXEC, type Libc, loadLibc } from './libc.ts';
import { findMount, type MountInfo } from './mountinfo.ts';
import { abortIfThere, detach, detachStale, ownMark } from './mountpoint.ts';
import { idsOf, type MountFlags } from './options.ts';
import { hostProbes } from './probes.ts';
import { lackError, lackOfDevice, lackOfFusermount, lackOfMounting } from './requirements.ts';

/** What programs miss on such a mount: what it is, and what becomes of it. */
export const lacks: ReadonlyMap<string, string> = new Map([
	['ioctl', 'every command is refused before it gets to the file'],
	['poll', 'every file is always ready, and is never notified'],
	['per-caller links', 'a link whose text depends on who reads it, such as /proc/self, is EOPNOTSUPP'],
	['callers', "every operation is done for the machine's root, after the host has checked modes and owners"],
	['interrupts', 'who sleeps in an operation cannot be interrupted, not even by SIGKILL, until the operation ends'],
	['notifications', 'what the kernel changes by itself is seen when the host asks again'],
	['flush', 'what a file does when one of its descriptors is closed is not done'],
	['fcntl', 'flags that are changed while a file is open do not arrive, O_NONBLOCK and O_APPEND among them'],
	[
		'seeking',
		'a file that cannot be seeked in does not say so to lseek; SEEK_DATA and SEEK_HOLE are answered by the host',
	],
	['xattr', 'extended attributes are EOPNOTSUPP'],
	['times', 'utimensat sets both times to that of access, in whole milliseconds'],
	['names', 'names and links are UTF-8; other bytes are lost'],
	['open and removed', 'a file that was removed by name while it was open is ENOENT to its readers'],
	['rename flags', 'the flags of renameat2 are EINVAL'],
	['mmap', 'a shared mapping is ENODEV'],
	['trace', '--trace is refused with EOPNOTSUPP'],
]);

/** What such a mount is told. */
export interface FuseNativeOptions extends MountFlags {
	/** Gets a line on what this back end cannot do, and one at the first refusal for that reason. Absent: nobody hears of it. */
	readonly report?: ((line: string) => void) | undefined;
	/** How long the host may believe a name or an attribute, in seconds. Absent: not at all, it asks each time. */
	readonly validity?: number;
}

/**
 * Mounts the tree that begins at the directory `root` on the directory `dir`, which is no mount point, and settles when it can
 * be used. Mounts of servers that are gone are detached first.
 *
 * Throws ENOPKG where fuse-native or its libfuse is missing, ENOENT, EACCES and EPERM where mounting is not possible, each with a
 * message that says what helps; EIO where libfuse refuses the mount for another reason, which it has then written to the standard
 * error.
 */
export async function mountFuseNative(
	vfs: Vfs,
	root: Inode,
	dir: string,
	options: FuseNativeOptions = {},
): Promise<Mount> {
	const libc = loadLibc();
	detachStale(libc);
	const Fuse = loadFuseNative();
	const lack = lackOfDevice(hostProbes());
	if (lack !== undefined) throw lackError(lack);
	return FuseNativeMount.start(Fuse, libc, { vfs, root, dir, options });
}

interface FuseNativeInit {
	readonly vfs: Vfs;
	readonly root: Inode;
	readonly dir: string;
	readonly options: FuseNativeOptions;
}

/** Bound: how often it is looked whether somebody has taken the mount away, in milliseconds; nothing tells. */
const LOOK = 1000;

class FuseNativeMount implements Mount {
	readonly closed: Promise<void>;
	readonly #libc: Libc;
	readonly #fuse: Fuse;
	readonly #operations: FuseOperations;
	readonly #report: (line: string) => void;
	readonly #gone = new AbortController();
	#mounted: MountInfo | undefined;
	#look: NodeJS.Timeout | undefined;
	#unmounting: Promise<void> | undefined;
	#settleClosed!: () => void;

	static async start(Fuse: FuseConstructor, libc: Libc, init: FuseNativeInit): Promise<FuseNativeMount> {
		const mount = new FuseNativeMount(Fuse, libc, init);
		await mount.#mount(init.dir);
		return mount;
	}

	private constructor(Fuse: FuseConstructor, libc: Libc, { vfs, root, dir, options }: FuseNativeInit) {
		const { report = () => {}, validity = 0, fsname, ro, allowOther = false } = options;
		this.#libc = libc;
		this.#report = report;
		this.closed = new Promise(resolve => {
			this.#settleClosed = resolve;
		});
		this.#operations = new FuseOperations({ vfs, root, ids: idsOf(options), signal: this.#gone.signal, report });
		const { type, source } = ownMark(fsname);
		this.#fuse = new Fuse(dir, this.#operations, {
			subtype: type.replace('fuse.', ''),
			// fuse-native does not know these options; libfuse takes what follows a comma as the next one.
			fsname: [source.replace(/[\\,]/g, '\\$&'), ...libfuseOptions(validity), ...(ro ? ['ro'] : [])].join(','),
			defaultPermissions: true,
			allowOther,
			timeout: false,
		});
	}

	get path(): string {
		return this.#mounted?.mountPoint ?? '';
	}

	get connection(): number {
		return this.#mounted?.minor ?? 0;
	}

	/** libfuse keeps the nodes, and does not tell. */
	get usage(): undefined {
		return undefined;
	}

	get notifier(): undefined {
		return undefined;
	}

	/** Settles at once: nobody is told of changes. */
	/** Nothing tells at once. */
	async look(): Promise<void> {}

	settled(): Promise<void> {
		return Promise.resolve();
	}

	detach(): void {
		if (this.#isMounted()) detach(this.#libc, this.path);
	}

	unmount(): Promise<void> {
		this.#unmounting ??= this.#unmount();
		return this.#unmounting;
	}

	[Symbol.asyncDispose](): Promise<void> {
		return this.unmount();
	}

	async #mount(dir: string): Promise<void> {
		await new Promise<void>((resolve, reject) => {
			this.#fuse.mount(error => (error ? reject(refusal(dir, error)) : resolve()));
		});
		closeOnExec(this.#libc);
		this.#report(`fuse-native does without ${[...lacks.keys()].join(', ')}: docs/backends.md`);
		this.#mounted = findMount(dir);
		this.#look = setInterval(() => this.#isMounted() || void this.unmount(), LOOK).unref();
	}

	#isMounted(): boolean {
		return this.#mounted !== undefined && findMount(this.path)?.id === this.#mounted.id;
	}

	/** Refuses every request from now on, which ends the threads of libfuse, and takes the mount out of the tree. */
	async #unmount(): Promise<void> {
		clearInterval(this.#look);
		if (this.#isMounted()) abortIfThere(this.#libc, this.connection);
		this.detach();
		this.#gone.abort(new Errno('EINTR'));
		await new Promise<void>(resolve => this.#fuse.unmount(() => resolve()));
		this.#operations.close();
		this.#settleClosed();
	}
}

/** Has every /dev/fuse of this process closed in its children, where libfuse leaves it open: one there keeps a dead mount alive. */
function closeOnExec(libc: Libc): void {
	for (const fd of readdirSync('/proc/self/fd')) {
		if (targetOf(`/proc/self/fd/${fd}`) === '/dev/fuse') libc.fcntl(Number(fd), F_SETFD, FD_CLOEXEC);
	}
}

/** Where a link leads; undefined where it has gone, as that of the descriptor has by which it was found. */
function targetOf(link: string): string | undefined {
	try {
		return readlinkSync(link);
	} catch (error) {
		if (isErrno(error)) return undefined;
		throw error;
	}
}

/** Why libfuse did not mount, as far as that can be found out. */
function refusal(dir: string, { message }: Error): Errno {
	const probes = hostProbes();
	const lack = probes.uid === 0 ? lackOfMounting(probes) : lackOfFusermount(probes);
	return lack === undefined ? new Errno('EIO', `mount ${dir}: ${message}`) : lackError(lack);
}

function libfuseOptions(validity: number): string[] {
	const timeouts = ['entry_timeout', 'attr_timeout'].map(name => `${name}=${validity}`);
	return ['direct_io', 'use_ino', 'hard_remove', 'atomic_o_trunc', 'big_writes', ...timeouts];
}
