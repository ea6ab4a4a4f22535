/**
 * cmdline - /proc/cmdline: what the kernel was booted with (fs/proc/cmdline.c).
 */

import { encodeUtf8 } from '../../../src/lib/text.ts';
import type { Kernel } from '../../kernel.ts';
import type { Proc } from './proc_fs.ts';

/** Makes /proc/cmdline. */
export function procCmdlineInit({ commandLine }: Kernel, proc: Proc): void {
	const text = `${commandLine}\n`;
	proc.setSize(
		proc.createSingle('cmdline', 0, m => m.puts(text)),
		encodeUtf8(text).length,
	);
}
