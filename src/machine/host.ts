/**
 * host - what a running machine's kernel gets from the outside: this process, this computer.
 */

import { availableParallelism, uptime } from 'node:os';
import { type Ids, sameIds } from '../../mount/fuse/ids.ts';
import type { Hardware, Host, HostClock } from '../boundary/host.ts';
import { FileLoader } from './loader.ts';
import { toSource } from './source_maps.ts';
import { hostTasks, type Insiders } from './tasks.ts';

/** What may be set when a host is made. */
export interface HostOptions {
	/** Absent members: as many processors as this computer offers, 1 GiB of memory, "ring3 virtual CPU". */
	readonly hardware?: Partial<Hardware>;
	/** Gets each record of the kernel log. Absent: nobody does. */
	readonly console?: (line: string) => void;
	/** Called when the kernel switches the machine off. Absent: nothing happens. */
	readonly halt?: () => void;
	/** Called before the code of a module is run. Absent: nothing happens. */
	readonly beforeModule?: () => void;
	/** Which programs are inside the machine. Absent: none. */
	readonly insiders?: Insiders;
	/** Who the users of the host are to the machine. Absent: the same. */
	readonly ids?: Ids;
}

/** The real host. */
export function nodeHost(options: HostOptions = {}): Host {
	const { hardware = {}, console = () => {}, halt, beforeModule, insiders = nobody, ids = sameIds } = options;
	const clockStart = Math.round(uptime() * HZ);
	return {
		clock: realClock(),
		tasks: hostTasks(insiders, { clockStart, ids }),
		modules: new FileLoader(beforeModule && { beforeModule }),
		// Loaded when it is asked for: a machine starts sooner.
		random: bytes => void process.getBuiltinModule('node:crypto').randomFillSync(bytes),
		console,
		toSource,
		halt,
		hardware: { cpus: availableParallelism(), memory: 2 ** 30, cpuModel: 'ring3 virtual CPU', ...hardware },
	};
}

const nobody: Insiders = { has: () => false, isLauncher: () => false, size: 0 };

const nsPerMs = 1e6;

/** Ticks of a second in what the host tells of its tasks. */
const HZ = 100;

/** Bound: the longest delay that Node's timers take, in milliseconds; longer ones are waited for in parts. */
const maxDelay = 2 ** 31 - 1;

/** The clock of this computer. CLOCK_REALTIME comes in milliseconds, finer than the tick that stamps files on Linux. */
function realClock(): HostClock {
	const start = process.hrtime.bigint();
	const monotonic = () => Number(process.hrtime.bigint() - start);
	return {
		realtime: () => BigInt(Date.now()) * 1_000_000n,
		monotonic,
		setTimer(delay, fire) {
			const due = monotonic() + delay;
			let timer: NodeJS.Timeout;
			// Node counts from the beginning of the loop's turn, and so may call a little early.
			const arm = () => {
				const left = Math.ceil((due - monotonic()) / nsPerMs);
				if (left <= 0) fire();
				else timer = setTimeout(arm, Math.min(left, maxDelay)).unref();
			};
			timer = setTimeout(arm, Math.min(Math.ceil(delay / nsPerMs), maxDelay)).unref();
			return () => clearTimeout(timer);
		},
	};
}
