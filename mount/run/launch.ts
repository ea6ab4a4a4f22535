/**
 * launch - starts a program inside a machine and stands for it outside: terminal, signals, exit status.
 *
 *   main thread   signals, the wait; sees the real /proc
 *   worker        zygote.ts: mount namespace of its own, parent of the program
 *
 * The program has our standard descriptors, process group and terminal, so that job control is between it and the shell. For
 * the same reason nothing here may touch process.stdin or process.stdout, which would make them non-blocking for all.
 */

import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { isatty } from 'node:tty';
import { Worker } from 'node:worker_threads';
import { Errno, type ErrnoName, errno, isErrno } from '../../src/lib/errno.ts';
import type { Ended, Message, Program, Step } from './zygote.ts';

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

	/** Starts the thread that will be the program's parent. */
	constructor() {
		// Without `stdout` and `stderr` the worker's own would be joined to ours, and ours opened for it.
		this.#worker = new Worker(new URL('./zygote.js', import.meta.url), { stdout: true, stderr: true, execArgv: [] });
		this.#worker.on('message', (message: Message) => this.#receive(message));
		this.#worker.on('error', error => this.#fail(error));
	}

	/** What /proc calls the mount namespace of the program to be. Rejects with LaunchError, EPERM for others than root. */
	async namespace(): Promise<string> {
		const { namespace } = await this.#next('ready');
		return namespace;
	}

	/**
	 * Starts the program and waits for its end. SIGTERM, SIGHUP, SIGUSR1 and SIGUSR2 are handed on to it; SIGINT and SIGQUIT of
	 * a terminal reach it without us. Rejects with LaunchError: of step `spawn` with ENOENT or EACCES for a command that
	 * cannot be run.
	 */
	async run(program: Program): Promise<Ended> {
		const started = this.#next('started').then(({ pid }) => forwardSignals(pid));
		const ended = this.#next('ended');
		this.#worker.postMessage(program);
		const [{ status, signal }] = await Promise.all([ended, started]);
		return { status, signal };
	}

	/** Ends the thread; a program that runs is not touched. */
	async close(): Promise<void> {
		await this.#worker.terminate();
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

function forwardSignals(pid: number): void {
	const forward = (signal: NodeJS.Signals) => {
		try {
			process.kill(pid, signal);
		} catch {
			// It has just ended, and we are about to be told.
		}
	};
	for (const signal of ['SIGTERM', 'SIGHUP', 'SIGUSR1', 'SIGUSR2'] as const) process.on(signal, forward);
	const terminal = isatty(0) || isatty(1) || isatty(2);
	for (const signal of ['SIGINT', 'SIGQUIT'] as const) process.on(signal, terminal ? () => {} : forward);
}

/**
 * Starts a program right here, with the mounts that we have, and waits for its end: for a process that is inside a machine
 * already. Signals and errors as of `Launch.run`.
 */
export function runHere(command: string, args: readonly string[]): Promise<Ended> {
	return new Promise((resolve, reject) => {
		const child = spawn(command, args, { stdio: [0, 1, 2] });
		child.once('error', error => reject(new LaunchError('spawn', isErrno(error) ? error.code : 'EIO', error.message)));
		child.once('exit', (status, signal) => resolve({ status, signal }));
		if (child.pid !== undefined) forwardSignals(child.pid);
	});
}

/** Ends this process as the program ended: with its status, or of the same signal. */
export function endLike({ status, signal }: Ended): never {
	if (signal !== null) {
		process.removeAllListeners(signal);
		process.kill(process.pid, signal);
	}
	process.exit(status ?? 128 + constants.signals[signal!]);
}
