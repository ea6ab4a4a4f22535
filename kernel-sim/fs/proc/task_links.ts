/**
 * task_links - links in the directory of a task: where it is, what it runs, what it has open, and the namespaces that it is in
 * (fs/proc/base.c, proc_pid_link_inode_operations).
 *
 * In Linux whoever reads such a link gets a text, and whoever follows it arrives at the very file, which need have no path. Of a program
 * the host tells the text, with readlink alone, because to follow the link might lead into our own mount. Whoever follows it is sent
 * to the same link in the procfs of the host, where he arrives.
 *
 * Divergence: where nobody knows whether a link is read or followed, or the reader has no procfs of the host to be sent to, it is the
 * text, unless that leads elsewhere: because the file was deleted, or the task has another root or other mounts. Of a task of this
 * process the path is followed.
 */

import type { TaskLink } from '../../../src/boundary/host.ts';
import type { Context, Follows, InodeOperations } from '../../../src/boundary/vfs.ts';
import { Errno } from '../../../src/lib/errno.ts';
import { ptraceMayAccess } from '../../kernel/ptrace.ts';
import type { Kernel } from '../../kernel.ts';
import { procSb } from './internal.ts';
import { getProcTask, type ProcTask } from './proc_task.ts';

/** The links that a path stands for. */
export type PathLink = 'cwd' | 'exe' | 'root';

/** The way from the directory of a task of ours to that of the same task in the host's procfs, or an absolute path to it. */
export interface HostPath {
	/** For a reader who has the host's procfs at /proc/.host, in the directory that it takes the place of. */
	inside(task: ProcTask): string;
	/** For a reader whose own /proc it is. */
	outside(task: ProcTask): string;
}

/** What a path ends with whose file has no name any more (d_path). */
const DELETED = ' (deleted)';

/** Where a reader finds what a name leads to in the host's procfs; undefined where he has none. `up` leads out of a directory below. */
export function hostLink(
	kernel: Kernel,
	task: ProcTask,
	ctx: Context,
	host: HostPath,
	name: string,
	up = '',
): string | undefined {
	const { tasks } = kernel.host;
	if (kernel.pids.find(ctx.tgid) !== undefined) return undefined;
	if (tasks.inside(ctx.tgid)) return `${up}${host.inside(task)}/${name}`;
	return tasks.sharesPids(ctx.pid) ? `${host.outside(task)}/${name}` : undefined;
}

/** The text of a link of a program that is read, or where it leads for who follows it. ENOENT where there is none. */
export function programLink(
	kernel: Kernel,
	task: ProcTask,
	name: TaskLink,
	ctx: Context,
	follows: Follows,
	host: HostPath,
	up = '',
): string {
	const text = kernel.host.tasks.readlink(task.facts.pid, name);
	if (text === undefined) throw new Errno('ENOENT');
	const followed = follows() ?? leadsAstray(kernel, task, ctx, text);
	return (followed ? hostLink(kernel, task, ctx, host, name, up) : undefined) ?? text;
}

/**
 * Reads a link of a task to a path. EACCES for who may not look into the task, ENOENT where there is none: a task of the kernel's own
 * runs no file.
 */
export function taskLink(name: PathLink, host: HostPath): NonNullable<InodeOperations['getLink']> {
	return (inode, ctx, follows) => {
		const { kernel } = procSb(inode);
		const task = getProcTask(inode, 'EACCES');
		if (!ptraceMayAccess(task.facts, ctx)) throw new Errno('EACCES');
		if (!task.own) return programLink(kernel, task, name, ctx, follows, host);
		const path = name === 'exe' ? undefined : kernel.pids.find(task.facts.pid)?.[name].toString();
		if (path === undefined) throw new Errno('ENOENT');
		return path;
	};
}

/** True where a reader inside the machine would not arrive at the task's file by its path. */
function leadsAstray({ host: { tasks } }: Kernel, task: ProcTask, ctx: Context, path: string): boolean {
	if (!task.inside || !tasks.inside(ctx.tgid)) return false;
	if (path.endsWith(DELETED) || !path.startsWith('/')) return true;
	const links = ['ns/mnt', 'root'] as const;
	return (
		task.facts.tgid !== ctx.tgid &&
		links.some(name => tasks.readlink(task.facts.pid, name) !== tasks.readlink(ctx.pid, name))
	);
}
