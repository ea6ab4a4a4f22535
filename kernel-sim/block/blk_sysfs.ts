/**
 * blk_sysfs - how requests to a disk are handled: /sys/block/<disk>/queue.
 *
 * Simulates block/blk-sysfs.c and the part of block/blk-settings.c that decides what may be set. A disk with requests of its own
 * (blk-mq) has a scheduler, a number of requests and a time for each; one without hands on whatever it gets.
 *
 * Divergence: nobody makes requests, so that what is set is remembered and changes nothing else.
 */

import { Errno } from '../../src/lib/errno.ts';
import { kstrtouint, kstrtoull, orEinval } from '../../src/lib/kstrto.ts';
import { attrRo, attrRw, type Value } from '../fs/sysfs/attr.ts';
import type { Attribute } from '../fs/sysfs/file.ts';
import { Kobject, type KobjType } from '../lib/kobject.ts';
import { BackingDevInfo } from '../mm/backing_dev.ts';
import { PAGE_SIZE } from '../mm/show_mem.ts';
import { SECTOR_SIZE } from './bdev.ts';
import type { Gendisk } from './genhd.ts';

const UINT_MAX = 0xffff_ffff;
/** Most sectors of a request unless somebody sets it (BLK_DEF_MAX_SECTORS_CAP). */
const BLK_DEF_MAX_SECTORS_CAP = 2560;
const BLKDEV_MIN_RQ = 4;
/** Most requests that a scheduler may hold (MAX_SCHED_RQ). */
const MAX_SCHED_RQ = 256;
const SCHEDULERS = ['mq-deadline'] as const;
const RQ_TIMEOUT = 30_000;

/** What a disk can do at most, and how it likes it (struct queue_limits). Sizes in bytes unless they are called sectors. */
export interface QueueLimits {
	readonly logicalBlockSize: number;
	readonly physicalBlockSize: number;
	readonly maxHwSectors: number;
	readonly maxSegmentSize: number;
	readonly maxHwDiscardSectors: number;
	readonly discardGranularity: number;
	readonly maxWriteZeroesSectors: number;
	readonly writeCache: boolean;
}

/** Of a disk that said nothing (blk_set_stacking_limits, blk_validate_limits). */
export const defaultLimits: QueueLimits = {
	...{ logicalBlockSize: SECTOR_SIZE, physicalBlockSize: SECTOR_SIZE, maxHwSectors: 255, maxSegmentSize: 65_536 },
	...{ maxHwDiscardSectors: 0, discardGranularity: 0, maxWriteZeroesSectors: 0, writeCache: false },
};

/** Requests of a disk that has its own (struct blk_mq_tag_set). */
export interface TagSet {
	/** How many the hardware takes at once. */
	readonly depth: number;
}

/** What is set of a queue. */
type Features = Record<'rotational' | 'add_random' | 'iostats' | 'stable_writes', boolean>;

/** The queue of a disk (struct request_queue). */
export class RequestQueue {
	limits: QueueLimits;
	/** Undefined for a disk without requests of its own. */
	readonly tagSet: TagSet | undefined;
	readonly features: Features;
	/** What is written to it later. */
	readonly bdi = new BackingDevInfo();
	nomerges = 0;
	rqAffinity = 1;
	timeout = RQ_TIMEOUT;
	writeCacheDisabled = false;
	nrRequests: number;
	/** Of SCHEDULERS; undefined for none. */
	scheduler: string | undefined;
	#maxUserSectors = 0;
	#maxUserDiscardSectors = UINT_MAX;

	constructor(limits: Partial<QueueLimits>, features: Partial<Features> = {}, tagSet?: TagSet) {
		this.limits = { ...defaultLimits, ...limits };
		this.features = { rotational: false, add_random: false, iostats: false, stable_writes: false, ...features };
		this.tagSet = tagSet;
		this.scheduler = tagSet && SCHEDULERS[0];
		this.nrRequests = this.#defaultRequests();
	}

	/** The disk can do something else from now on (queue_limits_commit_update). */
	updateLimits(limits: Partial<QueueLimits>): void {
		this.limits = { ...this.limits, ...limits };
	}

