/**
 * brd - the disk in memory, ram0 (drivers/block/brd.c).
 *
 * Divergence: there is one, where Linux has 16.
 */

import { RequestQueue } from '../../block/blk_sysfs.ts';
import type { Kernel } from '../../kernel.ts';

const RAMDISK_MAJOR = 1;
/** Size in KiB (CONFIG_BLK_DEV_RAM_SIZE). */
const RAM_SIZE = 16_384;
const PAGE_SIZE = 4096;
const UINT_MAX = 0xffff_ffff;

/** Makes the disk (brd_init). */
export function brdInit({ block }: Kernel): void {
	block.registerBlkdev(RAMDISK_MAJOR, 'ramdisk');
	const limits = { physicalBlockSize: PAGE_SIZE, maxHwDiscardSectors: UINT_MAX, discardGranularity: PAGE_SIZE };
	block.addDisk({
		...{ name: 'ram0', major: RAMDISK_MAJOR, firstMinor: 0, minors: 1, capacity: RAM_SIZE * 2 },
		queue: new RequestQueue(limits),
	});
}
