/**
 * proc_formats - the texts that every program parses, and what their numbers say of one another.
 *
 * Simulated by the files of kernel-sim/fs/proc that are named as those of fs/proc: version.ts, uptime.ts and so on.
 */

import type { Test } from 'tap';
import type { Contract, Machine } from '../runner/contract.ts';
import type { Sys } from '../runner/sys.ts';
import { readFile, readLines } from './files.ts';

/** A contract on the whole text of one file. */
export function format(
	title: string,
	file: string,
	check: (t: Test, text: string, machine: Machine) => unknown,
): Contract {
	return {
		title,
		file,
		run: async (t, machine) => void (await check(t, await readFile(machine.sys, machine.file), machine)),
	};
}

/** The lines of a text that ends in a newline. */
export const lines = (text: string): string[] => text.split('\n').slice(0, -1);

/** `key value...` lines as numbers. */
const counters = (text: string): Map<string, number[]> =>
	new Map(
		lines(text).map(line => {
			const [key, ...values] = line.split(/[ :]+/);
			return [key!, values.map(Number)];
		}),
	);

/** `Key:  value kB` lines. */
const sizes = (text: string): Map<string, number> =>
	new Map(
		lines(text).map(line => [line.slice(0, line.indexOf(':')), Number.parseInt(line.slice(line.indexOf(':') + 1), 10)]),
	);

async function processors(sys: Sys, root: string): Promise<number> {
	return (await readLines(sys, `${root}/proc/cpuinfo`)).filter(line => line.startsWith('processor\t:')).length;
}

/** Keys of /proc/meminfo that have been there for years, in their order. */
const memory =
	'MemTotal MemFree MemAvailable Buffers Cached SwapCached Active Inactive Active(anon) Inactive(anon) Active(file) ' +
	'Inactive(file) Unevictable Mlocked SwapTotal SwapFree Dirty Writeback AnonPages Mapped Shmem KReclaimable Slab ' +
	'SReclaimable SUnreclaim KernelStack PageTables Bounce WritebackTmp CommitLimit Committed_AS VmallocTotal VmallocUsed ' +
	'VmallocChunk Percpu';

const time: readonly Contract[] = [
	format('/proc/uptime: two numbers with two decimals', '/proc/uptime', (t, text) =>
		t.match(text, /^\d+\.\d\d \d+\.\d\d\n$/),
	),
	{
		title: '/proc/uptime: never goes back, and no processor idles longer than the machine is up',
		file: '/proc/uptime',
		async run(t, { sys, root, file }) {
			const cpus = await processors(sys, root);
			let last = 0;
			for (let i = 0; i < 20; i++) {
				const [up, idle] = (await readFile(sys, file)).split(' ').map(Number);
				t.ok(up! >= last);
				t.ok(idle! <= (up! + 1) * cpus);
				last = up!;
			}
		},
	},
	format('/proc/loadavg: three averages, running tasks of all, and the last process id', '/proc/loadavg', (t, text) => {
		const [, running, total, last] = /^\d+\.\d\d \d+\.\d\d \d+\.\d\d (\d+)\/(\d+) (\d+)\n$/.exec(text) ?? [];
		t.ok(Number(running) <= Number(total), text);
		t.ok(Number(last) >= 0);
	}),
];

const memories: readonly Contract[] = [
	format('/proc/meminfo: names fill 16 columns, numbers 8', '/proc/meminfo', (t, text) => {
		for (const line of lines(text)) {
			const [, key, value, unit] = /^(\S+): +(\d+)( kB)?$/.exec(line) ?? [];
			if (key?.startsWith('HugePages_')) continue;
			t.equal(line, `${key}:`.padEnd(16) + `${value}`.padStart(8) + (unit ?? ''));
		}
	}),
	format('/proc/meminfo: the keys of Linux, in its order', '/proc/meminfo', (t, text) => {
		const known = memory.split(' ');
		t.same(
			[...sizes(text).keys()].filter(key => known.includes(key)),
			known,
		);
	}),
	format('/proc/meminfo: the sums and the bounds hold', '/proc/meminfo', (t, text) => {
		const size = sizes(text);
		const of = (key: string) => size.get(key) ?? Number.NaN;
		t.ok(of('MemTotal') > 0);
		t.ok(of('MemFree') <= of('MemTotal'));
		t.ok(of('MemAvailable') <= of('MemTotal'));
		t.ok(of('SwapFree') <= of('SwapTotal'));
		t.equal(of('Active'), of('Active(anon)') + of('Active(file)'));
		t.equal(of('Inactive'), of('Inactive(anon)') + of('Inactive(file)'));
		t.equal(of('Slab'), of('SReclaimable') + of('SUnreclaim'));
	}),
	format('/proc/vmstat: a name and a number in each line, no name twice', '/proc/vmstat', (t, text) => {
		for (const line of lines(text)) if (!/^\w+ \d+$/.test(line)) t.fail(line);
		const names = lines(text).map(line => line.split(' ')[0]);
		t.equal(new Set(names).size, names.length);
		for (const name of ['nr_free_pages', 'pgpgin', 'pgpgout', 'pswpin', 'pswpout', 'pgfault'])
			t.ok(names.includes(name), name);
	}),
];

