/**
 * base - the directories of tasks.
 *
 * Simulates fs/proc/base.c; pid_entries.ts says what is in them.
 *
 *     /proc/<pid>/               tgidBaseStuff, after `task`
 *     /proc/<pid>/task/<tid>/    tidBaseStuff
 *
 * Names that are numbers are looked up anew each time, because a number may come to mean another task. The inodes stay the same
 * for as long as the task lives.
 */

import type { Context, DirContext, Inode as VfsInode } from '../../../src/boundary/vfs.ts';
import { Errno } from '../../../src/lib/errno.ts';
import { DT_DIR, DT_LNK, S_IFDIR, S_IRUGO, S_IXUGO } from '../../../src/uapi/stat.ts';
import { PID_MAX_LIMIT } from '../../kernel/pid.ts';
import { genericFillattr } from '../stat.ts';
import { type ProcSuperBlock, procSb, TASKS_MIN } from './internal.ts';
import { tgidBaseStuff, tidBaseStuff } from './pid_entries.ts';
import { isOwn, type PidEntry, procDefInodeOperations } from './pid_entry.ts';
import {
	findTask,
	getProcTask,
	isVisible,
	listTasks,
	listThreads,
	type ProcTask,
	type TaskInode,
} from './proc_task.ts';
import { instantiate, pidentDirectory, taskDirOperations } from './task_dir.ts';
import { nameToInt } from './util.ts';

const DIR_MODE = S_IFDIR | S_IRUGO | S_IXUGO;

/** Position of /proc/self in a listing of /proc; Linux has 256 there, and loses its place in a root with more entries. */
export const FIRST_PROCESS_ENTRY = 1 << 20;
const TGID_OFFSET = FIRST_PROCESS_ENTRY + 2;

/** Finds the directory of a task in /proc. Undefined where the name is no task's that the reader sees. */
export function procPidLookup(dir: VfsInode, name: string, ctx: Context): TaskInode | undefined {
	const sb = procSb(dir);
	const pid = nameToInt(name);
	const task = pid === undefined ? undefined : findTask(sb.kernel, pid);
	if (task === undefined || !isVisible(task, ctx)) return undefined;
	if (!sb.tasks.has(name)) forgetEnded(sb);
	return instantiate(sb.tasks, dir, name, task, tgidDir(task));
}

/** Lists the links to the reader, then the tasks that it sees. */
export function procPidReaddir(dir: VfsInode, ctx: DirContext, reader: Context): void {
	const sb = procSb(dir);
	const links = { self: sb.self, 'thread-self': sb.threadSelf };
	for (const [i, [name, { ino }]] of Object.entries(links).entries()) {
		if (ctx.pos > FIRST_PROCESS_ENTRY + i) continue;
		if (!ctx.emit(name, ino, DT_LNK)) return;
		ctx.pos++;
	}
	const pids = listTasks(sb.kernel, reader);
	sb.programs = pids.length - sb.kernel.pids.list().length;
	for (const pid of pids) {
		if (pid < ctx.pos - TGID_OFFSET) continue;
		const inode = procPidLookup(dir, `${pid}`, reader);
		if (inode === undefined) continue;
		ctx.pos = pid + TGID_OFFSET;
		if (!ctx.emit(`${pid}`, inode.ino, DT_DIR)) return;
		ctx.pos++;
	}
	ctx.pos = PID_MAX_LIMIT + TGID_OFFSET;
}

/** Lets go of tasks that have ended, each time there are twice as many as were left the last time. */
function forgetEnded(sb: ProcSuperBlock): void {
	if (sb.tasks.size < sb.tasksMax) return;
	for (const [name, { pid, startTime }] of sb.tasks) {
		if (findTask(sb.kernel, pid)?.facts.startTime !== startTime) sb.tasks.delete(name);
	}
	sb.tasksMax = Math.max(TASKS_MIN, 2 * sb.tasks.size);
}

/** The directory of a task, those of this process having entries that are for no other. */
function taskDirectory(entries: readonly PidEntry[]): (task: ProcTask) => PidEntry {
	const make = (list: readonly PidEntry[]) => pidentDirectory('', S_IRUGO | S_IXUGO, list);
	const own = make(entries);
	const program = make(entries.filter(({ isFor }) => isFor !== isOwn));
	return task => (task.own ? own : program);
}

/** /proc/<pid>/task/<tid>. */
const tidDir = taskDirectory(tidBaseStuff);

/** /proc/<pid>/task (proc_task_inode_operations, proc_task_operations). */
const taskDir: PidEntry = {
	name: 'task',
	mode: DIR_MODE,
	nlink: 2,
	dontcache: true,
	iop: {
		...procDefInodeOperations,
		getattr: inode => ({ ...genericFillattr(inode), nlink: inode.nlink + getProcTask(inode, 'ENOENT').facts.threads }),
		lookup(dir, name) {
			const leader = getProcTask(dir, 'ENOENT');
			const tid = nameToInt(name);
			const task = tid === undefined ? undefined : findTask(procSb(dir).kernel, tid);
			if (task?.facts.tgid !== leader.facts.tgid) throw new Errno('ENOENT');
			return instantiate((dir as TaskInode).children, dir, name, task, tidDir(task));
		},
	},
	fop: taskDirOperations(function* (dir, leader) {
		const { kernel } = procSb(dir);
		for (const tid of listThreads(kernel, leader)) {
			const task = findTask(kernel, tid);
			if (task !== undefined) yield [`${tid}`, instantiate(dir.children, dir, `${tid}`, task, tidDir(task))];
		}
	}),
};

/** /proc/<pid>. */
const tgidDir = taskDirectory([taskDir, ...tgidBaseStuff]);
