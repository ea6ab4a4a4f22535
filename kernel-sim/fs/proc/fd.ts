/**
 * fd - /proc/<pid>/fd and fdinfo of a task of this process: its open files (fs/proc/fd.c).
 *
 * A number may come to mean another file, and so is looked up each time.
 *
 * Divergence: in Linux whoever follows a link of fd arrives at the open file; here at what has its name now.
 */

import type { Context, Inode as VfsInode } from '../../../src/boundary/vfs.ts';
import { Errno } from '../../../src/lib/errno.ts';
import { O_CLOEXEC, O_LARGEFILE, O_PATH } from '../../../src/uapi/fcntl.ts';
import { FMODE_READ, FMODE_WRITE } from '../../../src/uapi/fs.ts';
import {
	isSock,
	S_IFDIR,
	S_IFLNK,
	S_IFREG,
	S_IRUGO,
	S_IRUSR,
	S_IWUSR,
	S_IXUGO,
	S_IXUSR,
} from '../../../src/uapi/stat.ts';
import { ptraceMayAccess } from '../../kernel/ptrace.ts';
import type { File } from '../open.ts';
import { genericPermission } from '../permission.ts';
import { type SeqFile, singleOpen } from '../seq_file.ts';
import { genericFillattr } from '../stat.ts';
import type { TaskStruct } from '../task.ts';
import { procSb } from './internal.ts';
import { isOwn, type PidEntry, procDefInodeOperations, REG, seqFileOperations } from './pid_entry.ts';
import { getProcTask, type ProcTask, type TaskInode } from './proc_task.ts';
import { instantiate, taskDirOperations } from './task_dir.ts';
import { nameToInt } from './util.ts';

/** st_size of a link to an open file. */
const LINK_SIZE = 64;

function structOf(inode: VfsInode, { facts: { pid } }: ProcTask): TaskStruct {
	return procSb(inode).kernel.pids.find(pid)!;
}

/** The open file that an inode stands for. ENOENT once it is closed, or the task has ended. */
function fileOf(inode: VfsInode, fd: number): File {
	const file = structOf(inode, getProcTask(inode, 'ENOENT')).files.find(fd);
	if (file === undefined) throw new Errno('ENOENT');
	return file;
}

/** A directory with an entry for each descriptor. */
function descriptors(
	name: string,
	mode: number,
	make: (dir: TaskInode, task: ProcTask, fd: number, file: File) => TaskInode,
	permission: (inode: VfsInode, mask: number, ctx: Context) => void,
): PidEntry {
	return {
		name,
		mode: S_IFDIR | mode,
		nlink: 2,
		dontcache: true,
		isFor: isOwn,
		iop: {
			...procDefInodeOperations,
			permission,
			getattr: inode => ({
				...genericFillattr(inode),
				size: structOf(inode, getProcTask(inode, 'ENOENT')).files.fds.length,
			}),
			lookup(dir, name) {
				const fd = nameToInt(name);
				if (fd === undefined) throw new Errno('ENOENT');
				return make(dir as TaskInode, getProcTask(dir, 'ENOENT'), fd, fileOf(dir, fd));
			},
		},
		fop: taskDirOperations(function* (dir, task) {
			const { files } = structOf(dir, task);
			for (const fd of files.fds) yield [`${fd}`, make(dir, task, fd, files.get(fd))];
		}),
	};
}

/** The link to an open file, with the rights that it was opened with (proc_fd_instantiate, tid_fd_update_inode). */
function fdLink(dir: TaskInode, task: ProcTask, fd: number, file: File): TaskInode {
	const inode = instantiate(dir.children, dir, `${fd}`, task, {
		name: '',
		mode: S_IFLNK,
		nlink: 1,
		dontcache: true,
		iop: { ...procDefInodeOperations, getLink: (link, ctx) => readFdLink(link, fd, ctx) },
		fop: {},
	});
	const read = (file.mode & FMODE_READ) === 0 ? 0 : S_IRUSR | S_IXUSR;
	const write = (file.mode & FMODE_WRITE) === 0 ? 0 : S_IWUSR | S_IXUSR;
	inode.mode = S_IFLNK | read | write;
	inode.size = LINK_SIZE;
	return inode;
}

/** EACCES for who may not look into the task. */
function readFdLink(link: VfsInode, fd: number, ctx: Context): string {
	if (!ptraceMayAccess(getProcTask(link, 'EACCES').facts, ctx)) throw new Errno('EACCES');
	const { path, inode } = fileOf(link, fd);
	if (path !== undefined) return path.toString();
	if (!isSock(inode.mode)) throw new Errno('ENOENT');
	return `socket:[${inode.ino}]`;
}

/** The file that tells of an open file (proc_fdinfo_instantiate). */
function fdInfo(dir: TaskInode, task: ProcTask, fd: number): TaskInode {
	const entry = REG('', S_IRUGO, {
		...seqFileOperations,
		open: (inode, file) => singleOpen(file, m => showFdinfo(m, inode, fd)),
	});
	return instantiate(dir.children, dir, `${fd}`, task, { ...entry, mode: S_IFREG | S_IRUGO, dontcache: true });
}

/** seq_show of fs/proc/fd.c. */
function showFdinfo(m: SeqFile, inode: VfsInode, fd: number): void {
	const { files } = structOf(inode, getProcTask(inode, 'ENOENT'));
	const { pos, path, flags, inode: opened } = fileOf(inode, fd);
	const large = (flags & O_PATH) === 0 ? O_LARGEFILE : 0;
	const cloexec = files.closeOnExec(fd) ? O_CLOEXEC : 0;
	const mount = path === undefined ? undefined : procSb(inode).kernel.namespace.mountOf(path);
	m.printf('pos:\t%lli\nflags:\t0%o\n', pos, flags | large | cloexec);
	m.printf('mnt_id:\t%i\nino:\t%lu\n', mount?.id ?? 0, opened.ino);
}

/** /proc/<pid>/fd and /proc/<pid>/fdinfo. */
export const fdEntries: readonly PidEntry[] = [
	descriptors('fd', S_IRUSR | S_IXUSR, fdLink, (inode, mask, ctx) => {
		if (getProcTask(inode, 'ENOENT').facts.tgid !== ctx.tgid) genericPermission(inode, mask, ctx);
	}),
	descriptors('fdinfo', S_IRUGO | S_IXUGO, fdInfo, (inode, mask, ctx) => {
		if (!ptraceMayAccess(getProcTask(inode).facts, ctx)) throw new Errno('EACCES');
		genericPermission(inode, mask, ctx);
	}),
];
