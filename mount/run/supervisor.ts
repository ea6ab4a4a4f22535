/**
 * supervisor - answers the system calls of programs that are under a filter.
 *
 *     listener readable -> the notifications that are there, one after another -> handler -> answer
 *
 * A handler answers at once, throws an Errno, or promises an answer. Every notification is answered exactly once, whatever a
 * handler does: one that is forgotten leaves its caller in a sleep that only SIGKILL ends. While calls sleep it is looked now and
 * then whether a signal has come for their callers; the handler is then told by its context's `signal`, and the host starts the
 * call again, or not, as the signal's handler wants it. For a handler that goes on sleeping all the same, the call is answered here,
 * and what it answers later is dropped.
 */

import { readFileSync } from 'node:fs';
import { type Awaitable, isPromise } from '../../src/lib/awaitable.ts';
import { ERESTARTSYS, Errno, errno, isErrno } from '../../src/lib/errno.ts';
import { type Watch, watchReadable } from '../watch.ts';
import { Listener, type Verdict } from './listener.ts';
import { ownArchitecture } from './numbers.ts';
import { type Answer, type CallOptions, type Handler, SupervisedCall } from './supervised_call.ts';

/** Bound: calls that are answered before the rest of the process gets a turn. */
const BATCH = 64;
/** Bound: how often it is looked whether a signal has come for a caller that sleeps, in milliseconds. */
const LOOK_INTERVAL = 20;
/** Bound: how long a handler may go on when a signal has come, in milliseconds: some cannot stop in the middle. */
const GRACE = 10_000;

/** Where lines go that tell what happens; none are made while nobody listens. */
export interface Trace {
	readonly active: boolean;
	send(line: string): void;
}

/** What a supervisor is told. */
export interface SupervisorOptions extends CallOptions {
	/** The listener's descriptor, which is the supervisor's from now on. */
	readonly listener: number;
	readonly handle: Handler;
	/** Told of what a handler threw that is no Errno; the caller gets EIO. */
	oops(error: unknown, where: string): void;
	/** Gets a line for each call and its answer. Absent: nobody does. */
	readonly trace?: Trace;
	/** Called once nobody is under the filter any more. */
	ended(): void;
	/** How long a handler may go on when a signal has come, in milliseconds. Absent: 10,000. */
	readonly grace?: number;
}

/** How many calls there were: those that came are those that were answered, or whose callers went, and those that wait. */
export interface CallCounts {
	readonly received: number;
	readonly answered: number;
	readonly waiting: number;
}

/** Supervises all that is under one filter. */
export class Supervisor {
	readonly #options: SupervisorOptions;
	readonly #arch = ownArchitecture();
	readonly #listener: Listener;
	readonly #sleeping = new Set<SupervisedCall>();
	#watch: Watch | undefined;
	#look: NodeJS.Timeout | undefined;
	#received = 0;
	#answered = 0;

	/** Begins to answer, from the next turn of the event loop on. */
	constructor(options: SupervisorOptions) {
		this.#options = options;
		this.#listener = new Listener(options.libc, options.listener);
		this.#watch = watchReadable(options.listener, () => this.#turn());
	}

	get counts(): CallCounts {
		return { received: this.#received, answered: this.#answered, waiting: this.#sleeping.size };
	}

	/** Ends it: whoever waits, and whoever calls from now on, gets ENOSYS. Safe to call again. */
	close(): void {
		if (this.#watch === undefined) return;
		this.#watch.close();
		this.#watch = undefined;
		this.#listener.close();
		for (const call of this.#sleeping) {
			call.interrupt();
			this.#wake(call);
			this.#count(call, { error: -errno.ENOSYS });
		}
	}

	#turn(): void {
		for (let served = 0; served < BATCH && this.#watch !== undefined; served++) {
			const notification = this.#listener.receive();
			if (notification === 'none') return;
			if (notification === 'ended') {
				this.close();
				this.#options.ended();
				return;
			}
			this.#received++;
			this.#serve(new SupervisedCall(notification, this.#arch, this.#listener, this.#options));
		}
	}

	#serve(call: SupervisedCall): void {
		let answer: Awaitable<Answer>;
		try {
			answer = this.#options.handle(call);
		} catch (error) {
			this.#refuse(call, error);
			return;
		}
		if (!isPromise(answer)) {
			this.#answer(call, answer);
			return;
		}
		this.#sleep(call);
		void answer.then(
			value => this.#wake(call) && this.#answer(call, value),
			error => this.#wake(call) && this.#refuse(call, error),
		);
	}

