/**
 * core - the partitions of a disk (block/partitions/core.c).
 *
 * The first ones have the minor numbers behind that of the disk, as many as it was given; others have numbers of major 259.
 */

import { Errno } from '../../../src/lib/errno.ts';
import { MKDEV } from '../../../src/uapi/stat.ts';
import type { DeviceType } from '../../drivers/base/core.ts';
import { attrRo } from '../../fs/sysfs/attr.ts';
import { kobjectCreateAndAdd } from '../../lib/kobject.ts';
import { BlockDevice, commonAttrs } from '../bdev.ts';
import { BLOCK_EXT_MAJOR, type Block, DISK_MAX_PARTS, type Gendisk } from '../genhd.ts';

/** Where a partition lies, in sectors. */
export interface Partition {
	readonly start: number;
	readonly size: number;
}

const partType: DeviceType<BlockDevice> = {
	name: 'partition',
	groups: [
		{
			attrs: {
				...commonAttrs,
				partition: attrRo(({ partno }) => partno),
				start: attrRo(({ startSect }) => startSect),
			},
		},
	],
	uevent: ({ partno }, env) => env.add(`PARTN=${partno}`),
};

/**
 * Adds a partition to a disk that is there (add_partition). EINVAL for a number that none can have, EBUSY where it is taken. No
 * event is sent.
 */
export function addPartition(block: Block, disk: Gendisk, partno: number, { start, size }: Partition): BlockDevice {
	if (partno < 1 || partno >= DISK_MAX_PARTS) throw new Errno('EINVAL');
	if (disk.partTbl.has(partno)) throw new Errno('EBUSY');
	const { name, minors, major, firstMinor, part0 } = disk;
	const devt = partno < minors ? MKDEV(major, firstMinor + partno) : MKDEV(BLOCK_EXT_MAJOR, block.allocExtMinor());
	const part = new BlockDevice(disk, /\d$/.test(name) ? `${name}p${partno}` : `${name}${partno}`, {
		...{ parent: part0, class: block.class, type: partType as DeviceType, devt },
		...{ partno, startSect: start, nrSectors: size },
	});
	part.ueventSuppress = true;
	block.core.add(part);
	kobjectCreateAndAdd('holders', part);
	part.ueventSuppress = false;
	disk.partTbl.set(partno, part);
	return part;
}
