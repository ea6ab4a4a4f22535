/**
 * sd_disk - a SCSI disk in the class `scsi_disk` (the attributes of drivers/scsi/sd.c).
 *
 *     <device>/scsi_disk/0:0:0:0
 *
 * cache_type, provisioning_mode and max_write_same_blocks change what the queue of the disk may do, manage_runtime_start_stop has the
 * disk stop when it falls asleep.
 *
 * Divergence: the rest is kept and shown, as nobody makes requests.
 */

import { Errno } from '../../../src/lib/errno.ts';
import { kstrtobool, kstrtoint, kstrtouint, kstrtoul, orEinval } from '../../../src/lib/kstrto.ts';
import { sysfsMatchString } from '../../../src/lib/string_helpers.ts';
import { CAP_SYS_ADMIN } from '../../../src/uapi/capability.ts';
import type { RequestQueue } from '../../block/blk_sysfs.ts';
import { attrRo, attrRw } from '../../fs/sysfs/attr.ts';
import type { Attribute } from '../../fs/sysfs/file.ts';
import { Class, type ClassType } from '../base/class.ts';
import { Device, type DriverCore } from '../base/core.ts';
import type { ScsiDevice } from './scsi_sysfs.ts';

const SD_MAX_WS10_BLOCKS = 0xffff;
const SD_MAX_WS16_BLOCKS = 0x7fffff;
const SD_MAX_RETRIES = 5;
const SD_MAX_MEDIUM_TIMEOUTS = 2;
/** Kinds of checksums that a disk may have beside its data, the last. */
const T10_PI_TYPE3_PROTECTION = 3;

/** By two bits: whether reads pass the cache by, and whether writes stay in it. */
const cacheTypes = ['write through', 'none', 'write back', 'write back, no read (daft)'] as const;
const provisioningModes = ['full', 'unmap', 'writesame_16', 'writesame_10', 'writesame_zero', 'disabled'] as const;
const zeroingModes = ['write', 'writesame', 'writesame_16_unmap', 'writesame_10_unmap'] as const;

/** A disk (struct scsi_disk). */
export class ScsiDisk extends Device {
	readonly sdev: ScsiDevice;
	readCacheDisabled = false;
	allowRestart = false;
	manageSystem = false;
	manageRuntime = false;
	manageShutdown = false;
	protectionType = 0;
	provisioningMode: (typeof provisioningModes)[number] = 'full';
	zeroingMode: (typeof zeroingModes)[number] = 'write';
	maxWriteSameBlocks = 0;
	#noWriteSame = true;
	maxMediumAccessTimeouts = SD_MAX_MEDIUM_TIMEOUTS;
	maxRetries = SD_MAX_RETRIES;

	constructor(cls: Class, sdev: ScsiDevice) {
		super(sdev.name, { class: cls, parent: sdev, later: true });
		this.sdev = sdev;
	}

	get queue(): RequestQueue {
		return this.sdev.queue;
	}

	/** True where the disk keeps for a while what is written (WCE). */
	get writeCacheEnabled(): boolean {
		return this.queue.limits.writeCache;
	}

	/** Says how blocks that nobody needs are given back (sd_config_discard). */
	setProvisioningMode(mode: (typeof provisioningModes)[number]): void {
		this.provisioningMode = mode;
		const { queue, maxWriteSameBlocks } = this;
		const { physicalBlockSize } = queue.limits;
		const most = {
			...{ full: 0, disabled: 0, unmap: SD_MAX_WS16_BLOCKS },
			writesame_16: Math.min(maxWriteSameBlocks || SD_MAX_WS16_BLOCKS, SD_MAX_WS16_BLOCKS),
			writesame_10: Math.min(maxWriteSameBlocks || SD_MAX_WS10_BLOCKS, SD_MAX_WS10_BLOCKS),
			writesame_zero: Math.min(maxWriteSameBlocks || SD_MAX_WS10_BLOCKS, SD_MAX_WS10_BLOCKS),
		};
		const maxHwDiscardSectors = most[mode];
		queue.updateLimits({ maxHwDiscardSectors, discardGranularity: maxHwDiscardSectors === 0 ? 0 : physicalBlockSize });
	}

