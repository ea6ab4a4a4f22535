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
/** Who hands interrupts to the processors, and what makes one. */
const CHIP = 'IO-APIC';
const TRIGGER = 'edge';

/** Makes /proc/interrupts: numbers that somebody handles, then what every x86 has. */
export function procInterruptsInit({ time, irqs, host: { hardware } }: Kernel, proc: Proc): void {
	const { cpus } = hardware;
	proc.createSingle('interrupts', 0, m => {
		m.printf('%*s', PREC + 8, '');
		for (let cpu = 0; cpu < cpus; cpu++) m.printf('CPU%-8d', cpu);
		m.putc('\n');
		for (const { irq, counts, actions } of irqs) {
			if (actions.length === 0) continue;
			m.printf('%*d: ', PREC, irq);
			for (const count of counts) m.printf('%10u ', count);
			m.printf(' %8s %*lu-%-8s  %s\n', CHIP, PREC, irq, TRIGGER, actions.map(({ name }) => name).join(', '));
		}
		for (const [name, description] of archInterrupts) {
			m.printf('%*s: ', PREC, name);
			for (let cpu = 0; cpu < cpus; cpu++) m.printf('%10u ', irqsCpu(name, time));
			m.printf('  %s\n', description);
		}
		for (const name of errors) m.printf('%*s: %10u\n', PREC, name, 0);
	});
}
