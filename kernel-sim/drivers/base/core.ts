/**
 * core - devices: the objects that buses, classes and drivers are about.
 *
 * Simulates drivers/base/core.c. A device is a directory below /sys/devices, with a place that its parent and its class decide,
 * and links to it from its bus, its class and its number:
 *
 *     of a class, without a parent       /sys/devices/virtual/<class>/<name>
 *     of a class, below a plain device   <parent>/<class>/<name>
 *     of a class, below one of a class   <parent>/<name>
 *     any other                          <parent>/<name>, or /sys/devices/<name>
 *
 *     add:  directory, software node, uevent, class links, attributes, bus links, power, dev, "add", probe
 *     del:  the same backwards: driver released, "remove", directory
 *
 * Every device has a directory `power`, which power/sysfs.ts fills.
 */

import { type Awaitable, chain, isPromise } from '../../../src/lib/awaitable.ts';
import { Devres } from '../../../src/lib/devres.ts';
import { MAJOR, MINOR } from '../../../src/uapi/stat.ts';
import type { KernfsNode } from '../../fs/kernfs/dir.ts';
import { type Attribute, sysfsCreateFile } from '../../fs/sysfs/file.ts';
import { type AttributeGroup, sysfsCreateGroups } from '../../fs/sysfs/group.ts';
import { sysfsCreateLink } from '../../fs/sysfs/symlink.ts';
import type { Sysfs } from '../../fs/sysfs/sysfs.ts';
import { Mutex } from '../../kernel/mutex.ts';
import type { Kernel } from '../../kernel.ts';
import { Kobject, type KobjType, kobjectCreateAndAdd } from '../../lib/kobject.ts';
import { KobjUeventEnv, kobjectSynthUevent } from '../../lib/kobject_uevent.ts';
import { drive, type Steps, step } from '../../lib/steps.ts';
import type { Bus } from './bus.ts';
import type { Class } from './class.ts';
import { DeferredProbes, releaseDriver } from './dd.ts';
import type { DeviceDriver } from './driver.ts';
import { DevPmInfo, type DevPmOps } from './power/runtime.ts';
import { dpmSysfsAdd } from './power/sysfs.ts';
import { type SoftwareNode, SoftwareNodes, softwareNodeNotify, softwareNodeNotifyRemove } from './swnode.ts';

/** What devices of one kind have in common besides their bus and class (struct device_type). */
export interface DeviceType<D extends Device = Device> {
	/** DEVTYPE in events. Absent: none. */
	readonly name?: string;
	readonly groups?: readonly AttributeGroup<D>[];
	/** Absent: those of its bus. */
	readonly pm?: DevPmOps<D>;
	/** Adds variables to events. */
	uevent?(dev: D, env: KobjUeventEnv): void;
	/** The name of its node in /dev, and the mode. Absent: its class's, or its own name. */
	devnode?(dev: D): Devnode | undefined;
}

/** A node in /dev. */
export interface Devnode {
	readonly name?: string;
	readonly mode?: number;
}

/** What a device is made from. */
export interface DeviceInit {
	readonly parent?: Device;
	readonly bus?: Bus;
	readonly class?: Class;
	readonly type?: DeviceType;
	/** Device number, as MKDEV makes it. Absent: it has none. */
	readonly devt?: number;
	/** What is said of it (dev_fwnode). Absent: nothing. */
	readonly fwnode?: SoftwareNode;
	/** Attributes of this one, besides those of its type, class and bus. */
	readonly groups?: readonly AttributeGroup<never>[];
	/** True for one that has no directory `power` (device_set_pm_not_required). Absent: it has. */
	readonly pmNotRequired?: boolean;
	/**
	 * True where the files of its directory are made when somebody first looks into that, as it is certain that they can be. It is
	 * on no bus, no device is below it, and its groups have no names.
	 */
	readonly later?: boolean;
}

const deviceKtype: KobjType<Device> = { release: dev => dev.release?.() };

/** A device (struct device). Drivers' own kinds extend it. */
export class Device extends Kobject {
	/** The device it is below; `parent` is the directory that it is in. */
	readonly parentDevice: Device | undefined;
	readonly bus: Bus | undefined;
	readonly class: Class | undefined;
	readonly type: DeviceType | undefined;
	readonly devt: number;
	/** What is said of it. */
	readonly fwnode: SoftwareNode | undefined;
	readonly groups: readonly AttributeGroup<never>[];
	readonly pmNotRequired: boolean;
	readonly later: boolean;
	/** The driver that it is bound to, or is being probed by. */
	driver: DeviceDriver | undefined;
	/** For its driver (dev_set_drvdata). */
	driverData: unknown;
	/** Undone when its driver goes, or when probing fails (devm_add_action). */
	readonly devres = new Devres();
	/** Held while a driver is bound to it or released from it (device_lock). */
	readonly lock = new Mutex();
	/** True once it is being removed: no driver gets it any more. */
	dead = false;
	/** Called when nobody refers to it any more. Absent: nothing to do. */
	declare release?: () => void;
	#power: DevPmInfo | undefined = undefined;

