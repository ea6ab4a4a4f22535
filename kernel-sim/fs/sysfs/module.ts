/**
 * module - /sys/module/<name>: what modprobe and lsmod look at.
 *
 * Simulates kernel/module/sysfs.c and the attributes of kernel/module/main.c.
 */

import type { Module } from '../../kernel/module.ts';
import { taintLetters } from '../../kernel/panic.ts';
import type { KernfsNode } from '../kernfs/dir.ts';
import { sysfsCreateFile } from './file.ts';

const initstate = { Loading: 'coming', Live: 'live', Unloading: 'going' } as const;

/** The attributes of every module (modinfo_attrs). */
const attributes: { readonly [name: string]: (module: Module) => string } = {
	initstate: ({ state }) => initstate[state],
	coresize: ({ size }) => `${size}`,
	initsize: () => '0',
	taint: ({ taints }) => taintLetters(taints, false),
	refcnt: ({ refcount }) => `${refcount}`,
};

/** The directories of the modules of one kernel. */
export class ModuleSysfs {
	readonly #dir: KernfsNode;

	/** `sysfs` is the root of the tree. */
	constructor(sysfs: KernfsNode) {
		this.#dir = sysfs.createDir('module');
	}

	/**
	 * Makes the directory of a module, with links to it from those that it depends on, and has them removed with the module
	 * (mod_sysfs_setup).
	 */
	setup(module: Module): void {
		const dir = this.#dir.createDir(module.name);
		module.undo(() => dir.remove());
		const { version } = module.definition;
		const all = version === undefined ? attributes : { version: () => version, ...attributes };
		for (const [name, show] of Object.entries(all)) {
			sysfsCreateFile(dir, { name, mode: 0o444, show: () => `${show(module)}\n` });
		}
		dir.createDir('holders');
		for (const other of module.uses) {
			const link = this.#dir.children.get(other.name)?.children.get('holders')?.createLink(module.name, dir);
			if (link !== undefined) module.undo(() => link.remove());
		}
	}
}
