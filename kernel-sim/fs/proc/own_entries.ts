/**
 * own_entries - what the directory of a task of this process has in the place of the host's files (fs/proc/base.c).
 *
 * Such a task is like a thread of the kernel: it has no memory of its own.
 *
 * Divergence: it has no autogroup, attr, timens_offsets, stack, timerslack_ns and patch_state.
 */

import type { FileOperations } from '../../../src/boundary/vfs.ts';
import { Errno, type ErrnoName } from '../../../src/lib/errno.ts';
import { sprintf } from '../../../src/lib/printf.ts';
import { encodeUtf8 } from '../../../src/lib/text.ts';
import { defaultMaxThreads } from '../../kernel/fork.ts';
import { ptraceMayAccess } from '../../kernel/ptrace.ts';
import { simpleReadFromBuffer } from '../libfs.ts';
import { genericFileLlseek, MAX_NON_LFS } from '../read_write.ts';
import type { SeqFile } from '../seq_file.ts';
import type { TaskStruct } from '../task.ts';
import { procSb } from './internal.ts';
import { procOomAdjOperations, procOomScoreAdjOperations } from './oom_adj.ts';
import { isOwn, ONE, type PidEntry, REG } from './pid_entry.ts';
import type { ProcTask } from './proc_task.ts';
import { pidentDirectory } from './task_dir.ts';

/** A file of one record about a task of this process, which is for no other. */
const OWN = (name: string, mode: number, show: (m: SeqFile, task: TaskStruct) => void): PidEntry => ({
	...ONE(name, mode, (m, { facts: { pid } }, inode) => show(m, procSb(inode).kernel.pids.find(pid)!)),
	isFor: isOwn,
});

/** A file of the memory that there is not: it cannot be opened (proc_mem_open). */
const noMemory: FileOperations = {
	open() {
		throw new Errno('ESRCH');
	},
};

/** A file that only the task's user may write to, by whose rules nobody may change what it says: EPERM. */
const FIXED = (name: string, mode: number, text: string): PidEntry => ({
	...REG(name, mode, {
		llseek: genericFileLlseek(MAX_NON_LFS),
		read: (_file, count, pos) => simpleReadFromBuffer(encodeUtf8(text), count, pos),
		write() {
			throw new Errno('EPERM');
		},
	}),
	isFor: isOwn,
});

/** A file about memory that can be written to and says nothing, because there is none. */
const WITHOUT_MEMORY = (name: string, mode: number, refusal?: ErrnoName): PidEntry => ({
	...REG(name, mode, {
		llseek: genericFileLlseek(MAX_NON_LFS),
		...((mode & 0o400) !== 0 && { read: () => new Uint8Array(0) }),
		write(_file, data) {
			if (refusal !== undefined) throw new Errno(refusal);
			return data.length;
		},
	}),
	isFor: isOwn,
});

/** What maps users of a namespace that all belong to: each to itself. */
const WHOLE_MAP = sprintf('%10u %10u %10u\n', 0, 0, 0xffff_ffff);
/** That of a task that nobody has logged in for. */
const AUDIT_UNSET = '4294967295';

/** The files, by name and in no order. */
export const ownEntries: ReadonlyMap<string, PidEntry> = new Map(
	[
		{ ...pidentDirectory('map_files', 0o500, []), isFor: isOwn },
		{ ...REG('environ', 0o400, noMemory), isFor: isOwn },
		{ ...REG('auxv', 0o400, noMemory), isFor: isOwn },
		{ ...REG('mem', 0o600, noMemory), isFor: isOwn },
		{ ...REG('pagemap', 0o400, noMemory), isFor: isOwn },
		OWN('personality', 0o400, m => m.puts('00000000\n')),
		OWN('limits', 0o444, (m, { kernel }) => showLimits(m, kernel.mm.totalram)),
		OWN('sched', 0o644, showSched),
		OWN('syscall', 0o400, (m, { pid }) => m.puts(m.ctx.pid === pid ? 'running\n' : '-1 0x0 0x0\n')),
		OWN('maps', 0o444, () => {}),
		OWN('numa_maps', 0o444, () => {}),
		OWN('smaps', 0o444, () => {}),
		{ ...REG('smaps_rollup', 0o444, noMemory), isFor: isOwn },
		WITHOUT_MEMORY('clear_refs', 0o200),
		WITHOUT_MEMORY('coredump_filter', 0o644, 'ESRCH'),
		OWN('wchan', 0o444, m => m.putc('0')),
		OWN('schedstat', 0o444, m => m.puts('0 0 0\n')),
		OWN('oom_score', 0o444, m => m.puts('0\n')),
		{ ...REG('oom_adj', 0o644, procOomAdjOperations), isFor: isOwn },
		{ ...REG('oom_score_adj', 0o644, procOomScoreAdjOperations), isFor: isOwn },
		FIXED('loginuid', 0o644, AUDIT_UNSET),
		FIXED('sessionid', 0o444, AUDIT_UNSET),
		{ ...ONE('io', 0o400, showIo), isFor: isOwn },
		OWN('children', 0o444, (m, { pid, kernel }) => {
			for (const child of kernel.pids.list()) if (child.ppid === pid) m.printf('%d ', child.pid);
		}),
		FIXED('uid_map', 0o644, WHOLE_MAP),
		FIXED('gid_map', 0o644, WHOLE_MAP),
		FIXED('projid_map', 0o644, WHOLE_MAP),
		FIXED('setgroups', 0o644, 'allow\n'),
		OWN('timers', 0o444, () => {}),
		OWN('arch_status', 0o444, () => {}),
		OWN('ksm_merging_pages', 0o400, () => {}),
		OWN('ksm_stat', 0o400, () => {}),
	].map(entry => [entry.name, entry]),
);

