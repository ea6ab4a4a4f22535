/**
 * vmstat - /proc/vmstat: counters of the memory management (mm/vmstat.c).
 *
 * Divergence: pages that are free or used are counted, events are not; they are all 0.
 */

import type { Kernel } from '../../kernel.ts';
import type { MemInfo } from '../../mm/show_mem.ts';
import { seqEach } from '../seq_list.ts';
import type { Proc } from './proc_fs.ts';

/** The names, in the order of Linux. */
const names = (
	'nr_free_pages nr_zone_inactive_anon nr_zone_active_anon nr_zone_inactive_file nr_zone_active_file ' +
	'nr_zone_unevictable nr_zone_write_pending nr_mlock nr_bounce nr_free_cma nr_inactive_anon nr_active_anon ' +
	'nr_inactive_file nr_active_file nr_unevictable nr_slab_reclaimable nr_slab_unreclaimable nr_isolated_anon ' +
	'nr_isolated_file workingset_nodes workingset_refault_anon workingset_refault_file workingset_activate_anon ' +
	'workingset_activate_file workingset_restore_anon workingset_restore_file workingset_nodereclaim nr_anon_pages ' +
	'nr_mapped nr_file_pages nr_dirty nr_writeback nr_writeback_temp nr_shmem nr_shmem_hugepages nr_shmem_pmdmapped ' +
	'nr_file_hugepages nr_file_pmdmapped nr_anon_transparent_hugepages nr_vmscan_write nr_vmscan_immediate_reclaim ' +
	'nr_dirtied nr_written nr_throttled_written nr_kernel_misc_reclaimable nr_foll_pin_acquired nr_foll_pin_released ' +
	'nr_kernel_stack nr_page_table_pages nr_sec_page_table_pages nr_iommu_pages nr_swapcached pgdemote_kswapd ' +
	'pgdemote_direct pgdemote_khugepaged nr_dirty_threshold nr_dirty_background_threshold nr_memmap_pages ' +
	'nr_memmap_boot_pages pgpgin pgpgout pswpin pswpout pgalloc_normal pgalloc_movable allocstall_normal ' +
	'allocstall_movable pgskip_normal pgskip_movable pgfree pgactivate pgdeactivate pglazyfree pgfault pgmajfault ' +
	'pglazyfreed pgrefill pgreuse pgsteal_kswapd pgsteal_direct pgsteal_khugepaged pgscan_kswapd pgscan_direct ' +
	'pgscan_khugepaged pgscan_direct_throttle pgscan_anon pgscan_file pgsteal_anon pgsteal_file pginodesteal ' +
	'slabs_scanned kswapd_inodesteal kswapd_low_wmark_hit_quickly kswapd_high_wmark_hit_quickly pageoutrun pgrotated ' +
	'drop_pagecache drop_slab oom_kill unevictable_pgs_culled unevictable_pgs_scanned unevictable_pgs_rescued ' +
	'unevictable_pgs_mlocked unevictable_pgs_munlocked unevictable_pgs_cleared unevictable_pgs_stranded swap_ra ' +
	'swap_ra_hit swpin_zero swpout_zero nr_unstable'
).split(' ');

function counters({ freeram, anon, sharedram }: MemInfo): ReadonlyMap<string, number> {
	return new Map([
		['nr_free_pages', freeram],
		['nr_zone_active_anon', anon],
		['nr_zone_inactive_anon', sharedram],
		['nr_active_anon', anon],
		['nr_inactive_anon', sharedram],
		['nr_anon_pages', anon],
		['nr_file_pages', sharedram],
		['nr_shmem', sharedram],
	]);
}

/** Makes /proc/vmstat. */
export function procVmstatInit({ mm }: Kernel, proc: Proc): void {
	const items = (): (readonly [string, number])[] => {
		const counted = counters(mm.info());
		return names.map(name => [name, counted.get(name) ?? 0]);
	};
	proc.createSeq(
		'vmstat',
		0,
		seqEach(items, (m, [name, count]) => m.printf('%s %lu\n', name, count)),
	);
}
