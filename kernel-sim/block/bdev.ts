/**
 * bdev - whole disks and their partitions, as devices of the class block (block/bdev.c, struct block_device).
 *
 * Divergence: nothing can be read from a disk or written to it, so that there is nothing to count either.
 */

import { Device, type DeviceInit } from '../drivers/base/core.ts';
import { attrRo } from '../fs/sysfs/attr.ts';
import type { Attribute } from '../fs/sysfs/file.ts';
import type { Gendisk } from './genhd.ts';

/** Bytes of a sector, which is what sizes are counted in (SECTOR_SIZE). */
export const SECTOR_SIZE = 512;

/** What a disk or partition is made from, besides what it is as a device. */
export interface BlockDeviceInit extends DeviceInit {
	/** 0 for the whole disk. */
	readonly partno: number;
	/** First sector on the disk. */
	readonly startSect: number;
	readonly nrSectors: number;
}

/** A disk or a partition of one. */
export class BlockDevice extends Device {
	readonly disk: Gendisk;
	readonly partno: number;
	readonly startSect: number;
	readonly nrSectors: number;

	constructor(disk: Gendisk, name: string, init: BlockDeviceInit) {
		super(name, init);
		this.disk = disk;
		this.partno = init.partno;
		this.startSect = init.startSect;
		this.nrSectors = init.nrSectors;
	}
}

/** Numbers of a line of `stat` and of /proc/diskstats: reads, writes, what is under way, discards, flushes. */
export const STAT_FIELDS = 17;

/** What disks and partitions have in common. */
export const commonAttrs: Readonly<Record<string, Attribute<BlockDevice>>> = {
	ro: attrRo(({ disk }) => Number(disk.readOnly)),
	size: attrRo(({ nrSectors }) => nrSectors),
	alignment_offset: attrRo(() => 0),
	discard_alignment: attrRo(() => 0),
	stat: attrRo(() => Array(STAT_FIELDS).fill('0'.padStart(8)).join(' ')),
	inflight: attrRo(() => `${'0'.padStart(8)} ${'0'.padStart(8)}`),
};
