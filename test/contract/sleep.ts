/**
 * sleep - reads that wait: woken, interrupted, refused, and not in anyone's way.
 *
 * Simulated by kernel-sim/kernel/wait.ts. The test module contract_sleep has a file whose readers sleep until somebody writes,
 * and one that tells how many sleep.
 */

import { O_NONBLOCK, O_RDONLY, O_RDWR, O_WRONLY } from '../../src/uapi/fcntl.ts';
import { POLLIN, POLLOUT } from '../../src/uapi/poll.ts';
import type { Contract, Machine } from '../runner/contract.ts';
import { readFile, text, writeFile } from './files.ts';

const modules = ['contract_sleep'];
const file = '/proc/contract_sleep/data';

/** Resolves once `count` readers sleep. */
async function asleep({ sys, root }: Machine, count: number): Promise<void> {
	while ((await readFile(sys, `${root}/proc/contract_sleep/waiters`)) !== `${count}\n`);
}

export const sleep: readonly Contract[] = [
	{
		title: 'wait_event_interruptible: a reader sleeps until somebody writes',
		modules,
		file,
		async run(t, machine) {
			const reader = await machine.sys.fork();
			const got = reader.read(await reader.open(machine.file, O_RDONLY), 100);
			await asleep(machine, 1);
			await writeFile(machine.sys, machine.file, 'woken');
			t.equal(text(await got), 'woken');
			await asleep(machine, 0);
		},
	},
	{
		title: 'wait_event_interruptible: while one sleeps, others are served',
		modules,
		file,
		async run(t, machine) {
			const { sys, root, file } = machine;
			const reader = await sys.fork();
			const got = reader.read(await reader.open(file, O_RDONLY), 100);
			await asleep(machine, 1);
			t.match(await readFile(sys, `${root}/proc/version`), /^Linux version /);
			t.ok(await sys.stat(file));
			const fd = await sys.open(file, O_RDWR);
			await sys.write(fd, 'done');
			t.equal(text(await got), 'done');
		},
	},
	{
		title: 'wait_event_interruptible: one datum wakes one of two readers, the other sleeps on',
		modules,
		file,
		async run(t, machine) {
			const readers = [await machine.sys.fork(), await machine.sys.fork()];
			const reads = await Promise.all(
				readers.map(async sys => ({ got: sys.read(await sys.open(machine.file, O_RDONLY), 1) })),
			);
			await asleep(machine, 2);
			await writeFile(machine.sys, machine.file, 'a');
			await asleep(machine, 1);
			await writeFile(machine.sys, machine.file, 'b');
			const texts = await Promise.all(reads.map(async read => text(await read.got)));
			t.same(texts.sort(), ['a', 'b']);
		},
	},
	{
		title: 'wait_event_interruptible: a signal ends the sleep with EINTR',
		needs: ['signals'],
		modules,
		file,
		async run(t, machine) {
			const reader = await machine.sys.fork();
			const fd = await reader.open(machine.file, O_RDONLY);
			const got = t.rejects(reader.read(fd, 100), { code: 'EINTR' });
			await asleep(machine, 1);
			await reader.interrupt();
			await got;
			await asleep(machine, 0);
			await writeFile(machine.sys, machine.file, 'later');
			t.equal(text(await reader.read(fd, 100)), 'later');
		},
	},
	{
		title: 'wait_event_interruptible: a signal to one sleeper leaves the other asleep',
		needs: ['signals'],
		modules,
		file,
		async run(t, machine) {
			const [one, other] = [await machine.sys.fork(), await machine.sys.fork()];
			const interrupted = t.rejects(one.read(await one.open(machine.file, O_RDONLY), 1), { code: 'EINTR' });
			const got = other.read(await other.open(machine.file, O_RDONLY), 1);
			await asleep(machine, 2);
			await one.interrupt();
			await interrupted;
			await asleep(machine, 1);
			await writeFile(machine.sys, machine.file, 'x');
			t.equal(text(await got), 'x');
		},
	},
	{
		title: 'wait_event_interruptible: a reader that is killed leaves at once, and takes nothing with it',
		modules,
		file,
		async run(t, machine) {
			const reader = await machine.sys.fork();
			const got = reader.read(await reader.open(machine.file, O_RDONLY), 100).catch(() => 'gone');
			await asleep(machine, 1);
			await reader.exit();
			await asleep(machine, 0);
			t.equal(await got, 'gone');
			const fd = await machine.sys.open(machine.file, O_RDWR);
			await machine.sys.write(fd, 'for others');
			t.equal(text(await machine.sys.read(fd, 100)), 'for others');
		},
	},
	{
		title: 'O_NONBLOCK: a read that would sleep is EAGAIN',
		modules,
		file,
		async run(t, { sys, file }) {
			const fd = await sys.open(file, O_RDWR | O_NONBLOCK);
			await t.rejects(sys.read(fd, 100), { code: 'EAGAIN' });
			await sys.write(fd, 'now');
			t.equal(text(await sys.read(fd, 100)), 'now');
		},
	},
	{
		title: 'F_SETFL: O_NONBLOCK set on an open file counts from the next read',
		modules,
		file,
		async run(t, { sys, file }) {
			const fd = await sys.open(file, O_RDWR);
			await sys.write(fd, 'a');
			t.equal(text(await sys.read(fd, 1)), 'a');
			await sys.setfl(fd, O_NONBLOCK);
			await t.rejects(sys.read(fd, 1), { code: 'EAGAIN' });
		},
	},
	{
		title: 'poll_wait: poll tells what is there, without waiting',
		modules,
		file,
		async run(t, { sys, file }) {
			const fd = await sys.open(file, O_RDWR);
			t.equal(await sys.poll(fd, POLLIN | POLLOUT, 0), POLLOUT);
			await sys.write(fd, 'x');
			t.equal(await sys.poll(fd, POLLIN | POLLOUT, 0), POLLIN | POLLOUT);
			await sys.read(fd, 1);
			t.equal(await sys.poll(fd, POLLIN | POLLOUT, 0), POLLOUT);
		},
	},
	{
		title: 'poll_wait: a poll without its event ends with the time it was given',
		modules,
		file,
		async run(t, { sys, file }) {
			t.equal(await sys.poll(await sys.open(file, O_RDONLY), POLLIN, 20), 0);
		},
	},
	{
		title: 'poll_wait: a poll that waits is woken by a write',
		modules,
		file,
		async run(t, { sys, file }) {
			const waiter = await sys.fork();
			const came = waiter.poll(await waiter.open(file, O_RDONLY), POLLIN, 5000);
			await writeFile(sys, file, 'x');
			t.equal(await came, POLLIN);
			const fd = await sys.open(file, O_RDONLY);
			await sys.read(fd, 1);
		},
	},
	{
		title: 'open: opening and closing what others sleep on does not wait for them',
		modules,
		file,
		async run(t, machine) {
			const reader = await machine.sys.fork();
			const got = reader.read(await reader.open(machine.file, O_RDONLY), 100);
			await asleep(machine, 1);
			for (const flags of [O_RDONLY, O_WRONLY, O_RDWR]) {
				await machine.sys.close(await machine.sys.open(machine.file, flags));
			}
			await writeFile(machine.sys, machine.file, 'end');
			t.equal(text(await got), 'end');
		},
	},
];
