/**
 * proc_legacy - files of one page: what read_proc is called with and what becomes of its answer.
 *
 * Simulated by kernel-sim/fs/proc/legacy.ts after fs/proc/generic.c of Linux 3.9, the last that had it.
 */

import type { Test } from 'tap';
import { O_RDONLY, O_RDWR, SEEK_CUR, SEEK_DATA, SEEK_END, SEEK_SET } from '../../src/uapi/fcntl.ts';
import type { Contract, Machine } from '../runner/contract.ts';
import { readFile, readToEnd, text, withFile, writeFile } from './files.ts';

const modules = ['contract_legacy'];
const dir = '/proc/contract_legacy';

/** A contract on what reads of `sizes` bytes give, one after the other, and on the calls of read_proc that they make. */
function reads(
	title: string,
	name: string,
	sizes: readonly number[],
	lengths: readonly number[],
	calls?: string,
): Contract {
	return {
		title: `read_proc: ${title}`,
		modules,
		file: `${dir}/${name}`,
		async run(t, { sys, root, file }) {
			await writeFile(sys, `${root}${dir}/log`, 'forget');
			const got: number[] = [];
			await withFile(sys, file, O_RDONLY, async fd => {
				for (const size of sizes) got.push((await sys.read(fd, size)).length);
			});
			t.same(got, lengths);
			if (calls !== undefined) t.equal((await readFile(sys, `${root}${dir}/log`)).trimEnd(), calls);
		},
	};
}

/** A contract on the whole text of a file. */
function whole(title: string, name: string, check: (t: Test, text: string, machine: Machine) => unknown): Contract {
	return {
		title: `read_proc: ${title}`,
		modules,
		file: `${dir}/${name}`,
		run: async (t, machine) => void (await check(t, await readFile(machine.sys, machine.file), machine)),
	};
}

const tens = [10, 10, 10, 10, 10];

const pages: readonly Contract[] = [
	reads(
		'a callback that looks at neither off nor eof is cut to what is wanted',
		'classic',
		tens,
		[10, 10, 10, 7, 0],
		'0,10 10,10 20,10 30,10 37,3 37,10',
	),
	whole('the classic text', 'classic', (t, text) => t.equal(text, 'hello world: first file private data\n')),
	reads(
		'is asked for 3072 bytes at most, and again for the rest',
		'answer_3500',
		[4096],
		[3500],
		'0,3072 3072,1024 3500,596',
	),
	reads(
		'a read as large as the block is one call',
		'answer_3500',
		[3072, 3072, 3072],
		[3072, 428, 0],
		'0,3072 3072,3072 3500,2644 3500,3072',
	),
	{
		title: 'read_proc: more than a page is cut to it, and the log is told',
		needs: ['dmesg'],
		modules,
		file: `${dir}/overflow`,
		async run(t, { sys, file, dmesg }) {
			t.equal((await readFile(sys, file)).length, 4096);
			t.match(await dmesg(), /proc_file_read: Apparent buffer overflow!\n/);
		},
	},
	{
		title: 'read_proc: is called anew in each turn of one read, and a text that has grown shows torn',
		modules,
		file: `${dir}/counter`,
		async run(t, { sys, file }) {
			const fd = await sys.open(file, O_RDONLY);
			t.equal(text(await sys.read(fd, 100)), 'call 9\n\n');
			const bytewise: string[] = [];
			await sys.lseek(fd, 0, SEEK_SET);
			for (let i = 0; i < 8; i++) bytewise.push(text(await sys.read(fd, 1)));
			t.equal(bytewise.join(''), 'call 18\n');
		},
	},
];

const positions: readonly Contract[] = [
	reads(
		'start in the page: the position advances by the bytes, until eof',
		'large',
		[4096, 4096, 4096, 4096],
		[4096, 4096, 1808, 0],
	),
	whole('start in the page: a file may be larger than one', 'large', (t, text) => {
		t.equal(text.length, 10_000);
		for (const at of [0, 3071, 3072, 4096, 9999]) t.equal(text.charCodeAt(at), 97 + (at % 26), `at ${at}`);
	}),
	whole('start in the middle of the page: the bytes are there', 'inner', (t, text) =>
		t.equal(text, 'in the middle of the page\n'),
	),
	reads('start in the page, and neither off nor eof: the file never ends', 'endless', [20_000, 7], [20_000, 7]),
	reads(
		'start is a number: the page is one block, and the position advances by the number',
		'blocks',
		[16, 4096, 4096],
		[16, 24, 0],
		'0,16 1,8 2,3072 3,3072 4,3072 5,3072 5,3072',
	),
	whole('start is a number: blocks follow one another', 'blocks', (t, text) =>
		t.equal(text, 'block 0\nblock 1\nblock 2\nblock 3\nblock 4\n'),
	),
	reads('may sleep', 'sleeps', [4], [4], '0,4'),
];

