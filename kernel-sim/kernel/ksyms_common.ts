/**
 * ksyms_common - who may see where the kernel is (kernel/ksyms_common.c).
 */

import type { Context } from '../../src/boundary/vfs.ts';
import { CAP_SYSLOG } from '../../src/uapi/capability.ts';
import type { Printk } from './printk.ts';

/** True for a task with CAP_SYSLOG, unless kernel.kptr_restrict is 2: addresses are 0 to others (kallsyms_show_value). */
export function kallsymsShowValue({ kptrRestrict }: Printk, ctx: Context): boolean {
	return kptrRestrict < 2 && ctx.capable(CAP_SYSLOG);
}
