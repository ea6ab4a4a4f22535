/**
 * pid_entry - how a name in the directory of a task is written down.
 *
 * The macros of fs/proc/base.c with which its tables are made, and one of our own for what the host serves.
 */

import type { FileOperations, InodeOperations, Inode as VfsInode } from '../../../src/boundary/vfs.ts';
import { Errno } from '../../../src/lib/errno.ts';
import { S_IFLNK, S_IFREG, S_IRWXUGO } from '../../../src/uapi/stat.ts';
import type { Kernel } from '../../kernel.ts';
import { setattrCopy } from '../attr.ts';
import { type SeqFile, seqLseek, seqRead, seqRelease, singleOpen } from '../seq_file.ts';
import { procSb } from './internal.ts';
import { getProcTask, type ProcTask } from './proc_task.ts';
import { type HostPath, hostLink, type PathLink, taskLink } from './task_links.ts';

/** A name in the directory of a task (struct pid_entry). */
export interface PidEntry {
	readonly name: string;
	/** Type and permission bits. */
	readonly mode: number;
	readonly nlink: number;
	readonly iop: InodeOperations;
	readonly fop: FileOperations;
	/** True where the name must be looked up each time. */
	readonly dontcache: boolean;
	/** True for the tasks that have it. Absent: all have. */
	readonly isFor?: (task: ProcTask, kernel: Kernel) => boolean;
}

/** For the tasks of this process alone. */
export const isOwn = ({ own }: ProcTask): boolean => own;

/** Of every inode of a task: its mode cannot be changed, its owners can until the next look-up (proc_setattr). */
export const procDefInodeOperations: InodeOperations = {
	setattr(inode, attr) {
		if (attr.mode !== undefined) throw new Errno('EPERM');
		setattrCopy(inode, attr);
	},
};

/** What the files of seq_file have in common; each has an open of its own. */
export const seqFileOperations: FileOperations = { read: seqRead, llseek: seqLseek, release: seqRelease };

/** A file with operations of its own. */
export const REG = (name: string, mode: number, fop: FileOperations): PidEntry => ({
	name,
	mode: S_IFREG | mode,
	iop: procDefInodeOperations,
	fop,
	nlink: 1,
	dontcache: false,
});

/** A file of one record. Reading it is ESRCH once the task has ended (proc_single_show). */
export const ONE = (
	name: string,
	mode: number,
	show: (m: SeqFile, task: ProcTask, inode: VfsInode) => void,
): PidEntry =>
	REG(name, mode, {
		...seqFileOperations,
		open: (inode, file) => singleOpen(file, m => show(m, getProcTask(inode), inode)),
	});

/** A link to where a task is or to what it runs, which only who may look into the task can read. */
export const LNK = (name: PathLink, path: HostPath): PidEntry => link(name, taskLink(name, path));

/** True for programs, where the host has such a name in the directory of each. */
export const isHosts =
	(name: string): NonNullable<PidEntry['isFor']> =>
	({ own }, { host: { tasks } }) =>
		!own && tasks.hasEntry(name);

/** A link into the procfs of the host, for programs. Who has none there to go to finds nothing: ENOENT. */
export const HOST = (name: string, host: HostPath): PidEntry => ({
	...link(name, (inode, ctx) => {
		const path = hostLink(procSb(inode).kernel, getProcTask(inode), ctx, host, name);
		if (path === undefined) throw new Errno('ENOENT');
		return path;
	}),
	isFor: isHosts(name),
});

const link = (name: string, getLink: NonNullable<InodeOperations['getLink']>): PidEntry => ({
	name,
	mode: S_IFLNK | S_IRWXUGO,
	iop: { ...procDefInodeOperations, getLink },
	fop: {},
	nlink: 1,
	dontcache: false,
});
