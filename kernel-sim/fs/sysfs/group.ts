/**
 * group - attributes that come and go together (fs/sysfs/group.c).
 */

import { type Awaitable, isPromise } from '../../../src/lib/awaitable.ts';
import { Errno } from '../../../src/lib/errno.ts';
import type { Kobject } from '../../lib/kobject.ts';
import type { KernfsNode } from '../kernfs/dir.ts';
import { sysfsNoDuplicate } from './dir.ts';
import { type Attribute, type BinAttribute, sysfsAddBinFile, sysfsAddFile } from './file.ts';

/** Bits that the mode of an attribute may have. */
const MODE_BITS = 0o664;

/** Attributes, under the names of their files (struct attribute_group). */
export interface AttributeGroup<T = Kobject, A extends Attribute<T> = Attribute<T>> {
	/** The directory for them. Absent: that of the object. */
	readonly name?: string;
	readonly attrs?: Readonly<Record<string, A>>;
	readonly binAttrs?: Readonly<Record<string, BinAttribute<T>>>;
	/**
	 * True: its files are made when somebody first looks for one of them, or into the directory, as it is certain that they can be.
	 * An object has one such group without a name.
	 */
	readonly later?: boolean;
	/** The mode that a file has for an object; 0: it has no such file. Absent: the attribute's own. */
	isVisible?(obj: T, name: string, attr: Attribute<T> | BinAttribute<T>): number;
}

/** Adds a group to an object (sysfs_create_group). EEXIST, which leaves nothing behind; ENOENT once the object was removed. */
export function sysfsCreateGroup<T extends Kobject>(kobj: T, group: AttributeGroup<T>): void {
	if (group.attrs === undefined && group.binAttrs === undefined) return;
	const { name, attrs = {}, binAttrs = {} } = group;
	if (name === undefined) {
		const makes = (file: string) => Object.hasOwn(attrs, file) || Object.hasOwn(binAttrs, file);
		if (group.later) kobj.kn.fillLater(() => createFiles(kobj.kn, kobj, group), 0, makes);
		else createFiles(kobj.kn, kobj, group);
		return;
	}
	const dir = sysfsNoDuplicate(kobj.kn, name, () => kobj.kn.createDir(name, 0o755, kobj));
	if (group.later) {
		dir.fillLater(() => createFiles(dir, kobj, group));
		return;
	}
	try {
		createFiles(dir, kobj, group);
	} catch (error) {
		dir.remove();
		throw error;
	}
}

/** Adds several; where one is refused, those before it are taken away again (sysfs_create_groups). */
export function sysfsCreateGroups<T extends Kobject>(kobj: T, groups: readonly AttributeGroup<T>[]): void {
	const done: AttributeGroup<T>[] = [];
	try {
		for (const group of groups) {
			sysfsCreateGroup(kobj, group);
			done.unshift(group);
		}
	} catch (error) {
		for (const group of done) sysfsRemoveGroup(kobj, group);
		throw error;
	}
}

/** Asks again which files there are to be, and with which modes (sysfs_update_group). Files that are open become ENODEV. */
export function sysfsUpdateGroup<T extends Kobject>(kobj: T, group: AttributeGroup<T>): void {
	const { name } = group;
	const dir = name === undefined ? kobj.kn : kobj.kn.findChild(name);
	if (dir === undefined) {
		sysfsCreateGroup(kobj, group);
		return;
	}
	removeFiles(dir, group);
	createFiles(dir, kobj, group);
}

/** Adds attributes to the directory of a group that is there (sysfs_merge_group). ENOENT where it is not, EEXIST. */
export function sysfsMergeGroup<T extends Kobject>(kobj: T, group: AttributeGroup<T>): void {
	const dir = kobj.kn.findChild(group.name ?? '');
	if (dir === undefined) throw new Errno('ENOENT');
	createFiles(dir, kobj, group);
}

/** Takes what was merged away again (sysfs_unmerge_group). */
export function sysfsUnmergeGroup<T extends Kobject>(kobj: T, group: AttributeGroup<T>): Awaitable<void> {
	const dir = kobj.kn.findChild(group.name ?? '');
	return dir && removeFiles(dir, group);
}

/** Takes a group away (sysfs_remove_group). Settles once none of its operations runs any more. */
export function sysfsRemoveGroup<T extends Kobject>(kobj: T, group: AttributeGroup<T>): Awaitable<void> {
	if (group.name !== undefined) return kobj.kn.findChild(group.name)?.remove();
	return removeFiles(kobj.kn, group);
}

/** Takes several away (sysfs_remove_groups). */
export function sysfsRemoveGroups<T extends Kobject>(kobj: T, groups: readonly AttributeGroup<T>[]): Awaitable<void> {
	return all(groups.map(group => sysfsRemoveGroup(kobj, group)));
}

/** Where one is refused, those before it are taken away again. */
function createFiles<T extends Kobject>(dir: KernfsNode, kobj: T, group: AttributeGroup<T>): void {
	const { attrs = {}, binAttrs = {} } = group;
	const made: KernfsNode[] = [];
	try {
		for (const [name, attr] of Object.entries(attrs)) {
			const mode = modeOf(kobj, group, name, attr);
			if (mode !== undefined) made.push(sysfsAddFile(dir, name, attr as Attribute, mode));
		}
		for (const [name, attr] of Object.entries(binAttrs)) {
			const mode = modeOf(kobj, group, name, attr);
			if (mode !== undefined) made.push(sysfsAddBinFile(dir, name, attr as BinAttribute, mode));
		}
	} catch (error) {
		for (const kn of made) kn.remove();
		throw error;
	}
}

/** Undefined for a file that is not to be there. */
function modeOf<T extends Kobject>(
	kobj: T,
	group: AttributeGroup<T>,
	name: string,
	attr: Attribute<T> | BinAttribute<T>,
): number | undefined {
	const mode = group.isVisible === undefined ? attr.mode : group.isVisible(kobj, name, attr);
	if (mode === 0 && group.isVisible !== undefined) return undefined;
	if ((mode & ~MODE_BITS) !== 0) kobj.kernel.warn(`Attribute ${name}: Invalid permissions 0${mode.toString(8)}`);
	return mode & MODE_BITS;
}

function removeFiles<T>(dir: KernfsNode, { attrs = {}, binAttrs = {} }: AttributeGroup<T>): Awaitable<void> {
	const names = [...Object.keys(attrs), ...Object.keys(binAttrs)];
	return all(names.map(name => dir.findChild(name)?.remove()));
}

function all(results: readonly Awaitable<void>[]): Awaitable<void> {
	const waiting = results.filter(isPromise);
	return waiting.length === 0 ? undefined : Promise.all(waiting).then(() => {});
}
