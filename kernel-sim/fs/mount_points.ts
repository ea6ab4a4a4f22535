/**
 * mount_points - empty directories of /sys that programs mount other file systems on: securityfs, tracefs, bpf, cgroup2, pstore,
 * fusectl. In Linux each file system makes its own (sysfs_create_mount_point).
 *
 * Divergence: this kernel has none of those file systems; a program of the host that mounts one, gets the host's.
 */

import type { Kernel } from '../kernel.ts';
import { kobjectCreateAndAdd } from '../lib/kobject.ts';
import { sysfsCreateMountPoint } from './sysfs/dir.ts';

/** Makes them. */
export function mountPointsInit({ sysfs }: Kernel): void {
	for (const name of ['security', 'tracing']) sysfsCreateMountPoint(sysfs.kernel, name);
	for (const name of ['bpf', 'cgroup', 'pstore']) sysfsCreateMountPoint(sysfs.fs, name);
	sysfsCreateMountPoint(kobjectCreateAndAdd('fuse', sysfs.fs), 'connections');
}