const errors: readonly Contract[] = [
	...[
		{ name: 'fails', before: 'twenty bytes of text', sort: 'has got bytes hears of an error at the next read' },
		{ name: 'sleeps', before: 'slept to 0\n', sort: 'has got bytes hears of a late error at the next read' },
		{ name: 'fails_first', before: '', sort: 'has got none hears of it at once' },
	].map(
		({ name, before, sort }): Contract => ({
			title: `read_proc: whoever ${sort}`,
			modules,
			file: `${dir}/${name}`,
			async run(t, { sys, file }) {
				const fd = await sys.open(file, O_RDONLY);
				if (before !== '') t.equal(text(await sys.read(fd, 100)), before);
				await t.rejects(sys.read(fd, 100), { code: 'ENOMEM' });
				await t.rejects(sys.read(fd, 100), { code: 'ENOMEM' });
			},
		}),
	),
	{
		title: 'read_proc: an entry without one is empty; without write_proc, a write is EIO',
		modules,
		file: `${dir}/nothing`,
		async run(t, { sys, file }) {
			t.equal(await readFile(sys, file), '');
			await t.rejects(writeFile(sys, file, 'x'), { code: 'EIO' });
		},
	},
];

const writes: readonly Contract[] = [
	{
		title: 'write_proc: gets each write whole, and its answer is the answer',
		modules,
		file: `${dir}/both`,
		async run(t, { sys, file }) {
			t.equal(await writeFile(sys, file, 'something\n'), 10);
			t.equal(await readFile(sys, file), 'something\n');
			await t.rejects(writeFile(sys, file, 'more than there is room for'), { code: 'ENOSPC' });
			t.equal(await readFile(sys, file), 'something\n');
		},
	},
	{
		title: 'write_proc: the position stays, and a read goes on where the last one ended',
		modules,
		file: `${dir}/both`,
		async run(t, { sys, file }) {
			await writeFile(sys, file, '0123456789');
			await withFile(sys, file, O_RDWR, async fd => {
				t.equal(text(await sys.read(fd, 5)), '01234');
				t.equal(await sys.write(fd, 'abcdefghij'), 10);
				t.equal(await readToEnd(sys, fd), 'fghij');
			});
		},
	},
];

/** Seeks that are refused: title, offset, whence. */
const refused: readonly [string, number, number][] = [
	['a negative position', -1, SEEK_SET],
	['a position before the beginning', -6, SEEK_CUR],
	['a position of 2^31', 2 ** 31, SEEK_SET],
	['a way to 2^31', 2 ** 31 - 5, SEEK_CUR],
	['SEEK_END', 0, SEEK_END],
	['SEEK_DATA', 0, SEEK_DATA],
];

const seeks: readonly Contract[] = [
	...refused.map(
		([title, offset, whence]): Contract => ({
			title: `proc_file_lseek: ${title} is EINVAL`,
			modules,
			file: `${dir}/classic`,
			async run(t, { sys, file }) {
				await withFile(sys, file, O_RDONLY, async fd => {
					await sys.read(fd, 5);
					await t.rejects(sys.lseek(fd, offset, whence), { code: 'EINVAL' });
					t.equal(text(await sys.read(fd, 6)), ' world');
				});
			},
		}),
	),
	{
		title: 'proc_file_lseek: any position below 2^31, where the text continues or has ended',
		modules,
		file: `${dir}/classic`,
		async run(t, { sys, file }) {
			await withFile(sys, file, O_RDONLY, async fd => {
				t.equal(await sys.lseek(fd, 6, SEEK_SET), 6);
				t.equal(text(await sys.read(fd, 5)), 'world');
				t.equal(await sys.lseek(fd, -5, SEEK_CUR), 6);
				t.equal(text(await sys.pread(fd, 5, 0)), 'hello');
				t.equal(text(await sys.read(fd, 5)), 'world');
				t.equal(await sys.lseek(fd, 2 ** 31 - 1, SEEK_SET), 2 ** 31 - 1);
				t.equal((await sys.read(fd, 5)).length, 0);
			});
		},
	},
	{
		title: 'create_proc_entry: the size is 0, and a mode of 0 is 0444',
		modules,
		async run(t, { sys, root }) {
			t.match(await sys.stat(`${root}${dir}/counter`), { mode: 0o100444, size: 0 });
			t.match(await sys.stat(`${root}${dir}/both`), { mode: 0o100644, size: 0 });
		},
	},
];

export const procLegacy: readonly Contract[] = [...pages, ...positions, ...errors, ...writes, ...seeks];
