/**
 * serve - a machine as the whole purpose of this process.
 *
 * However the process ends, the machine is undone first: by signal, by an exception that nobody caught, or because something
 * called process.exit. After SIGKILL another process does it (reaper.ts), and one that is stuck is killed (watchdog.ts).
 */

import { url as inspectorUrl } from 'node:inspector';
import { type Libc, loadLibc } from '../../mount/libc.ts';
import { exitAtOnce } from '../../mount/run/exit.ts';
import { keepCode } from './code_cache.ts';
import { Daemon, type MachineOptions, type Output } from './daemon.ts';
import { obituaryPath, removeObituary } from './obituary.ts';
import { startReaper } from './reaper.ts';
import { RuntimeDir } from './runtime_dir.ts';
import type { MachineStatus } from './status.ts';
import { tell } from './tell.ts';
import { Watchdog } from './watchdog.ts';

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

/**
 * When the machine is watched at the latest, in milliseconds after it can be read: until then it runs nothing but what is here, and
 * whoever waits for it wants the processor.
 */
const unwatched = 1000;

/** What stands by for the process of a machine. */
interface Guards {
	/** From now on the process is killed when it is stuck. */
	watch(): void;
	dismiss(): void;
}

/** Has cleared away what the process leaves, and watches it when it is told to. */
function guard(libc: Libc, name: string, limit: number): Guards {
	const { path } = RuntimeDir.open();
	const obituary = obituaryPath(path, name);
	removeObituary(obituary);
	const dismissReaper = startReaper(libc, name, path);
	const watchdog = limit === 0 ? undefined : new Watchdog({ limit, name, obituary });
	return {
		watch: () => watchdog?.begin(),
		dismiss() {
			watchdog?.end();
			dismissReaper();
		},
	};
}

/**
 * Runs a machine until it ends, and resolves with the exit status for this process: 0, or 1 after an exception that nobody
 * caught. Rejects when the machine does not start, everything undone.
 */
export async function serve(options: MachineOptions, service: Service): Promise<number> {
	const libc = loadLibc();
	const daemon = new Daemon(options, { ...service, beforeModule: () => guards.watch() });
	const stop = () => daemon.stop();
	let status = 0;
	for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stop);
	service.until?.addEventListener('abort', stop, { once: true });
	const guards = guard(libc, daemon.status.name, options.watchdog ?? defaultLimit);
	process.on('exit', code => {
		stop();
		guards.dismiss();
		// Node would wait for a debugger to go away.
		if (inspectorUrl() !== undefined) exitAtOnce(libc, code);
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
	setTimeout(guards.watch, unwatched).unref();
	setTimeout(keepCode, settling).unref();
	await daemon.ended;
	keepCode();
	return status;
}
