/**
 * task_links - /proc/<pid>/cwd, root and exe: where a task is, and what it runs (fs/proc/base.c, proc_pid_link_inode_operations).
 *
 * Of a program the host tells the path, with readlink alone: to follow the link might lead into our own mount.
 *
 * Divergence: in Linux whoever follows such a link arrives at the file itself. Here it arrives at the path that readlink shows;
 * where that leads elsewhere, because the file was deleted or the task has another root or other mounts than the reader, the
 * link shows the one of the host's own procfs instead, which can be followed.
 */

import type { TaskLink } from '../../../src/boundary/host.ts';
import type { Context, InodeOperations } from '../../../src/boundary/vfs.ts';
import { Errno } from '../../../src/lib/errno.ts';
import { ptraceMayAccess } from '../../kernel/ptrace.ts';
import type { Kernel } from '../../kernel.ts';
import { procSb } from './internal.ts';
import { getProcTask, type ProcTask } from './proc_task.ts';

/** The links that a path stands for. */
export type PathLink = Exclude<TaskLink, 'ns/mnt'>;

/** What a path ends with whose file has no name any more (d_path). */
const DELETED = ' (deleted)';

/**
 * Reads a link of a task; `host` tells where the same task is in the procfs of the host. EACCES for who may not look into the
 * task, ENOENT where there is none: a task of the kernel's own runs no file.
 */
export function taskLink(name: PathLink, host: (task: ProcTask) => string): NonNullable<InodeOperations['getLink']> {
	return (inode, ctx) => {
		const { kernel } = procSb(inode);
		const task = getProcTask(inode, 'EACCES');
		if (!ptraceMayAccess(task.facts, ctx)) throw new Errno('EACCES');
		const path = pathOf(kernel, task, name);
		if (path === undefined) throw new Errno('ENOENT');
		return leadsAstray(kernel, task, ctx, path) ? `${host(task)}/${name}` : path;
	};
}

function pathOf(kernel: Kernel, { facts: { pid }, own }: ProcTask, name: PathLink): string | undefined {
	if (!own) return kernel.host.tasks.readlink(pid, name);
	return name === 'exe' ? undefined : kernel.pids.find(pid)?.[name].toString();
}

/** True where a reader inside the machine would not arrive at the task's file by its path. */
function leadsAstray({ host: { tasks } }: Kernel, task: ProcTask, ctx: Context, path: string): boolean {
	if (!task.inside || !tasks.inside(ctx.tgid)) return false;
	if (path.endsWith(DELETED)) return true;
	const links = ['ns/mnt', 'root'] as const;
	return (
		task.facts.tgid !== ctx.tgid &&
		links.some(name => tasks.readlink(task.facts.pid, name) !== tasks.readlink(ctx.pid, name))
	);
}
