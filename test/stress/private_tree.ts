/**
 * private_tree - random calls on a directory of one's own, each made on this machine's tmpfs as well: Linux is the model.
 */

import assert from 'node:assert/strict';
import { inspect, isDeepStrictEqual } from 'node:util';
import * as fcntl from '../../src/uapi/fcntl.ts';
import { isDir } from '../../src/uapi/stat.ts';
import { type Calls, outcome, type Stat } from '../unit/tmpfs/calls.ts';
import type { Random } from './random.ts';

const NAMES = ['a', 'b', 'c', 'd'];
const SLOTS = 6;
const { O_APPEND, O_CREAT, O_DIRECTORY, O_EXCL, O_NOFOLLOW, O_NONBLOCK, O_TRUNC, SEEK_SET } = fcntl;

/** One of the two trees and its open files. */
interface Side {
	readonly calls: Calls;
	readonly fds: (number | undefined)[];
}

/** A call with its arguments drawn, and how a difference names it. */
export interface Step {
	readonly title: string;
	run(): void;
}

/** The two trees. */
export class PrivateTree {
	readonly #random: Random;
	readonly #ours: Side;
	readonly #model: Side;

	/** Both are empty. `dup` is dup(2). */
	constructor(random: Random, ours: Calls, model: Calls, dup: (fd: number) => number) {
		this.#random = random;
		this.#ours = { calls: ours, fds: Array(SLOTS).fill(undefined) };
		this.#model = { calls: model, fds: Array(SLOTS).fill(undefined) };
		this.#dup = dup;
	}
	readonly #dup: (fd: number) => number;

