/**
 * fuse_native - a mount through the npm package fuse-native, the second back end.
 *
 * fuse-native is libfuse 2.9 and threads of its own, which call into this one for each request. It is an optional dependency
 * and is looked for only when somebody asks for it. What it cannot carry is in `lacks`; the operations are in
 * fuse_operations.ts.
 *
 * Nothing tells the host of changes here, so that it may believe a name or an attribute only for as long as `validity` says.
 *
 * As with the first back end, the process that mounts must not use the mount itself with synchronous calls.
 */

import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { Inode, Vfs } from '../src/boundary/vfs.ts';
import { Errno } from '../src/lib/errno.ts';
import type { Mount } from './fuse_mount.ts';
import { FuseOperations } from './fuse_operations.ts';
import { type Libc, loadLibc, withLibrary } from './libc.ts';
import { abortConnection, detach, detachStale, findMount, type MountInfo, ownSource } from './mountpoint.ts';

/** What programs miss on such a mount: what it is, and what becomes of it. */
export const lacks: ReadonlyMap<string, string> = new Map([
	['ioctl', 'every command is refused before it gets to the file'],
	['poll', 'every file is always ready, and is never notified'],
	['per-caller links', 'a link whose text depends on who reads it, such as /proc/self, is EOPNOTSUPP'],
	['callers', 'every operation is done for whoever mounted, after the host has checked modes and owners'],
	['interrupts', 'who sleeps in an operation cannot be interrupted, not even by SIGKILL, until the operation ends'],
	['notifications', 'what the kernel changes by itself is seen when the host asks again'],
	['flush', 'what a file does when one of its descriptors is closed is not done'],
	['fcntl', 'flags that are changed while a file is open do not arrive, O_NONBLOCK and O_APPEND among them'],
	['seeking', 'a file that cannot be seeked in does not say so to lseek'],
	['xattr', 'extended attributes are EOPNOTSUPP'],
	['times', 'utimensat sets both times to that of access, in whole milliseconds'],
	['names', 'names and links are UTF-8; other bytes are lost'],
	['open and removed', 'a file that was removed by name while it was open is ENOENT to its readers'],
	['rename flags', 'the flags of renameat2 are EINVAL'],
	['mmap', 'a shared mapping is ENODEV'],
]);

/** What such a mount is told. */
export interface FuseNativeOptions {
	/** Gets a line at the first refusal of something that this back end cannot do. Absent: nobody hears of it. */
	readonly report?: ((line: string) => void) | undefined;
	/** How long the host may believe a name or an attribute, in seconds. Absent: not at all, it asks each time. */
	readonly validity?: number;
}

/** fuse-native, as far as it is used. */
interface Fuse {
	mount(done: (error: Error | null) => void): void;
	unmount(done: (error: Error | null) => void): void;
}

interface FuseConstructor {
	new (dir: string, operations: FuseOperations, options: Readonly<Record<string, unknown>>): Fuse;
	/** Takes a mount out of the tree; called by `unmount`. */
	unmount(dir: string, done: (error: Error | null) => void): void;
}

/**
 * Mounts the tree that begins at the directory `root` on the directory `dir`, which is no mount point, and settles when it can
 * be used. Mounts of servers that are gone are detached first.
 *
 * Throws ENOPKG where fuse-native is not installed or does not load; its message says why. Throws EIO where libfuse refuses the
 * mount; libfuse has then written its reason to the standard error.
 */
export async function mountFuseNative(
	vfs: Vfs,
	root: Inode,
	dir: string,
	options: FuseNativeOptions = {},
): Promise<Mount> {
	const libc = loadLibc();
	detachStale(libc);
	return FuseNativeMount.start(await loadFuseNative(), libc, { vfs, root, dir, options });
}

/** Loads the package. Its binary looks for libfuse.so.2 by name; the copy that comes with it is found only once it is loaded. */
async function loadFuseNative(): Promise<FuseConstructor> {
	const name: string = 'fuse-native';
	try {
		const folder = dirname(createRequire(import.meta.url).resolve(`${name}/package.json`));
		const libfuse = join(folder, 'prebuilds', `${process.platform}-${process.arch}`, 'libfuse.so');
		const load = (): Promise<{ default: FuseConstructor }> => import(name);
		const { default: Fuse } = await (existsSync(libfuse) ? withLibrary(libfuse, load) : load());
		// Its own way is the program fusermount, which may not be there; detaching is done before this is called.
		Fuse.unmount = (_dir, done) => done(null);
		return Fuse;
	} catch (error) {
		throw new Errno('ENOPKG', `fuse-native cannot be used: ${error instanceof Error ? error.message : error}`);
	}
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
		const { report = () => {}, validity = 0 } = options;
		this.#libc = libc;
		this.closed = new Promise(resolve => {
			this.#settleClosed = resolve;
		});
		const owner = { uid: process.geteuid?.() ?? 0, gid: process.getegid?.() ?? 0 };
		this.#operations = new FuseOperations({ vfs, root, owner, signal: this.#gone.signal, report });
		this.#fuse = new Fuse(dir, this.#operations, {
			subtype: 'ring3',
			// fuse-native does not know these options; libfuse takes what follows a comma as the next one.
			fsname: `${ownSource()},${libfuseOptions(validity)}`,
			defaultPermissions: true,
			allowOther: owner.uid === 0,
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

	/** Settles at once: nobody is told of changes. */
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
			this.#fuse.mount(error => (error ? reject(new Errno('EIO', `mount ${dir}: ${error.message}`)) : resolve()));
		});
		this.#mounted = findMount(dir);
		this.#look = setInterval(() => this.#isMounted() || void this.unmount(), LOOK).unref();
	}

	#isMounted(): boolean {
		return this.#mounted !== undefined && findMount(this.path)?.id === this.#mounted.id;
	}

	/** Refuses every request from now on, which ends the threads of libfuse, and takes the mount out of the tree. */
	async #unmount(): Promise<void> {
		clearInterval(this.#look);
		if (this.#isMounted()) abortConnection(this.#libc, this.connection);
		this.detach();
		this.#gone.abort(new Errno('EINTR'));
		await new Promise<void>(resolve => this.#fuse.unmount(() => resolve()));
		this.#operations.close();
		this.#settleClosed();
	}
}

function libfuseOptions(validity: number): string {
	const timeouts = ['entry_timeout', 'attr_timeout'].map(name => `${name}=${validity}`);
	return ['direct_io', 'use_ino', 'hard_remove', 'atomic_o_trunc', 'big_writes', ...timeouts].join(',');
}
