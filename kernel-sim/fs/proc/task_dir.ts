/**
 * task_dir - directories that belong to a task: inodes for their names, and how they are listed (fs/proc/base.c).
 */

import type { FileOperations, Inode as VfsInode } from '../../../src/boundary/vfs.ts';
import { dirEmitDots, emitEntries } from '../libfs.ts';
import { genericFileLlseek, MAX_NON_LFS } from '../read_write.ts';
import { PROC_BLOCK_SIZE } from './inode.ts';
import { procSb } from './internal.ts';
import type { PidEntry } from './pid_entry.ts';
import { getProcTask, type ProcTask, TaskInode } from './proc_task.ts';

/**
 * The inode of an entry in `dir`: made when first looked up, with the owners that the task has now (pid_revalidate). `known` has
 * those that were looked up before, by their names.
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
	inode.uid = uid[1];
	inode.gid = gid[1];
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
