/** crowd.test - a directory of 100,000 entries is listed through a mount in a second, and costs little. */

import t from 'tap';
import { cannotMount } from '../runner/mount.ts';
import { measureCrowds } from './crowd.ts';

const COUNT = 100_000;
const MOST_BYTES = 300;
const SECOND = 1000;

t.test('100,000 entries of proc and of tmpfs', { skip: cannotMount() ?? false, timeout: 90_000 }, async t => {
	for (const { type, listed, first, best, heap } of await measureCrowds(COUNT)) {
		t.equal(listed, COUNT, type);
		t.ok(best < SECOND, `${type}: listed in ${best.toFixed()} ms, at first in ${first.toFixed()} ms`);
		t.ok(heap <= MOST_BYTES, `${type}: ${heap.toFixed()} bytes of heap each`);
	}
});
