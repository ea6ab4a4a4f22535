/**
 * time.test - kernel-sim/kernel/time.ts and the clock of the fake host.
 */

import t from 'tap';
import { Time, timespec } from '../../../kernel-sim/kernel/time.ts';
import { FakeClock, MILLISECOND, SECOND } from '../../../src/testing/fake_host.ts';
import { codeOf } from './bench_kernel.ts';

function clocks(before = 0) {
	const clock = new FakeClock();
	clock.advance(before);
	const oopses: string[] = [];
	const time = new Time(clock, (error, where) => oopses.push(`${where}: ${error}`));
	return { clock, time, oopses };
}

t.test('timespec: splits nanoseconds since 1970', async t => {
	const cases: [bigint, number, number][] = [
		[0n, 0, 0],
		[999_999_999n, 0, 999_999_999],
		[1_000_000_000n, 1, 0],
		[1_700_000_000_123_456_789n, 1_700_000_000, 123_456_789],
	];
	for (const [nanoseconds, sec, nsec] of cases) t.same(timespec(nanoseconds), { sec, nsec });
});

t.test('ktime_get: counts from boot, whenever the host was started', async t => {
	const { clock, time } = clocks(90 * SECOND);
	t.equal(time.ktimeGet(), 0);
	clock.advance(1.5 * SECOND);
	t.equal(time.ktimeGet(), 1.5 * SECOND);
	t.equal(time.jiffies, 150);
	t.same(time.bootTime(), { sec: 946_684_800 + 90, nsec: 0 });
	t.same(time.now(), { sec: 946_684_800 + 91, nsec: 500_000_000 });
	t.equal(time.ktimeGetReal(), 946_684_891_500_000_000n);
});

t.test('timers: fire at their time, in order, and not when cancelled', async t => {
	const { clock, time } = clocks();
	const fired: string[] = [];
	time.setTimer(30, () => fired.push(`c at ${time.ktimeGet()}`));
	time.setTimer(10, () => fired.push(`a at ${time.ktimeGet()}`));
	const cancel = time.setTimer(20, () => fired.push('b'));
	time.setTimer(10, () => {
		fired.push('a2');
		time.setTimer(5, () => fired.push(`nested at ${time.ktimeGet()}`));
	});
	cancel();
	clock.advance(9);
	t.same(fired, []);
	clock.advance(100);
	t.same(fired, ['a at 10', 'a2', 'nested at 15', 'c at 30']);
	t.equal(time.ktimeGet(), 109);
});

t.test('timers: what one throws is an oops, and so is sleeping in one', async t => {
	const { clock, time, oopses } = clocks();
	time.setTimer(1, () => {
		throw new Error('broken');
	});
	time.setTimer(2, () => Promise.resolve());
	clock.advance(2);
	t.same(oopses, ['timer: Error: broken', 'timer: Error: scheduling while atomic: a timer function must not sleep']);
});

t.test('timers: none is left when the kernel has shut down', async t => {
	const { clock, time } = clocks();
	for (const delay of [1, 2, 3]) time.setTimer(delay, () => t.fail('fired'));
	time.shutdown();
	t.equal(clock.pending, 0);
	clock.advance(10);
});

t.test('msleep: takes its time, and not at all for 0', async t => {
	const { clock, time } = clocks();
	t.equal(time.sleep(0), undefined);
	let over = false;
	const sleeping = Promise.resolve(time.sleep(MILLISECOND)).then(() => {
		over = true;
	});
	clock.advance(MILLISECOND - 1);
	await Promise.resolve();
	t.equal(over, false);
	clock.advance(1);
	await sleeping;
	t.equal(over, true);
});

t.test('msleep_interruptible: EINTR, and the timer is gone', async t => {
	const { clock, time } = clocks();
	const controller = new AbortController();
	const code = codeOf(() => time.sleep(SECOND, controller.signal));
	controller.abort();
	t.equal(await code, 'EINTR');
	t.equal(clock.pending, 0);
	t.equal(await codeOf(() => time.sleep(SECOND, controller.signal)), 'EINTR', 'a signal that has come already');
});
