/**
 * devkmsg - /dev/kmsg: a record for each read, and records that user space adds.
 *
 * Simulated by kernel-sim/kernel/devkmsg.ts after kernel/printk/printk.c. The log may be that of a computer where others write too:
 * each contract looks for records of its own.
 */

import {
	O_NONBLOCK,
	O_RDONLY,
	O_RDWR,
	O_WRONLY,
	SEEK_CUR,
	SEEK_DATA,
	SEEK_END,
	SEEK_SET,
} from '../../src/uapi/fcntl.ts';
import { POLLIN } from '../../src/uapi/poll.ts';
import { S_IFCHR, S_IFREG } from '../../src/uapi/stat.ts';
import type { Contract, Machine } from '../runner/contract.ts';
import { NOBODY, type Sys } from '../runner/sys.ts';
import { text } from './files.ts';

const needs = ['devices'] as const;
/** What a read gives: priority, number, microseconds, a flag and the text. */
const RECORD = /^(\d+),(\d+),(\d+),([-c])[^;]*;(.*)\n((?: .*\n)*)$/;
const MOST = 8192;

interface Record {
	readonly priority: number;
	readonly seq: number;
	readonly text: string;
}

/** One record; undefined at the end of the log. */
async function readRecord(sys: Sys, fd: number): Promise<Record | undefined> {
	try {
		const [, priority, seq, , , words] = RECORD.exec(text(await sys.read(fd, MOST)))!;
		return { priority: Number(priority), seq: Number(seq), text: words! };
	} catch (error) {
		if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return undefined;
		throw error;
	}
}

/** The next record whose text begins with something; it must be there. */
async function find(sys: Sys, fd: number, beginning: string): Promise<Record> {
	for (;;) {
		const record = await readRecord(sys, fd);
		if (record === undefined) throw new Error(`no record ${beginning}`);
		if (record.text.startsWith(beginning)) return record;
	}
}

/** The device, open behind what was in the log before, as far as it can be read. */
async function openAtEnd({ sys, root }: Machine): Promise<number> {
	const fd = await sys.open(`${root}/dev/kmsg`, O_RDWR | O_NONBLOCK);
	while ((await readRecord(sys, fd)) !== undefined);
	return fd;
}

/** What is written, and what is read of it. */
const prefixes: readonly (readonly [written: string, priority: number, read: string])[] = [
	['ring3 plain\n', 12, 'ring3 plain'],
	['<3>ring3 error\n', 11, 'ring3 error'],
	['<6>ring3 info\n', 14, 'ring3 info'],
	['<30>ring3 daemon\n', 30, 'ring3 daemon'],
	['<>ring3 nothing\n', 8, 'ring3 nothing'],
	['ring3 <6> later\n', 12, 'ring3 <6> later'],
	['ring3 \\ \t\x7f\n', 12, 'ring3 \\x5c \\x09\\x7f'],
	['ring3 one\ntwo\n', 12, 'ring3 one\\x0atwo'],
];

