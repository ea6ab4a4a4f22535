/**
 * hugetlb - a pool of large pages for programs that ask for them (mm/hugetlb.c).
 *
 *     vm.nr_hugepages, /sys/kernel/mm/hugepages, those of the node    how many there are: hugetlb_sysfs.ts
 *     /proc/meminfo, the meminfo of the node                          what they take
 *
 * What is in the pool is not free any more. There is one size of pages, and one node.
 *
 * Divergence: no program gets one of them; what mmap(2) is asked for is the host's affair.
 */

import type { SeqFile } from '../fs/seq_file.ts';
import type { MemInfo } from './show_mem.ts';

/** Size that a table of page table entries stands for, as a power of two of pages (HPAGE_PMD_ORDER). */
export const HPAGE_PMD_ORDER = 9;
/** Small pages of a large one, and what it takes. */
const PAGES = 2 ** HPAGE_PMD_ORDER;
export const HUGEPAGE_KIB = PAGES * 4;

/** The pool of one kernel (struct hstate). */
export class Hstate {
	/** How many there may be more if programs ask for them. */
	nrOvercommit = 0n;
	#nr = 0;

	/** How many there are. Nobody has one of them. */
	get nr(): number {
		return this.#nr;
	}

	/** Small pages that the pool takes. */
	get pages(): number {
		return this.#nr * PAGES;
	}

	/** Has there be `count` of them, or as many as there is free memory for (set_max_huge_pages). */
	setMax(count: bigint, { freeram, minFree }: MemInfo): void {
		const most = this.#nr + Math.floor(Math.max(0, freeram - minFree) / PAGES);
		this.#nr = count > most ? Math.max(this.#nr, most) : Number(count);
	}
}

/** Its lines of /proc/meminfo (hugetlb_report_meminfo). */
export function hugetlbReportMeminfo(m: Pick<SeqFile, 'printf'>, { nr }: Hstate): void {
	for (const [name, count] of [
		['Total', nr],
		['Free', nr],
		['Rsvd', 0],
		['Surp', 0],
	] as const) {
		m.printf('%-19s%5lu\n', `HugePages_${name}:`, count);
	}
	m.printf('Hugepagesize:   %8lu kB\n', HUGEPAGE_KIB);
	m.printf('Hugetlb:        %8lu kB\n', nr * HUGEPAGE_KIB);
}

/** Its lines of the meminfo of a node (hugetlb_report_node_meminfo). */
export function hugetlbReportNodeMeminfo({ nr }: Hstate, node: number): string {
	const line = (name: string, count: number) =>
		`Node ${node} ${`HugePages_${name}:`.padEnd(17)}${`${count}`.padStart(5)}\n`;
	return line('Total', nr) + line('Free', nr) + line('Surp', 0);
}
