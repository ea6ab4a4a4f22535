/**
 * proc_formats_more - texts of /proc that tell of interrupts, memory by zones, terminals, disks, addresses and names.
 *
 * Simulated by the files of kernel-sim/fs/proc that are named as the files of /proc.
 */

import { O_RDONLY } from '../../src/uapi/fcntl.ts';
import type { Contract } from '../runner/contract.ts';
import { NOBODY } from '../runner/sys.ts';
import { readFile, readLines } from './files.ts';
import { format, lines } from './proc_formats.ts';

/** A contract that nobody but root can open a file. */
function rootOnly(file: string): Contract {
	return {
		title: `${file}: root alone may open it`,
		needs: ['nobody'],
		file,
		async run(t, { sys, file }) {
			t.match(await sys.stat(file), { mode: 0o100400 });
			await t.rejects((await sys.fork(NOBODY)).open(file, O_RDONLY), { code: 'EACCES' });
		},
	};
}

/** A contract that others than root see each address of a file as 0. */
function hidden(file: string, address: RegExp): Contract {
	return {
		title: `${file}: addresses are 0 for nobody`,
		needs: ['nobody'],
		file,
		async run(t, { sys, file }) {
			const text = await readFile(await sys.fork(NOBODY), file);
			for (const [, digits] of text.matchAll(address)) if (/[^0]/.test(digits!)) t.fail(`${digits}`);
			t.ok(text.length > 0);
		},
	};
}

const softirqs = 'HI TIMER NET_TX NET_RX BLOCK IRQ_POLL TASKLET SCHED HRTIMER RCU'.split(' ');

const interrupts: readonly Contract[] = [
	{
		title: '/proc/interrupts: a column of each processor, a description, and ERR at the end',
		file: '/proc/interrupts',
		async run(t, { sys, root, file }) {
			const [heading, ...rows] = await readLines(sys, file);
			t.match(heading, /^ {11}CPU0 {7}(CPU\d+ +)*$/);
			const cpus = heading!.trim().split(/ +/).length;
			t.equal((await readLines(sys, `${root}/proc/cpuinfo`)).filter(line => /^processor\t/.test(line)).length, cpus);
			const row = new RegExp(`^ *(\\d+|[A-Z]{3}):( +\\d+){${cpus}} +\\S.*$`);
			for (const line of rows.filter(line => !/^ *(ERR|MIS):/.test(line))) t.match(line, row);
			t.match(rows.find(line => line.startsWith('LOC: ')) ?? '', / {3}Local timer interrupts$/);
			t.match(rows.find(line => line.startsWith('ERR: ')) ?? '', /^ERR: +\d+$/);
		},
	},
	{
		title: '/proc/interrupts: those of the timers are counted in /proc/stat',
		file: '/proc/interrupts',
		async run(t, { sys, root, file }) {
			const timers = (await readLines(sys, file)).find(row => row.startsWith('LOC:'));
			const counts = /^LOC:((?: +\d+)+)/
				.exec(timers ?? '')![1]!
				.trim()
				.split(/ +/);
			const total = counts.reduce((sum, count) => sum + Number(count), 0);
			const stat = (await readLines(sys, `${root}/proc/stat`)).find(line => line.startsWith('intr '));
			t.ok(Number(stat?.split(' ')[1]) >= total, `${stat?.slice(0, 30)} and ${total}`);
		},
	},
	format('/proc/softirqs: ten names, and a column of each processor', '/proc/softirqs', (t, text) => {
		const [heading, ...rows] = lines(text);
		t.match(heading, /^ {20}CPU0 {7}(CPU\d+ +)*$/);
		const cpus = heading!.trim().split(/ +/).length;
		t.same(
			rows.map(row => row.slice(0, 13)),
			softirqs.map(name => `${name}:`.padStart(13)),
		);
		for (const row of rows) t.match(row.slice(13), new RegExp(`^( [ \\d]{9,}\\d){${cpus}}$`));
	}),
];

/** Lines about the size of a zone, in the order of Linux; newer ones have more between them. */
const zoneSizes = 'pages free,boost,min,low,high,promo,spanned,present,managed,cma,protection'.split(',');

