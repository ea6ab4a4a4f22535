/** errno.test - refusals: their shape, and telling them from mistakes. */

import { readFileSync } from 'node:fs';
import t from 'tap';
import { Errno, errno, errnoName, isErrno } from '../../../src/lib/errno.ts';

function thrown(run: () => unknown): unknown {
	try {
		return run();
	} catch (error) {
		return error;
	}
}

t.test('Errno: has the shape of an error of node:fs, and no stack', async t => {
	const native = thrown(() => readFileSync('/nonexistent')) as { code: string; errno: number };
	const ours = new Errno('ENOENT', 'no such thing');
	t.same([ours.code, ours.errno], [native.code, native.errno]);
	t.equal(ours.message, 'ENOENT: no such thing');
	t.equal(new Errno('EINVAL').message, 'EINVAL');
	t.equal(ours.name, 'Errno');
	t.ok(ours instanceof Error);
	t.notMatch(ours.stack, /\n/);
	t.match(new Error('after it').stack, /\n/, 'others keep theirs');
});

t.test('Errno.of, errnoName: a number of either sign', async t => {
	for (const [name, number] of Object.entries(errno)) {
		t.equal(errnoName(number), name);
		t.equal(errnoName(-number), name);
		t.match(Errno.of(-number), { code: name, errno: -number });
	}
	for (const number of [0, 41, 58, 134, 512, 4095]) {
		t.equal(errnoName(number), undefined, String(number));
		t.equal(Errno.of(number).code, 'EIO', String(number));
	}
});

t.test('isErrno: by the shape', async t => {
	const cases: [what: string, error: unknown, want: boolean][] = [
		['an Errno', new Errno('EIO'), true],
		['of node:fs', thrown(() => readFileSync('/nonexistent')), true],
		['of another copy', { code: 'EINTR', errno: -4 }, true],
		['a mistake', new TypeError('x is not a function'), false],
		['a positive number', { code: 'EINTR', errno: 4 }, false],
		['a number that Linux does not have', { code: 'UNKNOWN', errno: -4094 }, false],
		['no number', { code: 'ENOENT' }, false],
		['no code', { errno: -2 }, false],
		['null', null, false],
		['undefined', undefined, false],
		['a string', 'ENOENT', false],
		['a function', () => -2, false],
	];
	for (const [what, error, want] of cases) t.equal(isErrno(error), want, what);
});
