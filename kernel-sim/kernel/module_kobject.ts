/**
 * module_kobject - /sys/module: a directory for each module that is loaded, and for each that is built in and has parameters.
 *
 * Simulates kernel/module/sysfs.c, the attributes of kernel/module/main.c, and the files of kernel/params.c:
 *
 *     NAME/parameters/PARAM    as the parameter's mode says; a write is seen by the module at once, and so is the reverse
 *     NAME/holders/OTHER       a link to each module that depends on it
 *     NAME/sections, notes     of a loaded module alone, as are the files about its state
 *
 * All of it is there while exit runs, and gone with what init has registered.
 */

import { Errno } from '../../src/lib/errno.ts';
import { sprintf } from '../../src/lib/printf.ts';
import { encodeUtf8 } from '../../src/lib/text.ts';
import { attrRo, type Value } from '../fs/sysfs/attr.ts';
import { type Attribute, type BinAttribute, sysfsCreateBinFile, sysfsCreateFile } from '../fs/sysfs/file.ts';
import { sysfsCreateGroup } from '../fs/sysfs/group.ts';
import { sysfsCreateLink } from '../fs/sysfs/symlink.ts';
import type { Kernel } from '../kernel.ts';
import { Kobject, type KobjType, type Kset, kobjectCreateAndAdd } from '../lib/kobject.ts';
import { kobjectSynthUevent } from '../lib/kobject_uevent.ts';
import type { BuiltinParams } from './builtin_params.ts';
import type { KernelConfig } from './config.ts';
import { kallsymsShowValue } from './ksyms_common.ts';
import type { Module } from './module.ts';
import { notesOf, sectionAddress, sectionNames } from './module_sections.ts';
import type { ModuleParams } from './moduleparam.ts';
import { taintLetters } from './panic.ts';
import type { Pr } from './printk.ts';

const moduleKtype: KobjType<ModuleKobject> = {};

/** The object of a module (struct module_kobject). */
export class ModuleKobject extends Kobject {
	readonly params: ModuleParams;

	constructor(params: ModuleParams) {
		super(moduleKtype);
		this.params = params;
	}
}

/** The object of a module that is loaded. */
class LoadedKobject extends ModuleKobject {
	readonly module: Module;

	constructor(module: Module) {
		super(module.params);
		this.module = module;
	}
}

const uevent: Attribute = { mode: 0o200, store: (kobj, buf) => kobjectSynthUevent(kobj, buf) };

const readOnly = (show: (module: Module) => Value): Attribute<LoadedKobject> => attrRo(({ module }) => show(module));

const initstate = { Loading: 'coming', Live: 'live', Unloading: 'going' } as const;

/** The digits of a srcversion: MD4 as modpost writes it, of which the last one has no room. */
const SRCVERSION_DIGITS = 23;

const version = readOnly(({ definition }) => definition.version ?? '');

/**
 * Divergence: made from the SHA-1 of the files that were loaded, where modpost takes the MD4 of what was compiled.
 */
const srcversion = readOnly(({ image }) => {
	const digits = Array.from(image.digest, byte => byte.toString(16).padStart(2, '0')).join('');
	return digits.slice(0, SRCVERSION_DIGITS).toUpperCase();
});

/** The attributes of every module (modinfo_attrs). */
const modinfo: Readonly<Record<string, Attribute<LoadedKobject>>> = {
	initstate: readOnly(({ state }) => initstate[state]),
	coresize: readOnly(({ size }) => size),
	initsize: readOnly(() => 0),
	taint: readOnly(({ taints }) => taintLetters(taints, false)),
};

/** Only where modules can be unloaded. */
const refcnt = readOnly(({ refcount }) => refcount);

/** An address as text: of whoever may not see it, 0 (module_sect_read). */
const section: BinAttribute<LoadedKobject> = {
	mode: 0o400,
	size: '0x0123456789abcdef\n'.length,
	read({ module, kernel }, count, pos, { name, ctx }) {
		if (pos !== 0) throw new Errno('EINVAL');
		const address = kallsymsShowValue(kernel.printk, ctx) ? sectionAddress(module, name) : 0n;
		return encodeUtf8(sprintf('0x%016llx\n', address)).subarray(0, count);
	},
};

