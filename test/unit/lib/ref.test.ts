/** ref.test - pointers to members. */

import t from 'tap';
import { type Ref, ref } from '../../../src/lib/ref.ts';

t.test('ref: reads and writes the member it points to', async t => {
	const state = { count: 1, name: 'a' };
	const count = ref(state, 'count');
	t.equal(count.get(), 1);
	count.set(2);
	t.equal(state.count, 2);
	state.count = 3;
	t.equal(count.get(), 3);
	t.equal(state.name, 'a');
});

/** Never called: what must not compile. */
export function types(): Ref<number> {
	const state = { count: 1, name: 'a' };
	// @ts-expect-error no such member
	ref(state, 'size');
	// @ts-expect-error of another type
	ref(state, 'count').set('a');
	// @ts-expect-error a pointer to a string is none to a number
	const wrong: Ref<number> = ref(state, 'name');
	return wrong;
}
