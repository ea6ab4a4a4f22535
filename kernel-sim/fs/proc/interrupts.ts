/**
 * interrupts - /proc/interrupts: how often each interrupt has happened on each processor (kernel/irq/proc.c, show_interrupts).
 */

import { archInterrupts, irqsCpu } from '../../kernel/kernel_stat.ts';
import type { Kernel } from '../../kernel.ts';
import type { Proc } from './proc_fs.ts';

/** Interrupts that are counted for all processors together (arch_show_interrupts). */
const errors = ['ERR', 'MIS'] as const;
/** Width of the first column, for fewer than 1000 interrupts. */
const PREC = 3;

/** Makes /proc/interrupts. */
export function procInterruptsInit({ time, host: { hardware } }: Kernel, proc: Proc): void {
	const { cpus } = hardware;
	proc.createSingle('interrupts', 0, m => {
		m.printf('%*s', PREC + 8, '');
		for (let cpu = 0; cpu < cpus; cpu++) m.printf('CPU%-8d', cpu);
		m.putc('\n');
		for (const [name, description] of archInterrupts) {
			m.printf('%*s: ', PREC, name);
			for (let cpu = 0; cpu < cpus; cpu++) m.printf('%10u ', irqsCpu(name, time));
			m.printf('  %s\n', description);
		}
		for (const name of errors) m.printf('%*s: %10u\n', PREC, name, 0);
	});
}