	constructor(name: string, init: DeviceInit = {}) {
		super(deviceKtype as KobjType);
		this.name = name;
		this.parentDevice = init.parent;
		this.bus = init.bus;
		this.class = init.class;
		this.type = init.type;
		this.devt = init.devt ?? 0;
		this.fwnode = init.fwnode;
		this.groups = init.groups ?? [];
		this.pmNotRequired = init.pmNotRequired ?? false;
		this.later = init.later ?? false;
	}

	/** How it is powered. */
	get power(): DevPmInfo {
		this.#power ??= new DevPmInfo(this);
		return this.#power;
	}

	/** Its node in /dev: undefined where it has no number (device_get_devnode). */
	get devnode(): Required<Pick<Devnode, 'name'>> & Devnode {
		const chosen = this.type?.devnode?.(this) ?? this.class?.type.devnode?.(this);
		return { ...chosen, name: chosen?.name ?? this.name.replaceAll('!', '/') };
	}

	/** What it is called in the log: of its driver, bus or class, and its name (dev_driver_string, dev_name). */
	get logName(): string {
		return `${this.driver?.name ?? this.bus?.name ?? this.class?.name ?? ''} ${this.name}`;
	}
}

/** The file `uevent` of every device: what events about it say, and where one is asked for. */
export const deviceUevent: Attribute<Device> = {
	mode: 0o644,
	show(dev) {
		const { kset } = dev;
		if (kset?.ueventOps?.filter?.(dev) === false) return '';
		const env = new KobjUeventEnv();
		kset?.ueventOps?.uevent?.(dev, env);
		return env.envp.map(variable => `${variable}\n`).join('');
	},
	store: kobjectSynthUevent,
};

const dev: Attribute<Device> = { mode: 0o444, show: ({ devt }) => `${MAJOR(devt)}:${MINOR(devt)}\n` };

/** The devices of one kernel, and who looks after them. */
export class DriverCore {
	readonly kernel: Kernel;
	readonly sysfs: Sysfs;
	/** Devices whose drivers wait for something. */
	readonly deferred: DeferredProbes;
	readonly softwareNodes: SoftwareNodes;
	#virtual: Kobject | undefined;

	constructor(kernel: Kernel, sysfs: Sysfs) {
		this.kernel = kernel;
		this.sysfs = sysfs;
		this.deferred = new DeferredProbes(kernel.pr);
		this.softwareNodes = new SoftwareNodes(sysfs);
		sysfs.devices.ueventOps = {
			filter: kobj => kobj instanceof Device && (kobj.bus !== undefined || kobj.class !== undefined),
			name: kobj => subsystemOf(kobj as Device)?.name,
			uevent: (kobj, env) => devUevent(kobj as Device, env),
		};
	}

	/**
	 * Makes a device known: its directory and links appear, "add" is sent, and a driver may be bound to it (device_add). EINVAL
	 * without a name, EEXIST, and what its attributes are refused with; nothing is left then. Settles once a driver's probe has.
	 */
	add(device: Device): Awaitable<void> {
		return drive(this.#add(device));
	}

	*#add(device: Device): Steps<void> {
		const { bus } = device;
		device.kset = this.sysfs.devices;
		const above = this.#directoryFor(device);
		try {
			device.add(above);
		} catch (error) {
			device.class?.leaveGlueDir(above);
			throw error;
		}
		try {
			this.#populate(device);
		} catch (error) {
			this.#unlink(device);
			softwareNodeNotifyRemove(device);
			device.del();
			device.class?.leaveGlueDir(above);
			throw error;
		}
		device.uevent('add');
		if (bus !== undefined) yield* step(bus.probeDevice(device));
	}

	/**
	 * Takes a device away, its driver first (device_del). Settles once the driver's remove has, and no operation on its attributes
	 * runs any more. Nothing to do for one that is not there.
	 */
	del(device: Device): Awaitable<void> {
		if (!device.inSysfs || device.dead) return;
		return drive(this.#del(device));
	}

	*#del(device: Device): Steps<void> {
		device.dead = true;
		this.#unlink(device);
		this.deferred.forget(device);
		yield* step(releaseDriver(device));
		device.bus?.removeDevice(device);
		device.power.remove();
		softwareNodeNotifyRemove(device);
		device.devres.releaseAll(error => this.kernel.panic.oops(error, `undoing ${device.name}`));
		const above = device.parent;
		const gone = device.del();
		device.class?.leaveGlueDir(above);
		if (isPromise(gone)) yield* step(gone);
	}

