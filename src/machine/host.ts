/**
 * host - what a running machine's kernel gets from the outside: this process, this computer.
 */

import { randomFillSync } from 'node:crypto';
import { availableParallelism } from 'node:os';
import type { Hardware, Host, HostClock } from '../boundary/host.ts';
import { FileLoader } from './loader.ts';
import { hostTasks, type Insiders } from './tasks.ts';

/** What may be set when a host is made. */
export interface HostOptions {
	/** Absent members: as many processors as this computer offers, 1 GiB of memory, "ring3 virtual CPU". */
	readonly hardware?: Partial<Hardware>;
	/** Gets each record of the kernel log. Absent: nobody does. */
	readonly console?: (line: string) => void;
	/** Which programs are inside the machine. Absent: none. */
	readonly insiders?: Insiders;
}

/** The real host. */
export function nodeHost({ hardware = {}, console = () => {}, insiders = nobody }: HostOptions = {}): Host {
	return {
		clock: realClock(),
		tasks: hostTasks(insiders),
		modules: new FileLoader(),
		random: bytes => void randomFillSync(bytes),
		console,
		hardware: { cpus: availableParallelism(), memory: 2 ** 30, cpuModel: 'ring3 virtual CPU', ...hardware },
	};
}

const nobody: Insiders = { has: () => false, size: 0 };

const nsPerMs = 1e6;

/** Bound: the longest delay that Node's timers take, in milliseconds; longer ones are waited for in parts. */
const maxDelay = 2 ** 31 - 1;

/** The clock of this computer. CLOCK_REALTIME comes in milliseconds, finer than the tick that stamps files on Linux. */
function realClock(): HostClock {
	const start = process.hrtime.bigint();
	return {
		realtime: () => BigInt(Date.now()) * 1_000_000n,
		monotonic: () => Number(process.hrtime.bigint() - start),
		setTimer(delay, fire) {
			let timer: NodeJS.Timeout;
			const arm = (left: number) => {
				const part = Math.min(left, maxDelay);
				timer = setTimeout(() => (left > part ? arm(left - part) : fire()), part).unref();
			};
			arm(Math.max(0, Math.ceil(delay / nsPerMs)));
			return () => clearTimeout(timer);
		},
	};
}
