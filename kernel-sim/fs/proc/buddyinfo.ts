/**
 * buddyinfo - /proc/buddyinfo and /proc/pagetypeinfo: the free blocks of memory by their size (mm/vmstat.c).
 *
 * Divergence: free memory lies together as far as it can, and is all movable.
 */

import type { Kernel } from '../../kernel.ts';
import { freeArea, NR_PAGE_ORDERS, type Zone, zones } from '../../mm/mmzone.ts';
import type { SeqFile } from '../seq_file.ts';
import { seqEach } from '../seq_list.ts';
import type { Proc } from './proc_fs.ts';

/** Blocks of 2^10 pages are of one type throughout (pageblock_order). */
const PAGEBLOCK_ORDER = 10;
/** migratetype_names. */
const types = ['Unmovable', 'Movable', 'Reclaimable', 'HighAtomic'] as const;
const MOVABLE = 'Movable';

/** Makes /proc/buddyinfo and /proc/pagetypeinfo. */
export function procBuddyinfoInit({ mm }: Kernel, proc: Proc): void {
	const node = () => [zones(mm.info()).filter(({ managed }) => managed > 0)];
	proc.createSeq('buddyinfo', 0o444, seqEach(node, showBuddyinfo));
	proc.createSeq('pagetypeinfo', 0o400, seqEach(node, showPagetypeinfo));
}

function showBuddyinfo(m: SeqFile, populated: readonly Zone[]): void {
	for (const zone of populated) {
		m.printf('Node %d, zone %8s ', 0, zone.name);
		for (const blocks of freeArea(zone)) m.printf('%6lu ', blocks);
		m.putc('\n');
	}
}

function showPagetypeinfo(m: SeqFile, populated: readonly Zone[]): void {
	m.printf('Page block order: %d\nPages per block:  %lu\n\n', PAGEBLOCK_ORDER, 2 ** PAGEBLOCK_ORDER);
	m.printf('%-43s ', 'Free pages count per migrate type at order');
	for (let order = 0; order < NR_PAGE_ORDERS; order++) m.printf('%6d ', order);
	m.putc('\n');
	for (const zone of populated) showFree(m, zone);
	m.printf('\n%-23s', 'Number of blocks type ');
	for (const type of types) m.printf('%12s ', type);
	m.putc('\n');
	for (const { name, managed } of populated) {
		m.printf('Node %d, zone %8s ', 0, name);
		for (const type of types) m.printf('%12lu ', type === MOVABLE ? Math.ceil(managed / 2 ** PAGEBLOCK_ORDER) : 0);
		m.putc('\n');
	}
}

function showFree(m: SeqFile, zone: Zone): void {
	for (const type of types) {
		m.printf('Node %4d, zone %8s, type %12s ', 0, zone.name, type);
		for (const blocks of freeArea(zone)) m.printf('%6lu ', type === MOVABLE ? blocks : 0);
		m.putc('\n');
	}
}
