/**
 * lsmod - `ring3 lsmod`
 */

import { withMachine } from './with_machine.ts';

/** Prints the modules of a machine as kmod's lsmod does. */
export async function lsmod({ name }: { name?: string }): Promise<void> {
	const { text } = await withMachine('lsmod', name, machine => machine.request('lsmod', {}));
	process.stdout.write(moduleTable(text));
}

/** The table of a /proc/modules: `name size refcount users, state address` per line, users `-` for none. */
export function moduleTable(procModules: string): string {
	const rows = procModules.split('\n').filter(line => line !== '');
	const lines = rows.map(row => {
		const [module = '', size = '', refcount = '', users = '-'] = row.split(' ');
		const usedBy = users === '-' ? '' : ` ${users.replace(/,$/, '')}`;
		return `${module.padEnd(19)} ${size.padStart(8)}  ${refcount}${usedBy}`;
	});
	return ['Module                  Size  Used by', ...lines, ''].join('\n');
}
