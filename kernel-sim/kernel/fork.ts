/**
 * fork - how many tasks there may be (kernel/fork.c).
 */

import { PAGE_SIZE } from '../mm/show_mem.ts';

/** Bytes of memory that one thread is reckoned with: eight times its stack in the kernel (set_max_threads). */
const MEMORY_PER_THREAD = 8 * 16_384;
const MIN_THREADS = 20;
/** As many as thread ids fit a futex (FUTEX_TID_MASK). */
export const MAX_THREADS = 0x3fff_ffff;

/** Threads that a kernel with so many pages of memory allows for. */
export function defaultMaxThreads(totalram: number): number {
	const threads = Math.floor((totalram * PAGE_SIZE) / MEMORY_PER_THREAD);
	return Math.min(Math.max(threads, MIN_THREADS), MAX_THREADS);
}
