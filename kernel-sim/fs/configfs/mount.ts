/**
 * mount - the file system type "configfs", and what modules register in it.
 *
 * Simulates fs/configfs/mount.c and the registering of fs/configfs/dir.c. However often it is mounted, it is the same tree.
 */

import type { InodeOperations } from '../../../src/boundary/vfs.ts';
import { type Awaitable, chain } from '../../../src/lib/awaitable.ts';
import { Errno } from '../../../src/lib/errno.ts';
import { CONFIGFS_MAGIC } from '../../../src/uapi/magic.ts';
import { isDir } from '../../../src/uapi/stat.ts';
import type { Module } from '../../kernel/module.ts';
import type { Kernel } from '../../kernel.ts';
import { type KernfsNode, KernfsRoot } from '../kernfs/dir.ts';
import { kernfsDirOperations, kernfsSimpleLookup } from '../kernfs/dir_operations.ts';
import { SuperBlock } from '../super.ts';
import { sysfsCreateMountPoint } from '../sysfs/dir.ts';
import { attach, detach, detachPrep, linkGroup, unlinkGroup } from './attach.ts';
import { dependItem, undependItem } from './depend.ts';
import { configfsDirFops, configfsDirOps, type Oops } from './dir.ts';
import { ConfigfsDirent, direntOf, Fragment } from './dirent.ts';
import { type ConfigfsSubsystem, ConfigGroup, type ConfigItem, type ConfigItemType } from './item.ts';
import { configfsLinkOps } from './symlink.ts';

/** configfs, as one module uses it. What it has registered goes with the module. */
export interface ConfigfsUser {
	/**
	 * Gives a subsystem its directory in the root (configfs_register_subsystem), and answers how to take it away again earlier than
	 * the module goes. EEXIST for a name that is taken; a subsystem that is refused leaves nothing.
	 */
	registerSubsystem(subsys: ConfigfsSubsystem): () => Awaitable<void>;
	/**
	 * Puts a group into one that is in the tree, as if it had come with it (configfs_register_group), and answers how to take it
	 * away again. EEXIST, ENOENT.
	 */
	registerGroup(parent: ConfigGroup, group: ConfigGroup): () => Awaitable<void>;
	/** Makes such a group of a type and registers it (configfs_register_default_group). */
	registerDefaultGroup(parent: ConfigGroup, name: string, type: ConfigItemType<never>): ConfigGroup;
	/**
	 * Keeps an item from being removed, EBUSY, until it is undone as often (configfs_depend_item). ENOENT for one that is not in the
	 * subsystem or goes just now. Not for callbacks of configfs, in Linux; here either may be used anywhere.
	 */
	dependItem(subsys: ConfigfsSubsystem, target: ConfigItem): void;
	/** Undoes one `dependItem` (configfs_undepend_item). */
	undependItem(target: ConfigItem): void;
	/** The same for callbacks (configfs_depend_item_unlocked): `caller` is the subsystem that the callback belongs to. */
	dependItemUnlocked(caller: ConfigfsSubsystem, target: ConfigItem): void;
	/** Undoes one `dependItemUnlocked`. */
	undependItemUnlocked(target: ConfigItem): void;
}

/** What programs can do with a directory; there are no extended attributes. */
function configfsDirInodeOperations(oops: Oops): InodeOperations {
	const { getxattr, setxattr, listxattr, removexattr, ...operations } = kernfsDirOperations({
		...configfsDirOps(oops),
		...configfsLinkOps(oops),
	});
	return { ...operations, lookup: kernfsSimpleLookup };
}

/** The tree of one kernel. */
export class Configfs {
	readonly #kernel: Kernel;
	readonly #root: KernfsRoot;
	readonly #rootGroup = new ConfigGroup('root', {});

