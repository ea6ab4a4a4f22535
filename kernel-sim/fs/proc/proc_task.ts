/**
 * proc_task - the tasks that /proc shows, and inodes that belong to one.
 *
 * There are two kinds: tasks that live in this process, which the kernel knows itself, and programs, of which the host tells.
 * A reader sees the tasks of the machine, and itself even when it is a program outside the machine.
 */

import type { TaskFacts } from '../../../src/boundary/host.ts';
import type { Context, Inode as VfsInode } from '../../../src/boundary/vfs.ts';
import { Errno, type ErrnoName } from '../../../src/lib/errno.ts';
import { NSEC_PER_TICK } from '../../kernel/time.ts';
import type { Kernel } from '../../kernel.ts';
import { Inode, type InodeInit } from '../inode.ts';
import type { TaskStruct } from '../task.ts';
import { procSb } from './internal.ts';

/** What /proc knows of one task. */
export interface ProcTask {
	readonly facts: TaskFacts;
	/** When it started, in ticks since this machine booted. */
	readonly started: number;
	/** True for a program that has the machine's /proc over its own, and the host's at /proc/.host. */
	readonly inside: boolean;
	/** True for a task that lives in this process. */
	readonly own: boolean;
}

/** An inode in the directory of a task, or that directory. */
export class TaskInode extends Inode {
	/** Thread id. */
	readonly pid: number;
	/** Tells the task from a later one of the same id. */
	readonly startTime: number;
	/** Inode number of the directory it is in. */
	readonly parentIno: number;
	/** Inodes of names in it that were looked up. */
	readonly children = new Map<string, TaskInode>();

	constructor(task: ProcTask, parentIno: number, init: InodeInit) {
		super(init);
		this.pid = task.facts.pid;
		this.startTime = task.facts.startTime;
		this.parentIno = parentIno;
	}
}

/** A task by its thread id, whoever asks; undefined where there is none. */
export function findTask(kernel: Kernel, pid: number): ProcTask | undefined {
	const task = kernel.pids.find(pid);
	if (task !== undefined) return { facts: ownFacts(task), started: ownStart(task), inside: false, own: true };
	const facts = kernel.host.tasks.find(pid);
	if (facts === undefined) return undefined;
	return { facts, started: hostStart(kernel, facts), inside: kernel.host.tasks.inside(facts.tgid), own: false };
}

/** True if the task is of the machine, or the reader's own. */
export function isVisible({ facts, inside, own }: ProcTask, ctx: Context): boolean {
	return own || inside || facts.tgid === ctx.tgid;
}

/** The task that an inode belongs to. Throws `gone` once it has ended (get_proc_task). */
export function getProcTask(inode: VfsInode, gone: ErrnoName = 'ESRCH'): ProcTask {
	const { pid, startTime } = inode as TaskInode;
	const task = findTask(procSb(inode).kernel, pid);
	if (task === undefined || task.facts.startTime !== startTime) throw new Errno(gone);
	return task;
}

/** Process ids that a reader sees, in rising order. */
export function listTasks(kernel: Kernel, ctx: Context): number[] {
	const pids = new Set([...kernel.pids.list().map(task => task.pid), ...kernel.host.tasks.list(), ctx.tgid]);
	pids.delete(0);
	return [...pids].sort((a, b) => a - b);
}

/** The parent of a task, as the machine sees it: whoever was started from outside is a child of the first task, as an orphan is. */
export function parentOf(kernel: Kernel, { facts: { ppid }, own, inside }: ProcTask): number {
	return own || !inside || kernel.host.tasks.inside(ppid) ? ppid : 1;
}

/** Thread ids of a process, in rising order. */
export function listThreads(kernel: Kernel, { facts: { tgid }, own }: ProcTask): readonly number[] {
	return own ? [tgid] : kernel.host.tasks.threads(tgid);
}

/** A task of this process sleeps whenever anybody else looks: they take turns. */
function ownFacts(task: TaskStruct): TaskFacts {
	const { pid, ppid, uid, gid, comm, groups } = task;
	return {
		...{
			pid,
			tgid: pid,
			ppid,
			pgrp: pid,
			session: pid,
			tty: 0,
			tpgid: -1,
			comm,
			cmdline: new Uint8Array(0),
			state: 'S',
		},
		...{
			uid: [uid, uid, uid, uid],
			gid: [gid, gid, gid, gid],
			groups,
			capEff: task.caps,
			dumpable: true,
			umask: task.umaskBits,
		},
		...{
			threads: 1,
			utime: 0,
			stime: 0,
			threadUtime: 0,
			threadStime: 0,
			minFlt: 0,
			majFlt: 0,
			startTime: ownStart(task),
			vsize: 0,
			rss: 0,
		},
		...{ nice: 0, priority: 20, processor: 0 },
	};
}

function ownStart({ startTime }: TaskStruct): number {
	return Math.floor(startTime / NSEC_PER_TICK);
}

/** Ticks of the host's clock as ticks since this machine booted; 0 for a task that was there before. */
function hostStart({ time, host }: Kernel, { startTime }: TaskFacts): number {
	const boot = Math.round((host.clock.monotonic() - time.ktimeGet()) / NSEC_PER_TICK);
	return Math.min(Math.max(0, startTime - boot), time.jiffies);
}
