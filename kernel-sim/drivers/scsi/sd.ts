/**
 * sd - the driver of SCSI disks, and the first of them: sda (drivers/scsi/sd.c).
 *
 * Divergence: a disk has 8 GiB and one partition.
 */

import { RequestQueue } from '../../block/blk_sysfs.ts';
import type { Gendisk, GendiskInit } from '../../block/genhd.ts';
import type { ParamValues } from '../../kernel/moduleparam.ts';
import type { Kernel } from '../../kernel.ts';
import type { Device } from '../base/core.ts';
import { CAN_QUEUE, type scsiParams } from './scsi.ts';

/** Majors of disks, with 16 of 16 minors each (sd_major). */
const SD_MAJORS = [8, 65, 66, 67, 68, 69, 70, 71, 128, 129, 130, 131, 132, 133, 134, 135];
const SD_MINORS = 16;

/** Size of the disk and of what is before its partition, in sectors. */
const CAPACITY = (8 * 2 ** 30) / 512;
const FIRST_SECTOR = 2048;

function sda(): GendiskInit {
	const limits = { maxHwSectors: 65_535, maxSegmentSize: 0xffff_ffff, writeCache: true };
	const features = { rotational: true, add_random: true, iostats: true };
	return {
		...{ name: 'sda', major: SD_MAJORS[0]!, firstMinor: 0, minors: SD_MINORS, capacity: CAPACITY },
		queue: new RequestQueue(limits, features, { depth: CAN_QUEUE }),
		partitions: [{ start: FIRST_SECTOR, size: CAPACITY - FIRST_SECTOR }],
	};
}

/** Registers the driver, and has the host looked through unless `scan` says otherwise (init_sd, scsi_scan_host). */
export function sdInit({ block, scsi, pr }: Kernel, { scan }: ParamValues<typeof scsiParams>): void {
	for (const major of SD_MAJORS) block.registerBlkdev(major, 'sd');
	const disks = new Map<Device, Gendisk>();
	scsi.bus.addDriver({
		name: 'sd',
		probe(dev) {
			disks.set(dev, block.addDisk(sda(), dev));
			dev.power.setAutosuspend(true, -1);
		},
		remove(dev) {
			block.delGendisk(disks.get(dev)!);
			disks.delete(dev);
		},
		pm: {
			runtimeSuspend(dev) {
				const { name, queue } = disks.get(dev)!;
				if (queue.writeCache) pr.notice('sd %s: [%s] Synchronizing SCSI cache\n', dev.name, name);
			},
		},
	});
	if (!/^(none|manual)/.test(scan)) scsi.addSingleDevice(0, 0, 0, 0);
}