	/** As `del`, and gives the reference back that making it took (device_unregister). */
	unregister(device: Device): Awaitable<void> {
		return chain(this.del(device), () => device.put());
	}

	/** What is in its directory, and the links to it from elsewhere. */
	#populate(device: Device): void {
		const { class: cls, devt, name } = device;
		softwareNodeNotify(device);
		if (device.later) device.kn.fillLater(() => fill(device), device.pmNotRequired ? 0 : 1);
		else fill(device);
		if (cls !== undefined) sysfsCreateLink(cls.subsys, device, name);
		if (devt === 0) return;
		const { devnode } = device;
		if (cls?.name !== 'block') this.kernel.devtmpfs.createNode(devnode.name, devt, devnode.mode);
		this.#numbers(cls).kn.createLink(numberOf(devt), device.kn);
	}

	/** The links from elsewhere; those in its own directory go with that. */
	#unlink(device: Device): void {
		const { kn, name, class: cls, bus, devt } = device;
		if (devt !== 0) {
			removeLinkTo(this.#numbers(cls).kn, numberOf(devt), kn);
			this.kernel.devtmpfs.deleteNode(device.devnode.name, devt);
		}
		if (cls !== undefined) removeLinkTo(cls.subsys.kn, name, kn);
		bus?.unlinkDevice(kn);
	}

	#numbers(cls: Class | undefined): Kobject {
		return cls?.name === 'block' ? this.sysfs.devBlock : this.sysfs.devChar;
	}

	/** get_device_parent. Undefined: /sys/devices. */
	#directoryFor({ class: cls, bus, parentDevice }: Device): Kobject | undefined {
		if (cls === undefined) return parentDevice ?? bus?.root;
		if (parentDevice?.class !== undefined) return parentDevice;
		return cls.enterGlueDir(parentDevice ?? this.virtual);
	}

	/** /sys/devices/virtual: what is no hardware. */
	get virtual(): Kobject {
		this.#virtual ??= kobjectCreateAndAdd('virtual', this.sysfs.devices);
		return this.#virtual;
	}
}

/** Makes what is in the directory of a device: device_add_class_symlinks, device_add_attrs, bus_add_device. */
function fill(device: Device): void {
	const { bus, class: cls, type, parentDevice } = device;
	sysfsCreateFile(device, 'uevent', deviceUevent);
	if (cls !== undefined) {
		sysfsCreateLink(device, cls.subsys, 'subsystem');
		if (parentDevice !== undefined && type?.name !== 'partition') sysfsCreateLink(device, parentDevice, 'device');
	}
	sysfsCreateGroups(device, [...(cls?.type.devGroups ?? []), ...(type?.groups ?? []), ...device.groups]);
	bus?.addDevice(device);
	if (!device.pmNotRequired) dpmSysfsAdd(device);
	if (device.devt !== 0) sysfsCreateFile(device, 'dev', dev);
}

/** The bus or class that a device is of. */
function subsystemOf({ bus, class: cls }: Device): Bus | Class | undefined {
	return bus ?? cls;
}

function numberOf(devt: number): string {
	return `${MAJOR(devt)}:${MINOR(devt)}`;
}

/** What events about a device say besides what all say (dev_uevent). */
function devUevent(device: Device, env: KobjUeventEnv): void {
	const { devt, type, driver, bus, class: cls } = device;
	if (devt !== 0) {
		const { name, mode } = device.devnode;
		for (const variable of [`MAJOR=${MAJOR(devt)}`, `MINOR=${MINOR(devt)}`, `DEVNAME=${name}`]) env.add(variable);
		if (mode !== undefined) env.add(`DEVMODE=0${mode.toString(8)}`);
	}
	if (type?.name !== undefined) env.add(`DEVTYPE=${type.name}`);
	if (driver !== undefined) env.add(`DRIVER=${driver.name}`);
	bus?.type.uevent?.(device, env);
	cls?.type.devUevent?.(device, env);
	type?.uevent?.(device, env);
}

/** Removes a link if it leads to a node, and not to another that has taken its name. */
export function removeLinkTo(dir: KernfsNode, name: string, target: KernfsNode): void {
	const link = dir.findChild(name);
	if (link?.target === target) link.remove();
}
