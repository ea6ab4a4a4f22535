/**
 * listing - directories that change while they are listed give the entries, in the order and with the cookies, of Linux.
 */

import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { O_DIRECTORY, SEEK_SET } from '../../../src/uapi/fcntl.ts';
import { RENAME_EXCHANGE, RENAME_WHITEOUT } from '../../../src/uapi/fs.ts';
import { type Calls, list, outcome, write } from './calls.ts';
import { nativeTmpfs, noNative } from './native.ts';
import { simulatedTmpfs } from './simulated.ts';

/** A directory `d` on one side, open for listing. */
class Side {
	readonly calls: Calls;
	readonly fd: number;
	/** Cookies that were seen. */
	readonly cookies: number[] = [0];

	constructor(calls: Calls) {
		this.calls = calls;
		calls.mkdir('d', 0o755);
		calls.mkdir('other', 0o755);
		this.fd = calls.open('d', O_DIRECTORY);
	}

	getdents(size: number): unknown {
		const entries = this.calls.getdents(this.fd, size);
		for (const { off } of entries) this.cookies.push(off);
		return entries;
	}

	seek(index: number): number {
		return this.calls.lseek(this.fd, this.cookies[index % this.cookies.length]!, SEEK_SET);
	}
}

type Change = (side: Side) => unknown;

class Step implements fc.Command<Side, Side> {
	readonly #title: string;
	readonly #change: Change;

	constructor(title: string, change: Change) {
		this.#title = title;
		this.#change = change;
	}

	check(): boolean {
		return true;
	}

	run(linux: Side, ours: Side): void {
		const expected = outcome(() => this.#change(linux));
		assert.deepEqual(
			outcome(() => this.#change(ours)),
			expected,
			this.#title,
		);
	}

	toString(): string {
		return this.#title;
	}
}

const number = fc.nat(11);
const entry = number.map(n => `d/${n}`);

function step<A>(name: string, args: fc.Arbitrary<A>, change: (side: Side, args: A) => unknown): fc.Arbitrary<Step> {
	return args.map(drawn => new Step(`${name}(${JSON.stringify(drawn)})`, side => change(side, drawn)));
}

const steps = [
	step('create', entry, ({ calls }, path) => write(calls, path)),
	step('create', entry, ({ calls }, path) => write(calls, path)),
	step('mkdir', entry, ({ calls }, path) => calls.mkdir(path, 0o755)),
	step('unlink', entry, ({ calls }, path) => calls.unlink(path)),
	step('unlink', entry, ({ calls }, path) => calls.unlink(path)),
	step('rename', fc.tuple(entry, entry), ({ calls }, [from, to]) => calls.rename(from, to, 0)),
	step('exchange', fc.tuple(entry, entry), ({ calls }, [from, to]) => calls.rename(from, to, RENAME_EXCHANGE)),
	step('whiteout', fc.tuple(entry, entry), ({ calls }, [from, to]) => calls.rename(from, to, RENAME_WHITEOUT)),
	step('move out', fc.tuple(entry, number), ({ calls }, [from, to]) => calls.rename(from, `other/${to}`, 0)),
	step('move in', fc.tuple(number, entry), ({ calls }, [from, to]) => calls.rename(`other/${from}`, to, 0)),
	step('swap', fc.tuple(number, entry), ({ calls }, [from, to]) => calls.rename(`other/${from}`, to, RENAME_EXCHANGE)),
	step('getdents', fc.constantFrom(24, 48, 72, 120, 1000), (side, size) => side.getdents(size)),
	step('getdents', fc.constantFrom(24, 48, 72, 120, 1000), (side, size) => side.getdents(size)),
	step('lseek', fc.nat(100), (side, index) => side.seek(index)),
];

t.test('a listing goes on where it was, whatever came and went', { skip: noNative }, async () => {
	fc.assert(
		fc.property(fc.commands(steps, { maxCommands: 100, size: 'max' }), commands => {
			using linux = nativeTmpfs();
			using ours = simulatedTmpfs();
			const model = new Side(linux);
			const real = new Side(ours);
			try {
				fc.modelRun(() => ({ model, real }), commands);
				assert.deepEqual(list(ours, 'd'), list(linux, 'd'));
			} finally {
				linux.close(model.fd);
			}
		}),
		{ numRuns: Number(process.env.RING3_RUNS ?? 100) },
	);
});
