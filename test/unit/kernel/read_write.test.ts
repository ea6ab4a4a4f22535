/**
 * read_write.test - kernel-sim/fs/read_write.ts, and the positions that a task's calls keep.
 */

import { simpleReadFromBuffer, simpleWriteToBuffer } from '../../../kernel-sim/fs/libfs.ts';
import { streamOpen } from '../../../kernel-sim/fs/open.ts';
import {
	defaultLlseek,
	fixedSizeLlseek,
	genericFileLlseek,
	MAX_NON_LFS,
	noopLlseek,
} from '../../../kernel-sim/fs/read_write.ts';
import type { File } from '../../../src/boundary/vfs.ts';
import {
	O_PATH,
	O_RDONLY,
	O_RDWR,
	O_WRONLY,
	SEEK_CUR,
	SEEK_DATA,
	SEEK_END,
	SEEK_HOLE,
	SEEK_SET,
} from '../../../src/uapi/fcntl.ts';
import { FMODE_PREAD, FMODE_PWRITE } from '../../../src/uapi/fs.ts';
import { S_IFDIR } from '../../../src/uapi/stat.ts';
import { codeOf, onBench, settle } from './bench_kernel.ts';

const TEXT = new TextEncoder().encode('0123456789');
const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

onBench('ksys_read: moves the position; pread and pwrite leave it alone', async (t, bench) => {
	const buffer = TEXT.slice();
	bench.file('f', {
		fop: {
			read: (_file, count, pos) => simpleReadFromBuffer(buffer, count, pos),
			write: (_file, data, pos) => simpleWriteToBuffer(buffer, pos, data),
			llseek: defaultLlseek,
		},
	});
	const task = bench.kernel.task();
	const fd = (await task.open('/run/f', O_RDWR)) as number;
	const at = async () => await task.lseek(fd, 0, SEEK_CUR);
	t.equal(text(await task.read(fd, 4)), '0123');
	t.equal(text(await task.read(fd, 4)), '4567');
	t.equal(text(await task.pread(fd, 3, 1)), '123');
	t.equal(await at(), 8);
	t.equal(text(await task.read(fd, 4)), '89');
	t.equal(text(await task.read(fd, 4)), '');
	t.equal(await at(), 10);
	t.equal(await task.lseek(fd, -3, SEEK_CUR), 7);
	t.equal(await task.write(fd, 'ab'), 2);
	t.equal(await at(), 9);
	t.equal(await task.pwrite(fd, 'XY', 0), 2);
	t.equal(await at(), 9);
	t.equal(await task.write(fd, 'cdef'), 1, 'as much as there is room for');
	t.equal(await task.write(fd, 'g'), 0);
	t.equal(text(buffer), 'XY23456abc');
});

onBench('ksys_write: a driver that tells no position leaves it where it is', async (t, bench) => {
	bench.file('f', {
		fop: { write: (_file, data) => data.length, read: () => TEXT.subarray(0, 1), llseek: noopLlseek },
	});
	const task = bench.kernel.task();
	const fd = (await task.open('/run/f', O_RDWR)) as number;
	t.equal(await task.write(fd, 'abc'), 3);
	t.equal(await task.lseek(fd, 5, SEEK_SET), 0);
	await task.read(fd, 1);
	t.equal(await task.lseek(fd, 99, SEEK_END), 1);
});

onBench('vfs_write: a count above what was given is cut', async (t, bench) => {
	const fop = { write: (_file: File, data: Uint8Array) => (data.length === 1 ? 4 : { count: 9, pos: 9 }) };
	bench.file('f', { fop });
	const task = bench.kernel.task();
	const fd = (await task.open('/run/f', O_WRONLY)) as number;
	t.equal(await task.write(fd, '1'), 1);
	t.equal(await task.write(fd, '12'), 2);
	t.equal(task.files.get(fd).pos, 9);
});

onBench('vfs_read: more bytes than were asked for is a mistake of the driver', async (t, bench) => {
	bench.expectedOopses = 1;
	bench.file('f', { fop: { read: () => TEXT } });
	const task = bench.kernel.task();
	const fd = (await task.open('/run/f', O_RDONLY)) as number;
	t.equal(await codeOf(() => task.read(fd, 9)), 'EIO');
	t.match(bench.log, /RangeError: read gave 10 bytes where 9 were asked for/);
	t.equal(text(await task.read(fd, 10)), '0123456789');
});

