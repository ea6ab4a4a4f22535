/**
 * initcalls - what is in /proc from the beginning, besides the tasks: each file or directory by whom it is made.
 */

import type { ConfigName } from '../../kernel/config.ts';
import type { Kernel } from '../../kernel.ts';
import { procBuddyinfoInit } from './buddyinfo.ts';
import { procCgroupsInit } from './cgroups.ts';
import { procCmdlineInit } from './cmdline.ts';
import { procConfigGzInit } from './config_gz.ts';
import { procConsolesInit } from './consoles.ts';
import { procCpuinfoInit } from './cpuinfo.ts';
import { procCryptoInit } from './crypto.ts';
import { procDevicesInit } from './devices.ts';
import { procDmaInit } from './dma.ts';
import { procExecdomainsInit } from './execdomains.ts';
import { procFbInit } from './fb.ts';
import { procFilesystemsInit } from './filesystems.ts';
import { procGenhdInit } from './genhd.ts';
import { procIdeInit } from './ide_proc.ts';
import { procInterruptsInit } from './interrupts.ts';
import { procIrqInit } from './irq.ts';
import { procKallsymsInit } from './kallsyms.ts';
import { procKeysInit } from './keys.ts';
import { procKmsgInit } from './kmsg.ts';
import { procLoadavgInit } from './loadavg.ts';
import { procLocksInit } from './locks.ts';
import { procMeminfoInit } from './meminfo.ts';
import { procModulesInit } from './modules.ts';
import { procNamespacesInit } from './namespaces.ts';
import { procPressureInit } from './pressure.ts';
import type { Proc } from './proc_fs.ts';
import { procNetInit } from './proc_net.ts';
import { procTtyInit } from './proc_tty.ts';
import { procResourceInit } from './resource.ts';
import { procSchedstatInit } from './schedstat.ts';
import { procScsiInit } from './scsi_proc.ts';
import { procSlabinfoInit } from './slabinfo.ts';
import { procSoftirqsInit } from './softirqs.ts';
import { procStatInit } from './stat.ts';
import { procSwapsInit } from './swaps.ts';
import { procSysrqTriggerInit } from './sysrq_trigger.ts';
import { procSysvipcInit } from './sysvipc.ts';
import { procTimerListInit } from './timer_list.ts';
import { procUptimeInit } from './uptime.ts';
import { procVersionInit } from './version.ts';
import { procVmallocinfoInit } from './vmallocinfo.ts';
import { procVmstatInit } from './vmstat.ts';
import { procZoneinfoInit } from './zoneinfo.ts';

/** Who makes a file, and the option without which nobody does. */
type Initcall = readonly [make: (kernel: Kernel, proc: Proc) => void, needs?: ConfigName];

/** Called in this order when a kernel boots. */
export const initcalls: readonly Initcall[] = [
	[procBuddyinfoInit],
	[procCgroupsInit],
	[procCmdlineInit],
	[procConfigGzInit, 'CONFIG_IKCONFIG_PROC'],
	[procConsolesInit],
	[procCpuinfoInit],
	[procCryptoInit],
	[procDevicesInit],
	[procDmaInit],
	[procExecdomainsInit],
	[procFbInit],
	[procFilesystemsInit],
	[procGenhdInit],
	[procIdeInit, 'CONFIG_IDE_PROC_FS'],
	[procInterruptsInit],
	[procIrqInit],
	[procKallsymsInit, 'CONFIG_KALLSYMS'],
	[procKeysInit],
	[procKmsgInit],
	[procLoadavgInit],
	[procLocksInit, 'CONFIG_FILE_LOCKING'],
	[procMeminfoInit],
	[procModulesInit, 'CONFIG_MODULES'],
	[procNamespacesInit],
	[procNetInit],
	[procPressureInit],
	[procResourceInit],
	[procSchedstatInit],
	[procScsiInit, 'CONFIG_SCSI_PROC_FS'],
	[procSlabinfoInit],
	[procSoftirqsInit],
	[procStatInit],
	[procSwapsInit, 'CONFIG_SWAP'],
	[procSysrqTriggerInit],
	[procSysvipcInit],
	[procTimerListInit],
	[procTtyInit],
	[procUptimeInit],
	[procVersionInit],
	[procVmallocinfoInit],
	[procVmstatInit],
	[procZoneinfoInit],
];
