/**
 * ucount - /proc/sys/user: how many of each kind of thing a user may have (kernel/ucount.c).
 *
 * Divergence: the limits are kept and shown; this kernel has none of what they count.
 */

import type { Context } from '../../src/boundary/vfs.ts';
import { CAP_SYS_RESOURCE } from '../../src/uapi/capability.ts';
import type { Kernel } from '../kernel.ts';
import type { CtlAnyEntry } from './sysctl/ctl_table.ts';
import { kept, ulong } from './sysctl/kept.ts';

const INT_MAX = 0x7fff_ffffn;

/** Who has CAP_SYS_RESOURCE may what root may, and nobody else may more than others (set_permissions). */
function setPermissions({ mode }: CtlAnyEntry, ctx: Context): number {
	const bits = ctx.capable(CAP_SYS_RESOURCE) ? (mode >> 6) & 7 : mode & 7;
	return (bits << 6) | (bits << 3) | bits;
}

/** Makes the files. Half of the threads that there may be is the limit of each kind of namespace. */
export function userSysctlInit({ sysctl, pids }: Kernel): void {
	const half = BigInt(Math.floor(pids.maxThreads / 2));
	const namespaces = ['user', 'pid', 'uts', 'ipc', 'net', 'mnt', 'cgroup', 'time'].map(
		kind => `max_${kind}_namespaces`,
	);
	const limits: Record<string, bigint> = {
		...Object.fromEntries(namespaces.map(name => [name, half])),
		max_inotify_instances: 128n,
		max_inotify_watches: 8192n,
		max_fanotify_groups: 128n,
		max_fanotify_marks: 8192n,
	};
	const rows = Object.entries(limits).map(([name, limit]) => [name, ulong(limit, { max: INT_MAX })] as const);
	sysctl.register('user', kept(Object.fromEntries(rows)), { permissions: setPermissions });
}
