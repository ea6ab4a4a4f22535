/**
 * cgroups - /proc/cgroups: the controllers of control groups (kernel/cgroup/cgroup-v1.c).
 *
 * Divergence: there are none, nor a file system to make groups in; what limits a program is the host's business. So there is the
 * heading alone, and /proc/<pid>/cgroup is empty, as in Linux before any hierarchy is mounted.
 */

import type { Kernel } from '../../kernel.ts';
import type { Proc } from './proc_fs.ts';

/** Makes /proc/cgroups. */
export function procCgroupsInit(_kernel: Kernel, proc: Proc): void {
	proc.createSingle('cgroups', 0, m => m.puts('#subsys_name\thierarchy\tnum_cgroups\tenabled\n'));
}
