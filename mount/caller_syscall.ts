/**
 * caller_syscall - what a thread that waits for an answer is doing, as /proc/<pid>/syscall of the host tells it.
 *
 * A LOOKUP looks the same whether somebody is about to open what he finds, or to look at it. For most names that makes no
 * difference; for a character device it decides what he is to find (fuse/inodes.ts). A READLINK looks the same whether somebody
 * wants the text of a link or what it leads to, which in /proc/<pid> are not the same.
 */

import { readFileSync } from 'node:fs';

/** Numbers of system calls. */
interface Calls {
	/** Those that open files, and of the argument that has the flags; undefined for one that has none. */
	readonly calls: ReadonlyMap<number, number | undefined>;
	/** Those that give the text of a link. */
	readonly readlinks: readonly number[];
}

const byArchitecture: Readonly<Record<string, Calls>> = {
	x64: {
		calls: new Map<number, number | undefined>([
			[2, 1], // open
			[85, undefined], // creat
			[257, 2], // openat
			[437, undefined], // openat2
		]),
		readlinks: [89, 267], // readlink, readlinkat
	},
	arm64: {
		calls: new Map<number, number | undefined>([
			[56, 2], // openat
			[437, undefined], // openat2
		]),
		readlinks: [78], // readlinkat
	},
};

const O_PATH = 0o10000000;

/** True if a thread waits in a call that opens a file, or it cannot be told what it waits in: opening then matters more. */
export function opens(pid: number): boolean {
	const known = byArchitecture[process.arch];
	if (known === undefined) return true;
	return isOpen(readSyscall(pid), known.calls);
}

/**
 * True if a thread waits in a call that goes along a link that it finds, false if in one that reads links, undefined if it cannot be
 * told what it waits in.
 *
 * Divergence: a link on the way to the one that readlink(2) names counts as read.
 */
export function follows(pid: number): boolean | undefined {
	const known = byArchitecture[process.arch];
	const number = numberOf(readSyscall(pid));
	return known === undefined || number === undefined ? undefined : !known.readlinks.includes(number);
}

/** The number of the call in a line of that file; undefined where it has none, or the thread runs. */
export function numberOf(line: string): number | undefined {
	const [number] = line.trim().split(' ');
	return number !== undefined && /^[0-9]+$/.test(number) ? Number(number) : undefined;
}

/** `257 0xffffff9c 0x7ffe 0x8000 ...`; empty where it cannot be read. */
function readSyscall(pid: number): string {
	try {
		return readFileSync(`/proc/${pid}/syscall`, 'latin1');
	} catch {
		return ''; // the thread is gone, or may not be looked at
	}
}

/** What a line of that file says. */
export function isOpen(line: string, calls: ReadonlyMap<number, number | undefined>): boolean {
	const number = numberOf(line);
	if (number === undefined) return true;
	if (!calls.has(number)) return false;
	const [, ...args] = line.trim().split(' ');
	const at = calls.get(number);
	const flags = at === undefined ? 0n : BigInt(args[at] ?? 0);
	return (flags & BigInt(O_PATH)) === 0n;
}
