/**
 * modules - the modules that contracts have loaded, by name: those of test/contract/modules, and the samples.
 */

import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { ModuleDefinition } from '../../kernel-sim/kernel/module.ts';

/** What a machine loads a module from: the source of a test module, or the name of a sample. */
export function moduleSource(name: string): string {
	const path = fileURLToPath(new URL(`../../../test/contract/modules/${name}.ts`, import.meta.url));
	return existsSync(path) ? path : name;
}

/** The module itself, for a kernel in this process. */
export async function moduleDefinition(name: string): Promise<ModuleDefinition> {
	const sample = moduleSource(name) === name;
	const file = sample ? `../../kernel-sim/samples/${name}.js` : `../contract/modules/${name}.js`;
	return ((await import(file)) as { readonly default: ModuleDefinition }).default;
}
