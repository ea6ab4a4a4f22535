/**
 * zygote - the thread that a program inside a machine is started from.
 *
 * It runs as a worker: its mount namespace is the program's, while the main thread goes on seeing the real /proc. It speaks
 * with launch.ts in messages:
 *
 *   -> unshare            make a mount namespace; the machine must be mounted before, to be in it
 *   <- ready
 *   -> Surroundings       cover the trees, and put this thread under the filter
 *   <- prepared           with the listener, which is to be closed here when the machine has a copy
 *   -> Program            start this
 *   <- started            or failed, after any step
 *   <- ended              the program died of a signal, or lingers; else, when it exits, the whole process does so here and now
 */

import { spawn } from 'node:child_process';
import { parentPort } from 'node:worker_threads';
import { isErrno } from '../../src/lib/errno.ts';
import { type Libc, loadLibc, PR } from '../libc.ts';
import { exitAtOnce, tellLastWords } from './exit.ts';
import { installFilter } from './filter.ts';
import { coverTrees, unsharePrivate } from './namespace.ts';

/** What the program will find. */
export interface Surroundings {
	/** Where the machine is mounted that it will see. */
	readonly dir: string;
	/** As for installFilter. Absent: no filter. */
	readonly filter?: { readonly taken: readonly number[] };
}

/** What is to be started. */
export interface Program {
	readonly command: string;
	readonly args: readonly string[];
	readonly env: NodeJS.ProcessEnv;
	/** A file that says why the machine has died, if it has when the program ends; its text goes to the standard error. */
	readonly lastWords?: string;
	/** The process does not end with the program by itself. Absent: it does. */
	readonly lingers?: boolean;
}

/** What the zygote tells. */
export type Message =
	| { readonly type: 'ready'; readonly namespace: string }
	| { readonly type: 'prepared'; readonly listener: number | undefined }
	| { readonly type: 'started'; readonly pid: number }
	| { readonly type: 'ended'; readonly status: number | null; readonly signal: NodeJS.Signals | null }
	| { readonly type: 'failed'; readonly step: Step; readonly code: string; readonly message: string };

/** What may fail: making the namespace, covering the trees, the filter, starting the program. */
export type Step = 'unshare' | 'cover' | 'filter' | 'spawn';

if (parentPort !== null) main(message => parentPort!.postMessage(message));

function main(post: (message: Message) => void): void {
	const libc = loadLibc();
	parentPort!.on('message', (order: 'unshare' | Surroundings | Program) => {
		if (order === 'unshare') attempt('unshare', post, () => post({ type: 'ready', namespace: unsharePrivate(libc) }));
		else if ('dir' in order) prepare(libc, order, post);
		else start(libc, order, post);
	});
}

function prepare(libc: Libc, { dir, filter }: Surroundings, post: (message: Message) => void): void {
	const covered = attempt('cover', post, () => coverTrees(libc, dir));
	if (!covered) return;
	attempt('filter', post, () => {
		const listener = filter && installFilter(libc, filter.taken);
		post({ type: 'prepared', listener });
	});
}

function attempt(step: Step, post: (message: Message) => void, action: () => void): boolean {
	try {
		action();
		return true;
	} catch (error) {
		post(failure(step, error));
		return false;
	}
}

function start(
	libc: Libc,
	{ command, args, env, lastWords, lingers }: Program,
	post: (message: Message) => void,
): void {
	const child = spawn(command, args, { env, stdio: [0, 1, 2] });
	if (child.pid !== undefined) post({ type: 'started', pid: child.pid });
	child.once('error', error => post(failure('spawn', error)));
	child.once('exit', (status, signal) => {
		if (lastWords !== undefined) tellLastWords(lastWords);
		if (signal === null && !lingers) exitAtOnce(libc, status!);
		// The main thread dies of the signal that the program died of; one core file is enough.
		if (signal !== null) libc.prctl(PR.SET_DUMPABLE, 0, 0, 0, 0);
		post({ type: 'ended', status, signal });
	});
}

function failure(step: Step, error: unknown): Message {
	const message = error instanceof Error ? error.message : String(error);
	if (!isErrno(error)) return { type: 'failed', step, code: 'EIO', message };
	return { type: 'failed', step, code: error.code, message: message.replace(`${error.code}: `, '') };
}
