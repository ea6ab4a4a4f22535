/**
 * genhd - the disks of the machine.
 *
 * Simulates block/genhd.c. A driver describes a disk and adds it; then it is in /sys/block, with its queue and its partitions, in
 * /sys/class/block, /sys/dev/block, /proc/partitions and /proc/diskstats. A major number belongs to who has registered it, as
 * /proc/devices shows.
 *
 * Divergence: a disk shows what it is and nothing more: it cannot be opened.
 */

import { Errno } from '../../src/lib/errno.ts';
import { MINORMASK, MKDEV } from '../../src/uapi/stat.ts';
import { Class } from '../drivers/base/class.ts';
import type { Device, DeviceType, DriverCore } from '../drivers/base/core.ts';
import { attrRo } from '../fs/sysfs/attr.ts';
import type { Attribute } from '../fs/sysfs/file.ts';
import { sysfsCreateLink, sysfsRemoveLink } from '../fs/sysfs/symlink.ts';
import type { Kernel } from '../kernel.ts';
import { kobjectCreateAndAdd } from '../lib/kobject.ts';
import { BlockDevice, commonAttrs } from './bdev.ts';
import { blkRegisterQueue, type RequestQueue } from './blk_sysfs.ts';
import { addPartition, type Partition } from './partitions/core.ts';

const BLKDEV_MAJOR_MAX = 512;
/** Major of partitions, and of disks, that have no number of their own. */
export const BLOCK_EXT_MAJOR = 259;
/** Partitions that a disk may have, itself included. */
export const DISK_MAX_PARTS = 256;
/** Majors that are given out: from 254 down to 1. */
const BLKDEV_MAJOR_DYN_START = 254;

/** What a disk is made from. */
export interface GendiskInit {
	readonly name: string;
	readonly major: number;
	readonly firstMinor: number;
	/** Numbers that it has for itself and its partitions. */
	readonly minors: number;
	/** In sectors. */
	readonly capacity: number;
	readonly queue: RequestQueue;
	/** Absent: false, as the next. */
	readonly removable?: boolean;
	readonly readOnly?: boolean;
	/** What its partition table says, the first first; one of size 0 is none. Absent: there is no table. */
	readonly partitions?: readonly Partition[];
}

/** A disk (struct gendisk). */
export class Gendisk implements GendiskInit {
	readonly name: string;
	readonly major: number;
	readonly firstMinor: number;
	readonly minors: number;
	readonly capacity: number;
	readonly queue: RequestQueue;
	readonly removable: boolean;
	readonly readOnly: boolean;
	readonly partitions: readonly Partition[];
	/** Number of the disk among all that ever were, from 1 on; no two are the same. */
	readonly diskseq: number;
	/** The whole disk as a device. */
	readonly part0: BlockDevice;
	/** The disk itself under 0, and its partitions by their numbers. */
	readonly partTbl = new Map<number, BlockDevice>();

	/** For `Block.addDisk`. */
	constructor(block: Block, init: GendiskInit, parent: Device | undefined, diskseq: number) {
		this.name = init.name;
		this.major = init.major;
		this.firstMinor = init.firstMinor;
		this.minors = init.minors;
		this.capacity = init.capacity;
		this.queue = init.queue;
		this.removable = init.removable ?? false;
		this.readOnly = init.readOnly ?? false;
		this.partitions = init.partitions ?? [];
		this.diskseq = diskseq;
		this.part0 = new BlockDevice(this, init.name, {
			...{ class: block.class, type: diskType as DeviceType, devt: MKDEV(init.major, init.firstMinor) },
			...{ partno: 0, startSect: 0, nrSectors: init.capacity, ...(parent && { parent }) },
		});
		this.partTbl.set(0, this.part0);
	}
}

const eventsPollMsecs: Attribute<BlockDevice> = {
	mode: 0o644,
	show: () => '-1\n',
	store(_bdev, buf) {
		const interval = /^\s*([+-]?\d+)/.exec(buf)?.[1];
		if (interval === undefined || Number(interval) < -1) throw new Errno('EINVAL');
		throw new Errno('ENODEV');
	},
};

const diskType: DeviceType<BlockDevice> = {
	name: 'disk',
	groups: [
		{
			attrs: {
				...commonAttrs,
				range: attrRo(({ disk }) => disk.minors),
				ext_range: attrRo(() => DISK_MAX_PARTS),
				removable: attrRo(({ disk }) => Number(disk.removable)),
				hidden: attrRo(() => 0),
				capability: attrRo(() => 0),
				events: { mode: 0o444, show: () => '' },
				events_async: { mode: 0o444, show: () => '' },
				events_poll_msecs: eventsPollMsecs,
				diskseq: attrRo(({ disk }) => disk.diskseq),
				partscan: attrRo(() => 1),
			},
			later: true,
		},
	],
};