onBench('vfs_read: a read may say where the next one begins', async (t, bench) => {
	bench.file('f', { fop: { read: (_file, _count, pos) => ({ bytes: TEXT.subarray(0, 2), pos: pos + 100 }) } });
	const task = bench.kernel.task();
	const fd = (await task.open('/run/f', O_RDONLY)) as number;
	await task.read(fd, 10);
	t.equal(task.files.get(fd).pos, 100);
});

onBench('vfs_read, vfs_write, vfs_llseek: what is refused', async (t, bench) => {
	const read = () => new Uint8Array(0);
	const write = () => 0;
	const task = bench.kernel.task();
	const open = async (name: string, flags: number, init: object) => {
		bench.file(name, init);
		return (await task.open(`/run/${name}`, flags)) as number;
	};
	const closed = 99;
	const none = await open('none', O_RDWR, {});
	const both = await open('both', O_RDWR, { fop: { read, write, llseek: defaultLlseek } });
	const readOnly = await open('readOnly', O_RDONLY, { fop: { read, write } });
	const writeOnly = await open('writeOnly', O_WRONLY, { fop: { read, write } });
	const path = await open('path', O_RDWR | O_PATH, { fop: { read, write, llseek: defaultLlseek } });
	const dir = await open('dir', O_RDONLY, { mode: S_IFDIR | 0o755, nlink: 2 });
	const noPos = await open('noPos', O_RDWR, {
		fop: {
			read,
			write,
			open: (_inode: unknown, file: File) => {
				file.mode &= ~(FMODE_PREAD | FMODE_PWRITE);
			},
		},
	});
	const cases: [string, () => unknown, string | undefined][] = [
		['read closed', () => task.read(closed, 1), 'EBADF'],
		['read none', () => task.read(none, 1), 'EINVAL'],
		['read writeOnly', () => task.read(writeOnly, 1), 'EBADF'],
		['read path', () => task.read(path, 1), 'EBADF'],
		['read dir', () => task.read(dir, 1), 'EISDIR'],
		['read -1', () => task.read(both, -1), 'EINVAL'],
		['read 0', () => task.read(both, 0), undefined],
		['pread -1', () => task.pread(both, 1, -1), 'EINVAL'],
		['pread closed -1', () => task.pread(closed, 1, -1), 'EINVAL'],
		['pread noPos', () => task.pread(noPos, 1, 0), 'ESPIPE'],
		['read noPos', () => task.read(noPos, 1), undefined],
		['write none', () => task.write(none, 'x'), 'EINVAL'],
		['write readOnly', () => task.write(readOnly, 'x'), 'EBADF'],
		['write dir', () => task.write(dir, 'x'), 'EBADF'],
		['write empty', () => task.write(both, ''), undefined],
		['pwrite noPos', () => task.pwrite(noPos, 'x', 0), 'ESPIPE'],
		['pwrite -1', () => task.pwrite(both, 'x', -1), 'EINVAL'],
		['lseek none', () => task.lseek(none, 0, SEEK_SET), 'ESPIPE'],
		['lseek none, unknown whence', () => task.lseek(none, 0, 5), 'EINVAL'],
		['lseek both, unknown whence', () => task.lseek(both, 0, -1), 'EINVAL'],
		['lseek path', () => task.lseek(path, 0, SEEK_SET), 'EBADF'],
		['getdents file', () => task.getdents(both), 'ENOTDIR'],
		['ftruncate readOnly', () => task.ftruncate(readOnly, 0), 'EINVAL'],
		['ftruncate dir', () => task.ftruncate(dir, 0), 'EINVAL'],
		['ftruncate -1', () => task.ftruncate(both, -1), 'EINVAL'],
		['ftruncate path', () => task.ftruncate(path, 0), 'EBADF'],
		['fsync none', () => task.fsync(none), 'EINVAL'],
		['fchmod path', () => task.fchmod(path, 0), 'EBADF'],
		['fstat path', () => task.fstat(path), undefined],
		['fstatfs path', () => task.fstatfs(path), undefined],
	];
	for (const [title, call, code] of cases) t.equal(await codeOf(call), code, title);
});

