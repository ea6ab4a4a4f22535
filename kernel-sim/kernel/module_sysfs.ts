/**
 * module_sysfs - objects, files and links in /sys that a module makes, and that go with it.
 *
 * Each call does what the function of lib/kobject.ts or fs/sysfs does whose name it bears, and has it undone at rmmod.
 */

import type { KernfsNode } from '../fs/kernfs/dir.ts';
import {
	type Attribute,
	type BinAttribute,
	sysfsCreateBinFile,
	sysfsCreateFile,
	sysfsNotify,
	sysfsRemoveFile,
} from '../fs/sysfs/file.ts';
import { type AttributeGroup, sysfsCreateGroup, sysfsRemoveGroup, sysfsUpdateGroup } from '../fs/sysfs/group.ts';
import { sysfsCreateLink, sysfsRemoveLink } from '../fs/sysfs/symlink.ts';
import type { Kernel } from '../kernel.ts';
import { Kobject, Kset } from '../lib/kobject.ts';
import type { KsetUeventOps } from '../lib/kobject_uevent.ts';
import type { Module } from './module.ts';

/** Makes objects for a module. */
export class ModuleKobjects {
	/** /sys/fs. */
	readonly fsKobj: Kobject;
	/** /sys/kernel. */
	readonly kernelKobj: Kobject;
	/** /sys/firmware. */
	readonly firmwareKobj: Kobject;
	/** /sys/power. */
	readonly powerKobj: Kobject;
	readonly #kernel: Kernel;
	readonly #module: Module;

	constructor(kernel: Kernel, module: Module) {
		const { fs, kernel: kernelKobj, firmware, power } = kernel.sysfs;
		this.fsKobj = fs;
		this.kernelKobj = kernelKobj;
		this.firmwareKobj = firmware;
		this.powerKobj = power;
		this.#kernel = kernel;
		this.#module = module;
	}

	/**
	 * Adds an object to the directory of `parent`, or of its set, or of /sys (kobject_add). EINVAL without a name, EEXIST, ENOENT. At
	 * rmmod it is taken away and its reference is given back, unless that was done before.
	 */
	add<T extends Kobject>(kobj: T, parent?: Kobject, name: string = kobj.name): T {
		if (parent === undefined && kobj.kset === undefined) kobj.addAtTop(this.#kernel.sysfs.root, name);
		else kobj.add(parent, name);
		this.#module.undo(() => (kobj.inSysfs ? kobj.put() : undefined));
		return kobj;
	}

	/** Makes a directory with nothing of its own (kobject_create_and_add). Throws as `add`. */
	createAndAdd(name: string, parent?: Kobject): Kobject {
		return this.add(new Kobject(), parent, name);
	}

	/** Adds a set, and sends "add" about it (kset_register). Throws as `add`. */
	ksetRegister(kset: Kset, parent?: Kobject, name?: string): Kset {
		this.add(kset, parent, name);
		kset.uevent('add');
		return kset;
	}

	/** Makes a directory for objects (kset_create_and_add). Throws as `add`. */
	ksetCreateAndAdd(name: string, parent?: Kobject, ueventOps?: KsetUeventOps): Kset {
		return this.ksetRegister(new Kset(ueventOps), parent, name);
	}
}

/** Makes files and links for a module. */
export class ModuleSysfsFiles {
	readonly #module: Module;

	constructor(module: Module) {
		this.#module = module;
	}

	/** sysfs_create_file. EEXIST, ENOENT. */
	createFile<T extends Kobject>(kobj: T, name: string, attr: Attribute<T>): void {
		this.#made(sysfsCreateFile(kobj, name, attr));
	}

	/** sysfs_create_bin_file. EEXIST, ENOENT. */
	createBinFile<T extends Kobject>(kobj: T, name: string, attr: BinAttribute<T>): void {
		this.#made(sysfsCreateBinFile(kobj, name, attr));
	}

	/** sysfs_remove_file. Nothing to do where there is none. */
	removeFile(kobj: Kobject, name: string): void {
		sysfsRemoveFile(kobj, name);
	}

	/** sysfs_create_group. EEXIST, ENOENT. */
	createGroup<T extends Kobject>(kobj: T, group: AttributeGroup<T>): void {
		sysfsCreateGroup(kobj, group);
		this.#module.undo(() => sysfsRemoveGroup(kobj, group));
	}

	/** sysfs_update_group. */
	updateGroup<T extends Kobject>(kobj: T, group: AttributeGroup<T>): void {
		sysfsUpdateGroup(kobj, group);
	}

	/** sysfs_remove_group. Nothing to do where there is none. */
	removeGroup<T extends Kobject>(kobj: T, group: AttributeGroup<T>): void {
		sysfsRemoveGroup(kobj, group);
	}

	/** sysfs_create_link. EEXIST, ENOENT. */
	createLink(kobj: Kobject, target: Kobject, name: string): void {
		this.#made(sysfsCreateLink(kobj, target, name));
	}

	/** sysfs_remove_link. Nothing to do where there is none. */
	removeLink(kobj: Kobject, name: string): void {
		sysfsRemoveLink(kobj, name);
	}

	/** Wakes who polls a file; `group` is the directory that it is in, if not the object's (sysfs_notify). */
	notify(kobj: Kobject, group: string | undefined, name: string): void {
		sysfsNotify(kobj, group, name);
	}

	#made(kn: KernfsNode): void {
		this.#module.undo(() => kn.remove());
	}
}
