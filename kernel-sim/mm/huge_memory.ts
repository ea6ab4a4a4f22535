/**
 * huge_memory - /sys/kernel/mm/transparent_hugepage: large pages that programs get without asking (mm/huge_memory.c,
 * mm/khugepaged.c, and the knobs of mm/shmem.c).
 *
 * Divergence: what is set is kept and shown, and what is counted stays 0: the memory of programs is the host's, and files in memory
 * are kept in small pages.
 */

import { Errno } from '../../src/lib/errno.ts';
import { sysfsMatchString } from '../../src/lib/string_helpers.ts';
import type { Attribute } from '../fs/sysfs/file.ts';
import { sysfsCreateGroup, sysfsCreateGroups } from '../fs/sysfs/group.ts';
import { chosenOf, constant, keptBool, keptFlag, keptNumber, keptWord } from '../fs/sysfs/kept.ts';
import { type Kobject, kobjectCreateAndAdd } from '../lib/kobject.ts';
import { HPAGE_PMD_ORDER } from './hugetlb.ts';
import { PAGE_SIZE } from './show_mem.ts';

const HPAGE_PMD_NR = 2 ** HPAGE_PMD_ORDER;

/** When memory of programs is in large pages, and when it is made so at once. */
const enabled = ['always', 'madvise', 'never'] as const;
const defrag = ['always', 'defer', 'defer+madvise', 'madvise', 'never'] as const;
/** Of one size: as for all, or otherwise. */
const sizeEnabled = ['always', 'inherit', 'madvise', 'never'] as const;
/** The same of files in memory. */
const shmemEnabled = ['always', 'within_size', 'advise', 'never', 'deny', 'force'] as const;
const sizeShmemEnabled = ['always', 'inherit', 'within_size', 'advise', 'never'] as const;

const anyStats = ['swpout', 'swpout_fallback', 'split', 'split_failed'];
const anonStats = [
	...['anon_fault_alloc', 'anon_fault_fallback', 'anon_fault_fallback_charge', 'split_deferred', 'nr_anon'],
	'nr_anon_partially_mapped',
];
const fileStats = ['shmem_alloc', 'shmem_fallback', 'shmem_fallback_charge'];

/** What is chosen of files in memory: for all of them, and for each size; `force` is of the greatest size alone. */
class ShmemHuge {
	#all: (typeof shmemEnabled)[number] = 'never';
	/** By order; of those that are not there it is never. */
	readonly #sizes = new Map<number, (typeof sizeShmemEnabled)[number]>([[HPAGE_PMD_ORDER, 'inherit']]);

	readonly all: Attribute = {
		mode: 0o644,
		show: () => chosenOf(shmemEnabled, this.#all),
		store: (_kobj, buf) => {
			const wanted = sysfsMatchString(shmemEnabled, buf);
			if (wanted === undefined || (wanted === 'force' && !this.#onlyGreatestInherits)) throw new Errno('EINVAL');
			this.#all = wanted;
		},
	};

	ofSize(order: number): Attribute {
		return {
			mode: 0o644,
			show: () => chosenOf(sizeShmemEnabled, this.#sizes.get(order) ?? 'never'),
			store: (_kobj, buf) => {
				const wanted = sysfsMatchString(sizeShmemEnabled, buf);
				const forced = this.#all === 'force' && order !== HPAGE_PMD_ORDER;
				if (wanted === undefined || (wanted === 'inherit' && forced)) throw new Errno('EINVAL');
				this.#sizes.set(order, wanted);
			},
		};
	}

	get #onlyGreatestInherits(): boolean {
		const inheriting = [...this.#sizes].filter(([, chosen]) => chosen === 'inherit');
		return inheriting.length === 1 && inheriting[0]![0] === HPAGE_PMD_ORDER;
	}
}

/** The directory of a size; two pages are too few for memory of programs (thpsize_create). */
function thpsizeCreate(order: number, parent: Kobject, shmem: ShmemHuge): void {
	const size = kobjectCreateAndAdd(`hugepages-${(PAGE_SIZE * 2 ** order) / 1024}kB`, parent);
	const hasAnon = order > 1;
	const stats = [...anyStats, ...(hasAnon ? anonStats : []), ...fileStats];
	const chosen = keptWord(sizeEnabled, order === HPAGE_PMD_ORDER ? 'inherit' : 'never');
	sysfsCreateGroups(size, [
		{ attrs: { ...(hasAnon && { enabled: chosen }), shmem_enabled: shmem.ofSize(order) } },
		{ name: 'stats', attrs: Object.fromEntries(stats.map(name => [name, constant(0)])), later: true },
	]);
}

/** Makes the directory (hugepage_init_sysfs). */
export function hugepageInit(mm: Kobject): void {
	const shmem = new ShmemHuge();
	const dir = kobjectCreateAndAdd('transparent_hugepage', mm);
	sysfsCreateGroup(dir, {
		attrs: {
			enabled: keptWord(enabled, 'always'),
			defrag: keptWord(defrag, 'madvise'),
			use_zero_page: keptFlag(1n),
			hpage_pmd_size: constant(HPAGE_PMD_NR * PAGE_SIZE),
			shmem_enabled: shmem.all,
			shrink_underused: keptBool(true),
		},
	});
	const ptes = { max: BigInt(HPAGE_PMD_NR - 1) };
	sysfsCreateGroup(dir, {
		name: 'khugepaged',
		later: true,
		attrs: {
			defrag: keptFlag(1n),
			max_ptes_none: keptNumber(BigInt(HPAGE_PMD_NR - 1), ptes),
			max_ptes_swap: keptNumber(BigInt(HPAGE_PMD_NR / 8), ptes),
			max_ptes_shared: keptNumber(BigInt(HPAGE_PMD_NR / 2), ptes),
			pages_to_scan: keptNumber(BigInt(HPAGE_PMD_NR * 8), { min: 1n }),
			pages_collapsed: constant(0),
			full_scans: constant(0),
			scan_sleep_millisecs: keptNumber(10_000n),
			alloc_sleep_millisecs: keptNumber(60_000n),
		},
	});
	for (let order = HPAGE_PMD_ORDER; order > 0; order--) thpsizeCreate(order, dir, shmem);
}
