/**
 * mm_init - /sys/kernel/mm, and those of its directories that have few files (mm/mm_init.c; lru_gen of mm/vmscan.c, swap of
 * mm/swap_state.c, numa of mm/memory-tiers.c).
 *
 * Divergence: what is set in those is kept and shown; this kernel neither swaps nor moves pages nor looks for unused ones.
 */

import { kstrtou8, kstrtouint, orEinval } from '../../src/lib/kstrto.ts';
import type { Attribute } from '../fs/sysfs/file.ts';
import { sysfsCreateGroup } from '../fs/sysfs/group.ts';
import { keptBool } from '../fs/sysfs/kept.ts';
import { HZ } from '../kernel/time.ts';
import type { Kernel } from '../kernel.ts';
import { type Kobject, kobjectCreateAndAdd } from '../lib/kobject.ts';
import { hugepageInit } from './huge_memory.ts';
import { hugetlbRegisterNode, hugetlbSysfsInit } from './hugetlb_sysfs.ts';
import { ksmInit } from './ksm.ts';

/** What `fill` makes. */
const SUBDIRS = 7;
const MSEC_PER_TICK = 1000 / HZ;
/** Parts of the many generations that can be switched: the whole, walks of page tables, and of their upper levels. */
const LRU_GEN_CAPS = 7;

/** Which parts are on, by a number or all by `y` and none by `n`. Without the first, the others are off. */
function lruGenEnabled(): Attribute {
	let caps = LRU_GEN_CAPS;
	return {
		mode: 0o644,
		show: () => `0x${caps.toString(16).padStart(4, '0')}\n`,
		store(_kobj, buf) {
			const word = buf[0]?.toLowerCase();
			if (word === 'n') caps = 0;
			else if (word === 'y') caps = LRU_GEN_CAPS;
			else caps = orEinval(() => kstrtouint(buf, 0)) & LRU_GEN_CAPS;
		},
	};
}

/** Milliseconds, kept in ticks. */
function minTtl(): Attribute {
	let ticks = 0;
	return {
		mode: 0o644,
		show: () => `${ticks * MSEC_PER_TICK}\n`,
		store(_kobj, buf) {
			ticks = Math.ceil(orEinval(() => kstrtouint(buf, 0)) / MSEC_PER_TICK);
		},
	};
}

/** How much of what is to be read from several nodes comes from this one: 1 to 255, empty as by default. */
function weightedInterleave(): Attribute {
	let weight = 1;
	return {
		mode: 0o644,
		show: () => `${weight}\n`,
		store(_kobj, buf, { count }) {
			if (count === 0 || buf === '\n') {
				weight = 1;
				return;
			}
			const wanted = orEinval(() => kstrtou8(buf, 0));
			weight = wanted === 0 ? 1 : wanted;
		},
	};
}

/** Makes the directories, once somebody looks (mm_sysfs_init and those that follow it). */
export function mmSysfsInit(kernel: Kernel, node: Kobject): void {
	const mm = kobjectCreateAndAdd('mm', kernel.sysfs.kernel);
	mm.kn.fillLater(() => fill(kernel, mm), SUBDIRS);
	hugetlbRegisterNode(kernel, node);
}

function fill(kernel: Kernel, mm: Kobject): void {
	hugepageInit(mm);
	hugetlbSysfsInit(kernel, mm);
	ksmInit(mm);
	sysfsCreateGroup(mm, { name: 'lru_gen', attrs: { min_ttl_ms: minTtl(), enabled: lruGenEnabled() }, later: true });
	sysfsCreateGroup(kobjectCreateAndAdd('swap', mm), { attrs: { vma_ra_enabled: keptBool(true, ['false', 'true']) } });
	sysfsCreateGroup(kobjectCreateAndAdd('numa', mm), {
		attrs: { demotion_enabled: keptBool(false, ['false', 'true']) },
	});
	sysfsCreateGroup(kobjectCreateAndAdd('mempolicy', mm), {
		name: 'weighted_interleave',
		attrs: { node0: weightedInterleave() },
		later: true,
	});
}
