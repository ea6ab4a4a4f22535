/**
 * dd - binding drivers to devices.
 *
 * Simulates drivers/base/dd.c.
 *
 *     matched -> links in both directories -> probe -> attributes of the driver -> bound, "bind"
 *                                               | refused: all undone, devres as well
 *                                               | deferred: tried again after the next device is bound
 *
 * A device is locked while this goes on; a probe may sleep.
 */

import { type Awaitable, chain } from '../../../src/lib/awaitable.ts';
import { Errno, type ErrnoName, errno, isErrno } from '../../../src/lib/errno.ts';
import { defineShowAttribute } from '../../fs/seq_attribute.ts';
import { type AttributeGroup, sysfsCreateGroups, sysfsRemoveGroups } from '../../fs/sysfs/group.ts';
import { sysfsCreateLink, sysfsRemoveLink } from '../../fs/sysfs/symlink.ts';
import type { Pr } from '../../kernel/printk.ts';
import type { Kernel } from '../../kernel.ts';
import { drive, type Steps, step } from '../../lib/steps.ts';
import type { Device } from './core.ts';
import type { DeviceDriver } from './driver.ts';

/** What a probe throws that cannot be done before something else is there (-EPROBE_DEFER). User space sees EAGAIN. */
export function probeDefer(why = ''): Errno {
	return Object.assign(new Errno('EAGAIN', why), { probeDefer: why });
}

/** Why a probe is to be tried again; undefined for another refusal. */
function deferReason(error: Errno): string | undefined {
	return (error as Errno & { readonly probeDefer?: string }).probeDefer;
}

/** Devices that wait to be probed again (deferred_probe_pending_list). */
export class DeferredProbes {
	readonly #pr: Pr;
	readonly #pending = new Map<Device, string>();

	constructor(pr: Pr) {
		this.#pr = pr;
	}

	/** The devices and why they wait: the name of the driver and what it said, empty where that is nothing. */
	get list(): ReadonlyMap<Device, string> {
		return this.#pending;
	}

	add(dev: Device, why: string): void {
		this.#pending.set(dev, why);
	}

	forget(dev: Device): void {
		this.#pending.delete(dev);
	}

