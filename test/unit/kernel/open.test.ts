/**
 * open.test - kernel-sim/fs/open.ts.
 */

import { nonseekableOpen, streamOpen } from '../../../kernel-sim/fs/open.ts';
import type { File } from '../../../src/boundary/vfs.ts';
import { Errno } from '../../../src/lib/errno.ts';
import {
	F_GETFL,
	O_APPEND,
	O_CREAT,
	O_DIRECT,
	O_EXCL,
	O_LARGEFILE,
	O_NOATIME,
	O_NONBLOCK,
	O_PATH,
	O_RDONLY,
	O_RDWR,
	O_TRUNC,
	O_WRONLY,
} from '../../../src/uapi/fcntl.ts';
import { fmode } from '../../../src/uapi/fs.ts';
import { S_IFCHR, S_IFDIR, S_IFIFO } from '../../../src/uapi/stat.ts';
import { codeOf, onBench } from './bench_kernel.ts';

const NOBODY = 65534;

/** The names of the FMODE bits that are set. */
function modeNames(file: File): string {
	const names = Object.entries(fmode).filter(([, bit]) => (file.mode & bit) !== 0);
	return names.map(([name]) => name.slice('FMODE_'.length)).join(' ');
}

onBench('do_dentry_open: what an open file can do', async (t, bench) => {
	const read = () => new Uint8Array(0);
	const write = () => 0;
	const llseek = () => 0;
	const cases: [string, number, object, string][] = [
		['no operation', O_RDWR, {}, 'READ WRITE PREAD PWRITE ATOMIC_POS OPENED'],
		[
			'all operations',
			O_RDWR,
			{ read, write, llseek },
			'READ WRITE LSEEK PREAD PWRITE ATOMIC_POS CAN_READ CAN_WRITE OPENED',
		],
		['reading', O_RDONLY, { read, write, llseek }, 'READ LSEEK PREAD PWRITE ATOMIC_POS CAN_READ OPENED'],
		['writing', O_WRONLY, { read, write }, 'WRITE PREAD PWRITE ATOMIC_POS CAN_WRITE OPENED'],
		['3: ioctl only', 3, { read, write, llseek }, 'LSEEK PREAD PWRITE ATOMIC_POS OPENED'],
		['O_PATH', O_PATH | O_RDWR, { read, write, llseek }, 'PATH OPENED'],
		[
			'nonseekable_open',
			O_RDWR,
			{ read, write, llseek, open: (_inode: unknown, file: File) => nonseekableOpen(file) },
			'READ WRITE ATOMIC_POS CAN_READ CAN_WRITE OPENED',
		],
		[
			'stream_open',
			O_RDWR,
			{ read, write, llseek, open: (_inode: unknown, file: File) => streamOpen(file) },
			'READ WRITE CAN_READ CAN_WRITE OPENED STREAM',
		],
	];
	const task = bench.kernel.task();
	for (const [i, [title, flags, fop, want]] of cases.entries()) {
		bench.file(`f${i}`, { fop });
		const fd = (await task.open(`/run/f${i}`, flags)) as number;
		t.equal(modeNames(task.files.get(fd)), want, title);
	}
});

onBench(
	'do_dentry_open: a device has no position to lock, and open may put other operations in place',
	async (t, bench) => {
		const driver = { read: () => new Uint8Array([1]) };
		bench.file('dev', {
			mode: S_IFCHR | 0o666,
			fop: {
				open(_inode, file) {
					file.op = driver;
					file.privateData = 'mine';
				},
			},
		});
		const task = bench.kernel.task();
		const file = task.files.get((await task.open('/run/dev', O_RDONLY)) as number);
		t.equal(modeNames(file), 'READ PREAD PWRITE CAN_READ OPENED');
		t.equal(file.op, driver);
		t.equal(file.privateData, 'mine');
	},
);

onBench('do_dentry_open: the flags of opening do not stay', async (t, bench) => {
	bench.file('f', {});
	const task = bench.kernel.task();
	const fd = (await task.open('/run/f', O_RDWR | O_CREAT | O_TRUNC | O_APPEND | O_NONBLOCK)) as number;
	t.equal(task.fcntl(fd, F_GETFL), O_RDWR | O_APPEND | O_NONBLOCK | O_LARGEFILE);
});

onBench('may_open: what is refused before the file hears of it', async (t, bench) => {
	const fop = { open: () => void t.fail('must not be called') };
	bench.file('f', { fop, mode: 0o100644 });
	bench.file('secret', { fop, mode: 0o100600 });
	bench.file('dir', { fop, mode: S_IFDIR | 0o755, nlink: 2 });
	bench.file('pipe', { fop, mode: S_IFIFO | 0o600 });
	const root = bench.kernel.task();
	const nobody = bench.kernel.task({ uid: NOBODY });
	const cases: [string, typeof root, number, string][] = [
		['dir', root, O_WRONLY, 'EISDIR'],
		['dir', root, O_RDWR, 'EISDIR'],
		['dir', root, O_TRUNC, 'EISDIR'],
		['dir', root, 3, 'EISDIR'],
		['f', root, O_CREAT | O_EXCL, 'EEXIST'],
		['f', nobody, O_WRONLY, 'EACCES'],
		['f', nobody, O_RDWR, 'EACCES'],
		['f', nobody, O_TRUNC, 'EACCES'],
		['f', nobody, 3, 'EACCES'],
		['f', nobody, O_NOATIME, 'EPERM'],
		['secret', nobody, O_RDONLY, 'EACCES'],
		['pipe', nobody, O_RDONLY, 'EACCES'],
	];
	for (const [name, task, flags, code] of cases) {
		t.equal(await codeOf(() => task.open(`/run/${name}`, flags)), code, `${name} ${flags}`);
	}
	t.equal(await codeOf(() => nobody.open('/run/secret', O_PATH)), undefined, 'a path needs no permission');
});

