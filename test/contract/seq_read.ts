/**
 * seq_read - what read(2) on a sequential file returns, and which operations it calls.
 *
 * Simulated by kernel-sim/fs/seq_file.ts after fs/seq_file.c. The files are those of the test module contract_seq; the numbers
 * are a real kernel's, where the module's twin in test/oracle gave them.
 */

import { O_RDONLY } from '../../src/uapi/fcntl.ts';
import type { Contract } from '../runner/contract.ts';
import type { Sys } from '../runner/sys.ts';
import { readFile, readToEnd, text, withFile, writeFile } from './files.ts';

const modules = ['contract_seq'];
const dir = '/proc/contract_seq';

const numbers = (count: number) => Array.from({ length: count }, (_, index) => `${index}\n`).join('');
const records = (...lengths: number[]) =>
	lengths.map((length, index) => `${'abcdefghijklmnopqrstuvwxyz'[index % 26]!.repeat(length - 1)}\n`).join('');

/** What a read of `count` bytes, repeated, returns: title, file, count, lengths, and the text that they make together. */
const reads: readonly [string, string, number, readonly number[], string][] = [
	[
		'a read ends at a record and is shorter than a page',
		'numbers',
		65536,
		[4095, 4095, 4095, 4095, 4095, 3415, 0, 0],
		numbers(5000),
	],
	['a file without end gives 4095 bytes, then the next 4095', 'endless', 65536, [4095, 4095], numbers(1860)],
	[
		'a record larger than the buffer is shown again, whole',
		'lengths',
		65536,
		[4024, 5675, 13753, 0],
		records(1553, 2471, 5675, 12884, 869),
	],
	[
		'what was left over comes first, and a refill follows in the same read',
		'lengths',
		5000,
		[4024, 5000, 5000, 5000, 4428, 0],
		records(1553, 2471, 5675, 12884, 869),
	],
	['a record fits only if it is smaller than the buffer', 'page', 65536, [4095, 4106, 0], records(4095, 4096, 10)],
	['a record of the size of the read comes alone', 'page', 4096, [4095, 4096, 10, 0], records(4095, 4096, 10)],
	['a record of 10000 bytes comes in one read', 'one', 65536, [10000, 0], records(10000)],
	['a record larger than the reader is delivered in pieces', 'one', 4096, [4096, 4096, 1808, 0], records(10000)],
	['a small read is filled to the last byte, across records', 'short', 7, [7, 7, 7, 7, 7, 7, 7, 1, 0, 0], numbers(20)],
	['a skipped record and an empty one leave no trace', 'skips', 65536, [16, 0], 'aaa\nbbb\nddd\nfff\n'],
];

const readContracts = reads.map(
	([title, file, count, lengths, want]): Contract => ({
		title: `seq_file: ${title}`,
		modules,
		file: `${dir}/${file}`,
		async run(t, { sys, file }) {
			const got = await withFile(sys, file, O_RDONLY, fd => several(sys, fd, count, lengths.length));
			t.same(
				got.map(part => part.length),
				lengths,
			);
			t.equal(got.join(''), want.slice(0, got.join('').length), 'the text');
		},
	}),
);

async function several(sys: Sys, fd: number, count: number, times: number): Promise<string[]> {
	const parts: string[] = [];
	for (let i = 0; i < times; i++) parts.push(text(await sys.read(fd, count)));
	return parts;
}

/** The calls that something makes: title, file, what is done, and the log. */
const orders: readonly [string, string, (sys: Sys, fd: number) => Promise<unknown>, string][] = [
	[
		'one read is one session of start, show, next and stop',
		'ordered',
		(sys, fd) => readToEnd(sys, fd),
		'start(0) show(0) next(0) show(1) next(1) show(2) next(2) show(3) next(3) show(4) next(4) show(5) next(5) show(6) ' +
			'next(6) show(7) next(7) show(8) next(8) show(9) next(9) show(10) stop(10) start(10) show(10) stop(10) start(10) ' +
			'show(10) next(10) show(11) next(11) show(12) next(12) show(13) next(13) show(14) next(14) show(15) next(15) ' +
			'show(16) next(16) show(17) next(17) show(18) next(18) show(19) next(19) stop() start(20) stop() ',
	],
	[
		'next is called after the last record that fits, show is not',
		'short',
		(sys, fd) => sys.read(fd, 10),
		'start(0) show(0) next(0) show(1) next(1) show(2) next(2) show(3) next(3) show(4) next(4) stop(5) ',
	],
	[
		'a left-over that is just enough is followed by a session that delivers nothing',
		'short',
		(sys, fd) => several(sys, fd, 1, 2),
		'start(0) show(0) next(0) stop(1) start(1) show(1) next(1) stop(2) ',
	],
	['open and a read of no bytes call nothing', 'short', (sys, fd) => sys.read(fd, 0), ''],
];

