/**
 * serve - a machine as the whole purpose of this process.
 *
 * However the process ends, short of SIGKILL, the machine is undone first: by signal, by an exception that nobody caught, or
 * because something called process.exit.
 */

import { Daemon, type MachineOptions, type Output } from './daemon.ts';
import type { MachineStatus } from './status.ts';

/** What a machine's process is told, and tells. */
export interface Service extends Output {
	/** Called once, when the tree can be read. */
	onReady(machine: MachineStatus): void;
	/** Aborted when the machine is to end. Absent: signals alone decide. */
	readonly until?: AbortSignal;
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
	process.on('exit', stop);
	process.on('unhandledRejection', error => daemon.kernel.vfs.oops(error, 'unhandled rejection'));
	process.on('uncaughtException', error => {
		status = 1;
		daemon.kernel.vfs.oops(error, 'uncaught exception');
		process.stderr.write(`ring3: uncaught exception: ${error.stack}\n`);
		stop();
	});
	await daemon.start();
	service.onReady(daemon.status);
	await daemon.ended;
	return status;
}
