/**
 * softirqs - /proc/softirqs: how often each softirq has run on each processor (fs/proc/softirqs.c).
 */

import { softirqs, softirqsCpu } from '../../kernel/kernel_stat.ts';
import type { Kernel } from '../../kernel.ts';
import type { Proc } from './proc_fs.ts';

/** Makes /proc/softirqs. */
export function procSoftirqsInit({ time, host: { hardware } }: Kernel, proc: Proc): void {
	const { cpus } = hardware;
	proc.createSingle('softirqs', 0, m => {
		m.puts(' '.repeat(20));
		for (let cpu = 0; cpu < cpus; cpu++) m.printf('CPU%-8d', cpu);
		m.putc('\n');
		for (const name of softirqs) {
			m.printf('%12s:', name);
			for (let cpu = 0; cpu < cpus; cpu++) m.printf(' %10u', softirqsCpu(name, time));
			m.putc('\n');
		}
	});
}
