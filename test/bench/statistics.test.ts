/**
 * statistics.test - numbers out of samples.
 */

import t from 'tap';
import type { Target } from './measures.ts';
import { Results } from './race.ts';
import { page } from './report.ts';
import { median, ratio, reached, summary } from './statistics.ts';

const sample = (us: number, cpu = 0) => ({ ops: 10, ns: us * 1000, cpu: cpu * 10_000 });

function results(): Results {
	const all = new Results();
	for (const us of [3, 1, 2]) all.add('same', 'attr', 'ring3', sample(us, 6));
	for (const us of [8, 2, 4]) all.add('same', 'attr', 'c', sample(us, 2));
	all.add('same', 'many', 'ring3', { ...sample(1), slowest: 5, fastest: 10 });
	return all;
}

t.test('median: the middle one, or the mean of the two in the middle', async t => {
	for (const [values, want] of [
		[[], undefined],
		[[7], 7],
		[[3, 1], 2],
		[[9, 1, 5], 5],
		[[4, 10, 1, 2], 3],
	] as const) {
		t.equal(median(values), want, `${values}`);
	}
});

t.test('summary: in microseconds, nothing for who took no part', async t => {
	t.same(summary(results(), 'same', 'attr', 'c'), { median: 4, least: 2, most: 8 });
	t.equal(summary(results(), 'apart', 'attr', 'c'), undefined);
	t.equal(summary(results(), 'same', 'attr', 'kernel'), undefined);
	t.equal(summary(results(), 'same', 'attr', 'ring3', 'cpu')?.median, 6);
});

t.test('ratio: of medians, ours by theirs', async t => {
	t.equal(ratio(results(), 'same', 'attr', 'c'), 0.5);
	t.equal(ratio(results(), 'same', 'attr', 'c', 'cpu'), 3);
	t.equal(ratio(results(), 'same', 'attr', 'kernel'), undefined);
});

t.test('reached: a ratio to another, or of the readers among themselves', async t => {
	const target = { title: '', measure: 'attr', value: 'time', atMost: 1 } as const;
	const cases: [Target, number | undefined][] = [
		[{ ...target, against: 'c' }, 0.5],
		[{ ...target, against: 'fuse-native' }, undefined],
		[{ ...target, measure: 'many', value: 'spread' }, 2],
	];
	for (const [target, want] of cases) t.equal(reached(results(), 'same', target), want);
});

t.test('page: says which target was met, missed and not measured', async t => {
	const text = page({
		results: results(),
		placements: ['same'],
		rounds: 3,
		ms: 1,
		memory: [{ contender: 'ring3', before: 2 ** 20, after: 3 * 2 ** 20 }],
		computer: ['a computer'],
		missing: ['fuse-native: is not there'],
	});
	t.match(text, '| open, read, read, close | C server | 1.2 | 0.500 met |');
	t.match(text, '| open, read, read, close | fuse-native | 0.3 | not measured |');
	t.match(text, /processor time of the server, open, .* \| 2 \| 3\.00 \*\*missed\*\* \|/);
	t.match(text, '**Not in this run:** fuse-native: is not there');
	t.match(text, '| ring3 | 1.0 MiB | 3.0 MiB |');
});
