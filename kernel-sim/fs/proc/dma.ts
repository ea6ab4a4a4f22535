/**
 * dma - /proc/dma: ISA DMA channels in use (kernel/dma.c). One is, on every PC: it leads from one controller to the other.
 */

import type { Kernel } from '../../kernel.ts';
import type { Proc } from './proc_fs.ts';

/** Makes /proc/dma. */
export function procDmaInit(_kernel: Kernel, proc: Proc): void {
	proc.createSingle('dma', 0, m => m.printf('%2d: %s\n', 4, 'cascade'));
}
