/**
 * cgroup - /sys/kernel/cgroup: what control groups can do (cgroup_sysfs_init of kernel/cgroup/cgroup.c).
 *
 * Divergence: this kernel has no controllers and mounts no cgroup2; programs that do mount one, get the host's. What there is said
 * is what Linux 6.12 says without controllers.
 */

import { sysfsCreateGroup } from '../fs/sysfs/group.ts';
import type { Kernel } from '../kernel.ts';

/** Files that may be given to whom a part of the tree is given to. */
const delegatable = ['cgroup.procs', 'cgroup.threads', 'cgroup.subtree_control'];
/** Options of a mount. */
const features = [
	...['nsdelegate', 'favordynmods', 'memory_localevents', 'memory_recursiveprot', 'memory_hugetlb_accounting'],
	'pids_localevents',
];

const lines = (names: readonly string[]) => ({ mode: 0o444, show: () => names.map(name => `${name}\n`).join('') });

/** Makes the directory. */
export function cgroupSysfsInit({ sysfs }: Kernel): void {
	const attrs = { delegate: lines(delegatable), features: lines(features) };
	sysfsCreateGroup(sysfs.kernel, { name: 'cgroup', attrs, later: true });
}
