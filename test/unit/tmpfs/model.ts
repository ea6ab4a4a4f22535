/**
 * model - random calls on this machine's tmpfs and on ours: not one answer differs, nor anything that stat(2), statfs(2) and
 * getdents64(2) tell in between.
 *
 * Linux is the model. After each call every path that can exist is looked at on both sides, and every open file. Times are for
 * times.test.ts.
 */

import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
	O_APPEND,
	O_CREAT,
	O_DIRECTORY,
	O_EXCL,
	O_NOFOLLOW,
	O_NONBLOCK,
	O_RDONLY,
	O_RDWR,
	O_TRUNC,
	O_WRONLY,
} from '../../../src/uapi/fcntl.ts';
import { S_IFCHR, S_IFSOCK } from '../../../src/uapi/stat.ts';
import { type Calls, outcome, type Stat } from './calls.ts';
import { nativeTmpfs } from './native.ts';

const NOBODY = 65534;
const SLOTS = 4;

/** What is compared. */
export interface Comparison {
	/** Makes an empty tmpfs of ours. */
	ours(options: string): Calls;
	/** What both are mounted with. */
	readonly options: string;
	/**
	 * Ours is used through a mount that lasts from run to run: close(2) returns a little before the file is released, so that
	 * free space is not compared; numbers of inodes go on; devices cannot be opened, and are not made.
	 */
	readonly mounted: boolean;
	/** How many runs, each from an empty tree. */
	readonly runs: number;
}

/** One of the two, and the files that are open on it. */
class Side {
	readonly calls: Calls;
	readonly mounted: boolean;
	readonly fds: (number | undefined)[] = Array(SLOTS).fill(undefined);

	constructor(calls: Calls, mounted: boolean) {
		this.calls = calls;
		this.mounted = mounted;
	}

	/** Puts an open file into a slot, closing what was there. */
	install(slot: number, fd: number): void {
		this.close(slot);
		this.fds[slot] = fd;
	}

	close(slot: number): void {
		const fd = this.fds[slot];
		this.fds[slot] = undefined;
		if (fd !== undefined) this.calls.close(fd);
	}

	/** Does something to an open file; `'closed'` where there is none. */
	using<T>(slot: number, body: (fd: number) => T): T | string {
		const fd = this.fds[slot];
		return fd === undefined ? 'closed' : body(fd);
	}
}

const NAMES = ['a', 'b', 'c'];
const UNIVERSE = NAMES.flatMap(x => [x, ...NAMES.flatMap(y => [`${x}/${y}`, ...NAMES.map(z => `${x}/${y}/${z}`)])]);

const timeless = ({ atime: _a, mtime: _m, ctime: _c, ...rest }: Stat) => rest;

/** With a file open, Linux counts the directories that it was found in as well, even when they were removed. */
const isIdle = (side: Side) => side.fds.every(fd => fd === undefined);

/** All that can be seen without changing anything. */
function look(side: Side): unknown {
	const { calls, mounted } = side;
	const stat = (whole: Stat) => (mounted ? { ...timeless(whole), ino: 0 } : timeless(whole));
	const statfs = () => (isIdle(side) ? calls.statfs('.') : calls.statfs('.').bfree);
	return {
		root: stat(calls.lstat('.')),
		statfs: mounted ? undefined : statfs(),
		paths: UNIVERSE.map(path => [path, outcome(() => stat(calls.lstat(path)))]),
		open: side.fds.map((_, slot) => side.using(slot, fd => stat(calls.fstat(fd)))),
	};
}

/** One call, made on both sides. */
class Step implements fc.Command<Side, Side> {
	readonly #title: string;
	readonly #call: (side: Side) => unknown;

	constructor(title: string, call: (side: Side) => unknown) {
		this.#title = title;
		this.#call = call;
	}

	check(): boolean {
		return true;
	}