/** A parameter's file (param_attr_show, param_attr_store). Changing its mode does not let it be written. */
function paramAttribute(mode: number): Attribute<ModuleKobject> {
	const show: Attribute<ModuleKobject>['show'] = ({ params }, { name }) => params.show(name);
	if ((mode & 0o222) === 0) return { mode, show };
	return { mode, show, store: ({ params }, buf, { name }) => params.store(name, buf) };
}

/** Makes the directory of the parameters that are to be seen; there is none without (module_param_sysfs_setup). */
function addParams(kobj: ModuleKobject): void {
	const { params } = kobj;
	const visible = params.names.filter(name => params.perm(name) !== 0);
	if (visible.length === 0) return;
	const attrs = Object.fromEntries(visible.map(name => [name, paramAttribute(params.perm(name))]));
	sysfsCreateGroup(kobj, { name: 'parameters', attrs });
}

/** The directories of the modules of one kernel. */
export class ModuleSysfs {
	readonly #kset: Kset;
	readonly #pr: Pr;
	readonly #config: KernelConfig;

	constructor({ sysfs, pr, config }: Pick<Kernel, 'sysfs' | 'pr' | 'config'>) {
		const kset = sysfs.module;
		this.#kset = kset;
		this.#pr = pr;
		this.#config = config;
		kset.ueventOps = { filter: kobj => kobj instanceof ModuleKobject };
	}

	/** Makes the directories of what is built in (param_sysfs_builtin_init). */
	addBuiltin(builtin: BuiltinParams): void {
		for (const [name, params] of builtin.modules) {
			const kobj = this.#add(name, new ModuleKobject(params));
			addParams(kobj);
			kobj.uevent('add');
		}
	}

	/**
	 * Makes the directory of a module, with links to it from those that it depends on, and has them removed with the module
	 * (mod_sysfs_setup). EINVAL where a module that is built in has the name.
	 */
	setup(module: Module): void {
		if (this.#kset.find(module.name) !== undefined) {
			this.#pr.err('%s: module is already loaded\n', module.name);
			throw new Errno('EINVAL', `${module.name} is built in`);
		}
		const kobj = this.#add(module.name, new LoadedKobject(module));
		module.undo(() => kobj.put());
		this.#addDir('holders', kobj);
		addParams(kobj);
		if (module.definition.version !== undefined) sysfsCreateGroup(kobj, { attrs: { version, srcversion } });
		sysfsCreateGroup(kobj, { attrs: modinfo });
		if (this.#config.CONFIG_MODULE_UNLOAD) this.#addUsage(kobj);
		if (this.#config.CONFIG_KALLSYMS) this.#addSections(kobj);
	}

	/** Tells user space that a module is there, once its init is done. */
	announce({ name }: Module): void {
		this.#kset.find(name)?.uevent('add');
	}

	#add<T extends ModuleKobject>(name: string, kobj: T): T {
		kobj.kset = this.#kset;
		kobj.add(undefined, name);
		if (this.#config.CONFIG_MODULES) sysfsCreateFile(kobj, 'uevent', uevent);
		return kobj;
	}

	#addDir(name: string, kobj: LoadedKobject): Kobject {
		const dir = kobjectCreateAndAdd(name, kobj);
		kobj.module.undo(() => dir.put());
		return dir;
	}

	/** How often it is used, and links to it from the modules that it uses (add_usage_links). */
	#addUsage(kobj: LoadedKobject): void {
		const { module } = kobj;
		sysfsCreateFile(kobj, 'refcnt', refcnt);
		for (const other of module.uses) {
			const link = sysfsCreateLink(this.#holders(other), kobj, module.name);
			module.undo(() => link.remove());
		}
	}

	/** add_sect_attrs, add_notes_attrs. */
	#addSections(kobj: LoadedKobject): void {
		const names = sectionNames(kobj.module);
		sysfsCreateGroup(kobj, { name: 'sections', binAttrs: Object.fromEntries(names.map(name => [name, section])) });
		const notes = this.#addDir('notes', kobj);
		for (const [name, bytes] of Object.entries(notesOf(kobj.module))) {
			const read = (_notes: Kobject, count: number, pos: number) => bytes.subarray(pos, pos + count);
			sysfsCreateBinFile(notes, name, { mode: 0o444, size: bytes.length, read });
		}
	}

	#holders({ name }: Module): Kobject {
		return this.#kset.find(name)!.kn.findChild('holders')!.priv as Kobject;
	}
}