const orderContracts = orders.map(
	([title, file, act, want]): Contract => ({
		title: `seq_file: ${title}`,
		modules,
		file: `${dir}/${file}`,
		async run(t, { sys, root, file }) {
			await writeFile(sys, `${root}${dir}/log`, 'clear');
			await withFile(sys, file, O_RDONLY, fd => act(sys, fd));
			t.equal(await readFile(sys, `${root}${dir}/log`), want);
		},
	}),
);

const others: readonly Contract[] = [
	{
		title: 'seq_file: a read of many records is shorter than a page and ends at a record',
		modules,
		file: `${dir}/numbers`,
		standIn: '/proc/kallsyms',
		async run(t, { sys, file }) {
			const got = await withFile(sys, file, O_RDONLY, fd => several(sys, fd, 65536, 4));
			for (const part of got) {
				t.ok(part.length > 2048 && part.length < 4096, `${part.length} bytes`);
				t.equal(part.at(-1), '\n');
			}
		},
	},
	{
		title: 'seq_file: reads of one byte make the text that one read gives',
		file: '/proc/filesystems',
		async run(t, { sys, file }) {
			const whole = await readFile(sys, file);
			t.equal(await withFile(sys, file, O_RDONLY, fd => readToEnd(sys, fd, 1)), whole);
			t.equal(await withFile(sys, file, O_RDONLY, fd => readToEnd(sys, fd, 17)), whole);
		},
	},
	{
		title: 'seq_file: an error of show comes after the records before it, and again at each read',
		modules,
		file: `${dir}/fails`,
		async run(t, { sys, file }) {
			const fd = await sys.open(file, O_RDONLY);
			t.equal(text(await sys.read(fd, 65536)), 'aaa\nbbb\nccc\n');
			await t.rejects(sys.read(fd, 65536), { code: 'EIO' });
			await t.rejects(sys.read(fd, 65536), { code: 'EIO' });
		},
	},
	{
		title: 'seq_file: an error of the first show is the error of the read',
		modules,
		file: `${dir}/fails_first`,
		run: async (t, { sys, file }) => void (await t.rejects(readFile(sys, file), { code: 'EIO' })),
	},
	{
		title: 'seq_file: an error of start is the error of the read',
		modules,
		file: `${dir}/start_fails`,
		run: async (t, { sys, file }) => void (await t.rejects(readFile(sys, file), { code: 'ENODEV' })),
	},
	{
		title: 'seq_file: a file that has grown continues after its end was read',
		modules,
		file: `${dir}/lines`,
		async run(t, { sys, file }) {
			await writeFile(sys, file, 'first\n');
			const fd = await sys.open(file, O_RDONLY);
			const before = await readToEnd(sys, fd);
			t.match(before, /first\n$/);
			await writeFile(sys, file, 'second\n');
			t.equal(text(await sys.read(fd, 65536)), 'second\n');
			t.equal(text(await sys.read(fd, 65536)), '');
		},
	},
	{
		title: 'seq_file: two open files have positions and buffers of their own',
		modules,
		file: `${dir}/short`,
		standIn: '/proc/filesystems',
		async run(t, { sys, file }) {
			const [one, other] = [await sys.open(file, O_RDONLY), await sys.open(file, O_RDONLY)];
			const first = text(await sys.read(one, 4));
			t.equal(text(await sys.read(other, 4)), first);
			t.equal(text(await sys.read(one, 4)), text(await sys.read(other, 4)));
		},
	},
	{
		title: 'single_open: one showing serves all reads of a pass',
		modules,
		file: `${dir}/counter`,
		async run(t, { sys, file }) {
			const fd = await sys.open(file, O_RDONLY);
			const [, count] = /^shown (\d+) times\n$/.exec(await readToEnd(sys, fd, 1)) ?? [];
			t.equal(text(await sys.read(fd, 1)), '', 'the end stays the end');
			t.equal(text(await sys.pread(fd, 100, 0)), `shown ${Number(count) + 1} times\n`, 'offset 0 shows anew');
		},
	},
	{
		title: 'single_open: a text that changes is whole in each pass',
		file: '/proc/uptime',
		async run(t, { sys, file }) {
			const fd = await sys.open(file, O_RDONLY);
			const first = await readToEnd(sys, fd, 3);
			t.match(first, /^\d+\.\d\d \d+\.\d\d\n$/);
			await sys.lseek(fd, 0, 0);
			const second = await readToEnd(sys, fd, 3);
			t.match(second, /^\d+\.\d\d \d+\.\d\d\n$/);
			t.ok(Number.parseFloat(second) >= Number.parseFloat(first));
		},
	},
	{
		title: 'seq_read: an address that cannot be written is EFAULT and loses nothing',
		needs: ['memory'],
		file: '/proc/version',
		async run(t, { sys, file }) {
			const fd = await sys.open(file, O_RDONLY);
			await t.rejects(sys.readFault(fd, 100), { code: 'EFAULT' });
			t.match(text(await sys.read(fd, 100)), /^Linux version /);
		},
	},
];

export const seqRead: readonly Contract[] = [...readContracts, ...orderContracts, ...others];
