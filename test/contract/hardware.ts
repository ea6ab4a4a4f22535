/**
 * hardware - processors, memory and disks in /sys, and /proc telling of the same ones; on any machine.
 *
 * Simulated by kernel-sim/drivers/base/cpu.ts, cacheinfo.ts and node.ts, and by kernel-sim/block/genhd.ts.
 */

import { O_RDONLY } from '../../src/uapi/fcntl.ts';
import { S_IFREG } from '../../src/uapi/stat.ts';
import type { Contract } from '../runner/contract.ts';
import type { Sys } from '../runner/sys.ts';
import { readDir, readFile, readLines, text, withFile } from './files.ts';

const CPU = '/sys/devices/system/cpu';
const NODE = '/sys/devices/system/node/node0';

/** The numbers of a list as %*pbl prints it. */
function members(list: string): number[] {
	if (list === '') return [];
	return list.split(',').flatMap(range => {
		const [from = 0, to = from] = range.split('-').map(Number);
		return Array.from({ length: to - from + 1 }, (_, i) => from + i);
	});
}

/** The same as %*pb prints it: words in hex. */
function bits(mask: string): number[] {
	const set = BigInt(`0x${mask.replaceAll(',', '')}`);
	return Array.from({ length: mask.length * 4 }, (_, i) => i).filter(i => ((set >> BigInt(i)) & 1n) === 1n);
}

const line = async (sys: Sys, path: string): Promise<string> => (await readLines(sys, path)).join('\n');

async function names(sys: Sys, path: string): Promise<string[]> {
	return (await readDir(sys, path)).map(({ name }) => name).filter(name => !/^\.{1,2}$/.test(name));
}

/** Mask and list of who shares something with cpu0; not every machine has all. */
const sharers = ['thread_siblings', 'core_cpus', 'core_siblings', 'package_cpus', 'die_cpus', 'cluster_cpus'];

