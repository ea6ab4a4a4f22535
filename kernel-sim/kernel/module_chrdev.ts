/**
 * module_chrdev - character devices that a module brings (register_chrdev, cdev_add, misc_register).
 */

import type { FileOperations } from '../../src/boundary/vfs.ts';
import type { Awaitable } from '../../src/lib/awaitable.ts';
import { Errno } from '../../src/lib/errno.ts';
import { MAJOR, MKDEV } from '../../src/uapi/stat.ts';
import type { Misc, MiscDevice, RegisteredMisc } from '../drivers/char/misc.ts';
import type { Kernel } from '../kernel.ts';
import type { Module } from './module.ts';

/** Minor numbers of a major that was registered whole. */
const MINORS = 256;

/** What may be said of a device besides its operations. */
export interface ChrdevOptions {
	/** Absent, or 0: the kernel chooses one that is free. */
	readonly major?: number;
	/** How many minor numbers it has, from 0 on. Absent: 256. */
	readonly count?: number;
	/** Path below /dev of a node for minor 0. Absent: none, mknod(1) makes one. */
	readonly node?: string;
	/** Mode of that node. Absent: 0o600. */
	readonly mode?: number;
}

/** Makes character devices for a module. */
export interface ModuleChrdev {
	/**
	 * Takes a major number, and has `ops` serve its files, under `name` in /proc/devices; gives the major number. The module stays
	 * as long as any of them is open. EBUSY for a major that is taken, EINVAL for one above 511 or no minors at all.
	 */
	register(name: string, ops: FileOperations, options?: ChrdevOptions): number;
}

/** Makes devices that need one number and no major for a module. */
export class ModuleMisc {
	readonly #misc: Misc;
	readonly #module: Module;
	/** How to forget, at rmmod, that each device is to be taken away. */
	readonly #registered = new Map<RegisteredMisc, () => void>();

	constructor({ misc }: Kernel, module: Module) {
		this.#misc = misc;
		this.#module = module;
	}

	/** misc_register, as `Misc.register`: EBUSY, EINVAL, EEXIST. The module stays as long as any of its files is open. */
	register(device: MiscDevice): RegisteredMisc {
		const misc = this.#misc.register(device, this.#module);
		this.#registered.set(
			misc,
			this.#module.undo(() => this.#misc.deregister(misc)),
		);
		return misc;
	}

	/** misc_deregister, before the module goes. Nothing to do for one that is not there. */
	deregister(misc: RegisteredMisc): Awaitable<void> {
		this.#registered.get(misc)?.();
		this.#registered.delete(misc);
		return this.#misc.deregister(misc);
	}
}

/** Makes what one module gets. */
export function moduleChrdev({ chrdevs, devtmpfs }: Kernel, module: Module): ModuleChrdev {
	return {
		register(name, ops, { major = 0, count = MINORS, node, mode } = {}) {
			if (count < 1) throw new Errno('EINVAL');
			const from = major === 0 ? chrdevs.allocRegion(0, count, name) : MKDEV(major, 0);
			if (major !== 0) chrdevs.registerRegion(from, count, name);
			module.undo(() => chrdevs.unregisterRegion(from, count));
			module.undo(chrdevs.cdevAdd(from, count, ops, module));
			if (node === undefined) return MAJOR(from);
			devtmpfs.createNode(node, from, mode);
			module.undo(() => devtmpfs.deleteNode(node, from));
			return MAJOR(from);
		},
	};
}
