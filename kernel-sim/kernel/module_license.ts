/**
 * module_license - what a module does to the trust in the kernel (include/linux/license.h, kernel/module/main.c:
 * module_augment_kernel_taints).
 */

import type { Module } from './module.ts';
import type { Panic } from './panic.ts';
import type { Pr } from './printk.ts';

/** Licences under which a module does not taint the kernel (license_is_gpl_compatible). */
const gplCompatible: ReadonlySet<string> = new Set([
	'GPL',
	'GPL v2',
	'GPL and additional rights',
	'Dual BSD/GPL',
	'Dual MIT/GPL',
	'Dual MPL/GPL',
]);

/** Taints the kernel by a module that does not come with it, or is not free. The log says so of the first of each kind. */
export function taintByModule(module: Module, inTree: boolean, { panic, pr }: { panic: Panic; pr: Pr }): void {
	if (!inTree) {
		if (!panic.hasTaint('OOT_MODULE')) pr.warn('%s: loading out-of-tree module taints kernel.\n', module.name);
		module.taints.add('OOT_MODULE');
		panic.addTaint('OOT_MODULE');
	}
	const { license } = module.definition;
	if (gplCompatible.has(license)) return;
	if (!panic.hasTaint('PROPRIETARY_MODULE')) pr.warn("%s: module license '%s' taints kernel.\n", module.name, license);
	module.taints.add('PROPRIETARY_MODULE');
	panic.addTaint('PROPRIETARY_MODULE');
}
