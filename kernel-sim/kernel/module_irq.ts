/**
 * module_irq - interrupts that a module handles (request_irq, free_irq), and those of devices that it simulates.
 */

import type { Kernel } from '../kernel.ts';
import type { IrqAction } from './irq.ts';
import type { Module } from './module.ts';

/** What one module gets. */
export interface ModuleIrq {
	/** request_irq: until the module goes, or the returned function is called (free_irq). EINVAL, EBUSY as `Irqs.request`. */
	request(irq: number, action: IrqAction): () => void;
	/** generic_handle_irq: a device has raised the interrupt. EINVAL for a number that there is not. */
	handle(irq: number): void;
}

/** Makes it. */
export function moduleIrq({ irqs }: Kernel, module: Module): ModuleIrq {
	return {
		request(irq, action) {
			const free = irqs.request(irq, action);
			const forget = module.undo(free);
			return () => {
				forget();
				free();
			};
		},
		handle: irq => irqs.genericHandleIrq(irq),
	};
}
