/**
 * sched_show - the tasks of the machine in the log (show_state_filter and sched_show_task of kernel/sched/core.c).
 *
 * Divergence: no stacks are shown; those of programs are the host's.
 */

import { findTask } from '../fs/proc/proc_task.ts';
import type { Kernel } from '../kernel.ts';

/** Logs a line for each task, or for those of one state. */
export function showState(kernel: Kernel, state?: string): void {
	const { pids, host, pr } = kernel;
	const leaders = [...pids.list().map(({ pid }) => pid), ...host.tasks.list()].sort((a, b) => a - b);
	const threads = leaders.flatMap(pid => (pids.find(pid) === undefined ? host.tasks.threads(pid) : [pid]));
	for (const tid of threads) {
		const facts = findTask(kernel, tid)?.facts;
		if (facts === undefined || (state !== undefined && facts.state !== state)) continue;
		const running = facts.state === 'R' ? '  running task    ' : '';
		pr.info('task:%-15.15s state:%s%s', facts.comm, facts.state, running);
		pr.cont(' stack:%-5lu pid:%-5d tgid:%-5d ppid:%-6d flags:0x%08lx\n', 0, tid, facts.tgid, facts.ppid, 0);
	}
}