export const hardware: readonly Contract[] = [
	{
		title: 'cpu: the processors that are online are those of /proc/cpuinfo, and each has a directory',
		async run(t, { sys, root }) {
			const online = members(await line(sys, `${root}${CPU}/online`));
			const cpuinfo = await readFile(sys, `${root}/proc/cpuinfo`);
			const listed = [...cpuinfo.matchAll(/^processor\t: (\d+)$/gm)].map(([, cpu]) => Number(cpu));
			t.same(online, listed);
			const dirs = (await names(sys, `${root}${CPU}`)).filter(name => /^cpu\d+$/.test(name));
			for (const cpu of online) t.ok(dirs.includes(`cpu${cpu}`));
			t.same(await names(sys, `${root}/sys/bus/cpu/devices`).then(all => all.sort()), dirs.sort());
			t.ok(Number(await line(sys, `${root}${CPU}/kernel_max`)) >= Math.max(...online));
		},
	},
	{
		title: 'topology: lists and masks of who shares what say the same, and can be read in pieces',
		async run(t, { sys, root }) {
			const dir = `${root}${CPU}/cpu0/topology`;
			const there = await names(sys, dir);
			for (const name of sharers.filter(name => there.includes(name))) {
				const mask = await line(sys, `${dir}/${name}`);
				const list = members(await line(sys, `${dir}/${name}_list`));
				t.same(bits(mask), list, name);
				t.ok(list.includes(0), name);
				t.match(await sys.stat(`${dir}/${name}`), { mode: S_IFREG | 0o444, size: 4096 });
				const rest = await withFile(sys, `${dir}/${name}`, O_RDONLY, fd => sys.pread(fd, 100, mask.length - 1));
				t.equal(text(rest), `${mask.at(-1)}\n`);
			}
			for (const name of ['physical_package_id', 'core_id']) t.match(await line(sys, `${dir}/${name}`), /^\d+$/);
		},
	},
	{
		title: 'cacheinfo: the size of a cache is its lines, ways and sets',
		async run(t, { sys, root }) {
			const dir = `${root}${CPU}/cpu0/cache`;
			const has = await names(sys, `${root}${CPU}/cpu0`);
			if (!has.includes('cache')) return;
			const caches = (await names(sys, dir)).filter(name => name.startsWith('index'));
			for (const cache of caches) {
				const read = (name: string) => line(sys, `${dir}/${cache}/${name}`);
				const parts = ['coherency_line_size', 'ways_of_associativity', 'number_of_sets', 'physical_line_partition'];
				const factors = await Promise.all(parts.map(read));
				const size = factors.reduce((product, factor) => product * Number(factor), 1);
				t.equal(await read('size'), `${size / 1024}K`, cache);
				t.match(await read('type'), /^(Data|Instruction|Unified)$/);
				t.same(bits(await read('shared_cpu_map')), members(await read('shared_cpu_list')));
			}
		},
	},
	{
		title: 'node: its memory and its processors, in the formats of Linux',
		async run(t, { sys, root }) {
			const has = await names(sys, `${root}/sys/devices/system`);
			if (!has.includes('node')) return;
			const memory = await readFile(sys, `${root}${NODE}/meminfo`);
			for (const row of memory.split('\n').slice(0, 28)) t.match(row, /^Node 0 [\w()]+: +\d+ kB$/);
			const fields = [...memory.matchAll(/^Node 0 (\w+):/gm)].map(([, name]) => name);
			t.same(fields.slice(0, 4), ['MemTotal', 'MemFree', 'MemUsed', 'SwapCached']);
			t.same(bits(await line(sys, `${root}${NODE}/cpumap`)), members(await line(sys, `${root}${NODE}/cpulist`)));
			t.match(await line(sys, `${root}${NODE}/distance`), /^10$/);
			const counters = (await readLines(sys, `${root}${NODE}/vmstat`)).map(row => row.split(' ')[0]);
			const all = (await readLines(sys, `${root}/proc/vmstat`)).map(row => row.split(' ')[0]);
			t.same(
				counters.filter(name => !all.includes(name)),
				[],
			);
			t.same(
				(await readLines(sys, `${root}${NODE}/numastat`)).map(row => row.split(' ')[0]),
				['numa_hit', 'numa_miss', 'numa_foreign', 'interleave_hit', 'local_node', 'other_node'],
			);
		},
	},
	{
		title: 'genhd: each row of /proc/partitions is a disk or partition of /sys/class/block',
		async run(t, { sys, root }) {
			const [heading, empty, ...rows] = await readLines(sys, `${root}/proc/partitions`);
			t.same([heading, empty], ['major minor  #blocks  name', '']);
			const majors = (await readFile(sys, `${root}/proc/devices`)).split('Block devices:\n')[1];
			for (const row of rows) {
				const [, major, minor, blocks, name] = /^ *(\d+) +(\d+) +(\d+) (\S+)$/.exec(row) ?? [];
				const dir = `${root}/sys/class/block/${name}`;
				t.equal(await line(sys, `${dir}/dev`), `${major}:${minor}`);
				t.equal(Math.floor(Number(await line(sys, `${dir}/size`)) / 2), Number(blocks));
				t.match(await readFile(sys, `${dir}/stat`), /^( *\d+ ){16} *\d+\n$/);
				t.match(await readFile(sys, `${dir}/inflight`), /^ *\d+ +\d+\n$/);
				t.match(majors, new RegExp(`^ *${major} `, 'm'));
				const uevent = await readFile(sys, `${dir}/uevent`);
				t.match(
					uevent,
					new RegExp(`^MAJOR=${major}\nMINOR=${minor}\nDEVNAME=${name}\nDEVTYPE=(disk|partition)\nDISKSEQ=\\d+\n`),
				);
				t.ok((await sys.readlink(`${root}/sys/dev/block/${major}:${minor}`)).endsWith(`/${name}`));
				const files = await names(sys, dir);
				const whole = uevent.includes('DEVTYPE=disk');
				t.equal(files.includes('queue'), whole);
				t.equal(files.includes('partition'), !whole);
			}
			const statistics = (await readLines(sys, `${root}/proc/diskstats`)).map(row => row.trim().split(/ +/));
			for (const row of statistics) t.equal(row.length, 20);
		},
	},
];
