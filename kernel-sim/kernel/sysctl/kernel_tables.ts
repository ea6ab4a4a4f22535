/**
 * kernel_tables - /proc/sys/kernel, debug and abi: the tables of those files of kernel/ that this kernel has nothing else of.
 *
 * Divergence: they are kept and shown, in the range and by the rules of Linux, and nothing hangs on them: there is no scheduler
 * of its own, no watchdog over processors, no seccomp, bpf, tracing or accounting. ns_last_pid is what it says.
 */

import { Errno } from '../../../src/lib/errno.ts';
import { ref } from '../../../src/lib/ref.ts';
import {
	CAP_CHECKPOINT_RESTORE,
	CAP_SETPCAP,
	CAP_SYS_ADMIN,
	CAP_SYS_MODULE,
	CAP_SYS_PTRACE,
} from '../../../src/uapi/capability.ts';
import type { Kernel } from '../../kernel.ts';
import { type CtlEntry, type CtlTable, ctlEntry } from './ctl_table.ts';
import { type IntRange, procDointvec, procDointvecMinmax } from './dointvec.ts';
import { procDostring } from './dostring.ts';
import { procDoulongvecMinmax } from './doulongvec.ts';
import { bool, flag, int, ints, type Kept, kept, readOnly, string, uint, ulong } from './kept.ts';

const POWEROFF_CMD_PATH_LEN = 256;
/** Milliseconds. */
const RR_TIMESLICE = 100;
/** The two halves of a full set of capabilities. */
const CAP_FULL = [0xffff_ffffn, 0x1ffn];
/** Part of the time that tasks of no real-time class are promised (fair_server_init). */
const FAIR_SHARE = 0.05;
const SECCOMP_ACTIONS = 'kill_process kill_thread trap errno user_notif trace log allow';

/** EPERM for a write without a capability. */
function guarded(cap: number, value: number, range: IntRange): Kept<number> {
	const handler = procDointvecMinmax(range);
	return {
		value,
		handler(table, call) {
			if (call.write && !call.ctx.capable(cap)) throw new Errno('EPERM');
			return handler(table, call);
		},
	};
}

/** A runtime is never longer than its period, EINVAL, nor shorter than what others were promised, EBUSY (sched_rt_handler). */
function schedRt(): CtlTable {
	const rt = { period: 1_000_000, runtime: 950_000 };
	const checkedInt = (key: 'period' | 'runtime', range: () => IntRange): CtlEntry<number> => ({
		data: ref(rt, key),
		mode: 0o644,
		handler(table, call) {
			const before = rt[key];
			procDointvecMinmax(range())(table, call);
			const isBusy = rt.runtime >= 0 && rt.runtime < rt.period * FAIR_SHARE;
			if (rt.runtime <= rt.period && !isBusy) return;
			rt[key] = before;
			throw new Errno(isBusy ? 'EBUSY' : 'EINVAL');
		},
	});
	const timeslice = { msec: RR_TIMESLICE };
	return {
		sched_rt_period_us: checkedInt('period', () => ({ min: 1 })),
		sched_rt_runtime_us: checkedInt('runtime', () => ({ min: -1, max: rt.period })),
		// sched_rr_handler: what is not positive is the value at boot again
		sched_rr_timeslice_ms: ctlEntry({
			data: ref(timeslice, 'msec'),
			mode: 0o644,
			handler(table, call) {
				procDointvec(table, call);
				if (timeslice.msec <= 0) timeslice.msec = RR_TIMESLICE;
			},
		}),
	};
}

/** Names of the actions that are logged; EINVAL for one that there is not, and for `allow` (seccomp_actions_logged_handler). */
function seccompActions(): CtlTable {
	const known = SECCOMP_ACTIONS.split(' ').slice(0, -1);
	const logged = { names: known };
	return {
		...kept({ actions_avail: readOnly(string(SECCOMP_ACTIONS, SECCOMP_ACTIONS.length + 1)) }),
		actions_logged: ctlEntry<never>({
			mode: 0o644,
			handler(_table, call) {
				if (call.write && !call.ctx.capable(CAP_SYS_ADMIN)) throw new Errno('EPERM');
				const text = { value: call.write ? '' : logged.names.join(' ') };
				procDostring({ mode: 0o644, data: ref(text, 'value'), maxlen: SECCOMP_ACTIONS.length + 1 }, call);
				if (!call.write) return;
				const wanted = text.value.split(' ').filter(name => name !== '');
				if (wanted.some(name => !known.includes(name))) throw new Errno('EINVAL');
				logged.names = known.filter(name => wanted.includes(name));
			},
		}),
	};
}

/** Capabilities that may be taken away and not given (proc_cap_handler). EPERM without CAP_SETPCAP and CAP_SYS_MODULE. */
function capabilities(): CtlEntry<bigint[]> {
	const caps = { value: [...CAP_FULL] };
	const ulongvec = procDoulongvecMinmax();
	return {
		mode: 0o600,
		handler(_table, call) {
			const allowed = [CAP_SETPCAP, CAP_SYS_MODULE].every(cap => call.ctx.capable(cap));
			if (call.write && !allowed) throw new Errno('EPERM');
			const given = { value: [...caps.value] };
			ulongvec({ mode: 0o600, data: ref(given, 'value') }, call);
			if (call.write) caps.value = caps.value.map((bits, i) => bits & given.value[i]!);
		},
	};
}

