/**
 * symlink - links from the directory of one object to that of another (fs/sysfs/symlink.c).
 */

import type { Awaitable } from '../../../src/lib/awaitable.ts';
import type { Kobject } from '../../lib/kobject.ts';
import type { KernfsNode } from '../kernfs/dir.ts';
import { sysfsNoDuplicate } from './dir.ts';

/** Makes a link (sysfs_create_link). EEXIST, which is logged; ENOENT once the object was removed. */
export function sysfsCreateLink(kobj: Kobject, target: Kobject, name: string): KernfsNode {
	return sysfsNoDuplicate(kobj.kn, name, () => kobj.kn.createLink(name, target.kn));
}

/** Takes a link away (sysfs_remove_link). Nothing to do where there is none. */
export function sysfsRemoveLink(kobj: Kobject, name: string): Awaitable<void> {
	return kobj.kn.findChild(name)?.remove();
}

/** Gives a link another name (sysfs_rename_link). EEXIST; nothing to do where there is none. */
export function sysfsRenameLink(kobj: Kobject, oldName: string, newName: string): void {
	kobj.kn.findChild(oldName)?.rename(kobj.kn, newName);
}
