/**
 * mmzone - the zones that the memory is divided into, and how their free pages lie (mm/mmzone.c, mm/page_alloc.c).
 *
 * One node with all of its memory in zone Normal, as Linux has it on a machine without legacy devices; Movable is empty.
 */

import type { MemInfo } from './show_mem.ts';

/** Sizes of free blocks: 1, 2, 4 and so on pages (NR_PAGE_ORDERS). */
export const NR_PAGE_ORDERS = 11;
/** Fewest pages that a zone without memory keeps back (SWAP_CLUSTER_MAX). */
const SWAP_CLUSTER_MAX = 32;
const PAGES_PER_MIB = 256;

/** One zone, in pages (struct zone). */
export interface Zone {
	readonly name: string;
	readonly managed: number;
	readonly free: number;
	/** Below these the kernel begins to look for memory, ever harder. */
	readonly watermarks: { readonly min: number; readonly low: number; readonly high: number; readonly promo: number };
}

/** The zones, in the order of their addresses. */
export function zones({ totalram, freeram, minFree, watermarkScale }: MemInfo): readonly Zone[] {
	const normal = watermarks(totalram, minFree, watermarkScale);
	return [
		{ name: 'Normal', managed: totalram, free: freeram, watermarks: normal },
		{ name: 'Movable', managed: 0, free: 0, watermarks: watermarks(0, SWAP_CLUSTER_MAX, watermarkScale) },
	];
}

/** Free blocks of each size, when as much as possible lies together (free_area). */
export function freeArea({ free }: Zone): readonly number[] {
	const largest = NR_PAGE_ORDERS - 1;
	return Array.from({ length: NR_PAGE_ORDERS }, (_, order) =>
		order === largest ? Math.floor(free / 2 ** order) : Math.floor(free / 2 ** order) % 2,
	);
}

/** Pages that each processor takes from a zone at once (zone_batchsize). */
export function zoneBatchsize({ managed }: Zone): number {
	const batch = Math.max(1, Math.floor(Math.min(Math.floor(managed / 1024), PAGES_PER_MIB) / 4));
	return 2 ** Math.floor(Math.log2(batch + Math.floor(batch / 2))) - 1;
}

/** __setup_per_zone_wmarks. A zone without memory has no distance between them. */
function watermarks(managed: number, min: number, scale: number): Zone['watermarks'] {
	const step = managed === 0 ? 0 : Math.max(Math.floor(min / 4), Math.floor((managed * scale) / 10_000));
	return { min, low: min + step, high: min + 2 * step, promo: min + 3 * step };
}
