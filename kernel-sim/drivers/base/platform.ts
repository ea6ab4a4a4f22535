/**
 * platform - the bus of devices that cannot be found by asking, but are known to be there (drivers/base/platform.c).
 *
 * A device is called `<name>`, `<name>.<id>`, or `<name>.<id>.auto` where the number is chosen for it. A driver takes the devices
 * of its own name, of those in its table, or, where `driver_override` names a driver, that one alone does.
 */

import type { Awaitable } from '../../../src/lib/awaitable.ts';
import { Errno } from '../../../src/lib/errno.ts';
import type { AttributeGroup } from '../../fs/sysfs/group.ts';
import { Bus, type BusType } from './bus.ts';
import { Device, type DeviceInit, type DriverCore } from './core.ts';
import type { DeviceDriver, DriverType } from './driver.ts';

/** Id of a device that is alone of its name. */
export const PLATFORM_DEVID_NONE = -1;
/** Id of a device that is to be given one. */
export const PLATFORM_DEVID_AUTO = -2;

/** What a platform device is made from. */
export interface PlatformDeviceInit extends Omit<DeviceInit, 'bus' | 'class'> {
	readonly name: string;
	/** Absent: PLATFORM_DEVID_NONE. */
	readonly id?: number;
	/** For its driver (platform_data). */
	readonly platformData?: unknown;
}

const groups: readonly AttributeGroup<PlatformDevice>[] = [
	{
		attrs: {
			modalias: { mode: 0o444, show: ({ id }) => `platform:${id.name}\n` },
			driver_override: {
				mode: 0o644,
				show: ({ driverOverride }) => `${driverOverride ?? '(null)'}\n`,
				store(dev, buf) {
					const [text] = buf.split('\n', 1);
					dev.driverOverride = text === '' ? undefined : text;
				},
			},
		},
	},
];

const platformBusType: BusType<PlatformDevice> = {
	name: 'platform',
	devGroups: groups,
	match({ driverOverride, id }, { type: { name, idTable } }) {
		if (driverOverride !== undefined) return driverOverride === name;
		return idTable?.includes(id.name) ?? id.name === name;
	},
	uevent: ({ id }, env) => env.add(`MODALIAS=platform:${id.name}`),
};

/** A platform device (struct platform_device). */
export class PlatformDevice extends Device {
	/** What it is called without its number, and the number. */
	readonly id: { readonly name: string; readonly number: number };
	readonly platformData: unknown;
	/** The only driver that it is to have. */
	driverOverride: string | undefined;

	constructor(bus: Bus, init: PlatformDeviceInit, number: number, name: string) {
		super(name, { ...init, bus, parent: init.parent ?? bus.root! });
		this.id = { name: init.name, number };
		this.platformData = init.platformData;
	}
}

/** The platform bus of one kernel. */
export class Platform {
	readonly bus: Bus;
	readonly #core: DriverCore;
	readonly #autoIds = new Set<number>();

	constructor(core: DriverCore) {
		this.#core = core;
		const root = new Device('platform');
		core.add(root);
		this.bus = new Bus(core, platformBusType, root);
	}

	/** Makes a device without adding it (platform_device_alloc). EINVAL without a name. */
	newDevice(init: PlatformDeviceInit): PlatformDevice {
		const { name, id = PLATFORM_DEVID_NONE } = init;
		if (name === '') throw new Errno('EINVAL');
		if (id === PLATFORM_DEVID_NONE) return new PlatformDevice(this.bus, init, id, name);
		if (id !== PLATFORM_DEVID_AUTO) return new PlatformDevice(this.bus, init, id, `${name}.${id}`);
		const number = this.#takeId();
		const dev = new PlatformDevice(this.bus, init, number, `${name}.${number}.auto`);
		dev.release = () => this.#autoIds.delete(number);
		return dev;
	}

	/** Makes a device and adds it (platform_device_register_full). EINVAL, EEXIST. Settles once it was probed. */
	register(init: PlatformDeviceInit): { readonly dev: PlatformDevice; readonly probed: Awaitable<void> } {
		const dev = this.newDevice(init);
		try {
			return { dev, probed: this.#core.add(dev) };
		} catch (error) {
			dev.put();
			throw error;
		}
	}

	/** As `Bus.addDriver` (platform_driver_register). */
	addDriver(type: DriverType<PlatformDevice>): Awaitable<DeviceDriver> {
		return this.bus.addDriver(type);
	}

	#takeId(): number {
		let id = 0;
		while (this.#autoIds.has(id)) id += 1;
		this.#autoIds.add(id);
		return id;
	}
}
