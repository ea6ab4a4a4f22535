/**
 * sysctl - what the handlers under /proc/sys make of what is written, and show of it.
 *
 * Simulated by kernel-sim/kernel/sysctl after kernel/sysctl.c. The files are those of lib/test_sysctl.c.
 */

import type { Test } from 'tap';
import { isErrno } from '../../src/lib/errno.ts';
import { O_RDONLY, O_RDWR, O_WRONLY } from '../../src/uapi/fcntl.ts';
import type { Contract, Machine } from '../runner/contract.ts';
import type { Sys } from '../runner/sys.ts';
import { readFile, text, withFile, writeFile } from './files.ts';

const modules = ['test_sysctl'];
const dir = '/proc/sys/debug/test_sysctl';
const strict = '/proc/sys/kernel/sysctl_writes_strict';

/** What was written, what write(2) said (bytes or the error), and what the file shows then. */
type Row = readonly [written: string, said: number | string, shown: string];

/** One write(2): the bytes taken, or the name of the error. */
async function said(sys: Sys, fd: number, data: string): Promise<number | string> {
	try {
		return await sys.write(fd, data);
	} catch (error) {
		if (isErrno(error)) return error.code;
		return (error as { code: string }).code;
	}
}

/** A contract on a file that is `initial` before each row. */
function rows(title: string, name: string, initial: string, table: readonly Row[]): Contract {
	return {
		title,
		modules,
		file: `${dir}/${name}`,
		async run(t, { sys, file }) {
			for (const [written, answer, shown] of table) {
				await writeFile(sys, file, initial);
				const got = await withFile(sys, file, O_WRONLY, fd => said(sys, fd, written));
				const label = JSON.stringify(written.length > 40 ? `${written.slice(0, 40)}...` : written);
				t.same([got, await readFile(sys, file)], [answer, shown], label);
			}
			await writeFile(sys, file, initial);
		},
	};
}

