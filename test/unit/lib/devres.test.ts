/** devres.test - undoing in reverse, whatever happens on the way. */

import t from 'tap';
import { Devres } from '../../../src/lib/devres.ts';

/** A list of what was undone, and actions that write into it. */
function recorder(): { log: string[]; undo(name: string): () => void; fail(name: string): () => void } {
	const log: string[] = [];
	return {
		log,
		undo: name => () => {
			log.push(name);
		},
		fail: name => () => {
			log.push(name);
			throw new Error(name);
		},
	};
}

t.test('devres: the last is undone first, each once', async t => {
	const { log, undo } = recorder();
	const devres = new Devres();
	for (const name of ['a', 'b', 'c']) devres.add(undo(name));
	t.equal(devres.size, 3);
	devres.releaseAll();
	t.same(log, ['c', 'b', 'a']);
	t.equal(devres.size, 0);
	devres.releaseAll();
	t.same(log, ['c', 'b', 'a']);
});

t.test('devres: an action that was taken back does not run', async t => {
	const { log, undo } = recorder();
	const devres = new Devres();
	const same = undo('same');
	const first = devres.add(same);
	devres.add(undo('b'));
	devres.add(same);
	first();
	first();
	t.equal(devres.size, 2);
	devres.releaseAll();
	t.same(log, ['same', 'b'], 'the other registration of the same function stays');
	first();
	t.equal(devres.size, 0);
});

t.test('devres: a throwing action stops no other', async t => {
	const { log, undo, fail } = recorder();
	const devres = new Devres();
	devres.add(undo('a'));
	devres.add(fail('b'));
	devres.add(undo('c'));
	t.throws(() => devres.releaseAll(), { message: 'b' });
	t.same(log, ['c', 'b', 'a']);
	t.equal(devres.size, 0);
});

t.test('devres: several throwing actions are one AggregateError', async t => {
	const { log, fail } = recorder();
	const devres = new Devres();
	for (const name of ['a', 'b']) devres.add(fail(name));
	t.throws(() => devres.releaseAll(), { name: 'AggregateError', errors: [{ message: 'b' }, { message: 'a' }] });
	t.same(log, ['b', 'a']);
});

t.test('devres: onError takes what is thrown', async t => {
	const { undo, fail, log } = recorder();
	const devres = new Devres();
	for (const action of [fail('a'), undo('b'), fail('c')]) devres.add(action);
	const errors: unknown[] = [];
	devres.releaseAll(error => errors.push((error as Error).message));
	t.same(errors, ['c', 'a']);
	t.same(log, ['c', 'b', 'a']);
});

t.test('devres: a group is undone in its turn, or before', async t => {
	const { log, undo, fail } = recorder();
	const devres = new Devres();
	devres.add(undo('a'));
	const early = devres.group();
	early.add(undo('b'));
	const late = devres.group();
	late.add(undo('c'));
	late.add(fail('d'));
	devres.add(undo('e'));
	early.releaseAll();
	t.same(log, ['b']);
	t.throws(() => devres.releaseAll(), { message: 'd' });
	t.same(log, ['b', 'e', 'd', 'c', 'a']);
});

t.test('devres: what is registered while it runs is undone, too', async t => {
	const { log, undo } = recorder();
	const devres = new Devres();
	devres.add(undo('a'));
	devres.add(() => {
		log.push('b');
		devres.add(undo('late'));
	});
	devres.releaseAll();
	t.same(log, ['b', 'late', 'a']);
});

t.test('devres: the end of a scope releases it', async t => {
	const { log, undo } = recorder();
	{
		using devres = new Devres();
		devres.add(undo('a'));
		t.same(log, []);
	}
	t.same(log, ['a']);
});
