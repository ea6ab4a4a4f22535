/**
 * slabinfo - /proc/slabinfo: caches of kernel objects (mm/slab_common.c).
 *
 * Divergence: the objects of this kernel live in the memory of its process, so that there is only the heading.
 */

import type { Kernel } from '../../kernel.ts';
import type { Proc } from './proc_fs.ts';

const HEADING =
	'slabinfo - version: 2.1\n' +
	'# name            <active_objs> <num_objs> <objsize> <objperslab> <pagesperslab> : tunables <limit> <batchcount> ' +
	'<sharedfactor> : slabdata <active_slabs> <num_slabs> <sharedavail>\n';

/** Makes /proc/slabinfo. */
export function procSlabinfoInit(_kernel: Kernel, proc: Proc): void {
	proc.createSingle('slabinfo', 0o400, m => m.puts(HEADING));
}
