/**
 * kernel - one simulated kernel: everything it is made of, as one value (init/main.c).
 *
 * Two kernels share nothing. What a kernel knows of the outside it gets from its host.
 */

import type { Host } from '../src/boundary/host.ts';
import type { Inode } from '../src/boundary/vfs.ts';
import { isPromise } from '../src/lib/awaitable.ts';
import { Errno } from '../src/lib/errno.ts';
import { MS_NODEV, MS_NOEXEC, MS_NOSUID } from '../src/uapi/mount.ts';
import { isChr } from '../src/uapi/stat.ts';
import { Block } from './block/genhd.ts';
import { DriverCore } from './drivers/base/core.ts';
import { cpuDevInit } from './drivers/base/cpu.ts';
import { deferredProbeInit } from './drivers/base/dd.ts';
import { nodeDevInit } from './drivers/base/node.ts';
import { Platform } from './drivers/base/platform.ts';
import { brdInit, brdParams } from './drivers/block/brd.ts';
import { chrDevInit } from './drivers/char/mem.ts';
import { Misc } from './drivers/char/misc.ts';
import { Gpiolib } from './drivers/gpio/gpiolib.ts';
import { Hwmon } from './drivers/hwmon/hwmon.ts';
import { Scsi, scsiParams } from './drivers/scsi/scsi.ts';
import { sdInit } from './drivers/scsi/sd.ts';
import { Sysrq } from './drivers/tty/sysrq.ts';
import { CharDevices } from './fs/char_dev.ts';
import { type Configfs, configfsInit } from './fs/configfs/mount.ts';
import type { Path } from './fs/d_path.ts';
import { Debugfs } from './fs/debugfs/debugfs.ts';
import { DebugfsTree } from './fs/debugfs/inode.ts';
import { Devtmpfs } from './fs/devtmpfs.ts';
import { FilesStat } from './fs/file_table.ts';
import { FileSystems } from './fs/filesystems.ts';
import { Fsnotify } from './fs/fsnotify.ts';
import { mountPointsInit } from './fs/mount_points.ts';
import { type Mount, Namespace } from './fs/namespace.ts';
import type { Proc } from './fs/proc/proc_fs.ts';
import { Sysctl } from './fs/proc/proc_sysctl.ts';
import { doSysctlArgs } from './fs/proc/proc_sysctl_args.ts';
import { procRootInit } from './fs/proc/root.ts';
import { rootfs } from './fs/rootfs.ts';
import { AnonymousDevices, type SuperBlock } from './fs/super.ts';
import { Task } from './fs/syscalls.ts';
import { sysfsInit } from './fs/sysfs/mount.ts';
import type { Sysfs } from './fs/sysfs/sysfs.ts';
import type { TaskOptions } from './fs/task.ts';
import { shmemPages, Tmpfs } from './fs/tmpfs/shmem.ts';
import { noOpenFileOperations as noOpenFops } from './fs/tmpfs/super.ts';
import { Vfs } from './fs/vfs.ts';
import { BuiltinParams } from './kernel/builtin_params.ts';
import { cgroupSysfsInit } from './kernel/cgroup.ts';
import { configure, type KernelConfig } from './kernel/config.ts';
import { defaultMaxThreads } from './kernel/fork.ts';
import { Irqs } from './kernel/irq.ts';
import { ksysfsInit } from './kernel/ksysfs.ts';
import { ModuleSysfs } from './kernel/module_kobject.ts';
import { paramOwner } from './kernel/moduleparam.ts';
import { Modules, modulesParams } from './kernel/modules.ts';
import { Panic, panicParams } from './kernel/panic.ts';
import { Pids } from './kernel/pid.ts';
import { pmInit } from './kernel/power/main.ts';
import { type Pr, Printk, printkParams } from './kernel/printk.ts';
import { Reboot } from './kernel/reboot.ts';
import { rebootKsysfsInit } from './kernel/reboot_ksysfs.ts';
import { Sched } from './kernel/sched.ts';
import { Syscalls } from './kernel/syscalls.ts';
import { sysctlInit } from './kernel/sysctl/init.ts';
import { Syslog } from './kernel/syslog.ts';
import { Time } from './kernel/time.ts';
import { initUtsName, linuxBanner, type NewUtsname } from './kernel/utsname.ts';
import { Uevents } from './lib/kobject_uevent.ts';
import { BackingDevs } from './mm/backing_dev.ts';
import { mmSysfsInit } from './mm/mm_init.ts';
import { WbDomain } from './mm/page_writeback.ts';
import { Memory, PAGE_SIZE } from './mm/show_mem.ts';
import { netdevKobjectInit } from './net/core/net_sysfs.ts';
import { Net } from './net/net.ts';
import { netlinkDevInit } from './net/netlink/sockdev.ts';

