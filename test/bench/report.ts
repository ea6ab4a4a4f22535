/**
 * report - what a race has shown, as the page docs/performance.md.
 */

import { type ContenderName, contenderTitles, measures, type Placement, placementTitles, targets } from './measures.ts';
import type { Results } from './race.ts';
import { ratio, reached, type Summary, summary } from './statistics.ts';

/** Resident memory of a server in bytes: before the race, and after. */
export interface Memory {
	readonly contender: ContenderName;
	readonly before: number;
	readonly after: number;
}

/** What the page is made from. */
export interface Report {
	readonly results: Results;
	readonly placements: readonly Placement[];
	readonly rounds: number;
	readonly ms: number;
	readonly memory: readonly Memory[];
	/** Lines about the computer. */
	readonly computer: readonly string[];
	/** Who or what could not take part, and why. */
	readonly missing: readonly string[];
}

const others = ['c', 'fuse-native', 'kernel'] as const;
const everybody = ['ring3', ...others] as const;

/** The whole page. */
export function page(report: Report): string {
	return `${[
		'# Performance',
		'`npm run bench` wrote this page; it is one run on one computer, described at its end. Every number is a median of',
		`${report.rounds} rounds. ring3 is a machine as \`ring3 mount\` starts it; the C server is \`test/bench/server.c\` on libfuse 3; fuse-native`,
		'serves the same simulated kernel as ring3 through the npm package of that name, which is libfuse 2.9; the real kernel has an',
		'attribute of sysfs, and `/proc/net/route` with 100,000 routes.',
		...report.missing.map(line => `\n**Not in this run:** ${line}`),
		'\n## Ratios\n',
		'Time of ring3 divided by that of the other: below 1, ring3 is the faster.\n',
		ratioTable(report),
		'\n## Targets\n',
		targetTable(report),
		'\nThe same of `ring3 mount --backend fuse-native`, whose host is told to keep names and attributes as well:\n',
		targetTable(report, 'fuse-native'),
		...report.placements.flatMap(placement => [
			`\n## Client and server ${placementTitles[placement]}\n`,
			'Microseconds for one operation, and in brackets the lowest and the highest of the rounds.\n',
			valueTable(report, placement, 'time'),
			'\nProcessor time of the server in microseconds for one operation:\n',
			valueTable(report, placement, 'cpu'),
		]),
		'\n## Resident memory\n',
		table(
			['', 'before the first request', 'after the last'],
			report.memory.map(({ contender, before, after }) => [contenderTitles[contender], mib(before), mib(after)]),
		),
		'\nring3 and fuse-native hold Node itself and a whole kernel, not only the files that are measured.',
		'\n## How it is measured\n',
		method(report),
		'\n## The computer\n',
		...report.computer.map(line => `- ${line}`),
	].join('\n')}\n`;
}

function ratioTable({ results, placements }: Report): string {
	const head = others.flatMap(other => placements.map(placement => `${contenderTitles[other]}, ${short(placement)}`));
	const rows = measures.map(({ id, title }) => [
		title,
		...others.flatMap(other => placements.map(placement => number(ratio(results, placement, id, other)))),
	]);
	return table(['ring3 by', ...head], rows.filter(hasValue));
}

/** The targets, as ring3 reached them or, with the other back end, `of`; against itself nobody races. */
function targetTable({ results, placements }: Report, of: ContenderName = 'ring3'): string {
	const raced = targets.filter(({ against }) => against !== of);
	return table(
		['', 'divided by that of', 'at most', ...placements.map(placement => placementTitles[placement])],
		raced.map(target => [
			target.title,
			target.against === undefined ? '' : contenderTitles[target.against],
			`${target.atMost}`,
			...placements.map(placement => verdict(reached(results, placement, target, of), target.atMost)),
		]),
	);
}

function verdict(value: number | undefined, atMost: number): string {
	if (value === undefined) return 'not measured';
	return `${number(value)} ${value <= atMost ? 'met' : '**missed**'}`;
}

function valueTable({ results }: Report, placement: Placement, value: 'time' | 'cpu'): string {
	const shown = value === 'cpu' ? everybody.filter(name => name !== 'kernel') : everybody;
	const rows = measures.map(({ id, title }) => [
		title,
		...shown.map(name => range(summary(results, placement, id, name, value), value)),
	]);
	return table(['', ...shown.map(name => contenderTitles[name])], rows.filter(hasValue));
}

function range(of: Summary | undefined, value: 'time' | 'cpu'): string {
	if (!of) return '';
	return value === 'cpu' ? number(of.median) : `${number(of.median)} (${number(of.least)}-${number(of.most)})`;
}

function hasValue([, ...cells]: string[]): boolean {
	return cells.some(cell => cell !== '');
}

function method({ ms, rounds }: Report): string {
	return [
		'- One client in C (`test/bench/client.c`) for all. It keeps the directory open and looks one name up from there, so that no',
		'  path is longer than another.',
		`- ${rounds} rounds after one that does not count. In a round, the contenders take turns at each measure, for ${ms} ms each, every`,
		'  other round in reverse. What a turn gives is the median of its batches of about a millisecond.',
		'- Client and server are bound to one processor each, all threads of the server to the same one: first the same processor for',
		'  both, then two. Nothing else is bound.',
		'- The C server runs `fuse_session_loop`, one thread. All FUSE servers read by direct I/O, keep names and attributes valid for',
		'  ever; ring3 and the C server close without FLUSH, which libfuse 2.9 cannot, and is answered with ENOSYS once by fuse-native.',
		'- An uncached stat is statx with AT_STATX_FORCE_SYNC. What was never seen is what the kernel has forgotten: drop_caches is written',
		'  before each pass, outside the measured time.',
		'- A page a read: seq_file stops when a page is full, so that a read of 128 KiB gets 3,968 bytes. The C server does the same on',
		'  `records`; its `whole` fills each read, as an author of a C server may well do and Linux does not.',
		'- Processor time is that of the whole server process, of the threads that have ended too (clock_getcpuclockid).',
		'- Every server has a session of its own, and all that takes part runs at nice -10, so that what else goes on in the computer',
		'  disturbs less.',
	].join('\n');
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
	const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
	return [line(head), line(head.map((_, i) => (i === 0 ? '---' : '---:'))), ...rows.map(line)].join('\n');
}

function short(placement: Placement): string {
	return placement === 'same' ? 'one CPU' : 'two';
}

/** Three significant digits; nothing for what there is not. */
function number(value: number | undefined): string {
	if (value === undefined) return '';
	if (value >= 100) return Math.round(value).toLocaleString('en-US');
	return value.toPrecision(3);
}

function mib(bytes: number): string {
	return `${(bytes / 2 ** 20).toFixed(1)} MiB`;
}
