/**
 * attach - items and their place in the tree (configfs_attach_group to unlink_group of fs/configfs/dir.c).
 *
 *   link     an item is among the children of its group, and each holds a reference on the other
 *   attach   it has a directory, with its attributes and the groups that come with it
 *
 * Nothing here sleeps, so nobody sees a directory that is half made.
 */

import { type Awaitable, chain, isPromise } from '../../../src/lib/awaitable.ts';
import { Errno } from '../../../src/lib/errno.ts';
import { isDir, isReg, S_IALLUGO, S_IFREG } from '../../../src/uapi/stat.ts';
import type { KernfsNode } from '../kernfs/dir.ts';
import { configfsBinFileNode } from './bin_file.ts';
import { ConfigfsDirent, type DirentInit, direntOf } from './dirent.ts';
import { configfsFileNode } from './file.ts';
import { type ConfigfsSubsystem, ConfigGroup, type ConfigItem } from './item.ts';

/** Puts an item among the children of a group (link_obj). */
export function linkItem(parent: ConfigGroup, item: ConfigItem): void {
	item.parent = parent.get();
	parent.children.add(item.get());
}

/** Puts a group there, and those that come with it into it (link_group). */
export function linkGroup(parent: ConfigGroup, group: ConfigGroup, subsys: ConfigfsSubsystem): void {
	linkItem(parent, group);
	group.subsys = subsys;
	for (const each of group.defaultGroups) linkGroup(group, each, subsys);
}

/** Undoes `linkItem` (unlink_obj). Nothing to do for an item in no group. */
export function unlinkItem(item: ConfigItem): Awaitable<void> {
	const { parent } = item;
	if (parent === undefined) return;
	parent.children.delete(item);
	item.parent = undefined;
	return chain(item.put(), () => parent.put());
}

/** Undoes `linkGroup` (unlink_group). */
export function unlinkGroup(group: ConfigGroup): Awaitable<void> {
	const unlinked = group.defaultGroups.map(unlinkGroup).filter(isPromise);
	group.subsys = undefined;
	return chain(unlinkItem(group), () => (unlinked.length > 0 ? Promise.all(unlinked).then(() => {}) : undefined));
}

/**
 * Gives an item its directory, with all that belongs into it (configfs_attach_group). EEXIST for a name that is taken, ENOENT in
 * a directory that is being removed; what is thrown leaves nothing.
 */
export function attach(parent: KernfsNode, name: string, init: DirentInit): KernfsNode {
	if (direntOf(parent).dropping) throw new Errno('ENOENT');
	const kn = parent.createDir(name, 0o755);
	const sd = new ConfigfsDirent(kn, init);
	kn.priv = sd;
	init.item.sd = sd;
	try {
		populateAttrs(kn, init.item);
		if (init.isGroup) populateGroups(kn, init);
	} catch (error) {
		void detach(kn);
		throw error;
	}
	return kn;
}

function populateAttrs(kn: KernfsNode, item: ConfigItem): void {
	const { type } = item;
	for (const [name, attr] of Object.entries(type.attrs ?? {})) {
		if (type.isVisible?.(item, attr, name) === false) continue;
		const mode = permissions(attr.mode, attr.show, attr.store);
		kn.createNode(name, { ...configfsFileNode, mode, priv: attr });
	}
	for (const [name, attr] of Object.entries(type.binAttrs ?? {})) {
		if (type.isBinVisible?.(item, attr, name) === false) continue;
		const mode = permissions(attr.mode, attr.read, attr.write);
		kn.createNode(name, { ...configfsBinFileNode, mode, priv: attr });
	}
}

/** As the macros set them that declare an attribute. */
function permissions(mode: number | undefined, reads: unknown, writes: unknown): number {
	const usual = (reads ? 0o444 : 0) | (writes ? 0o200 : 0);
	return S_IFREG | ((mode ?? usual) & S_IALLUGO);
}

function populateGroups(kn: KernfsNode, { item, frag, owner }: DirentInit): void {
	for (const group of (item as ConfigGroup).defaultGroups) {
		attach(kn, group.name, { item: group, frag, owner, isGroup: true, isDefault: true });
	}
}

/**
 * Marks a directory and the groups that came with it as being removed (configfs_detach_prep). EBUSY where a link leads to one,
 * ENOTEMPTY where something else is in one; whoever calls then undoes the marks.
 */
export function detachPrep(kn: KernfsNode): void {
	const sd = direntOf(kn);
	sd.dropping = true;
	if (sd.links > 0) throw new Errno('EBUSY');
	for (const child of [...kn.children.values()].reverse()) {
		if (isReg(child.mode)) continue;
		if (!isDir(child.mode) || !direntOf(child).isDefault) throw new Errno('ENOTEMPTY');
		detachPrep(child);
	}
}

/** Undoes the marks of `detachPrep` (configfs_detach_rollback). */
export function detachRollback(kn: KernfsNode): void {
	direntOf(kn).dropping = false;
	for (const child of kn.children.values()) {
		if (isDir(child.mode) && direntOf(child).isDefault) detachRollback(child);
	}
}

/** Takes a directory away with all that is in it; settles once nothing is being made in it any more (configfs_detach_group). */
export function detach(kn: KernfsNode): Awaitable<void> {
	unlinkInodes(kn);
	return kn.remove();
}

/** Of what is gone, who has it open sees that it has no name. */
function unlinkInodes(kn: KernfsNode): void {
	for (const child of kn.children.values()) unlinkInodes(child);
	if (kn.inode !== undefined) kn.inode.nlink = 0;
}

/** Takes an item out of the group that it is in, whichever it is. */
export function unlinkAny(item: ConfigItem): Awaitable<void> {
	return item instanceof ConfigGroup ? unlinkGroup(item) : unlinkItem(item);
}
