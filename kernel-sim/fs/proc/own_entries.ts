/**
 * own_entries - what the directory of a task of this process has in the place of the host's files (fs/proc/base.c).
 *
 * Such a task is like a thread of the kernel: it has no memory of its own.
 */

import type { FileOperations } from '../../../src/boundary/vfs.ts';
import { Errno } from '../../../src/lib/errno.ts';
import { defaultMaxThreads } from '../../kernel/fork.ts';
import { ptraceMayAccess } from '../../kernel/ptrace.ts';
import type { SeqFile } from '../seq_file.ts';
import type { TaskStruct } from '../task.ts';
import { fdEntries } from './fd.ts';
import { procSb } from './internal.ts';
import { procOomAdjOperations, procOomScoreAdjOperations } from './oom_adj.ts';
import { isOwn, ONE, type PidEntry, REG } from './pid_entry.ts';
import type { ProcTask } from './proc_task.ts';

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

/** The files, by name and in no order. */
export const ownEntries: ReadonlyMap<string, PidEntry> = new Map(
	[
		...fdEntries,
		{ ...REG('environ', 0o400, noMemory), isFor: isOwn },
		{ ...REG('auxv', 0o400, noMemory), isFor: isOwn },
		OWN('personality', 0o400, m => m.puts('00000000\n')),
		OWN('limits', 0o444, (m, { kernel }) => showLimits(m, kernel.mm.totalram)),
		OWN('maps', 0o444, () => {}),
		OWN('smaps', 0o444, () => {}),
		{ ...REG('smaps_rollup', 0o444, noMemory), isFor: isOwn },
		OWN('wchan', 0o444, m => m.putc('0')),
		OWN('oom_score', 0o444, m => m.puts('0\n')),
		{ ...REG('oom_adj', 0o644, procOomAdjOperations), isFor: isOwn },
		{ ...REG('oom_score_adj', 0o644, procOomScoreAdjOperations), isFor: isOwn },
		{ ...ONE('io', 0o400, showIo), isFor: isOwn },
	].map(entry => [entry.name, entry]),
);

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
