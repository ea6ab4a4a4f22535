/**
 * vmstat - how many pages are in which state, in the machine's one node (mm/vmstat.c).
 *
 * Divergence: pages that are free or used are counted, what becomes of them is not; it is all 0.
 */

import type { MemInfo } from './show_mem.ts';

/** What is counted in each zone (enum zone_stat_item), in the order of Linux. */
export const zoneStats: readonly string[] = (
	'nr_free_pages nr_zone_inactive_anon nr_zone_active_anon nr_zone_inactive_file nr_zone_active_file ' +
	'nr_zone_unevictable nr_zone_write_pending nr_mlock nr_bounce nr_free_cma'
).split(' ');

/** What is counted of how pages are given out to nodes (enum numa_stat_item). */
export const numaStats: readonly string[] =
	'numa_hit numa_miss numa_foreign numa_interleave numa_local numa_other'.split(' ');

/** What is counted in each node (enum node_stat_item). */
export const nodeStats: readonly string[] = (
	'nr_inactive_anon nr_active_anon nr_inactive_file nr_active_file nr_unevictable nr_slab_reclaimable ' +
	'nr_slab_unreclaimable nr_isolated_anon nr_isolated_file workingset_nodes workingset_refault_anon ' +
	'workingset_refault_file workingset_activate_anon workingset_activate_file workingset_restore_anon ' +
	'workingset_restore_file workingset_nodereclaim nr_anon_pages nr_mapped nr_file_pages nr_dirty nr_writeback ' +
	'nr_writeback_temp nr_shmem nr_shmem_hugepages nr_shmem_pmdmapped nr_file_hugepages nr_file_pmdmapped ' +
	'nr_anon_transparent_hugepages nr_vmscan_write nr_vmscan_immediate_reclaim nr_dirtied nr_written ' +
	'nr_throttled_written nr_kernel_misc_reclaimable nr_foll_pin_acquired nr_foll_pin_released nr_kernel_stack ' +
	'nr_page_table_pages nr_sec_page_table_pages nr_iommu_pages nr_swapcached pgdemote_kswapd pgdemote_direct ' +
	'pgdemote_khugepaged'
).split(' ');

/** Pages by name; a name that is not there has none. */
export function pageStates({ freeram, anon, sharedram, slab }: MemInfo): ReadonlyMap<string, number> {
	return new Map([
		['nr_free_pages', freeram],
		['nr_zone_active_anon', anon],
		['nr_zone_inactive_anon', sharedram],
		['nr_active_anon', anon],
		['nr_inactive_anon', sharedram],
		['nr_slab_unreclaimable', slab],
		['nr_anon_pages', anon],
		['nr_file_pages', sharedram],
		['nr_shmem', sharedram],
	]);
}
