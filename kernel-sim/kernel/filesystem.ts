/**
 * filesystem - file systems that modules bring (register_filesystem, get_tree_nodev of fs/super.c).
 *
 * Each mount is an instance of its own, and holds a reference on the module, which can therefore not go before the last one has.
 */

import { Errno } from '../../src/lib/errno.ts';
import { SuperBlock } from '../fs/super.ts';
import type { Kernel } from '../kernel.ts';
import type { Module } from './module.ts';

/** What a mount was asked for with. */
export interface MountRequest {
	/** What mount(8) calls the device. */
	readonly source: string;
	/** Its options, separated by commas, without those that every file system has. */
	readonly data: string;
}

/** A type of file system, as a module writes it down (struct file_system_type). */
export interface ModuleFileSystem {
	readonly name: string;
	/** What statfs(2) shows as the type. */
	readonly magic: number;
	/** Gives a new instance its root directory, `sb.root`. What it throws is the error of the mount. */
	fillSuper(sb: SuperBlock, request: MountRequest): void;
	/** Called when an instance is used no more. Absent: nothing to do. */
	killSb?(sb: SuperBlock): void;
}

/** Makes a type known until the module is gone. EBUSY where the name is taken. */
export function registerFilesystem(kernel: Kernel, module: Module, type: ModuleFileSystem): void {
	const unregister = kernel.filesystems.register({
		name: type.name,
		mount: (source, data) => getTree(kernel, module, type, { source, data }),
	});
	module.undo(unregister);
}

/** ENODEV while the module is on its way out. */
function getTree(kernel: Kernel, module: Module, type: ModuleFileSystem, request: MountRequest): SuperBlock {
	if (!module.tryGet()) throw new Errno('ENODEV', `${module.name} is being removed`);
	const { anonymousDevices } = kernel;
	const dev = anonymousDevices.allocate();
	const release = () => {
		anonymousDevices.free(dev);
		module.put();
	};
	const kill = () => {
		try {
			type.killSb?.(sb);
		} finally {
			release();
		}
	};
	const sb = new SuperBlock({ type: type.name, magic: type.magic, dev, kill });
	try {
		type.fillSuper(sb, request);
		if (sb.root === undefined) throw new TypeError(`${type.name}: fillSuper has set no root`);
	} catch (error) {
		release();
		throw error;
	}
	return sb;
}
