/**
 * irq - interrupts by number: who handles them, on which processor, and how often they have come (kernel/irq/manage.c, irqdesc.c,
 * handle.c, spurious.c).
 *
 *     request(5, { name: 'lamp', handler })      a line of /proc/interrupts, a directory in /proc/irq/5
 *     genericHandleIrq(5)                        a device has raised it
 *
 * Numbers 0 to 15 are there from the start, as those of the legacy devices of a PC; nothing raises them but what a module simulates.
 *
 * Divergence: an interrupt that nobody cares for is counted, and stays on however often that happens.
 */

import { isPromise } from '../../src/lib/awaitable.ts';
import { Errno } from '../../src/lib/errno.ts';
import { firstBits } from '../lib/bitmap.ts';
import type { Pr } from './printk.ts';
import type { Time } from './time.ts';

const NR_IRQS_LEGACY = 16;
/** IRQF_SHARED of include/linux/interrupt.h, as the log shows it. */
const IRQF_SHARED = 0x80;

/** What a handler says: whether the interrupt was its device's. */
export type IrqReturn = 'IRQ_HANDLED' | 'IRQ_NONE';

/** Who handles an interrupt (struct irqaction). */
export interface IrqAction {
	/** As /proc/interrupts shows it. */
	readonly name: string;
	/** Must not sleep: what it throws, or a promise that it returns, is an oops. */
	handler(irq: number): IrqReturn;
	/** Others may handle the same number, if all of them say so. Absent: false. */
	readonly shared?: boolean;
}

/** One number (struct irq_desc). */
export class IrqDesc {
	readonly irq: number;
	readonly actions: IrqAction[] = [];
	/** How often it has come, for each processor. */
	readonly counts: number[];
	/** Processors that may get it, one bit each. */
	affinity: bigint;
	/** How often it has come, and was handled by nobody, and the tick of the last time. */
	count = 0;
	unhandled = 0;
	lastUnhandled = 0;

	constructor(irq: number, cpus: number) {
		this.irq = irq;
		this.counts = Array.from({ length: cpus }, () => 0);
		this.affinity = firstBits(cpus);
	}

	/** The processor that gets it: the first that may. */
	get cpu(): number {
		return this.counts.findIndex((_, cpu) => ((this.affinity >> BigInt(cpu)) & 1n) === 1n);
	}

	/** How often it has come. */
	get total(): number {
		return this.counts.reduce((sum, count) => sum + count, 0);
	}
}

/** What the interrupts of a kernel are made from. */
export interface IrqsInit {
	readonly cpus: number;
	readonly time: Time;
	readonly pr: Pr;
	readonly oops: (error: unknown, where: string) => void;
}

/** The interrupts of one kernel. */
export class Irqs implements Iterable<IrqDesc> {
	/** Processors that a number is given to when it is first asked for (irq_default_affinity). */
	defaultAffinity: bigint;
	readonly online: bigint;
	readonly #init: IrqsInit;
	readonly #descs: readonly IrqDesc[];
	/** Hear of each action that comes, and of each that goes. */
	readonly #listeners = new Set<(desc: IrqDesc, action: IrqAction, here: boolean) => void>();

	constructor(init: IrqsInit) {
		this.#init = init;
		this.online = firstBits(init.cpus);
		this.defaultAffinity = this.online;
		this.#descs = Array.from({ length: NR_IRQS_LEGACY }, (_, irq) => new IrqDesc(irq, init.cpus));
	}

	/** In the order of their numbers. */
	[Symbol.iterator](): Iterator<IrqDesc> {
		return this.#descs[Symbol.iterator]();
	}

	/** Calls `listener` for each action that comes or goes from now on. */
	onAction(listener: (desc: IrqDesc, action: IrqAction, here: boolean) => void): void {
		this.#listeners.add(listener);
	}

	/**
	 * Has an action handle a number, until the returned function is called (request_irq, free_irq). EINVAL for a number that there is
	 * not; EBUSY for one that somebody handles, unless both share it, and the log tells who.
	 */
	request(irq: number, action: IrqAction): () => void {
		const desc = this.#descs[irq];
		if (desc === undefined) throw new Errno('EINVAL', `no interrupt ${irq}`);
		const [other] = desc.actions;
		if (other !== undefined && !(action.shared && other.shared)) {
			const flags = ({ shared, name }: IrqAction) => [shared ? IRQF_SHARED : 0, name] as const;
			const text = 'genirq: Flags mismatch irq %d. %08x (%s) vs. %08x (%s)\n';
			this.#init.pr.err(text, irq, ...flags(action), ...flags(other));
			throw new Errno('EBUSY');
		}
		if (other === undefined) desc.affinity = this.defaultAffinity & this.online;
		desc.actions.push(action);
		for (const tell of this.#listeners) tell(desc, action, true);
		return () => {
			const at = desc.actions.indexOf(action);
			if (at < 0) return;
			desc.actions.splice(at, 1);
			for (const tell of this.#listeners) tell(desc, action, false);
		};
	}

	/** An interrupt has come (generic_handle_irq). EINVAL for a number that there is not; one that nobody handles is lost. */
	genericHandleIrq(irq: number): void {
		const desc = this.#descs[irq];
		if (desc === undefined) throw new Errno('EINVAL', `no interrupt ${irq}`);
		if (desc.actions.length === 0) return;
		desc.counts[desc.cpu]! += 1;
		desc.count += 1;
		const handled = [...desc.actions].map(action => this.#run(action, irq));
		if (handled.includes('IRQ_HANDLED')) return;
		desc.unhandled += 1;
		desc.lastUnhandled = this.#init.time.jiffies;
	}

	/** Gives an interrupt to other processors, of which at least one must be there: EINVAL (irq_set_affinity). */
	setAffinity(desc: IrqDesc, cpus: bigint): void {
		if ((cpus & this.online) === 0n) throw new Errno('EINVAL');
		desc.affinity = cpus & this.online;
	}

	/** EINVAL as `setAffinity`. */
	setDefaultAffinity(cpus: bigint): void {
		if ((cpus & this.online) === 0n) throw new Errno('EINVAL');
		this.defaultAffinity = cpus;
	}

	#run(action: IrqAction, irq: number): IrqReturn {
		const where = `irq ${irq}, ${action.name}`;
		try {
			const result: unknown = action.handler(irq);
			if (!isPromise(result)) return result === 'IRQ_HANDLED' ? 'IRQ_HANDLED' : 'IRQ_NONE';
			result.catch(error => this.#init.oops(error, where));
			throw new Error('scheduling while atomic: an interrupt handler must not sleep');
		} catch (error) {
			this.#init.oops(error, where);
			return 'IRQ_NONE';
		}
	}
}
