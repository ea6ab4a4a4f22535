/**
 * printk_sysctl - /proc/sys/kernel: what the log does (kernel/printk/sysctl.c).
 *
 * `printk` is four levels: of the console, of a record that names none, and the least and the usual one of the console.
 * kptr_restrict hides addresses in /proc/kallsyms and /proc/modules, dmesg_restrict the log from who asks for it by syslog(2) or
 * reads /dev/kmsg, and printk_devkmsg says what becomes of what is written there.
 *
 * Divergence: printk_ratelimit, printk_ratelimit_burst and printk_delay are kept and shown; of the kernel's own messages nothing
 * is rate-limited.
 */

import { Errno } from '../../src/lib/errno.ts';
import { ref } from '../../src/lib/ref.ts';
import { CAP_SYS_ADMIN } from '../../src/uapi/capability.ts';
import type { Kernel } from '../kernel.ts';
import { devkmsgLevels, type Printk } from './printk.ts';
import type { CtlTable, ProcHandler } from './sysctl/ctl_table.ts';
import { type IntRange, type Ints, procDointvec, procDointvecMinmax } from './sysctl/dointvec.ts';
import { procDostring } from './sysctl/dostring.ts';
import { int, kept, seconds } from './sysctl/kept.ts';
import { HZ } from './time.ts';

/** Bytes of printk_devkmsg with the NUL behind it. */
const DEVKMSG_STR_MAX_SIZE = 10;

/** EPERM for a write without CAP_SYS_ADMIN (proc_dointvec_minmax_sysadmin). */
function minmaxSysadmin(range: IntRange): ProcHandler<Ints> {
	const minmax = procDointvecMinmax(range);
	return (table, call) => {
		if (call.write && !call.ctx.capable(CAP_SYS_ADMIN)) throw new Errno('EPERM');
		return minmax(table, call);
	};
}

/**
 * on, off or ratelimit with a newline. A write of anything else is EINVAL and changes nothing, and so is any once the command line
 * has said what it is to be (devkmsg_sysctl_set_loglvl).
 */
function devkmsgLevel(printk: Printk): ProcHandler<string> {
	return (table, call) => {
		if (call.write && printk.devkmsgLocked) throw new Errno('EINVAL');
		const text: { value: string } = { value: printk.devkmsg };
		procDostring({ ...table, data: ref(text, 'value') }, call);
		if (!call.write) return;
		const level = devkmsgLevels.find(word => word === text.value);
		if (level === undefined || call.buffer.length !== level.length + 1) throw new Errno('EINVAL');
		printk.devkmsg = level;
	};
}

/** The files of a kernel's log. */
export function printkSysctls({ printk }: Kernel): CtlTable {
	return {
		printk: { data: ref(printk, 'consolePrintk'), mode: 0o644, handler: procDointvec },
		...kept({
			printk_ratelimit: seconds(5 * HZ),
			printk_ratelimit_burst: int(10),
			printk_delay: int(0, { min: 0, max: 10_000 }),
		}),
		printk_devkmsg: {
			data: ref<{ devkmsg: string }, 'devkmsg'>(printk, 'devkmsg'),
			maxlen: DEVKMSG_STR_MAX_SIZE,
			mode: 0o644,
			handler: devkmsgLevel(printk),
		},
		dmesg_restrict: { data: ref(printk, 'dmesgRestrict'), mode: 0o644, handler: minmaxSysadmin({ min: 0, max: 1 }) },
		kptr_restrict: { data: ref(printk, 'kptrRestrict'), mode: 0o644, handler: minmaxSysadmin({ min: 0, max: 2 }) },
	};
}
