/**
 * wait.test - kernel-sim/kernel/wait.ts.
 */

import t from 'tap';
import { Time } from '../../../kernel-sim/kernel/time.ts';
import { WaitQueueHead } from '../../../kernel-sim/kernel/wait.ts';
import { FakeClock, SECOND } from '../../../src/testing/fake_host.ts';
import { codeOf, settle } from './bench_kernel.ts';

function queue() {
	const clock = new FakeClock();
	const time = new Time(clock, error => {
		throw error;
	});
	return { clock, queue: new WaitQueueHead(time) };
}

t.test('wait_event: a condition that holds is answered in the same turn', async t => {
	const { queue: head } = queue();
	const { signal } = new AbortController();
	t.equal(
		head.waitEvent(() => true),
		undefined,
	);
	t.equal(
		head.waitEventInterruptible(() => true, signal),
		undefined,
	);
	t.equal(
		head.waitEventTimeout(() => true, SECOND),
		true,
	);
	t.equal(head.active, false);
});

t.test('wait_event: sleeps through wake-ups until the condition holds', async t => {
	const { queue: head } = queue();
	let value = 0;
	let woken = false;
	const waiting = Promise.resolve(head.waitEvent(() => value === 2)).then(() => {
		woken = true;
	});
	for (value of [0, 1]) {
		head.wakeUp();
		await settle();
		t.equal(woken, false);
		t.equal(head.active, true);
	}
	value = 2;
	await settle();
	t.equal(woken, false, 'nobody has said so yet');
	head.wakeUp();
	await waiting;
	t.equal(head.active, false);
});

t.test('wait_event: a wake-up between the test and the sleep is not lost', async t => {
	const { queue: head } = queue();
	let ready = false;
	const waiting = head.waitEvent(() => {
		if (!ready) queueMicrotask(() => head.wakeUp());
		const seen = ready;
		ready = true;
		return seen;
	});
	await waiting;
	t.pass('the waiter was woken');
});

t.test('wake_up: whoever joins while others are woken is not woken by the same event', async t => {
	const { queue: head } = queue();
	let calls = 0;
	const remove = head.addWaiter(() => {
		calls += 1;
		if (calls < 10) head.addWaiter(() => t.fail('woken by an event before its time'));
	});
	head.wakeUp();
	t.equal(calls, 1);
	remove();
	t.equal(head.active, true);
});

t.test('wake_up: whoever is removed while others are woken stays asleep', async t => {
	const { queue: head } = queue();
	const remove: (() => void)[] = [];
	head.addWaiter(() => remove[0]!());
	remove.push(head.addWaiter(() => t.fail('was removed')));
	head.wakeUp();
	t.pass();
});

t.test('wake_up: wakes all, in the order in which they came', async t => {
	const { queue: head } = queue();
	const order: number[] = [];
	let ready = false;
	const all = [1, 2, 3].map(n => Promise.resolve(head.waitEvent(() => ready)).then(() => order.push(n)));
	ready = true;
	head.wakeUp();
	await Promise.all(all);
	t.same(order, [1, 2, 3]);
});

t.test('wake_up: what one has taken, the next does not find', async t => {
	const { queue: head } = queue();
	const { signal } = new AbortController();
	const items: number[] = [];
	const take = async () => {
		await head.waitEventInterruptible(() => items.length > 0, signal);
		return items.shift();
	};
	const wrapped = async () => await take();
	const takers = [take(), wrapped(), take(), wrapped()];
	for (const item of [1, 2]) {
		items.push(item);
		head.wakeUp();
	}
	t.same(await Promise.all(takers.slice(0, 2)), [1, 2]);
	await settle();
	t.equal(head.active, true);
	items.push(3, 4);
	head.wakeUp();
	t.same(await Promise.all(takers.slice(2)), [3, 4]);
});

t.test('wake_up: an event while others are still being woken is not lost', async t => {
	const { queue: head } = queue();
	let level = 0;
	const woken: string[] = [];
	const wait = async (name: string, least: number) => {
		await head.waitEvent(() => level >= least);
		woken.push(name);
	};
	const all = [wait('low', 1), wait('high', 2), wait('low too', 1)];
	level = 1;
	head.wakeUp();
	level = 2;
	head.wakeUp();
	await Promise.all(all);
	t.same(woken, ['low', 'high', 'low too']);
});

t.test('wait_event_interruptible: a signal ends the sleep with EINTR, once', async t => {
	const { queue: head } = queue();
	const controller = new AbortController();
	const code = codeOf(() => head.waitEventInterruptible(() => false, controller.signal));
	controller.abort();
	t.equal(await code, 'EINTR');
	t.equal(head.active, false, 'nobody waits any more');
	head.wakeUp();
});

t.test('wait_event_interruptible: a signal that has come before is EINTR, unless the condition holds', async t => {
	const { queue: head } = queue();
	const signal = AbortSignal.abort();
	t.equal(await codeOf(() => head.waitEventInterruptible(() => false, signal)), 'EINTR');
	t.equal(
		head.waitEventInterruptible(() => true, signal),
		undefined,
	);
});

t.test('wait_event_interruptible: who was woken is not interrupted any more', async t => {
	const { queue: head } = queue();
	const controller = new AbortController();
	let ready = false;
	const waiting = Promise.resolve(head.waitEventInterruptible(() => ready, controller.signal)).then(() => 'woken');
	ready = true;
	head.wakeUp();
	controller.abort();
	t.equal(await waiting, 'woken');
});

t.test('wait_event_timeout: false when the time is over, true when the condition came first', async t => {
	const { clock, queue: head } = queue();
	let ready = false;
	const late = head.waitEventTimeout(() => false, SECOND);
	const soon = head.waitEventTimeout(() => ready, SECOND);
	clock.advance(SECOND / 2);
	ready = true;
	head.wakeUp();
	t.equal(await soon, true);
	clock.advance(SECOND / 2);
	t.equal(await late, false);
	t.equal(head.active, false);
	t.equal(clock.pending, 0);
});

t.test('wait_event_timeout: a condition that came to hold unsaid is seen when the time is over', async t => {
	const { clock, queue: head } = queue();
	let ready = false;
	const waiting = head.waitEventTimeout(() => ready, SECOND);
	ready = true;
	clock.advance(SECOND);
	t.equal(await waiting, true);
});

t.test('wait_event_interruptible_timeout: EINTR takes the timer away', async t => {
	const { clock, queue: head } = queue();
	const controller = new AbortController();
	const code = codeOf(() => head.waitEventInterruptibleTimeout(() => false, SECOND, controller.signal));
	t.equal(clock.pending, 1);
	controller.abort();
	t.equal(await code, 'EINTR');
	t.equal(clock.pending, 0);
});

t.test('wait_event: what the condition throws ends the wait', async t => {
	const { queue: head } = queue();
	let broken = false;
	const waiting = head.waitEvent(() => {
		if (broken) throw new Error('condition');
		return false;
	});
	broken = true;
	head.wakeUp();
	await t.rejects(Promise.resolve(waiting), { message: 'condition' });
	t.equal(head.active, false);
});
