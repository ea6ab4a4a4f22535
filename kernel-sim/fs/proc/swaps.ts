/**
 * swaps - /proc/swaps: the swap areas (mm/swapfile.c).
 *
 * Divergence: there is none, and none can be added, so that there is only the heading.
 */

import { POLLIN, POLLRDNORM } from '../../../src/uapi/poll.ts';
import type { Kernel } from '../../kernel.ts';
import { seqLseek, seqRead, seqRelease, singleOpen } from '../seq_file.ts';
import type { Proc } from './proc_fs.ts';

/** Makes /proc/swaps. */
export function procSwapsInit(_kernel: Kernel, proc: Proc): void {
	proc.create('swaps', 0, {
		open: (_inode, file) => singleOpen(file, m => m.puts('Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n')),
		read: seqRead,
		lseek: seqLseek,
		release: seqRelease,
		poll: () => POLLIN | POLLRDNORM,
	});
}
