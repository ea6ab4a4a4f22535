/**
 * kernel_stat - how often each interrupt and each softirq has happened (include/linux/kernel_stat.h, arch/x86/kernel/irq.c).
 *
 * The timer of each processor interrupts once a tick, whether the processor is idle or not, and runs the timer softirq.
 *
 * Divergence: that is all that happens by itself; what interrupts by a number (irq.ts) is what modules simulate.
 */

import type { Time } from './time.ts';

/** Interrupts that every x86 has, as /proc/interrupts names and describes them, in its order. */
export const archInterrupts: readonly (readonly [name: string, description: string])[] = [
	['NMI', 'Non-maskable interrupts'],
	['LOC', 'Local timer interrupts'],
	['SPU', 'Spurious interrupts'],
	['PMI', 'Performance monitoring interrupts'],
	['IWI', 'IRQ work interrupts'],
	['RTR', 'APIC ICR read retries'],
	['RES', 'Rescheduling interrupts'],
	['CAL', 'Function call interrupts'],
	['TLB', 'TLB shootdowns'],
	['TRM', 'Thermal event interrupts'],
	['THR', 'Threshold APIC interrupts'],
	['DFR', 'Deferred Error APIC interrupts'],
	['MCE', 'Machine check exceptions'],
	['MCP', 'Machine check polls'],
];

/** Softirqs in the order of their numbers (softirq_to_name). */
export const softirqs: readonly string[] = [
	'HI',
	'TIMER',
	'NET_TX',
	'NET_RX',
	'BLOCK',
	'IRQ_POLL',
	'TASKLET',
	'SCHED',
	'HRTIMER',
	'RCU',
];

/** How often an interrupt has happened on one processor, any of them, since boot. */
export function irqsCpu(name: string, { jiffies }: Time): number {
	return name === 'LOC' ? jiffies : 0;
}

/** How often a softirq has run on one processor, any of them, since boot. */
export function softirqsCpu(name: string, { jiffies }: Time): number {
	return name === 'TIMER' ? jiffies : 0;
}
