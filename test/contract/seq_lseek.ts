/**
 * seq_lseek - positions in a sequential file: lseek(2), pread(2), pwrite(2).
 *
 * Simulated by kernel-sim/fs/seq_file.ts after seq_lseek and traverse of fs/seq_file.c.
 */

import {
	O_RDONLY,
	O_RDWR,
	O_WRONLY,
	SEEK_CUR,
	SEEK_DATA,
	SEEK_END,
	SEEK_HOLE,
	SEEK_SET,
} from '../../src/uapi/fcntl.ts';
import type { Contract } from '../runner/contract.ts';
import { readFile, readToEnd, text, withFile, writeFile } from './files.ts';

const modules = ['contract_seq'];
const dir = '/proc/contract_seq';

/** Seeks that are refused: title, offset, whence. */
const refused: readonly [string, number, number][] = [
	['a negative offset', -1, SEEK_SET],
	['a position before the beginning', -1, SEEK_CUR],
	['SEEK_END', 0, SEEK_END],
	['SEEK_DATA', 0, SEEK_DATA],
	['SEEK_HOLE', 0, SEEK_HOLE],
	['an unknown whence', 0, 9],
];

const refusals = refused.map(
	([title, offset, whence]): Contract => ({
		title: `seq_lseek: ${title} is EINVAL`,
		file: '/proc/version',
		async run(t, { sys, file }) {
			const fd = await sys.open(file, O_RDONLY);
			await t.rejects(sys.lseek(fd, offset, whence), { code: 'EINVAL' });
		},
	}),
);

export const seqLseek: readonly Contract[] = [
	...refusals,
	{
		title: 'seq_lseek: a position within the text continues there',
		modules,
		file: `${dir}/numbers`,
		standIn: '/proc/version',
		async run(t, { sys, file }) {
			const whole = await readFile(sys, file);
			const fd = await sys.open(file, O_RDONLY);
			for (const offset of [5, 50, 0, 49, 1]) {
				t.equal(await sys.lseek(fd, offset, SEEK_SET), offset);
				t.equal(text(await sys.read(fd, 20)), whole.slice(offset, offset + 20), `at ${offset}`);
			}
		},
	},
	{
		title: 'seq_lseek: SEEK_CUR counts from the position',
		file: '/proc/version',
		async run(t, { sys, file }) {
			const fd = await sys.open(file, O_RDONLY);
			await sys.read(fd, 10);
			t.equal(await sys.lseek(fd, 0, SEEK_CUR), 10);
			t.equal(await sys.lseek(fd, -4, SEEK_CUR), 6);
			t.equal(text(await sys.read(fd, 8)), 'version ');
		},
	},
	{
		title: 'seq_lseek: a position far beyond the end is accepted, and reads nothing',
		file: '/proc/version',
		async run(t, { sys, file }) {
			const fd = await sys.open(file, O_RDONLY);
			t.equal(await sys.lseek(fd, 2 ** 40, SEEK_SET), 2 ** 40);
			t.equal((await sys.read(fd, 100)).length, 0);
			t.equal(await sys.lseek(fd, 0, SEEK_CUR), 2 ** 40);
		},
	},
	{
		title: 'seq_lseek: back at 0 the text is made anew',
		modules,
		file: `${dir}/counter`,
		async run(t, { sys, file }) {
			const fd = await sys.open(file, O_RDONLY);
			const first = await readToEnd(sys, fd);
			await sys.lseek(fd, 0, SEEK_SET);
			const second = await readToEnd(sys, fd);
			t.not(second, first);
		},
	},
	{
		title: 'seq_lseek: an error on the way is the error of whoever looks, and puts the file back to its beginning',
		modules,
		file: `${dir}/fails`,
		async run(t, { sys, file }) {
			const fd = await sys.open(file, O_RDONLY);
			await t.rejects(sys.lseek(fd, 20, SEEK_SET), { code: 'EIO' });
			t.equal(text(await sys.read(fd, 65536)), 'aaa\nbbb\nccc\n');
		},
	},
	{
		title: 'seq_read: pread reads anywhere and leaves the position alone',
		file: '/proc/version',
		async run(t, { sys, file }) {
			const fd = await sys.open(file, O_RDONLY);
			t.equal(text(await sys.read(fd, 6)), 'Linux ');
			t.equal(text(await sys.pread(fd, 5, 0)), 'Linux');
			t.equal(text(await sys.pread(fd, 7, 6)), 'version');
			t.equal((await sys.pread(fd, 7, 100_000)).length, 0);
			t.equal(text(await sys.read(fd, 7)), 'version');
		},
	},
	{
		title: 'seq_read: pread elsewhere walks from the first record',
		modules,
		file: `${dir}/short`,
		async run(t, { sys, root, file }) {
			await writeFile(sys, `${root}${dir}/log`, 'clear');
			const got = await withFile(sys, file, O_RDONLY, fd => sys.pread(fd, 4, 6));
			t.equal(text(got), '3\n4\n');
			t.equal(
				await readFile(sys, `${root}${dir}/log`),
				'start(0) show(0) next(0) show(1) next(1) show(2) next(2) stop(3) start(3) show(3) next(3) show(4) next(4) stop(5) ',
			);
		},
	},
	{
		title: 'seq_open: pwrite is ESPIPE, as the file cannot be written at a position',
		modules,
		file: `${dir}/lines`,
		standIn: '/proc/self/comm',
		async run(t, { sys, file }) {
			const fd = await sys.open(file, O_WRONLY);
			await t.rejects(sys.pwrite(fd, 'contract', 0), { code: 'ESPIPE' });
		},
	},
	{
		title: 'seq_open: a write does not move the position',
		modules,
		file: `${dir}/lines`,
		standIn: '/proc/self/comm',
		async run(t, { sys, file }) {
			const fd = await sys.open(file, O_RDWR);
			t.equal(await sys.write(fd, 'contract'), 8);
			t.equal(await sys.lseek(fd, 0, SEEK_CUR), 0);
			t.match(await readToEnd(sys, fd), /contract/);
		},
	},
];
