/**
 * devtmpfs - /dev, in which the kernel itself makes the nodes of its devices (drivers/base/devtmpfs.c).
 *
 * However often it is mounted, it is one tmpfs. Directories on the way to a node come and go with it; what programs make in
 * there stays theirs.
 */

import { Errno, isErrno } from '../../src/lib/errno.ts';
import { S_IFCHR } from '../../src/uapi/stat.ts';
import type { FileSystemType } from './filesystems.ts';
import type { Fsnotify } from './fsnotify.ts';
import type { AnonymousDevices, SuperBlock } from './super.ts';
import { InitTree } from './tmpfs/init.ts';
import { Tmpfs } from './tmpfs/shmem.ts';
import type { TmpfsKernel } from './tmpfs/super.ts';

/** What nodes have that are given no mode: root's alone. */
const DEFAULT_MODE = 0o600;

/** The devtmpfs of one kernel. */
export class Devtmpfs implements FileSystemType {
	readonly name = 'devtmpfs';
	readonly #sb: SuperBlock;
	readonly #tree: InitTree;
	/** Nodes that the kernel has made, with their numbers. */
	readonly #nodes = new Map<string, number>();

	constructor(kernel: TmpfsKernel, devices: AnonymousDevices, fsnotify: Fsnotify) {
		const sb = new Tmpfs(kernel, devices, this.name).mount('devtmpfs', 'mode=755');
		sb.get();
		this.#sb = sb;
		this.#tree = new InitTree(sb.root, fsnotify);
	}

	/** EINVAL for any option: it was made long ago. */
	mount(_source: string, data: string): SuperBlock {
		if (data !== '') throw new Errno('EINVAL', `devtmpfs: unknown parameter '${data}'`);
		return this.#sb;
	}

	/** Makes the node of a character device, unless there is something of that name (devtmpfs_create_node). */
	createNode(path: string, dev: number, mode: number = DEFAULT_MODE): void {
		this.#make(() => {
			this.#tree.mknod(path, S_IFCHR | mode, dev);
			this.#nodes.set(path, dev);
		});
	}

	/** Makes a directory that other things are mounted on, unless there is something of that name. */
	createDirectory(path: string, mode: number): void {
		this.#make(() => this.#tree.mkdir(path, mode));
	}

	/** Makes a link, unless there is something of that name. */
	createLink(path: string, text: string): void {
		this.#make(() => this.#tree.symlink(path, text));
	}

	/** Removes a node that the kernel has made for a device, and directories that are empty without it (devtmpfs_delete_node). */
	deleteNode(path: string, dev: number): void {
		if (this.#nodes.get(path) !== dev) return;
		this.#nodes.delete(path);
		for (let name = path; name !== ''; name = name.slice(0, Math.max(0, name.lastIndexOf('/')))) {
			try {
				this.#tree.remove(name);
			} catch (error) {
				if (isErrno(error)) return;
				throw error;
			}
		}
	}

	#make(make: () => unknown): void {
		try {
			make();
		} catch (error) {
			if (!isErrno(error)) throw error;
		}
	}
}
