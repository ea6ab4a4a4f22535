/**
 * measures - what is measured, and what ring3 is to reach.
 */

/** Who is measured. `kernel` is the real kernel's own file system. */
export type ContenderName = 'ring3' | 'c' | 'fuse-native' | 'kernel';

/** How the contenders are called in what is printed. */
export const contenderTitles: Readonly<Record<ContenderName, string>> = {
	ring3: 'ring3',
	c: 'C server',
	'fuse-native': 'fuse-native',
	kernel: 'real kernel',
};

/** What a measure is done to; a contender that has no such thing is left out of it. */
export type Subject = 'attr' | 'files' | 'records' | 'whole' | 'items';

/** One thing that the client does (client.c has the modes). */
export interface Measure {
	readonly id: string;
	readonly title: string;
	readonly mode: 'attr' | 'busy' | 'stat' | 'sync' | 'list' | 'list-cold' | 'lookup' | 'records' | 'many' | 'items';
	readonly subject: Subject;
}

export const measures: readonly Measure[] = [
	{ id: 'attr', title: 'open, read, read, close of a small attribute', mode: 'attr', subject: 'attr' },
	{ id: 'busy', title: "the same, with something else busy on the server's CPU", mode: 'busy', subject: 'attr' },
	{ id: 'stat', title: 'stat, cached', mode: 'stat', subject: 'attr' },
	{ id: 'sync', title: 'stat, uncached (one GETATTR)', mode: 'sync', subject: 'attr' },
	{ id: 'lookup', title: 'stat of a name never seen (one LOOKUP)', mode: 'lookup', subject: 'files' },
	{ id: 'list', title: '`ls -l` of 1,000 files, each', mode: 'list', subject: 'files' },
	{ id: 'list-cold', title: '`ls -l` of 1,000 files never seen, each', mode: 'list-cold', subject: 'files' },
	{
		id: 'records',
		title: '100,000 records of 128 bytes, a page a read, each record',
		mode: 'records',
		subject: 'records',
	},
	{ id: 'whole', title: 'the same, each read of 128 KiB filled', mode: 'records', subject: 'whole' },
	{ id: 'items', title: 'mkdir and rmdir of an item of configfs', mode: 'items', subject: 'items' },
	{ id: 'many', title: '64 readers at once, each open, read, read, close', mode: 'many', subject: 'attr' },
];

/**
 * Something that ring3 is to reach: a ratio of two medians of one run, or of the fastest reader to the slowest; or a time in
 * microseconds.
 */
export interface Target {
	readonly title: string;
	/** The `id` of a measure. */
	readonly measure: string;
	readonly value: 'time' | 'cpu' | 'spread';
	/** What the value is divided by: the same value of another contender. Absent for what counts by itself. */
	readonly against?: ContenderName;
	readonly atMost: number;
}

const perOperation = ['attr', 'sync', 'lookup', 'list', 'list-cold', 'records', 'many'];

export const targets: readonly Target[] = [
	{ title: 'open, read, read, close', measure: 'attr', value: 'time', against: 'c', atMost: 1.2 },
	{ title: 'open, read, read, close', measure: 'attr', value: 'time', against: 'fuse-native', atMost: 0.3 },
	{ title: 'stat, uncached', measure: 'sync', value: 'time', against: 'c', atMost: 1.2 },
	{ title: 'stat, uncached', measure: 'sync', value: 'time', against: 'fuse-native', atMost: 0.3 },
	{ title: 'stat, cached', measure: 'stat', value: 'time', against: 'kernel', atMost: 1.5 },
	{ title: '`ls -l` of 1,000 files', measure: 'list', value: 'time', against: 'c', atMost: 1.2 },
	{ title: '`ls -l` of 1,000 files never seen', measure: 'list-cold', value: 'time', against: 'c', atMost: 1.2 },
	{
		title: 'records, time by that of /proc/net/route',
		measure: 'records',
		value: 'time',
		against: 'kernel',
		atMost: 2.5,
	},
	{ title: 'records, the same bytes in the same reads', measure: 'records', value: 'time', against: 'c', atMost: 1.5 },
	{ title: 'an item of configfs made and removed, microseconds', measure: 'items', value: 'time', atMost: 200 },
	{ title: '64 readers, fastest by slowest', measure: 'many', value: 'spread', atMost: 4 },
	...perOperation.map(
		(measure): Target => ({
			title: `processor time of the server, ${measures.find(({ id }) => id === measure)!.title}`,
			measure,
			value: 'cpu',
			against: 'c',
			atMost: 2,
		}),
	),
];

/** Where client and server run. */
export type Placement = 'same' | 'apart';

export const placementTitles: Readonly<Record<Placement, string>> = {
	same: 'on one CPU',
	apart: 'on two CPUs',
};
