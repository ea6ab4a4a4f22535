/**
 * sysctls - /proc/sys/vm (vm_table of kernel/sysctl.c, and the tables of mm/page_alloc.c, util.c, compaction.c and oom_kill.c).
 *
 * overcommit_ratio and overcommit_kbytes are seen in /proc/meminfo, min_free_kbytes and watermark_scale_factor in /proc/zoneinfo;
 * drop_caches and compact_memory say in the log what was asked, and find nothing to do.
 *
 * Divergence: those in `vmKept`, percpu_pagelist_high_fraction and lowmem_reserve_ratio are kept and shown; this kernel does not
 * swap, map or reclaim memory.
 */

import { Errno, isErrno } from '../../src/lib/errno.ts';
import { ref } from '../../src/lib/ref.ts';
import { findTask } from '../fs/proc/proc_task.ts';
import { type CtlEntry, type CtlTable, ctlEntry } from '../kernel/sysctl/ctl_table.ts';
import { procDointvec, procDointvecMinmax } from '../kernel/sysctl/dointvec.ts';
import { procDoulongvecMinmax } from '../kernel/sysctl/doulongvec.ts';
import { bool, flag, int, kept, seconds, ulong, withMode } from '../kernel/sysctl/kept.ts';
import { HZ } from '../kernel/time.ts';
import type { Kernel } from '../kernel.ts';
import type { Memory } from './show_mem.ts';

/** Least that is not 0 (MIN_PERCPU_PAGELIST_HIGH_FRACTION). */
const PERCPU_FRACTION_MIN = 8;
const KIB_PER_PAGE = 4;

const vmKept = ({ totalram }: Memory) =>
	kept({
		admin_reserve_kbytes: ulong(reserve(totalram, 8192)),
		user_reserve_kbytes: ulong(reserve(totalram, 131_072)),
		compact_unevictable_allowed: flag(1),
		compaction_proactiveness: int(20, { min: 0, max: 100 }),
		extfrag_threshold: int(500, { min: 0, max: 1000 }),
		hugetlb_optimize_vmemmap: bool(false),
		hugetlb_shm_group: int(0),
		legacy_va_layout: int(0, { min: 0 }),
		max_map_count: int(65_530, { min: 0 }),
		memory_failure_early_kill: flag(0),
		memory_failure_recovery: flag(1),
		min_slab_ratio: int(5, { min: 0, max: 100 }),
		min_unmapped_ratio: int(1, { min: 0, max: 100 }),
		mmap_min_addr: ulong(65_536n),
		mmap_rnd_bits: withMode(0o600, int(28, { min: 28, max: 32 })),
		mmap_rnd_compat_bits: withMode(0o600, int(8, { min: 8, max: 16 })),
		numa_stat: flag(1),
		oom_dump_tasks: int(1),
		oom_kill_allocating_task: int(0),
		'page-cluster': int(3, { min: 0, max: 31 }),
		page_lock_unfairness: int(5, { min: 0 }),
		panic_on_oom: int(0, { min: 0, max: 2 }),
		stat_interval: seconds(HZ),
		swappiness: int(60, { min: 0, max: 200 }),
		unprivileged_userfaultfd: flag(0),
		vfs_cache_pressure: int(100, { min: 0 }),
		watermark_boost_factor: int(15_000, { min: 0 }),
		zone_reclaim_mode: int(0, { min: 0 }),
	});

/** A thirty-second of the memory, and no more than `max` KiB (init_admin_reserve, init_user_reserve). */
function reserve(totalram: number, max: number): bigint {
	return BigInt(Math.min(Math.floor((totalram * KIB_PER_PAGE) / 32), max));
}

