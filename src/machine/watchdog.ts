/**
 * watchdog - kills the process of a machine that is stuck, so that nobody waits for it for ever.
 *
 *   the main thread        counts, in memory that both see, as long as it gets to its timers
 *   watchdog_thread.ts     looks whether it does
 *
 * A handler that loops for ever stops the main thread, and with it every program that uses the machine; only the end of the
 * process sets them free. What it leaves is cleared away by reaper.ts. A process that is stopped, by SIGSTOP or a debugger, stops
 * the watchdog along with it, and one with an open inspector may stand at a breakpoint for as long as it likes.
 */

import { url as inspectorUrl } from 'node:inspector';
import { Worker } from 'node:worker_threads';
import { ownFile } from '../lib/own_files.ts';
import { beat, debugged, looks, type WatchdogData } from './watchdog_thread.ts';

/** What it watches. */
export interface WatchdogOptions {
	/** How long the main thread may be stuck, in seconds. */
	readonly limit: number;
	readonly name: string;
	/** Gets a line when the machine is killed (obituary.ts). */
	readonly obituary: string;
}

/** Bound: megabytes that the watching thread may take; it needs four. */
const resourceLimits = { maxOldGenerationSizeMb: 32, maxYoungGenerationSizeMb: 2 };

/** Watches this thread from the first call of `begin` on, until `end`. */
export class Watchdog {
	readonly #options: WatchdogOptions;
	#timer: NodeJS.Timeout | undefined;
	#thread: Worker | undefined;

	constructor(options: WatchdogOptions) {
		this.#options = options;
	}

	/** Safe to call again. The thread takes fifty milliseconds of a processor to come up. */
	begin(): void {
		if (this.#thread !== undefined) return;
		const { limit, ...options } = this.#options;
		const counters = new Int32Array(new SharedArrayBuffer(8));
		const interval = (limit * 1000) / looks;
		const count = () => {
			Atomics.store(counters, debugged, inspectorUrl() === undefined ? 0 : 1);
			Atomics.add(counters, beat, 1);
		};
		this.#timer = setInterval(count, interval / 2).unref();
		const workerData: WatchdogData = { ...options, counters, interval, limit };
		// Without `stdout` and `stderr` the worker's own would be joined to ours.
		const settings = { workerData, resourceLimits, stdout: true, stderr: true, execArgv: [] };
		this.#thread = new Worker(ownFile('src/machine/watchdog_thread'), settings);
		this.#thread.unref();
	}

	end(): void {
		clearInterval(this.#timer);
		void this.#thread?.terminate();
	}
}
