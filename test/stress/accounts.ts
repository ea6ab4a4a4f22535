/**
 * accounts - what all workers use at once, and what all that they did must add up to in the end.
 */

import assert from 'node:assert/strict';
import { O_NONBLOCK, O_RDONLY } from '../../src/uapi/fcntl.ts';
import { type Calls, list, outcome } from '../unit/tmpfs/calls.ts';

/** What is where: a directory of a mounted machine. */
export const places = { proc: 'proc/stress', tmp: 'tmp/shared' } as const;

/** How many tokens move between the directories of `moved`. */
export const TOKENS = 8;
export const MOVED: readonly string[] = ['x', 'y', 'z'];

/** What a worker did. */
export interface Account {
	/** Writes to the counter. */
	counted: number;
	/** Records added to the log. */
	logged: number;
	/** Records sent to each queue. */
	readonly sent: number[];
	/** Records taken from its own queue. */
	readonly received: string[];
	/** Links that it has left to the shared inode. */
	links: number;
}

/** The directories and files of the shared part, before the workers begin. */
export function prepare(calls: Calls): void {
	calls.mkdir(places.tmp, 0o755);
	for (const dir of [...MOVED, 'names', 'links']) calls.mkdir(`${places.tmp}/${dir}`, 0o755);
	for (let i = 0; i < TOKENS; i++) calls.mknod(`${places.tmp}/x/token${i}`, 0o100644, 0);
	for (const name of ['log', 'linked']) calls.mknod(`${places.tmp}/${name}`, 0o100644, 0);
}

/** Checks what all workers together must have left. Throws an AssertionError where it does not add up. */
export function settle(calls: Calls, accounts: readonly Account[]): void {
	const sum = (of: (account: Account) => number) => accounts.reduce((total, account) => total + of(account), 0);
	const text = (path: string) => {
		const fd = calls.open(path, O_RDONLY);
		const bytes = calls.read(fd, 1 << 24);
		calls.close(fd);
		return Buffer.from(bytes).toString();
	};
	assert.equal(
		text(`${places.proc}/counter`),
		`${sum(({ counted }) => counted)}\n`,
		'each write to the counter counts once',
	);
	assert.equal(text(`${places.proc}/sleepers`), '0\n', 'nobody is taken for asleep');
	assert.equal(calls.lstat(`${places.tmp}/linked`).nlink, 1 + sum(({ links }) => links));
	const tokens = MOVED.flatMap(dir => list(calls, `${places.tmp}/${dir}`)).sort();
	assert.deepEqual(
		tokens,
		Array.from({ length: TOKENS }, (_, i) => `token${i}`),
		'no token is lost or doubled',
	);
	settleLog(text(`${places.tmp}/log`), accounts);
	for (const [me, { received }] of accounts.entries()) settleQueue(calls, me, received, accounts);
}

/** The records of each worker are there once, whole and in order. */
function settleLog(log: string, accounts: readonly Account[]): void {
	const seen = accounts.map(() => 0);
	for (const line of log.split('\n').slice(0, -1)) {
		const [from, number] = line.trimEnd().split(' ').map(Number) as [number, number];
		assert.equal(number, seen[from], `the next record of ${from}`);
		seen[from]!++;
	}
	assert.deepEqual(
		seen,
		accounts.map(({ logged }) => logged),
	);
}

/** What was sent to a queue was taken from it or is in it, once and in order. */
function settleQueue(calls: Calls, me: number, received: readonly string[], accounts: readonly Account[]): void {
	const fd = calls.open(`${places.proc}/queue${me}`, O_RDONLY | O_NONBLOCK);
	const rest: string[] = [];
	for (;;) {
		const record = outcome(() => Buffer.from(calls.read(fd, 100)).toString());
		if (record === 'EAGAIN') break;
		rest.push(record);
	}
	calls.close(fd);
	const seen = accounts.map(() => 0);
	for (const record of [...received, ...rest]) {
		const [from, number] = record.split(' ').map(Number) as [number, number];
		assert.equal(number, seen[from], `the next record of ${from} to ${me}`);
		seen[from]!++;
	}
	assert.deepEqual(
		seen,
		accounts.map(({ sent }) => sent[me]),
	);
}
