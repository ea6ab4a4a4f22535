/**
 * schedstat - /proc/schedstat: what the scheduler of each processor has done (kernel/sched/stats.c).
 *
 * Divergence: time is the one thing that is known, as /proc/stat has it; nobody counts switches and waits, and there are no domains to
 * balance between, because it is the host that schedules.
 */

import { NSEC_PER_TICK } from '../../kernel/time.ts';
import type { Kernel } from '../../kernel.ts';
import type { Proc } from './proc_fs.ts';

const SCHEDSTAT_VERSION = 16;

/** Makes /proc/schedstat: the heading is a record, and each processor. */
export function procSchedstatInit({ sched, time, host: { hardware } }: Kernel, proc: Proc): void {
	const within = (pos: number) => (pos <= hardware.cpus ? pos : undefined);
	proc.createSeq('schedstat', 0, {
		start: (_m, pos) => within(pos),
		next: (_m, _v, pos) => within(pos),
		show(m, v: number) {
			if (v === 0) {
				m.printf('version %d\ntimestamp %lu\n', SCHEDSTAT_VERSION, time.jiffies);
				return;
			}
			const { user, system } = sched.cpuTimes()[v - 1]!;
			m.printf('cpu%d 0 0 0 0 0 0 %llu 0 0\n', v - 1, (user + system) * NSEC_PER_TICK);
		},
	});
}
