/**
 * driver - what can be bound to devices of a bus (drivers/base/driver.c, include/linux/device/driver.h).
 */

import type { Awaitable } from '../../../src/lib/awaitable.ts';
import { Devres } from '../../../src/lib/devres.ts';
import type { AttributeGroup } from '../../fs/sysfs/group.ts';
import { Kobject } from '../../lib/kobject.ts';
import type { Device } from './core.ts';
import type { DevPmOps } from './power/runtime.ts';

/** What a driver is (struct device_driver). `D` are the devices of its bus. */
export interface DriverType<D extends Device = Device> {
	readonly name: string;
	/** Name of the module that it is of. Absent: it is the kernel's own. */
	readonly module?: string;
	/** Takes a device. Refuses by an Errno (ENODEV and ENXIO: it is not for this driver) or by `probeDefer`. Absent: it takes all. */
	probe?(dev: D): Awaitable<void>;
	/** Lets a device go. What it throws is an oops; the device is free all the same. Absent: nothing to do. */
	remove?(dev: D): Awaitable<void>;
	/** Absent: nothing is done as its devices fall asleep and wake up. */
	readonly pm?: DevPmOps<D>;
	/** Attributes of the driver itself. */
	readonly groups?: readonly AttributeGroup<DeviceDriver>[];
	/** Attributes of each device that is bound to it. */
	readonly devGroups?: readonly AttributeGroup<D>[];
	/** True: it has no `bind` and `unbind`. Absent: it has. */
	readonly suppressBindAttrs?: boolean;
	/** For the bus to match by: names of devices. Absent: the driver's own name. */
	readonly idTable?: readonly string[];
}

/** A driver that is registered (struct driver_private). Its directory is /sys/bus/<bus>/drivers/<name>. */
export class DeviceDriver extends Kobject {
	readonly type: DriverType;
	/** The devices that are bound to it. */
	readonly devices = new Set<Device>();
	/** Undone when it goes. */
	readonly devres = new Devres();

	constructor(type: DriverType) {
		super();
		this.type = type;
		this.name = type.name;
	}
}
