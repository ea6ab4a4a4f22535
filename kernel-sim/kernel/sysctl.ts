/**
 * sysctl - /proc/sys/kernel, what Linux has in the table of kernel/sysctl.c.
 *
 * Divergence: those in `kernelKept`, and panic, panic_print and panic_on_warn, are kept and shown, and nothing hangs on them: this
 * kernel never panics, has no SysRq key, no processors that could get an NMI, and no programs of its own whose addresses it could
 * lay out.
 */

import { Errno } from '../../src/lib/errno.ts';
import { ref } from '../../src/lib/ref.ts';
import { CAP_LAST_CAP, CAP_SYS_ADMIN } from '../../src/uapi/capability.ts';
import { findTask } from '../fs/proc/proc_task.ts';
import type { Kernel } from '../kernel.ts';
import { MAX_THREADS } from './fork.ts';
import { PID_MAX_LIMIT, RESERVED_PIDS } from './pid.ts';
import type { CtlEntry, CtlTable } from './sysctl/ctl_table.ts';
import { procDointvec, procDointvecMinmax } from './sysctl/dointvec.ts';
import { procDoulongvecMinmax } from './sysctl/doulongvec.ts';
import { flag, int, kept, readOnly, string, ulong } from './sysctl/kept.ts';

const NGROUPS_MAX = 65_536;
const MAXOLDUID = 65_535;
const KMOD_PATH_LEN = 256;
const UEVENT_HELPER_PATH_LEN = 256;

const kernelKept = () =>
	kept({
		unprivileged_userns_clone: int(1),
		'print-fatal-signals': int(0),
		ftrace_dump_on_oops: string('0', 100),
		traceoff_on_warning: int(0),
		modprobe: string('/sbin/modprobe', KMOD_PATH_LEN),
		hotplug: string('', UEVENT_HELPER_PATH_LEN),
		sysrq: int(438),
		overflowuid: int(65_534, { min: 0, max: MAXOLDUID }),
		overflowgid: int(65_534, { min: 0, max: MAXOLDUID }),
		panic_on_oops: int(0),
		panic_on_rcu_stall: flag(0),
		max_rcu_stall_to_panic: int(0, { min: 1 }),
		unknown_nmi_panic: int(0),
		panic_on_unrecovered_nmi: int(0),
		panic_on_io_nmi: int(0),
		bootloader_type: readOnly(int(0)),
		bootloader_version: readOnly(int(0)),
		io_delay_type: int(0),
		randomize_va_space: int(2),
		acpi_video_flags: ulong(0n),
		max_lock_depth: int(1024),
		perf_event_paranoid: int(3),
		perf_event_mlock_kb: int(516),
		perf_event_max_sample_rate: int(100_000, { min: 1 }),
		perf_cpu_time_max_percent: int(25, { min: 0, max: 100 }),
		perf_event_max_stack: int(127, { min: 0, max: 640 * 1024 }),
		perf_event_max_contexts_per_stack: int(8, { min: 0, max: 1000 }),
		ngroups_max: readOnly(int(NGROUPS_MAX)),
		cap_last_cap: readOnly(int(CAP_LAST_CAP)),
	});

/** The bits of what has tainted the kernel: a write adds to them. EPERM without CAP_SYS_ADMIN (proc_taint). */
function tainted({ panic }: Kernel): CtlEntry<never> {
	const ulongvec = procDoulongvecMinmax();
	return {
		mode: 0o644,
		handler(_table, call) {
			if (call.write && !call.ctx.capable(CAP_SYS_ADMIN)) throw new Errno('EPERM');
			const mask = { value: BigInt(panic.tainted) };
			ulongvec({ mode: 0o644, data: ref(mask, 'value') }, call);
			if (call.write) panic.addTaints(Number(BigInt.asUintN(32, mask.value)));
		},
	};
}

/** The task that is told of Ctrl-Alt-Del. ESRCH for one that there is not (proc_do_cad_pid). */
function cadPid(kernel: Kernel): CtlEntry<never> {
	const cad = { pid: kernel.init.pid };
	return {
		mode: 0o600,
		handler(_table, call) {
			const pid = { value: cad.pid };
			procDointvec({ mode: 0o600, data: ref(pid, 'value') }, call);
			if (!call.write) return;
			if (findTask(kernel, pid.value) === undefined) throw new Errno('ESRCH');
			cad.pid = pid.value;
		},
	};
}

/** kern_table. */
export function kernTable(kernel: Kernel): CtlTable {
	const { sysctl, pids, modules, panic } = kernel;
	const one = { min: 1, max: 1 };
	return {
		...kernelKept(),
		panic: { data: ref(panic.parameters, 'panic'), mode: 0o644, handler: procDointvec },
		panic_print: { data: ref(panic.parameters, 'panic_print'), mode: 0o644, handler: procDoulongvecMinmax() },
		panic_on_warn: {
			data: ref(panic.parameters, 'panic_on_warn'),
			mode: 0o644,
			handler: procDointvecMinmax({ min: 0, max: 1 }),
		},
		tainted: tainted(kernel),
		sysctl_writes_strict: {
			data: ref(sysctl, 'writesStrict'),
			mode: 0o644,
			handler: procDointvecMinmax({ min: -1, max: 1 }),
		},
		modules_disabled: { data: ref(modules, 'disabled'), mode: 0o644, handler: procDointvecMinmax(one) },
		cad_pid: cadPid(kernel),
		'threads-max': {
			data: ref(pids, 'maxThreads'),
			mode: 0o644,
			handler: procDointvecMinmax({ min: 1, max: MAX_THREADS }),
		},
		pid_max: {
			data: ref(pids, 'pidMax'),
			mode: 0o644,
			handler: procDointvecMinmax({ min: RESERVED_PIDS + 1, max: PID_MAX_LIMIT }),
		},
	};
}
