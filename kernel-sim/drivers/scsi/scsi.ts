/**
 * scsi - a SCSI host with one disk (drivers/scsi/scsi_scan.c, drivers/scsi/scsi_sysfs.c).
 *
 *     /sys/devices/platform/ring3_scsi/host0/target0:0:0/0:0:0:0
 *
 * The disk can be removed and found again, by /proc/scsi/scsi, by its `delete` and the host's `scan`. It may sleep, and its target
 * and the host with it, once power/control says `auto` and it has been idle for its autosuspend_delay_ms (drivers/scsi/scsi_pm.c).
 *
 * Divergence: it is the only one that there can be, and always the same.
 */

import { type Awaitable, chain } from '../../../src/lib/awaitable.ts';
import { Errno } from '../../../src/lib/errno.ts';
import { param } from '../../kernel/moduleparam.ts';
import type { Kernel } from '../../kernel.ts';
import { Bus } from '../base/bus.ts';
import type { Class } from '../base/class.ts';
import { Device, type DeviceType, type DriverCore } from '../base/core.ts';
import type { DevPmOps } from '../base/power/runtime.ts';
import { ScsiHost, type ScsiPlace, scsiHostClass, scsiPlace } from './hosts.ts';
import { ScsiDevice, scsiDeviceClass, scsiRemoveDevice } from './scsi_sysfs.ts';

/** What is looked for at boot: with `none` and `manual` nothing is. */
export const scsiParams = {
	scan: param.string(7, 'async', 0o644, 'sync, async, manual, or none. Setting to manual disables automatic scanning'),
} as const;

const scsiTargetType: DeviceType = { name: 'scsi_target' };

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

/** The SCSI devices of one kernel. */
export class Scsi {
	readonly bus: Bus;
	readonly #core: DriverCore;
	readonly #deviceClass: Class;
	readonly #host: ScsiHost;

	/** Makes the bus and the host; its disk is found by `addSingleDevice`. */
	constructor({ driverCore, platform }: Kernel) {
		this.#core = driverCore;
		this.bus = new Bus(driverCore, { name: 'scsi', match: dev => dev instanceof ScsiDevice, pm: scsiBusPmOps });
		const hostClass = scsiHostClass(driverCore);
		this.#deviceClass = scsiDeviceClass(driverCore);
		const { dev: parent } = platform.register({ name: 'ring3_scsi' });
		this.#host = new ScsiHost(this, this.bus, hostClass, parent);
		driverCore.add(this.#host);
		wakeUp(this.#host);
		driverCore.add(this.#host.classDevice);
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
		return this.scanHost(scsiPlace(BigInt(channel), BigInt(id), BigInt(lun)));
	}

	/** Looks for the devices at a place, and makes those known that were not. EINVAL for one that the host has not. */
	scanHost(place: ScsiPlace): Awaitable<void> {
		const host = this.#host;
		if (!host.hasPlace(place)) return;
		return host.scanMutex.run(() => {
			if (host.scanAllowed && this.devices.length === 0) return this.#addDevice();
		});
	}

	/** scsi_sysfs_add_sdev. */
	#addDevice(): Awaitable<void> {
		const host = this.#host;
		host.power.get();
		const target = new Device('target0:0:0', { bus: this.bus, parent: host, type: scsiTargetType });
		this.#core.add(target);
		wakeUp(target);
		const sdev = new ScsiDevice(this.#deviceClass, host, target);
		const probed = this.#core.add(sdev);
		sdev.power.forbid();
		wakeUp(sdev);
		host.power.put();
		return chain(probed, () => this.#core.add(sdev.classDevice));
	}

	/** Takes a device away, with its disk (scsi_remove_single_device). ENXIO where there is none. */
	removeSingleDevice(host: number, channel: number, id: number, lun: number): Awaitable<void> {
		const [sdev] = this.devices;
		if (sdev === undefined || [host, channel, id, lun].some(number => number !== 0)) throw new Errno('ENXIO');
		return scsiRemoveDevice(sdev);
	}
}
