/**
 * sysctl_net - /proc/sys/net: who may write there (net/sysctl_net.c).
 */

import type { Context } from '../../src/boundary/vfs.ts';
import { CAP_NET_ADMIN } from '../../src/uapi/capability.ts';
import type { CtlTableHeader, Sysctl } from '../fs/proc/proc_sysctl.ts';
import type { CtlAnyEntry, CtlTable } from '../kernel/sysctl/ctl_table.ts';

/** A task with CAP_NET_ADMIN may what root may (net_ctl_permissions). */
function netCtlPermissions({ mode }: CtlAnyEntry, ctx: Context): number {
	if (!ctx.capable(CAP_NET_ADMIN) && ctx.uid !== 0) return mode;
	const bits = (mode >> 6) & 7;
	return (bits << 6) | (bits << 3) | bits;
}

/** As `Sysctl.register`, for a table of the network (register_net_sysctl). */
export function registerNetSysctl(sysctl: Sysctl, path: string, table: CtlTable): CtlTableHeader {
	return sysctl.register(path, table, { permissions: netCtlPermissions });
}
