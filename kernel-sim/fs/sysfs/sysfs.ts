/**
 * sysfs - the directories at the top of /sys, and those in them that subsystems put theirs into.
 *
 * In Linux each is made by whoever it belongs to (devices_init, buses_init, classes_init, firmware_init, mnt_init, ksysfs_init,
 * param_sysfs_init, pm_init); here all are made at boot, and who they belong to gives them their files.
 */

import { Kobject, Kset, kobjectCreateAndAdd, ksetCreateAndAdd } from '../../lib/kobject.ts';
import type { KernfsNode } from '../kernfs/dir.ts';

/** What is at the top of one kernel's /sys. */
export class Sysfs {
	/** The root directory. */
	readonly root: KernfsNode;
	/** /sys/block: links to the block devices. */
	readonly block: Kobject;
	/** /sys/bus: the set of the buses. */
	readonly bus: Kset;
	/** /sys/class: the set of the classes. */
	readonly class: Kset;
	/** /sys/dev, with `char` and `block`: links to devices by their numbers. */
	readonly dev: Kobject;
	readonly devChar: Kobject;
	readonly devBlock: Kobject;
	/** /sys/devices: the set of the devices. */
	readonly devices: Kset;
	/** /sys/devices/system: the set of the devices of the machine itself. */
	readonly system: Kset;
	readonly firmware: Kobject;
	/** /sys/fs (fs_kobj). */
	readonly fs: Kobject;
	/** /sys/kernel (kernel_kobj). */
	readonly kernel: Kobject;
	/** /sys/module: the set of the modules. */
	readonly module: Kset;
	/** /sys/power (power_kobj). */
	readonly power: Kobject;

	constructor(root: KernfsNode) {
		this.root = root;
		this.block = this.#top('block', new Kobject());
		this.bus = this.#top('bus', new Kset());
		this.class = this.#top('class', new Kset());
		this.dev = this.#top('dev', new Kobject());
		this.devBlock = kobjectCreateAndAdd('block', this.dev);
		this.devChar = kobjectCreateAndAdd('char', this.dev);
		this.devices = this.#top('devices', new Kset());
		this.system = ksetCreateAndAdd('system', this.devices);
		this.firmware = this.#top('firmware', new Kobject());
		this.fs = this.#top('fs', new Kobject());
		this.kernel = this.#top('kernel', new Kobject());
		this.module = this.#top('module', new Kset());
		this.power = this.#top('power', new Kobject());
	}

	#top<T extends Kobject>(name: string, kobj: T): T {
		kobj.addAtTop(this.root, name);
		return kobj;
	}
}