const processor: readonly Contract[] = [
	{
		title: '/proc/stat: a line of ten numbers for each processor, and their sum',
		file: '/proc/stat',
		async run(t, { sys, root, file }) {
			const cpus = await processors(sys, root);
			const stat = counters(await readFile(sys, file));
			const sum = stat.get('cpu')!;
			t.equal(sum.length, 10);
			t.equal([...stat.keys()].filter(key => /^cpu\d+$/.test(key)).length, cpus);
			for (const column of sum.keys()) {
				let added = 0;
				for (let cpu = 0; cpu < cpus; cpu++) added += stat.get(`cpu${cpu}`)![column]!;
				t.ok(Math.abs(sum[column]! - added) <= cpus, `column ${column}: ${sum[column]} and ${added}`);
			}
		},
	},
	format('/proc/stat: the lines of Linux, in its order', '/proc/stat', (t, text) => {
		t.match(text, /^cpu {2}\d+ /);
		const known = ['cpu', 'cpu0', 'intr', 'ctxt', 'btime', 'processes', 'procs_running', 'procs_blocked', 'softirq'];
		t.same(
			[...counters(text).keys()].filter(key => known.includes(key)),
			known,
		);
	}),
	{
		title: '/proc/stat: counters never go back, the time of boot does not move',
		file: '/proc/stat',
		async run(t, { sys, file }) {
			const before = counters(await readFile(sys, file));
			const after = counters(await readFile(sys, file));
			t.same(after.get('btime'), before.get('btime'));
			for (const key of ['cpu', 'ctxt', 'processes', 'intr', 'softirq']) {
				t.ok(after.get(key)![0]! >= before.get(key)![0]!, key);
			}
		},
	},
	format('/proc/cpuinfo: processors are numbered from 0, with a model name each', '/proc/cpuinfo', (t, text) => {
		const blocks = text.split('\n\n').filter(block => block.trim() !== '');
		for (const [index, block] of blocks.entries()) {
			t.match(block, new RegExp(`^processor\\t: ${index}\\n`));
			t.match(block, /^(vendor_id|model name)\t: ./m);
		}
		t.match(text, /\n$/);
	}),
];

const kernel: readonly Contract[] = [
	format('/proc/version: release, builder, compiler and build, in one line', '/proc/version', (t, text) =>
		t.match(text, /^Linux version \S+ \(\S+\) \(.+\) #\d+ .+\n$/),
	),
	format('/proc/cmdline: one line', '/proc/cmdline', (t, text) => t.match(text, /^[^\n]*\n$/)),
	format('/proc/filesystems: nodev or nothing, a tab, a name, and proc among them', '/proc/filesystems', (t, text) => {
		for (const line of lines(text)) t.match(line, /^(nodev)?\t[\w.]+$/);
		t.ok(lines(text).includes('nodev\tproc'));
	}),
	format('/proc/mounts: six fields, and proc where it is', '/proc/mounts', (t, text) => {
		for (const line of lines(text)) t.match(line, /^\S+ \/\S* \S+ r[wo](,\S+)? 0 0$/);
		t.match(text, /^\S+ \/\S*proc proc rw/m);
	}),
	format(
		'/proc/devices: character devices, an empty line, block devices, numbers in three columns',
		'/proc/devices',
		(t, text) => {
			const [characters, blocks] = text.split('\n\n');
			t.match(characters, /^Character devices:(\n|$)/);
			t.match(`${blocks}`, /^Block devices:\n/);
			for (const line of [...characters!.split('\n').slice(1), ...lines(`${blocks}`).slice(1)]) {
				t.match(line, /^[ \d]{2}\d \S+$/);
			}
		},
	),
	{
		title: '/proc/modules: name, size, uses, users, state and address of each module',
		modules: ['contract_proc'],
		file: '/proc/modules',
		async run(t, { sys, file }) {
			const line = (await readLines(sys, file)).find(line => line.startsWith('contract_proc '));
			t.match(`${line}`, /^contract_proc [1-9]\d* 0 - Live 0x[0-9a-f]{16}( \([A-Z]+\))?$/);
		},
	},
];

export const procFormats: readonly Contract[] = [...time, ...memories, ...processor, ...kernel];
