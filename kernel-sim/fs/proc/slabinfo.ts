/**
 * slabinfo - /proc/slabinfo: caches of kernel objects (slabinfo_show of mm/slab_common.c).
 */

import type { Kernel } from '../../kernel.ts';
import { type KmemCache, slabInfo } from '../../mm/slab_common.ts';
import type { SeqFile } from '../seq_file.ts';
import { seqEach } from '../seq_list.ts';
import type { Proc } from './proc_fs.ts';

const HEADING =
	'slabinfo - version: 2.1\n' +
	'# name            <active_objs> <num_objs> <objsize> <objperslab> <pagesperslab> : tunables <limit> <batchcount> ' +
	'<sharedfactor> : slabdata <active_slabs> <num_slabs> <sharedavail>\n';

/** cache_show. Every slab has objects in use, and nothing can be tuned. */
function showCache(m: SeqFile, cache: KmemCache): void {
	const { activeObjs, numObjs, objectsPerSlab, numSlabs } = slabInfo(cache);
	m.printf('%-17s %6lu %6lu %6u %4u %4d', cache.name, activeObjs, numObjs, cache.size, objectsPerSlab, cache.pages);
	m.printf(' : tunables %4u %4u %4u : slabdata %6lu %6lu %6lu\n', 0, 0, 0, numSlabs, numSlabs, 0);
}

/** Makes /proc/slabinfo. */
export function procSlabinfoInit({ mm }: Kernel, proc: Proc): void {
	const heading = (m: SeqFile) => m.puts(HEADING);
	proc.createSeq(
		'slabinfo',
		0o400,
		seqEach(() => mm.caches, showCache, heading),
	);
}
