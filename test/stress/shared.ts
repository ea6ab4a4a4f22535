/**
 * shared - random calls on what all workers use at once.
 *
 * What another does in between cannot be foreseen; so each call is one whose outcome is told by a promise that holds whatever
 * others do, and each worker counts what it did for the accounts at the end (accounts.ts).
 */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import * as fcntl from '../../src/uapi/fcntl.ts';
import { RENAME_NOREPLACE } from '../../src/uapi/fs.ts';
import { POLLIN, POLLOUT } from '../../src/uapi/poll.ts';
import { type Calls, list, outcome } from '../unit/tmpfs/calls.ts';
import { type Account, MOVED, places, TOKENS } from './accounts.ts';
import { alarmEvery, poll } from './libc.ts';
import type { Step } from './private_tree.ts';
import type { Random } from './random.ts';

const { O_APPEND, O_NONBLOCK, O_RDONLY, O_RDWR, O_WRONLY } = fcntl;

/** The text of /proc/stress/list. */
export const LIST: string = Array.from({ length: 10_000 }, (_, index) => `${index}\n`).join('');

/** One worker's hands on the shared things. */
export class Shared {
	readonly account: Account;
	readonly #random: Random;
	readonly #calls: Calls;
	readonly #me: number;
	readonly #workers: number;
	/** What /proc/stress/file<me> holds. */
	#text = Buffer.alloc(0);
	readonly #own = new Set<string>();

	/** `calls` begins at the directory of the machine. */
	constructor(random: Random, calls: Calls, me: number, workers: number) {
		this.#random = random;
		this.#calls = calls;
		this.#me = me;
		this.#workers = workers;
		this.account = { counted: 0, logged: 0, sent: Array(workers).fill(0), received: [], links: 0 };
	}

	/** The next step. */
	draw(): Step {
		const [title, run] = this.#random.weighted(this.#kinds);
		return { title, run };
	}

