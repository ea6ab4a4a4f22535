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

/** Limits that have a file elsewhere as well. */
const sameAs: Readonly<Record<string, string>> = {
	max_inotify_instances: 'fs/inotify/max_user_instances',
	max_inotify_watches: 'fs/inotify/max_user_watches',
	max_fanotify_groups: 'fs/fanotify/max_user_groups',
	max_fanotify_marks: 'fs/fanotify/max_user_marks',
};

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
	const rows = namespaces.map(name => [name, ulong(half, { max: INT_MAX })] as const);
	const shared = Object.entries(sameAs).map(([name, path]) => [name, sysctl.find(path)!.entry] as const);
	const table = { ...kept(Object.fromEntries(rows)), ...Object.fromEntries(shared) };
	sysctl.register('user', table, { permissions: setPermissions });
}