const numbers: readonly Contract[] = [
	rows('proc_dointvec: blanks around a number, bases, and what is no number', 'int_0002', '7', [
		['5\n', 2, '5\n'],
		['5', 1, '5\n'],
		[' \t\n5', 4, '5\n'],
		['5 \n\t ', 5, '5\n'],
		['-5', 2, '-5\n'],
		['0x7f', 4, '127\n'],
		['0X7F', 4, '127\n'],
		['010', 3, '8\n'],
		['-010', 4, '-8\n'],
		['0', 1, '0\n'],
		['08', 'EINVAL', '7\n'],
		['0x', 'EINVAL', '7\n'],
		['0xg', 'EINVAL', '7\n'],
		['+1', 'EINVAL', '7\n'],
		['--5', 'EINVAL', '7\n'],
		['-', 'EINVAL', '7\n'],
		['- 5', 'EINVAL', '7\n'],
		['5,', 'EINVAL', '7\n'],
		['5;', 'EINVAL', '7\n'],
		['5\r\n', 'EINVAL', '7\n'],
		['5\0', 'EINVAL', '7\n'],
		['5.0', 'EINVAL', '7\n'],
		['abc', 'EINVAL', '7\n'],
		['5abc', 'EINVAL', '7\n'],
		['\n', 'EINVAL', '7\n'],
		['   ', 'EINVAL', '7\n'],
		['', 0, '7\n'],
	]),
	rows('proc_dointvec: an int is 32 bits wide', 'int_0002', '7', [
		['2147483647', 10, '2147483647\n'],
		['-2147483648', 11, '-2147483648\n'],
		['0x7fffffff', 10, '2147483647\n'],
		['2147483648', 'EINVAL', '7\n'],
		['-2147483649', 'EINVAL', '7\n'],
		['0x80000000', 'EINVAL', '7\n'],
		['18446744073709551615', 'EINVAL', '7\n'],
		['18446744073709551617', 'EINVAL', '7\n'],
	]),
	rows('proc_get_long: more than 20 characters are no number, though they were zeros', 'int_0002', '7', [
		['00000000000000000005', 20, '5\n'],
		['000000000000000000005', 'EINVAL', '7\n'],
		['-0000000000000000005', 20, '-5\n'],
		['-00000000000000000005', 'EINVAL', '7\n'],
		['0'.repeat(5000), 'EINVAL', '7\n'],
		[`5${' '.repeat(5000)}`, 5001, '5\n'],
		[`${' '.repeat(4094)}5`, 4095, '5\n'],
		[`${' '.repeat(4095)}5`, 'EINVAL', '7\n'],
	]),
	rows('proc_dointvec: of two numbers for one int the first is stored, and the rest is not taken', 'int_0002', '7', [
		['1 0', 2, '1\n'],
		['1\n0\n', 2, '1\n'],
		['1  0', 3, '1\n'],
		['1 x', 2, '1\n'],
		['1 0 5 6 7', 2, '1\n'],
	]),
	rows('proc_dointvec_minmax: a value out of range is EINVAL and changes nothing', 'int_0001', '60', [
		['0', 1, '0\n'],
		['100', 3, '100\n'],
		['101', 'EINVAL', '60\n'],
		['-1', 'EINVAL', '60\n'],
		['4294967296', 'EINVAL', '60\n'],
	]),
	rows('proc_dointvec: a vector, of which as much is set as is named', 'int_0003', '0 1 2 3', [
		['4', 1, '4\t1\t2\t3\n'],
		['4 5', 3, '4\t5\t2\t3\n'],
		['4\t5\n6 7\n', 8, '4\t5\t6\t7\n'],
		['4 5 6 7 8', 8, '4\t5\t6\t7\n'],
		['4 5 6 7    8', 11, '4\t5\t6\t7\n'],
	]),
	rows('proc_dointvec: elements before one that is refused stay stored', 'int_0003', '0 1 2 3', [
		['9 x 1 7', 'EINVAL', '9\t1\t2\t3\n'],
		['9 8 7 2147483648', 'EINVAL', '9\t8\t7\t3\n'],
		['x 9', 'EINVAL', '0\t1\t2\t3\n'],
		['9 8,7', 'EINVAL', '9\t1\t2\t3\n'],
	]),
	rows('proc_douintvec: everything that is written is taken, and its first number counts', 'uint_0001', '314', [
		['5\n', 2, '5\n'],
		['5 6', 3, '5\n'],
		['4294967295', 10, '4294967295\n'],
		['4294967296', 'EINVAL', '314\n'],
		['-1', 'EINVAL', '314\n'],
		['-0', 'EINVAL', '314\n'],
		['0x00000001ffffffff', 'EINVAL', '314\n'],
		['', 0, '314\n'],
		['\n', 'EINVAL', '314\n'],
	]),
	rows('proc_do_large_bitmap: ranges are merged and sorted', 'bitmap_0001', '1', [
		['1,3-5,100', 9, '1,3-5,100\n'],
		['3-5,4-9', 7, '3-9\n'],
		['9,7,8', 5, '7-9\n'],
		['5-5', 3, '5\n'],
		['65535', 5, '65535\n'],
		['0-65535\n', 8, '0-65535\n'],
		['\n', 1, '\n'],
		['1,2\n', 4, '1-2\n'],
		['1\n2', 3, '1-2\n'],
		['65536', 'EINVAL', '1\n'],
		['5-3', 'EINVAL', '1\n'],
		['1-', 'EINVAL', '1\n'],
		['-5', 'EINVAL', '1\n'],
		['1,,2', 'EINVAL', '1\n'],
		['1 2', 'EINVAL', '1\n'],
		['a', 'EINVAL', '1\n'],
		['', 0, '1\n'],
	]),
];

const strings: readonly Contract[] = [
	rows('proc_dostring: a value ends at its first newline or NUL', 'string_0001', 'old', [
		['new\n', 4, 'new\n'],
		['new', 3, 'new\n'],
		['one\ntwo\n', 8, 'one\n'],
		['one\0two', 7, 'one\n'],
		['\n', 1, '\n'],
		['\0x', 2, '\n'],
		['  blank  ', 9, '  blank  \n'],
		['', 0, 'old\n'],
	]),
	rows('proc_dostring: what is too long is cut, and taken all the same', 'string_0001', 'old', [
		['x'.repeat(64), 64, `${'x'.repeat(64)}\n`],
		['x'.repeat(65), 65, `${'x'.repeat(64)}\n`],
		[`${'x'.repeat(70)}\n`, 71, `${'x'.repeat(64)}\n`],
	]),
];

