/**
 * serve - a machine as the whole purpose of this process.
 *
 * However the process ends, the machine is undone first: by signal, by an exception that nobody caught, or because something
 * called process.exit. After SIGKILL another process does it (reaper.ts), and one that is stuck is killed (watchdog.ts).
 */

import { url as inspectorUrl } from 'node:inspector';
import { loadLibc } from '../../mount/libc.ts';
import { exitAtOnce } from '../../mount/run/exit.ts';
import { keepCode } from './code_cache.ts';
import { Daemon, type MachineOptions, type Output } from './daemon.ts';
import { obituaryPath, removeObituary } from './obituary.ts';
import { startReaper } from './reaper.ts';
import { RuntimeDir } from './runtime_dir.ts';
import type { MachineStatus } from './status.ts';
import { tell } from './tell.ts';
import { startWatchdog } from './watchdog.ts';

/** What a machine's process is told, and tells. */
export interface Service extends Output {
	/** Called once, when the tree can be read. */
	onReady(machine: MachineStatus): void;
	/** Aborted when the machine is to end. Absent: signals alone decide. */
	readonly until?: AbortSignal;
}

/** Bound: how long a machine may be stuck, in seconds. */
const defaultLimit = 10;

/**
 * When the code of a machine that goes on is kept, in milliseconds: when a first program may have run in it, and before V8 forgets what
 * has run only at the start.
 */
const settling = 10_000;

/** Has the process watched, and what it leaves cleared away, until the returned function is called. */
function watch(name: string, limit: number): () => void {
	const { path } = RuntimeDir.open();
	const obituary = obituaryPath(path, name);
	removeObituary(obituary);
	const dismiss = startReaper(name, path);
	if (limit === 0) return dismiss;
	const unwatch = startWatchdog({ limit, name, obituary });
	return () => {
		unwatch();
		dismiss();
	};
}

/**
 * Runs a machine until it ends, and resolves with the exit status for this process: 0, or 1 after an exception that nobody
 * caught. Rejects when the machine does not start, everything undone.
 */
export async function serve(options: MachineOptions, service: Service): Promise<number> {
	const daemon = new Daemon(options, service);
	const stop = () => daemon.stop();
	let status = 0;
	for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stop);
	service.until?.addEventListener('abort', stop, { once: true });
	const unwatch = watch(daemon.status.name, options.watchdog ?? defaultLimit);
	process.on('exit', code => {
		stop();
		unwatch();
		// Node would wait for a debugger to go away.
		if (inspectorUrl() !== undefined) exitAtOnce(loadLibc(), code);
	});
	process.on('unhandledRejection', error => daemon.kernel.vfs.oops(error, 'unhandled rejection'));
	process.on('uncaughtException', error => {
		status = 1;
		daemon.kernel.vfs.oops(error, 'uncaught exception');
		tell(`uncaught exception: ${error.stack}`);
		stop();
	});
	await daemon.start();
	service.onReady(daemon.status);
	setTimeout(keepCode, settling).unref();
	await daemon.ended;
	keepCode();
	return status;
}
