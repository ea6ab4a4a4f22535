/**
 * class - devices by what they do (drivers/base/class.c).
 *
 * /sys/class/<name> has a link to each device of the class, wherever that is.
 */

import { type AttributeGroup, sysfsCreateGroups } from '../../fs/sysfs/group.ts';
import { Kobject, Kset } from '../../lib/kobject.ts';
import type { KobjUeventEnv } from '../../lib/kobject_uevent.ts';
import { Device, type DeviceInit, type Devnode, type DriverCore } from './core.ts';

/** What a class is (struct class). */
export interface ClassType<D extends Device = Device> {
	readonly name: string;
	/** Attributes of the class itself. */
	readonly classGroups?: readonly AttributeGroup<Kset>[];
	/** Attributes of each device of it. */
	readonly devGroups?: readonly AttributeGroup<D>[];
	/** Adds variables to events about its devices. */
	devUevent?(dev: D, env: KobjUeventEnv): void;
	/** Names and modes of nodes in /dev. */
	devnode?(dev: D): Devnode | undefined;
}

/** A class that is registered (struct subsys_private). */
export class Class {
	readonly type: ClassType;
	/** /sys/class/<name>. */
	readonly subsys = new Kset();
	/** By the directory that they are in: the directories named as the class between a device and its parent. */
	readonly #glueDirs = new Map<Kobject, { readonly dir: Kobject; devices: number }>();

	/** Registers it (class_register). EEXIST. */
	constructor(core: DriverCore, type: ClassType) {
		this.type = type;
		this.subsys.kset = core.sysfs.class;
		this.subsys.register(undefined, type.name);
		try {
			sysfsCreateGroups(this.subsys, type.classGroups ?? []);
		} catch (error) {
			this.subsys.put();
			throw error;
		}
	}

	get name(): string {
		return this.type.name;
	}

	/** Takes it away; its devices must have gone (class_unregister). */
	unregister(): void {
		this.subsys.put();
	}

	/** The directory named as the class below another, with one more device in it (get_device_parent). */
	enterGlueDir(above: Kobject): Kobject {
		let glue = this.#glueDirs.get(above);
		if (glue === undefined) {
			const dir = new Kobject();
			dir.add(above, this.name);
			glue = { dir, devices: 0 };
			this.#glueDirs.set(above, glue);
		}
		glue.devices += 1;
		return glue.dir;
	}

	/** Says that a device is not in such a directory any more; it goes with the last (cleanup_glue_dir). */
	leaveGlueDir(dir: Kobject | undefined): void {
		for (const [above, glue] of this.#glueDirs) {
			if (glue.dir !== dir) continue;
			glue.devices -= 1;
			if (glue.devices > 0) return;
			this.#glueDirs.delete(above);
			glue.dir.put();
		}
	}

	/** A device of the class that is not known yet (device_create without adding). */
	newDevice(name: string, init: Omit<DeviceInit, 'class'> = {}): Device {
		return new Device(name, { ...init, class: this });
	}
}
