/**
 * bus - what brings devices and drivers together (drivers/base/bus.c).
 *
 *     /sys/bus/<name>/devices/<device>    link to the device
 *     /sys/bus/<name>/drivers/<driver>    bind, unbind, uevent, and a link to each device that is bound
 *     /sys/bus/<name>/drivers_autoprobe   whether devices and drivers are tried on one another as they come
 *     /sys/bus/<name>/drivers_probe       tries the drivers on the device that is written to it
 */

import { type Awaitable, chain } from '../../../src/lib/awaitable.ts';
import { Errno } from '../../../src/lib/errno.ts';
import type { KernfsNode } from '../../fs/kernfs/dir.ts';
import type { Attribute } from '../../fs/sysfs/file.ts';
import { type AttributeGroup, sysfsCreateGroups } from '../../fs/sysfs/group.ts';
import { sysfsCreateLink } from '../../fs/sysfs/symlink.ts';
import { Kset, ksetCreateAndAdd } from '../../lib/kobject.ts';
import { type KobjUeventEnv, type KsetUeventOps, kobjectSynthUevent } from '../../lib/kobject_uevent.ts';
import { drive, step } from '../../lib/steps.ts';
import { Device, type DriverCore, deviceUevent, removeLinkTo } from './core.ts';
import { attachDevice, attachDriver, probeDevice, releaseDriver } from './dd.ts';
import { DeviceDriver, type DriverType } from './driver.ts';
import type { DevPmOps } from './power/runtime.ts';
import { dpmSysfsAdd } from './power/sysfs.ts';

/** What a bus is (struct bus_type). `D` are its devices. */
export interface BusType<D extends Device = Device> {
	readonly name: string;
	/** True where a driver may be tried on a device. Absent: always. */
	match?(dev: D, driver: DeviceDriver): boolean;
	/** Adds variables to events about its devices. */
	uevent?(dev: D, env: KobjUeventEnv): void;
	/** Absent: the driver's own. */
	probe?(dev: D): Awaitable<void>;
	/** Absent: the driver's own. */
	remove?(dev: D): Awaitable<void>;
	/** Absent: those of each driver. */
	readonly pm?: DevPmOps<D>;
	/** Attributes of the bus, of each device, of each driver. */
	readonly busGroups?: readonly AttributeGroup<BusKset>[];
	readonly devGroups?: readonly AttributeGroup<D>[];
	readonly drvGroups?: readonly AttributeGroup<DeviceDriver>[];
}

/** The directory of a bus. */
export class BusKset extends Kset {
	readonly bus: Bus;

	constructor(bus: Bus) {
		super();
		this.bus = bus;
	}
}

const busAttrs: Readonly<Record<string, Attribute<BusKset>>> = {
	uevent: { mode: 0o200, store: (kobj, buf) => kobjectSynthUevent(kobj, buf) },
	drivers_probe: {
		mode: 0o200,
		store: ({ bus }, buf) => {
			const dev = bus.find(buf);
			if (dev === undefined) throw new Errno('ENODEV');
			return chain(attachDevice(dev), () => {});
		},
	},
	drivers_autoprobe: {
		mode: 0o644,
		show: ({ bus }) => `${Number(bus.autoprobe)}\n`,
		store({ bus }, buf) {
			bus.autoprobe = !buf.startsWith('0');
		},
	},
};

const driverUevent: Attribute<DeviceDriver> = { mode: 0o200, store: (kobj, buf) => kobjectSynthUevent(kobj, buf) };

/** Of what is in /sys/bus only the buses are told of, and not their own sets (bus_uevent_ops). */
const busUeventOps: KsetUeventOps = { filter: kobj => kobj instanceof BusKset };

/** A bus that is registered (struct subsys_private). */
export class Bus {
	readonly core: DriverCore;
	readonly type: BusType;
	/** /sys/bus/<name>. */
	readonly subsys: BusKset;
	/** Where its devices are that have no parent. Undefined: /sys/devices. */
	readonly root: Device | undefined;
	autoprobe = true;
	readonly #devicesKset: Kset;
	readonly #driversKset: Kset;
	readonly #devices = new Set<Device>();
	readonly #drivers = new Map<string, DeviceDriver>();

	/** Registers it (bus_register). EEXIST. */
	constructor(core: DriverCore, type: BusType, root?: Device) {
		this.core = core;
		this.type = type;
		this.root = root;
		this.subsys = new BusKset(this);
		this.subsys.kset = core.sysfs.bus;
		core.sysfs.bus.ueventOps ??= busUeventOps;
		this.subsys.add(undefined, type.name);
		this.#devicesKset = ksetCreateAndAdd('devices', this.subsys);
		this.#driversKset = ksetCreateAndAdd('drivers', this.subsys);
		this.#driversKset.ueventOps = { filter: kobj => kobj instanceof DeviceDriver, name: () => 'drivers' };
		try {
			sysfsCreateGroups(this.subsys, [{ attrs: busAttrs }, ...(type.busGroups ?? [])]);
		} catch (error) {
			this.unregister();
			throw error;
		}
		this.subsys.uevent('add');
	}

	get name(): string {
		return this.type.name;
	}

	get devices(): ReadonlySet<Device> {
		return this.#devices;
	}

	/** In the order of their registration. */
	get drivers(): Iterable<DeviceDriver> {
		return this.#drivers.values();
	}

