/**
 * lsmod - `ring3 lsmod`
 */

import type { LoadedModule } from '../machine/status.ts';
import { withMachine } from './with_machine.ts';

/** Prints the modules of a machine as kmod's lsmod does. */
export async function lsmod({ name }: { name?: string }): Promise<void> {
	const { modules } = await withMachine('lsmod', name, machine => machine.request('lsmod', {}));
	process.stdout.write(moduleTable(modules));
}

/** The table of lsmod(8). */
export function moduleTable(modules: readonly LoadedModule[]): string {
	const lines = modules.map(({ name, size, refcount, usedBy }) => {
		const row = `${name.padEnd(19)} ${String(size).padStart(8)}  ${refcount}`;
		return usedBy.length > 0 ? `${row} ${usedBy.join(',')}` : row;
	});
	return ['Module                  Size  Used by', ...lines, ''].join('\n');
}
