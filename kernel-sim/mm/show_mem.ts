/**
 * show_mem - how the machine's memory is used, in pages (mm/show_mem.c, mm/page_alloc.c).
 *
 * The machine has as much as its host says. What its programs have resident is used, and what file systems keep in memory;
 * the rest is free.
 */

import type { HostTasks } from '../../src/boundary/host.ts';

/** Bytes of a page. */
export const PAGE_SIZE = 4096;

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
}

/** The memory of one machine. */
export class Memory {
	readonly #total: number;
	readonly #tasks: HostTasks;
	readonly #shmem: () => number;

	/** `bytes` is what the machine has; `shmem` tells how many pages files in memory take. */
	constructor(bytes: number, tasks: HostTasks, shmem: () => number) {
		this.#total = Math.floor(bytes / PAGE_SIZE);
		this.#tasks = tasks;
		this.#shmem = shmem;
	}

	/** Pages of memory in the machine (totalram_pages). */
	get totalram(): number {
		return this.#total;
	}

	/** How they are used now. */
	info(): MemInfo {
		const resident = this.#tasks.list().reduce((sum, pid) => sum + (this.#tasks.find(pid)?.rss ?? 0), 0);
		const anon = Math.min(Math.ceil(resident / PAGE_SIZE), this.#total);
		const sharedram = this.#shmem();
		const freeram = Math.max(0, this.#total - anon - sharedram);
		return { totalram: this.#total, freeram, sharedram, available: freeram, anon };
	}
}