	/** Closes what is open. */
	end(): void {
		for (const { calls, fds } of [this.#ours, this.#model]) {
			for (const fd of fds.splice(0)) if (fd !== undefined) calls.close(fd);
		}
	}

	/** The next step. */
	draw(): Step {
		const [title, call] = this.#random.weighted(this.#kinds)();
		return {
			title,
			run: () => {
				const expected = outcome(() => call(this.#model));
				const actual = outcome(() => call(this.#ours));
				assert.ok(isDeepStrictEqual(actual, expected), `${title}: ${shown(actual)}, in Linux ${shown(expected)}`);
			},
		};
	}

	readonly #kinds: readonly (readonly [number, () => readonly [string, (side: Side) => unknown]])[] = [
		[10, () => this.#open()],
		[5, () => this.#onSlot('close', (side, slot) => closeSlot(side, slot))],
		[2, () => this.#twoSlots('dup', (side, from, to) => this.#dupSlot(side, from, to))],
		[10, () => this.#transfer('read', (calls, fd, count) => calls.read(fd, count))],
		[8, () => this.#transfer('pread', (calls, fd, count, pos) => calls.pread(fd, count, pos))],
		[12, () => this.#transfer('write', (calls, fd, count) => calls.write(fd, this.#bytes(count)))],
		[8, () => this.#transfer('pwrite', (calls, fd, count, pos) => calls.pwrite(fd, this.#bytes(count), pos))],
		[6, () => this.#seek()],
		[3, () => this.#transfer('ftruncate', (calls, fd, _, pos) => calls.ftruncate(fd, pos))],
		[4, () => this.#onFile('fstat', (calls, fd) => plain(calls.fstat(fd)))],
		[1, () => this.#onFile('fsync', (calls, fd) => calls.fsync(fd))],
		[4, () => this.#getdents()],
		[8, () => this.#byPath('lstat', (calls, path) => plain(calls.lstat(path)))],
		[6, () => this.#byPath('mkdir', (calls, path) => calls.mkdir(path, 0o755))],
		[4, () => this.#byPath('rmdir', (calls, path) => calls.rmdir(path))],
		[6, () => this.#byPath('unlink', (calls, path) => calls.unlink(path))],
		[4, () => this.#byPaths('link', (calls, from, to) => calls.link(from, to))],
		[3, () => this.#byPaths('symlink', (calls, from, to) => calls.symlink(from, to))],
		[3, () => this.#byPath('readlink', (calls, path) => calls.readlink(path))],
		[8, () => this.#rename()],
		[3, () => this.#truncate()],
		[2, () => this.#chmod()],
	];

	#path(): string {
		const depth = this.#random.weighted([
			[5, 1],
			[4, 2],
			[1, 3],
		]);
		return Array.from({ length: depth }, () => this.#random.pick(NAMES)).join('/');
	}

	/** Mostly near the edges of pages. */
	#position(): number {
		if (this.#random.below(20) === 0) return 2 ** 32 + this.#random.below(9000);
		return Math.max(0, this.#random.below(5) * 4096 + this.#random.between(-2, 2));
	}

	#length(): number {
		return this.#random.below(3) === 0 ? this.#random.pick([0, 4095, 4096, 4097, 9000]) : this.#random.below(300);
	}

	/** Bytes that tell from which call they came; both sides get the same. */
	#bytes(count: number): Uint8Array {
		return new Uint8Array(count).fill(this.#fill);
	}
	#fill = 0;

	#open(): readonly [string, (side: Side) => unknown] {
		const slot = this.#random.below(SLOTS);
		const path = this.#path();
		const flags =
			this.#random.pick([0, 1, 2, 2]) |
			this.#random.pick([0, O_CREAT, O_CREAT, O_CREAT | O_EXCL, O_DIRECTORY]) |
			this.#random.pick([0, 0, O_APPEND, O_TRUNC, O_NOFOLLOW]) |
			O_NONBLOCK;
		return [
			`open(${path}, 0${flags.toString(8)})`,
			side => {
				const fd = side.calls.open(path, flags, 0o644);
				closeSlot(side, slot);
				side.fds[slot] = fd;
			},
		];
	}

	#dupSlot(side: Side, from: number, to: number): unknown {
		const fd = side.fds[from];
		if (fd === undefined) return 'closed';
		const copy = this.#dup(fd);
		closeSlot(side, to);
		side.fds[to] = copy;
		return undefined;
	}

	#onSlot(name: string, call: (side: Side, slot: number) => unknown): readonly [string, (side: Side) => unknown] {
		const slot = this.#random.below(SLOTS);
		return [`${name}(#${slot})`, side => call(side, slot)];
	}

	#twoSlots(name: string, call: (side: Side, from: number, to: number) => unknown) {
		const [from, to] = [this.#random.below(SLOTS), this.#random.below(SLOTS)];
		return [`${name}(#${from}, #${to})`, (side: Side) => (from === to ? undefined : call(side, from, to))] as const;
	}

	#onFile(name: string, call: (calls: Calls, fd: number) => unknown): readonly [string, (side: Side) => unknown] {
		return this.#onSlot(name, ({ calls, fds }, slot) => (fds[slot] === undefined ? 'closed' : call(calls, fds[slot])));
	}

	#transfer(name: string, call: (calls: Calls, fd: number, count: number, pos: number) => unknown) {
		const [count, pos] = [this.#length(), this.#position()];
		this.#fill = this.#random.below(256);
		const fill = this.#fill;
		const [title, run] = this.#onFile(name, (calls, fd) => {
			this.#fill = fill;
			return call(calls, fd, count, pos);
		});
		return [`${title} ${count} at ${pos}`, run] as const;
	}

	#seek() {
		const [pos, whence] = [this.#position(), this.#random.below(5)];
		// In a directory the host's FUSE client counts by itself: it takes SEEK_END, and stays where it is when nothing is listed.
		const [title, run] = this.#onFile('lseek', (calls, fd) =>
			whence !== SEEK_SET && isDir(calls.fstat(fd).mode) ? 'a directory' : calls.lseek(fd, pos, whence),
		);
		return [`${title} ${pos} ${whence}`, run] as const;
	}

	#getdents() {
		const size = this.#random.pick([24, 80, 500]);
		const [title, run] = this.#onFile('getdents', (calls, fd) =>
			calls.getdents(fd, size).map(entry => ({ ...entry, ino: 0 })),
		);
		return [`${title} ${size}`, run] as const;
	}

	#byPath(name: string, call: (calls: Calls, path: string) => unknown): readonly [string, (side: Side) => unknown] {
		const path = this.#path();
		return [`${name}(${path})`, ({ calls }) => call(calls, path)];
	}

	#byPaths(name: string, call: (calls: Calls, from: string, to: string) => unknown) {
		const [from, to] = [this.#path(), this.#path()];
		return [`${name}(${from}, ${to})`, ({ calls }: Side) => call(calls, from, to)] as const;
	}

	#rename() {
		const flags = this.#random.pick([0, 0, 0, 1, 2]);
		const [title, run] = this.#byPaths('rename', (calls, from, to) => calls.rename(from, to, flags));
		return [`${title} ${flags}`, run] as const;
	}

	#truncate() {
		const size = this.#position();
		const [title, run] = this.#byPath('truncate', (calls, path) => calls.truncate(path, size));
		return [`${title} ${size}`, run] as const;
	}

	#chmod() {
		const mode = this.#random.pick([0o600, 0o644, 0o755]);
		const [title, run] = this.#byPath('chmod', (calls, path) => calls.chmod(path, mode));
		return [`${title} ${mode.toString(8)}`, run] as const;
	}
}

const shown = (value: unknown) => inspect(value, { breakLength: Number.POSITIVE_INFINITY, maxArrayLength: 8 });

function closeSlot({ calls, fds }: Side, slot: number): void {
	const fd = fds[slot];
	fds[slot] = undefined;
	if (fd !== undefined) calls.close(fd);
}

/** What of a stat must be the same: inode numbers and times are each tree's own. */
function plain({ mode, nlink, uid, gid, size, blocks, blksize }: Stat) {
	return { mode, nlink, uid, gid, size, blocks, blksize };
}
