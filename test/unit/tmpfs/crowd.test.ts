/** crowd - a directory of 100,000 files is listed whole and costs little. */

import t from 'tap';
import { measureCrowd } from './crowd.ts';

const COUNT = 100_000;
const MOST_BYTES = 300;
const SECOND = 1e9;

t.test('100,000 files cost at most 300 bytes of heap each and are listed in a second', async t => {
	const { heap, list, listed } = measureCrowd(COUNT);
	t.equal(listed, COUNT + 2);
	t.ok(heap <= MOST_BYTES, `${heap.toFixed()} bytes each`);
	t.ok(list * COUNT < SECOND, `listed in ${((list * COUNT) / 1e6).toFixed()} ms`);
});
