/**
 * meminfo - /proc/meminfo: how the memory is used (fs/proc/meminfo.c).
 */

import type { Kernel } from '../../kernel.ts';
import { hugetlbReportMeminfo } from '../../mm/hugetlb.ts';
import { type MemInfo, PAGE_SIZE } from '../../mm/show_mem.ts';
import type { Proc } from './proc_fs.ts';

/** Size of the address range of vmalloc on x86-64, in KiB. */
const VMALLOC_TOTAL = 34_359_738_367;
const KIB = 1024;

const kib = (pages: number): number => pages * (PAGE_SIZE / KIB);

/**
 * The lines, in the order of Linux. What has no number here is 0: this kernel has no caches of files or page tables of its own to
 * count, nor a swap device.
 */
function lines(
	{ totalram, freeram, available, anon, sharedram, vmalloc, slab }: MemInfo,
	commitLimit: number,
): readonly (readonly [name: string, kib?: number])[] {
	return [
		['MemTotal', kib(totalram)],
		['MemFree', kib(freeram)],
		['MemAvailable', kib(available)],
		['Buffers'],
		['Cached', kib(sharedram)],
		['SwapCached'],
		['Active', kib(anon)],
		['Inactive', kib(sharedram)],
		['Active(anon)', kib(anon)],
		['Inactive(anon)', kib(sharedram)],
		['Active(file)'],
		['Inactive(file)'],
		['Unevictable'],
		['Mlocked'],
		['SwapTotal'],
		['SwapFree'],
		['Dirty'],
		['Writeback'],
		['AnonPages', kib(anon)],
		['Mapped'],
		['Shmem', kib(sharedram)],
		['KReclaimable'],
		['Slab', kib(slab)],
		['SReclaimable'],
		['SUnreclaim', kib(slab)],
		['KernelStack'],
		['PageTables'],
		['SecPageTables'],
		['NFS_Unstable'],
		['Bounce'],
		['WritebackTmp'],
		['CommitLimit', kib(commitLimit)],
		['Committed_AS', kib(anon + sharedram)],
		['VmallocTotal', VMALLOC_TOTAL],
		['VmallocUsed', kib(vmalloc)],
		['VmallocChunk'],
		['Percpu'],
	];
}

/** Makes /proc/meminfo. */
export function procMeminfoInit({ mm }: Kernel, proc: Proc): void {
	proc.createSingle('meminfo', 0, m => {
		for (const [name, size = 0] of lines(mm.info(), mm.commitLimit)) m.printf('%-15s %8lu kB\n', `${name}:`, size);
		hugetlbReportMeminfo(m, mm.hugetlb);
	});
}