/** The disks of one kernel, and the major numbers of block devices. */
export class Block {
	readonly core: DriverCore;
	readonly class: Class;
	readonly #kernel: Kernel;
	readonly #majors = new Map<number, string>();
	readonly #disks = new Set<Gendisk>();
	readonly #bdis = new Map<Gendisk, Device>();
	#lastDiskseq = 0;
	#lastExtMinor = -1;

	/** Makes the class (genhd_device_init). */
	constructor(kernel: Kernel) {
		this.#kernel = kernel;
		this.core = kernel.driverCore;
		this.class = new Class(this.core, {
			name: 'block',
			devUevent: (dev, env) => env.add(`DISKSEQ=${(dev as BlockDevice).disk.diskseq}`),
		});
		this.registerBlkdev(BLOCK_EXT_MAJOR, 'blkext');
	}

	/** The disks, in the order in which they were added. */
	get disks(): Iterable<Gendisk> {
		return this.#disks;
	}

	/** Majors that are taken, in rising order. */
	get majors(): readonly (readonly [major: number, name: string])[] {
		return [...this.#majors].sort(([a], [b]) => a - b);
	}

	/**
	 * Takes a major number, one that is free where `major` is 0, and gives it (register_blkdev). EBUSY, and EINVAL for 512 and
	 * above; both are logged.
	 */
	registerBlkdev(major: number, name: string): number {
		const { pr } = this.#kernel;
		const chosen = major === 0 ? this.#freeMajor(name) : major;
		if (chosen >= BLKDEV_MAJOR_MAX) {
			const format = 'register_blkdev: major requested (%u) is greater than the maximum (%u) for %s\n';
			pr.err(format, chosen, BLKDEV_MAJOR_MAX - 1, name);
			throw new Errno('EINVAL');
		}
		if (this.#majors.has(chosen)) {
			pr.warn('register_blkdev: cannot get major %u for %s\n', chosen, name);
			throw new Errno('EBUSY');
		}
		this.#majors.set(chosen, name);
		return chosen;
	}

	/** Gives a major number back (unregister_blkdev). One that is not there under that name is warned of. */
	unregisterBlkdev(major: number, name: string): void {
		if (this.#majors.get(major) === name) this.#majors.delete(major);
		else this.#kernel.warn(`unregister_blkdev: ${name} does not have major ${major}`);
	}

	/**
	 * Makes a disk known, below a device if there is one (device_add_disk); "add" is sent about it and then about its partitions.
	 * EINVAL for minor numbers that there are not, EEXIST where the name is taken.
	 */
	addDisk(init: GendiskInit, parent?: Device): Gendisk {
		const { firstMinor, minors } = init;
		if (minors < 1 || firstMinor + minors > MINORMASK + 1) throw new Errno('EINVAL');
		this.#lastDiskseq += 1;
		const disk = new Gendisk(this, init, parent, this.#lastDiskseq);
		const { part0 } = disk;
		part0.ueventSuppress = true;
		this.core.add(part0);
		sysfsCreateLink(this.core.sysfs.block, part0, part0.name);
		kobjectCreateAndAdd('holders', part0);
		kobjectCreateAndAdd('slaves', part0);
		const bdi = this.#kernel.bdis.register(`${disk.major}:${firstMinor}`, disk.queue.bdi);
		sysfsCreateLink(part0, bdi, 'bdi');
		this.#bdis.set(disk, bdi);
		blkRegisterQueue(disk);
		for (const [i, partition] of disk.partitions.entries()) {
			if (partition.size > 0) addPartition(this, disk, i + 1, partition);
		}
		this.#disks.add(disk);
		part0.ueventSuppress = false;
		for (const bdev of disk.partTbl.values()) bdev.uevent('add');
		return disk;
	}

	/** Takes a disk away, its partitions first (del_gendisk). */
	delGendisk(disk: Gendisk): void {
		if (!this.#disks.delete(disk)) return;
		for (const [partno, bdev] of [...disk.partTbl].reverse()) {
			if (partno === 0) this.#unregisterDisk(disk);
			this.core.unregister(bdev);
		}
	}

	#unregisterDisk(disk: Gendisk): void {
		sysfsRemoveLink(this.core.sysfs.block, disk.name);
		this.#kernel.bdis.unregister(this.#bdis.get(disk)!);
		this.#bdis.delete(disk);
	}

	/** A minor number of major 259 (blk_alloc_ext_minor). */
	allocExtMinor(): number {
		this.#lastExtMinor += 1;
		return this.#lastExtMinor;
	}

	/** A bucket of the kernel's table holds the majors that are the same modulo 255; one in use hides its major here. */
	#freeMajor(name: string): number {
		const buckets = new Set([...this.#majors.keys()].map(major => major % 255));
		for (let major = BLKDEV_MAJOR_DYN_START; major > 0; major--) if (!buckets.has(major)) return major;
		this.#kernel.pr.warn('register_blkdev: failed to get major for %s\n', name);
		throw new Errno('EBUSY');
	}
}
