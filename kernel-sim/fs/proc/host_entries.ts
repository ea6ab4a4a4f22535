/**
 * host_entries - what the directory of a program has of the host's own procfs.
 *
 *     files      are read for whoever may read them in Linux, and say what the host says
 *     links      lead to the same name in the procfs of the host, as each reader finds it: what can be written to, or is about memory
 *
 * Divergence: lstat(2) shows a link where Linux has such a file. Who may write to it is the host's to say, to the program itself and
 * not to us: only a thread of its own may set a program's name, and only who is in the right namespace its maps of users.
 */

import type { Context, FileOperations, Inode } from '../../../src/boundary/vfs.ts';
import { Errno } from '../../../src/lib/errno.ts';
import { decodeName } from '../../../src/lib/text.ts';
import { CAP_SYS_ADMIN } from '../../../src/uapi/capability.ts';
import { ptraceMayAccess } from '../../kernel/ptrace.ts';
import { simpleReadFromBuffer } from '../libfs.ts';
import { genericFileLlseek, MAX_NON_LFS } from '../read_write.ts';
import { type SeqFile, seqOpen } from '../seq_file.ts';
import { seqEach } from '../seq_list.ts';
import { procSb } from './internal.ts';
import { HOST, isHosts, type PidEntry, REG, seqFileOperations } from './pid_entry.ts';
import { getProcTask, type ProcTask } from './proc_task.ts';
import type { HostPath } from './task_links.ts';

/** What the host says of a task; `thread`, of that alone. */
function readHost(inode: Inode, name: string, thread: boolean): Uint8Array {
	const { pid, tgid } = getProcTask(inode).facts;
	const { tasks } = procSb(inode).kernel.host;
	return thread ? tasks.readFile(tgid, `task/${pid}/${name}`) : tasks.readFile(pid, name);
}

/** Somebody who wants to know something of a task. */
interface Reading {
	readonly task: ProcTask;
	readonly ctx: Context;
}

/** Who may read a file, besides what its mode says, and when that is asked. */
interface Rule {
	/** When it is opened (proc_mem_open). */
	readonly open?: (reading: Reading) => void;
	/** When it is read. What it returns is the answer in place of the host's. */
	readonly read?: (reading: Reading) => string | undefined;
}

/** Refuses who may not look into the task. */
const mayLook =
	(code: 'EACCES' | 'EPERM') =>
	({ task, ctx }: Reading): undefined => {
		if (!ptraceMayAccess(task.facts, ctx)) throw new Errno(code);
		return undefined;
	};

const mayLookAt = ({ task, ctx }: Reading): boolean => ptraceMayAccess(task.facts, ctx);

/** Refuses who is not the administrator. */
function mayAdmin({ ctx }: Reading): undefined {
	if (!ctx.capable(CAP_SYS_ADMIN)) throw new Errno('EACCES');
}

/** True for a task that asks about itself: it is running, whatever the host says, which has it wait for us. */
const isReader = ({ task, ctx }: Reading): boolean => ctx.pid === task.facts.pid;

const anybody: Rule = {};
/** What shows the memory of a task (mm_access). */
const memory: Rule = { open: mayLook('EACCES') };
/** What needs the task to hold still (lock_trace). */
const traced: Rule = { read: mayLook('EPERM') };

/** Files of text, with their modes. */
const texts: Readonly<Record<string, readonly [mode: number, rule: Rule]>> = {
	limits: [0o444, anybody],
	personality: [0o400, traced],
	syscall: [0o400, { read: reading => mayLook('EPERM')(reading) ?? (isReader(reading) ? 'running\n' : undefined) }],
	maps: [0o444, memory],
	numa_maps: [0o444, memory],
	smaps: [0o444, memory],
	smaps_rollup: [0o444, memory],
	wchan: [0o444, { read: reading => (isReader(reading) || !mayLookAt(reading) ? '0' : undefined) }],
	stack: [0o400, { read: reading => mayAdmin(reading) ?? mayLook('EPERM')(reading) }],
	schedstat: [0o444, anybody],
	oom_score: [0o444, anybody],
	sessionid: [0o444, anybody],
	io: [0o400, { read: mayLook('EACCES') }],
	children: [0o444, anybody],
	timers: [0o444, anybody],
	patch_state: [0o400, anybody],
	arch_status: [0o444, anybody],
	ksm_merging_pages: [0o400, anybody],
	ksm_stat: [0o400, anybody],
};

/** Files of bytes, which can be read anywhere. */
const binaries: Readonly<Record<string, number>> = { environ: 0o400, auxv: 0o400 };

/** A file whose lines are records, so that a read ends at one. */
function textFile(name: string, thread: boolean, { open, read }: Rule): FileOperations {
	const lines = seqEach(
		(m: SeqFile<Inode>) => {
			const text =
				read?.({ task: getProcTask(m.private), ctx: m.ctx }) ?? decodeName(readHost(m.private, name, thread));
			return text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
		},
		(m, line) => m.puts(line),
	);
	return {
		...seqFileOperations,
		open(inode, file, ctx) {
			open?.({ task: getProcTask(inode), ctx });
			seqOpen(file, lines, inode);
		},
	};
}

function binaryFile(name: string, thread: boolean): FileOperations {
	return {
		llseek: genericFileLlseek(MAX_NON_LFS),
		open: (inode, _file, ctx) => memory.open!({ task: getProcTask(inode), ctx }),
		read: ({ inode }, count, pos) => simpleReadFromBuffer(readHost(inode, name, thread), count, pos),
	};
}

/** What there is of a name: a file, or a link to what has the name at `host`. `thread`: in the directory of one thread. */
export function hostEntry(name: string, host: HostPath, thread: boolean): PidEntry {
	const isFor = isHosts(name);
	const text = texts[name];
	if (text !== undefined) return { ...REG(name, text[0], textFile(name, thread, text[1])), isFor };
	const mode = binaries[name];
	return mode === undefined ? HOST(name, host) : { ...REG(name, mode, binaryFile(name, thread)), isFor };
}