	/** Tries all that wait, once each (driver_deferred_probe_trigger). */
	trigger(): Awaitable<void> {
		return drive(this.#retry([...this.#pending.keys()]));
	}

	*#retry(devices: readonly Device[]): Steps<void> {
		for (const dev of devices) {
			if (!this.#pending.delete(dev) || dev.bus === undefined) continue;
			this.#pr.debug('%s: Retrying from deferred list\n', dev.name);
			yield* step(dev.bus.probeDevice(dev));
		}
	}
}

/** Makes devices_deferred in debugfs: the devices that wait, and why (deferred_probe_initcall). */
export function deferredProbeInit({ debugfs, driverCore: { deferred } }: Kernel): void {
	const show = defineShowAttribute(m => {
		for (const [dev, why] of deferred.list) m.printf('%s\t%s\n', dev.name, why);
	});
	debugfs.createFile('devices_deferred', 0o444, undefined, undefined, show);
}

/**
 * Binds a driver to a device that it matches (driver_probe_device). Says whether they are bound now; false where the driver
 * has refused. EBUSY where the device has a driver, ENODEV where it is going; with `report`, what the probe throws.
 */
export function probeDevice(driver: DeviceDriver, dev: Device, report = false): Awaitable<boolean> {
	return dev.lock.run(() => drive(probe(driver, dev, report)));
}

function* probe(driver: DeviceDriver, dev: Device, report: boolean): Steps<boolean> {
	if (dev.dead || !dev.inSysfs) throw new Errno('ENODEV');
	if (dev.driver !== undefined) throw new Errno('EBUSY');
	const { core } = dev.bus!;
	try {
		yield* reallyProbe(driver, dev);
	} catch (error) {
		const refusal = asErrno(error, dev);
		const why = deferReason(refusal);
		if (why === undefined) logRefusal(core.kernel.pr, driver, dev, refusal.code);
		else core.deferred.add(dev, why === '' ? '' : `${driver.name}: ${why}`);
		if (report) throw refusal;
		return false;
	}
	driver.devices.add(dev);
	core.deferred.forget(dev);
	dev.uevent('bind');
	yield* step(core.deferred.trigger());
	return true;
}

/** What else a probe throws is an oops, and EIO. */
function asErrno(error: unknown, { name, kernel: { panic } }: Device): Errno {
	if (isErrno(error)) return error as Errno;
	panic.oops(error, `probe of ${name}`);
	return new Errno('EIO');
}

/** really_probe: what goes wrong on the way is undone. */
function* reallyProbe(driver: DeviceDriver, dev: Device): Steps<void> {
	const { bus } = dev;
	dev.driver = driver;
	try {
		sysfsCreateLink(driver, dev, dev.name);
		sysfsCreateLink(dev, driver, 'driver');
		yield* step(bus?.type.probe === undefined ? driver.type.probe?.(dev) : bus.type.probe(dev));
		try {
			sysfsCreateGroups(dev, groupsOf(driver));
		} catch (error) {
			yield* step(removeFrom(driver, dev));
			throw error;
		}
	} catch (error) {
		unlink(driver, dev);
		cleanUp(dev);
		throw error;
	}
}

/** Releases a device from its driver, if it has one, and sends "unbind" (device_release_driver). */
export function releaseDriver(dev: Device, only?: DeviceDriver): Awaitable<void> {
	return dev.lock.run(() => {
		const { driver } = dev;
		if (driver === undefined || (only !== undefined && only !== driver)) return;
		return drive(release(driver, dev));
	});
}

function* release(driver: DeviceDriver, dev: Device): Steps<void> {
	unlink(driver, dev);
	yield* step(sysfsRemoveGroups(dev, groupsOf(driver)));
	try {
		yield* step(removeFrom(driver, dev));
	} catch (error) {
		dev.kernel.panic.oops(error, `remove of ${dev.name}`);
	}
	cleanUp(dev);
	driver.devices.delete(dev);
	dev.uevent('unbind');
}

function removeFrom(driver: DeviceDriver, dev: Device): Awaitable<void> {
	const { type } = dev.bus!;
	return type.remove === undefined ? driver.type.remove?.(dev) : type.remove(dev);
}

/** device_unbind_cleanup. */
function cleanUp(dev: Device): void {
	dev.devres.releaseAll(error => dev.kernel.panic.oops(error, `undoing ${dev.name}`));
	dev.driver = undefined;
	dev.driverData = undefined;
}

function unlink(driver: DeviceDriver, dev: Device): void {
	sysfsRemoveLink(driver, dev.name);
	sysfsRemoveLink(dev, 'driver');
}

function groupsOf({ type }: DeviceDriver): readonly AttributeGroup[] {
	return type.devGroups ?? [];
}

/** call_driver_probe: a driver that finds the device not to be its own says nothing. */
function logRefusal(pr: Pr, { name }: DeviceDriver, dev: Device, code: ErrnoName): void {
	if (code === 'ENODEV' || code === 'ENXIO') pr.debug('%s %s: probe rejects match %i\n', name, dev.name, -errno[code]);
	else pr.err('%s %s: probe with driver %s failed with error %d\n', name, dev.name, name, -errno[code]);
}

/** Tries the drivers of a bus on a device until one takes it (device_attach). Says whether it has one now. */
export function attachDevice(dev: Device): Awaitable<boolean> {
	if (dev.driver !== undefined) return true;
	return drive(
		(function* () {
			for (const driver of dev.bus?.drivers ?? []) {
				if (!dev.bus!.matches(dev, driver)) continue;
				if (yield* step(tryProbe(driver, dev))) return true;
			}
			return dev.driver !== undefined;
		})(),
	);
}

/** Tries a driver on all devices of its bus that have none (driver_attach). */
export function attachDriver(driver: DeviceDriver, devices: Iterable<Device>): Awaitable<void> {
	return drive(
		(function* () {
			for (const dev of [...devices]) {
				if (dev.driver === undefined && dev.bus!.matches(dev, driver)) yield* step(tryProbe(driver, dev));
			}
		})(),
	);
}

/** As `probeDevice`; a device that was taken or removed meanwhile is left alone. */
function tryProbe(driver: DeviceDriver, dev: Device): Awaitable<boolean> {
	return dev.lock.run(() => {
		if (dev.driver !== undefined || dev.dead || !dev.inSysfs) return false;
		return chain(drive(probe(driver, dev, false)), bound => bound);
	});
}
