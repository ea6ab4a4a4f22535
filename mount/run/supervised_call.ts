/**
 * supervised_call - a system call of a program under a filter, while it waits for its answer, and what it may be answered.
 *
 * Bound: a caller's memory that lies in a file of the machine, and was never touched, cannot be read here: this process would wait
 * for itself. No program passes such memory to the calls that are handed over.
 */

import type { HostTasks, TaskFacts } from '../../src/boundary/host.ts';
import type { SyscallContext } from '../../src/boundary/syscall.ts';
import type { UserMemory } from '../../src/boundary/user_memory.ts';
import type { Awaitable } from '../../src/lib/awaitable.ts';
import { Errno } from '../../src/lib/errno.ts';
import type { Libc } from '../libc.ts';
import { processMemory } from '../user_memory.ts';
import type { Listener, Notification, Placement } from './listener.ts';
import type { Architecture, SyscallName } from './numbers.ts';

/** What a handler answers: a value that is not negative, or that the host is to do the call. */
export type Answer = number | 'host' | Answered;

/** The answer of a handler that has answered by a descriptor already. */
export interface Answered {
	readonly descriptor: number;
}

/** Answers one call. */
export type Handler = (call: SupervisedCall) => Awaitable<Answer>;

/** What can be found out about callers. */
export interface CallOptions {
	readonly libc: Libc;
	/** What is known of callers. */
	readonly tasks: Pick<HostTasks, 'find'>;
	/** True for a caller who may do everything in the machine. Absent: those with the capability. */
	mayAll?(caller: TaskFacts): boolean;
}

/** A system call of a program under the filter, while it waits. */
export class SupervisedCall implements SyscallContext {
	readonly id: bigint;
	readonly pid: number;
	readonly number: number;
	/** Undefined for a number that Linux does not have, or that is not watched by name. */
	readonly name: SyscallName | undefined;
	readonly args: readonly [bigint, bigint, bigint, bigint, bigint, bigint];
	readonly #listener: Listener;
	readonly #options: CallOptions;
	#facts: TaskFacts | undefined;
	#memory: UserMemory | undefined;
	#abort: AbortController | undefined;
	/** When the handler was told. */
	#interrupted: number | undefined;

	constructor({ id, pid, data }: Notification, arch: Architecture, listener: Listener, options: CallOptions) {
		this.id = id;
		this.pid = pid;
		this.number = data.nr;
		this.name = arch.name(data.nr);
		this.args = data.args as unknown as SupervisedCall['args'];
		this.#listener = listener;
		this.#options = options;
	}

	/** An argument that the call takes as an int: its low half, with a sign. */
	int(arg: 0 | 1 | 2 | 3 | 4 | 5): number {
		return Number(BigInt.asIntN(32, this.args[arg]));
	}

	get tgid(): number {
		return this.#caller.tgid;
	}

	get uid(): number {
		return this.#caller.uid[3];
	}

	get gid(): number {
		return this.#caller.gid[3];
	}

	get groups(): readonly number[] {
		return this.#caller.groups;
	}

	get umask(): number {
		return this.#caller.umask;
	}

	capable(cap: number): boolean {
		const caller = this.#caller;
		return ((caller.capEff >> BigInt(cap)) & 1n) === 1n || this.#options.mayAll?.(caller) === true;
	}

	/** True once `interrupt` was called. */
	get interrupted(): boolean {
		return this.#interrupted !== undefined;
	}

	/** For how long it has been interrupted, in milliseconds; 0 while it is not. */
	get interruptedFor(): number {
		return this.#interrupted === undefined ? 0 : performance.now() - this.#interrupted;
	}

	get signal(): AbortSignal {
		this.#abort ??= new AbortController();
		if (this.interrupted) this.#abort.abort(new Errno('EINTR'));
		return this.#abort.signal;
	}

	/** Read and written with EINTR once the caller does not wait any more: its thread number may be somebody else's. */
	get memory(): UserMemory {
		const memory = processMemory(this.#options.libc, this.pid);
		this.#memory ??= {
			read: (address, count) => {
				const bytes = memory.read(address, count);
				this.mustWait();
				return bytes;
			},
			write: (address, bytes) => {
				this.mustWait();
				memory.write(address, bytes);
			},
		};
		return this.#memory;
	}

	/** True while the caller waits for the answer. */
	get waits(): boolean {
		return this.#listener.isWaiting(this.id);
	}

	/** Throws EINTR where the caller does not wait any more. */
	mustWait(): void {
		if (!this.waits) throw new Errno('EINTR', 'the caller has gone');
	}

	/** Gives the caller a copy of a descriptor, and goes on. Throws as `Listener.addDescriptor`. */
	addDescriptor(fd: number, placement: Placement = {}): number {
		return this.#listener.addDescriptor(this.id, fd, placement);
	}

	/** Answers the call with a copy of a descriptor. Throws as `Listener.addDescriptor`, and the call is not answered then. */
	answerDescriptor(fd: number, placement: Placement = {}): Answered {
		return { descriptor: this.#listener.addDescriptor(this.id, fd, placement, true) };
	}

	/** Tells the handler that a signal has come, or that the caller has gone. */
	interrupt(): void {
		this.#interrupted ??= performance.now();
		this.#abort?.abort(new Errno('EINTR'));
	}

	get #caller(): TaskFacts {
		this.#facts ??= this.#options.tasks.find(this.pid);
		if (this.#facts === undefined) throw new Errno('EINTR', 'the caller has gone');
		return this.#facts;
	}
}