	/** Takes it away; its devices and drivers must have gone (bus_unregister). */
	unregister(): void {
		this.#driversKset.put();
		this.#devicesKset.put();
		this.subsys.put();
	}

	/** A device by its name, which may have a newline behind it (bus_find_device_by_name). */
	find(name: string): Device | undefined {
		const wanted = name.replace(/\n$/, '');
		for (const dev of this.#devices) if (dev.name === wanted) return dev;
		return undefined;
	}

	matches(dev: Device, driver: DeviceDriver): boolean {
		return this.type.match?.(dev, driver) ?? true;
	}

	/** For the core: links and attributes of a device that comes (bus_add_device). */
	addDevice(dev: Device): void {
		sysfsCreateGroups(dev, this.type.devGroups ?? []);
		sysfsCreateLink(this.#devicesKset, dev, dev.name);
		if (dev.class === undefined) sysfsCreateLink(dev, this.subsys, 'subsystem');
		this.#devices.add(dev);
	}

	/** For the core: the link to a device that goes, before its driver is released. */
	unlinkDevice(kn: KernfsNode): void {
		removeLinkTo(this.#devicesKset.kn, kn.name, kn);
	}

	/** For the core: forgets a device (bus_remove_device). */
	removeDevice(dev: Device): void {
		this.#devices.delete(dev);
	}

	/** Tries the drivers on a device that has come, where they are to be tried (bus_probe_device). */
	probeDevice(dev: Device): Awaitable<void> {
		if (!this.autoprobe) return;
		return chain(attachDevice(dev), () => {});
	}

	/**
	 * Makes a driver known and tries it on the devices (driver_register). EBUSY where one has its name. Settles once it was tried on
	 * all of them.
	 */
	addDriver(type: DriverType): Awaitable<DeviceDriver> {
		if (this.#drivers.has(type.name)) {
			this.core.kernel.pr.err("Error: Driver '%s' is already registered, aborting...\n", type.name);
			throw new Errno('EBUSY');
		}
		const driver = new DeviceDriver(type);
		driver.kset = this.#driversKset;
		driver.add();
		try {
			sysfsCreateGroups(driver, [
				{ attrs: this.#driverAttrs(type) },
				...(this.type.drvGroups ?? []),
				...(type.groups ?? []),
			]);
			this.#linkModule(driver);
		} catch (error) {
			driver.devres.releaseAll();
			driver.put();
			throw error;
		}
		this.#drivers.set(type.name, driver);
		return chain(this.autoprobe ? attachDriver(driver, this.#devices) : undefined, () => {
			driver.uevent('add');
			return driver;
		});
	}

	/** Releases the devices of a driver and takes it away (driver_unregister). */
	removeDriver(driver: DeviceDriver): Awaitable<void> {
		if (this.#drivers.get(driver.name) !== driver) return;
		this.#drivers.delete(driver.name);
		return drive(
			(function* () {
				for (const dev of [...driver.devices].reverse()) yield* step(releaseDriver(dev, driver));
				driver.devres.releaseAll();
				yield* step(driver.put());
			})(),
		);
	}

	#driverAttrs({ suppressBindAttrs }: DriverType): Readonly<Record<string, Attribute<DeviceDriver>>> {
		if (suppressBindAttrs) return { uevent: driverUevent };
		return { uevent: driverUevent, unbind: this.#unbind, bind: this.#bind };
	}

	readonly #bind: Attribute<DeviceDriver> = {
		mode: 0o200,
		store: (driver, buf) => {
			const dev = this.find(buf);
			if (dev === undefined || !this.matches(dev, driver)) throw new Errno('ENODEV');
			return chain(probeDevice(driver, dev, true), () => {});
		},
	};

	readonly #unbind: Attribute<DeviceDriver> = {
		mode: 0o200,
		store: (driver, buf) => {
			const dev = this.find(buf);
			if (dev?.driver !== driver) throw new Errno('ENODEV');
			return releaseDriver(dev, driver);
		},
	};

	/** module_add_driver: a link to the module, and one back from its directory `drivers`. */
	#linkModule(driver: DeviceDriver): void {
		const module = driver.type.module === undefined ? undefined : this.core.sysfs.module.find(driver.type.module);
		if (module === undefined) return;
		sysfsCreateLink(driver, module, 'module');
		const drivers = module.kn.findChild('drivers') ?? module.kn.createDir('drivers', 0o755, module);
		const link = drivers.createLink(`${this.name}:${driver.name}`, driver.kn);
		driver.devres.add(() => {
			link.remove();
			if (drivers.children.size === 0) drivers.remove();
		});
	}
}

/**
 * Registers a bus for devices that are part of the machine, below /sys/devices/system/<name> (subsys_system_register). `groups`
 * are attributes of that directory. EEXIST.
 */
export function subsysSystemRegister(
	core: DriverCore,
	type: BusType,
	groups: readonly AttributeGroup<Device>[] = [],
): Bus {
	const root = new Device(type.name, { groups });
	root.kset = core.sysfs.system;
	const bus = new Bus(core, type, root);
	root.add(core.sysfs.system);
	sysfsCreateGroups(root, [{ attrs: { uevent: deviceUevent } }, ...groups]);
	dpmSysfsAdd(root);
	return bus;
}