const memory: readonly Contract[] = [
	format('/proc/buddyinfo: eleven sizes of free blocks for each zone with memory', '/proc/buddyinfo', (t, text) => {
		for (const line of lines(text)) t.match(line, /^Node \d+, zone [ \w]{8} ([ \d]{5,}\d ){11}$/);
		t.ok(lines(text).some(line => line.includes('Normal') || line.includes('DMA')));
	}),
	format('/proc/pagetypeinfo: free blocks by type, then the number of blocks', '/proc/pagetypeinfo', (t, text) => {
		const [sizes, free, blocks] = text.split('\n\n');
		const [, order, pages] = /^Page block order: (\d+)\nPages per block: {2}(\d+)$/.exec(`${sizes}`) ?? [];
		t.equal(2 ** Number(order), Number(pages));
		const [heading, ...rows] = `${free}`.split('\n');
		t.match(heading, /^Free pages count per migrate type at order {7}0 {6}1 .* 10 $/);
		for (const row of rows) t.match(row, /^Node [ \d]{4}, zone [ \w]{8}, type [ \w]{12} (>?[ \d]{5,}\d ){11}$/);
		t.match(`${blocks}`, /^Number of blocks type {5}Unmovable {6}Movable /);
	}),
	rootOnly('/proc/pagetypeinfo'),
	format('/proc/zoneinfo: the sizes of each zone, in the order of Linux', '/proc/zoneinfo', (t, text) => {
		const zones = text.split(/^(?=Node )/m);
		for (const zone of zones) {
			t.match(zone, /^Node \d+, zone [ \w]{8}\n/);
			const sizes = new Map<string, number>();
			for (const [, name, value] of zone.matchAll(/^ {2,8}(\w+(?: free)?):? +\(?(\d+)/gm))
				sizes.set(name!, Number(value));
			t.same(
				[...sizes.keys()].filter(name => zoneSizes.includes(name)),
				zoneSizes,
			);
			const of = (name: string) => sizes.get(name) ?? Number.NaN;
			t.ok(of('managed') <= of('present') && of('present') <= of('spanned'));
			t.ok(of('min') <= of('low') && of('low') <= of('high') && of('high') <= of('promo'));
		}
		t.equal([...text.matchAll(/^ {2}per-node stats$/gm)].length, 1);
		t.match(text, /^ {6}nr_free_pages \d+$/m);
		t.match(text, /^ {6}nr_mapped {4}\d+$/m);
	}),
	format('/proc/slabinfo: version 2.1, and what the columns are', '/proc/slabinfo', (t, text) => {
		const [version, heading, ...caches] = lines(text);
		t.equal(version, 'slabinfo - version: 2.1');
		t.match(
			heading,
			/^# name {12}<active_objs> <num_objs> <objsize> <objperslab> <pagesperslab> : tunables <limit> .* <sharedavail>$/,
		);
		for (const cache of caches) t.match(cache, /^\S+ +( *\d+){5} : tunables( +\d+){3} : slabdata( +\d+){3}$/);
	}),
	rootOnly('/proc/slabinfo'),
];

const terminals: readonly Contract[] = [
	format(
		'/proc/tty/drivers: name, node, numbers and type; the pseudo drivers first',
		'/proc/tty/drivers',
		(t, text) => {
			for (const line of lines(text)) t.match(line, /^.{20} \/dev\/\S{1,}( +\d+| +\d+ \d+-\d+)+ \S+$/);
			t.match(
				text,
				/^\/dev\/tty {13}\/dev\/tty {8}5 {7}0 system:\/dev\/tty\n\/dev\/console .* 5 {7}1 system:console\n/,
			);
			t.match(text, /^pty_slave {12}\/dev\/pts {6}136 0-1048575 pty:slave$/m);
		},
	),
	format('/proc/tty/ldiscs: n_tty is number 0', '/proc/tty/ldiscs', (t, text) => {
		for (const line of lines(text)) t.match(line, /^\S{1,10} +\d+$/);
		t.match(text, /^n_tty {7}0$/m);
	}),
	{
		title: '/proc/tty/driver: root alone may list it',
		needs: ['nobody'],
		file: '/proc/tty/driver',
		async run(t, { sys, file }) {
			t.match(await sys.stat(file), { mode: 0o040500, nlink: 2 });
			await t.rejects((await sys.fork(NOBODY)).open(file, O_RDONLY), { code: 'EACCES' });
		},
	},
	format('/proc/consoles: name, what it can do, flags, and its number', '/proc/consoles', (t, text) => {
		for (const line of lines(text)) t.match(line, /^\S{1,20} +[R-][W-][U-] \([ ECBNpba]{6,7}\)( +\d+:\d+)?$/);
		t.equal(lines(text).filter(line => line.slice(25).startsWith('(EC')).length, 1, 'one is preferred');
	}),
];

const devices: readonly Contract[] = [
	format('/proc/partitions: nothing, or a heading and four columns', '/proc/partitions', (t, text) => {
		if (text === '') return;
		const [heading, empty, ...rows] = lines(text);
		t.same([heading, empty], ['major minor  #blocks  name', '']);
		for (const row of rows) t.match(row, /^[ \d]{3}\d {2}[ \d]{6}\d [ \d]{9,}\d \S+$/);
	}),
	format('/proc/diskstats: twenty columns for each disk', '/proc/diskstats', (t, text) => {
		for (const line of lines(text)) t.match(line, /^[ \d]{3}\d [ \d]{6}\d \S+( \d+){17}$/);
	}),
	format('/proc/locks: numbered from 1', '/proc/locks', (t, text) => {
		const lock = /^\d+: (-> )?(POSIX|FLOCK|OFDLCK|LEASE|DELEG) +\w+ +\w+ -?\d+ [\w:]+ \d+ (\d+|EOF)$/;
		for (const line of lines(text)) t.match(line, lock);
	}),
	format('/proc/iomem: ranges and what is there, among it the memory', '/proc/iomem', (t, text) => {
		for (const line of lines(text)) t.match(line, /^ *[0-9a-f]{8,}-[0-9a-f]{8,} : \S.*$/);
		const ram = [...text.matchAll(/^ *([0-9a-f]+)-([0-9a-f]+) : System RAM$/gm)];
		t.ok(ram.some(([, start, end]) => Number.parseInt(end!, 16) > Number.parseInt(start!, 16)));
	}),
	hidden('/proc/iomem', /([0-9a-f]{8,})[- ]/g),
	format('/proc/ioports: ranges of four digits', '/proc/ioports', (t, text) => {
		for (const line of lines(text)) t.match(line, /^ *[0-9a-f]{4}-[0-9a-f]{4} : \S.*$/);
	}),
	format('/proc/dma: channels in use', '/proc/dma', (t, text) => {
		for (const line of lines(text)) t.match(line, /^[ \d]\d: \S.*$/);
	}),
];

const names: readonly Contract[] = [
	format('/proc/execdomains: Linux alone', '/proc/execdomains', (t, text) =>
		t.equal(text, '0-0\tLinux           \t[kernel]\n'),
	),
	format('/proc/kallsyms: address, type, name and perhaps a module', '/proc/kallsyms', (t, text) => {
		const line = /^[0-9a-f]{16} [a-zA-Z] \S+(\t\[\w+\])?$/;
		const odd = lines(text).filter(each => !line.test(each));
		t.same(odd, []);
		for (const name of ['_text', '_printk', 'seq_printf', 'proc_mkdir_mode']) {
			t.match(text, new RegExp(`^[0-9a-f]{16} [tT] ${name}$`, 'm'));
		}
	}),
	hidden('/proc/kallsyms', /^([0-9a-f]{16}) /gm),
	{
		title: '/proc/kallsyms: a module has symbols, named as its own',
		modules: ['contract_proc'],
		file: '/proc/kallsyms',
		async run(t, { sys, file }) {
			const own = (await readLines(sys, file)).filter(line => line.endsWith('\t[contract_proc]'));
			t.ok(own.some(line => / d __this_module\t/.test(line)));
		},
	},
];

export const procFormatsMore: readonly Contract[] = [...interrupts, ...memory, ...terminals, ...devices, ...names];
