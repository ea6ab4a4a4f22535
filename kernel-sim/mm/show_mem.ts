/**
 * show_mem - how the machine's memory is used, in pages (mm/show_mem.c, mm/page_alloc.c).
 *
 * The machine has as much as its host says. What its programs have resident is used, what file systems keep in memory, and what is
 * kept in large pages; the rest is free.
 */

import type { HostTasks } from '../../src/boundary/host.ts';
import { Hstate } from './hugetlb.ts';

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
	/** Pages that are kept back (vm.min_free_kbytes). */
	readonly minFree: number;
	/** Distance between two watermarks in parts of 10000 (vm.watermark_scale_factor). */
	readonly watermarkScale: number;
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
	readonly #shmem: () => number;

	/** `bytes` is what the machine has; `shmem` tells how many pages files in memory take. */
	constructor(bytes: number, tasks: HostTasks, shmem: () => number) {
		this.#total = Math.floor(bytes / PAGE_SIZE);
		this.#tasks = tasks;
		this.minFreeKbytes = defaultMinFreeKbytes(this.#total);
		this.#shmem = shmem;
	}

	/** Pages of memory in the machine (totalram_pages). */
	get totalram(): number {
		return this.#total;
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
		const sharedram = this.#shmem();
		const freeram = Math.max(0, this.#total - anon - sharedram - this.hugetlb.pages);
		const minFree = Math.floor(this.minFreeKbytes / KIB_PER_PAGE);
		const { watermarkScale } = this;
		return { totalram: this.#total, freeram, sharedram, available: freeram, anon, minFree, watermarkScale };
	}
}

/** calculate_min_free_kbytes. */
function defaultMinFreeKbytes(pages: number): number {
	const kib = Math.floor(Math.sqrt(pages * KIB_PER_PAGE * 16));
	return Math.min(Math.max(kib, 128), 262_144);
}
