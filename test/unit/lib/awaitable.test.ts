/** awaitable.test - going on at once where that is possible. */

import t from 'tap';
import { type Awaitable, chain, finallyDo, isPromise } from '../../../src/lib/awaitable.ts';

const boom = new Error('boom');

function fail(): never {
	throw boom;
}

t.test('isPromise: a promise, and nothing else', async t => {
	t.ok(isPromise(Promise.resolve(1)));
	for (const value of [undefined, null, 0, '', {}, () => Promise.resolve()]) t.notOk(isPromise<unknown>(value));
});

t.test('chain: at once for a value, on arrival for a promise', async t => {
	const double = (value: number): number => value * 2;
	t.equal(chain(2, double), 4);
	const later = chain(Promise.resolve(2), double);
	t.ok(isPromise(later));
	t.equal(await later, 4);
	t.equal(await chain(2, async value => value + 1), 3);
	t.throws(() => chain(2, fail), boom);
	await t.rejects(async () => chain(Promise.resolve(2), fail), boom);
	await t.rejects(async () => chain(Promise.reject(boom) as Awaitable<number>, double), boom);
});

t.test('finallyDo: cleans up once, after whatever happened', async t => {
	const log: string[] = [];
	const cleanup = (): void => {
		log.push('cleanup');
	};
	t.equal(
		finallyDo(() => 1, cleanup),
		1,
	);
	t.same(log, ['cleanup'], 'at once for a value');
	t.throws(() => finallyDo(fail, cleanup), boom);
	t.same(log, ['cleanup', 'cleanup'], 'at once for what is thrown');
	let settle: (value: number) => void = () => {};
	const later = finallyDo(() => new Promise<number>(resolve => (settle = resolve)), cleanup);
	t.equal(log.length, 2, 'not before a promise settles');
	settle(5);
	t.equal(await later, 5);
	t.equal(log.length, 3);
	await t.rejects(async () => finallyDo(() => Promise.reject(boom), cleanup), boom);
	t.equal(log.length, 4);
});
