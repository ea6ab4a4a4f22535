/**
 * task_dir - directories that belong to a task: inodes for their names, and how they are listed (fs/proc/base.c).
 */

import type { FileOperations, Inode as VfsInode } from '../../../src/boundary/vfs.ts';
import { Errno } from '../../../src/lib/errno.ts';
import { isDir, S_IFDIR } from '../../../src/uapi/stat.ts';
import { dirEmitDots, emitEntries } from '../libfs.ts';
import { genericFileLlseek, MAX_NON_LFS } from '../read_write.ts';
import { PROC_BLOCK_SIZE } from './inode.ts';
import { procSb } from './internal.ts';
import { type PidEntry, procDefInodeOperations } from './pid_entry.ts';
import { getProcTask, type ProcTask, TaskInode } from './proc_task.ts';

/**
 * The inode of an entry in `dir`: made when first looked up, with the owners that the task has now (pid_revalidate). `known` has
 * those that were looked up before, by their names. What a task has that is not dumpable belongs to root (task_dump_owner).
 */
export function instantiate(
	known: Map<string, TaskInode>,
	dir: VfsInode,
	name: string,
	task: ProcTask,
	entry: PidEntry,
): TaskInode {
	const { startTime, uid, gid } = task.facts;
	let inode = known.get(name);
	if (inode === undefined || inode.startTime !== startTime) {
		const { mode, nlink, iop: op, fop, dontcache } = entry;
		const sb = procSb(dir);
		const init = { sb, ino: sb.tree.allocInum(), mode, nlink, blksize: PROC_BLOCK_SIZE, op, fop, dontcache };
		inode = new TaskInode(task, dir.ino, { ...init, time: sb.kernel.time.now() });
		known.set(name, inode);
	}
	const isRoots = entry.mode !== (S_IFDIR | 0o555) && !task.facts.dumpable;
	inode.uid = isRoots ? 0 : uid[1];
	inode.gid = isRoots ? 0 : gid[1];
	return inode;
}

/** Gives the names in a directory of a task, in their order, with their inodes. */
export type ListTaskDir = (dir: TaskInode, task: ProcTask) => Iterable<readonly [name: string, inode: VfsInode]>;

/** Operations of a directory of a task. Listing it is ENOENT once the task has ended. */
export function taskDirOperations(list: ListTaskDir): FileOperations {
	return {
		llseek: genericFileLlseek(MAX_NON_LFS),
		iterate(file, ctx) {
			const dir = file.inode as TaskInode;
			const task = getProcTask(dir, 'ENOENT');
			if (dirEmitDots(ctx, dir.ino, dir.parentIno)) emitEntries(ctx, list(dir, task));
		},
	};
}

/** A directory that has the same entries for every task that may have them (proc_pident_lookup, proc_pident_readdir). */
export function pidentDirectory(name: string, permissions: number, entries: readonly PidEntry[]): PidEntry {
	const visible = (dir: VfsInode, task: ProcTask) =>
		entries.filter(({ isFor }) => isFor === undefined || isFor(task, procSb(dir).kernel));
	return {
		name,
		mode: S_IFDIR | permissions,
		nlink: 2 + entries.filter(entry => isDir(entry.mode)).length,
		dontcache: true,
		iop: {
			...procDefInodeOperations,
			lookup(dir, name) {
				const task = getProcTask(dir, 'ENOENT');
				const entry = visible(dir, task).find(each => each.name === name);
				if (entry === undefined) throw new Errno('ENOENT');
				return instantiate((dir as TaskInode).children, dir, name, task, entry);
			},
		},
		fop: taskDirOperations(function* (dir, task) {
			for (const entry of visible(dir, task)) {
				yield [entry.name, instantiate(dir.children, dir, entry.name, task, entry)];
			}
		}),
	};
}
