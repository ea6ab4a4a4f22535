/**
 * launch - starts a program inside a machine and stands for it outside: terminal, signals, exit status.
 *
 *   main thread   signals, the wait; sees the real /proc
 *   worker        zygote.ts: mount namespace of its own, parent of the program
 *
 * The program has our standard descriptors, process group and terminal, so that job control is between it and the shell. For
 * the same reason nothing here may touch process.stdin or process.stdout, which would make them non-blocking for all.
 */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:os';
import { isatty } from 'node:tty';
import { Worker } from 'node:worker_threads';
import { Errno, type ErrnoName, errno, isErrno } from '../../src/lib/errno.ts';
import { ownFile } from '../../src/lib/own_files.ts';
import { exitAtOnce, tellLastWords } from './exit.ts';
import type { Message, Program, Step, Surroundings } from './zygote.ts';

/** A step of a launch that failed. */
export class LaunchError extends Errno {
	readonly step: Step;

	constructor(step: Step, code: string, message: string) {
		super(code in errno ? (code as ErrnoName) : 'EIO', message);
		this.step = step;
	}
}

/** A launch under way, from which one program can be started. */
export class Launch {
	readonly #worker: Worker;
	readonly #waiting = new Map<Message['type'], (message: Message) => void>();
	readonly #rejects = new Set<(error: Error) => void>();

	/** Starts the thread that will be the program's parent; it takes a while, in which others can be done. */
	constructor() {
		// Without `stdout` and `stderr` the worker's own would be joined to ours, and ours opened for it.
		this.#worker = new Worker(ownFile('mount/run/zygote'), { stdout: true, stderr: true, execArgv: [] });
		this.#worker.on('message', (message: Message) => this.#receive(message));
		this.#worker.on('error', error => this.#fail(error));
	}

	/**
	 * Makes the mount namespace of the program to be, with all that is mounted now, and resolves with what /proc calls it.
	 * Rejects with LaunchError: EPERM without CAP_SYS_ADMIN.
	 */
	async unshare(): Promise<string> {
		const ready = this.#next('ready');
		this.#worker.postMessage('unshare');
		return (await ready).namespace;
	}

	/**
	 * Covers the trees and installs the filter, and resolves with the descriptor of its listener. Rejects with LaunchError.
	 */
	async prepare(surroundings: Surroundings): Promise<number | undefined> {
		const prepared = this.#next('prepared');
		this.#worker.postMessage(surroundings);
		return (await prepared).listener;
	}

	/**
	 * Starts the program, stands for it, and ends this process as it ends: with its status, or of the same signal. SIGTERM,
	 * SIGHUP, SIGUSR1 and SIGUSR2 are handed on to it; SIGINT and SIGQUIT of a terminal reach it without us. Rejects with
	 * LaunchError: of step `spawn` with ENOENT or EACCES for a command that cannot be run. What `flush` answers is waited for before the
	 * end, of a program that lingers or was killed.
	 */
	async run(program: Program, flush: Flush = nothing): Promise<never> {
		const started = this.#next('started');
		const ended = this.#next('ended');
		forwardSignals(started.then(({ pid }) => pid));
		this.#worker.postMessage(program);
		const [{ status, signal }] = await Promise.all([ended, started]);
		await flush();
		return endAs(status, signal);
	}

	#next<T extends Message['type']>(type: T): Promise<Extract<Message, { type: T }>> {
		return new Promise((resolve, reject) => {
			this.#rejects.add(reject);
			this.#waiting.set(type, message => resolve(message as Extract<Message, { type: T }>));
		});
	}

	#receive(message: Message): void {
		if (message.type === 'failed') this.#fail(new LaunchError(message.step, message.code, message.message));
		else this.#waiting.get(message.type)?.(message);
	}

	#fail(error: Error): void {
		for (const reject of this.#rejects) reject(error);
	}
}

/** Hands signals on to a program, from now on, even before it has started. */
function forwardSignals(started: Promise<number>): void {
	// What is refused: it never started, and whoever started it is told; or it has just ended, and we are about to be told.
	const ignore = () => {};
	started.catch(ignore);
	const forward = (signal: NodeJS.Signals) => {
		started.then(pid => process.kill(pid, signal)).catch(ignore);
	};
	for (const signal of ['SIGTERM', 'SIGHUP', 'SIGUSR1', 'SIGUSR2'] as const) process.on(signal, forward);
	const terminal = isatty(0) || isatty(1) || isatty(2);
	for (const signal of ['SIGINT', 'SIGQUIT'] as const) process.on(signal, terminal ? ignore : forward);
}

/**
 * Starts a program right here, with the mounts that we have: for a process that is inside a machine already, or a program that is
 * to see the host's files. Otherwise as `Launch.run`.
 */
export function runHere({ command, args, env, lastWords }: Program, flush?: Flush): Promise<never> {
	return standFor(spawn(command, args, { env, stdio: [0, 1, 2] }), {
		...(lastWords && { lastWords }),
		...(flush && { flush }),
	});
}

/**
 * Puts this thread under the filter, so that what is started from it is, and answers the descriptor of the listener; `machine` is
 * the process that will take it. Rejects with LaunchError of step `filter`.
 */
export async function filterHere(machine: number, taken: readonly number[]): Promise<number> {
	const [{ loadLibc }, { installFilter, permitTracer }] = await Promise.all([
		import('../libc.ts'),
		import('./filter.ts'),
	]);
	const libc = loadLibc();
	try {
		permitTracer(libc, machine);
		return installFilter(libc, taken);
	} catch (error) {
		throw isErrno(error) ? new LaunchError('filter', error.code, `${error}`.replace(/^.*?: /, '')) : error;
	}
}

/** Waited for when a program has ended, before this process does. */
type Flush = () => Promise<unknown>;

const nothing: Flush = async () => {};

/** What else is done about a child. */
interface Standing {
	/** The child becomes the program when it has resolved. Absent: at once. */
	readonly begun?: Promise<void>;
	/** As of Program. */
	readonly lastWords?: string;
	readonly flush?: Flush;
}

/**
 * Stands for a child that was just spawned: hands signals on to it, and ends this process as it ends, but not before `begun` has
 * settled. Says then what is in the file `lastWords`. Rejects with LaunchError of step `spawn` where it could not be started, and
 * with what `begun` rejects with.
 */
export async function standFor(child: ChildProcess, { begun, lastWords, flush = nothing }: Standing): Promise<never> {
	const exited = once(child, 'exit').catch(error => {
		throw new LaunchError('spawn', isErrno(error) ? error.code : 'EIO', String(error));
	});
	forwardSignals(once(child, 'spawn').then(() => child.pid!));
	const [[status, signal]] = await Promise.all([exited, begun]);
	if (lastWords !== undefined) tellLastWords(lastWords);
	await flush();
	return endAs(status, signal);
}

/** Ends this process as a program has ended. */
async function endAs(status: number | null, signal: NodeJS.Signals | null): Promise<never> {
	if (signal !== null) return dieOf(signal);
	const { loadLibc } = await import('../libc.ts');
	return exitAtOnce(loadLibc(), status!);
}

/** Ends this process by a signal, unless that is ignored. */
function dieOf(signal: NodeJS.Signals): never {
	process.removeAllListeners(signal);
	process.kill(process.pid, signal);
	process.exit(128 + constants.signals[signal]);
}