	/**
	 * Says for how many blocks at once the disk takes one, up to SD_MAX_WS16_BLOCKS; 0: it takes none. It is not known to take one
	 * for any number, so that it does so for more than SD_MAX_WS10_BLOCKS, or not at all (sd_config_write_same).
	 */
	setMaxWriteSameBlocks(blocks: bigint): void {
		if (blocks === 0n) this.#noWriteSame = true;
		else if (blocks <= SD_MAX_WS16_BLOCKS) {
			this.#noWriteSame = false;
			this.maxWriteSameBlocks = Number(blocks);
		}
		if (this.#noWriteSame) this.maxWriteSameBlocks = 0;
		else {
			this.#noWriteSame = this.maxWriteSameBlocks <= SD_MAX_WS10_BLOCKS;
			if (this.#noWriteSame) this.maxWriteSameBlocks = 0;
			this.zeroingMode = this.#noWriteSame ? 'write' : 'writesame';
		}
		this.queue.updateLimits({ maxWriteZeroesSectors: this.maxWriteSameBlocks });
	}
}

type DiskAttribute = Attribute<ScsiDisk>;

/** As `attrRw`, and writing needs CAP_SYS_ADMIN: EACCES. */
function administered(
	show: (disk: ScsiDisk) => number | string,
	store: (disk: ScsiDisk, buf: string) => void,
): DiskAttribute {
	return attrRw(show, (disk, buf, { ctx }) => {
		if (!ctx.capable(CAP_SYS_ADMIN)) throw new Errno('EACCES');
		store(disk, buf);
	});
}

type Switch = 'allowRestart' | 'manageSystem' | 'manageRuntime' | 'manageShutdown';

function onOff(name: Switch): DiskAttribute {
	return administered(
		disk => Number(disk[name]),
		(disk, buf) => {
			disk[name] = orEinval(() => kstrtobool(buf));
		},
	);
}

/** One of the words. EINVAL. */
function wordOf<T extends string>(words: readonly T[], buf: string): T {
	const word = sysfsMatchString(words, buf);
	if (word === undefined) throw new Errno('EINVAL');
	return word;
}

const cacheType = attrRw<ScsiDisk>(
	({ readCacheDisabled, writeCacheEnabled }) => cacheTypes[Number(readCacheDisabled) + 2 * Number(writeCacheEnabled)]!,
	(disk, buf) => {
		const type = cacheTypes.indexOf(wordOf(cacheTypes, buf.replace(/^temporary /, '')));
		disk.readCacheDisabled = (type & 1) !== 0;
		disk.queue.updateLimits({ writeCache: (type & 2) !== 0 });
	},
);

const protectionType = administered(
	disk => disk.protectionType,
	(disk, buf) => {
		const type = kstrtouint(buf, 10);
		if (type <= T10_PI_TYPE3_PROTECTION) disk.protectionType = type;
	},
);

const maxMediumAccessTimeouts = administered(
	disk => disk.maxMediumAccessTimeouts,
	(disk, buf) => {
		disk.maxMediumAccessTimeouts = kstrtouint(buf, 10);
	},
);

const maxRetries = attrRw<ScsiDisk>(
	disk => disk.maxRetries,
	(disk, buf) => {
		const retries = kstrtoint(buf, 10);
		if (retries > SD_MAX_RETRIES) {
			const { kernel, logName } = disk.sdev;
			kernel.pr.err('%s: max_retries must be between -1 and %d\n', logName, SD_MAX_RETRIES);
			throw new Errno('EINVAL');
		}
		disk.maxRetries = retries;
	},
);

const attrs: Readonly<Record<string, DiskAttribute>> = {
	...{ cache_type: cacheType, FUA: attrRo(() => 0), allow_restart: onOff('allowRestart') },
	manage_start_stop: attrRo(disk => Number(disk.manageSystem && disk.manageRuntime && disk.manageShutdown)),
	...{ manage_system_start_stop: onOff('manageSystem'), manage_runtime_start_stop: onOff('manageRuntime') },
	...{ manage_shutdown: onOff('manageShutdown'), protection_type: protectionType },
	...{ protection_mode: attrRo(() => 'none'), app_tag_own: attrRo(() => 0) },
	thin_provisioning: attrRo(() => 0),
	provisioning_mode: administered(
		disk => disk.provisioningMode,
		(disk, buf) => disk.setProvisioningMode(wordOf(provisioningModes, buf)),
	),
	zeroing_mode: administered(
		disk => disk.zeroingMode,
		(disk, buf) => {
			disk.zeroingMode = wordOf(zeroingModes, buf);
		},
	),
	max_write_same_blocks: administered(
		disk => disk.maxWriteSameBlocks,
		(disk, buf) => disk.setMaxWriteSameBlocks(kstrtoul(buf, 10)),
	),
	...{
		max_medium_access_timeouts: maxMediumAccessTimeouts,
		zoned_cap: attrRo(() => 'none'),
		max_retries: maxRetries,
	},
};

const diskClassType: ClassType<ScsiDisk> = { name: 'scsi_disk', devGroups: [{ attrs }] };

/** Makes the class (init_sd). */
export function scsiDiskClass(core: DriverCore): Class {
	return new Class(core, diskClassType as ClassType);
}
