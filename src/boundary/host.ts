/**
 * host - all that a kernel needs from outside, handed to it when it is made.
 *
 * kernel-sim imports nothing of Node: what it knows of the world (time, chance, who is calling, where its console goes, how a
 * module's file becomes code) comes through this interface. A running machine has src/machine/host.ts, a test has a fake.
 */

import type { Awaitable } from '../lib/awaitable.ts';

/** Everything the kernel may ask of its surroundings. */
export interface Host {
	readonly clock: HostClock;
	readonly tasks: HostTasks;
	readonly modules: ModuleLoader;
	/** Fills `bytes` with random bytes. */
	random(bytes: Uint8Array): void;
	/** Writes one record of the kernel log, as the console of a machine shows it. */
	console(line: string): void;
	/** A line of an exception's stack as its author knows the place: in the sources, where they were made into something else. */
	toSource(frame: string): string;
	/** The machine is switched off: whatever it is made of comes to its end. Absent: nothing does. */
	readonly halt?: (() => void) | undefined;
	/** How many of each the machine is to have. */
	readonly hardware: Hardware;
}

/** What the machine is made of; the kernel shows it and never measures it. */
export interface Hardware {
	readonly cpus: number;
	/** Memory in bytes. */
	readonly memory: number;
	/** `model name` of /proc/cpuinfo. */
	readonly cpuModel: string;
}

/** Time, as the kernel may know it. Nanoseconds are safe integers since boot, bigints since 1970. */
export interface HostClock {
	/** CLOCK_REALTIME in nanoseconds. */
	realtime(): bigint;
	/** A clock that never goes back, in nanoseconds from a start of its own. */
	monotonic(): number;
	/** Calls `fire` once after `delay` nanoseconds, unless the returned function is called first. Keeps no process alive. */
	setTimer(delay: number, fire: () => void): () => void;
}

/** What is known of the programs that call the kernel from outside. Tasks that live in the kernel are not asked for here. */
export interface HostTasks {
	/** Facts of one thread; undefined when there is no such thread, or it may not be looked at. */
	find(pid: number): TaskFacts | undefined;
	/** The text of a link in a task's directory; undefined when there is none, or it may not be looked at. Follows nothing. */
	readlink(pid: number, name: TaskLink): string | undefined;
	/** The permission bits of such a link. */
	linkMode(pid: number, name: TaskLink): number | undefined;
	/** What a file in a task's directory says, `path` being its way from there. Throws what the host refuses with. */
	readFile(pid: number, path: string): Uint8Array;
	/** The names in a directory there. Throws likewise. */
	readDir(pid: number, path: string): readonly string[];
	/** True if the host's /proc has a file of this name in the directory of every process. */
	hasEntry(name: string): boolean;
	/** Thread ids of a process, in rising order; empty when there is no such process, or it may not be looked at. */
	threads(tgid: number): readonly number[];
	/** Process ids of the programs that were started inside the machine, in rising order. */
	list(): readonly number[];
	/** True when the process was started inside the machine, and so sees the machine's /proc as its own. */
	inside(pid: number): boolean;
	/** True when a program calls tasks by the numbers that they have here, as its own /proc does if it is the host's. */
	sharesPids(pid: number): boolean;
}

/** A link that the host's /proc has in the directory of a task. */
export type TaskLink = 'cwd' | 'exe' | 'root' | `ns/${string}` | `fd/${number}`;

/** One thread of a program, as /proc/<pid> tells of it. Times in clock ticks of 1/100 s, sizes in bytes. */
export interface TaskFacts {
	readonly pid: number;
	readonly tgid: number;
	readonly ppid: number;
	/** Process group and session. */
	readonly pgrp: number;
	readonly session: number;
	/** Controlling terminal's device number, 0 without one. */
	readonly tty: number;
	/** Process group in the foreground of that terminal, -1 without one. */
	readonly tpgid: number;
	readonly comm: string;
	/** Arguments, each ended by a NUL. */
	readonly cmdline: Uint8Array;
	/** One letter: R S D T Z and so on. */
	readonly state: string;
	/** Real, effective, saved and file system id. */
	readonly uid: readonly [number, number, number, number];
	readonly gid: readonly [number, number, number, number];
	readonly groups: readonly number[];
	/** Effective capabilities, one bit each. */
	readonly capEff: bigint;
	/** False for one that nobody else is to look into, because it has or had rights of another (get_dumpable). */
	readonly dumpable: boolean;
	readonly umask: number;
	readonly threads: number;
	/** Processor time of all threads of the process, those included that have ended. */
	readonly utime: number;
	readonly stime: number;
	/** Processor time of this thread alone. */
	readonly threadUtime: number;
	readonly threadStime: number;
	/** Pages that were not there when they were needed: those found in memory, and those that had to be read. */
	readonly minFlt: number;
	readonly majFlt: number;
	/** When it started, in ticks of the host's clock (`monotonic`); negative if that was before the clock's own start. */
	readonly startTime: number;
	readonly vsize: number;
	readonly rss: number;
	readonly nice: number;
	readonly priority: number;
	/** Processor it last ran on. */
	readonly processor: number;
}

/** A module's code, as it was when it was loaded. */
export interface ModuleImage {
	/** What the file exports by default, whatever that is. */
	readonly definition: unknown;
	/** The text of each file that the module is made of, by absolute path, the module's own first. Empty where nobody knows. */
	readonly files: ReadonlyMap<string, string>;
	/** 20 bytes that are others when the text is another. */
	readonly digest: Uint8Array;
}

/** Turns the name of a module into its code. */
export interface ModuleLoader {
	/**
	 * Loads a module's code anew. `source` is a path the host understands, or the bare name of a module that comes with ring3.
	 * Rejects with ENOENT where there is none, ENOEXEC where the file is no module.
	 */
	load(source: string): Awaitable<ModuleImage>;
	/** The files that the last attempt to load `source` has read, also where that failed; empty where there was none. */
	filesOf(source: string): readonly string[];
}
