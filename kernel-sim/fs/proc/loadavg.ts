/**
 * loadavg - /proc/loadavg: tasks that want to run, on the average, and how many there are (fs/proc/loadavg.c).
 */

import type { Kernel } from '../../kernel.ts';
import type { Proc } from './proc_fs.ts';

/** Load averages are fractions of this (include/linux/sched/loadavg.h). */
const FIXED_1 = 2048;

const loadInt = (load: number): number => Math.floor(load / FIXED_1);
const loadFrac = (load: number): number => loadInt((load % FIXED_1) * 100);

/** Makes /proc/loadavg. */
export function procLoadavgInit({ sched }: Kernel, proc: Proc): void {
	proc.createSingle('loadavg', 0, m => {
		for (const load of sched.avenrun) {
			const rounded = load + FIXED_1 / 200;
			m.printf('%lu.%02lu ', loadInt(rounded), loadFrac(rounded));
		}
		m.printf('%u/%d %d\n', sched.nrRunning(), sched.nrThreads(), sched.lastPid());
	});
}
