/** spin.test - when the server looks again and when it sleeps, by a clock that the test moves. */

import t from 'tap';
import { Spin } from '../../../mount/spin.ts';

/** A spin whose yields take as long as `yields` says, the last one for ever after; it starts at a time that is not 0. */
function spinning(...yields: number[]) {
	const clock = { ms: 1000, yields: 0 };
	const spin = new Spin(
		() => {
			clock.ms += yields[Math.min(clock.yields, yields.length - 1)]!;
			clock.yields++;
		},
		() => clock.ms,
	);
	return { spin, clock };
}

/** Looks until it is time to sleep: how often there was a look. */
function looks(spin: Spin): number {
	let n = 0;
	while (n < 1000 && spin.again()) n++;
	return n;
}

t.test('sched_yield: the server looks again for 50 us, giving way each time', async t => {
	const { spin, clock } = spinning(0.02);
	t.equal(looks(spin), 3, 'after 0, 20 and 40 us');
	t.equal(clock.yields, 3);
});

t.test('sched_yield: after looking in vain, the server sleeps at once for ten times as long', async t => {
	const { spin, clock } = spinning(0.02);
	t.equal(looks(spin), 3);
	clock.ms += 0.59;
	spin.served();
	t.notOk(spin.again(), '60 us were lost, and 590 have passed');
	t.equal(clock.yields, 3);
	clock.ms += 0.02;
	t.equal(looks(spin), 3);
});

t.test('sched_yield: each time that it was in vain again the server sleeps for twice as long, up to 10 ms', async t => {
	const { spin, clock } = spinning(0.02);
	for (const rest of [0.6, 1.2, 2.4, 4.8, 9.6, 10, 10]) {
		t.equal(looks(spin), 3);
		clock.ms += rest - 0.01;
		t.notOk(spin.again(), `a little less than ${rest} ms`);
		clock.ms += 0.02;
	}
	t.ok(spin.again());
	spin.served();
	t.equal(looks(spin), 3, 'a client has asked while we looked');
	clock.ms += 0.61;
	t.ok(spin.again(), 'and what was before is forgotten');
});

t.test('sched_yield: what is served starts the time over', async t => {
	const { spin, clock } = spinning(0.04);
	for (let i = 0; i < 10; i++) {
		t.ok(spin.again());
		spin.served();
	}
	t.equal(clock.yields, 10);
	t.equal(looks(spin), 2);
});

t.test('sched_yield: after one that took long, the server sleeps at once for ten times as long', async t => {
	const { spin, clock } = spinning(4, 0.02);
	t.ok(spin.again(), 'looks once more, for the client had its turn too');
	t.notOk(spin.again());
	for (const later of [0, 20, 19.9]) {
		clock.ms += later;
		spin.served();
		t.notOk(spin.again(), `${later} ms later`);
	}
	t.equal(clock.yields, 1, 'and gives nothing away');
	clock.ms += 0.1;
	t.equal(looks(spin), 3, 'until the time is over');
});

t.test('sched_yield: one that a client took for its next request is not long', async t => {
	for (const [took, crowded] of [
		[0.25, false],
		[0.35, true],
	] as const) {
		const { spin } = spinning(took);
		t.ok(spin.again());
		spin.served();
		t.equal(spin.again(), !crowded, `${took} ms`);
	}
});
