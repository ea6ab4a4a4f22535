/**
 * array - what /proc/<pid>/stat and status tell.
 *
 * Simulates fs/proc/array.c and, for the memory of a task, fs/proc/task_mmu.c.
 *
 * Divergence: what the host does not tell of a program is 0, or what an ordinary program has.
 */

import type { TaskFacts } from '../../../src/boundary/host.ts';
import type { Inode } from '../../../src/boundary/vfs.ts';
import { CAP_FULL_SET } from '../../../src/uapi/capability.ts';
import { bitmapListString, bitmapString, firstBits } from '../../lib/bitmap.ts';
import type { SeqFile } from '../seq_file.ts';
import { procSb } from './internal.ts';
import { type ProcTask, parentOf } from './proc_task.ts';

const PAGE_SIZE = 4096;
const KIB = 1024;
const SIGCHLD = 17;
const RLIM_INFINITY = 0xffff_ffff_ffff_ffffn;
/** Nodes that a kernel of distributions is built for (MAX_NUMNODES). */
const MAX_NUMNODES = 1024;

/** task_state_array. */
const states: { readonly [letter: string]: string } = {
	R: 'running',
	S: 'sleeping',
	D: 'disk sleep',
	T: 'stopped',
	t: 'tracing stop',
	X: 'dead',
	Z: 'zombie',
	P: 'parked',
	I: 'idle',
};

/** The letter of a task's state. One that reads of itself sleeps only in the eyes of the host, which has it wait for us. */
function stateOf(m: SeqFile, { pid, state }: TaskFacts): string {
	return m.ctx.pid === pid ? 'R' : state;
}

/** /proc/<pid>/stat: what all threads have used (proc_tgid_stat). */
export function procTgidStat(m: SeqFile, task: ProcTask, inode: Inode): void {
	doTaskStat(m, task, inode, [task.facts.utime, task.facts.stime]);
}

/** /proc/<pid>/task/<tid>/stat: what the thread alone has used (proc_tid_stat). */
export function procTidStat(m: SeqFile, task: ProcTask, inode: Inode): void {
	doTaskStat(m, task, inode, [task.facts.threadUtime, task.facts.threadStime]);
}

/** do_task_stat. */
function doTaskStat(m: SeqFile, shown: ProcTask, inode: Inode, [utime, stime]: readonly [number, number]): void {
	const { facts: task, started } = shown;
	const fields = [
		...[parentOf(procSb(inode).kernel, shown), task.pgrp, task.session, task.tty, task.tpgid, 0],
		...[task.minFlt, 0, task.majFlt, 0],
		...[utime, stime, 0, 0, task.priority, task.nice, task.threads, 0, started],
		...[task.vsize, Math.floor(task.rss / PAGE_SIZE), RLIM_INFINITY, 0, 0, 0, 0, 0],
		...[0, 0, 0, 0], // signals
		...[0, 0, 0, SIGCHLD, task.processor, 0, 0, 0, 0, 0],
		...[0, 0, 0, 0, 0, 0, 0, 0], // addresses, exit code
	];
	m.printf('%d (%.64s) %s %s\n', task.pid, task.comm, stateOf(m, task), fields.join(' '));
}

/** /proc/<pid>/statm (proc_pid_statm). */
export function procPidStatm(m: SeqFile, { facts: { vsize, rss } }: ProcTask): void {
	m.printf('%lu %lu 0 0 0 0 0\n', Math.floor(vsize / PAGE_SIZE), Math.floor(rss / PAGE_SIZE));
}

/** /proc/<pid>/status (proc_pid_status). */
export function procPidStatus(m: SeqFile, shown: ProcTask, inode: Inode): void {
	const { facts: task } = shown;
	const { kernel } = procSb(inode);
	const { cpus } = kernel.host.hardware;
	m.printf('Name:\t%s\n', task.comm.replaceAll('\\', '\\\\').replaceAll('\n', '\\n'));
	taskState(m, task, parentOf(kernel, shown));
	if (task.vsize > 0) taskMem(m, task);
	taskSig(m, task);
	taskCap(m, task);
	m.puts('NoNewPrivs:\t0\nSeccomp:\t0\nSeccomp_filters:\t0\n');
	m.puts('Speculation_Store_Bypass:\tnot vulnerable\nSpeculationIndirectBranch:\tnot affected\n');
	const allowed = firstBits(cpus);
	m.printf('Cpus_allowed:\t%s\nCpus_allowed_list:\t%s\n', bitmapString(allowed, cpus), bitmapListString(allowed));
	m.printf('Mems_allowed:\t%s\nMems_allowed_list:\t%s\n', bitmapString(1n, MAX_NUMNODES), bitmapListString(1n));
	m.puts('voluntary_ctxt_switches:\t0\nnonvoluntary_ctxt_switches:\t0\n');
}

/** task_state. */
function taskState(m: SeqFile, task: TaskFacts, ppid: number): void {
	const { pid, tgid } = task;
	const state = stateOf(m, task);
	m.printf('Umask:\t%#04o\n', task.umask);
	m.printf('State:\t%s (%s)\n', state, states[state] ?? 'unknown');
	m.printf('Tgid:\t%d\nNgid:\t0\nPid:\t%d\nPPid:\t%d\nTracerPid:\t0\n', tgid, pid, ppid);
	m.printf('Uid:\t%s\nGid:\t%s\nFDSize:\t64\n', task.uid.join('\t'), task.gid.join('\t'));
	m.printf('Groups:\t%s \n', task.groups.join(' '));
	m.printf('NStgid:\t%d\nNSpid:\t%d\nNSpgid:\t%d\nNSsid:\t%d\n', tgid, pid, task.pgrp, task.session);
	m.puts('Kthread:\t0\n');
}

/** task_mem, and the lines that only a task with memory has. All that is resident counts as anonymous. */
function taskMem(m: SeqFile, { vsize, rss }: TaskFacts): void {
	const sizes = {
		...{ VmPeak: vsize, VmSize: vsize, VmLck: 0, VmPin: 0, VmHWM: rss, VmRSS: rss, RssAnon: rss, RssFile: 0 },
		...{ RssShmem: 0, VmData: 0, VmStk: 0, VmExe: 0, VmLib: 0, VmPTE: 0, VmSwap: 0, HugetlbPages: 0 },
	};
	for (const [name, bytes] of Object.entries(sizes)) m.printf('%s:\t%8lu kB\n', name, Math.floor(bytes / KIB));
	m.puts('CoreDumping:\t0\nTHP_enabled:\t1\nuntag_mask:\t0xffffffffffffffff\n');
}

/** task_sig. */
function taskSig(m: SeqFile, { threads }: TaskFacts): void {
	m.printf('Threads:\t%d\nSigQ:\t0/0\n', threads);
	for (const name of ['SigPnd', 'ShdPnd', 'SigBlk', 'SigIgn', 'SigCgt']) m.printf('%s:\t%016lx\n', name, 0);
}

/** task_cap. */
function taskCap(m: SeqFile, { capEff }: TaskFacts): void {
	const sets = { CapInh: 0n, CapPrm: capEff, CapEff: capEff, CapBnd: CAP_FULL_SET, CapAmb: 0n };
	for (const [name, set] of Object.entries(sets)) m.printf('%s:\t%016llx\n', name, set);
}
