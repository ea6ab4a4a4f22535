/**
 * ps - `ring3 ps`
 */

import { type Found, runningMachines } from '../machine/find.ts';
import { RuntimeDir } from '../machine/runtime_dir.ts';
import { attempt } from './failure.ts';

/** Prints the machines that run. */
export async function ps(): Promise<void> {
	const machines = await attempt('ps', () => runningMachines(RuntimeDir.open()));
	process.stdout.write(machineTable(machines, Date.now()));
}

/** The table of the machines, `now` in milliseconds since 1970. */
export function machineTable(machines: readonly Found[], now: number): string {
	const rows = machines.map(({ name, status }) => {
		if (status === undefined) return [name, '?', '?', '?', '?', 'does not answer'];
		const { pid, started, sessions, modules, dir, mounts } = status;
		return [
			name,
			String(pid),
			uptime(now - started),
			String(sessions),
			modules.join(',') || '-',
			[dir, ...mounts].join(', '),
		];
	});
	const table = [['NAME', 'PID', 'UP', 'RUNS', 'MODULES', 'DIR'], ...rows];
	const widths = table[0]!.map((_, column) => Math.max(...table.map(row => row[column]!.length)));
	return table
		.map(
			row =>
				`${row
					.map((cell, i) => cell.padEnd(widths[i]!))
					.join('  ')
					.trimEnd()}\n`,
		)
		.join('');
}

function uptime(ms: number): string {
	const seconds = Math.max(0, Math.floor(ms / 1000));
	const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
	return parts.map(part => String(part).padStart(2, '0')).join(':');
}
