/**
 * namespace - what is mounted where (fs/namespace.c).
 *
 * Divergence: a mount point is known by the inode of its directory alone, where Linux goes by mount and dentry; a directory
 * that is reachable through two mounts of one file system has the same thing mounted on it in both.
 */

import type { Inode } from '../../src/boundary/vfs.ts';
import { Errno } from '../../src/lib/errno.ts';
import {
	MNT_DETACH,
	MS_BIND,
	MS_MOVE,
	MS_NOATIME,
	MS_NODEV,
	MS_NODIRATIME,
	MS_NOEXEC,
	MS_NOSUID,
	MS_PRIVATE,
	MS_RDONLY,
	MS_REMOUNT,
	MS_SHARED,
	MS_SLAVE,
	MS_STRICTATIME,
	MS_UNBINDABLE,
} from '../../src/uapi/mount.ts';
import { S_IFDIR, S_IFMT } from '../../src/uapi/stat.ts';
import { type Timers, WaitQueueHead } from '../kernel/wait.ts';
import { Path } from './d_path.ts';
import type { Fsnotify } from './fsnotify.ts';
import type { SuperBlock } from './super.ts';

/** Flags of a mount (include/linux/mount.h). */
export const MNT_NOSUID = 0x01;
export const MNT_NODEV = 0x02;
export const MNT_NOEXEC = 0x04;
export const MNT_NOATIME = 0x08;
export const MNT_NODIRATIME = 0x10;
export const MNT_RELATIME = 0x20;
export const MNT_READONLY = 0x40;

/** What mount(2) calls them. */
const mountFlags: readonly (readonly [ms: number, mnt: number])[] = [
	[MS_NOSUID, MNT_NOSUID],
	[MS_NODEV, MNT_NODEV],
	[MS_NOEXEC, MNT_NOEXEC],
	[MS_NODIRATIME, MNT_NODIRATIME],
	[MS_RDONLY, MNT_READONLY],
];

/**
 * The flags of a mount by those of mount(2) (path_mount). EINVAL for what is no new mount.
 *
 * Divergence: there are no bind mounts and no propagation, and nothing can be moved or mounted anew with other flags.
 */
export function mountFlagsOf(ms: number): number {
	if ((ms & (MS_REMOUNT | MS_BIND | MS_MOVE | MS_PRIVATE | MS_SLAVE | MS_SHARED | MS_UNBINDABLE)) !== 0) {
		throw new Errno('EINVAL');
	}
	const plain = mountFlags.reduce((flags, [from, to]) => ((ms & from) !== 0 ? flags | to : flags), 0);
	if ((ms & MS_STRICTATIME) !== 0) return plain;
	return plain | ((ms & MS_NOATIME) !== 0 ? MNT_NOATIME : MNT_RELATIME);
}

/** One mounted file system (struct mount). */
export interface Mount {
	/** First column of mountinfo. */
	readonly id: number;
	/** The mount it is mounted in; undefined for the root. */
	readonly parent: Mount | undefined;
	readonly sb: SuperBlock;
	/** The directory that it covers; for the root, itself. */
	readonly mountpoint: Path;
	/** First column of /proc/mounts. */
	readonly source: string;
	/** MNT_* bits. */
	readonly flags: number;
}

/** The mounts of one kernel, oldest first (struct mnt_namespace). */
export class Namespace implements Iterable<Mount> {
	readonly #fsnotify: Fsnotify;
	readonly #mounts = new Set<Mount>();
	/** By the inode of the directory that is covered. */
	readonly #covering = new Map<Inode, Mount>();
	readonly #root: Mount;
	/** Mounts that there may be (fs.mount-max). */
	mountMax = 100_000;
	#lastId = 0;
	#event = 0;
	/** Woken at each change of the mounts, as `event` counts them. */
	readonly poll: WaitQueueHead;

	/** Mounts that there are. */
	get size(): number {
		return this.#mounts.size;
	}