	/** Most sectors of a request. */
	get maxSectors(): number {
		const user = this.#maxUserSectors === 0 ? BLK_DEF_MAX_SECTORS_CAP : this.#maxUserSectors;
		return Math.min(this.limits.maxHwSectors, user);
	}

	/** True where what is written may be kept in the disk for a while (blk_queue_write_cache). */
	get writeCache(): boolean {
		return this.limits.writeCache && !this.writeCacheDisabled;
	}

	/** 0: as the kernel likes it. EINVAL for less than a page. */
	setMaxSectors(sectors: number): void {
		if (sectors !== 0 && sectors < PAGE_SIZE / SECTOR_SIZE) throw new Errno('EINVAL');
		this.#maxUserSectors = sectors;
	}

	get maxDiscardSectors(): number {
		return Math.min(this.limits.maxHwDiscardSectors, this.#maxUserDiscardSectors);
	}

	/** EINVAL for what is no multiple of what the disk can discard; where it can discard nothing, for all but 0. */
	setMaxDiscard(bytes: number): void {
		const { discardGranularity } = this.limits;
		if (bytes !== 0 && (discardGranularity === 0 || bytes % discardGranularity !== 0)) throw new Errno('EINVAL');
		this.#maxUserDiscardSectors = Math.floor(bytes / SECTOR_SIZE);
	}

	/** At least 4 (blk_mq_update_nr_requests). EINVAL for more than the hardware takes, or the scheduler. */
	setNrRequests(wanted: number): void {
		const count = Math.max(wanted, BLKDEV_MIN_RQ);
		const most = this.scheduler === undefined ? this.tagSet!.depth : MAX_SCHED_RQ;
		if (count > most) throw new Errno('EINVAL');
		this.nrRequests = count;
	}

	/** EINVAL for one that there is not. */
	setScheduler(name: string): void {
		if (name !== 'none' && !SCHEDULERS.some(known => known === name)) throw new Errno('EINVAL');
		const scheduler = name === 'none' ? undefined : name;
		if (scheduler === this.scheduler) return;
		this.scheduler = scheduler;
		this.nrRequests = this.#defaultRequests();
	}

	#defaultRequests(): number {
		const depth = this.tagSet?.depth ?? MAX_SCHED_RQ / 2;
		return this.scheduler === undefined ? depth : 2 * Math.min(depth, MAX_SCHED_RQ / 2);
	}
}

/** The directory of a queue. */
class QueueKobject extends Kobject {
	readonly queue: RequestQueue;

	constructor(queue: RequestQueue) {
		super(queueKtype as KobjType);
		this.queue = queue;
	}
}

function readOnly(show: (queue: RequestQueue) => Value): Attribute<QueueKobject> {
	return attrRo(({ queue }) => show(queue));
}

function readWrite(
	show: (queue: RequestQueue) => Value,
	store: (queue: RequestQueue, buf: string) => void,
): Attribute<QueueKobject> {
	return attrRw(
		({ queue }) => show(queue),
		({ queue }, buf) => store(queue, buf),
	);
}

/** A number of up to 32 bits; whatever is none is EINVAL (queue_var_store). */
function number(
	show: (queue: RequestQueue) => number | bigint,
	set: (queue: RequestQueue, value: number) => void,
): Attribute<QueueKobject> {
	return readWrite(show, (queue, buf) => {
		const value = orEinval(() => kstrtoull(buf, 10));
		if (value > UINT_MAX) throw new Errno('EINVAL');
		set(queue, Number(value));
	});
}

/** On or off, by any number (QUEUE_SYSFS_FEATURE). */
function feature(name: keyof Features): Attribute<QueueKobject> {
	return number(
		({ features }) => Number(features[name]),
		({ features }, value) => {
			features[name] = value !== 0;
		},
	);
}

const zero = readOnly(() => 0);

