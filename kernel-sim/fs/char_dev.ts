/**
 * char_dev - which character device numbers are taken, by whom, and whose driver an open reaches (fs/char_dev.c).
 *
 * A number that is taken need have no driver: opening such a node is ENXIO, as of a number that nobody has.
 *
 * Divergence: a node in a file system that is mounted `nodev` can be opened by a task of this process; in Linux that is EACCES.
 */

import type { Context, File, FileOperations, Inode } from '../../src/boundary/vfs.ts';
import { type Awaitable, isPromise } from '../../src/lib/awaitable.ts';
import { Errno, type ErrnoName } from '../../src/lib/errno.ts';
import { MAJOR, MINOR, MINORMASK, MKDEV } from '../../src/uapi/stat.ts';
import type { Module } from '../kernel/module.ts';
import type { Pr } from '../kernel/printk.ts';

const CHRDEV_MAJOR_MAX = 512;
/** Major numbers that are given out: from 254 down to 234, then from 511 down to 384. */
const CHRDEV_MAJOR_DYN_START = 254;
const CHRDEV_MAJOR_DYN_END = 234;
const CHRDEV_MAJOR_DYN_EXT_START = 511;
const CHRDEV_MAJOR_DYN_EXT_END = 384;

/** A range of minor numbers of one major (struct char_device_struct). */
export interface CharDevice {
	readonly major: number;
	readonly baseminor: number;
	readonly minorct: number;
	readonly name: string;
}

/** The driver of some numbers (struct cdev). */
interface Cdev {
	readonly from: number;
	readonly count: number;
	readonly ops: FileOperations;
	readonly module: Module | undefined;
}

/** The character device numbers of one kernel. */
export class CharDevices implements Iterable<CharDevice> {
	readonly #pr: Pr;
	/** By major, then by minor. */
	#regions: readonly CharDevice[] = [];
	#cdevs: readonly Cdev[] = [];
	/** What every inode of a character device has (def_chr_fops): opening it puts the driver's in their place. */
	readonly defChrFops: FileOperations = { open: (inode, file, ctx) => this.#open(inode, file, ctx) };

	constructor(pr: Pr) {
		this.#pr = pr;
	}

	/** In the order of /proc/devices. */
	[Symbol.iterator](): Iterator<CharDevice> {
		return this.#regions[Symbol.iterator]();
	}

	/**
	 * Takes `count` numbers from the device number `from` on (register_chrdev_region). EBUSY where one is taken, EINVAL for
	 * a major of 512 or more; none is taken then.
	 */
	registerRegion(from: number, count: number, name: string): void {
		const before = this.#regions;
		try {
			for (const [major, baseminor, minorct] of splitByMajor(from, count)) {
				this.#register(major, baseminor, minorct, name);
			}
		} catch (error) {
			this.#regions = before;
			throw error;
		}
	}

	/** Takes `count` minors of a major that is free, and gives the first device number (alloc_chrdev_region). EBUSY. */
	allocRegion(baseminor: number, count: number, name: string): number {
		return MKDEV(this.#register(0, baseminor, count, name).major, baseminor);
	}

	/** Gives numbers back, as they were taken (unregister_chrdev_region). Numbers that were not taken are left alone. */
	unregisterRegion(from: number, count: number): void {
		for (const [major, baseminor, minorct] of splitByMajor(from, count)) {
			this.#regions = this.#regions.filter(region => {
				return region.major !== major || region.baseminor !== baseminor || region.minorct !== minorct;
			});
		}
	}

	/**
	 * Has `ops` serve `count` numbers from `from` on, until the returned function is called (cdev_add, cdev_del). `module` stays as
	 * long as any of its files is open. Files that are open keep the driver.
	 */
	cdevAdd(from: number, count: number, ops: FileOperations, module?: Module): () => void {
		const cdev: Cdev = { from, count, ops, module };
		this.#cdevs = [...this.#cdevs, cdev];
		return () => {
			this.#cdevs = this.#cdevs.filter(other => other !== cdev);
		};
	}

