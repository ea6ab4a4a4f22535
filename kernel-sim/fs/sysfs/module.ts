/**
 * module - /sys/module/<name>: what modprobe and lsmod look at.
 *
 * Simulates kernel/module/sysfs.c and the attributes of kernel/module/main.c.
 */

import type { Module } from '../../kernel/module.ts';
import { taintLetters } from '../../kernel/panic.ts';
import { Kobject, type KobjType, type Kset, kobjectCreateAndAdd } from '../../lib/kobject.ts';
import { kobjectSynthUevent } from '../../lib/kobject_uevent.ts';
import { type Attribute, sysfsCreateFile } from './file.ts';

const initstate = { Loading: 'coming', Live: 'live', Unloading: 'going' } as const;

const readOnly = (show: (module: Module) => string): Attribute<ModuleKobject> => ({
	mode: 0o444,
	show: ({ module }) => `${show(module)}\n`,
});

/** The attributes of every module (modinfo_attrs). */
const attrs: Readonly<Record<string, Attribute<ModuleKobject>>> = {
	initstate: readOnly(({ state }) => initstate[state]),
	coresize: readOnly(({ size }) => `${size}`),
	initsize: readOnly(() => '0'),
	taint: readOnly(({ taints }) => taintLetters(taints, false)),
	refcnt: readOnly(({ refcount }) => `${refcount}`),
	uevent: { mode: 0o200, store: (kobj, buf) => kobjectSynthUevent(kobj, buf) },
};

const version = readOnly(({ definition }) => definition.version!);

const moduleKtype: KobjType<ModuleKobject> = { groups: [{ attrs }] };

/** The object of a module (struct module_kobject). */
export class ModuleKobject extends Kobject {
	readonly module: Module;

	constructor(module: Module) {
		super(moduleKtype);
		this.module = module;
	}
}

/** The directories of the modules of one kernel. */
export class ModuleSysfs {
	readonly #kset: Kset;

	/** `kset` is /sys/module. */
	constructor(kset: Kset) {
		this.#kset = kset;
		kset.ueventOps = { filter: kobj => kobj instanceof ModuleKobject };
	}

	/**
	 * Makes the directory of a module, with links to it from those that it depends on, and has them removed with the module
	 * (mod_sysfs_setup).
	 */
	setup(module: Module): void {
		const kobj = new ModuleKobject(module);
		kobj.kset = this.#kset;
		kobj.add(undefined, module.name);
		module.undo(() => kobj.del());
		if (module.definition.version !== undefined) sysfsCreateFile(kobj, 'version', version);
		kobjectCreateAndAdd('holders', kobj);
		for (const other of module.uses) {
			const holders = this.#kset.find(other.name)?.kn.findChild('holders');
			const link = holders?.createLink(module.name, kobj.kn);
			if (link !== undefined) module.undo(() => link.remove());
		}
	}

	/** Tells user space that a module is there, once its init is done. */
	announce({ name }: Module): void {
		this.#kset.find(name)?.uevent('add');
	}
}
