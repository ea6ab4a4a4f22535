/**
 * show_mem - how the machine's memory is used, in pages (mm/show_mem.c, mm/page_alloc.c).
 *
 * The machine has as much as its host says. What its programs have resident is used, what file systems keep in memory, and what is
 * kept in large pages; the rest is free.
 */

import type { HostTasks } from '../../src/boundary/host.ts';
import type { Pr } from '../kernel/printk.ts';
import { Hstate } from './hugetlb.ts';
import { freeArea, zones } from './mmzone.ts';
import { type KmemCache, slabPages } from './slab_common.ts';

/** Bytes of a page. */
export const PAGE_SIZE = 4096;

const KIB_PER_PAGE = PAGE_SIZE / 1024;

/** What si_meminfo tells, and what /proc/meminfo adds to it. */
export interface MemInfo {
	readonly totalram: number;
	/** What neither programs nor files have. */
	readonly freeram: number;
	/** Pages of files that live in memory only (Shmem). */
	readonly sharedram: number;
	/** What could be had without swapping (MemAvailable). */
	readonly available: number;
	/** Pages of programs (AnonPages). */
	readonly anon: number;
	/** Pages that the kernel has mapped one by one, which its modules are in (VmallocUsed). */
	readonly vmalloc: number;
	/** Pages of kernel objects (Slab). */
	readonly slab: number;
	/** Pages that are kept back (vm.min_free_kbytes). */
	readonly minFree: number;
	/** Distance between two watermarks in parts of 10000 (vm.watermark_scale_factor). */
	readonly watermarkScale: number;
}

/** Who has memory besides programs. */
export interface MemoryUsers {
	/** Pages that files in memory take. */
	shmem(): number;
	/** Pages that modules take. */
	vmalloc(): number;
	/** What the kernel keeps of its objects. */
	readonly caches: readonly KmemCache[];
}

/** The memory of one machine. */
export class Memory {
	/** vm.min_free_kbytes, at boot calculate_min_free_kbytes. */
	minFreeKbytes: number;
	watermarkScale = 10;
	/** vm.overcommit_memory: 0 is by a guess, 1 always, 2 never. Divergence: programs get what the host gives them. */
	overcommitMemory = 0;
	/** Percent of the memory that may be promised; 0 where `overcommitKbytes` says it. */
	overcommitRatio = 50;
	overcommitKbytes = 0n;
	/** Large pages that are kept for programs. */
	readonly hugetlb = new Hstate();
	readonly #total: number;
	readonly #tasks: HostTasks;
	readonly #users: MemoryUsers;

	/** `bytes` is what the machine has. */
	constructor(bytes: number, tasks: HostTasks, users: MemoryUsers) {
		this.#total = Math.floor(bytes / PAGE_SIZE);
		this.#tasks = tasks;
		this.minFreeKbytes = defaultMinFreeKbytes(this.#total);
		this.#users = users;
	}

	/** Pages of memory in the machine (totalram_pages). */
	get totalram(): number {
		return this.#total;
	}

	/** Caches of kernel objects, as /proc/slabinfo lists them. */
	get caches(): readonly KmemCache[] {
		return this.#users.caches;
	}

	/** Pages that may be promised (vm_commit_limit). */
	get commitLimit(): number {
		if (this.overcommitKbytes > 0n) return Math.floor(Number(this.overcommitKbytes) / KIB_PER_PAGE);
		return Math.floor((this.#total * this.overcommitRatio) / 100);
	}

	/** How they are used now. */
	info(): MemInfo {
		const resident = this.#tasks.list().reduce((sum, pid) => sum + (this.#tasks.find(pid)?.rss ?? 0), 0);
		const anon = Math.min(Math.ceil(resident / PAGE_SIZE), this.#total);
		const [sharedram, vmalloc, slab] = [this.#users.shmem(), this.#users.vmalloc(), slabPages(this.caches)];
		const freeram = Math.max(0, this.#total - anon - sharedram - vmalloc - slab - this.hugetlb.pages);
		const minFree = Math.floor(this.minFreeKbytes / KIB_PER_PAGE);
		const { watermarkScale } = this;
		return {
			totalram: this.#total,
			freeram,
			sharedram,
			available: freeram,
			anon,
			vmalloc,
			slab,
			minFree,
			watermarkScale,
		};
	}
}

/**
 * Logs how the memory is used (show_mem).
 *
 * Divergence: what Linux says of each node and zone once more is left out.
 */
export function showMem(mm: Memory, pr: Pr): void {
	const info = mm.info();
	const { anon, sharedram, slab, freeram, totalram } = info;
	pr.warn('Mem-Info:\n');
	pr.warn(
		'active_anon:%lu inactive_anon:%lu isolated_anon:0\n active_file:0 inactive_file:0 isolated_file:0\n' +
			' unevictable:0 dirty:0 writeback:0\n slab_reclaimable:0 slab_unreclaimable:%lu\n mapped:0 shmem:%lu pagetables:0\n' +
			' sec_pagetables:0 bounce:0\n kernel_misc_reclaimable:0\n free:%lu free_pcp:0 free_cma:0\n',
		...[anon, sharedram, slab, sharedram, freeram],
	);
	for (const zone of zones(info).filter(({ managed }) => managed > 0)) {
		const blocks = freeArea(zone).map((count, order) => `${count}*${2 ** order * KIB_PER_PAGE}kB `);
		pr.warn('Node 0 %s: %s= %lukB\n', zone.name, blocks.join(''), zone.free * KIB_PER_PAGE);
	}
	pr.warn('%ld total pagecache pages\n', sharedram);
	pr.warn('0 pages in swap cache\n');
	pr.warn('Free swap  = 0kB\n');
	pr.warn('Total swap = 0kB\n');
	pr.warn('%lu pages RAM\n', totalram);
	pr.warn('0 pages HighMem/MovableOnly\n');
	pr.warn('0 pages reserved\n');
}

/** calculate_min_free_kbytes. */
function defaultMinFreeKbytes(pages: number): number {
	const kib = Math.floor(Math.sqrt(pages * KIB_PER_PAGE * 16));
	return Math.min(Math.max(kib, 128), 262_144);
}
