/**
 * scsi - a SCSI host with one disk (drivers/scsi/scsi_scan.c, drivers/scsi/scsi_sysfs.c).
 *
 *     /sys/devices/platform/ring3_scsi/host0/target0:0:0/0:0:0:0
 *
 * The disk can be removed and found again, by /proc/scsi/scsi. It may sleep, and its target and the host with it, once
 * power/control says `auto` and it has been idle for its autosuspend_delay_ms (drivers/scsi/scsi_pm.c).
 *
 * Divergence: it is the only one that there can be, and always the same.
 */

import { type Awaitable, chain } from '../../../src/lib/awaitable.ts';
import { Errno } from '../../../src/lib/errno.ts';
import type { Attribute } from '../../fs/sysfs/file.ts';
import { param } from '../../kernel/moduleparam.ts';
import type { Kernel } from '../../kernel.ts';
import { Bus } from '../base/bus.ts';
import { Device, type DeviceType, type DriverCore } from '../base/core.ts';
import type { DevPmOps } from '../base/power/runtime.ts';

/** Type of a device that is a disk (TYPE_DISK). */
const TYPE_DISK = 0;
/** Version of the standard that the disk keeps to (SCSI_SPC_3). */
const SCSI_LEVEL = 6;
/** Requests that the host takes at once. */
export const CAN_QUEUE = 64;
/** Targets that a channel of the host may have; it has one channel. */
const MAX_ID = 8;
const MODALIAS = `scsi:t-0x${TYPE_DISK.toString(16).padStart(2, '0')}`;

/** What is looked for at boot: with `none` and `manual` nothing is. */
export const scsiParams = {
	scan: param.string(7, 'async', 0o644, 'sync, async, manual, or none. Setting to manual disables automatic scanning'),
} as const;

const scsiHostType: DeviceType = { name: 'scsi_host' };
const scsiTargetType: DeviceType = { name: 'scsi_target' };

function readOnly(show: (sdev: ScsiDevice) => number | string): Attribute<ScsiDevice> {
	return { mode: 0o444, show: sdev => `${show(sdev)}\n` };
}

const scsiDevType: DeviceType<ScsiDevice> = {
	name: 'scsi_device',
	groups: [
		{
			attrs: {
				type: readOnly(() => TYPE_DISK),
				scsi_level: readOnly(() => SCSI_LEVEL),
				vendor: readOnly(({ vendor }) => vendor),
				model: readOnly(({ model }) => model),
				rev: readOnly(({ rev }) => rev),
				queue_depth: readOnly(() => CAN_QUEUE),
				state: readOnly(() => 'running'),
				modalias: readOnly(() => MODALIAS),
			},
		},
	],
	uevent: (_sdev, env) => env.add(`MODALIAS=${MODALIAS}`),
};

/** A device is asked to sleep later, as it is a moment after it was used (scsi_runtime_idle). */
const scsiBusPmOps: DevPmOps = {
	runtimeIdle(dev) {
		if (!(dev instanceof ScsiDevice)) return;
		dev.power.markLastBusy();
		dev.power.suspend(true);
		throw new Errno('EBUSY');
	},
};

/** Says that a device is awake, and has it sleep from now on. */
function wakeUp({ power }: Device): void {
	power.setStatus('active');
	power.enable();
}

/** A device on a SCSI host (struct scsi_device). */
export class ScsiDevice extends Device {
	/** As the device tells of itself, filled with blanks. */
	readonly vendor: string = 'ring3'.padEnd(8);
	readonly model: string = 'virtual disk'.padEnd(16);
	readonly rev: string = '1.0'.padEnd(4);

	constructor(bus: Bus, parent: Device) {
		super('0:0:0:0', { bus, parent, type: scsiDevType as DeviceType });
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
}

/** The SCSI devices of one kernel. */
export class Scsi {
	readonly bus: Bus;
	readonly #core: DriverCore;
	readonly #host: Device;

	/** Makes the bus and the host; its disk is found by `addSingleDevice`. */
	constructor({ driverCore, platform }: Kernel) {
		this.#core = driverCore;
		this.bus = new Bus(driverCore, { name: 'scsi', match: dev => dev instanceof ScsiDevice, pm: scsiBusPmOps });
		const { dev: parent } = platform.register({ name: 'ring3_scsi' });
		this.#host = new Device('host0', { bus: this.bus, parent, type: scsiHostType });
		driverCore.add(this.#host);
		wakeUp(this.#host);
	}

	/** The devices that were found. */
	get devices(): readonly ScsiDevice[] {
		return [...this.bus.devices].filter(dev => dev instanceof ScsiDevice);
	}

	/**
	 * Looks whether there is a device, and makes it known if it was not (scsi_add_single_device). ENXIO for a host that there is not,
	 * EINVAL for a place that the host has not.
	 */
	addSingleDevice(host: number, channel: number, id: number, lun: number): Awaitable<void> {
		if (host !== 0) throw new Errno('ENXIO');
		if (channel !== 0 || id >= MAX_ID) throw new Errno('EINVAL');
		if (id !== 0 || lun !== 0 || this.devices.length > 0) return;
		const target = new Device('target0:0:0', { bus: this.bus, parent: this.#host, type: scsiTargetType });
		this.#host.power.get();
		this.#core.add(target);
		wakeUp(target);
		const sdev = new ScsiDevice(this.bus, target);
		const probed = this.#core.add(sdev);
		sdev.power.forbid();
		wakeUp(sdev);
		this.#host.power.put();
		return probed;
	}

	/** Takes a device away, with its disk (scsi_remove_single_device). ENXIO where there is none. */
	removeSingleDevice(host: number, channel: number, id: number, lun: number): Awaitable<void> {
		const [sdev] = this.devices;
		if (sdev === undefined || [host, channel, id, lun].some(number => number !== 0)) throw new Errno('ENXIO');
		return chain(this.#core.unregister(sdev), () => this.#core.unregister(sdev.parentDevice!));
	}
}