	/** A namespace with `sb` at its root. */
	constructor(sb: SuperBlock, fsnotify: Fsnotify, timers: Timers) {
		this.#fsnotify = fsnotify;
		this.poll = new WaitQueueHead(timers);
		this.#root = this.#add(undefined, sb, new Path(sb.root), sb.type, 0);
	}

	/** Where absolute paths begin. */
	get root(): Path {
		return new Path(this.follow(this.#root.sb.root));
	}

	/** Number of changes so far; poll of /proc/mounts tells whether it moved. */
	get event(): number {
		return this.#event;
	}

	[Symbol.iterator](): IterableIterator<Mount> {
		return this.#mounts.values();
	}

	/** What is seen at `inode`: the root of what is mounted there, topmost, or the inode itself (follow_mount). */
	follow(inode: Inode): Inode {
		let mount = this.#covering.get(inode);
		if (mount === undefined) return inode;
		let top = inode;
		while (mount !== undefined) {
			top = mount.sb.root;
			mount = this.#covering.get(top);
		}
		return top;
	}

	/** True if something is mounted on this very directory (d_mountpoint). */
	isMountpoint(inode: Inode): boolean {
		return this.#covering.has(inode);
	}

	/**
	 * Mounts `sb` on the directory at `at`. ENOTDIR if it is none; EBUSY if `sb` is mounted there already, below what is there
	 * now or on top; ENOSPC where there are `mountMax` mounts already.
	 */
	mount(at: Path, sb: SuperBlock, source: string, flags = 0): Mount {
		const covered = this.follow(at.inode);
		if ((covered.mode & S_IFMT) !== S_IFDIR) throw new Errno('ENOTDIR');
		if (this.follow(sb.root) === covered) throw new Errno('EBUSY');
		if (this.#mounts.size >= this.mountMax) throw new Errno('ENOSPC');
		const mount = this.#add(this.mountOf(at), sb, new Path(covered, at.parent, at.name), source, flags);
		this.#covering.set(covered, mount);
		if ((flags & MNT_READONLY) !== 0) sb.rdonly = true;
		this.#changed(mount);
		return mount;
	}

	/**
	 * Undoes the mount whose root is at `at`. EINVAL if nothing is mounted there or it is the root; EBUSY if another mount is
	 * inside, unless `flags` has MNT_DETACH, which takes those along.
	 *
	 * Divergence: open files and working directories do not keep a mount busy.
	 */
	umount(at: Path, flags = 0): void {
		const mount = this.#topmost(at);
		if (mount === undefined || mount === this.#root) throw new Errno('EINVAL');
		const inside = [...this.#mounts].filter(other => other.parent === mount);
		if (inside.length > 0 && (flags & MNT_DETACH) === 0) throw new Errno('EBUSY');
		for (const child of inside.reverse()) this.umount(child.mountpoint, flags);
		this.#mounts.delete(mount);
		this.#covering.delete(mount.mountpoint.inode);
		mount.sb.put();
		this.#changed(mount);
	}

	/** The mount that what lies at `at` belongs to. */
	mountOf(at: Path): Mount {
		for (let path: Path | undefined = at; path !== undefined; path = path.parent) {
			const mount = this.#topmost(path);
			if (mount !== undefined) return mount;
		}
		return this.#root;
	}

	#add(parent: Mount | undefined, sb: SuperBlock, mountpoint: Path, source: string, flags: number): Mount {
		this.#lastId += 1;
		const mount: Mount = { id: this.#lastId, parent, sb, mountpoint, source, flags };
		this.#mounts.add(mount);
		sb.get();
		return mount;
	}

	/** The topmost mount whose root is seen at `at`; undefined where none is. */
	#topmost(at: Path): Mount | undefined {
		const top = this.follow(at.inode);
		for (const mount of [...this.#mounts].reverse()) {
			if (mount.sb.root === top) return mount;
		}
		return undefined;
	}

	#changed({ mountpoint: { parent, name } }: Mount): void {
		this.#event += 1;
		this.poll.wakeUp();
		if (parent !== undefined) this.#fsnotify.notify({ type: 'entry', dir: parent.inode, name });
	}
}