	constructor(kernel: Kernel) {
		const oops = (error: unknown, where: string) => kernel.panic.oops(error, `${where} in configfs`);
		const sb = new SuperBlock({ type: 'configfs', magic: CONFIGFS_MAGIC, dev: kernel.anonymousDevices.allocate() });
		this.#kernel = kernel;
		this.#root = new KernfsRoot(kernel, sb, {
			rootMode: 0o755,
			dirInodeOperations: configfsDirInodeOperations(oops),
			dirFops: configfsDirFops,
		});
		const frag = new Fragment();
		const { kn } = this.#root;
		kn.priv = new ConfigfsDirent(kn, {
			...{ item: this.#rootGroup, frag, owner: undefined, isGroup: false, isDefault: false },
		});
	}

	get sb(): SuperBlock {
		return this.#root.sb;
	}

	/** See `ConfigfsUser`. */
	ownedBy(module: Module): ConfigfsUser {
		const undone = (undo: () => Awaitable<void>) => {
			let done = false;
			const once = () => {
				if (done) return;
				done = true;
				return undo();
			};
			const forget = module.undo(once);
			return () => {
				forget();
				return once();
			};
		};
		const registerGroup = (parent: ConfigGroup, group: ConfigGroup) => undone(this.#registerGroup(parent, group));
		return {
			registerSubsystem: subsys => undone(this.#registerSubsystem(subsys, module)),
			registerGroup,
			registerDefaultGroup(parent, name, type) {
				const group = new ConfigGroup(name, type);
				registerGroup(parent, group);
				return group;
			},
			dependItem,
			undependItem,
			dependItemUnlocked: (_caller, target) => dependItem(subsystemOf(target), target),
			undependItemUnlocked: undependItem,
		};
	}

	#registerSubsystem(subsys: ConfigfsSubsystem, owner: Module): () => Awaitable<void> {
		if (subsys.parent !== undefined) throw new Errno('EEXIST', `${subsys.name} is registered`);
		subsys.owner = owner;
		return this.#register(this.#root.kn, this.#rootGroup, subsys, subsys, false);
	}

	#registerGroup(parent: ConfigGroup, group: ConfigGroup): () => Awaitable<void> {
		const { sd, subsys } = parent;
		if (sd === undefined || subsys === undefined) throw new Errno('ENOENT', `${parent.name} is not in the tree`);
		return this.#register(sd.kn, parent, group, subsys, true);
	}

	#register(
		kn: KernfsNode,
		parent: ConfigGroup,
		group: ConfigGroup,
		subsys: ConfigfsSubsystem,
		isDefault: boolean,
	): () => Awaitable<void> {
		const frag = new Fragment();
		const { owner } = subsys;
		linkGroup(parent, group, subsys);
		try {
			attach(kn, group.name, { item: group, frag, owner, isGroup: true, isDefault });
		} catch (error) {
			void unlinkGroup(group);
			throw error;
		}
		return () => this.#unregister(group);
	}

	/** configfs_unregister_subsystem, configfs_unregister_group. What is left in it goes as well, and the log has it. */
	#unregister(group: ConfigGroup): Awaitable<void> {
		const { kn } = group.sd!;
		const fragments = fragmentsOf(kn);
		return chain(all([...fragments].map(frag => frag.kill())), () => {
			try {
				detachPrep(kn);
			} catch {
				this.#kernel.pr.err('Tried to unregister non-empty subsystem!\n');
			}
			return chain(detach(kn), () => unlinkGroup(group));
		});
	}
}

/** Those of a directory and of all below it. */
function fragmentsOf(kn: KernfsNode, found = new Set<Fragment>()): Set<Fragment> {
	found.add(direntOf(kn).frag);
	for (const child of kn.children.values()) if (isDir(child.mode)) fragmentsOf(child, found);
	return found;
}

function all(waiting: readonly Awaitable<void>[]): Awaitable<void> {
	const promises = waiting.filter(each => each !== undefined);
	return promises.length === 0 ? undefined : Promise.all(promises).then(() => {});
}

/** EINVAL for what is in no subsystem. */
function subsystemOf(target: ConfigItem): ConfigfsSubsystem {
	const group = target instanceof ConfigGroup ? target : target.parent;
	if (group?.subsys === undefined) throw new Errno('EINVAL');
	return group.subsys;
}

/** Makes the tree of a kernel, registers its file system type, and makes the place in /sys where it is mounted. */
export function configfsInit(kernel: Kernel): Configfs {
	const configfs = new Configfs(kernel);
	if (!kernel.config.CONFIG_CONFIGFS_FS) return configfs;
	sysfsCreateMountPoint(kernel.sysfs.kernel, 'config');
	kernel.filesystems.register({ name: 'configfs', mount: () => configfs.sb });
	return configfs;
}
