/**
 * index - `ring3/kernel`, what the author of a module imports.
 *
 *     import { defineModule, param } from 'ring3/kernel';
 *
 * Everything that a module may register, it gets as arguments of its init; here is what it needs to write it down.
 */

export type { SyscallContext, SyscallHandler } from '../src/boundary/syscall.ts';
export type {
	Context,
	DirContext,
	File,
	FileOperations,
	Inode,
	InodeOperations,
	PollTable,
	ReadResult,
	Timespec,
	WriteResult,
} from '../src/boundary/vfs.ts';
export type { Awaitable } from '../src/lib/awaitable.ts';
export { Errno, type ErrnoName, isErrno } from '../src/lib/errno.ts';
export * from '../src/lib/kstrto.ts';
export { snprintf, sprintf } from '../src/lib/printf.ts';
export { type Ref, ref } from '../src/lib/ref.ts';
export { sysfsMatchString, sysfsStreq } from '../src/lib/string_helpers.ts';
export { NetlinkExtAck } from '../src/netlink/ext_ack.ts';
export { type MessageTable, message } from '../src/netlink/message.ts';
export * from '../src/netlink/nlattr.ts';
export type { NlMessage } from '../src/netlink/nlmsg.ts';
export { NLA_INDEXED, NLA_NESTED, NLA_NESTED_ARRAY, nlaPolicy } from '../src/netlink/policy.ts';
export { NL_VALIDATE_LIBERAL, NL_VALIDATE_STRICT } from '../src/netlink/validate.ts';
export { O_ACCMODE, O_NONBLOCK, O_RDONLY, O_RDWR, O_WRONLY, SEEK_CUR, SEEK_END, SEEK_SET } from '../src/uapi/fcntl.ts';
export { GENL_ADMIN_PERM, GENL_UNS_ADMIN_PERM } from '../src/uapi/genetlink.ts';
export { _IO, _IOR, _IOW, _IOWR } from '../src/uapi/ioctl.ts';
export { POLLERR, POLLHUP, POLLIN, POLLOUT, POLLPRI, POLLRDNORM, POLLWRNORM } from '../src/uapi/poll.ts';
export { MKDEV, S_IFDIR, S_IFLNK, S_IFREG } from '../src/uapi/stat.ts';
export type { Bus, BusKset, BusType } from './drivers/base/bus.ts';
export type { Class, ClassType } from './drivers/base/class.ts';
export { Device, type DeviceInit, type DeviceType, type Devnode } from './drivers/base/core.ts';
export { probeDefer } from './drivers/base/dd.ts';
export type { DeviceDriver, DriverType } from './drivers/base/driver.ts';
export {
	PLATFORM_DEVID_AUTO,
	PLATFORM_DEVID_NONE,
	type PlatformDevice,
	type PlatformDeviceInit,
} from './drivers/base/platform.ts';
export type { DevPmInfo, DevPmOps } from './drivers/base/power/runtime.ts';
export type { Properties, SoftwareNode, SoftwareNodes } from './drivers/base/swnode.ts';
export { MISC_DYNAMIC_MINOR, type MiscDevice, type RegisteredMisc } from './drivers/char/misc.ts';
export type { GpioChip, GpioDevice, GpiodFlags, GpiodHog } from './drivers/gpio/gpiolib.ts';
export type { HwmonChipInfo, HwmonSensorType } from './drivers/hwmon/hwmon.ts';
export type { SysrqKeyOp } from './drivers/tty/sysrq.ts';
export {
	type ConfigfsAttribute,
	type ConfigfsBinAttribute,
	ConfigfsSubsystem,
	ConfigGroup,
	ConfigItem,
	type ConfigItemType,
} from './fs/configfs/item.ts';
export type { ConfigfsUser } from './fs/configfs/mount.ts';
export {
	type DebugfsBlobWrapper,
	type DebugfsReg32,
	type DebugfsRegset32,
	type DebugfsU32Array,
	debugfsPrintRegs32,
	type Iomem,
} from './fs/debugfs/attributes.ts';
export type { Debugfs } from './fs/debugfs/debugfs.ts';
export type { DebugfsDentry } from './fs/debugfs/inode.ts';
export { newInode } from './fs/inode.ts';
export {
	dirEmitDots,
	emitEntries,
	simpleFillSuper,
	simpleReadFromBuffer,
	simpleWriteToBuffer,
	type TreeDescr,
} from './fs/libfs.ts';
export { nonseekableOpen, streamOpen } from './fs/open.ts';
export type { ProcDirEntry, ProcOps } from './fs/proc/internal.ts';
export type { LegacyEntry, ReadProc, WriteProc } from './fs/proc/legacy.ts';
export type { Proc } from './fs/proc/proc_fs.ts';
export type { CtlTableHeader } from './fs/proc/proc_sysctl.ts';
export { defaultLlseek, fixedSizeLlseek, noopLlseek } from './fs/read_write.ts';
export { defineSeqAttribute, defineShowAttribute } from './fs/seq_attribute.ts';
export {
	SEQ_SKIP,
	SEQ_START_TOKEN,
	type SeqFile,
	type SeqOperations,
	type Shown,
	seqLseek,
	seqOpen,
	seqRead,
	seqRelease,
	singleOpen,
} from './fs/seq_file.ts';
export { seqEach } from './fs/seq_list.ts';
export {
	defineSimpleAttribute,
	defineSimpleAttributeSigned,
	type SimpleAttrGet,
	type SimpleAttrSet,
} from './fs/simple_attr.ts';
export type { SuperBlock } from './fs/super.ts';
export type { Attribute, AttributeCall, BinAttribute, Stored, SysfsOps } from './fs/sysfs/file.ts';
export type { AttributeGroup } from './fs/sysfs/group.ts';
export type { ModuleFileSystem } from './kernel/filesystem.ts';
export type { IrqAction, IrqReturn } from './kernel/irq.ts';
export { defineModule, type ModuleDefinition } from './kernel/module.ts';
export type { ChrdevOptions, ModuleChrdev } from './kernel/module_chrdev.ts';
export type { ModuleContext } from './kernel/module_context.ts';
export type { ModuleKobjects, ModuleSysfsFiles } from './kernel/module_sysfs.ts';
export { type Param, param } from './kernel/moduleparam.ts';
export type { Mutex } from './kernel/mutex.ts';
export type { ParamOps } from './kernel/params.ts';
export type { Pr } from './kernel/printk.ts';
export {
	type Bitmap,
	type CtlAnyEntry,
	type CtlData,
	type CtlEntry,
	type CtlTable,
	CtlTablePoll,
	ctlEntry,
	type ProcHandler,
	type SysctlCall,
} from './kernel/sysctl/ctl_table.ts';
export * from './kernel/sysctl/dointvec.ts';
export { procDostring } from './kernel/sysctl/dostring.ts';
export * from './kernel/sysctl/douintvec.ts';
export * from './kernel/sysctl/doulongvec.ts';
export { procDoLargeBitmap } from './kernel/sysctl/large_bitmap.ts';
export {
	CTL_UNNUMBERED,
	type LegacyCtlEntry,
	type LegacyCtlTable,
	type LegacyHandler,
	type Strategy,
	sysctlIntvec,
} from './kernel/sysctl/legacy.ts';
export type { ModuleSysctl } from './kernel/sysctl/module_sysctl.ts';
export type { Time } from './kernel/time.ts';
export type { WaitQueueHead } from './kernel/wait.ts';
export { Kobject, type KobjType, Kset } from './lib/kobject.ts';
export type { KobjectAction, KobjUeventEnv, KsetUeventOps } from './lib/kobject_uevent.ts';
export type { NetDevice } from './net/core/dev.ts';
export { nlmsgNew, SkBuff } from './net/core/skbuff.ts';
export type { FibConfig, FibEvent, FibInfo, FibNh, FibRoute, Flow } from './net/ipv4/fib_lookup.ts';
export type { ModuleFib } from './net/ipv4/module_fib.ts';
export { DUMP_STARTED, type NetlinkCallback, type NetlinkDumpControl, netlinkDumpStart } from './net/netlink/dump.ts';
export type { ModuleGenl } from './net/netlink/genetlink.ts';
export {
	GENL_DONT_VALIDATE_DUMP,
	GENL_DONT_VALIDATE_DUMP_STRICT,
	GENL_DONT_VALIDATE_STRICT,
	type GenlFamily,
	type GenlGroup,
	type GenlOp,
	genlFamily,
} from './net/netlink/genl_family.ts';
export type { GenlFamilyHandle, GenlInfo, GenlMessageInit } from './net/netlink/genl_info.ts';
export type { NetlinkKernelSock } from './net/netlink/kernel_sock.ts';
export type { ModuleNetlink } from './net/netlink/module_netlink.ts';
export { type NetlinkReceiver, netlinkRcv, netlinkRcvSkb } from './net/netlink/rcv.ts';
export { type NetlinkKernelCfg, NL_CFG_F_NONROOT_RECV, NL_CFG_F_NONROOT_SEND } from './net/netlink/table.ts';
