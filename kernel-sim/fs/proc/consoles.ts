/**
 * consoles - /proc/consoles: where the log is shown (fs/proc/consoles.c).
 *
 * The one console is the host's: it can be written, and is no terminal of the machine.
 */

import type { Kernel } from '../../kernel.ts';
import type { Proc } from './proc_fs.ts';

/** Enabled, the preferred one, was given the whole log when it was registered, may be used at any time. */
const FLAGS = 'EC  p a';

/** Makes /proc/consoles. */
export function procConsolesInit(_kernel: Kernel, proc: Proc): void {
	proc.createSingle('consoles', 0, m => m.printf('%-20s -W- (%s)\n', 'host0', FLAGS));
}
