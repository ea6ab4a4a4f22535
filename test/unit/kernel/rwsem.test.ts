/**
 * rwsem.test - kernel-sim/kernel/rwsem.ts.
 */

import t from 'tap';
import { RwSemaphore } from '../../../kernel-sim/kernel/rwsem.ts';
import { codeOf, settle } from './bench_kernel.ts';

t.test('down_read: as many as come, in the same turn', async t => {
	const sem = new RwSemaphore();
	t.equal(sem.downRead(), undefined);
	t.equal(sem.downRead(), undefined);
	t.equal(
		sem.read(() => 'read'),
		'read',
	);
	sem.upRead();
	sem.upRead();
	t.equal(sem.downWrite(), undefined, 'a free one');
	sem.upWrite();
});

t.test('down_write: waits for the readers, and readers that come behind it wait for the writer', async t => {
	const sem = new RwSemaphore();
	const order: string[] = [];
	const note = (what: string) => () => void order.push(what);
	void sem.downRead();
	void sem.downRead();
	const writing = Promise.resolve(sem.downWrite()).then(note('write'));
	const reading = [1, 2].map(n => Promise.resolve(sem.downRead()).then(note(`read ${n}`)));
	const last = Promise.resolve(sem.downWrite()).then(note('last'));
	sem.upRead();
	await settle();
	t.same(order, []);
	sem.upRead();
	await writing;
	t.same(order, ['write']);
	sem.upWrite();
	await Promise.all(reading);
	t.same(order, ['write', 'read 1', 'read 2'], 'readers go together');
	sem.upRead();
	sem.upRead();
	await last;
	sem.upWrite();
	t.equal(sem.downRead(), undefined);
});

t.test('down_write_killable: being killed ends the wait with EINTR, and lets in who waited behind it', async t => {
	const sem = new RwSemaphore();
	void sem.downRead();
	const controller = new AbortController();
	const by = { killed: controller.signal };
	const writing = codeOf(() => sem.downWrite(by));
	const reading = sem.read(() => 'read');
	await settle();
	controller.abort();
	t.equal(await writing, 'EINTR');
	t.equal(await reading, 'read');
	t.equal(await codeOf(() => sem.downWrite(by)), 'EINTR', 'one that has come before');
	sem.upRead();
	t.equal(sem.downWrite(by), undefined, 'a free one is taken regardless');
	sem.upWrite();
});

t.test('read: gives it back whatever becomes of the body', async t => {
	const sem = new RwSemaphore();
	t.throws(() =>
		sem.read(() => {
			throw new Error('no');
		}),
	);
	await t.rejects(Promise.resolve(sem.read(() => Promise.reject(new Error('no')))));
	t.equal(sem.downWrite(), undefined);
});
