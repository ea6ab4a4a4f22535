/**
 * dir - making and removing items by mkdir(2) and rmdir(2).
 *
 * Simulates configfs_mkdir, configfs_rmdir and configfs_readdir of fs/configfs/dir.c. The locks are Linux's, in its order: those
 * of the directories (kernfs takes the first), the fragment, the subsystem's mutex. An item's module is held twice as long as the
 * item is there: for its subsystem and for itself.
 *
 * Divergence: while something is made or removed in a directory, Linux lets nobody look up a name in it; here others go on.
 */

import type { Context, FileOperations } from '../../../src/boundary/vfs.ts';
import { type Awaitable, chain } from '../../../src/lib/awaitable.ts';
import { Errno } from '../../../src/lib/errno.ts';
import { direntType } from '../../../src/uapi/stat.ts';
import { Mutex } from '../../kernel/mutex.ts';
import { drive, type Steps, step } from '../../lib/steps.ts';
import type { KernfsNode } from '../kernfs/dir.ts';
import type { KernfsSyscallOps } from '../kernfs/dir_operations.ts';
import { kernfsGetInode, kernfsNode } from '../kernfs/inode.ts';
import { dcacheDirLseek, dirEmitDots } from '../libfs.ts';
import { attach, detach, detachPrep, detachRollback, linkGroup, linkItem, unlinkAny } from './attach.ts';
import { type ConfigfsDirent, direntOf, Fragment } from './dirent.ts';
import { type ConfigfsSubsystem, ConfigGroup, ConfigItem } from './item.ts';

/** Where something is to be made. */
export interface Place {
	readonly kn: KernfsNode;
	readonly name: string;
}

/** Logs what was thrown where nobody can be told. */
export type Oops = (error: unknown, where: string) => void;

/** mkdir(2) and rmdir(2) in a tree whose mistakes go to `oops`. */
export function configfsDirOps(oops: Oops): Required<Pick<KernfsSyscallOps, 'mkdir' | 'rmdir'>> {
	return {
		mkdir: (parent, name, _mode, ctx) => drive(mkdir({ kn: parent, name }, ctx, oops)),
		rmdir: (kn, ctx) => drive(rmdir(kn, ctx, oops)),
	};
}

/** Runs what can refuse nothing: whatever it throws is logged. */
export function* guarded(oops: Oops, where: string, call: () => Awaitable<void>): Steps<void> {
	try {
		yield* step(call());
	} catch (error) {
		oops(error, where);
	}
}

/** configfs_mkdir. EPERM where nothing is made, ENOMEM where that was nothing, ENOENT, EEXIST, and what making it throws. */
function* mkdir({ kn, name }: Place, ctx: Context, oops: Oops): Steps<void> {
	const sd = direntOf(kn);
	const parent = sd.item as ConfigGroup;
	const { type, subsys } = parent;
	if (!sd.isGroup || subsys === undefined || !(type.makeGroup || type.makeItem)) throw new Errno('EPERM');
	const { owner } = subsys;
	if (owner?.tryGet() === false) throw new Errno('EINVAL');
	try {
		const item = yield* step(
			subsys.mutex.run(() => chain(make(parent, name, ctx), made => link(parent, made, subsys))),
		);
		yield* attachNew(kn, name, item, oops);
	} catch (error) {
		owner?.put();
		throw error;
	}
}

function make(parent: ConfigGroup, name: string, ctx: Context): Awaitable<ConfigItem | undefined> {
	const { type } = parent;
	return type.makeGroup ? type.makeGroup(parent, name, ctx) : type.makeItem!(parent, name, ctx);
}

/** Throws TypeError for what can be no item of the group: it is none, or has its place already. */
function link(parent: ConfigGroup, item: ConfigItem | undefined, subsys: ConfigfsSubsystem): ConfigItem {
	if (item === undefined) throw new Errno('ENOMEM');
	const wanted = parent.type.makeGroup ? ConfigGroup : ConfigItem;
	if (!(item instanceof wanted)) throw new TypeError(`what was made in ${parent.name} is no ${wanted.name}`);
	if (item.parent !== undefined) throw new TypeError(`${item.name} is in ${item.parent.name} already`);
	if (item instanceof ConfigGroup) linkGroup(parent, item, subsys);
	else linkItem(parent, item);
	return item;
}

