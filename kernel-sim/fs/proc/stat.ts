/**
 * stat - /proc/stat: processor time, tasks and the time of boot (fs/proc/stat.c).
 *
 * Divergence: nobody counts context switches; there are none.
 */

import { archInterrupts, irqsCpu, softirqs, softirqsCpu } from '../../kernel/kernel_stat.ts';
import type { CpuTime } from '../../kernel/sched.ts';
import type { Kernel } from '../../kernel.ts';
import type { Proc } from './proc_fs.ts';

/** user nice system idle iowait irq softirq steal guest guest_nice. */
const columns = ({ user, system, idle }: CpuTime): string => `${user} 0 ${system} ${idle} 0 0 0 0 0 0`;

function sum(cpus: readonly CpuTime[]): CpuTime {
	const total = (column: keyof CpuTime) => cpus.reduce((all, cpu) => all + cpu[column], 0);
	return { user: total('user'), system: total('system'), idle: total('idle') };
}

/** Makes /proc/stat. */
export function procStatInit({ sched, time, irqs }: Kernel, proc: Proc): void {
	proc.createSingle('stat', 0, m => {
		const cpus = sched.cpuTimes();
		m.printf('cpu  %s\n', columns(sum(cpus)));
		for (const [i, cpu] of cpus.entries()) m.printf('cpu%d %s\n', i, columns(cpu));
		const interrupts = archInterrupts.reduce((all, [name]) => all + irqsCpu(name, time) * cpus.length, 0);
		const numbered = [...irqs].map(({ total }) => total);
		const all = numbered.reduce((sum, count) => sum + count, interrupts);
		m.printf('intr %llu %s\nctxt 0\n', all, numbered.join(' '));
		m.printf('btime %llu\nprocesses %lu\n', time.bootTime().sec, sched.totalForks());
		m.printf('procs_running %u\nprocs_blocked %u\n', sched.nrRunning(), sched.nrIowait());
		const counts = softirqs.map(name => softirqsCpu(name, time) * cpus.length);
		m.printf(
			'softirq %llu %s\n',
			counts.reduce((all, count) => all + count),
			counts.join(' '),
		);
	});
}
