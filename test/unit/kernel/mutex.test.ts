/**
 * mutex.test - kernel-sim/kernel/mutex.ts.
 */

import t from 'tap';
import { Mutex } from '../../../kernel-sim/kernel/mutex.ts';
import { codeOf, settle } from './bench_kernel.ts';

t.test('mutex_lock: a free one is taken in the same turn', async t => {
	const mutex = new Mutex();
	t.equal(mutex.locked, false);
	t.equal(mutex.lock(), undefined);
	t.equal(mutex.locked, true);
	t.equal(mutex.trylock(), false);
	mutex.unlock();
	t.equal(mutex.trylock(), true);
});

t.test('mutex_unlock: hands the lock over in the order of asking, and nobody gets in between', async t => {
	const mutex = new Mutex();
	const order: string[] = [];
	mutex.lock();
	const waiting = ['a', 'b', 'c'].map(name =>
		Promise.resolve(mutex.lock()).then(() => {
			order.push(name);
		}),
	);
	mutex.unlock();
	t.equal(mutex.trylock(), false, 'it belongs to the first who waits, even before he runs');
	await settle();
	t.same(order, ['a']);
	mutex.unlock();
	mutex.unlock();
	await Promise.all(waiting);
	t.same(order, ['a', 'b', 'c']);
	mutex.unlock();
	t.equal(mutex.locked, false);
});

t.test('mutex_unlock: of one that nobody holds is a mistake', async t => {
	t.throws(() => new Mutex().unlock(), TypeError);
});

t.test('mutex_lock_interruptible: a waiter that is interrupted is passed over', async t => {
	const mutex = new Mutex();
	mutex.lock();
	const controller = new AbortController();
	const interrupted = codeOf(() => mutex.lockInterruptible(controller.signal));
	const patient = Promise.resolve(mutex.lock()).then(() => 'patient');
	controller.abort();
	t.equal(await interrupted, 'EINTR');
	mutex.unlock();
	t.equal(await patient, 'patient');
	mutex.unlock();
	t.equal(mutex.locked, false);
});

t.test('mutex_lock_interruptible: a pending signal stops only who would have to wait', async t => {
	const mutex = new Mutex();
	const { signal } = { signal: AbortSignal.abort() };
	t.equal(mutex.lockInterruptible(signal), undefined);
	t.equal(await codeOf(() => mutex.lockInterruptible(signal)), 'EINTR');
	mutex.unlock();
	t.equal(mutex.locked, false);
});

t.test('mutex_lock_interruptible: who has got the lock no longer listens to the signal', async t => {
	const mutex = new Mutex();
	mutex.lock();
	const controller = new AbortController();
	const got = Promise.resolve(mutex.lockInterruptible(controller.signal)).then(() => 'got');
	mutex.unlock();
	controller.abort();
	t.equal(await got, 'got');
	t.equal(mutex.locked, true);
});

t.test('Mutex.run: gives the lock back however the body ends', async t => {
	const mutex = new Mutex();
	t.equal(
		mutex.run(() => 1),
		1,
		'in the same turn when the lock is free and the body does not sleep',
	);
	t.throws(() =>
		mutex.run(() => {
			throw new Error('body');
		}),
	);
	await t.rejects(Promise.resolve(mutex.run(() => Promise.reject(new Error('body')))));
	t.equal(mutex.locked, false);
});

t.test('Mutex.run: bodies that sleep run one after the other', async t => {
	const mutex = new Mutex();
	const log: string[] = [];
	const body = (name: string) => async () => {
		log.push(`${name} in`);
		await settle();
		log.push(`${name} out`);
	};
	await Promise.all([mutex.run(body('a')), mutex.run(body('b')), mutex.run(body('c'))]);
	t.same(log, ['a in', 'a out', 'b in', 'b out', 'c in', 'c out']);
});

t.test('Mutex.run: with a signal, waiting may end', async t => {
	const mutex = new Mutex();
	mutex.lock();
	const controller = new AbortController();
	const code = codeOf(() => mutex.run(() => t.fail('the body must not run'), controller.signal));
	controller.abort();
	t.equal(await code, 'EINTR');
});