onBench('open: a file whose own open refuses is not released', async (t, bench) => {
	for (const [name, open] of [
		['now', () => Promise.reject(new Errno('EBUSY'))],
		['later', async () => Promise.reject(new Errno('EBUSY'))],
	] as const) {
		bench.file(name, { fop: { open, release: () => t.fail('must not be called') } });
		t.equal(await codeOf(() => bench.kernel.task().open(`/run/${name}`, O_RDONLY)), 'EBUSY');
	}
});

onBench('open: O_DIRECT is refused after open was called, and the file is released', async (t, bench) => {
	const order: string[] = [];
	bench.file('f', { fop: { open: () => void order.push('open'), release: () => void order.push('release') } });
	t.equal(await codeOf(() => bench.kernel.task().open('/run/f', O_DIRECT)), 'EINVAL');
	t.same(order, ['open', 'release']);
});

onBench('handle_truncate: O_TRUNC comes after open, and only on a regular file that was there', async (t, bench) => {
	const order: string[] = [];
	const fop = { open: () => void order.push('open'), release: () => void order.push('release') };
	const op = { setattr: (_inode: unknown, attr: object) => void order.push(Object.keys(attr).sort().join()) };
	bench.file('f', { fop, op });
	bench.file('dev', { fop, op, mode: S_IFCHR | 0o666 });
	const task = bench.kernel.task();
	await task.open('/run/f', O_RDONLY | O_TRUNC);
	t.same(order.splice(0), ['open', 'file,mtime,size']);
	await task.open('/run/dev', O_RDWR | O_TRUNC);
	t.same(order.splice(0), ['open']);
	bench.file('full', { fop, op: { setattr: () => Promise.reject(new Errno('ENOSPC')) } });
	t.equal(await codeOf(() => task.open('/run/full', O_RDWR | O_TRUNC)), 'ENOSPC');
	t.same(order, ['open', 'release'], 'a file that cannot be truncated is closed again');
});

onBench('FMODE_CREATED: who creates a file may open it as he likes', async (t, bench) => {
	const task = bench.kernel.task({ uid: NOBODY });
	const fd = (await task.open('/tmp/f', O_CREAT | O_RDWR, 0o444)) as number;
	t.equal(await task.write(fd, 'text'), 4);
	t.equal((await task.stat('/tmp/f')).mode, 0o100444);
	t.equal(await codeOf(() => task.open('/tmp/f', O_CREAT | O_RDWR, 0o666)), 'EACCES');
});

onBench(
	'open: an operation that sleeps is waited for, and an open in the same turn is no promise',
	async (t, bench) => {
		const order: string[] = [];
		bench.file('slow', { fop: { open: async () => void order.push('opened') } });
		bench.file('fast', {});
		const task = bench.kernel.task();
		const opening = task.open('/run/slow', O_RDONLY);
		t.ok(opening instanceof Promise);
		t.equal(await opening, 0);
		t.same(order, ['opened']);
		t.equal(task.open('/run/fast', O_RDONLY), 1);
	},
);

onBench('release: once, when the last descriptor is closed; what it throws is an oops', async (t, bench) => {
	bench.expectedOopses = 2;
	let released = 0;
	const release = () => {
		released += 1;
		if (released > 1) throw new Error('release');
	};
	bench.file('f', { fop: { release } });
	bench.file('later', { fop: { release: (async () => Promise.reject(new Error('late'))) as () => void } });
	const task = bench.kernel.task();
	const fd = (await task.open('/run/f', O_RDONLY)) as number;
	const copy = task.dup(fd);
	await task.close(fd);
	t.equal(released, 0);
	await task.close(copy);
	t.equal(released, 1);
	await task.close((await task.open('/run/f', O_RDONLY)) as number);
	await task.close((await task.open('/run/later', O_RDONLY)) as number);
	t.equal(await codeOf(() => task.close(fd)), 'EBADF');
});

onBench('flush: at each close, and its error is that of close(2)', async (t, bench) => {
	let flushed = 0;
	let released = 0;
	const flush = () => {
		flushed += 1;
		throw new Errno('EDQUOT');
	};
	const release = () => {
		released += 1;
	};
	bench.file('f', { fop: { flush, release } });
	const task = bench.kernel.task();
	const fd = (await task.open('/run/f', O_RDONLY)) as number;
	const copy = task.dup(fd);
	t.equal(await codeOf(() => task.close(fd)), 'EDQUOT');
	t.equal(await codeOf(() => task.close(copy)), 'EDQUOT');
	t.equal(await codeOf(() => task.close(copy)), 'EBADF', 'it is closed all the same');
	t.same([flushed, released], [2, 1]);
	await task.close((await task.open('/run/f', O_PATH)) as number);
	t.equal(flushed, 2, 'there is nothing to flush behind a path');
});
