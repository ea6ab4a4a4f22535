/**
 * contracts - all of them, in the order in which they run.
 */

import type { Contract } from '../runner/contract.ts';
import { charDev } from './char_dev.ts';
import { configfsBinFile } from './configfs_bin_file.ts';
import { configfsDir } from './configfs_dir.ts';
import { configfsFile } from './configfs_file.ts';
import { configfsSample } from './configfs_sample.ts';
import { configfsSymlink } from './configfs_symlink.ts';
import { debugfs } from './debugfs.ts';
import { debugfsTree } from './debugfs_tree.ts';
import { device } from './device.ts';
import { devicePower } from './device_power.ts';
import { devkmsg } from './devkmsg.ts';
import { gpioSim } from './gpio_sim.ts';
import { hardware } from './hardware.ts';
import { irq } from './irq.ts';
import { misc } from './misc.ts';
import { module } from './module.ts';
import { moduleParams } from './module_params.ts';
import { moduleSysfs } from './module_sysfs.ts';
import { netSysfs } from './net_sysfs.ts';
import { netlinkMessage } from './netlink_message.ts';
import { netlinkModule } from './netlink_module.ts';
import { netlinkSocket } from './netlink_socket.ts';
import { procCreate } from './proc_create.ts';
import { procFormats } from './proc_formats.ts';
import { procFormatsKernel } from './proc_formats_kernel.ts';
import { procFormatsMore } from './proc_formats_more.ts';
import { procInode } from './proc_inode.ts';
import { procLegacy } from './proc_legacy.ts';
import { procMounts } from './proc_mounts.ts';
import { procPid } from './proc_pid.ts';
import { procPidFiles } from './proc_pid_files.ts';
import { procPidMore } from './proc_pid_more.ts';
import { procReaddir } from './proc_readdir.ts';
import { procRemove } from './proc_remove.ts';
import { procSelf } from './proc_self.ts';
import { seqLseek } from './seq_lseek.ts';
import { seqRead } from './seq_read.ts';
import { sleep } from './sleep.ts';
import { sysKernel } from './sys_kernel.ts';
import { sysctl } from './sysctl.ts';
import { sysctlTree } from './sysctl_tree.ts';
import { sysfsFile } from './sysfs_file.ts';
import { sysfsLife } from './sysfs_life.ts';
import { sysfsNames } from './sysfs_names.ts';
import { uevent } from './uevent.ts';

export const contracts: readonly Contract[] = [
	...seqRead,
	...seqLseek,
	...procCreate,
	...procInode,
	...procReaddir,
	...procRemove,
	...procSelf,
	...procPid,
	...procPidMore,
	...procPidFiles,
	...procFormats,
	...procFormatsMore,
	...procFormatsKernel,
	...irq,
	...procMounts,
	...procLegacy,
	...sysctl,
	...sysctlTree,
	...sleep,
	...sysfsFile,
	...sysfsNames,
	...sysfsLife,
	...debugfs,
	...debugfsTree,
	...hardware,
	...device,
	...devicePower,
	...netSysfs,
	...sysKernel,
	...module,
	...configfsFile,
	...configfsBinFile,
	...configfsDir,
	...configfsSymlink,
	...moduleParams,
	...moduleSysfs,
	...charDev,
	...devkmsg,
	...misc,
	...netlinkSocket,
	...netlinkMessage,
	...netlinkModule,
	...uevent,
	...configfsSample,
	...gpioSim,
];
