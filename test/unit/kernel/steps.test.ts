/**
 * steps.test - kernel-sim/lib/steps.ts, fs/libfs.ts and the rest that is small.
 */

import t from 'tap';
import { checkNameLength, simpleReadFromBuffer, simpleWriteToBuffer } from '../../../kernel-sim/fs/libfs.ts';
import { TaskMemory } from '../../../kernel-sim/fs/user_memory.ts';
import { Kernel } from '../../../kernel-sim/kernel.ts';
import { drive, type Steps, step } from '../../../kernel-sim/lib/steps.ts';
import type { Awaitable } from '../../../src/lib/awaitable.ts';
import { FakeHost } from '../../../src/testing/fake_host.ts';

t.test('drive: a procedure that never sleeps is over in the same turn', async t => {
	t.equal(drive(sum([1, 2, 3])), 6);
	t.throws(() => drive(sum([1, -1])), { message: 'negative' });
});

t.test('drive: one that sleeps is promised, and goes on where it was', async t => {
	const later = (value: number) => Promise.resolve(value);
	for (const values of [
		[later(1), 2, 3],
		[1, later(2), later(3)],
		[1, 2, later(3)],
	]) {
		const result = drive(sum(values));
		t.ok(result instanceof Promise);
		t.equal(await result, 6);
	}
	await t.rejects(Promise.resolve(drive(sum([later(1), -1]))), { message: 'negative' });
});

t.test('drive: a refusal is thrown into the procedure, which may catch it', async t => {
	const caught = function* (refusal: () => Awaitable<never>): Steps<string> {
		try {
			return yield* step(refusal());
		} catch (error) {
			return `caught ${(error as Error).message}`;
		}
	};
	t.equal(
		drive(
			caught(() => {
				throw new Error('now');
			}),
		),
		'caught now',
	);
	t.equal(await drive(caught(() => Promise.reject(new Error('later')))), 'caught later');
});

function* sum(values: readonly Awaitable<number>[]): Steps<number> {
	let total = 0;
	for (const value of values) {
		const number = yield* step(value);
		if (number < 0) throw new Error('negative');
		total += number;
	}
	return total;
}

t.test('simple_read_from_buffer: what is there from the position on', async t => {
	const buffer = new Uint8Array([0, 1, 2, 3, 4]);
	const cases: [number, number, number[]][] = [
		[5, 0, [0, 1, 2, 3, 4]],
		[9, 3, [3, 4]],
		[1, 2, [2]],
		[1, 5, []],
		[1, 99, []],
		[0, 0, []],
	];
	for (const [count, pos, want] of cases) t.same([...simpleReadFromBuffer(buffer, count, pos)], want);
	t.throws(() => simpleReadFromBuffer(buffer, 1, -1), { code: 'EINVAL' });
});

t.test('simple_write_to_buffer: as much as there is room for', async t => {
	const cases: [number, number[], number, number[]][] = [
		[0, [9, 8], 2, [9, 8, 0]],
		[2, [9, 8], 1, [0, 0, 9]],
		[3, [9], 0, [0, 0, 0]],
		[99, [9], 0, [0, 0, 0]],
		[1, [], 0, [0, 0, 0]],
	];
	for (const [pos, data, count, want] of cases) {
		const buffer = new Uint8Array(3);
		t.same(simpleWriteToBuffer(buffer, pos, new Uint8Array(data)), { count, pos: pos + count });
		t.same([...buffer], want);
	}
	t.throws(() => simpleWriteToBuffer(new Uint8Array(1), -1, new Uint8Array(1)), { code: 'EINVAL' });
});

t.test('simple_lookup: names of 255 bytes', async t => {
	const cases: [string, boolean][] = [
		['x'.repeat(255), true],
		['x'.repeat(256), false],
		['\u20ac'.repeat(85), true],
		['\u20ac'.repeat(86), false],
		['\udc80'.repeat(255), true],
		['\udc80'.repeat(256), false],
	];
	for (const [name, fits] of cases) {
		if (fits) t.doesNotThrow(() => checkNameLength(name));
		else t.throws(() => checkNameLength(name), { code: 'ENAMETOOLONG' });
	}
});

t.test('user memory: what is mapped can be reached, and nothing else', async t => {
	const memory = new TaskMemory();
	const [one, two] = [new Uint8Array([1, 2, 3]), new Uint8Array(5000)];
	const [a, b] = [memory.map(one), memory.map(two)];
	t.same([...memory.read(a, 3)], [1, 2, 3]);
	memory.write(b + 4998n, new Uint8Array([8, 9]));
	t.same([...two.subarray(4998)], [8, 9]);
	memory.read(a, 3).fill(0);
	t.same([...one], [1, 2, 3], 'what was read is a copy');
	const bad: [bigint, number][] = [
		[a, 4],
		[a - 1n, 1],
		[a + 3n, 1],
		[0n, 1],
		[b + 4999n, 2],
	];
	for (const [address, count] of bad) t.throws(() => memory.read(address, count), { code: 'EFAULT' });
	memory.unmap(a);
	t.throws(() => memory.write(a, new Uint8Array(1)), { code: 'EFAULT' });
	t.not(memory.map(one), a);
});

t.test('FakeHost: two of one seed give the same bytes, and a kernel boots on it', async t => {
	const bytes = (seed: number) => {
		const random = new Uint8Array(16);
		new FakeHost({ seed }).random(random);
		return [...random];
	};
	t.same(bytes(1), bytes(1));
	t.notSame(bytes(1), bytes(2));
	const host = new FakeHost({ hardware: { cpus: 3 } });
	const kernel = Kernel.boot(host, { commandLine: 'quiet' });
	t.match(host.lines, [/^\[ {4}0\.000000\] Linux version 6\.12\.0-ring3 /]);
	t.equal(kernel.commandLine, 'quiet');
	kernel.shutdown();
	t.equal(host.clock.pending, 0);
});
