/**
 * launch - puts this thread inside a machine, starts a program from there, and stands for it outside: terminal, signals, exit status.
 *
 *   enterNamespace   a mount namespace of its own, with all that is mounted now, and a connection for /dev
 *   coverTrees       the machine's trees over the real ones, once the machine knows of the namespace and serves /dev
 *   filterHere       system calls that the machine answers, once it has taken the listener over
 *   runHere          the program
 *
 * Namespace and filter belong to threads: the others of this process keep the host's. This one sees what the program sees from then
 * on, and has nothing to do but wait.
 *
 * The program has our standard descriptors, process group and terminal, so that job control is between it and the shell. For
 * the same reason nothing here may touch process.stdin or process.stdout, which would make them non-blocking for all.
 */

import { constants } from 'node:os';
import { isatty } from 'node:tty';
import { Errno, type ErrnoName, errno, isErrno } from '../../src/lib/errno.ts';
import { loadLibc, PR } from '../libc.ts';
import type { Unserved } from '../mounting.ts';
import type { Mark } from '../mountpoint.ts';
import { type Exit, posixSpawn, whenExited } from '../posix_spawn.ts';
import { locate } from './command.ts';
import { exitAtOnce, tellLastWords } from './exit.ts';
import { installFilter, permitTracer } from './filter.ts';
import * as namespace from './namespace.ts';

/** What may fail: making the namespace, covering the trees, the filter, starting the program. */
export type Step = 'unshare' | 'cover' | 'filter' | 'spawn';

/** A step of a launch that failed. */
export class LaunchError extends Errno {
	readonly step: Step;

	constructor(step: Step, code: string, message: string) {
		super(code in errno ? (code as ErrnoName) : 'EIO', message);
		this.step = step;
	}
}

/** What is to be started. */
export interface Program {
	readonly command: string;
	readonly args: readonly string[];
	readonly env: NodeJS.ProcessEnv;
	/** A file that says why the machine has died, if it has when the program ends; its text goes to the standard error. */
	readonly lastWords?: string;
}

/** What a program will find. */
export interface Surroundings {
	/** Where the machine is mounted. */
	readonly dir: string;
	/** What marks the connection for /dev. Absent: there is none, and /dev stays the host's. */
	readonly dev?: Mark | undefined;
	/** Names in the host's /dev that stay the host's, if there is a connection. */
	readonly lent: readonly string[];
}

/** A mount namespace that was made for a program. */
export interface Entered {
	/** What /proc calls it. */
	readonly namespace: string;
	/** A process in it. */
	readonly pid: number;
	/** The connection for /dev, whose descriptor that process has. */
	readonly dev: Unserved | undefined;
}

/**
 * Gives this thread a mount namespace, and a connection for /dev, whose descriptor is the caller's to close once it was handed over.
 * Throws LaunchError: EPERM without CAP_SYS_ADMIN.
 */
export function enterNamespace({ dir, dev }: Surroundings): Entered {
	return attempt('unshare', () => {
		const libc = loadLibc();
		const entered = namespace.unsharePrivate(libc);
		return { namespace: entered, pid: process.pid, dev: dev && namespace.mountDev(libc, dir, dev) };
	});
}

/** Puts the trees of the machine over the real ones, for this thread. Throws LaunchError. */
export function coverTrees({ dir, dev, lent }: Surroundings): void {
	attempt('cover', () => namespace.coverTrees(loadLibc(), dir, dev && lent));
}

/**
 * Puts this thread under the filter, so that what is started from it is, and answers the descriptor of the listener; `machine` is
 * the process that will take it over, `taken` as for installFilter. Throws LaunchError of step `filter`.
 */
export function filterHere(machine: number, taken: readonly number[]): number {
	const libc = loadLibc();
	return attempt('filter', () => {
		permitTracer(libc, machine);
		return installFilter(libc, taken);
	});
}

function attempt<T>(step: Step, action: () => T): T {
	try {
		return action();
	} catch (error) {
		if (!isErrno(error)) throw error;
		const { code, message } = error as Errno;
		throw new LaunchError(step, code, message.replace(`${code}: `, ''));
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

/** A child that is the program, or becomes it. */
export interface Child {
	/** Resolves with its process id when it can be sent signals. Rejects where it could not be started, as `exited` does. */
	readonly started: Promise<number>;
	/** Resolves with how it has ended. Rejects with LaunchError of step `spawn`. */
	readonly exited: Promise<Exit>;
}

/**
 * Starts the program from this thread, with its mounts and its filter, and stands for it: ends this process as it ends, with its
 * status, or of the same signal. SIGTERM, SIGHUP, SIGUSR1 and SIGUSR2 are handed on to it; SIGINT and SIGQUIT of a terminal reach it
 * without us. Rejects with LaunchError: of step `spawn` with ENOENT or EACCES for a command that cannot be run. What `flush` answers
 * is waited for before the end.
 */
export function runHere(program: Program, flush?: Flush): Promise<never> {
	const { lastWords } = program;
	return standFor(() => startHere(program), { ...(lastWords && { lastWords }), ...(flush && { flush }) });
}

function startHere({ command, args, env }: Program): Child {
	const located = locate(command, env.PATH);
	if ('code' in located) throw new LaunchError('spawn', located.code, command);
	const libc = loadLibc();
	const argv = [command, ...args];
	const pid = attempt('spawn', () => posixSpawn(libc, { path: located.path, argv, env, stdio: [0, 1, 2] }));
	return { started: Promise.resolve(pid), exited: whenExited(libc, pid) };
}

/**
 * Starts a child and stands for it, as `runHere`, but does not end before `begun` has settled. Says then what is in the file
 * `lastWords`. Rejects with what `start` throws, and with what the child and `begun` reject with.
 */
export async function standFor(start: () => Child, { begun, lastWords, flush = nothing }: Standing): Promise<never> {
	// Who begins to run may be sent a signal at once, through us.
	const forwardTo = forwardSignals();
	const child = start();
	forwardTo(child.started);
	const [[status, signal]] = await Promise.all([child.exited, begun]);
	if (lastWords !== undefined) tellLastWords(lastWords);
	await flush();
	return endAs(status, signal);
}

/** Takes signals from now on, and hands them on to the program that is told in the same turn, even before it has started. */
function forwardSignals(): (started: Promise<number>) => void {
	// What is refused: it never started, and whoever started it is told; or it has just ended, and we are about to be told.
	const ignore = () => {};
	let program: Promise<number>;
	const forward = (signal: NodeJS.Signals) => {
		program.then(pid => process.kill(pid, signal)).catch(ignore);
	};
	for (const signal of ['SIGTERM', 'SIGHUP', 'SIGUSR1', 'SIGUSR2'] as const) process.on(signal, forward);
	const terminal = isatty(0) || isatty(1) || isatty(2);
	for (const signal of ['SIGINT', 'SIGQUIT'] as const) process.on(signal, terminal ? ignore : forward);
	return started => {
		started.catch(ignore);
		program = started;
	};
}

/** Ends this process as a program has ended. */
function endAs(status: number | null, signal: NodeJS.Signals | null): never {
	const libc = loadLibc();
	if (signal === null) return exitAtOnce(libc, status!);
	// One core file is enough.
	libc.prctl(PR.SET_DUMPABLE, 0, 0, 0, 0);
	return dieOf(signal);
}

/** Ends this process by a signal, unless that is ignored. */
function dieOf(signal: NodeJS.Signals): never {
	process.removeAllListeners(signal);
	process.kill(process.pid, signal);
	process.exit(128 + constants.signals[signal]);
}
