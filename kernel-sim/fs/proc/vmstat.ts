/**
 * vmstat - /proc/vmstat: counters of the memory management (mm/vmstat.c, vmstat_show).
 */

import type { Kernel } from '../../kernel.ts';
import { nodeStats, numaStats, pageStates, zoneStats } from '../../mm/vmstat.ts';
import { seqEach } from '../seq_list.ts';
import type { Proc } from './proc_fs.ts';

/** What is counted for the whole machine: limits, then events (enum vm_event_item). */
const events = (
	'nr_dirty_threshold nr_dirty_background_threshold nr_memmap_pages nr_memmap_boot_pages pgpgin pgpgout pswpin ' +
	'pswpout pgalloc_normal pgalloc_movable allocstall_normal allocstall_movable pgskip_normal pgskip_movable ' +
	'pgfree pgactivate pgdeactivate pglazyfree pgfault pgmajfault pglazyfreed pgrefill pgreuse pgsteal_kswapd ' +
	'pgsteal_direct pgsteal_khugepaged pgscan_kswapd pgscan_direct pgscan_khugepaged pgscan_direct_throttle ' +
	'pgscan_anon pgscan_file pgsteal_anon pgsteal_file pginodesteal slabs_scanned kswapd_inodesteal ' +
	'kswapd_low_wmark_hit_quickly kswapd_high_wmark_hit_quickly pageoutrun pgrotated drop_pagecache drop_slab ' +
	'oom_kill unevictable_pgs_culled unevictable_pgs_scanned unevictable_pgs_rescued unevictable_pgs_mlocked ' +
	'unevictable_pgs_munlocked unevictable_pgs_cleared unevictable_pgs_stranded swap_ra swap_ra_hit swpin_zero ' +
	'swpout_zero nr_unstable'
).split(' ');

const names: readonly string[] = [...zoneStats, ...numaStats, ...nodeStats, ...events];

/** Makes /proc/vmstat. */
export function procVmstatInit(kernel: Kernel, proc: Proc): void {
	const items = (): (readonly [string, number])[] => {
		const info = kernel.mm.info();
		const { threshold, background } = kernel.writeback.thresholds(info);
		const counts = new Map([
			...pageStates(info),
			['nr_dirty_threshold', threshold],
			['nr_dirty_background_threshold', background],
		]);
		return names.map(name => [name, counts.get(name) ?? 0]);
	};
	proc.createSeq(
		'vmstat',
		0,
		seqEach(items, (m, [name, count]) => m.printf('%s %lu\n', name, count)),
	);
}
