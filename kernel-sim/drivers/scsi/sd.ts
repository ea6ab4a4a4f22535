/**
 * sd - the driver of SCSI disks, and the first of them: sda (drivers/scsi/sd.c).
 *
 * The disk is a device of the class `block`, and of the class `scsi_disk`, which sd_disk.ts has.
 *
 * Divergence: a disk has 8 GiB and one partition. That it starts is said once, where Linux says it twice.
 */

import { chain } from '../../../src/lib/awaitable.ts';
import { RequestQueue } from '../../block/blk_sysfs.ts';
import type { Gendisk, GendiskInit } from '../../block/genhd.ts';
import type { ParamValues } from '../../kernel/moduleparam.ts';
import type { Kernel } from '../../kernel.ts';
import type { Device } from '../base/core.ts';
import { CAN_QUEUE } from './hosts.ts';
import type { scsiParams } from './scsi.ts';
import type { ScsiDevice } from './scsi_sysfs.ts';
import { ScsiDisk, scsiDiskClass } from './sd_disk.ts';

/** Majors of disks, with 16 of 16 minors each (sd_major). */
const SD_MAJORS = [8, 65, 66, 67, 68, 69, 70, 71, 128, 129, 130, 131, 132, 133, 134, 135];
const SD_MINORS = 16;

/** Size of the disk and of what is before its partition, in sectors. */
const CAPACITY = (8 * 2 ** 30) / 512;
const FIRST_SECTOR = 2048;

function sda(queue: RequestQueue): GendiskInit {
	return {
		...{ name: 'sda', major: SD_MAJORS[0]!, firstMinor: 0, minors: SD_MINORS, capacity: CAPACITY, queue },
		partitions: [{ start: FIRST_SECTOR, size: CAPACITY - FIRST_SECTOR }],
	};
}

/** A queue that suits the disk, with the timeout that the device has. */
function sdQueue({ timeout }: RequestQueue): RequestQueue {
	const limits = { maxHwSectors: 65_535, maxSegmentSize: 0xffff_ffff, writeCache: true };
	const features = { rotational: true, add_random: true, iostats: true };
	const queue = new RequestQueue(limits, features, { depth: CAN_QUEUE });
	queue.timeout = timeout;
	return queue;
}

/** A disk, in both of its classes. */
interface Bound {
	readonly disk: ScsiDisk;
	readonly gendisk: Gendisk;
}

/** Registers the driver, and has the host looked through unless `scan` says otherwise (init_sd, scsi_scan_host). */
export function sdInit({ block, scsi, driverCore, pr }: Kernel, { scan }: ParamValues<typeof scsiParams>): void {
	for (const major of SD_MAJORS) block.registerBlkdev(major, 'sd');
	const cls = scsiDiskClass(driverCore);
	const disks = new Map<Device, Bound>();
	const say = (dev: Device, text: string) =>
		pr.notice('sd %s: [%s] %s\n', dev.name, disks.get(dev)!.gendisk.name, text);
	const stop = (dev: Device, { disk }: Bound, down: boolean) => {
		if (disk.writeCacheEnabled) say(dev, 'Synchronizing SCSI cache');
		if (down) say(dev, 'Stopping disk');
	};
	scsi.bus.addDriver({
		name: 'sd',
		probe(dev) {
			const sdev = dev as ScsiDevice;
			sdev.queue = sdQueue(sdev.queue);
			const disk = new ScsiDisk(cls, sdev);
			driverCore.add(disk);
			disks.set(dev, { disk, gendisk: block.addDisk(sda(sdev.queue), dev) });
			dev.power.setAutosuspend(true, -1);
		},
		remove(dev) {
			const bound = disks.get(dev)!;
			const { disk, gendisk } = bound;
			dev.power.get();
			return chain(driverCore.unregister(disk), () => {
				block.delGendisk(gendisk);
				stop(dev, bound, disk.manageSystem || disk.manageRuntime);
				disks.delete(dev);
				dev.power.put();
			});
		},
		pm: {
			runtimeSuspend(dev) {
				const bound = disks.get(dev);
				if (bound !== undefined) stop(dev, bound, bound.disk.manageRuntime);
			},
			runtimeResume(dev) {
				if (disks.get(dev)?.disk.manageRuntime) say(dev, 'Starting disk');
			},
		},
	});
	if (!/^(none|manual)/.test(scan)) scsi.addSingleDevice(0, 0, 0, 0);
}
