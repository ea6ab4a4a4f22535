/**
 * supervise - the system calls of programs under `ring3 run` that the machine answers.
 *
 *     the launcher's listener -> supervisor (mount/run) -> what this computer has to do with it, or the kernel alone
 *
 * A call that neither knows has no such number: ENOSYS.
 */

import type { Kernel } from '../../kernel-sim/kernel.ts';
import type { Libc } from '../../mount/libc.ts';
import { takeDescriptor } from '../../mount/run/filter.ts';
import type { SyscallName } from '../../mount/run/numbers.ts';
import type { Handler } from '../../mount/run/supervised_call.ts';
import { type CallCounts, Supervisor, type Trace } from '../../mount/run/supervisor.ts';
import type { TaskFacts } from '../boundary/host.ts';
import type { UserMemory } from '../boundary/user_memory.ts';
import type { Context } from '../boundary/vfs.ts';
import { Errno } from '../lib/errno.ts';
import type { Ucred } from '../uapi/socket.ts';

/** What supervision needs of its machine. */
export interface SupervisionOptions {
	readonly libc: Libc;
	readonly kernel: Kernel;
	/** Calls that are more than the kernel's own affair. */
	readonly handlers: Readonly<Partial<Record<SyscallName, Handler>>>;
	readonly trace: Trace;
}

const noCalls: CallCounts = { received: 0, answered: 0, waiting: 0 };

/** All programs of one machine whose calls it answers. */
export class Supervision {
	readonly #options: SupervisionOptions;
	readonly #supervisors = new Set<Supervisor>();
	#past = noCalls;

	constructor(options: SupervisionOptions) {
		this.#options = options;
	}

	/** Calls of all programs that there are, and were. */
	get counts(): CallCounts {
		return [...this.#supervisors].map(({ counts }) => counts).reduce(add, this.#past);
	}

	/**
	 * Takes over the listener that a launcher has, and calls `ended` once when the last program under its filter has gone. Throws as
	 * `takeDescriptor`.
	 */
	adopt(pid: number, fd: number, ended: () => void): void {
		const { libc, kernel, trace } = this.#options;
		const supervisor = new Supervisor({
			libc,
			listener: takeDescriptor(libc, pid, fd),
			tasks: kernel.host.tasks,
			mayAll: isOwner,
			handle: call => this.#handle(call),
			oops: (error, where) => kernel.vfs.oops(error, where),
			trace,
			ended: () => {
				this.#supervisors.delete(supervisor);
				this.#past = add(this.#past, supervisor.counts);
				ended();
			},
		});
		this.#supervisors.add(supervisor);
	}

	/** Ends it: programs that go on get ENOSYS for what the machine would answer. */
	close(): void {
		for (const supervisor of this.#supervisors) supervisor.close();
		this.#supervisors.clear();
	}

	#handle(call: Parameters<Handler>[0]): ReturnType<Handler> {
		const { name } = call;
		const own = name && this.#options.handlers[name];
		const handler = own ?? this.#options.kernel.syscalls.find(call.number, name);
		if (handler === undefined) throw new Errno('ENOSYS', `system call ${call.number}`);
		return handler(call);
	}
}

/**
 * A machine of a user other than root is that user's, who is its root and may do everything there. Outside he has no capabilities,
 * and those of a user namespace are not the machine's.
 */
function isOwner(caller: TaskFacts): boolean {
	return process.geteuid!() !== 0 && caller.uid[3] === 0;
}

/** Who has sent something over a socket natively, at a time of which only his number is known. */
export function senderOf({ host }: Kernel, { pid }: Ucred): Context {
	const facts = host.tasks.find(pid);
	return {
		pid,
		tgid: facts?.tgid ?? pid,
		uid: facts?.uid[3] ?? nobody,
		gid: facts?.gid[3] ?? nobody,
		groups: facts?.groups ?? [],
		umask: facts?.umask ?? 0,
		capable: cap => facts !== undefined && (((facts.capEff >> BigInt(cap)) & 1n) === 1n || isOwner(facts)),
		signal: new AbortController().signal,
		memory: noMemory,
	};
}

/** Number of whoever has none here (include/linux/highuid.h). */
const nobody = 65534;

const noMemory: UserMemory = {
	read: () => {
		throw new Errno('EFAULT');
	},
	write: () => {
		throw new Errno('EFAULT');
	},
};

function add(a: CallCounts, b: CallCounts): CallCounts {
	return { received: a.received + b.received, answered: a.answered + b.answered, waiting: a.waiting + b.waiting };
}
