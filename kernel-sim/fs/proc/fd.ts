/**
 * fd - /proc/<pid>/fd and fdinfo: the open files of a task (fs/proc/fd.c); task_files.ts says what is known of them.
 *
 * A number may come to mean another file, and so is looked up each time.
 */

import type { Context, Inode as VfsInode } from '../../../src/boundary/vfs.ts';
import { Errno } from '../../../src/lib/errno.ts';
import { S_IFDIR, S_IFLNK, S_IFREG, S_IRUGO, S_IRUSR, S_IXUGO, S_IXUSR } from '../../../src/uapi/stat.ts';
import { ptraceMayAccess } from '../../kernel/ptrace.ts';
import { genericPermission } from '../permission.ts';
import { singleOpen } from '../seq_file.ts';
import { genericFillattr } from '../stat.ts';
import { procSb } from './internal.ts';
import { type PidEntry, procDefInodeOperations, REG, seqFileOperations } from './pid_entry.ts';
import { getProcTask, type ProcTask, type TaskInode } from './proc_task.ts';
import { instantiate, taskDirOperations } from './task_dir.ts';
import { type TaskFiles, taskFiles } from './task_files.ts';
import type { HostPath } from './task_links.ts';
import { nameToInt } from './util.ts';

/** st_size of a link to an open file. */
const LINK_SIZE = 64;

/** The open files of the task that an inode belongs to. ENOENT once that has ended. */
type FilesOf = (inode: VfsInode) => TaskFiles;

/** A directory with an entry for each descriptor. */
function descriptors(
	name: string,
	mode: number,
	filesOf: FilesOf,
	make: (dir: TaskInode, task: ProcTask, fd: number) => TaskInode,
	permission: (inode: VfsInode, mask: number, ctx: Context) => void,
): PidEntry {
	return {
		name,
		mode: S_IFDIR | mode,
		nlink: 2,
		dontcache: true,
		iop: {
			...procDefInodeOperations,
			permission,
			getattr: inode => ({ ...genericFillattr(inode), size: filesOf(inode).fds.length }),
			lookup(dir, name) {
				const fd = nameToInt(name);
				if (fd === undefined || !filesOf(dir).has(fd)) throw new Errno('ENOENT');
				return make(dir as TaskInode, getProcTask(dir, 'ENOENT'), fd);
			},
		},
		fop: taskDirOperations(function* (dir, task) {
			const files = filesOf(dir);
			for (const fd of files.fds) if (files.has(fd)) yield [`${fd}`, make(dir, task, fd)];
		}),
	};
}

/** The link to an open file, with the rights that it was opened with (proc_fd_instantiate, tid_fd_update_inode). */
function fdLink(filesOf: FilesOf): (dir: TaskInode, task: ProcTask, fd: number) => TaskInode {
	return (dir, task, fd) => {
		const inode = instantiate(dir.children, dir, `${fd}`, task, {
			name: '',
			mode: S_IFLNK,
			nlink: 1,
			dontcache: true,
			iop: {
				...procDefInodeOperations,
				getLink(link, ctx, follows) {
					if (!ptraceMayAccess(getProcTask(link, 'EACCES').facts, ctx)) throw new Errno('EACCES');
					return filesOf(link).text(fd, ctx, follows);
				},
			},
			fop: {},
		});
		inode.mode = S_IFLNK | filesOf(dir).mode(fd);
		inode.size = LINK_SIZE;
		return inode;
	};
}

/** The file that tells of an open file (proc_fdinfo_instantiate). */
function fdInfo(filesOf: FilesOf): (dir: TaskInode, task: ProcTask, fd: number) => TaskInode {
	return (dir, task, fd) => {
		const entry = REG('', S_IRUGO, {
			...seqFileOperations,
			open: (inode, file) => singleOpen(file, m => m.puts(filesOf(inode).info(fd))),
		});
		return instantiate(dir.children, dir, `${fd}`, task, { ...entry, mode: S_IFREG | S_IRUGO, dontcache: true });
	};
}

/** /proc/<pid>/fd and /proc/<pid>/fdinfo; `host` is where the directory they are in has its counterpart. */
export function fdEntries(host: HostPath): readonly PidEntry[] {
	const filesOf: FilesOf = inode => taskFiles(procSb(inode).kernel, getProcTask(inode, 'ENOENT'), host);
	return [
		descriptors('fd', S_IRUSR | S_IXUSR, filesOf, fdLink(filesOf), (inode, mask, ctx) => {
			if (getProcTask(inode, 'ENOENT').facts.tgid !== ctx.tgid) genericPermission(inode, mask, ctx);
		}),
		descriptors('fdinfo', S_IRUGO | S_IXUGO, filesOf, fdInfo(filesOf), (inode, mask, ctx) => {
			if (!ptraceMayAccess(getProcTask(inode).facts, ctx)) throw new Errno('EACCES');
			genericPermission(inode, mask, ctx);
		}),
	];
}