/**
 * /proc/<pid>/sched (proc_sched_show_task).
 *
 * Divergence: nobody counts how long and how often such a task has run, as in /proc/<pid>/stat.
 */
function showSched(m: SeqFile, { comm, pid }: TaskStruct): void {
	m.printf('%s (%d, #threads: %zu)\n%s\n', comm, pid, 1, '-'.repeat(67));
	for (const name of ['exec_start', 'vruntime', 'sum_exec_runtime']) m.printf('%-45s:%14d.%06d\n', `se.${name}`, 0, 0);
	const counts = { 'se.nr_migrations': 0, nr_switches: 0, nr_voluntary_switches: 0, nr_involuntary_switches: 0 };
	const weight = { 'se.load.weight': 1 << 20, policy: 0, prio: 120 };
	for (const [name, value] of Object.entries({ ...counts, ...weight })) m.printf('%-45s:%21d\n', name, value);
}

const RLIM_INFINITY = -1;

/** The limits that the first task has and hands on to all others (INIT_RLIMITS); a third number is the hard one. */
function limits(totalram: number): readonly (readonly [name: string, unit: string, soft: number, hard?: number])[] {
	const threads = Math.floor(defaultMaxThreads(totalram) / 2);
	return [
		['Max cpu time', 'seconds', RLIM_INFINITY],
		['Max file size', 'bytes', RLIM_INFINITY],
		['Max data size', 'bytes', RLIM_INFINITY],
		['Max stack size', 'bytes', 8_388_608, RLIM_INFINITY],
		['Max core file size', 'bytes', 0, RLIM_INFINITY],
		['Max resident set', 'bytes', RLIM_INFINITY],
		['Max processes', 'processes', threads],
		['Max open files', 'files', 1024, 4096],
		['Max locked memory', 'bytes', 8_388_608],
		['Max address space', 'bytes', RLIM_INFINITY],
		['Max file locks', 'locks', RLIM_INFINITY],
		['Max pending signals', 'signals', threads],
		['Max msgqueue size', 'bytes', 819_200],
		['Max nice priority', '', 0],
		['Max realtime priority', '', 0],
		['Max realtime timeout', 'us', RLIM_INFINITY],
	];
}

/** /proc/<pid>/limits (proc_pid_limits). */
function showLimits(m: SeqFile, totalram: number): void {
	const number = (limit: number) => (limit === RLIM_INFINITY ? 'unlimited' : `${limit}`);
	m.printf('%-25s %-20s %-20s %-10s\n', 'Limit', 'Soft Limit', 'Hard Limit', 'Units');
	for (const [name, unit, soft, hard = soft] of limits(totalram)) {
		m.printf('%-25s %-20s %-20s ', name, number(soft), number(hard));
		m.printf(unit === '' ? '\n' : '%-10s\n', unit);
	}
}

/** /proc/<pid>/io (do_io_accounting). Nothing is stored anywhere but in memory. */
function showIo(m: SeqFile, { facts }: ProcTask, inode: Parameters<typeof procSb>[0]): void {
	if (!ptraceMayAccess(facts, m.ctx)) throw new Errno('EACCES');
	const { rchar, wchar, syscr, syscw } = procSb(inode).kernel.pids.find(facts.pid)!.ioac;
	m.printf('rchar: %llu\nwchar: %llu\nsyscr: %llu\nsyscw: %llu\n', rchar, wchar, syscr, syscw);
	m.puts('read_bytes: 0\nwrite_bytes: 0\ncancelled_write_bytes: 0\n');
}
