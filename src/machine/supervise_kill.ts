/**
 * supervise_kill - kill(2) of everybody, by programs under `ring3 run`.
 *
 * Everybody is who is inside the machine: the host would go through all processes of the computer. kernel/signal.c:
 * kill_something_info, check_kill_permission.
 */

import type { Handler, SupervisedCall } from '../../mount/run/supervised_call.ts';
import type { HostTasks, TaskFacts } from '../boundary/host.ts';
import { Errno, isErrno } from '../lib/errno.ts';
import { CAP_KILL } from '../uapi/capability.ts';

/** Number of the last signal (_NSIG). */
const LAST_SIGNAL = 64;

/** What the handler needs of its machine. */
export interface KillCallOptions extends Pick<HostTasks, 'find' | 'list'> {
	/** Sends a signal. Throws an Errno for a process that has gone. */
	send(pid: number, signal: number): void;
}

/** The handler. */
export function killCalls({ find, list, send }: KillCallOptions): Readonly<Record<'kill', Handler>> {
	return {
		kill: call => {
			const signal = call.int(1);
			if (signal < 0 || signal > LAST_SIGNAL) throw new Errno('EINVAL');
			const caller = find(call.pid);
			const others = list().filter(pid => pid > 1 && pid !== call.tgid);
			if (others.length === 0) throw new Errno('ESRCH');
			for (const pid of others) if (mayKill(call, caller, find(pid))) sendIfThere(send, pid, signal);
			return 0;
		},
	};
}

/** Who has the same user, real or effective, as the other has, real or saved. */
function mayKill(call: SupervisedCall, caller: TaskFacts | undefined, target: TaskFacts | undefined): boolean {
	if (caller === undefined || target === undefined) return false;
	if (call.capable(CAP_KILL)) return true;
	const [real, effective] = caller.uid;
	return [target.uid[0], target.uid[2]].some(uid => uid === real || uid === effective);
}

function sendIfThere(send: KillCallOptions['send'], pid: number, signal: number): void {
	try {
		send(pid, signal);
	} catch (error) {
		if (!isErrno(error)) throw error;
	}
}
