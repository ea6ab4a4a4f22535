/**
 * execdomains - /proc/execdomains: whose programs the kernel can run (kernel/exec_domain.c). Since Linux 4.1, its own.
 */

import type { Kernel } from '../../kernel.ts';
import type { Proc } from './proc_fs.ts';

/** Makes /proc/execdomains. */
export function procExecdomainsInit(_kernel: Kernel, proc: Proc): void {
	proc.createSingle('execdomains', 0, m => m.puts('0-0\tLinux           \t[kernel]\n'));
}
