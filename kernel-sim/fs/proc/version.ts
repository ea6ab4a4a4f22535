/**
 * version - /proc/version: what the kernel calls itself (fs/proc/version.c).
 */

import { linuxBanner } from '../../kernel/utsname.ts';
import type { Kernel } from '../../kernel.ts';
import type { Proc } from './proc_fs.ts';

/** Makes /proc/version. */
export function procVersionInit({ uts }: Kernel, proc: Proc): void {
	proc.createSingle('version', 0, m => m.puts(linuxBanner(uts)));
}
