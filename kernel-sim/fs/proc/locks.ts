/**
 * locks - /proc/locks: which files are locked (fs/locks.c).
 *
 * Divergence: locks of files in the machine are kept by the host, whose own file lists them; here is none.
 */

import type { Kernel } from '../../kernel.ts';
import type { Proc } from './proc_fs.ts';

/** Makes /proc/locks. */
export function procLocksInit(_kernel: Kernel, proc: Proc): void {
	proc.createSingle('locks', 0, () => {});
}
