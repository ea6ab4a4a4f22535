/**
 * module_sysctl - what a module can do under /proc/sys; all of it is undone when the module goes.
 *
 *     sysctl.register('net/test', table);        a table in a directory, which is made (register_sysctl)
 *     sysctl.registerTable(rootTable);           tables in tables, as up to Linux 6.5 (register_sysctl_table)
 */

import type { Awaitable } from '../../../src/lib/awaitable.ts';
import type { CtlTableHeader, Sysctl } from '../../fs/proc/proc_sysctl.ts';
import type { Module } from '../module.ts';
import type { CtlTable } from './ctl_table.ts';
import { type LegacyCtlTable, registerSysctlTable } from './legacy.ts';

/** The tables of one module. */
export class ModuleSysctl {
	readonly #sysctl: Sysctl;
	readonly #module: Module;

	constructor(sysctl: Sysctl, module: Module) {
		this.#sysctl = sysctl;
		this.#module = module;
	}

	/** See `Sysctl.register`: EINVAL, EEXIST, ENOTDIR, EROFS. */
	register(path: string, table: CtlTable): CtlTableHeader {
		return this.#owned(this.#sysctl.register(path, table));
	}

	/** See `Sysctl.registerMountPoint`: EINVAL, ENOTDIR, EROFS. */
	registerMountPoint(path: string): CtlTableHeader {
		return this.#owned(this.#sysctl.registerMountPoint(path));
	}

	/** See `registerSysctlTable`, which throws as `register`. */
	registerTable(table: LegacyCtlTable): void {
		this.#module.undo(registerSysctlTable(this.#sysctl, table));
	}

	/** Takes the files of a table away before the module goes. Nothing is done for one that is gone. */
	unregister(header: CtlTableHeader): Awaitable<void> {
		return this.#sysctl.unregister(header);
	}

	/** Calls `listener` after each write to any file under /proc/sys that was taken. ENOENT. */
	watch(path: string, listener: () => void): void {
		this.#module.undo(this.#sysctl.watch(path, listener));
	}

	#owned(header: CtlTableHeader): CtlTableHeader {
		this.#module.undo(() => this.#sysctl.unregister(header));
		return header;
	}
}
