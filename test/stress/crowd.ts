/**
 * crowd - directories of very many entries, listed through a mount, and what they cost the machine.
 */

import { closeSync, openSync, readdirSync, writeFileSync } from 'node:fs';
import type { Machine } from '../../src/testing/machine.ts';
import { O_DIRECTORY } from '../../src/uapi/fcntl.ts';
import { S_IFREG } from '../../src/uapi/stat.ts';
import { NativeTmpfs } from '../unit/tmpfs/native.ts';
import { idleUsage, startMachine } from './operations.ts';

/** One directory. */
export interface Crowd {
	readonly type: 'proc' | 'tmpfs';
	/** How many names a listing gave. */
	readonly listed: number;
	/** Milliseconds for a listing of names, the first and the fastest of three. */
	readonly first: number;
	readonly best: number;
	/** Bytes of heap for each entry, when nobody has looked at it. */
	readonly heap: number;
}

/** Makes a directory of `count` entries in procfs and one in tmpfs, and measures. */
export async function measureCrowds(count: number): Promise<Crowd[]> {
	await using machine = await startMachine(1);
	const calls = new NativeTmpfs(machine.dir);
	const proc = await measure(machine, calls, 'proc/stress/many', count, () => {
		writeFileSync(machine.path('/proc/stress/crowd'), `${count}`);
	});
	const tmpfs = await measure(machine, calls, 'tmp/many', count, () => {
		calls.mkdir('tmp/many', 0o755);
		for (let i = 0; i < count; i++) calls.mknod(`tmp/many/entry${i}`, S_IFREG | 0o644, 0);
	});
	return [
		{ type: 'proc', ...proc },
		{ type: 'tmpfs', ...tmpfs },
	];
}

async function measure(machine: Machine, calls: NativeTmpfs, dir: string, count: number, make: () => void) {
	const before = await idleUsage(machine);
	make();
	const made = await idleUsage(machine);
	const [first, ...times] = [0, 1, 2, 3].map(() => time(() => listNames(calls, dir)));
	return {
		listed: readdirSync(machine.path(`/${dir}`)).length,
		first: first!,
		best: Math.min(...times),
		heap: (made.heap - before.heap) / count,
	};
}

/** Lists as the C library does, 32 KiB at a time, and throws the names away. */
function listNames(calls: NativeTmpfs, dir: string): number {
	const fd = openSync(`${calls.dir}/${dir}`, O_DIRECTORY);
	let listed = 0;
	for (let some = -1; some !== 0; listed += some) some = calls.getdents(fd, 32768).length;
	closeSync(fd);
	return listed;
}

/** Milliseconds. */
function time(body: () => void): number {
	const start = performance.now();
	body();
	return performance.now() - start;
}