/** What may be chosen when a kernel boots. */
export interface BootOptions {
	/** The text of /proc/cmdline. Absent: empty. */
	readonly commandLine?: string;
	/** Options that are not to be as they are by default; see kernel/config.ts. */
	readonly config?: Partial<KernelConfig>;
	/** Bytes of log that are kept (log_buf_len). Absent: 128 KiB. */
	readonly logBufferLength?: number;
}

/** A file system that is mounted nowhere. */
export interface KernMount {
	readonly sb: SuperBlock;
	/** Its root directory, as a face serves it. */
	readonly root: Inode;
	/** Says that nobody serves it any more. Safe to call again. */
	unmount(): void;
}

/** A kernel, from `boot` to `shutdown`. */
export class Kernel {
	readonly host: Host;
	readonly commandLine: string;
	/** Which of its parts it has. */
	readonly config: KernelConfig;
	readonly uts: NewUtsname = initUtsName();
	readonly time: Time;
	readonly printk: Printk;
	/** The log, for who reads it by syslog(2) or /proc/kmsg. */
	readonly syslog: Syslog;
	readonly panic: Panic;
	/** What switches it off. */
	readonly reboot: Reboot;
	/** What it answers of the system calls of programs. */
	readonly syscalls: Syscalls;
	readonly fsnotify = new Fsnotify();
	readonly filesystems = new FileSystems();
	readonly anonymousDevices = new AnonymousDevices();
	readonly namespace: Namespace;
	readonly vfs: Vfs;
	/** The tables under /proc/sys. */
	readonly sysctl: Sysctl;
	/** The tree of /proc, for the kernel's own entries. */
	readonly proc: Proc;
	/** What the kernel tells user space about its objects. */
	readonly uevents = new Uevents();
	/** What is at the top of /sys. */
	readonly sysfs: Sysfs;
	/** What is made from user space, in /sys/kernel/config. */
	readonly configfs: Configfs;
	/** The tree of debugfs, for the kernel's own files. */
	readonly debugfs: Debugfs;
	/** Parameters of what is built in. */
	readonly params: BuiltinParams;
	/** The directory /sys/module. */
	readonly moduleSysfs: ModuleSysfs;
	readonly driverCore: DriverCore;
	readonly platform: Platform;
	/** What disks and the like may have waiting for them. */
	readonly bdis: BackingDevs;
	/** The disks. */
	readonly block: Block;
	readonly scsi: Scsi;
	readonly misc: Misc;
	readonly hwmon: Hwmon;
	readonly gpiolib: Gpiolib;
	readonly modules: Modules;
	readonly pids: Pids;
	readonly sched: Sched;
	readonly mm: Memory;
	/** How much may be written later. */
	readonly writeback = new WbDomain();
	/** Interrupts by number. */
	readonly irqs: Irqs;
	/** What keys do that are told to /proc/sysrq-trigger. */
	readonly sysrq: Sysrq;
	readonly chrdevs: CharDevices;
	/** The tree of /dev. */
	readonly devtmpfs: Devtmpfs;
	/** Sockets and netlink. */
	readonly net: Net;
	/** The first task, pid 1. */
	readonly init: Task;
	readonly #kernMounts = new Set<KernMount>();