export const devkmsg: readonly Contract[] = [
	{
		title: 'devkmsg: a character device that all may read and root may write',
		async run(t, { sys, root }) {
			t.match(await sys.stat(`${root}/dev/kmsg`), { mode: S_IFCHR | 0o644, rdev: 0x10b });
		},
	},
	{
		title: 'devkmsg_read: one record a read, in the order of their numbers, from the oldest on',
		needs,
		async run(t, { sys, root }) {
			await sys.write(await sys.open(`${root}/dev/kmsg`, O_WRONLY), 'ring3 second\n');
			const fd = await sys.open(`${root}/dev/kmsg`, O_RDONLY | O_NONBLOCK);
			const [first, second] = [await readRecord(sys, fd), await readRecord(sys, fd)];
			t.equal(second?.seq, first!.seq + 1);
			const other = await sys.open(`${root}/dev/kmsg`, O_RDONLY | O_NONBLOCK);
			t.same(await readRecord(sys, other), first, 'each open file has a place of its own');
		},
	},
	{
		title: 'devkmsg_write: a level and a facility in front, escapes for what cannot be printed',
		needs,
		async run(t, machine) {
			const { sys } = machine;
			const fd = await openAtEnd(machine);
			for (const [written, priority, read] of prefixes) {
				t.equal(await sys.write(fd, written), written.length);
				t.match(await find(sys, fd, 'ring3'), { priority, text: read });
			}
		},
	},
	{
		title: 'devkmsg_read: a buffer that is too small is EINVAL, and the record is passed by',
		needs,
		async run(t, machine) {
			const { sys } = machine;
			const fd = await openAtEnd(machine);
			await sys.write(fd, `ring3 ${'x'.repeat(500)}\n`);
			await sys.write(fd, 'ring3 small\n');
			await t.rejects(sys.read(fd, 100), { code: 'EINVAL' });
			t.match(await find(sys, fd, 'ring3'), { text: 'ring3 small' });
		},
	},
	{
		title: 'devkmsg_write: more than 1024 bytes are EINVAL, and of 1024 the last is lost',
		needs,
		async run(t, machine) {
			const { sys } = machine;
			const fd = await openAtEnd(machine);
			await t.rejects(sys.write(fd, `ring3 ${'x'.repeat(1019)}`), { code: 'EINVAL' });
			t.equal(await sys.write(fd, `ring3 ${'x'.repeat(1018)}`), 1024);
			t.equal(await sys.write(fd, 'ring3 next\n'), 11);
			t.equal((await find(sys, fd, 'ring3 x')).text.length, 1023);
			t.equal((await find(sys, fd, 'ring3')).text, 'ring3 next');
		},
	},
	{
		title: 'devkmsg_write: without a newline a record is not seen until another begins',
		needs,
		async run(t, machine) {
			const { sys } = machine;
			const fd = await openAtEnd(machine);
			t.equal(await sys.write(fd, 'ring3 open'), 10);
			await t.rejects(sys.read(fd, MOST), { code: 'EAGAIN' });
			t.equal(await sys.write(fd, 'ring3 closed\n'), 13);
			t.equal((await find(sys, fd, 'ring3')).text, 'ring3 open');
			t.equal((await find(sys, fd, 'ring3')).text, 'ring3 closed');
		},
	},
	{
		title: 'devkmsg_read: at the end EAGAIN or a wait, and poll tells of a record',
		needs,
		async run(t, machine) {
			const { sys, root } = machine;
			const fd = await openAtEnd(machine);
			await t.rejects(sys.read(fd, MOST), { code: 'EAGAIN' });
			t.equal(await sys.poll(fd, POLLIN, 0), 0);
			await sys.setfl(fd, O_RDWR);
			const waiting = sys.read(fd, MOST);
			const other = await sys.fork();
			await other.write(await other.open(`${root}/dev/kmsg`, O_WRONLY), 'ring3 woken\n');
			t.match(text(await waiting), RECORD);
			await sys.write(fd, 'ring3 polled\n');
			t.equal(await sys.poll(fd, POLLIN, 1000), POLLIN);
		},
	},
	{
		title: 'devkmsg_llseek: SEEK_SET goes to the oldest record',
		needs,
		async run(t, { sys, root }) {
			const fd = await sys.open(`${root}/dev/kmsg`, O_RDONLY | O_NONBLOCK);
			const first = await readRecord(sys, fd);
			await readRecord(sys, fd);
			t.equal(await sys.lseek(fd, 0, SEEK_SET), 0);
			t.same(await readRecord(sys, fd), first);
		},
	},
	{
		title: 'devkmsg_llseek: SEEK_DATA goes behind what was cleared, and takes no other place than 0',
		needs,
		async run(t, { sys, root }) {
			const fd = await sys.open(`${root}/dev/kmsg`, O_RDONLY | O_NONBLOCK);
			t.equal(await sys.lseek(fd, 0, SEEK_DATA), 0);
			await t.rejects(sys.lseek(fd, 1, SEEK_DATA), { code: 'ESPIPE' });
		},
	},
	{
		title: 'devkmsg_llseek: SEEK_END goes behind the newest record',
		needs,
		async run(t, machine) {
			const { sys, root } = machine;
			const fd = await sys.open(`${root}/dev/kmsg`, O_RDWR | O_NONBLOCK);
			t.equal(await sys.lseek(fd, 0, SEEK_END), 0);
			t.equal(await readRecord(sys, fd), undefined);
		},
	},
	{
		title: 'devkmsg_llseek: a place other than 0 is ESPIPE, SEEK_CUR is EINVAL',
		needs,
		async run(t, { sys, root }) {
			const fd = await sys.open(`${root}/dev/kmsg`, O_RDONLY | O_NONBLOCK);
			for (const whence of [SEEK_SET, SEEK_CUR, SEEK_END]) {
				await t.rejects(sys.lseek(fd, 1, whence), { code: 'ESPIPE' });
			}
			await t.rejects(sys.lseek(fd, 0, SEEK_CUR), { code: 'EINVAL' });
		},
	},
	{
		title: 'devkmsg_read: pread gives the next record, whatever position it names',
		needs,
		async run(t, { sys, root }) {
			await sys.write(await sys.open(`${root}/dev/kmsg`, O_WRONLY), 'ring3 second\n');
			const fd = await sys.open(`${root}/dev/kmsg`, O_RDONLY | O_NONBLOCK);
			const first = await readRecord(sys, fd);
			const [, , seq] = RECORD.exec(text(await sys.pread(fd, MOST, 0)))!;
			t.equal(Number(seq), first!.seq + 1);
		},
	},
	{
		title: 'devkmsg_open: nobody may not write',
		needs: [...needs, 'nobody'],
		async run(t, { sys, root }) {
			await t.rejects((await sys.fork(NOBODY)).open(`${root}/dev/kmsg`, O_WRONLY), { code: 'EACCES' });
		},
	},
	{
		title: '/proc/kmsg: root alone may open it, and whoever only looks takes nothing from it',
		needs: ['nobody'],
		file: '/proc/kmsg',
		async run(t, { sys, file }) {
			t.match(await sys.stat(file), { mode: S_IFREG | 0o400, size: 0 });
			await t.rejects((await sys.fork(NOBODY)).open(file, O_RDONLY), { code: 'EACCES' });
			const fd = await sys.open(file, O_RDONLY);
			t.equal(await sys.poll(fd, POLLIN, 0), POLLIN);
			await t.rejects(sys.write(fd, 'x'), { code: 'EBADF' });
		},
	},
];
