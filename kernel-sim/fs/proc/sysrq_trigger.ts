/**
 * sysrq_trigger - /proc/sysrq-trigger: has the kernel do at once what a key stands for (drivers/tty/sysrq.c).
 */

import { decodeName } from '../../../src/lib/text.ts';
import type { Kernel } from '../../kernel.ts';
import { noopLlseek } from '../read_write.ts';
import type { Proc } from './proc_fs.ts';

/** Makes /proc/sysrq-trigger. */
export function procSysrqTriggerInit({ sysrq }: Kernel, proc: Proc): void {
	proc.create('sysrq-trigger', 0o200, {
		write(_file, data) {
			sysrq.trigger(decodeName(data));
			return data.length;
		},
		lseek: noopLlseek,
	});
}
