/** cpu.test - processors, caches and the node of the memory, and that /proc tells of the same ones. */

import t from 'tap';
import { Booted } from '../../fs/proc/booted.ts';

const CPU = '/sys/devices/system/cpu';
const NODE = '/sys/devices/system/node';

t.test('cpu: the sets of processors, for one and for many', async t => {
	for (const [cpus, list, max] of [
		[1, '0', '0'],
		[2, '0-1', '1'],
		[40, '0-39', '39'],
	] as const) {
		const booted = new Booted(t, { host: { hardware: { cpus } } });
		for (const name of ['online', 'possible', 'present', 'enabled'])
			t.equal(await booted.read(`${CPU}/${name}`), `${list}\n`);
		for (const name of ['offline', 'isolated']) t.equal(await booted.read(`${CPU}/${name}`), '\n');
		t.equal(await booted.read(`${CPU}/kernel_max`), `${max}\n`);
		t.equal(await booted.read(`${NODE}/node0/cpulist`), `${list}\n`);
		const names = (await booted.names(CPU)).filter(name => /^cpu\d/.test(name));
		t.equal(names.length, cpus);
		t.same((await booted.names('/sys/bus/cpu/devices')).length, cpus);
		t.equal((await booted.read('/proc/cpuinfo')).match(/^processor/gm)?.length, cpus);
	}
});

t.test('cpu: where each is, and who is with it', async t => {
	const booted = new Booted(t, { host: { hardware: { cpus: 40 } } });
	const { task } = booted;
	const topology = async (cpu: number) => {
		const dir = `${CPU}/cpu${cpu}/topology`;
		const entries = (await booted.names(dir)).map(async name => [
			name,
			(await booted.read(`${dir}/${name}`)).trimEnd(),
		]);
		return Object.fromEntries(await Promise.all(entries)) as Record<string, string>;
	};
	const mine = '02,00000000';
	const all = 'ff,ffffffff';
	t.same(await topology(33), {
		...{ physical_package_id: '0', die_id: '0', cluster_id: '33', core_id: '33' },
		...{ thread_siblings: mine, core_cpus: mine, cluster_cpus: mine },
		...{ thread_siblings_list: '33', core_cpus_list: '33', cluster_cpus_list: '33' },
		...{ die_cpus: all, core_siblings: all, package_cpus: all },
		...{ die_cpus_list: '0-39', core_siblings_list: '0-39', package_cpus_list: '0-39' },
	});
	t.equal(await task.readlink(`${CPU}/cpu33/node0`), '../../node/node0');
	t.equal(await task.readlink(`${CPU}/cpu33/subsystem`), '../../../../bus/cpu');
	t.equal(await task.readlink(`${NODE}/node0/cpu33`), '../../cpu/cpu33');
	const fd = await task.open(`${CPU}/cpu33/topology/core_cpus`, 0);
	t.equal(Buffer.from(await task.pread(fd, 4, 3)).toString(), '0000');
});

t.test('cpu: its caches are what /proc/cpuinfo says', async t => {
	const booted = new Booted(t);
	const caches = await booted.names(`${CPU}/cpu1/cache`);
	t.same(caches, ['uevent', 'index0', 'index1', 'index2']);
	const read = async (index: number, name: string) =>
		(await booted.read(`${CPU}/cpu1/cache/index${index}/${name}`)).trimEnd();
	const tell = async (index: number) =>
		[await read(index, 'level'), await read(index, 'type'), await read(index, 'size')].join(' ');
	t.same(await Promise.all([0, 1, 2].map(tell)), ['1 Data 32K', '1 Instruction 32K', '2 Unified 1024K']);
	t.match(await booted.read('/proc/cpuinfo'), /^cache size\t: 1024 KB$/m);
	for (const index of [0, 1, 2]) {
		const [line, ways, sets] = await Promise.all(
			['coherency_line_size', 'ways_of_associativity', 'number_of_sets'].map(name => read(index, name)),
		);
		t.equal(`${(Number(line) * Number(ways) * Number(sets)) / 1024}K`, await read(index, 'size'));
		t.equal(await read(index, 'shared_cpu_map'), '2');
	}
});

t.test('cpu: what it is called as a module would ask for it, and that it has no known mistakes', async t => {
	const booted = new Booted(t);
	const modalias = await booted.read(`${CPU}/modalias`);
	t.match(modalias, /^cpu:type:x86,ven00FFfam0003mod0003:feature:(,[0-9A-F]{4})+\n$/);
	t.equal(await booted.read(`${CPU}/cpu0/uevent`), `MODALIAS=${modalias}\n`);
	const flags = /^flags\t\t: (.*)$/m.exec(await booted.read('/proc/cpuinfo'))![1]!.split(' ');
	t.equal(modalias.split(',').length - 2, flags.length, 'a number for each flag');
	const names = await booted.names(`${CPU}/vulnerabilities`);
	t.ok(names.includes('meltdown'));
	for (const name of names) t.equal(await booted.read(`${CPU}/vulnerabilities/${name}`), 'Not affected\n');
	t.equal(await booted.read(`${CPU}/smt/control`), 'notimplemented\n');
	t.equal(await booted.read(`${CPU}/uevent`), '');
	t.equal(await booted.read(`${NODE}/uevent`), '');
	const fd = await booted.task.open(`${CPU}/smt/control`, 1);
	t.throws(() => booted.task.write(fd, 'off'), { code: 'ENODEV' });
});

t.test('node: its memory is what /proc/meminfo and /proc/vmstat say', async t => {
	const booted = new Booted(t);
	const fields = (text: string, pattern: RegExp) =>
		new Map([...text.matchAll(pattern)].map(([, name, n]) => [name!, n!]));
	const node = fields(await booted.read(`${NODE}/node0/meminfo`), /^Node 0 (\S+): +(\d+) kB$/gm);
	const machine = fields(await booted.read('/proc/meminfo'), /^(\S+): +(\d+) kB$/gm);
	t.equal(node.size, 28);
	for (const [name, size] of node) if (machine.has(name)) t.equal(size, machine.get(name), name);
	t.equal(Number(node.get('MemUsed')), Number(node.get('MemTotal')) - Number(node.get('MemFree')));
	const counters = /^(\S+) (\d+)$/gm;
	const vmstat = fields(await booted.read('/proc/vmstat'), counters);
	for (const [name, count] of fields(await booted.read(`${NODE}/node0/vmstat`), counters))
		t.equal(count, vmstat.get(name), name);
	t.equal(await booted.read(`${NODE}/node0/distance`), '10\n');
	t.equal(await booted.read(`${NODE}/has_generic_initiator`), '\n');
	for (const name of ['possible', 'online', 'has_cpu', 'has_memory', 'has_normal_memory']) {
		t.equal(await booted.read(`${NODE}/${name}`), '0\n');
	}
});
