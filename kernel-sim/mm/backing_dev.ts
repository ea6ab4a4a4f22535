/**
 * backing_dev - what pages of files are written to, and how much of them may wait for each: /sys/class/bdi (mm/backing-dev.c).
 *
 * Every disk has one, named by its number. read_ahead_kb is that of the disk's queue as well.
 *
 * Divergence: nothing is ever written later, so that no limit is reached; limits in bytes follow the thresholds of the whole
 * machine, as Linux has them.
 */

import { Errno } from '../../src/lib/errno.ts';
import { kstrtouint, kstrtoul, kstrtoull } from '../../src/lib/kstrto.ts';
import { Class } from '../drivers/base/class.ts';
import { Device } from '../drivers/base/core.ts';
import type { Attribute } from '../fs/sysfs/file.ts';
import type { Kernel } from '../kernel.ts';
import { globalDirtyableMemory } from './page_writeback.ts';
import { PAGE_SIZE } from './show_mem.ts';

const KIB_PER_PAGE = BigInt(PAGE_SIZE / 1024);
/** Parts of a percent that a ratio is counted in (BDI_RATIO_SCALE), and all of them. */
const SCALE = 10_000;
const WHOLE = 100 * SCALE;
/** Pages that are read ahead of who reads in order (VM_READAHEAD_PAGES). */
const VM_READAHEAD_PAGES = 32n;

/** A device that is written to (struct backing_dev_info). */
export class BackingDevInfo {
	/** Pages that are read ahead. */
	raPages = VM_READAHEAD_PAGES;
	/** Share of what may wait that it has for itself, and that it has at most, in parts of 1,000,000. */
	minRatio = 0;
	maxRatio = WHOLE;
	strictLimit = false;

	get readAheadKb(): bigint {
		return this.raPages * KIB_PER_PAGE;
	}

	set readAheadKb(kib: bigint) {
		this.raPages = kib / KIB_PER_PAGE;
	}
}

/** One as a device. */
class BdiDevice extends Device {
	readonly bdi: BackingDevInfo;
	readonly bdis: BackingDevs;

	constructor(cls: Class, name: string, bdi: BackingDevInfo, bdis: BackingDevs) {
		super(name, { class: cls, later: true });
		this.bdi = bdi;
		this.bdis = bdis;
	}
}

/** Those of one kernel. */
export class BackingDevs {
	readonly #kernel: Kernel;
	readonly #class: Class;
	/** What all of them have for themselves together. */
	#minRatio = 0;

	/** Makes the class (bdi_class_init). */
	constructor(kernel: Kernel) {
		this.#kernel = kernel;
		this.#class = new Class(kernel.driverCore, { name: 'bdi', devGroups: [{ attrs: bdiAttrs }] });
	}

	/** Makes one known (bdi_register). EEXIST. */
	register(name: string, bdi: BackingDevInfo): Device {
		const dev = new BdiDevice(this.#class, name, bdi, this);
		this.#kernel.driverCore.add(dev);
		return dev;
	}

	/** bdi_unregister. */
	unregister(dev: Device): void {
		if (dev instanceof BdiDevice) this.#minRatio -= dev.bdi.minRatio;
		this.#kernel.driverCore.unregister(dev);
	}

	/** EINVAL for more than its greatest share, or if there would be nothing left for others (__bdi_set_min_ratio). */
	setMinRatio(bdi: BackingDevInfo, ratio: number): void {
		const all = this.#minRatio + ratio - bdi.minRatio;
		if (ratio > WHOLE || ratio > bdi.maxRatio) throw new Errno('EINVAL');
		if (ratio >= bdi.minRatio && all >= WHOLE) throw new Errno('EINVAL');
		this.#minRatio = all;
		bdi.minRatio = ratio;
	}

	/** EINVAL for less than its least share (__bdi_set_max_ratio). */
	setMaxRatio(bdi: BackingDevInfo, ratio: number): void {
		if (ratio > WHOLE || ratio < bdi.minRatio) throw new Errno('EINVAL');
		bdi.maxRatio = ratio;
	}

	/** How many bytes a share is now (bdi_get_bytes). */
	bytesOf(ratio: number): bigint {
		return (BigInt(this.#threshold()) * BigInt(PAGE_SIZE) * BigInt(ratio)) / BigInt(WHOLE);
	}

	/** What share some bytes are. EINVAL for more than can be written to at all (bdi_check_pages_limit, bdi_ratio_from_pages). */
	ratioOf(bytes: bigint): number {
		const pages = bytes / BigInt(PAGE_SIZE);
		if (pages > globalDirtyableMemory(this.#kernel.mm.info())) throw new Errno('EINVAL');
		return Number(BigInt.asUintN(32, (pages * BigInt(WHOLE)) / BigInt(this.#threshold())));
	}

	#threshold(): number {
		const { mm, writeback } = this.#kernel;
		return writeback.thresholds(mm.info()).threshold;
	}
}

/** A share, or something that is made of one. */
function limit(
	which: 'minRatio' | 'maxRatio',
	show: (ratio: number, bdis: BackingDevs) => number | bigint,
	parse: (buf: string, bdis: BackingDevs) => number,
): Attribute<BdiDevice> {
	return {
		mode: 0o644,
		show: ({ bdi, bdis }) => `${show(bdi[which], bdis)}\n`,
		store({ bdi, bdis }, buf) {
			const ratio = parse(buf, bdis);
			if (which === 'minRatio') bdis.setMinRatio(bdi, ratio);
			else bdis.setMaxRatio(bdi, ratio);
		},
	};
}

/** In percent, in parts of one, and in bytes. */
function limits(which: 'minRatio' | 'maxRatio', prefix: string): Readonly<Record<string, Attribute<BdiDevice>>> {
	const scaled = (buf: string) => Number(BigInt.asUintN(32, BigInt(kstrtouint(buf, 10)) * BigInt(SCALE)));
	return {
		[`${prefix}_ratio`]: limit(which, ratio => Math.floor(ratio / SCALE), scaled),
		[`${prefix}_ratio_fine`]: limit(
			which,
			ratio => ratio,
			buf => kstrtouint(buf, 10),
		),
		[`${prefix}_bytes`]: limit(
			which,
			(ratio, bdis) => bdis.bytesOf(ratio),
			(buf, bdis) => bdis.ratioOf(kstrtoull(buf, 10)),
		),
	};
}

const bdiAttrs: Readonly<Record<string, Attribute<BdiDevice>>> = {
	read_ahead_kb: {
		mode: 0o644,
		show: ({ bdi: { readAheadKb } }) => `${BigInt.asIntN(64, readAheadKb)}\n`,
		store({ bdi }, buf) {
			bdi.readAheadKb = kstrtoul(buf, 10);
		},
	},
	...limits('minRatio', 'min'),
	...limits('maxRatio', 'max'),
	stable_pages_required: { mode: 0o444, show: () => '0\n' },
	strict_limit: {
		mode: 0o644,
		show: ({ bdi: { strictLimit } }) => `${Number(strictLimit)}\n`,
		store({ bdi }, buf) {
			const value = kstrtouint(buf, 10);
			if (value > 1) throw new Errno('EINVAL');
			bdi.strictLimit = value === 1;
		},
	},
};
