/**
 * init - which tables there are under /proc/sys when a kernel has booted.
 */

import { randomTable } from '../../drivers/char/random.ts';
import { coredumpSysctls, epollTable, fanotifyTable, fsSysctls, inotifyTable, quotaTable } from '../../fs/sysctls.ts';
import { ipcSysctls, mqSysctls } from '../../ipc/ipc_sysctl.ts';
import type { Kernel } from '../../kernel.ts';
import { hugetlbTable } from '../../mm/hugetlb_sysfs.ts';
import { pageWritebackSysctls } from '../../mm/page_writeback.ts';
import { vmTable } from '../../mm/sysctls.ts';
import { neighTable } from '../../net/core/neighbour_sysctl.ts';
import { netCoreTable } from '../../net/core/sysctl_net_core.ts';
import { ipv4RouteTable } from '../../net/ipv4/route_sysctl.ts';
import { ipv4Table } from '../../net/ipv4/sysctl_net_ipv4.ts';
import { tcpTable } from '../../net/ipv4/tcp_sysctl.ts';
import { registerNetSysctl } from '../../net/sysctl_net.ts';
import { unixTable } from '../../net/unix/sysctl_net_unix.ts';
import { printkSysctls } from '../printk_sysctl.ts';
import { kernTable } from '../sysctl.ts';
import { userSysctlInit } from '../ucount.ts';
import { utsKernTable } from '../utsname_sysctl.ts';
import type { CtlTable } from './ctl_table.ts';
import {
	abiTable,
	debugTable,
	firmwareConfigTable,
	kernelTables,
	keySysctls,
	ptyTable,
	seccompTable,
	ttyTable,
	usermodehelperTable,
	yamaTable,
} from './kernel_tables.ts';

/** Where a table is, and who makes it. */
type Row = readonly [path: string, make: (kernel: Kernel) => CtlTable];

const tables: readonly Row[] = [
	['kernel', kernTable],
	['kernel', kernelTables],
	['kernel', utsKernTable],
	['kernel', printkSysctls],
	['kernel', coredumpSysctls],
	['kernel', ipcSysctls],
	['kernel/random', randomTable],
	['kernel/keys', keySysctls],
	['kernel/pty', ptyTable],
	['kernel/seccomp', seccompTable],
	['kernel/usermodehelper', usermodehelperTable],
	['kernel/firmware_config', firmwareConfigTable],
	['kernel/yama', yamaTable],
	['vm', vmTable],
	['vm', hugetlbTable],
	['vm', pageWritebackSysctls],
	['fs', fsSysctls],
	['fs/epoll', epollTable],
	['fs/inotify', inotifyTable],
	['fs/fanotify', fanotifyTable],
	['fs/mqueue', mqSysctls],
	['fs/quota', quotaTable],
	['debug', debugTable],
	['abi', abiTable],
	['dev/tty', ttyTable],
];

/** Those that tasks with CAP_NET_ADMIN may write to. */
const netTables: readonly Row[] = [
	['net/core', netCoreTable],
	['net/ipv4', ipv4Table],
	['net/ipv4', tcpTable],
	['net/ipv4/route', ipv4RouteTable],
	['net/ipv4/neigh/default', () => neighTable(true)],
	['net/unix', unixTable],
];

/** Makes /proc/sys what it is at boot (sysctl_init_bases, and the initcalls that register a table). */
export function sysctlInit(kernel: Kernel): void {
	for (const [path, make] of tables) kernel.sysctl.register(path, make(kernel));
	kernel.sysctl.registerMountPoint('fs/binfmt_misc');
	userSysctlInit(kernel);
	for (const [path, make] of netTables) registerNetSysctl(kernel.sysctl, path, make(kernel));
	devicesInit(kernel);
}

/** What there is for each device of the network. */
function devicesInit({ sysctl, net: { devices, devconf } }: Kernel): void {
	devconf.register(sysctl);
	for (const device of devices) {
		devconf.addDevice(sysctl, device);
		registerNetSysctl(sysctl, `net/ipv4/neigh/${device.name}`, neighTable(false));
	}
}