/** 0, or at least 8 (percpu_pagelist_high_fraction_sysctl_handler). */
function percpuPagelistHighFraction(): CtlEntry<number> {
	const fraction = { value: 0 };
	const minmax = procDointvecMinmax({ min: 0 });
	return {
		data: ref(fraction, 'value'),
		mode: 0o644,
		handler(table, call) {
			const before = fraction.value;
			minmax(table, call);
			if (fraction.value === 0 || fraction.value >= PERCPU_FRACTION_MIN) return;
			fraction.value = before;
			throw new Errno('EINVAL');
		},
	};
}

/** What is refused is taken all the same, and what is below 1 is 0 (lowmem_reserve_ratio_sysctl_handler). */
function lowmemReserveRatio(): CtlEntry<number[]> {
	const ratio = { values: [256, 256, 32, 0, 0] };
	return {
		data: ref(ratio, 'values'),
		mode: 0o644,
		handler(table, call) {
			try {
				procDointvec(table, call);
			} catch (error) {
				if (!isErrno(error)) throw error;
			}
			ratio.values = ratio.values.map(value => Math.max(0, value));
		},
	};
}

/** Says who asked, until somebody has added 4 (drop_caches_sysctl_handler). */
function dropCaches(kernel: Kernel): CtlEntry<number> {
	const caches = { what: 0 };
	const minmax = procDointvecMinmax({ min: 1, max: 4 });
	let quiet = false;
	return {
		data: ref(caches, 'what'),
		mode: 0o200,
		handler(table, call) {
			minmax(table, call);
			if (!call.write) return;
			const { pid } = call.ctx;
			const comm = findTask(kernel, pid)?.facts.comm ?? '';
			if (!quiet) kernel.pr.info('%s (%d): drop_caches: %d\n', comm, pid, caches.what);
			quiet ||= (caches.what & 4) !== 0;
		},
	};
}

/** Takes 1 and nothing else (sysctl_compaction_handler). */
function compactMemory(): CtlEntry<number> {
	const compact = { value: 0 };
	return {
		data: ref(compact, 'value'),
		mode: 0o200,
		handler(table, call) {
			procDointvec(table, call);
			if (compact.value !== 1) throw new Errno('EINVAL');
		},
	};
}

/** Empty to who reads; a write takes everything (vmstat_refresh). */
const statRefresh: CtlEntry<never> = {
	mode: 0o600,
	handler(_table, call) {
		if (call.write) call.took();
		else call.nothing();
	},
};

/** How much may be promised: in percent, or in KiB, whichever was written last. */
function overcommit(mm: Memory): CtlTable {
	const ulongvec = procDoulongvecMinmax();
	return {
		overcommit_memory: {
			data: ref(mm, 'overcommitMemory'),
			mode: 0o644,
			handler: procDointvecMinmax({ min: 0, max: 2 }),
		},
		overcommit_ratio: ctlEntry({
			data: ref(mm, 'overcommitRatio'),
			mode: 0o644,
			handler(table, call) {
				procDointvec(table, call);
				if (call.write) mm.overcommitKbytes = 0n;
			},
		}),
		overcommit_kbytes: ctlEntry({
			data: ref(mm, 'overcommitKbytes'),
			mode: 0o644,
			handler(table, call) {
				ulongvec(table, call);
				if (call.write) mm.overcommitRatio = 0;
			},
		}),
	};
}

/** /proc/sys/vm. */
export function vmTable(kernel: Kernel): CtlTable {
	const { mm } = kernel;
	return {
		...vmKept(mm),
		...overcommit(mm),
		min_free_kbytes: { data: ref(mm, 'minFreeKbytes'), mode: 0o644, handler: procDointvecMinmax({ min: 0 }) },
		watermark_scale_factor: {
			data: ref(mm, 'watermarkScale'),
			mode: 0o644,
			handler: procDointvecMinmax({ min: 1, max: 3000 }),
		},
		percpu_pagelist_high_fraction: percpuPagelistHighFraction(),
		lowmem_reserve_ratio: lowmemReserveRatio(),
		drop_caches: dropCaches(kernel),
		compact_memory: compactMemory(),
		stat_refresh: statRefresh,
	};
}
