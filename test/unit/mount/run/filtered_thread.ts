/**
 * filtered_thread - a thread under the filter, which makes the system calls that a test asks for.
 */

import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { isMainThread, parentPort, Worker } from 'node:worker_threads';
import { loadLibc } from '../../../../mount/libc.ts';
import { installFilter } from '../../../../mount/run/filter.ts';

/** A call: its number, at most three arguments, and how often it is made. */
interface Order {
	readonly number: number;
	readonly args: readonly (number | bigint)[];
	readonly times: number;
}

/** What the call returned, its errno, and how long all of them took, in milliseconds. */
export interface Outcome {
	readonly result: number;
	readonly errno: number;
	readonly time: number;
}

/** The thread, as the test sees it. */
export class FilteredThread {
	readonly #worker: Worker;
	/** Descriptor of the listener. */
	readonly listener: number;

	private constructor(worker: Worker, listener: number) {
		this.#worker = worker;
		this.listener = listener;
	}

	/** Starts one. `taken` as for installFilter. */
	static async start(taken: readonly number[] = []): Promise<FilteredThread> {
		const worker = new Worker(fileURLToPath(import.meta.url), { workerData: taken, execArgv: [] });
		const [listener] = await once(worker, 'message');
		return new FilteredThread(worker, listener);
	}

	/** Makes a call, `times` times. */
	async syscall(number: number, args: readonly (number | bigint)[] = [], times = 1): Promise<Outcome> {
		const order: Order = { number, args, times };
		const outcome = once(this.#worker, 'message');
		this.#worker.postMessage(order);
		return (await outcome)[0];
	}

	/** Ends the thread. */
	async end(): Promise<void> {
		await this.#worker.terminate();
	}
}

async function main(): Promise<void> {
	const libc = loadLibc();
	const { workerData } = await import('node:worker_threads');
	parentPort!.on('message', ({ number, args: [a = 0, b = 0, c = 0], times }: Order) => {
		const start = performance.now();
		let result = 0;
		for (let i = 0; i < times; i++) result = libc.syscall(number, Number(a), Number(b), c, 0, 0);
		const errno = libc.errno();
		parentPort!.postMessage({ result, errno, time: performance.now() - start } satisfies Outcome);
	});
	parentPort!.postMessage(installFilter(libc, workerData));
}

if (!isMainThread && parentPort !== null) await main();
