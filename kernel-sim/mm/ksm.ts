/**
 * ksm - /sys/kernel/mm/ksm: pages of programs that are the same, and are kept once (mm/ksm.c).
 *
 * Divergence: what is set is kept and shown, and nothing is merged: the memory of programs is the host's.
 */

import { Errno } from '../../src/lib/errno.ts';
import { kstrtoint, kstrtouint, orEinval } from '../../src/lib/kstrto.ts';
import { sysfsMatchString } from '../../src/lib/string_helpers.ts';
import type { Attribute } from '../fs/sysfs/file.ts';
import { sysfsCreateGroup } from '../fs/sysfs/group.ts';
import { chosenOf, constant, keptBool, keptFlag, keptNumber } from '../fs/sysfs/kept.ts';
import type { Kobject } from '../lib/kobject.ts';

const ULONG_MAX = (1n << 64n) - 1n;
/** Pages that are looked at in one go (DEFAULT_PAGES_TO_SCAN); with an advisor, it begins with its least. */
const DEFAULT_PAGES_TO_SCAN = 100;
const ADVISOR_MIN_PAGES_TO_SCAN = 500;
const advisors = ['none', 'scan-time'] as const;

/** Who says how many pages are looked at: programs, or an advisor, and then nobody else. */
function pagesToScan(): Readonly<Record<'pages_to_scan' | 'advisor_mode', Attribute>> {
	let pages = DEFAULT_PAGES_TO_SCAN;
	let advisor: (typeof advisors)[number] = 'none';
	return {
		pages_to_scan: {
			mode: 0o644,
			show: () => `${pages}\n`,
			store(_kobj, buf) {
				if (advisor !== 'none') throw new Errno('EINVAL');
				pages = orEinval(() => kstrtouint(buf, 10));
			},
		},
		advisor_mode: {
			mode: 0o644,
			show: () => chosenOf(advisors, advisor),
			store(_kobj, buf) {
				const wanted = sysfsMatchString(advisors, buf);
				if (wanted === undefined) throw new Errno('EINVAL');
				if (wanted !== advisor) pages = wanted === 'none' ? DEFAULT_PAGES_TO_SCAN : ADVISOR_MIN_PAGES_TO_SCAN;
				advisor = wanted;
			},
		},
	};
}

/** How many may have one page: an int of at least 2, ERANGE for what is none. */
function maxPageSharing(): Attribute {
	let most = 256;
	return {
		mode: 0o644,
		show: () => `${most}\n`,
		store(_kobj, buf) {
			const wanted = kstrtoint(buf, 10);
			if (wanted < 2) throw new Errno('EINVAL');
			most = wanted;
		},
	};
}

/** What is counted of pages that are looked at and merged. */
const counters = [
	...['pages_scanned', 'pages_shared', 'pages_sharing', 'pages_unshared', 'pages_volatile', 'pages_skipped'],
	...['ksm_zero_pages', 'full_scans', 'stable_node_chains', 'stable_node_dups', 'general_profit'],
];

/** Makes the directory (ksm_init). */
export function ksmInit(mm: Kobject): void {
	const ulong = { max: ULONG_MAX };
	sysfsCreateGroup(mm, {
		name: 'ksm',
		later: true,
		attrs: {
			...Object.fromEntries(counters.map(name => [name, constant(0)])),
			...pagesToScan(),
			sleep_millisecs: keptNumber(20n),
			run: keptNumber(0n, { max: 2n }),
			merge_across_nodes: keptFlag(1n),
			max_page_sharing: maxPageSharing(),
			stable_node_chains_prune_millisecs: keptNumber(2000n),
			use_zero_pages: keptBool(false),
			smart_scan: keptBool(true),
			advisor_max_cpu: keptNumber(70n, ulong),
			advisor_min_pages_to_scan: keptNumber(BigInt(ADVISOR_MIN_PAGES_TO_SCAN), ulong),
			advisor_max_pages_to_scan: keptNumber(30_000n, ulong),
			advisor_target_scan_time: keptNumber(200n, { min: 1n, max: ULONG_MAX }),
		},
	});
}
