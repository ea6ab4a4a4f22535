/**
 * module_context - what a module's init and exit are given: its own things, and the kernel's.
 *
 * A subsystem that modules may use adds itself here, as one row: how to make, for one module, the object with which the module
 * registers things. Registering goes through `Module.undo`, so that rmmod undoes it.
 */

import type { SyscallHandler } from '../../src/boundary/syscall.ts';
import type { Awaitable } from '../../src/lib/awaitable.ts';
import type { SoftwareNodes } from '../drivers/base/swnode.ts';
import type { Gpiolib } from '../drivers/gpio/gpiolib.ts';
import type { SysrqKeyOp } from '../drivers/tty/sysrq.ts';
import type { ConfigfsUser } from '../fs/configfs/mount.ts';
import type { Debugfs } from '../fs/debugfs/debugfs.ts';
import type { Proc } from '../fs/proc/proc_fs.ts';
import type { Kernel } from '../kernel.ts';
import { type ModuleFib, moduleFib } from '../net/ipv4/module_fib.ts';
import { type ModuleGenl, moduleGenl } from '../net/netlink/genetlink.ts';
import { type ModuleNetlink, moduleNetlink } from '../net/netlink/module_netlink.ts';
import { type ModuleFileSystem, registerFilesystem } from './filesystem.ts';
import type { Module } from './module.ts';
import { type ModuleChrdev, ModuleMisc, moduleChrdev } from './module_chrdev.ts';
import { ModuleBuses, ModuleClasses, ModuleDevices, ModuleHwmon, ModulePlatform } from './module_devices.ts';
import { type ModuleIrq, moduleIrq } from './module_irq.ts';
import { ModuleKobjects, ModuleSysfsFiles } from './module_sysfs.ts';
import type { ParamTable, ParamValues } from './moduleparam.ts';
import { Mutex } from './mutex.ts';
import type { Pr } from './printk.ts';
import { ModuleSysctl } from './sysctl/module_sysctl.ts';
import type { Time } from './time.ts';
import { WaitQueueHead } from './wait.ts';

/** The rows. Each is made when a module first asks for it. */
const subsystems = {
	/** Writes to the kernel's log. */
	pr: ({ pr }: Kernel): Pr => pr,
	/** Makes entries in /proc, which go with the module. */
	proc: ({ proc }: Kernel, module: Module): Proc => proc.ownedBy(module),
	/** Makes objects, which are directories of /sys, and go with the module. */
	kobject: (kernel: Kernel, module: Module): ModuleKobjects => new ModuleKobjects(kernel, module),
	/** Makes files and links in them. */
	sysfs: (_kernel: Kernel, module: Module): ModuleSysfsFiles => new ModuleSysfsFiles(module),
	/** Makes directories and files in debugfs, which go with the module. */
	debugfs: ({ debugfs }: Kernel, module: Module): Debugfs => debugfs.ownedBy(module),
	/** Makes devices, which are directories below /sys/devices, and go with the module. */
	device: (kernel: Kernel, module: Module): ModuleDevices => new ModuleDevices(kernel, module),
	/** Makes buses, and drivers for the devices on them. */
	bus: (kernel: Kernel, module: Module): ModuleBuses => new ModuleBuses(kernel, module),
	/** Makes classes of devices. */
	class: (kernel: Kernel, module: Module): ModuleClasses => new ModuleClasses(kernel, module),
	/** Makes platform devices, and drivers for them. */
	platform: (kernel: Kernel, module: Module): ModulePlatform => new ModulePlatform(kernel, module),
	/** Says of devices what their drivers have to know. */
	softwareNodes: ({ driverCore }: Kernel): SoftwareNodes => driverCore.softwareNodes,
	/** Makes chips of GPIO lines known, and takes lines. */
	gpio: ({ gpiolib }: Kernel): Gpiolib => gpiolib,
	/** Puts subsystems into configfs, which go with the module. */
	configfs: ({ configfs }: Kernel, module: Module): ConfigfsUser => configfs.ownedBy(module),
	/** Makes chips that measure, which `sensors` reads. */
	hwmon: (kernel: Kernel, module: Module): ModuleHwmon => new ModuleHwmon(kernel, module),
	/** Makes a type of file system known for as long as the module is there; EBUSY where the name is taken. */
	registerFilesystem: (kernel: Kernel, module: Module) => (type: ModuleFileSystem) =>
		registerFilesystem(kernel, module, type),
	/** Adds a system call of a number, for as long as the module is there; as `Syscalls.register`. */
	registerSyscall:
		({ syscalls }: Kernel, module: Module) =>
		(number: number, handler: SyscallHandler): void => {
			module.undo(syscalls.register(number, handler));
		},
	/** Makes character devices, which go with the module. */
	chrdev: (kernel: Kernel, module: Module): ModuleChrdev => moduleChrdev(kernel, module),
	/** Makes character devices that need one number, without a major of their own; they go with the module. */
	misc: (kernel: Kernel, module: Module): ModuleMisc => new ModuleMisc(kernel, module),
	/** Gives an operation to a key of /proc/sysrq-trigger, for as long as the module is there; as `Sysrq.registerKey`. */
	registerSysrqKey:
		({ sysrq }: Kernel, module: Module) =>
		(key: string, op: SysrqKeyOp): void => {
			module.undo(sysrq.registerKey(key, op));
		},
	/** Handles interrupts, and raises them as a device does that the module simulates. */
	irq: (kernel: Kernel, module: Module): ModuleIrq => moduleIrq(kernel, module),
	/** Takes numbers of netlink protocols. */
	netlink: (kernel: Kernel, module: Module): ModuleNetlink => moduleNetlink(kernel, module),
	/** Makes files under /proc/sys, which go with the module. */
	sysctl: ({ sysctl }: Kernel, module: Module): ModuleSysctl => new ModuleSysctl(sysctl, module),
	/** Shows and changes the routes. */
	fib: (kernel: Kernel, module: Module): ModuleFib => moduleFib(kernel, module),
	/** Makes families of generic netlink. */
	genl: ({ net }: Kernel, module: Module): ModuleGenl => moduleGenl(net.genl, module),
	/** The kernel's clocks, timers and sleeping. */
	time: ({ time }: Kernel): Time => time,
	/** Makes a queue to wait in, and to be woken from. */
	waitQueueHead:
		({ time }: Kernel) =>
		(): WaitQueueHead =>
			new WaitQueueHead(time),
	/** Makes a lock that may be held across sleeping. */
	mutex: () => (): Mutex => new Mutex(),
	/** Has `undo` called when the module goes, or at once if its init fails; the last registered is the first called. */
	onExit:
		(_kernel: Kernel, module: Module) =>
		(undo: () => Awaitable<void>): void => {
			module.undo(undo);
		},
} as const;

type Subsystems = typeof subsystems;

/** What `init` and `exit` are given. */
export type ModuleContext<P extends ParamTable, S extends object> = {
	readonly [K in keyof Subsystems]: ReturnType<Subsystems[K]>;
} & {
	/** The values of the parameters, now. */
	readonly params: ParamValues<P>;
	/** What the module remembers. */
	readonly state: S;
};

/** Makes what a module is given. */
export function moduleContext(kernel: Kernel, module: Module): ModuleContext<ParamTable, object> {
	const context = { params: module.params.values, state: module.memory };
	for (const [name, make] of Object.entries(subsystems)) {
		let made: unknown;
		Object.defineProperty(context, name, { enumerable: true, get: () => (made ??= make(kernel, module)) });
	}
	return context as ModuleContext<ParamTable, object>;
}
