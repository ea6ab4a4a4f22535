/**
 * caller_syscall - what a thread that waits for an answer is doing, as /proc/<pid>/syscall of the host tells it.
 *
 * A LOOKUP looks the same whether somebody is about to open what he finds, or to look at it. For most names that makes no
 * difference; for a character device it decides what he is to find (fuse/inodes.ts).
 */

import { readFileSync } from 'node:fs';

/** Numbers of the calls that open files, and of the argument that has the flags; undefined for one that has none. */
interface OpenCalls {
	readonly calls: ReadonlyMap<number, number | undefined>;
}

const byArchitecture: Readonly<Record<string, OpenCalls>> = {
	x64: {
		calls: new Map<number, number | undefined>([
			[2, 1], // open
			[85, undefined], // creat
			[257, 2], // openat
			[437, undefined], // openat2
		]),
	},
	arm64: {
		calls: new Map<number, number | undefined>([
			[56, 2], // openat
			[437, undefined], // openat2
		]),
	},
};

const O_PATH = 0o10000000;

/** True if a thread waits in a call that opens a file, or it cannot be told what it waits in: opening then matters more. */
export function opens(pid: number): boolean {
	const known = byArchitecture[process.arch];
	if (known === undefined) return true;
	return isOpen(readSyscall(pid), known.calls);
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
	const [number, ...args] = line.trim().split(' ');
	if (number === undefined || !/^[0-9]+$/.test(number)) return true;
	if (!calls.has(Number(number))) return false;
	const at = calls.get(Number(number));
	const flags = at === undefined ? 0n : BigInt(args[at] ?? 0);
	return (flags & BigInt(O_PATH)) === 0n;
}
