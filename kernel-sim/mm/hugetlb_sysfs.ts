/**
 * hugetlb_sysfs - the knobs of the pool of large pages: /sys/kernel/mm/hugepages, those of the node, and /proc/sys/vm
 * (mm/hugetlb.c; in files of their own since 6.18).
 */

import { kstrtoul } from '../../src/lib/kstrto.ts';
import { ref } from '../../src/lib/ref.ts';
import { attrRo } from '../fs/sysfs/attr.ts';
import type { Attribute } from '../fs/sysfs/file.ts';
import { sysfsCreateGroup } from '../fs/sysfs/group.ts';
import { type CtlTable, ctlEntry } from '../kernel/sysctl/ctl_table.ts';
import { procDoulongvecMinmax } from '../kernel/sysctl/doulongvec.ts';
import type { Kernel } from '../kernel.ts';
import { type Kobject, kobjectCreateAndAdd } from '../lib/kobject.ts';
import { HUGEPAGE_KIB } from './hugetlb.ts';
import type { Memory } from './show_mem.ts';

/** The directory of pages of the one size that there is. */
const HSTATE = `hugepages-${HUGEPAGE_KIB}kB`;

/** How many there are. EINVAL and ERANGE for what is no unsigned long. */
const nrHugepages = (mm: Memory): Attribute => ({
	...attrRo(() => mm.hugetlb.nr),
	mode: 0o644,
	store: (_kobj, buf) => mm.hugetlb.setMax(kstrtoul(buf, 10), mm.info()),
});

/** What the machine and its node have. */
const sharedAttrs = (mm: Memory) => ({
	nr_hugepages: nrHugepages(mm),
	free_hugepages: attrRo(() => mm.hugetlb.nr),
	surplus_hugepages: attrRo(() => 0),
});

/** Makes the directory of the machine (hugetlb_sysfs_init). */
export function hugetlbSysfsInit({ mm }: Kernel, parent: Kobject): void {
	const { hugetlb } = mm;
	const attrs = {
		...sharedAttrs(mm),
		nr_hugepages_mempolicy: nrHugepages(mm),
		nr_overcommit_hugepages: {
			...attrRo(() => hugetlb.nrOvercommit),
			mode: 0o644,
			store(_kobj: Kobject, buf: string) {
				hugetlb.nrOvercommit = kstrtoul(buf, 10);
			},
		},
		resv_hugepages: attrRo(() => 0),
	};
	sysfsCreateGroup(kobjectCreateAndAdd('hugepages', parent), { name: HSTATE, attrs });
}

/** Makes the directory of the node (hugetlb_register_node). */
export function hugetlbRegisterNode({ mm }: Kernel, node: Kobject): void {
	const dir = kobjectCreateAndAdd('hugepages', node);
	dir.kn.fillLater(() => void sysfsCreateGroup(dir, { name: HSTATE, attrs: sharedAttrs(mm) }), 1);
}

/** /proc/sys/vm. */
export function hugetlbTable({ mm }: Kernel): CtlTable {
	const { hugetlb } = mm;
	const handler = procDoulongvecMinmax();
	const nr = ctlEntry({
		data: { get: () => BigInt(hugetlb.nr), set: count => hugetlb.setMax(count, mm.info()) },
		mode: 0o644,
		handler,
	});
	return {
		nr_hugepages: nr,
		nr_hugepages_mempolicy: nr,
		nr_overcommit_hugepages: { data: ref(hugetlb, 'nrOvercommit'), mode: 0o644, handler },
	};
}