	private constructor(host: Host, options: BootOptions) {
		const oops = (error: unknown, where: string) => this.panic.oops(error, where);
		const { logBufferLength } = options;
		const log = logBufferLength === undefined ? {} : { bufferLength: logBufferLength };
		this.host = host;
		this.commandLine = options.commandLine ?? '';
		this.config = configure(options.config);
		this.time = new Time(host.clock, oops);
		this.printk = new Printk({ time: this.time, console: text => host.console(text), ...log });
		this.syslog = new Syslog(this.printk);
		this.panic = new Panic(this.printk.pr, {
			release: this.uts.release,
			modules: { print: () => this.modules.print(), textOf: path => this.modules.textOf(path) },
			toSource: frame => host.toSource(frame),
		});
		this.pr.notice('%s', linuxBanner(this.uts));
		const { time, fsnotify } = this;
		this.namespace = new Namespace(rootfs(this.anonymousDevices.allocate(), time), fsnotify, time);
		const filesStat = new FilesStat(host.hardware.memory, this.pr);
		this.vfs = new Vfs({ namespace: this.namespace, fsnotify, time, oops, filesStat });
		this.modules = new Modules(this);
		this.params = new BuiltinParams(paramOwner(this));
		this.params.declare('printk', printkParams, this.printk.parameters);
		this.params.declare('kernel', modulesParams, this.modules.parameters);
		this.params.declare('kernel', panicParams, this.panic.parameters);
		this.params.setup('printk.devkmsg', text => this.printk.controlDevkmsg(text));
		const brd = this.params.declare('brd', brdParams);
		const scsi = this.params.declare('scsi_mod', scsiParams);
		this.params.parse(this.commandLine);
		this.pids = new Pids(defaultMaxThreads(Math.floor(host.hardware.memory / PAGE_SIZE)));
		this.sched = new Sched({ time, pids: this.pids, tasks: host.tasks, cpus: host.hardware.cpus });
		this.mm = new Memory(host.hardware.memory, host.tasks, {
			shmem: () => shmemPages([...this.namespace, ...this.#kernMounts]),
			vmalloc: () => this.modules.pages,
			caches: [
				{ name: 'proc_dir_entry', size: 192, pages: 1, count: () => this.proc.size },
				{ name: 'mnt_cache', size: 384, pages: 2, count: () => this.namespace.size },
				{ name: 'filp', size: 192, pages: 1, count: () => filesStat.nr },
				{ name: 'task_struct', size: 5824, pages: 8, count: () => this.pids.size },
			],
		});
		this.irqs = new Irqs({ cpus: host.hardware.cpus, time, pr: this.pr, oops });
		this.sysrq = new Sysrq(this);
		this.chrdevs = new CharDevices(this.pr);
		this.net = new Net(this);
		this.reboot = new Reboot(this);
		this.syscalls = new Syscalls(this);
		this.init = this.pids.add(pid => new Task(this, pid, 0, { comm: 'init' }));
		const shmem = {
			time,
			totalramPages: this.mm.totalram,
			specialFileOperations: (mode: number) => (isChr(mode) ? this.chrdevs.defChrFops : noOpenFops),
		};
		const tmpfs = new Tmpfs(shmem, this.anonymousDevices);
		this.devtmpfs = new Devtmpfs(shmem, this.anonymousDevices, fsnotify);
		if (this.config.CONFIG_DEVTMPFS) this.filesystems.register(this.devtmpfs);
		if (this.config.CONFIG_TMPFS) this.filesystems.register(tmpfs);
		this.sysctl = new Sysctl(this);
		this.proc = procRootInit(this);
		this.sysfs = sysfsInit(this);
		this.moduleSysfs = new ModuleSysfs(this);
		this.moduleSysfs.addBuiltin(this.params);
		this.driverCore = new DriverCore(this, this.sysfs);
		this.platform = new Platform(this.driverCore);
		this.misc = new Misc(this);
		this.hwmon = new Hwmon(this.driverCore);
		const node = nodeDevInit(this, cpuDevInit(this));
		netdevKobjectInit(this);
		this.bdis = new BackingDevs(this);
		this.block = new Block(this);
		brdInit(this, brd);
		this.scsi = new Scsi(this);
		sdInit(this, scsi);
		ksysfsInit(this);
		cgroupSysfsInit(this);
		rebootKsysfsInit(this);
		mountPointsInit(this);
		mmSysfsInit(this, node);
		pmInit(this.sysfs);
		this.debugfs = new Debugfs(new DebugfsTree(this));
		deferredProbeInit(this);
		this.gpiolib = new Gpiolib(this);
		this.configfs = configfsInit(this);
		this.#mountAtBoot('proc', '/proc');
		this.#mountAtBoot('sysfs', '/sys');
		if (this.config.CONFIG_SYSFS) this.#mountAtBoot('debugfs', '/sys/kernel/debug');
		this.#mountAtBoot('configfs', '/sys/kernel/config');
		this.#mountAtBoot('devtmpfs', '/dev', MS_NOSUID);
		chrDevInit(this);
		netlinkDevInit(this);
		sysctlInit(this);
		doSysctlArgs(this);
		this.sched.start();
	}

	/** Boots a kernel: when this returns, its tree is there. EINVAL for an option that there is not. */
	static boot(host: Host, options: BootOptions = {}): Kernel {
		return new Kernel(host, options);
	}

	/** The kernel's own messages. */
	get pr(): Pr {
		return this.printk.pr;
	}

	/** The root directory, as a face mounts it. */
	get root(): Inode {
		return this.namespace.root.inode;
	}

	/** Makes a task of this process, a child of init. ENOENT and the like if `cwd` cannot be gone to. */
	task(options: TaskOptions = {}): Task {
		const task = this.pids.add(pid => new Task(this, pid, this.init.pid, options));
		if (options.cwd !== undefined && isPromise(task.chdir(options.cwd))) throw new Errno('EBUSY');
		return task;
	}

	/** Logs a mistake of the kernel's own that it survives, with a stack (WARN). */
	warn(message: string): void {
		this.panic.warn(message);
	}

	/** Mounts a file system of a registered type at a directory. ENODEV for an unknown type, and what mounting throws. */
	mount(type: string, at: Path, source: string, flags = 0, data = ''): Mount {
		const sb = this.#getTree(type, source, data);
		try {
			return this.namespace.mount(at, sb, source, flags);
		} finally {
			sb.put();
		}
	}

	/**
	 * Mounts a file system of a registered type nowhere, for whoever wants to serve it at a place of its own (kern_mount). ENODEV
	 * for an unknown type, and what mounting throws.
	 */
	kernMount(type: string, source = type, data = ''): KernMount {
		const sb = this.#getTree(type, source, data);
		const mount = {
			sb,
			root: sb.root,
			unmount: () => {
				if (this.#kernMounts.delete(mount)) sb.put();
			},
		};
		this.#kernMounts.add(mount);
		return mount;
	}

	/** Stops what goes on by itself. Nobody may call the kernel afterwards. */
	shutdown(): void {
		this.time.shutdown();
	}

	/** An instance of a file system, with a reference for the caller to put (vfs_get_tree). */
	#getTree(type: string, source: string, data: string): SuperBlock {
		const found = this.filesystems.get(type);
		if (found === undefined) throw new Errno('ENODEV', `file system ${type} is not registered`);
		const sb = found.mount(source, data);
		sb.get();
		return sb;
	}

	/** Mounts a file system as an init does, where the kernel has it. */
	#mountAtBoot(type: string, directory: string, flags = MS_NOSUID | MS_NODEV | MS_NOEXEC): void {
		if (this.filesystems.get(type) === undefined) return;
		this.init.mount(type, directory, type, flags);
	}
}
