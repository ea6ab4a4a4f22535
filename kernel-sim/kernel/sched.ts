/**
 * sched - how busy the machine is: load averages and processor time (kernel/sched/loadavg.c, kernel/sched/cputime.c).
 *
 * What counts are the programs that run inside the machine, as the host tells of them. They are looked at every five seconds
 * and whenever somebody asks; a program that comes and goes in between is not seen.
 */

import type { HostTasks, TaskFacts } from '../../src/boundary/host.ts';
import type { Pids } from './pid.ts';
import { HZ, NSEC_PER_TICK, type Time } from './time.ts';

const FSHIFT = 11;
const FIXED_1 = 1 << FSHIFT;
/** Ticks between two samples of the load. */
const LOAD_FREQ = 5 * HZ + 1;
/** exp(-5s/1min), /5min and /15min as fixed-point numbers. */
const EXP = [1884, 2014, 2037] as const;

/** Time of one processor in ticks of 1/100 s, as the first numbers of a line of /proc/stat. */
export interface CpuTime {
	readonly user: number;
	readonly system: number;
	readonly idle: number;
}

/** What the scheduler is made from. */
export interface SchedInit {
	readonly time: Time;
	readonly pids: Pids;
	readonly tasks: HostTasks;
	readonly cpus: number;
}

interface Busy {
	user: number;
	system: number;
	/** What was said last; it never goes back. */
	idle: number;
}

interface Seen {
	readonly startTime: number;
	readonly utime: number;
	readonly stime: number;
}

/** The scheduler of one kernel, as far as it shows. */
export class Sched {
	readonly #time: Time;
	readonly #pids: Pids;
	readonly #tasks: HostTasks;
	readonly #cpus: readonly Busy[];
	readonly #loads: [number, number, number] = [0, 0, 0];
	/** Programs by process id, as they were at the last look. */
	#seen = new Map<number, Seen>();
	#forks = 0;
	#lastPid = 0;

	constructor({ time, pids, tasks, cpus }: SchedInit) {
		this.#time = time;
		this.#pids = pids;
		this.#tasks = tasks;
		this.#cpus = Array.from({ length: cpus }, () => ({ user: 0, system: 0, idle: 0 }));
	}

	/** Begins to look at the load every five seconds, until the clock is shut down. */
	start(): void {
		const calcGlobalLoad = () => {
			const active = this.#look().filter(({ state }) => state === 'R' || state === 'D').length * FIXED_1;
			for (const [i, exp] of EXP.entries()) this.#loads[i] = calcLoad(this.#loads[i]!, exp, active);
			this.start();
		};
		this.#time.setTimer(LOAD_FREQ * NSEC_PER_TICK, calcGlobalLoad);
	}

	/** The load averages over 1, 5 and 15 minutes, as fractions of 2048. */
	get avenrun(): readonly [number, number, number] {
		return [...this.#loads];
	}

	/** Tasks that run or could, whoever asks among them. */
	nrRunning(): number {
		return Math.max(1, this.#look().filter(({ state }) => state === 'R').length);
	}

	/** Tasks that sleep and cannot be interrupted. */
	nrIowait(): number {
		return this.#look().filter(({ state }) => state === 'D').length;
	}

	/** Threads in the machine. */
	nrThreads(): number {
		return this.#look().reduce((sum, { threads }) => sum + threads, this.#pids.list().length);
	}

	/** Tasks made since boot, as far as they were seen. */
	totalForks(): number {
		this.#look();
		return this.#pids.total + this.#forks;
	}

	/** Id of the task that was made last, as far as it was seen. */
	lastPid(): number {
		this.#look();
		return this.#lastPid > 0 ? this.#lastPid : this.#pids.last;
	}

	/** Time of each processor. What no program used is idle. */
	cpuTimes(): readonly CpuTime[] {
		this.#look();
		const uptime = this.#time.jiffies;
		return this.#cpus.map(busy => {
			busy.idle = Math.max(busy.idle, uptime - busy.user - busy.system);
			return { ...busy };
		});
	}

	/** Looks at the programs and adds up what they have used since the last look. */
	#look(): readonly TaskFacts[] {
		const facts: TaskFacts[] = [];
		const seen = new Map<number, Seen>();
		for (const pid of this.#tasks.list()) {
			const task = this.#tasks.find(pid);
			if (task === undefined) continue;
			facts.push(task);
			seen.set(pid, task);
			this.#account(task);
		}
		this.#seen = seen;
		return facts;
	}

	#account(task: TaskFacts): void {
		const before = this.#seen.get(task.pid);
		const known = before?.startTime === task.startTime;
		if (!known) {
			this.#forks += 1;
			this.#lastPid = task.pid;
		}
		const busy = this.#cpus[task.processor % this.#cpus.length]!;
		busy.user += Math.max(0, task.utime - (known ? before.utime : 0));
		busy.system += Math.max(0, task.stime - (known ? before.stime : 0));
	}
}

/** One step of a load average (calc_load). */
export function calcLoad(load: number, exp: number, active: number): number {
	const next = load * exp + active * (FIXED_1 - exp) + (active >= load ? FIXED_1 - 1 : 0);
	return Math.floor(next / FIXED_1);
}
