/**
 * tasks - the programs of the host, as its real /proc tells of them.
 *
 * A daemon asks about whoever calls it, and must never wait for its own mount while it does. So only files are read that the
 * host answers by itself, and links are read and never followed. A file costs about 10 us to read; all but status
 * are read when first asked for. Never read is the memory of a task (mem): a page of it may be one of our own files.
 *
 * Formats: Documentation/filesystems/proc.rst, tables 1-2 and 1-4; fs/proc/array.c.
 */

import { lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { type Ids, sameIds } from '../../mount/fuse/ids.ts';
import type { HostTasks, TaskFacts, TaskLink } from '../boundary/host.ts';
import { isErrno } from '../lib/errno.ts';
import { S_IALLUGO } from '../uapi/stat.ts';

/** Which mount namespaces belong to programs inside the machine. */
export interface Insiders {
	/** True when a program in that namespace (`mnt:[4026531841]`) is inside; `pid` is one. */
	has(namespace: string, pid: number): boolean;
	/** True for a process that stands for a program inside, and is none itself. */
	isLauncher(pid: number): boolean;
	/** How many namespaces there are. */
	readonly size: number;
}

/** How a machine sees the tasks of its host. */
export interface View {
	/** When its clock began, in ticks of 1/100 s since this computer booted. Absent: 0. */
	readonly clockStart?: number;
	/** Who the users of the host are to it. Absent: the same. */
	readonly ids?: Ids;
}

/** The tasks of this host, seen from the daemon of a machine. */
export function hostTasks(insiders: Insiders, view: View = {}): HostTasks {
	const inside = (pid: number): boolean => {
		const namespace = insiders.size > 0 ? mountNamespace(pid) : undefined;
		return namespace !== undefined && insiders.has(namespace, pid) && !insiders.isLauncher(pid);
	};
	const entries = new Set(['/proc/self', '/proc/thread-self'].flatMap(dir => readdirSync(dir)));
	return {
		find: pid => findTask(pid, view),
		readlink,
		linkMode,
		readFile: (pid, path) => readFileSync(`/proc/${pid}/${path}`),
		readDir: (pid, path) => readdirSync(`/proc/${pid}/${path}`),
		hasEntry: name => entries.has(name),
		threads: tgid => numbers(`/proc/${tgid}/task`),
		list: () => (insiders.size === 0 ? [] : numbers('/proc').filter(inside)),
		inside,
		sharesPids: pid => readlink(pid, 'ns/pid') === readlink(process.pid, 'ns/pid'),
	};
}

/** What /proc calls the mount namespace of a process; undefined when it is gone or may not be looked at. */
export function mountNamespace(pid: number): string | undefined {
	return readlink(pid, 'ns/mnt');
}

function readlink(pid: number, name: TaskLink): string | undefined {
	try {
		return readlinkSync(`/proc/${pid}/${name}`);
	} catch (error) {
		return absent(error);
	}
}

function linkMode(pid: number, name: TaskLink): number | undefined {
	try {
		return lstatSync(`/proc/${pid}/${name}`).mode & S_IALLUGO;
	} catch (error) {
		return absent(error);
	}
}

/** True while some process has that mount namespace. */
export function isNamespaceInUse(namespace: string): boolean {
	return numbers('/proc').some(pid => mountNamespace(pid) === namespace);
}

/** The names in a directory that are numbers, in rising order; none when it is gone or may not be listed. */
function numbers(dir: string): number[] {
	try {
		const ids = readdirSync(dir).filter(name => /^\d+$/.test(name));
		return ids.map(Number).sort((a, b) => a - b);
	} catch (error) {
		return absent(error) ?? [];
	}
}

/** Facts of one thread; undefined when there is none of that number. */
export function findTask(pid: number, view: View = {}): TaskFacts | undefined {
	const status = pid > 0 ? readProc(pid, 'status') : undefined;
	return status === undefined ? undefined : new HostTask(pid, status.toString(), view);
}

/**
 * True for a task in the user namespace of this process. Whoever makes one of his own has every capability in it, and none
 * here. Also false when the task may not be looked at.
 */
export function isInOwnUserNamespace(pid: number): boolean {
	const own = readlink(process.pid, 'ns/user');
	return own === undefined || readlink(pid, 'ns/user') === own;
}

/** A file of /proc/<pid> or of /proc/<pid>/task/<tid>; undefined when the task is gone. */
function readProc(task: number | string, file: 'stat' | 'status' | 'cmdline'): Buffer | undefined {
	try {
		return readFileSync(`/proc/${task}/${file}`);
	} catch (error) {
		return absent(error);
	}
}

function absent(error: unknown): undefined {
	if (isErrno(error)) return undefined;
	throw error;
}

/**
 * One thread. `status` was read when it was found, since that is what permissions hang on; if the thread ends before `stat` is
 * read, what is there counts as 0.
 */
class HostTask implements TaskFacts {
	readonly pid: number;
	readonly capEff: bigint;
	readonly #view: View;
	readonly #status: ReadonlyMap<string, string>;
	#stat: StatFields | undefined;
	#threadStat: StatFields | undefined;
	#cmdline: Uint8Array | undefined;

	constructor(pid: number, status: string, view: View) {
		this.pid = pid;
		this.#view = view;
		this.#status = parseStatus(status);
		const capabilities = BigInt(`0x${this.#status.get('CapEff') ?? '0'}`);
		this.capEff = capabilities !== 0n && isInOwnUserNamespace(pid) ? capabilities : 0n;
	}

	/** A line of status, its numbers in base 10. */
	#numbers(key: string): number[] {
		const text = this.#status.get(key);
		return text ? text.split(/\s+/).map(Number) : [];
	}

	/** Field `n` of stat, as proc.rst numbers them from 1. */
	#field(n: number): number {
		this.#stat ??= parseStat(readProc(this.pid, 'stat'));
		return this.#stat(n);
	}

	/** The same of the thread alone. */
	#threadField(n: number): number {
		this.#threadStat ??= parseStat(readProc(`${this.tgid}/task/${this.pid}`, 'stat'));
		return this.#threadStat(n);
	}

	#ids(key: 'Uid' | 'Gid', seen: (id: number) => number): readonly [number, number, number, number] {
		const [real = 0, effective = 0, saved = 0, fs = 0] = this.#numbers(key).map(seen);
		return [real, effective, saved, fs];
	}

	get #idMap(): Ids {
		return this.#view.ids ?? sameIds;
	}

	/** The host gives to root what there is of a task that is not. */
	get dumpable(): boolean {
		const [, effective] = this.#numbers('Uid');
		try {
			return lstatSync(`/proc/${this.pid}/environ`).uid === effective;
		} catch (error) {
			return absent(error) ?? false;
		}
	}

	get comm(): string {
		const name = this.#status.get('Name') ?? '';
		return name.replace(/\\(n|\\)/g, (_, escaped) => (escaped === 'n' ? '\n' : '\\'));
	}
	get tgid(): number {
		return this.#numbers('Tgid')[0] ?? this.pid;
	}
	get ppid(): number {
		return this.#numbers('PPid')[0] ?? 0;
	}
	get pgrp(): number {
		return this.#field(5);
	}
	get session(): number {
		return this.#field(6);
	}
	get tty(): number {
		return this.#field(7);
	}
	get tpgid(): number {
		return this.#field(8);
	}
	get cmdline(): Uint8Array {
		this.#cmdline ??= readProc(this.pid, 'cmdline') ?? new Uint8Array(0);
		return this.#cmdline;
	}
	get state(): string {
		return this.#status.get('State')?.[0] ?? 'X';
	}
	get uid(): readonly [number, number, number, number] {
		return this.#ids('Uid', this.#idMap.uid);
	}
	get gid(): readonly [number, number, number, number] {
		return this.#ids('Gid', this.#idMap.gid);
	}
	get groups(): readonly number[] {
		return this.#numbers('Groups').map(this.#idMap.gid);
	}
	get umask(): number {
		return Number.parseInt(this.#status.get('Umask') ?? '022', 8);
	}
	get utime(): number {
		return this.#field(14);
	}
	get stime(): number {
		return this.#field(15);
	}
	get threadUtime(): number {
		return this.#threadField(14);
	}
	get threadStime(): number {
		return this.#threadField(15);
	}
	get priority(): number {
		return this.#field(18);
	}
	get nice(): number {
		return this.#field(19);
	}
	get threads(): number {
		return this.#numbers('Threads')[0] ?? 1;
	}
	get minFlt(): number {
		return this.#field(10);
	}
	get majFlt(): number {
		return this.#field(12);
	}
	get startTime(): number {
		return this.#field(22) - (this.#view.clockStart ?? 0);
	}
	get vsize(): number {
		return Number.parseInt(this.#status.get('VmSize') ?? '0', 10) * 1024;
	}
	get rss(): number {
		return Number.parseInt(this.#status.get('VmRSS') ?? '0', 10) * 1024;
	}
	get processor(): number {
		return this.#field(39);
	}
}

/** What is in a field of stat, by its number; 0 where it is missing. */
type StatFields = (n: number) => number;

/** The second field may hold any character, parentheses and blanks too. */
function parseStat(text: Buffer | undefined): StatFields {
	const stat = text?.toString('latin1') ?? '';
	const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
	return n => Number(fields[n - 3] ?? 0);
}

function parseStatus(text: string): ReadonlyMap<string, string> {
	return new Map(
		text.split('\n').map(line => {
			const colon = line.indexOf(':');
			return [line.slice(0, colon), line.slice(colon + 1).trim()];
		}),
	);
}
