/** dir_entries - slots, cookies and the room they take. */

import t from 'tap';
import { DIR_OFFSET_EOD, DirEntries } from '../../../kernel-sim/fs/tmpfs/dir_entries.ts';

const FIRST = 2;

/** Names and cookies in the order of a listing. */
function listed(entries: DirEntries<number>): [string, number][] {
	const all: [string, number][] = [];
	for (let slot = entries.seek(FIRST, -1); slot >= 0; slot = entries.below(slot)) {
		const { name, cookie } = entries.at(slot);
		all.push([name, cookie]);
	}
	return all;
}

t.test('the newest entry comes first, and cookies rise from 3', async t => {
	const entries = new DirEntries<number>();
	for (const name of ['a', 'b', 'c']) entries.add(name, 0);
	t.same(listed(entries), [
		['c', 5],
		['b', 4],
		['a', 3],
	]);
	t.equal(entries.remove('b'), 4);
	t.equal(entries.get('b'), undefined);
	entries.add('b', 1, 4);
	t.equal(entries.get('b'), 1);
	t.same(listed(entries), [
		['b', 4],
		['c', 5],
		['a', 3],
	]);
});

t.test('an empty name is a name like any other', async t => {
	const entries = new DirEntries<number>();
	entries.add('', 7);
	t.equal(entries.get(''), 7);
	t.same(listed(entries), [['', 3]]);
});

t.test('slots are closed up and names found again, whatever is removed', async t => {
	const entries = new DirEntries<number>();
	const left = new Map<string, number>();
	for (let i = 0; i < 1000; i++) {
		entries.add(`n${i}`, i);
		left.set(`n${i}`, i + 3);
	}
	for (let i = 0; i < 1000; i++) {
		const n = (i * 7919) % 1000;
		if (n % 10 === 0) continue;
		entries.remove(`n${n}`);
		left.delete(`n${n}`);
	}
	t.equal(entries.size, 100);
	for (let i = 0; i < 1000; i += 10) t.equal(entries.get(`n${i}`), i);
	t.same(listed(entries), [...left].reverse());
	t.ok(entries.seek(FIRST, -1) < 200, 'no more than half of the slots are holes');
});

t.test('a hint that is wrong does no harm', async t => {
	const entries = new DirEntries<number>();
	for (const name of ['a', 'b', 'c']) entries.add(name, 0);
	for (const hint of [-1, 0, 1, 2, 3, 99]) t.equal(entries.at(entries.seek(4, hint)).name, 'b');
});

t.test('cookies begin again at the end of their range and pass over those in use', async t => {
	const entries = new DirEntries<number>(DIR_OFFSET_EOD - 2);
	entries.add('old', 0, 4);
	for (const name of ['a', 'b', 'c', 'd', 'e']) entries.add(name, 0);
	t.same(
		listed(entries).map(([, cookie]) => cookie),
		[6, 5, 3, DIR_OFFSET_EOD - 1, DIR_OFFSET_EOD - 2, 4],
	);
});
