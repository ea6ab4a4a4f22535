/**
 * ptrace - who may look into a task (kernel/ptrace.c).
 */

import type { TaskFacts } from '../../src/boundary/host.ts';
import type { Context } from '../../src/boundary/vfs.ts';
import { CAP_SYS_PTRACE } from '../../src/uapi/capability.ts';

/**
 * True for the task's own threads, for whoever has all of its user and group ids if it is dumpable, and with CAP_SYS_PTRACE
 * (ptrace_may_access, PTRACE_MODE_READ_FSCREDS).
 */
export function ptraceMayAccess(task: TaskFacts, ctx: Context): boolean {
	const { tgid, uid, gid } = task;
	if (tgid === ctx.tgid) return true;
	const sameUser = uid.slice(0, 3).every(id => id === ctx.uid);
	const sameGroup = gid.slice(0, 3).every(id => id === ctx.gid);
	return (sameUser && sameGroup && task.dumpable) || ctx.capable(CAP_SYS_PTRACE);
}
