/**
 * fake_host - a host whose time a test steps, and whose every answer the test has chosen.
 *
 *     const host = new FakeHost();
 *     const kernel = Kernel.boot(host);
 *     host.advance(5 * SECOND);
 *     t.match(host.lines.at(-1), /5\.000000/);
 *
 * Nothing happens by itself: the clock stands until it is advanced, and timers fire then, in order.
 */

import type {
	Hardware,
	Host,
	HostClock,
	HostTasks,
	ModuleImage,
	ModuleLoader,
	TaskFacts,
	TaskLink,
} from '../boundary/host.ts';
import { Errno } from '../lib/errno.ts';

/** A millisecond and a second, in the nanoseconds of `advance`. */
export const MILLISECOND = 1_000_000;
export const SECOND = 1_000_000_000;

/** 1 January 2000, a Saturday. */
const EPOCH = 946_684_800n * 1_000_000_000n;

/** What a fake host begins with. */
export interface FakeHostOptions {
	/** Definitions by the source they are loaded from. */
	readonly modules?: Readonly<Record<string, unknown>>;
	readonly hardware?: Partial<Hardware>;
	/** Two hosts with the same seed give the same random bytes. Absent: 1. */
	readonly seed?: number;
}

/** See above. */
export class FakeHost implements Host {
	readonly clock: FakeClock = new FakeClock();
	readonly tasks: FakeTasks = new FakeTasks();
	readonly modules: FakeLoader;
	readonly hardware: Hardware;
	/** What the kernel has written to its console, a record each. */
	readonly lines: string[] = [];
	#random: number;

	constructor({ modules = {}, hardware = {}, seed = 1 }: FakeHostOptions = {}) {
		this.modules = new FakeLoader(modules);
		this.hardware = { cpus: 2, memory: 1 << 30, cpuModel: 'Fake CPU', ...hardware };
		this.#random = seed;
	}

	/** Lets `nanoseconds` pass, firing the timers that are due on the way. */
	advance(nanoseconds: number): void {
		this.clock.advance(nanoseconds);
	}

	console(line: string): void {
		this.lines.push(line);
	}

	toSource(frame: string): string {
		return frame;
	}

	/** A linear congruential generator (the constants of POSIX.1's rand). */
	random(bytes: Uint8Array): void {
		for (const i of bytes.keys()) {
			this.#random = (Math.imul(this.#random, 1_103_515_245) + 12_345) >>> 0;
			bytes[i] = this.#random >>> 16;
		}
	}
}

interface Timer {
	readonly due: number;
	readonly fire: () => void;
}

/** A clock that stands still until it is advanced. */
export class FakeClock implements HostClock {
	#now = 0;
	/** In the order of setting, which decides between timers that are due at once. */
	readonly #timers = new Set<Timer>();

	/** Timers that are set. A test's teardown expects 0. */
	get pending(): number {
		return this.#timers.size;
	}

	realtime(): bigint {
		return EPOCH + BigInt(this.#now);
	}

	monotonic(): number {
		return this.#now;
	}

	setTimer(delay: number, fire: () => void): () => void {
		const timer: Timer = { due: this.#now + Math.max(0, delay), fire };
		this.#timers.add(timer);
		return () => {
			this.#timers.delete(timer);
		};
	}

	/** See `FakeHost.advance`. */
	advance(nanoseconds: number): void {
		const until = this.#now + nanoseconds;
		for (let timer = this.#next(until); timer !== undefined; timer = this.#next(until)) {
			this.#timers.delete(timer);
			this.#now = timer.due;
			timer.fire();
		}
		this.#now = until;
	}

	#next(until: number): Timer | undefined {
		let next: Timer | undefined;
		for (const timer of this.#timers) {
			if (timer.due <= until && (next === undefined || timer.due < next.due)) next = timer;
		}
		return next;
	}
}

/** Programs of the host that a test makes up. */
export class FakeTasks implements HostTasks {
	readonly #tasks = new Map<number, { readonly facts: TaskFacts; readonly inside: boolean }>();
	readonly #links = new Map<number, Partial<Record<TaskLink, string>>>();

	/** Makes a task known, or changes what is known of it; inside the machine unless said otherwise. */
	set(facts: Partial<TaskFacts> & { readonly pid: number }, inside = true): void {
		this.#tasks.set(facts.pid, { facts: { ...plainFacts(facts.pid), ...facts }, inside });
	}