	readonly #kinds: readonly (readonly [number, readonly [string, () => void]])[] = [
		[10, ['write to a file of one', () => this.#writeOwn()]],
		[14, ['read from a file of one', () => this.#readOwn()]],
		[6, ['read a list in odd pieces', () => this.#readList()]],
		[6, ['count', () => this.#count()]],
		[8, ['send', () => this.#send()]],
		[8, ['receive', () => this.#receive()]],
		[4, ['poll', () => this.#poll()]],
		[1, ['sleep until a signal', () => this.#sleep()]],
		[4, ['look at /proc', () => this.#lookAtProc()]],
		[4, ['list /proc', () => this.#listProc()]],
		[8, ['add to the log', () => this.#log()]],
		[8, ['move a token', () => this.#moveToken()]],
		[6, ['make or remove a name', () => this.#ownName()]],
		[4, ['list names that come and go', () => this.#listNames()]],
		[6, ['link and unlink', () => this.#link()]],
		[1, ['share a position with another process', () => this.#fork()]],
	];

	#using<T>(path: string, flags: number, body: (fd: number) => T): T {
		const fd = this.#calls.open(path, flags);
		try {
			return body(fd);
		} finally {
			this.#calls.close(fd);
		}
	}

	#writeOwn(): void {
		const data = Buffer.alloc(this.#random.pick([1, 7, 100, 4096, 5000]), 65 + this.#random.below(26));
		const at = this.#random.below(20_000);
		this.#using(`${places.proc}/file${this.#me}`, O_WRONLY, fd => {
			if (this.#random.below(2) === 0) assert.equal(this.#calls.pwrite(fd, data, at), data.length);
			else {
				assert.equal(this.#calls.lseek(fd, at, fcntl.SEEK_SET), at);
				assert.equal(this.#calls.write(fd, data), data.length);
				assert.equal(this.#calls.lseek(fd, 0, fcntl.SEEK_CUR), at + data.length);
			}
		});
		const grown = Buffer.alloc(Math.max(this.#text.length, at + data.length));
		this.#text.copy(grown);
		data.copy(grown, at);
		this.#text = grown;
	}

	#readOwn(): void {
		this.#using(`${places.proc}/file${this.#me}`, O_RDONLY, fd => {
			for (let at = this.#random.below(25_000), turns = this.#random.below(4); turns >= 0; turns--) {
				const count = this.#random.pick([1, 3, 511, 4096, 70_000]);
				const want = this.#text.subarray(at, at + count);
				assert.ok(want.equals(this.#calls.pread(fd, count, at)), `pread of ${count} bytes at ${at}`);
				this.#calls.lseek(fd, at, fcntl.SEEK_SET);
				assert.ok(want.equals(this.#calls.read(fd, count)), `${count} bytes from ${at}`);
				at += want.length;
			}
		});
	}

	#readList(): void {
		this.#using(`${places.proc}/list`, O_RDONLY, fd => {
			let at = this.#random.below(2) === 0 ? 0 : this.#random.below(LIST.length + 100);
			if (at > 0) this.#calls.lseek(fd, at, fcntl.SEEK_SET);
			for (let turns = this.#random.below(10); turns >= 0; turns--) {
				const count = this.#random.pick([1, 5, 17, 1000, 4096, 65_536]);
				const got = Buffer.from(this.#calls.read(fd, count)).toString();
				assert.ok(got === LIST.slice(at, at + got.length), `${count} bytes from ${at}`);
				assert.ok(got.length > 0 || at >= LIST.length, `nothing at ${at}`);
				at += got.length;
			}
		});
	}

	#count(): void {
		this.#using(`${places.proc}/counter`, O_WRONLY, fd => this.#calls.write(fd, Buffer.from('1')));
		this.account.counted++;
	}

	#send(): void {
		const to = this.#random.below(this.#workers);
		const record = `${this.#me} ${this.account.sent[to]}`;
		this.#using(`${places.proc}/queue${to}`, O_WRONLY, fd => this.#calls.write(fd, Buffer.from(record)));
		this.account.sent[to]!++;
	}

	#receive(): void {
		this.#using(`${places.proc}/queue${this.#me}`, O_RDONLY | O_NONBLOCK, fd => {
			const got = outcome(() => Buffer.from(this.#calls.read(fd, 100)).toString());
			if (got !== 'EAGAIN') this.account.received.push(got);
		});
	}

	/** Only its owner takes from a queue, so that what poll has promised is there. */
	#poll(): void {
		this.#using(`${places.proc}/queue${this.#me}`, O_RDWR | O_NONBLOCK, fd => {
			const events = poll(fd, POLLIN | POLLOUT, this.#random.pick([0, 5]));
			assert.equal(events & POLLOUT, POLLOUT);
			const there = (poll(fd, POLLIN, this.#random.pick([0, 2])) & POLLIN) !== 0;
			assert.ok(there || (events & POLLIN) === 0, 'what was there is gone');
			if (there) this.account.received.push(Buffer.from(this.#calls.read(fd, 100)).toString());
		});
	}

	#sleep(): void {
		this.#using(`${places.proc}/sleep`, O_RDONLY, fd => {
			alarmEvery(this.#random.between(200, 5000));
			const came = outcome(() => this.#calls.read(fd, 10));
			alarmEvery(0);
			assert.equal(came, 'EINTR');
		});
	}

	#lookAtProc(): void {
		const { pid } = process;
		assert.equal(this.#calls.readlink('proc/self'), `${pid}`);
		assert.equal(this.#calls.lstat('proc/version').size, 0);
		const stat = this.#using('proc/self/stat', O_RDONLY, fd => Buffer.from(this.#calls.read(fd, 4096)).toString());
		assert.ok(stat.startsWith(`${pid} (`), stat);
		assert.equal(
			outcome(() => this.#calls.lstat(`proc/nothing${this.#random.below(100)}`)),
			'ENOENT',
		);
	}

	#listProc(): void {
		const names = list(this.#calls, 'proc');
		assert.equal(new Set(names).size, names.length, 'no name twice');
		for (const name of ['self', 'stress', 'version', `${process.pid}`]) assert.ok(names.includes(name), name);
	}

	#log(): void {
		const record = `${this.#me} ${this.account.logged}`.padEnd(31);
		this.#using(`${places.tmp}/log`, O_WRONLY | O_APPEND, fd =>
			assert.equal(this.#calls.write(fd, Buffer.from(`${record}\n`)), 32),
		);
		this.account.logged++;
	}

	#moveToken(): void {
		const token = `token${this.#random.below(TOKENS)}`;
		const [from, to] = [this.#random.pick(MOVED), this.#random.pick(MOVED)];
		const path = (dir: string) => `${places.tmp}/${dir}/${token}`;
		const flags = this.#random.pick([0, RENAME_NOREPLACE]);
		const came = outcome(() => this.#calls.rename(path(from), path(to), flags));
		assert.ok([undefined, 'ENOENT', 'EEXIST'].includes(came as string | undefined), `${came}`);
	}

	#ownName(): void {
		const name = `${this.#me}-${this.#random.below(12)}`;
		const path = `${places.tmp}/names/${name}`;
		const there = this.#own.has(name);
		if (there && this.#random.below(2) === 0) {
			this.#calls.unlink(path);
			this.#own.delete(name);
			assert.equal(
				outcome(() => this.#calls.lstat(path)),
				'ENOENT',
			);
			return;
		}
		const made = outcome(() => this.#calls.mknod(path, 0o100644, 0));
		assert.equal(made, there ? 'EEXIST' : undefined);
		this.#own.add(name);
		this.#calls.lstat(path);
	}

	/** A name may come twice, as it may in Linux's tmpfs: a listing begins anew where what it stopped at is gone. */
	#listNames(): void {
		const names = new Set(list(this.#calls, `${places.tmp}/names`));
		const mine = [...names].filter(name => name.startsWith(`${this.#me}-`)).sort();
		assert.deepEqual(mine, [...this.#own].sort());
	}

	#link(): void {
		const name = `${places.tmp}/links/${this.#me}-${this.account.links}`;
		if (this.account.links > 0 && this.#random.below(2) === 0) {
			this.account.links--;
			this.#calls.unlink(`${places.tmp}/links/${this.#me}-${this.account.links}`);
			return;
		}
		this.#calls.link(`${places.tmp}/linked`, name);
		this.account.links++;
		assert.ok(this.#calls.lstat(name).nlink > this.account.links);
	}

	/** A child reads on from where its parent stands, and the parent from where the child stopped. */
	#fork(): void {
		this.#using(`${places.proc}/list`, O_RDONLY, fd => {
			const count = this.#random.between(1, 900);
			this.#calls.read(fd, count);
			const dd = spawnSync('dd', [`bs=${count}`, 'count=1', 'status=none'], { stdio: [fd, 'pipe', 'inherit'] });
			assert.equal(dd.stdout.toString(), LIST.slice(count, 2 * count));
			assert.equal(Buffer.from(this.#calls.read(fd, count)).toString(), LIST.slice(2 * count, 3 * count));
		});
	}
}
