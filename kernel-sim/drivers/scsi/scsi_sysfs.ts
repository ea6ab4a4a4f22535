/**
 * scsi_sysfs - a SCSI device and its attributes (struct scsi_device, drivers/scsi/scsi_sysfs.c).
 *
 *     <target>/0:0:0:0                         the device, on the bus `scsi`, with the attributes
 *     <target>/0:0:0:0/scsi_device/0:0:0:0     the same in the class `scsi_device`
 *
 * `delete` takes the device away, with its disk; `timeout` is that of its queue.
 *
 * Divergence: nobody makes requests, so that none is counted and none takes too long. A `timeout` that is no number is the one of
 * before, where Linux takes what happens to be there.
 */

import { type Awaitable, chain, finallyDo } from '../../../src/lib/awaitable.ts';
import { Errno } from '../../../src/lib/errno.ts';
import { kstrtobool, kstrtouint, orEinval } from '../../../src/lib/kstrto.ts';
import { encodeName } from '../../../src/lib/text.ts';
import { CAP_SYS_ADMIN } from '../../../src/uapi/capability.ts';
import { RequestQueue } from '../../block/blk_sysfs.ts';
import { attrRo } from '../../fs/sysfs/attr.ts';
import { type Attribute, type BinAttribute, sysfsBreakActiveProtection } from '../../fs/sysfs/file.ts';
import { HZ } from '../../kernel/time.ts';
import { Class } from '../base/class.ts';
import { Device, type DeviceType, type DriverCore } from '../base/core.ts';
import { CAN_QUEUE, type ScsiHost } from './hosts.ts';

/** Type of a device that is a disk (TYPE_DISK). */
const TYPE_DISK = 0;
/** Version of the standard that the disk keeps to (SCSI_SPC_3). */
const SCSI_LEVEL = 6;
const MODALIAS = `scsi:t-0x${TYPE_DISK.toString(16).padStart(2, '0')}`;
const MSEC_PER_TICK = 1000 / HZ;
/** The format of what a device answers to INQUIRY, the length of that, and that it takes requests in a queue. */
const INQUIRY_FORMAT = 2;
const INQUIRY_LENGTH = 36;
const INQUIRY_CMDQUE = 2;
const BITS_PER_COUNTER = 32;

/** A device on a SCSI host. */
export class ScsiDevice extends Device {
	readonly host: ScsiHost;
	/** The device in its class. */
	readonly classDevice: Device;
	/** As the device tells of itself, filled with blanks. */
	readonly vendor: string = 'ring3'.padEnd(8);
	readonly model: string = 'virtual disk'.padEnd(16);
	readonly rev: string = '1.0'.padEnd(4);
	state: 'running' | 'offline' = 'running';
	/** Seconds that a recovery waits for an answer. */
	ehTimeout = 10;
	/** Of what is asked of it; its driver gives it one that suits the disk. */
	queue = new RequestQueue({}, {}, { depth: CAN_QUEUE });

	constructor(cls: Class, host: ScsiHost, parent: Device) {
		super('0:0:0:0', { bus: host.bus!, parent, type: scsiDevType as DeviceType });
		this.host = host;
		this.classDevice = new Device(this.name, { class: cls, parent: this, later: true });
	}

	/** As /proc/scsi/scsi has it (proc_print_scsidevice). */
	get description(): string {
		const revision = (SCSI_LEVEL - 1).toString(16).padStart(2, '0');
		return (
			'Host: scsi0 Channel: 00 Id: 00 Lun: 00\n' +
			`  Vendor: ${this.vendor} Model: ${this.model} Rev: ${this.rev}\n` +
			`  Type:   Direct-Access                    ANSI  SCSI revision: ${revision}\n`
		);
	}

	/** What it answers to INQUIRY. */
	get inquiry(): Uint8Array {
		const bytes = new Uint8Array(INQUIRY_LENGTH);
		bytes.set([TYPE_DISK, 0, SCSI_LEVEL - 1, INQUIRY_FORMAT, INQUIRY_LENGTH - 5, 0, 0, INQUIRY_CMDQUE]);
		bytes.set(encodeName(`${this.vendor}${this.model}${this.rev}`), 8);
		return bytes;
	}
}

/**
 * Takes a device away, with its disk, and the target that nothing is left of (scsi_remove_device). Nothing to do for one that has
 * gone meanwhile.
 */
export function scsiRemoveDevice(sdev: ScsiDevice): Awaitable<void> {
	const { driverCore } = sdev.kernel;
	return sdev.host.scanMutex.run(() => {
		if (sdev.dead) return;
		return chain(driverCore.unregister(sdev.classDevice), () =>
			chain(driverCore.unregister(sdev), () => driverCore.unregister(sdev.parentDevice!)),
		);
	});
}