	/** Names that this host has not in the directory of a process. */
	readonly lacks = new Set<string>();
	/** Permission bits of links to open files, by their names. */
	readonly fdModes = new Map<string, number>();
	/** Programs that call tasks by other numbers. */
	readonly strangers = new Set<number>();
	readonly #files = new Map<number, ReadonlyMap<string, string>>();

	/** What the links of a task say; one that is missing cannot be read. */
	setLinks(pid: number, links: Partial<Record<TaskLink, string>>): void {
		this.#links.set(pid, links);
	}

	/** The task has ended. */
	delete(pid: number): void {
		this.#tasks.delete(pid);
		this.#links.delete(pid);
	}

	find(pid: number): TaskFacts | undefined {
		return this.#tasks.get(pid)?.facts;
	}

	readlink(pid: number, name: TaskLink): string | undefined {
		return this.#links.get(pid)?.[name];
	}

	/** Open files have the rights that `fdModes` says; all other links have all. */
	linkMode(pid: number, name: TaskLink): number | undefined {
		if (this.readlink(pid, name) === undefined) return undefined;
		return this.fdModes.get(name) ?? 0o777;
	}

	/** What the files of a task say, by their way from its directory. */
	setFiles(pid: number, files: Readonly<Record<string, string>>): void {
		this.#files.set(pid, new Map(Object.entries(files)));
	}

	readFile(pid: number, path: string): Uint8Array {
		const text = this.#files.get(pid)?.get(path);
		if (text === undefined) throw new Errno('ENOENT', path);
		return Buffer.from(text, 'latin1');
	}

	/** The links of a task whose names begin with the path. */
	readDir(pid: number, path: string): readonly string[] {
		const names = Object.keys(this.#links.get(pid) ?? {});
		return names.filter(name => name.startsWith(`${path}/`)).map(name => name.slice(path.length + 1));
	}

	sharesPids(pid: number): boolean {
		return !this.strangers.has(pid);
	}

	hasEntry(name: string): boolean {
		return !this.lacks.has(name);
	}

	threads(tgid: number): readonly number[] {
		const threads = [...this.#tasks.values()].filter(({ facts }) => facts.tgid === tgid);
		return threads.map(({ facts: { pid } }) => pid).sort((a, b) => a - b);
	}

	list(): readonly number[] {
		const inside = [...this.#tasks.values()].filter(({ facts, inside }) => inside && facts.pid === facts.tgid);
		return inside.map(({ facts: { pid } }) => pid).sort((a, b) => a - b);
	}

	inside(pid: number): boolean {
		return this.#tasks.get(pid)?.inside ?? false;
	}
}

/** A task of root that sleeps and has done nothing. */
function plainFacts(pid: number): TaskFacts {
	return {
		pid,
		tgid: pid,
		ppid: 1,
		pgrp: pid,
		session: pid,
		tty: 0,
		tpgid: -1,
		comm: 'fake',
		cmdline: new Uint8Array(0),
		state: 'S',
		uid: [0, 0, 0, 0],
		gid: [0, 0, 0, 0],
		groups: [],
		capEff: 0n,
		dumpable: true,
		umask: 0o022,
		threads: 1,
		utime: 0,
		stime: 0,
		threadUtime: 0,
		threadStime: 0,
		minFlt: 0,
		majFlt: 0,
		startTime: 0,
		vsize: 0,
		rss: 0,
		nice: 0,
		priority: 20,
		processor: 0,
	};
}

/** A loader of the definitions that a test has written. */
export class FakeLoader implements ModuleLoader {
	readonly #modules: Map<string, unknown>;
	readonly #texts = new Map<string, string>();

	constructor(modules: Readonly<Record<string, unknown>>) {
		this.#modules = new Map(Object.entries(modules));
	}

	/** What `source` is from now on: the file was edited. Absent `text`: nobody knows how it is written. */
	set(source: string, definition: unknown, text?: string): void {
		this.#modules.set(source, definition);
		if (text !== undefined) this.#texts.set(source, text);
	}

	load(source: string): ModuleImage {
		if (!this.#modules.has(source)) throw new Errno('ENOENT', `no module ${source}`);
		const text = this.#texts.get(source);
		const files = new Map(text === undefined ? [] : [[source, text]]);
		const digest = new Uint8Array(20).fill(text?.length ?? 0);
		return { definition: this.#modules.get(source), files, digest };
	}

	filesOf(source: string): readonly string[] {
		return this.#texts.has(source) ? [source] : [];
	}
}
