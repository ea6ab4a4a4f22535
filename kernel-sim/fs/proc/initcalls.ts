/**
 * initcalls - what is in /proc from the beginning, besides the tasks: each file or directory by whom it is made.
 */

import type { ConfigName } from '../../kernel/config.ts';
import type { Kernel } from '../../kernel.ts';
import { procBuddyinfoInit } from './buddyinfo.ts';
import { procCmdlineInit } from './cmdline.ts';
import { procConfigGzInit } from './config_gz.ts';
import { procConsolesInit } from './consoles.ts';
import { procCpuinfoInit } from './cpuinfo.ts';
import { procDevicesInit } from './devices.ts';
import { procDmaInit } from './dma.ts';
import { procExecdomainsInit } from './execdomains.ts';
import { procFilesystemsInit } from './filesystems.ts';
import { procGenhdInit } from './genhd.ts';
import { procIdeInit } from './ide_proc.ts';
import { procInterruptsInit } from './interrupts.ts';
import { procKallsymsInit } from './kallsyms.ts';
import { procKmsgInit } from './kmsg.ts';
import { procLoadavgInit } from './loadavg.ts';
import { procLocksInit } from './locks.ts';
import { procMeminfoInit } from './meminfo.ts';
import { procModulesInit } from './modules.ts';
import type { Proc } from './proc_fs.ts';
import { procNetInit } from './proc_net.ts';
import { procTtyInit } from './proc_tty.ts';
import { procResourceInit } from './resource.ts';
import { procScsiInit } from './scsi_proc.ts';
import { procSlabinfoInit } from './slabinfo.ts';
import { procSoftirqsInit } from './softirqs.ts';
import { procStatInit } from './stat.ts';
import { procSwapsInit } from './swaps.ts';
import { procUptimeInit } from './uptime.ts';
import { procVersionInit } from './version.ts';
import { procVmstatInit } from './vmstat.ts';
import { procZoneinfoInit } from './zoneinfo.ts';

/** Who makes a file, and the option without which nobody does. */
type Initcall = readonly [make: (kernel: Kernel, proc: Proc) => void, needs?: ConfigName];

/** Called in this order when a kernel boots. */
export const initcalls: readonly Initcall[] = [
	[procBuddyinfoInit],
	[procCmdlineInit],
	[procConfigGzInit, 'CONFIG_IKCONFIG_PROC'],
	[procConsolesInit],
	[procCpuinfoInit],
	[procDevicesInit],
	[procDmaInit],
	[procExecdomainsInit],
	[procFilesystemsInit],
	[procGenhdInit],
	[procIdeInit, 'CONFIG_IDE_PROC_FS'],
	[procInterruptsInit],
	[procKallsymsInit, 'CONFIG_KALLSYMS'],
	[procKmsgInit],
	[procLoadavgInit],
	[procLocksInit, 'CONFIG_FILE_LOCKING'],
	[procMeminfoInit],
	[procModulesInit, 'CONFIG_MODULES'],
	[procNetInit],
	[procResourceInit],
	[procScsiInit, 'CONFIG_SCSI_PROC_FS'],
	[procSlabinfoInit],
	[procSoftirqsInit],
	[procStatInit],
	[procSwapsInit, 'CONFIG_SWAP'],
	[procTtyInit],
	[procUptimeInit],
	[procVersionInit],
	[procVmstatInit],
	[procZoneinfoInit],
];