/** Makes the class (scsi_sysfs_register). */
export function scsiDeviceClass(core: DriverCore): Class {
	return new Class(core, { name: 'scsi_device' });
}

/** What reading it is refused with. */
function refused(code: 'EINVAL' | 'ENXIO'): Attribute<ScsiDevice> {
	return {
		mode: 0o444,
		show() {
			throw new Errno(code);
		},
	};
}

/** The driver looks at the disk anew, which is the same. */
const rescan: Attribute<ScsiDevice> = { mode: 0o200, store() {} };

const deleteAttr: Attribute<ScsiDevice> = {
	mode: 0o200,
	store(sdev, _buf, { name }): Awaitable<void> {
		const unbreak = sysfsBreakActiveProtection(sdev, name);
		return finallyDo(() => scsiRemoveDevice(sdev), unbreak);
	},
};

const state: Attribute<ScsiDevice> = {
	...attrRo(sdev => sdev.state),
	mode: 0o644,
	store(sdev, buf) {
		const wanted = (['running', 'offline'] as const).find(name => buf.startsWith(`${name}\n`));
		if (wanted === undefined) throw new Errno('EINVAL');
		sdev.state = wanted;
	},
};

const timeout: Attribute<ScsiDevice> = {
	...attrRo(({ queue }) => Math.floor(queue.timeout / MSEC_PER_TICK / HZ)),
	mode: 0o644,
	store({ queue }, buf) {
		const seconds = /^\s*(-?\d+)/.exec(buf)?.[1];
		if (seconds !== undefined) queue.timeout = Number(BigInt.asUintN(32, BigInt(seconds) * BigInt(HZ))) * MSEC_PER_TICK;
	},
};

const ehTimeout: Attribute<ScsiDevice> = {
	...attrRo(sdev => sdev.ehTimeout),
	mode: 0o644,
	store(sdev, buf, { ctx }) {
		if (!ctx.capable(CAP_SYS_ADMIN)) throw new Errno('EACCES');
		sdev.ehTimeout = kstrtouint(buf, 10);
	},
};

const queueType: Attribute<ScsiDevice> = {
	...attrRo(() => 'simple'),
	mode: 0o644,
	store({ kernel, logName }) {
		kernel.pr.info('%s: ignoring write to deprecated queue_type attribute\n', logName);
	},
};

/** Nobody handles how the device is reached: there is one way alone. */
const dhState: Attribute<ScsiDevice> = {
	...attrRo(() => 'detached'),
	mode: 0o644,
	store() {
		throw new Errno('EINVAL');
	},
};

const cdlEnable: Attribute<ScsiDevice> = {
	...attrRo(() => 0),
	mode: 0o644,
	store(_sdev, buf) {
		orEinval(() => kstrtobool(buf));
		throw new Errno('EOPNOTSUPP');
	},
};

const inquiry: BinAttribute<ScsiDevice> = {
	mode: 0o444,
	read: (sdev, count, pos) => sdev.inquiry.subarray(pos, pos + count),
};

const zero = attrRo(() => 0);
const none = attrRo(() => '0x0');

const scsiDevType: DeviceType<ScsiDevice> = {
	name: 'scsi_device',
	groups: [
		{
			attrs: {
				device_blocked: zero,
				type: attrRo(() => TYPE_DISK),
				scsi_level: attrRo(() => SCSI_LEVEL),
				device_busy: zero,
				vendor: attrRo(({ vendor }) => vendor),
				model: attrRo(({ model }) => model),
				rev: attrRo(({ rev }) => rev),
				...{ rescan, delete: deleteAttr, state, timeout, eh_timeout: ehTimeout },
				iocounterbits: attrRo(() => BITS_PER_COUNTER),
				...{ iorequest_cnt: none, iodone_cnt: none, ioerr_cnt: none, iotmo_cnt: none },
				modalias: attrRo(() => MODALIAS),
				queue_depth: attrRo(() => CAN_QUEUE),
				queue_type: queueType,
				wwid: refused('ENXIO'),
				blacklist: { mode: 0o444, show: () => '' },
				...{ dh_state: dhState, access_state: refused('EINVAL'), preferred_path: refused('EINVAL') },
				...{ cdl_supported: zero, cdl_enable: cdlEnable },
				...{ evt_media_change: zero, evt_inquiry_change_reported: zero, evt_capacity_change_reported: zero },
				...{ evt_soft_threshold_reached: zero, evt_mode_parameter_change_reported: zero },
				evt_lun_change_reported: zero,
			},
			binAttrs: { inquiry },
			later: true,
		},
	],
	uevent: (_sdev, env) => env.add(`MODALIAS=${MODALIAS}`),
};
