/**
 * mounts - the places of the host at which one file system of a machine is served alone.
 *
 * Each has a FUSE connection of its own to the one kernel. Some are mounted by others, in namespaces of their own, and handed over. The process of a machine waits for itself where it looks at one of its
 * own mounts, so that whoever asks for a mount says where it is without links, and a place inside the machine is refused.
 */

import type { Kernel, KernMount } from '../../kernel-sim/kernel.ts';
import {
	type Mount,
	type MountOptions,
	mountTree,
	type ServeOptions,
	serveConnection,
	type Unserved,
} from '../../mount/index.ts';
import { readMountInfo } from '../../mount/mountinfo.ts';
import { ownerOf } from '../../mount/mountpoint.ts';
import type { Inode } from '../boundary/vfs.ts';
import { Devres } from '../lib/devres.ts';
import { Errno } from '../lib/errno.ts';
import type { Served } from './caller_paths.ts';
import { prepareDir } from './mount_dir.ts';

/** What is to be served, and where. */
export interface MountRequest {
	/** A type of /proc/filesystems. */
	readonly type: string;
	/** An absolute path without links; made, and removed in the end, where it is missing. Absent: a new directory in $TMPDIR. */
	readonly dir: string | undefined;
	/** Options of the file system, as mount(2) takes them. */
	readonly data: string;
	/** How it is mounted. */
	readonly options: MountOptions;
}

/** What is to be served on a connection that somebody else has mounted. */
export interface ServeRequest {
	/** A type of /proc/filesystems. */
	readonly type: string;
	/** Options of the file system. Absent: none. */
	readonly data?: string;
	/** The connection, whose descriptor is this process's. */
	readonly unserved: Unserved;
	/** The source of the mount, where the number of the connection is not known. */
	readonly source?: string;
	/** What is left to be done before it can be served. Absent: nothing. */
	prepare?(): void;
	readonly options: ServeOptions;
}

/** One of them, and what undoes what was made for its place. */
interface Entry {
	readonly mount: Mount;
	/** What its root directory shows. */
	readonly root: Inode;
	readonly place: Devres;
	readonly source?: string;
}

/** The mounts of one machine besides that of its whole tree. */
export class Mounts {
	readonly #kernel: Kernel;
	readonly #entries = new Set<Entry>();

	constructor(kernel: Kernel) {
		this.#kernel = kernel;
	}

	get all(): readonly Mount[] {
		return [...this.#entries].map(({ mount }) => mount);
	}

	/** What each shows, for whoever finds one by its connection. */
	get served(): readonly Served[] {
		return [...this.#entries].map(({ mount: { connection }, root, source }) => ({ connection, source, root }));
	}

	/**
	 * Mounts a file system, as mount(2) would with a new one, and answers where. Rejects with ENODEV for a type that is not
	 * registered, EBUSY for a place that is taken or inside the machine, with what the file system refuses, and as `mountTree`.
	 */
	async mount({ type, dir, data, options }: MountRequest): Promise<string> {
		if (dir !== undefined && isServedHere(dir)) throw new Errno('EBUSY', `${dir}: inside the machine itself`);
		const tree = this.#kernel.kernMount(type, type, data);
		const place = new Devres();
		try {
			const mount = await mountTree(this.#kernel.vfs, tree.root, prepareDir(dir, place), options);
			this.#add(mount, tree, place);
			return mount.path;
		} catch (error) {
			place.releaseAll();
			tree.unmount();
			throw error;
		}
	}

	/**
	 * Serves a file system on a connection. Throws ENODEV for a type that is not registered, and what the file system and `prepare`
	 * refuse; the descriptor is the caller's still, then.
	 */
	serve({ type, data, unserved, source, prepare, options }: ServeRequest): void {
		const tree = this.#kernel.kernMount(type, type, data);
		try {
			prepare?.();
			const mount = serveConnection(this.#kernel.vfs, tree.root, unserved, options);
			this.#add(mount, tree, new Devres(), source);
		} catch (error) {
			tree.unmount();
			throw error;
		}
	}

	/** Settles when those have gone that the host has taken away by now. */
	async look(): Promise<void> {
		await Promise.all([...this.#entries].map(({ mount }) => mount.look()));
	}

	/** Where those are that this process has mounted. */
	get places(): readonly string[] {
		return this.all.map(({ path }) => path).filter(path => path !== '');
	}

	/** Undoes the mount at a path. Rejects with EINVAL where none of these is. */
	async umount(dir: string): Promise<void> {
		const mount = this.all.findLast(({ path }) => path === dir);
		if (mount === undefined || dir === '')
			throw new Errno('EINVAL', `${dir}: nothing of this machine is mounted there`);
		await mount.unmount();
	}

	/** Undoes all: at once what others can see. Settles when nothing is left. */
	async close(): Promise<void> {
		const ends = [...this.#entries].map(entry => {
			const end = entry.mount.unmount();
			this.#closed(entry);
			return end;
		});
		await Promise.all(ends);
	}

	#add(mount: Mount, tree: KernMount, place: Devres, source?: string): void {
		const entry = { mount, root: tree.root, place, ...(source === undefined ? {} : { source }) };
		this.#entries.add(entry);
		void mount.closed.then(() => this.#closed(entry)).then(() => tree.unmount());
	}

	#closed(entry: Entry): void {
		this.#entries.delete(entry);
		entry.place.releaseAll();
	}
}

/** True for a mount of this process, and for what lies in one. */
function isServedHere(path: string): boolean {
	const own = readMountInfo().filter(mount => ownerOf(mount)?.pid === process.pid);
	return own.some(({ mountPoint }) => path.startsWith(`${mountPoint}/`));
}
