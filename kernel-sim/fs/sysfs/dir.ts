/**
 * dir - the directories of objects (fs/sysfs/dir.c).
 */

import { Errno } from '../../../src/lib/errno.ts';
import type { Kobject } from '../../lib/kobject.ts';
import type { KernfsNode } from '../kernfs/dir.ts';

/** Who owns what is made for an object (kobject_get_ownership). */
export function kobjectGetOwnership(kobj: Kobject): { readonly uid: number; readonly gid: number } {
	return kobj.ktype.getOwnership?.(kobj) ?? { uid: 0, gid: 0 };
}

/** Makes the directory of an object in another one (sysfs_create_dir_ns). EEXIST, which is logged; ENOENT. */
export function sysfsCreateDir(kobj: Kobject, parent: KernfsNode): KernfsNode {
	return sysfsNoDuplicate(parent, kobj.name, () => {
		const kn = parent.createDir(kobj.name, 0o755, kobj);
		kn.setattr(kobjectGetOwnership(kobj));
		return kn;
	});
}

/** Gives the directory of an object another name (sysfs_rename_dir_ns). EEXIST. */
export function sysfsRenameDir({ kn }: Kobject, name: string): void {
	kn.rename(kn.parent!, name);
}

/** Moves the directory of an object into that of another (sysfs_move_dir_ns). EEXIST. */
export function sysfsMoveDir({ kn }: Kobject, parent: Kobject): void {
	kn.rename(parent.kn, kn.name);
}

/** Makes a directory to mount something on, which stays empty (sysfs_create_mount_point). EEXIST, which is logged. */
export function sysfsCreateMountPoint(parent: Kobject, name: string): KernfsNode {
	return sysfsNoDuplicate(parent.kn, name, () => parent.kn.createEmptyDir(name));
}

/** Makes something, and tells the log if its name is taken (sysfs_warn_dup). */
export function sysfsNoDuplicate<T>(parent: KernfsNode, name: string, make: () => T): T {
	try {
		return make();
	} catch (error) {
		if (error instanceof Errno && error.code === 'EEXIST') {
			parent.root.kernel.pr.warn("sysfs: cannot create duplicate filename '%s'\n", `${parent.path}/${name}`);
		}
		throw error;
	}
}