	run(linux: Side, ours: Side): void {
		const expected = outcome(() => this.#call(linux));
		const actual = outcome(() => this.#call(ours));
		assert.deepEqual(actual, expected, this.#title);
		assert.deepEqual(look(ours), look(linux), `after ${this.#title}`);
	}

	toString(): string {
		return this.#title;
	}
}

/** A step whose arguments are drawn; `call` is given them behind the side. */
function step<A extends unknown[]>(
	name: string,
	args: { [K in keyof A]: fc.Arbitrary<A[K]> },
	call: (side: Side, ...args: A) => unknown,
): fc.Arbitrary<Step> {
	return fc.tuple(...args).map(drawn => {
		return new Step(`${name}(${drawn.map(arg => JSON.stringify(arg)).join(', ')})`, side =>
			call(side, ...(drawn as A)),
		);
	});
}

const name = fc.constantFrom(...NAMES);
const path = fc.oneof(
	{ weight: 6, arbitrary: name },
	{ weight: 5, arbitrary: fc.tuple(name, name).map(names => names.join('/')) },
	{ weight: 2, arbitrary: fc.tuple(name, name, name).map(names => names.join('/')) },
	{ weight: 1, arbitrary: fc.tuple(name, fc.constantFrom('/', '/.', '/..')).map(parts => parts.join('')) },
);
const slot = fc.nat(SLOTS - 1);
const mode = fc.constantFrom(0o644, 0o755, 0o777, 0o600, 0o2775, 0o1777, 0o4755, 0o2745, 0);
const user = fc.constantFrom(0, 0, 0, NOBODY);
/** Near the edges of pages, mostly, and sometimes far away. */
const position = fc.oneof(
	{
		weight: 4,
		arbitrary: fc.tuple(fc.nat(4), fc.integer({ min: -2, max: 2 })).map(([p, d]) => Math.max(0, p * 4096 + d)),
	},
	{ weight: 2, arbitrary: fc.nat(20_000) },
	{ weight: 1, arbitrary: fc.constantFrom(2 ** 32, 2 ** 32 + 4095, 2 ** 43 + 5) },
);
const length = fc.oneof(fc.nat(10), fc.constantFrom(0, 4095, 4096, 4097, 8192, 9000));
const data = fc.tuple(length, fc.nat(255)).map(([count, byte]) => new Uint8Array(count).fill(byte));
const text = fc.constantFrom('a', 'b', 'a/b', 'nowhere', 'x'.repeat(127), 'x'.repeat(128));
const flags = fc
	.tuple(
		fc.constantFrom(O_RDONLY, O_WRONLY, O_RDWR, O_RDWR),
		fc.constantFrom(0, O_CREAT, O_CREAT, O_CREAT | O_EXCL, O_DIRECTORY),
		fc.constantFrom(0, 0, O_APPEND, O_TRUNC, O_NOFOLLOW),
	)
	.map(([access, create, more]) => access | create | more | O_NONBLOCK);
const owner = fc.constantFrom<[number, number]>([0, 0], [NOBODY, NOBODY], [-1, NOBODY], [NOBODY, -1], [0, -1], [-1, 0]);
const attribute = fc.constantFrom('user.a', 'user.b', 'trusted.a', 'security.a', 'other.a', 'user.');

/** A step by path, as root or as nobody. */
function byPath<A extends unknown[]>(
	name: string,
	args: { [K in keyof A]: fc.Arbitrary<A[K]> },
	call: (calls: Calls, ...args: A) => unknown,
): fc.Arbitrary<Step> {
	return step(name, [user, ...args] as never, ({ calls }: Side, uid: number, ...rest: A) => {
		return uid === 0 ? call(calls, ...rest) : calls.as(uid, () => call(calls, ...rest));
	});
}

/** Opens a file, adds to it and closes it: takes its set-id bits where that is nobody's. */
function append(calls: Calls, path: string, bytes: Uint8Array): number {
	const fd = calls.open(path, O_WRONLY | O_APPEND | O_NONBLOCK);
	try {
		return calls.write(fd, bytes);
	} finally {
		calls.close(fd);
	}
}

/** Entries, with their numbers where those can be compared. */
function listed({ calls, mounted }: Side, fd: number, size: number): unknown {
	return calls.getdents(fd, size).map(entry => (mounted ? { ...entry, ino: 0 } : entry));
}

const steps = (mounted: boolean) => [
	step('open', [slot, path, flags, mode], (side, at, name, how, bits) =>
		side.install(at, side.calls.open(name, how, bits)),
	),
	step('open', [slot, path], (side, at, name) => side.install(at, side.calls.open(name, O_RDWR | O_CREAT, 0o644))),
	step('close', [slot], (side, at) => side.close(at)),
	step('pread', [slot, length, position], (side, at, n, pos) => side.using(at, fd => side.calls.pread(fd, n, pos))),
	step('read', [slot, length], (side, at, n) => side.using(at, fd => side.calls.read(fd, n))),
	step('pwrite', [slot, data, position], (side, at, b, pos) => side.using(at, fd => side.calls.pwrite(fd, b, pos))),
	step('write', [slot, data], (side, at, bytes) => side.using(at, fd => side.calls.write(fd, bytes))),
	step('lseek', [slot, position, fc.nat(4)], (side, at, pos, from) =>
		side.using(at, fd => side.calls.lseek(fd, pos, from)),
	),
	step('ftruncate', [slot, position], (side, at, size) => side.using(at, fd => side.calls.ftruncate(fd, size))),
	step('fsync', [slot], (side, at) => side.using(at, fd => side.calls.fsync(fd))),
	step('getdents', [slot, fc.constantFrom(24, 50, 80, 500)], (side, at, size) =>
		side.using(at, fd => listed(side, fd, size)),
	),
	byPath('truncate', [path, position], (calls, name, size) => calls.truncate(name, size)),
	byPath('append', [path, data], (calls, name, bytes) => append(calls, name, bytes)),
	byPath('mkdir', [path, mode], (calls, name, bits) => calls.mkdir(name, bits)),
	byPath('mkdir', [path], (calls, name) => calls.mkdir(name, 0o777)),
	byPath('rmdir', [path], (calls, name) => calls.rmdir(name)),
	byPath('unlink', [path], (calls, name) => calls.unlink(name)),
	// As root alone: whether others may depends on this machine's fs.protected_hardlinks.
	step('link', [path, path], ({ calls }, from, to) => calls.link(from, to)),
	byPath('symlink', [text, path], (calls, to, name) => calls.symlink(to, name)),
	byPath('readlink', [path], (calls, name) => calls.readlink(name)),
	byPath(
		'mknod',
		[path, fc.constantFrom(...(mounted ? [S_IFSOCK] : [S_IFSOCK, S_IFCHR])), mode],
		(calls, name, type, bits) => calls.mknod(name, type | bits, 0),
	),
	byPath(
		'rename',
		[path, path, fc.constantFrom(0, 0, 0, 1, 2, 2, ...(mounted ? [] : [4, 5]))],
		(calls, from, to, how) => calls.rename(from, to, how),
	),
	byPath('rename', [path, path], (calls, from, to) => calls.rename(from, to, 0)),
	byPath('chmod', [path, mode], (calls, name, bits) => calls.chmod(name, bits)),
	byPath('chown', [path, owner], (calls, name, [uid, gid]) => calls.chown(name, uid, gid)),
	byPath('utimes', [path, fc.nat(5), fc.nat(5)], (calls, name, atime, mtime) => calls.utimes(name, atime, mtime)),
	byPath('setxattr', [path, attribute, data, fc.nat(2)], (calls, file, key, value, how) =>
		calls.setxattr(file, key, value, how),
	),
	byPath('getxattr', [path, attribute], (calls, file, key) => calls.getxattr(file, key)),
	byPath('removexattr', [path, attribute], (calls, file, key) => calls.removexattr(file, key)),
	byPath('listxattr', [path], (calls, file) => calls.listxattr(file)),
];

/** Makes random calls on both. Throws the shortest sequence of calls that differs. */
export function compareTmpfs({ ours, options, mounted, runs }: Comparison): void {
	fc.assert(
		fc.property(fc.commands(steps(mounted), { maxCommands: 80, size: 'max' }), commands => {
			using linux = nativeTmpfs(options);
			using calls = ours(options);
			const sides = { model: new Side(linux, mounted), real: new Side(calls, mounted) };
			try {
				fc.modelRun(() => sides, commands);
			} finally {
				for (const slot of Array(SLOTS).keys()) {
					sides.model.close(slot);
					sides.real.close(slot);
				}
			}
		}),
		{ numRuns: runs },
	);
}
