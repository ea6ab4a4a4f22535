/**
 * ide_proc - /proc/ide: the drivers of IDE devices (drivers/ide/ide-proc.c of Linux before 5.14, which removed it).
 *
 * Divergence: it is here because it is in what this kernel is specified by; there are neither drivers nor devices.
 */

import type { Kernel } from '../../kernel.ts';
import type { Proc } from './proc_fs.ts';

/** Makes /proc/ide. */
export function procIdeInit(_kernel: Kernel, proc: Proc): void {
	proc.mkdir('ide');
	proc.createSingle('ide/drivers', 0, () => {});
}
