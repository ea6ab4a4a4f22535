/**
 * brd - disks in memory: ram0 and those that follow it (drivers/block/brd.c).
 *
 * The command line of the kernel says how many there are and how large each is: `brd.rd_nr=4 brd.rd_size=65536`.
 */

import { RequestQueue } from '../../block/blk_sysfs.ts';
import { DISK_MAX_PARTS } from '../../block/genhd.ts';
import { type ParamValues, param } from '../../kernel/moduleparam.ts';
import type { Kernel } from '../../kernel.ts';

const RAMDISK_MAJOR = 1;
/** Disks, and size of each in KiB (CONFIG_BLK_DEV_RAM_COUNT, CONFIG_BLK_DEV_RAM_SIZE). */
const RAM_COUNT = 1;
const RAM_SIZE = 16_384n;
const PAGE_SIZE = 4096;
const UINT_MAX = 0xffff_ffff;

/** Its parameters. */
export const brdParams = {
	rd_nr: param.int(RAM_COUNT, 0o444, 'Maximum number of brd devices'),
	rd_size: param.ulong(RAM_SIZE, 0o444, 'Size of each RAM disk in kbytes.'),
	max_part: param.int(1, 0o444, 'Num Minors to reserve between devices'),
} as const;

/** The values of its parameters, which it mends. */
export type BrdParams = { -readonly [K in keyof typeof brdParams]: ParamValues<typeof brdParams>[K] };

/** A power of two from 1 on that disks and their partitions have numbers for (brd_check_and_reset_par). */
function checkMaxPart(params: BrdParams, { pr }: Kernel): void {
	if (params.max_part === 0) params.max_part = 1;
	if ((params.max_part & (params.max_part - 1)) !== 0) params.max_part = 2 ** (32 - Math.clz32(params.max_part));
	if (params.max_part <= DISK_MAX_PARTS) return;
	params.max_part = DISK_MAX_PARTS;
	pr.info("brd: max_part can't be larger than %d, reset max_part = %d.\n", DISK_MAX_PARTS, DISK_MAX_PARTS);
}

/** Makes the disks (brd_init). */
export function brdInit(kernel: Kernel, params: BrdParams): void {
	const { block } = kernel;
	block.registerBlkdev(RAMDISK_MAJOR, 'ramdisk');
	checkMaxPart(params, kernel);
	const { rd_nr, rd_size, max_part } = params;
	const limits = { physicalBlockSize: PAGE_SIZE, maxHwDiscardSectors: UINT_MAX, discardGranularity: PAGE_SIZE };
	for (let i = 0; i < rd_nr; i++) {
		block.addDisk({
			...{ name: `ram${i}`, major: RAMDISK_MAJOR, firstMinor: i * max_part, minors: max_part },
			capacity: Number(rd_size) * 2,
			queue: new RequestQueue(limits),
		});
	}
}
