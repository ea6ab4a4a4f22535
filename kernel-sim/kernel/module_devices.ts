/**
 * module_devices - buses, classes, devices and drivers that a module makes, and that go with it.
 *
 * Each call does what the function of drivers/base does whose name it bears, and has it undone at rmmod.
 */

import { type Awaitable, chain } from '../../src/lib/awaitable.ts';
import { Bus, type BusType } from '../drivers/base/bus.ts';
import { Class, type ClassType } from '../drivers/base/class.ts';
import { Device, type DeviceInit } from '../drivers/base/core.ts';
import type { DeviceDriver, DriverType } from '../drivers/base/driver.ts';
import type { PlatformDevice, PlatformDeviceInit } from '../drivers/base/platform.ts';
import type { HwmonChipInfo } from '../drivers/hwmon/hwmon.ts';
import type { Kernel } from '../kernel.ts';
import type { Module } from './module.ts';

/** Makes devices for a module. */
export class ModuleDevices {
	readonly #kernel: Kernel;
	readonly #module: Module;

	constructor(kernel: Kernel, module: Module) {
		this.#kernel = kernel;
		this.#module = module;
	}

	/** Makes a device known (device_register). EINVAL, EEXIST. Settles, with the device, once it was probed. */
	register<D extends Device>(device: D): Awaitable<D> {
		const { driverCore } = this.#kernel;
		const probed = driverCore.add(device);
		this.#module.undo(() => driverCore.unregister(device));
		return chain(probed, () => device);
	}

	/** Makes a device of a class, and makes it known (device_create). Throws as `register`. */
	create(cls: Class, name: string, init: Omit<DeviceInit, 'class'> = {}): Awaitable<Device> {
		return this.register(cls.newDevice(name, init));
	}

	/** Makes a device to put others below (root_device_register). Throws as `register`. */
	rootRegister(name: string): Awaitable<Device> {
		return this.register(new Device(name));
	}

	/** Takes a device away before the module goes (device_unregister). Nothing to do for one that is not there. */
	unregister(device: Device): Awaitable<void> {
		return this.#kernel.driverCore.del(device);
	}
}

/** Makes a bus known, and drivers on it. */
export class ModuleBuses {
	readonly #kernel: Kernel;
	readonly #module: Module;

	constructor(kernel: Kernel, module: Module) {
		this.#kernel = kernel;
		this.#module = module;
	}

	/** bus_register. EEXIST. */
	register<D extends Device>(type: BusType<D>): Bus {
		const bus = new Bus(this.#kernel.driverCore, type);
		this.#module.undo(() => bus.unregister());
		return bus;
	}

	/** Makes a driver known, and tries it on the devices of its bus (driver_register). EBUSY. */
	addDriver<D extends Device>(bus: Bus, type: DriverType<D>): Awaitable<DeviceDriver> {
		const own = { ...type, module: this.#module.name };
		return chain(bus.addDriver(own), driver => {
			this.#module.undo(() => bus.removeDriver(driver));
			return driver;
		});
	}
}

/** Makes classes known. */
export class ModuleClasses {
	readonly #kernel: Kernel;
	readonly #module: Module;

	constructor(kernel: Kernel, module: Module) {
		this.#kernel = kernel;
		this.#module = module;
	}

	/** class_register; class_create with a name alone. EEXIST. */
	register<D extends Device>(type: ClassType<D>): Class {
		const cls = new Class(this.#kernel.driverCore, type);
		this.#module.undo(() => cls.unregister());
		return cls;
	}
}

/** Makes platform devices, and drivers for them. */
export class ModulePlatform {
	readonly #kernel: Kernel;
	readonly #module: Module;
	/** How to forget, at rmmod, that each device is to be taken away. */
	readonly #registered = new Map<PlatformDevice, () => void>();

	constructor(kernel: Kernel, module: Module) {
		this.#kernel = kernel;
		this.#module = module;
	}

	/** platform_device_register_full. EINVAL, EEXIST. Settles, with the device, once it was probed. */
	register(init: PlatformDeviceInit): Awaitable<PlatformDevice> {
		const { platform, driverCore } = this.#kernel;
		const { dev, probed } = platform.register(init);
		const forget = this.#module.undo(() => driverCore.unregister(dev));
		this.#registered.set(dev, forget);
		return chain(probed, () => dev);
	}

	/** platform_device_unregister. Nothing to do for one that is not there. */
	unregister(dev: PlatformDevice): Awaitable<void> {
		this.#registered.get(dev)?.();
		if (!this.#registered.delete(dev)) return;
		return this.#kernel.driverCore.unregister(dev);
	}

	/** platform_driver_register. EBUSY. */
	addDriver(type: DriverType<PlatformDevice>): Awaitable<DeviceDriver> {
		const { bus } = this.#kernel.platform;
		return chain(bus.addDriver({ ...type, module: this.#module.name }), driver => {
			this.#module.undo(() => bus.removeDriver(driver));
			return driver;
		});
	}
}

/** Makes chips that measure. */
export class ModuleHwmon {
	readonly #kernel: Kernel;
	readonly #module: Module;

	constructor(kernel: Kernel, module: Module) {
		this.#kernel = kernel;
		this.#module = module;
	}

	/**
	 * Registers a chip (devm_hwmon_device_register_with_info): it goes with the driver of `parent`, or with the module where there is
	 * no parent. EEXIST.
	 */
	register(parent: Device | undefined, name: string, info: HwmonChipInfo): Device {
		const { hwmon } = this.#kernel;
		const dev = hwmon.register(parent, name, info);
		if (parent?.driver === undefined) this.#module.undo(() => hwmon.unregister(dev));
		else parent.devres.add(() => void hwmon.unregister(dev));
		return dev;
	}
}
