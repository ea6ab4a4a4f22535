/**
 * genhd - /proc/partitions and /proc/diskstats: the disks (block/genhd.c).
 *
 * Divergence: there is none, and so there is nothing in them; Linux has no heading then either.
 */

import type { Kernel } from '../../kernel.ts';
import type { Proc } from './proc_fs.ts';

/** Makes /proc/partitions and /proc/diskstats. */
export function procGenhdInit(_kernel: Kernel, proc: Proc): void {
	for (const name of ['partitions', 'diskstats']) proc.createSingle(name, 0, () => {});
}
