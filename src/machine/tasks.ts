/**
 * tasks - the programs of the host, as its real /proc tells of them.
 *
 * A daemon asks about whoever calls it, and must never wait for its own mount while it does. So only files are read that the
 * host answers by itself, and links (`ns/mnt`) are read and not followed. What costs a read is read when first asked for:
 * status about 10 us, stat as much.
 *
 * Formats: Documentation/filesystems/proc.rst, tables 1-2 and 1-4; fs/proc/array.c.
 */

import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import type { HostTasks, TaskFacts } from '../boundary/host.ts';
import { isErrno } from '../lib/errno.ts';

/** Which mount namespaces belong to programs inside the machine. */
export interface Insiders {
	/** True when a program in that namespace (`mnt:[4026531841]`) is inside. */
	has(namespace: string): boolean;
	/** How many namespaces there are. */
	readonly size: number;
}

/** The tasks of this host, seen from the daemon of a machine. */
export function hostTasks(insiders: Insiders): HostTasks {
	const inside = (pid: number): boolean => {
		const namespace = insiders.size > 0 ? mountNamespace(pid) : undefined;
		return namespace !== undefined && insiders.has(namespace);
	};
	return {
		find: findTask,
		list: () => (insiders.size === 0 ? [] : processes().filter(inside)),
		inside,
	};
}

/** What /proc calls the mount namespace of a process; undefined when it is gone or may not be looked at. */
export function mountNamespace(pid: number): string | undefined {
	try {
		return readlinkSync(`/proc/${pid}/ns/mnt`);
	} catch (error) {
		return absent(error);
	}
}

/** True while some process has that mount namespace. */
export function isNamespaceInUse(namespace: string): boolean {
	return processes().some(pid => mountNamespace(pid) === namespace);
}

function processes(): number[] {
	const pids = readdirSync('/proc').filter(name => /^\d+$/.test(name));
	return pids.map(Number).sort((a, b) => a - b);
}

/** Facts of one thread; undefined when there is none of that number. */
export function findTask(pid: number): TaskFacts | undefined {
	const stat = pid > 0 ? readProc(pid, 'stat') : undefined;
	return stat === undefined ? undefined : new HostTask(pid, stat.toString('latin1'));
}

/** A file of /proc/<pid>; undefined when the task is gone. */
function readProc(pid: number, file: 'stat' | 'status' | 'cmdline'): Buffer | undefined {
	try {
		return readFileSync(`/proc/${pid}/${file}`);
	} catch (error) {
		return absent(error);
	}
}

function absent(error: unknown): undefined {
	if (isErrno(error)) return undefined;
	throw error;
}

/**
 * One thread. `stat` was read when it was found; if it ends before `status` is read, that is as of a task with no rights: nobody,
 * no groups, no capabilities.
 */
class HostTask implements TaskFacts {
	readonly pid: number;
	readonly comm: string;
	readonly #stat: readonly string[];
	#status: ReadonlyMap<string, string> | undefined;
	#cmdline: Uint8Array | undefined;

	/** `stat` is `pid (comm) state ppid ...`, and comm may hold any character, parentheses and blanks too. */
	constructor(pid: number, stat: string) {
		const end = stat.lastIndexOf(')');
		this.pid = pid;
		this.comm = Buffer.from(stat.slice(stat.indexOf('(') + 1, end), 'latin1').toString();
		this.#stat = stat
			.slice(end + 2)
			.trimEnd()
			.split(' ');
	}

	/** Field `n` as proc.rst numbers them from 1: the first after comm is 3. */
	#field(n: number): number {
		return Number(this.#stat[n - 3] ?? 0);
	}

	#line(key: string): string | undefined {
		this.#status ??= parseStatus(readProc(this.pid, 'status')?.toString('latin1') ?? '');
		return this.#status.get(key);
	}

	#ids(key: 'Uid' | 'Gid'): readonly [number, number, number, number] {
		const nobody = 65534;
		const [real = nobody, effective = nobody, saved = nobody, fs = nobody] = numbers(this.#line(key));
		return [real, effective, saved, fs];
	}

	get tgid(): number {
		return Number(this.#line('Tgid') ?? this.pid);
	}
	get ppid(): number {
		return this.#field(4);
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
	get cmdline(): Uint8Array {
		this.#cmdline ??= readProc(this.pid, 'cmdline') ?? new Uint8Array(0);
		return this.#cmdline;
	}
	get state(): string {
		return this.#stat[0] ?? 'X';
	}
	get uid(): readonly [number, number, number, number] {
		return this.#ids('Uid');
	}
	get gid(): readonly [number, number, number, number] {
		return this.#ids('Gid');
	}
	get groups(): readonly number[] {
		return numbers(this.#line('Groups'));
	}
	get capEff(): bigint {
		return BigInt(`0x${this.#line('CapEff') ?? '0'}`);
	}
	get umask(): number {
		return Number.parseInt(this.#line('Umask') ?? '022', 8);
	}
	get utime(): number {
		return this.#field(14);
	}
	get stime(): number {
		return this.#field(15);
	}
	get priority(): number {
		return this.#field(18);
	}
	get nice(): number {
		return this.#field(19);
	}
	get threads(): number {
		return this.#field(20);
	}
	get startTime(): number {
		return this.#field(22);
	}
	get vsize(): number {
		return this.#field(23);
	}
	get rss(): number {
		return Number.parseInt(this.#line('VmRSS') ?? '0', 10) * 1024;
	}
	get processor(): number {
		return this.#field(39);
	}
}

function parseStatus(text: string): ReadonlyMap<string, string> {
	return new Map(
		text.split('\n').map(line => {
			const colon = line.indexOf(':');
			return [line.slice(0, colon), line.slice(colon + 1).trim()];
		}),
	);
}

function numbers(text: string | undefined): number[] {
	return text ? text.split(/\s+/).map(Number) : [];
}