	/** chrdev_open. */
	#open(inode: Inode, file: File, ctx: Context): Awaitable<void> {
		const { rdev } = inode;
		const cdev = this.#cdevs.find(({ from, count }) => rdev >= from && rdev < from + count);
		if (cdev === undefined) throw new Errno('ENXIO');
		return openDriver(cdev.ops, cdev.module, 'ENXIO', inode, file, ctx);
	}

	#register(major: number, baseminor: number, minorct: number, name: string): CharDevice {
		if (major >= CHRDEV_MAJOR_MAX) {
			const format = 'CHRDEV "%s" major requested (%u) is greater than the maximum (%u)\n';
			this.#pr.err(format, name, major, CHRDEV_MAJOR_MAX - 1);
			throw new Errno('EINVAL');
		}
		if (minorct > MINORMASK + 1 - baseminor) {
			const range = 'minor range requested (%u-%u) is out of range of maximum range (%u-%u) for a single major\n';
			this.#pr.err(`CHRDEV "%s" ${range}`, name, baseminor, baseminor + minorct - 1, 0, MINORMASK);
			throw new Errno('EINVAL');
		}
		const region = { major: major === 0 ? this.#findDynamicMajor(name) : major, baseminor, minorct, name };
		if (this.#regions.some(other => overlap(other, region))) throw new Errno('EBUSY');
		this.#regions = [...this.#regions, region].sort((a, b) => a.major - b.major || a.baseminor - b.baseminor);
		return region;
	}

	/** A bucket of the kernel's table holds the majors that are the same modulo 255; one in use hides its major here. */
	#findDynamicMajor(name: string): number {
		const buckets = new Set(this.#regions.map(({ major }) => major % 255));
		for (let major = CHRDEV_MAJOR_DYN_START; major >= CHRDEV_MAJOR_DYN_END; major--) {
			if (!buckets.has(major)) return major;
		}
		for (let major = CHRDEV_MAJOR_DYN_EXT_START; major >= CHRDEV_MAJOR_DYN_EXT_END; major--) {
			if (!this.#regions.some(region => region.major === major)) return major;
		}
		this.#pr.err('CHRDEV "%s" dynamic allocation region is full\n', name);
		throw new Errno('EBUSY');
	}
}

/**
 * Opens a file by a driver's operations, which are its own from then on (replace_fops). `module` stays until it is closed; where that
 * is going, throws `gone`.
 */
export function openDriver(
	ops: FileOperations,
	module: Module | undefined,
	gone: ErrnoName,
	inode: Inode,
	file: File,
	ctx: Context,
): Awaitable<void> {
	if (module?.tryGet() === false) throw new Errno(gone);
	file.op = module === undefined ? ops : holding(ops, module);
	const refused = (error: unknown): never => {
		module?.put();
		throw error;
	};
	try {
		const opened = ops.open?.(inode, file, ctx);
		return isPromise(opened) ? opened.catch(refused) : opened;
	} catch (error) {
		return refused(error);
	}
}

/** The same operations, with a release that gives the module's reference back. */
function holding(ops: FileOperations, module: Module): FileOperations {
	return {
		...ops,
		release(inode, file) {
			try {
				ops.release?.(inode, file);
			} finally {
				module.put();
			}
		},
	};
}

/** The parts of a range of device numbers that have one major each. */
function splitByMajor(from: number, count: number): readonly (readonly [number, number, number])[] {
	const parts: [number, number, number][] = [];
	const to = from + count;
	for (let n = from; n < to; ) {
		const next = Math.min(to, MKDEV(MAJOR(n) + 1, 0));
		parts.push([MAJOR(n), MINOR(n), next - n]);
		n = next;
	}
	return parts;
}

function overlap(a: CharDevice, b: CharDevice): boolean {
	return a.major === b.major && a.baseminor < b.baseminor + b.minorct && b.baseminor < a.baseminor + a.minorct;
}
