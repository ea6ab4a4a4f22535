/**
 * dirent - what a directory of configfs is (struct configfs_dirent and configfs_fragment of fs/configfs/configfs_internal.h).
 *
 * An item and the groups that came with it are one fragment: they die together, at the rmdir of the item. Operations of their
 * attributes run while the fragment is held to look; killing it waits for them.
 */

import { type Awaitable, chain } from '../../../src/lib/awaitable.ts';
import { Errno } from '../../../src/lib/errno.ts';
import type { Module } from '../../kernel/module.ts';
import { type Killable, RwSemaphore } from '../../kernel/rwsem.ts';
import type { KernfsNode } from '../kernfs/dir.ts';
import type { ConfigItem } from './item.ts';

/** What lives and dies together (struct configfs_fragment). */
export class Fragment {
	readonly #sem = new RwSemaphore();
	#dead = false;

	/** Runs an operation of what is in it. ENOENT once it is dead. */
	run<T>(operation: () => Awaitable<T>): Awaitable<T> {
		return this.#sem.read(() => {
			if (this.#dead) throw new Errno('ENOENT');
			return operation();
		});
	}

	/** Lets no operation begin any more, and waits for those under way. EINTR once `by` is being killed meanwhile. */
	kill(by?: Killable): Awaitable<void> {
		return chain(this.#sem.downWrite(by), () => {
			this.#dead = true;
			this.#sem.upWrite();
		});
	}
}

/** How a directory has come to its place. */
export interface DirentInit {
	readonly item: ConfigItem;
	readonly frag: Fragment;
	/** Whose operations its files run; undefined for the kernel's own. */
	readonly owner: Module | undefined;
	/** True where items can be made in it (CONFIGFS_USET_DIR). */
	readonly isGroup: boolean;
	/** True for a group that came with another (CONFIGFS_USET_DEFAULT). */
	readonly isDefault: boolean;
}

/** A directory: `priv` of its node. */
export class ConfigfsDirent {
	readonly kn: KernfsNode;
	readonly item: ConfigItem;
	readonly frag: Fragment;
	readonly owner: Module | undefined;
	readonly isGroup: boolean;
	readonly isDefault: boolean;
	/** True while it is being removed: nothing can be made in it, nor linked to it (CONFIGFS_USET_DROPPING). */
	dropping = false;
	/** Number of links that lead to it. */
	links = 0;
	/** How often the kernel has said that it depends on it. */
	dependents = 0;

	constructor(kn: KernfsNode, init: DirentInit) {
		this.kn = kn;
		this.item = init.item;
		this.frag = init.frag;
		this.owner = init.owner;
		this.isGroup = init.isGroup;
		this.isDefault = init.isDefault;
	}
}

/** What a directory is. */
export function direntOf(kn: KernfsNode): ConfigfsDirent {
	return kn.priv as ConfigfsDirent;
}
