/**
 * depend - items that the kernel cannot do without (configfs_depend_item and its kin in fs/configfs/dir.c).
 */

import { Errno } from '../../../src/lib/errno.ts';
import type { ConfigfsSubsystem, ConfigItem } from './item.ts';

/**
 * Keeps an item of a subsystem from being removed, once more (configfs_depend_item). ENOENT where the subsystem is not registered,
 * the item is not in it, or one of the two is being made or removed.
 */
export function dependItem(subsys: ConfigfsSubsystem, target: ConfigItem): void {
	if (!isIn(subsys, target)) throw new Errno('ENOENT');
	target.sd!.dependents++;
}

/** Ends one `dependItem` (configfs_undepend_item). RangeError where there is none. */
export function undependItem(target: ConfigItem): void {
	const { sd } = target;
	if (sd === undefined || sd.dependents < 1) throw new RangeError(`nothing depends on ${target.name}`);
	sd.dependents--;
}

/** Finds an item among what is there and stays, from the subsystem down (configfs_depend_prep). */
function isIn(subsys: ConfigfsSubsystem, target: ConfigItem): boolean {
	for (let item: ConfigItem | undefined = target; item !== undefined; item = item.parent) {
		if (item.sd === undefined || item.sd.dropping || !item.sd.kn.attached) return false;
		if (item === subsys) return true;
	}
	return false;
}