const queueAttrs: Readonly<Record<string, Attribute<QueueKobject>>> = {
	read_ahead_kb: number(
		({ bdi }) => bdi.readAheadKb,
		({ bdi }, value) => {
			bdi.readAheadKb = BigInt(value);
		},
	),
	max_hw_sectors_kb: readOnly(({ limits }) => limits.maxHwSectors >> 1),
	max_sectors_kb: number(
		({ maxSectors }) => maxSectors >> 1,
		(queue, value) => queue.setMaxSectors((value * 2) >>> 0),
	),
	max_segments: readOnly(() => 128),
	max_discard_segments: readOnly(() => 1),
	max_integrity_segments: zero,
	max_segment_size: readOnly(({ limits }) => limits.maxSegmentSize),
	hw_sector_size: readOnly(({ limits }) => limits.logicalBlockSize),
	logical_block_size: readOnly(({ limits }) => limits.logicalBlockSize),
	physical_block_size: readOnly(({ limits }) => limits.physicalBlockSize),
	chunk_sectors: zero,
	minimum_io_size: readOnly(({ limits }) => limits.physicalBlockSize),
	optimal_io_size: zero,
	discard_granularity: readOnly(({ limits }) => limits.discardGranularity),
	discard_max_bytes: number(
		({ maxDiscardSectors }) => maxDiscardSectors * SECTOR_SIZE,
		(queue, value) => queue.setMaxDiscard(value),
	),
	discard_max_hw_bytes: readOnly(({ limits }) => limits.maxHwDiscardSectors * SECTOR_SIZE),
	discard_zeroes_data: zero,
	...{ atomic_write_max_bytes: zero, atomic_write_boundary_bytes: zero },
	...{ atomic_write_unit_max_bytes: zero, atomic_write_unit_min_bytes: zero },
	write_same_max_bytes: zero,
	write_zeroes_max_bytes: readOnly(({ limits }) => limits.maxWriteZeroesSectors * SECTOR_SIZE),
	...{ zone_append_max_bytes: zero, zone_write_granularity: zero, nr_zones: zero },
	zoned: readOnly(() => 'none'),
	rotational: feature('rotational'),
	add_random: feature('add_random'),
	iostats: feature('iostats'),
	stable_writes: feature('stable_writes'),
	nomerges: number(
		({ nomerges }) => nomerges,
		(queue, value) => {
			queue.nomerges = value === 2 ? 2 : Number(value !== 0);
		},
	),
	io_poll: readWrite(
		() => 0,
		() => {
			throw new Errno('EINVAL');
		},
	),
	io_poll_delay: readWrite(
		() => -1,
		() => {},
	),
	write_cache: readWrite(
		({ writeCache }) => (writeCache ? 'write back' : 'write through'),
		(queue, buf) => {
			const wanted = /^(?:(write back)|write through|none)/.exec(buf);
			if (wanted === null) throw new Errno('EINVAL');
			queue.writeCacheDisabled = wanted[1] === undefined;
		},
	),
	...{ fua: zero, dax: zero, virt_boundary_mask: zero },
	dma_alignment: readOnly(() => SECTOR_SIZE - 1),
};

const mqAttrs: Readonly<Record<string, Attribute<QueueKobject>>> = {
	nr_requests: number(
		({ nrRequests }) => nrRequests,
		(queue, value) => queue.setNrRequests(value),
	),
	scheduler: readWrite(
		({ scheduler }) =>
			['none', ...SCHEDULERS].map(name => (name === (scheduler ?? 'none') ? `[${name}] ` : `${name} `)).join(''),
		(queue, buf) => queue.setScheduler(buf.trim()),
	),
	rq_affinity: number(
		({ rqAffinity }) => rqAffinity,
		(queue, value) => {
			if (value <= 2) queue.rqAffinity = value;
		},
	),
	io_timeout: readWrite(
		({ timeout }) => timeout >>> 0,
		(queue, buf) => {
			const value = orEinval(() => kstrtouint(buf, 10));
			if (value === 0) throw new Errno('EINVAL');
			queue.timeout = value;
		},
	),
};

const queueKtype: KobjType<QueueKobject> = {
	later: true,
	groups: [
		{ attrs: queueAttrs },
		{
			attrs: mqAttrs,
			isVisible: ({ queue }, _name, { mode }) => (queue.tagSet === undefined ? 0 : mode),
		},
	],
};

/** Makes the directory of the queue of a disk (blk_register_queue). */
export function blkRegisterQueue({ queue, part0 }: Gendisk): void {
	new QueueKobject(queue).add(part0, 'queue');
}
