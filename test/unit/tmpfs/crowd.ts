/**
 * crowd - a directory of very many files, and what it costs.
 */

import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { O_DIRECTORY } from '../../../src/uapi/fcntl.ts';
import { S_IFREG } from '../../../src/uapi/stat.ts';
import { simulatedTmpfs } from './simulated.ts';

/** What was measured. Times are in nanoseconds for each file. */
export interface Cost {
	/** Bytes of heap for each file, after a collection. */
	readonly heap: number;
	readonly create: number;
	readonly lookup: number;
	readonly list: number;
	readonly unlink: number;
	/** How many names the listing gave. */
	readonly listed: number;
}

/** As user space hands them over: made of bytes, in one piece. */
const nameOf = (i: number) => Buffer.from(`entry-${String(i).padStart(6, '0')}`).toString();

/** Makes `count` files through a task, looks each up, lists them and removes them. */
export function measureCrowd(count: number): Cost {
	setFlagsFromString('--expose_gc');
	const collect = runInNewContext('gc') as () => void;
	using calls = simulatedTmpfs('size=0,nr_inodes=0');
	const time = (body: () => void): number => {
		const start = process.hrtime.bigint();
		body();
		return Number(process.hrtime.bigint() - start) / count;
	};
	const each = (body: (name: string) => void) => () => {
		for (let i = 0; i < count; i++) body(nameOf(i));
	};

	each(name => calls.mknod(name, S_IFREG | 0o644, 0))();
	each(name => calls.unlink(name))();
	collect();
	const before = process.memoryUsage().heapUsed;
	const create = time(each(name => calls.mknod(name, S_IFREG | 0o644, 0)));
	collect();
	const heap = (process.memoryUsage().heapUsed - before) / count;

	let listed = 0;
	const list = time(() => {
		const fd = calls.open('.', O_DIRECTORY);
		for (let n = -1; n !== 0; listed += n) n = calls.getdents(fd, 4096).length;
		calls.close(fd);
	});
	const lookup = time(each(name => calls.lstat(name)));
	const unlink = time(each(name => calls.unlink(name)));
	return { heap, create, lookup, list, unlink, listed };
}