function* attachNew(kn: KernfsNode, name: string, item: ConfigItem, oops: Oops): Steps<void> {
	const { item: group } = direntOf(kn);
	const { subsys } = group as ConfigGroup;
	const { owner } = subsys!;
	const isGroup = group.type.makeGroup !== undefined;
	let held = false;
	try {
		if (owner?.tryGet() === false) throw new Errno('EINVAL');
		held = true;
		attach(kn, name, { item, frag: new Fragment(), owner, isGroup, isDefault: false });
	} catch (error) {
		yield* step(subsys!.mutex.run(() => drive(drop(group as ConfigGroup, item, oops))));
		if (held) owner?.put();
		throw error;
	}
}

/** Takes an item out of its group and gives back the reference that making it was; the subsystem's mutex is held. */
function* drop(group: ConfigGroup, item: ConfigItem, oops: Oops): Steps<void> {
	const { type } = group;
	yield* guarded(oops, 'disconnectNotify', () => type.disconnectNotify?.(group, item));
	yield* guarded(oops, 'release', () => unlinkAny(item));
	yield* guarded(oops, 'dropItem', () => (type.dropItem ? type.dropItem(group, item) : item.put()));
}

/**
 * configfs_rmdir. EPERM for a subsystem and for a group that came with another; EBUSY for what a link leads to or the kernel
 * depends on; ENOTEMPTY; EINTR while an operation of an attribute is under way. What dropping the item throws is logged, and the
 * item is gone all the same.
 */
function* rmdir(kn: KernfsNode, ctx: Context, oops: Oops): Steps<void> {
	const sd = direntOf(kn);
	const group = sd.item.parent;
	if (sd.isDefault || group?.subsys === undefined) throw new Errno('EPERM');
	const { lock } = lockedNode(kn);
	yield* step(lock.lock());
	try {
		yield* prepare(kn, sd, ctx);
		yield* remove(kn, sd, group.subsys, oops);
	} finally {
		lock.unlock();
	}
}

/** The lock of the directory itself, which whoever makes something in it holds as well. */
function lockedNode(kn: KernfsNode): { readonly lock: Mutex } {
	const inode = kernfsGetInode(kn);
	inode.lock ??= new Mutex();
	return { lock: inode.lock };
}

/** Lets nothing new begin in what is to be removed; refused, everything is as before. */
function* prepare(kn: KernfsNode, sd: ConfigfsDirent, ctx: Context): Steps<void> {
	if (sd.dependents > 0) throw new Errno('EBUSY');
	try {
		detachPrep(kn);
		yield* step(sd.frag.kill(ctx));
	} catch (error) {
		detachRollback(kn);
		throw error;
	}
}

function* remove(kn: KernfsNode, { item, owner }: ConfigfsDirent, subsys: ConfigfsSubsystem, oops: Oops): Steps<void> {
	const group = item.parent!;
	yield* step(detach(kn));
	yield* step(subsys.mutex.run(() => drive(drop(group, item, oops))));
	owner?.put();
	owner?.put();
}

/** Above every inode number. */
const FIRST = 2 ** 52;

/** Listing a directory, the newest entry first (configfs_readdir). A position stays that of its entry, whatever others go. */
export const configfsDirFops: FileOperations = {
	llseek: dcacheDirLseek,
	iterate(file, dir) {
		const { attached, ino, parent, listed } = kernfsNode(file.inode);
		if (!attached) throw new Errno('ENOENT');
		if (!dirEmitDots(dir, ino, parent?.ino ?? ino)) return;
		for (let i = firstBelow(listed, dir.pos); i >= 0; i--) {
			const kn = listed[i]!;
			if (!dir.emit(kn.name, kn.ino, direntType(kn.mode))) return;
			dir.pos = FIRST - kn.ino + 1;
		}
	},
};

/** Index of the newest entry whose position is `pos` or behind it; -1 where there is none. */
function firstBelow(listed: readonly KernfsNode[], pos: number): number {
	let low = 0;
	let high = listed.length;
	while (low < high) {
		const middle = (low + high) >> 1;
		if (FIRST - listed[middle]!.ino >= pos) low = middle + 1;
		else high = middle;
	}
	return low - 1;
}
