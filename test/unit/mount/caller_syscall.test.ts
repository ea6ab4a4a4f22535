/**
 * caller_syscall.test - what /proc/<pid>/syscall says, and two nodes for one device.
 */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import t from 'tap';
import { follows, isOpen, numberOf, opens } from '../../../mount/caller_syscall.ts';
import { Inodes } from '../../../mount/fuse/inodes.ts';
import type { Inode } from '../../../src/boundary/vfs.ts';

const calls = new Map<number, number | undefined>([
	[2, 1],
	[85, undefined],
	[257, 2],
]);

t.test('isOpen: calls that open, but not for the path alone; and what cannot be told', async t => {
	const cases: readonly (readonly [line: string, open: boolean])[] = [
		['257 0xffffff9c 0x7ffe 0x8000 0x0 0x0 0x0 0x7ffe 0x7f01', true],
		['257 0xffffff9c 0x7ffe 0x200000 0x0 0x0 0x0 0x7ffe 0x7f01', false],
		['2 0x7ffe 0x0 0x1b6', true],
		['2 0x7ffe 0x280000 0x0', false],
		['85 0x7ffe 0x1b6', true],
		['262 0xffffff9c 0x7ffe 0x7fff', false],
		['running\n', true],
		['-1 0x7ffe 0x7f01', true],
		['', true],
		['257', true],
	];
	for (const [line, open] of cases) t.equal(isOpen(line, calls), open, line);
});

t.test('opens: a process that sleeps opens nothing, and of one that is gone nobody knows', async t => {
	const child = spawn('sleep', ['30']);
	await once(child, 'spawn');
	t.teardown(() => child.kill());
	let asleep = false;
	for (let tries = 0; tries < 100 && !asleep; tries++) {
		asleep = !opens(child.pid!);
		if (!asleep) await new Promise(resolve => setTimeout(resolve, 20));
	}
	t.equal(asleep, true);
	t.equal(opens(2 ** 22 + 1), true);
});

t.test('numberOf: the call in a line, if the thread waits in one', async t => {
	const cases: readonly (readonly [line: string, number: number | undefined])[] = [
		['267 0xffffff9c 0x7ffe 0x7fff 0x80 0x0 0x0 0x7ffe 0x7f01\n', 267],
		['0 0x3\n', 0],
		['running\n', undefined],
		['-1 0x7ffe 0x7f01\n', undefined],
		['', undefined],
	];
	for (const [line, number] of cases) t.equal(numberOf(line), number, line);
});

t.test('follows: whoever sleeps reads no link, and of one that is gone nobody knows', async t => {
	const child = spawn('sleep', ['30']);
	await once(child, 'spawn');
	t.teardown(() => child.kill());
	let answer: boolean | undefined;
	for (let tries = 0; tries < 100 && answer === undefined; tries++) {
		answer = follows(child.pid!);
		if (answer === undefined) await new Promise(resolve => setTimeout(resolve, 20));
	}
	t.equal(answer, true);
	t.equal(follows(2 ** 22 + 1), undefined);
});

t.test('inodes: a device that is opened has a new node each time, beside the one to look at', async t => {
	const root = {} as Inode;
	const device = {} as Inode;
	const inodes = new Inodes(root);
	const [look, open, again] = [inodes.lookup(device), inodes.lookupTwin(device), inodes.lookupTwin(device)];
	t.equal(new Set([look, open, again]).size, 3);
	t.same(
		[look, open, again].map(id => inodes.isTwin(id)),
		[false, true, true],
	);
	for (const id of [look, open, again]) t.equal(inodes.get(id), device);
	t.equal(inodes.find(device), look, 'who announces a change means the one to look at');
	inodes.forget(open, 1);
	t.throws(() => inodes.get(open), { code: 'ESTALE' });
	t.equal(inodes.find(device), look);
	inodes.forget(look, 1);
	t.equal(inodes.find(device), undefined);
	t.equal(inodes.get(again), device);
	inodes.clear();
	t.equal(inodes.size, 0);
});