onBench('llseek: where each variant goes', async (t, bench) => {
	const variants = {
		noop: noopLlseek,
		default: defaultLlseek,
		generic: genericFileLlseek(MAX_NON_LFS),
		fixed: fixedSizeLlseek(100),
	};
	const cases: [keyof typeof variants, number, number, number | string][] = [
		['noop', 5, SEEK_SET, 7],
		['noop', -5, SEEK_END, 7],
		['noop', 0, SEEK_DATA, 7],
		['default', 5, SEEK_SET, 5],
		['default', -1, SEEK_SET, 'EINVAL'],
		['default', -7, SEEK_CUR, 0],
		['default', -8, SEEK_CUR, 'EINVAL'],
		['default', -50, SEEK_END, 0],
		['default', -51, SEEK_END, 'EINVAL'],
		['default', 2 ** 40, SEEK_SET, 2 ** 40],
		['default', 49, SEEK_DATA, 49],
		['default', 50, SEEK_DATA, 'ENXIO'],
		['default', -1, SEEK_DATA, 'EINVAL'],
		['default', 0, SEEK_HOLE, 50],
		['default', 50, SEEK_HOLE, 'ENXIO'],
		['generic', 2 ** 31 - 1, SEEK_SET, 2 ** 31 - 1],
		['generic', 2 ** 31, SEEK_SET, 'EINVAL'],
		['generic', 2 ** 31, SEEK_CUR, 'EINVAL'],
		['generic', 0, SEEK_CUR, 7],
		['generic', -1, SEEK_DATA, 'ENXIO'],
		['generic', 10, SEEK_HOLE, 50],
		['fixed', 100, SEEK_SET, 100],
		['fixed', 101, SEEK_SET, 'EINVAL'],
		['fixed', 0, SEEK_END, 100],
		['fixed', 1, SEEK_END, 'EINVAL'],
		['fixed', 0, SEEK_DATA, 'EINVAL'],
	];
	const task = bench.kernel.task();
	for (const [i, [variant, offset, whence, want]] of cases.entries()) {
		bench.file(`f${i}`, { size: 50, fop: { llseek: variants[variant] } });
		const fd = (await task.open(`/run/f${i}`, O_RDONLY)) as number;
		task.files.get(fd).pos = 7;
		let got: number | string | undefined;
		const code = await codeOf(async () => {
			got = await task.lseek(fd, offset, whence);
		});
		t.equal(code ?? got, want, `${variant} ${offset} ${whence}`);
		t.equal(task.files.get(fd).pos, typeof want === 'number' ? want : 7, 'a refused seek leaves the position');
	}
});

onBench('stream_open: a file without a position', async (t, bench) => {
	const seen: number[] = [];
	bench.file('f', {
		fop: {
			open: (_inode, file) => streamOpen(file),
			read: (_file, _count, pos) => {
				seen.push(pos);
				return TEXT.subarray(0, 3);
			},
		},
	});
	const task = bench.kernel.task();
	const fd = (await task.open('/run/f', O_RDONLY)) as number;
	await task.read(fd, 3);
	await task.read(fd, 3);
	t.same(seen, [0, 0]);
	t.equal(await codeOf(() => task.pread(fd, 1, 0)), 'ESPIPE');
	t.equal(await codeOf(() => task.lseek(fd, 0, SEEK_SET)), 'ESPIPE');
});

onBench('fdget_pos: two reads of one open file do not get the same bytes', async (t, bench) => {
	let resume: (() => void)[] = [];
	bench.file('f', {
		fop: {
			async read(_file, count, pos) {
				await new Promise<void>(resolve => resume.push(resolve));
				return TEXT.subarray(pos, pos + count);
			},
			llseek: defaultLlseek,
		},
	});
	const task = bench.kernel.task();
	const fd = (await task.open('/run/f', O_RDONLY)) as number;
	const reads = [task.read(fd, 3), task.read(task.dup(fd), 3), task.pread(fd, 3, 0)];
	await settle();
	t.equal(resume.length, 2, 'pread does not wait for its turn');
	const seek = task.lseek(fd, 0, SEEK_SET);
	for (let turn = 0; turn < 2; turn++) {
		const now = resume;
		resume = [];
		for (const go of now) go();
		await settle();
	}
	t.same((await Promise.all(reads)).map(text), ['012', '345', '012']);
	t.equal(await seek, 0);
	t.equal(task.files.get(fd).pos, 0);
});