const reads: readonly Contract[] = [
	{
		title: 'proc_dointvec: a read that does not begin at 0 is at the end of the file',
		file: '/proc/sys/kernel/printk',
		async run(t, { sys, file }) {
			const whole = await readFile(sys, file);
			t.match(whole, /^-?\d+\t-?\d+\t-?\d+\t-?\d+\n$/);
			const fd = await sys.open(file, O_RDONLY);
			t.equal(text(await sys.read(fd, 3)), whole.slice(0, 3));
			t.equal(text(await sys.read(fd, 100)), '');
			t.equal(text(await sys.pread(fd, 100, 1)), '');
			t.equal(text(await sys.pread(fd, 100, 0)), whole);
		},
	},
	{
		title: 'proc_dostring: a read goes on where the one before has ended',
		file: '/proc/sys/kernel/ostype',
		async run(t, { sys, file }) {
			const fd = await sys.open(file, O_RDONLY);
			for (const part of ['Lin', 'ux\n', '']) t.equal(text(await sys.read(fd, 3)), part);
			t.equal(text(await sys.pread(fd, 3, 5)), '\n');
			t.equal(text(await sys.pread(fd, 3, 6)), '');
			t.equal(text(await sys.pread(fd, 0, 0)), '');
		},
	},
	{
		title: 'proc_do_uuid: another one at each read, and boot_id is the same',
		file: '/proc/sys/kernel/random',
		async run(t, { sys, file }) {
			const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}\n$/;
			const [one, other] = [await readFile(sys, `${file}/uuid`), await readFile(sys, `${file}/uuid`)];
			t.match(one, uuid);
			t.not(one, other);
			t.match(await readFile(sys, `${file}/boot_id`), uuid);
			t.equal(await readFile(sys, `${file}/boot_id`), await readFile(sys, `${file}/boot_id`));
		},
	},
	{
		title: 'sysctl: writing back what is there changes nothing',
		needs: ['sysctl'],
		file: '/proc/sys',
		async run(t, { sys, file }) {
			const names = [
				'vm/dirty_expire_centisecs',
				'kernel/printk_ratelimit',
				'fs/aio-max-nr',
				'net/unix/max_dgram_qlen',
			];
			for (const name of [...names, 'net/ipv4/neigh/default/gc_interval', 'dev/tty/legacy_tiocsti']) {
				const value = await readFile(sys, `${file}/${name}`);
				t.equal(await writeFile(sys, `${file}/${name}`, value), value.length, name);
				t.equal(await readFile(sys, `${file}/${name}`), value, name);
			}
		},
	},
	{
		title: 'sysctl: what is refused changes nothing',
		needs: ['sysctl'],
		file: '/proc/sys',
		async run(t, { sys, file }) {
			const refused: readonly (readonly [name: string, value: string])[] = [
				['vm/swappiness', '201'],
				['vm/swappiness', '-1'],
				['vm/overcommit_memory', '3'],
				['kernel/sysctl_writes_strict', '2'],
				['kernel/sysctl_writes_strict', '-2'],
				['kernel/printk_delay', '10001'],
				['kernel/pid_max', '300'],
				['kernel/threads-max', '0'],
				['kernel/modules_disabled', '0'],
				['kernel/kptr_restrict', '3'],
				['kernel/randomize_va_space', 'x'],
				['fs/mount-max', '0'],
				['fs/nr_open', '63'],
				['fs/file-max', '9223372036854775808'],
				['fs/protected_regular', '3'],
				['vm/percpu_pagelist_high_fraction', '7'],
				['net/ipv4/ip_default_ttl', '0'],
				['net/ipv4/ip_default_ttl', '256'],
				['net/ipv4/ip_local_port_range', '5 4'],
				['net/ipv4/tcp_congestion_control', '\n'],
				['net/core/rmem_default', '1'],
				['kernel/printk_devkmsg', 'sometimes'],
			];
			for (const [name, value] of refused) {
				const path = `${file}/${name}`;
				const before = await readFile(sys, path).catch(() => undefined);
				if (before === undefined) continue;
				const error = name.includes('congestion') ? 'ENOENT' : 'EINVAL';
				await t.rejects(writeFile(sys, path, `${value}`), { code: error }, `${name}=${value}`);
				t.equal(await readFile(sys, path), before, name);
			}
		},
	},
];

/** A contract in one mode of kernel.sysctl_writes_strict. */
function inMode(title: string, mode: string, run: (t: Test, sys: Sys) => Promise<void>): Contract {
	return {
		title,
		modules,
		file: strict,
		async run(t, { sys, file }: Machine) {
			const root = file.slice(0, -strict.length);
			await writeFile(sys, file, mode);
			await run(t, {
				...sys,
				open: (path, flags) => sys.open(`${root}${path}`, flags),
			}).finally(() => writeFile(sys, file, '1'));
			await writeFile(sys, `${root}${dir}/int_0001`, '60');
			await writeFile(sys, `${root}${dir}/string_0001`, '(none)');
		},
	};
}