	#sleep(call: SupervisedCall): void {
		this.#sleeping.add(call);
		this.#look ??= setInterval(() => this.#lookForSignals(), LOOK_INTERVAL).unref();
	}

	/** False for a call that was answered already, because its handler did not. */
	#wake(call: SupervisedCall): boolean {
		const asleep = this.#sleeping.delete(call);
		if (this.#sleeping.size === 0) {
			clearInterval(this.#look);
			this.#look = undefined;
		}
		return asleep;
	}

	#lookForSignals(): void {
		const { grace = GRACE } = this.#options;
		for (const call of this.#sleeping) {
			if (call.interruptedFor > grace) this.#giveUp(call);
			else if (!call.interrupted && (!call.waits || hasSignal(call.pid))) call.interrupt();
		}
	}

	#giveUp(call: SupervisedCall): void {
		this.#wake(call);
		if (call.waits) this.#options.oops(new Error('the handler sleeps on, though a signal has come'), titleOf(call));
		this.#send(call, { error: -errno.EINTR });
	}

	#answer(call: SupervisedCall, answer: Answer): void {
		if (typeof answer === 'object') this.#count(call, { value: BigInt(answer.descriptor) });
		else if (answer === 'host') this.#send(call, answer);
		else if (Number.isSafeInteger(answer)) this.#send(call, { value: BigInt(answer) });
		else this.#refuse(call, new TypeError(`the handler answers ${answer}, which is no number`));
	}

	#refuse(call: SupervisedCall, error: unknown): void {
		if (!isErrno(error)) this.#options.oops(error, titleOf(call));
		const number = isErrno(error) ? error.errno : -errno.EIO;
		const restart = call.interrupted && number === -errno.EINTR;
		this.#send(call, { error: restart ? -ERESTARTSYS : number });
	}

	#send(call: SupervisedCall, verdict: Verdict): void {
		if (this.#watch !== undefined) this.#listener.answer(call.id, verdict);
		this.#count(call, verdict);
	}

	#count(call: SupervisedCall, verdict: Verdict): void {
		this.#answered++;
		const { trace } = this.#options;
		if (trace?.active) trace.send(traceLine(call, verdict));
	}
}

function titleOf({ name, number }: SupervisedCall): string {
	return `system call ${name ?? number}`;
}

/** True where a signal waits for a thread that it neither blocks nor ignores. */
function hasSignal(pid: number): boolean {
	const status = readStatus(pid);
	const mask = (key: string) => BigInt(`0x${new RegExp(`^${key}:\\t([0-9a-f]+)$`, 'm').exec(status)?.[1] ?? '0'}`);
	return ((mask('SigPnd') | mask('ShdPnd')) & ~mask('SigBlk') & ~mask('SigIgn')) !== 0n;
}

function readStatus(pid: number): string {
	try {
		return readFileSync(`/proc/${pid}/status`, 'latin1');
	} catch (error) {
		if (isErrno(error)) return '';
		throw error;
	}
}

/** `syscall 4711 uname(0x7ffd...) = 0` */
function traceLine({ pid, name, number, args }: SupervisedCall, verdict: Verdict): string {
	const words = args.map(arg => (arg < 0x10000n ? `${arg}` : `0x${arg.toString(16)}`));
	return `syscall ${pid} ${name ?? number}(${words.join(', ')}) = ${verdictText(verdict)}`;
}

function verdictText(verdict: Verdict): string {
	if (verdict === 'host') return 'host';
	if ('value' in verdict) return `${verdict.value}`;
	return verdict.error === -ERESTARTSYS ? 'ERESTARTSYS' : `-1 ${Errno.of(verdict.error).code}`;
}