/** The id that was given out last; the next one is above what is written (pid_ns_ctl_handler). */
function nsLastPid({ pids }: Kernel): CtlEntry<number> {
	return {
		data: ref(pids, 'last'),
		mode: 0o666,
		handler(table, call) {
			const allowed = [CAP_SYS_ADMIN, CAP_CHECKPOINT_RESTORE].some(cap => call.ctx.capable(cap));
			if (call.write && !allowed) throw new Errno('EPERM');
			return procDointvecMinmax({ min: 0, max: pids.pidMax })(table, call);
		},
	};
}

/** /proc/sys/kernel. */
export function kernelTables(kernel: Kernel): CtlTable {
	return {
		...kept({
			acct: ints([4, 2, 30]),
			bpf_stats_enabled: guarded(CAP_SYS_ADMIN, 0, { min: 0, max: 1 }),
			unprivileged_bpf_disabled: guarded(CAP_SYS_ADMIN, 2, { min: 0, max: 2 }),
			task_delayacct: guarded(CAP_SYS_ADMIN, 0, { min: 0, max: 1 }),
			oops_limit: uint(10_000),
			oops_all_cpu_backtrace: flag(0),
			warn_limit: uint(0),
			hung_task_all_cpu_backtrace: flag(0),
			hung_task_panic: flag(0),
			hung_task_check_count: int(4_194_304, { min: 0 }),
			hung_task_timeout_secs: ulong(120n, { max: 92_233_720_368_547_758n }),
			hung_task_check_interval_secs: ulong(0n, { max: 92_233_720_368_547_758n }),
			hung_task_warnings: int(10, { min: -1 }),
			kexec_load_disabled: int(0, { min: 1, max: 1 }),
			poweroff_cmd: string('/sbin/poweroff', POWEROFF_CMD_PATH_LEN),
			sched_autogroup_enabled: flag(1),
			sched_schedstats: guarded(CAP_SYS_ADMIN, 0, { min: 0, max: 1 }),
			numa_balancing: guarded(CAP_SYS_ADMIN, 0, { min: 0, max: 4 }),
			numa_balancing_promote_rate_limit_MBps: int(65_536, { min: 0 }),
			sched_deadline_period_max_us: uint(4_194_304, { min: 100 }),
			sched_deadline_period_min_us: uint(100, { max: 4_194_304 }),
			sched_cfs_bandwidth_slice_us: int(5000, { min: 1 }),
			timer_migration: flag(1),
			ftrace_enabled: int(1),
			tracepoint_printk: int(0),
			watchdog: flag(1),
			watchdog_thresh: int(10, { min: 0, max: 60 }),
			soft_watchdog: flag(1),
			softlockup_panic: flag(0),
			softlockup_all_cpu_backtrace: flag(0),
			hardlockup_panic: flag(0),
			hardlockup_all_cpu_backtrace: flag(0),
			nmi_watchdog: readOnly(flag(0)),
			'real-root-dev': int(0),
			io_uring_disabled: int(0, { min: 0, max: 2 }),
			io_uring_group: int(-1),
			split_lock_mitigate: uint(1, { max: 1 }),
		}),
		...schedRt(),
		'ctrl-alt-del': { data: ref(kernel.reboot, 'cad'), mode: 0o644, handler: procDointvec },
		ns_last_pid: nsLastPid(kernel),
	};
}

/** /proc/sys/kernel/seccomp. */
export const seccompTable = seccompActions;

/** /proc/sys/kernel/usermodehelper. */
export const usermodehelperTable = (): CtlTable => ({ bset: capabilities(), inheritable: capabilities() });

/** /proc/sys/kernel/keys (security/keys/sysctl.c). */
export const keySysctls = () =>
	kept({
		maxkeys: int(200, { min: 1 }),
		maxbytes: int(20_000, { min: 1 }),
		root_maxkeys: int(1_000_000, { min: 1 }),
		root_maxbytes: int(25_000_000, { min: 1 }),
		gc_delay: int(300, { min: 0 }),
		persistent_keyring_expiry: int(259_200, { min: 0 }),
	});

/** /proc/sys/kernel/pty (fs/devpts/inode.c). There are no pseudo-terminals to count. */
export const ptyTable = () =>
	kept({ max: int(4096, { min: 0 }), reserve: int(1024, { min: 0 }), nr: readOnly(int(0)) });

/** /proc/sys/kernel/yama: 3 is never left again (security/yama/yama_lsm.c). EPERM without CAP_SYS_PTRACE. */
export function yamaTable(): CtlTable {
	const scope = { value: 0 };
	return {
		ptrace_scope: ctlEntry({
			data: ref(scope, 'value'),
			mode: 0o644,
			handler(table, call) {
				if (call.write && !call.ctx.capable(CAP_SYS_PTRACE)) throw new Errno('EPERM');
				return procDointvecMinmax({ min: scope.value === 3 ? 3 : 0, max: 3 })(table, call);
			},
		}),
	};
}

/** /proc/sys/kernel/firmware_config (drivers/base/firmware_loader/fallback_table.c). */
export const firmwareConfigTable = () =>
	kept({ force_sysfs_fallback: uint(0, { max: 1 }), ignore_sysfs_fallback: uint(0, { max: 1 }) });

/** /proc/sys/debug (kernel/signal.c, kernel/kprobes.c). */
export const debugTable = () => kept({ 'exception-trace': int(1), 'kprobes-optimization': flag(1) });

/** /proc/sys/abi (arch/x86/entry/vdso/vdso32-setup.c). */
export const abiTable = () => kept({ vsyscall32: int(1) });

/** /proc/sys/dev/tty (drivers/tty/tty_io.c). */
export const ttyTable = () => kept({ ldisc_autoload: flag(1), legacy_tiocsti: bool(false) });