/** Two writes through one descriptor, and what is shown then. */
async function twice(sys: Sys, path: string, one: string, other: string): Promise<unknown[]> {
	const fd = await sys.open(path, O_RDWR);
	const answers = [await said(sys, fd, one), await said(sys, fd, other)];
	await sys.close(fd);
	return [...answers, await readFile(sys, path)];
}

const positions: readonly Contract[] = [
	inMode('sysctl_writes_strict 1: a number behind the beginning is taken and ignored', '1', async (t, sys) => {
		t.same(await twice(sys, `${dir}/int_0001`, '6\n', '7\n'), [2, 2, '6\n']);
		t.same(await twice(sys, `${dir}/int_0001`, '6\n', 'x'), [2, 1, '6\n']);
		t.same(await twice(sys, `${dir}/int_0001`, '\n', '7\n'), ['EINVAL', 2, '7\n'], 'what is refused moves no position');
	}),
	inMode('sysctl_writes_strict 1: a string goes on where the one before has ended', '1', async (t, sys) => {
		t.same(await twice(sys, `${dir}/string_0001`, 'abc', 'def'), [3, 3, 'abcdef\n']);
		t.same(await twice(sys, `${dir}/string_0001`, 'abc\n', 'def\n'), [4, 4, 'abc\n'], 'not behind its end');
		const long = 'x'.repeat(40);
		t.same(await twice(sys, `${dir}/string_0001`, long, long), [40, 40, `${'x'.repeat(64)}\n`]);
		const fd = await sys.open(`${dir}/string_0001`, O_RDWR);
		t.equal(await sys.write(fd, 'abcdef'), 6);
		t.equal(await sys.pwrite(fd, 'XY', 2), 2);
		t.equal(text(await sys.pread(fd, 100, 0)), 'abXY\n');
		t.equal(await sys.pwrite(fd, 'no', 10), 2);
		t.equal(text(await sys.pread(fd, 100, 0)), 'abXY\n');
	}),
	inMode('sysctl_writes_strict 0: every write counts', '0', async (t, sys) => {
		t.same(await twice(sys, `${dir}/int_0001`, '6\n', '7\n'), [2, 2, '7\n']);
		t.same(await twice(sys, `${dir}/string_0001`, 'abc', 'def'), [3, 3, 'def\n']);
	}),
	inMode('sysctl_writes_strict -1: every write counts', '-1', async (t, sys) => {
		t.same(await twice(sys, `${dir}/int_0001`, '6\n', '7\n'), [2, 2, '7\n']);
		t.same(await twice(sys, `${dir}/string_0001`, 'abc\n', 'd\n'), [4, 2, 'd\n']);
	}),
	inMode('proc_do_large_bitmap: a write behind the beginning adds to the bits', '1', async (t, sys) => {
		t.same(await twice(sys, `${dir}/bitmap_0001`, '1,2\n', '5-7\n'), [4, 4, '1-2,5-7\n']);
		t.same(await twice(sys, `${dir}/bitmap_0001`, '3', '9\n'), [1, 2, '3,9\n']);
	}),
	inMode(
		'proc_do_large_bitmap: of more than a page, what may be cut in its middle is left for the next write',
		'1',
		async (t, sys) => {
			const ports = Array.from({ length: 2000 }, (_, i) => 2 * i).join(',');
			const fd = await sys.open(`${dir}/bitmap_0001`, O_RDWR);
			const first = await sys.write(fd, ports);
			t.ok(first > 4080 && first <= 4095, `${first}`);
			const end = Number(ports.slice(0, first).split(',').filter(Boolean).at(-1));
			t.match(text(await sys.pread(fd, 65536, 0)), new RegExp(`,${end}\\n$`));
			await sys.close(fd);
		},
	),
	inMode('proc_douintvec: a write leaves the position where it is', '1', async (t, sys) => {
		t.same(await twice(sys, `${dir}/uint_0001`, '6\n', '7\n'), [2, 2, '7\n']);
	}),
];

export const sysctl: readonly Contract[] = [...numbers, ...strings, ...reads, ...positions];
