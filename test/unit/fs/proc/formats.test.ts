/** formats - the files that are in /proc from boot, byte for byte what Linux would print of a machine in this state. */

import t from 'tap';
import { SECOND } from '../../../../src/testing/fake_host.ts';
import { POLLIN, POLLRDNORM } from '../../../../src/uapi/poll.ts';
import { Booted } from './booted.ts';

const MIB = 1 << 20;

t.test('proc_version: the banner of the kernel', async t => {
	const booted = new Booted(t);
	t.match(
		await booted.read('/proc/version'),
		/^Linux version 6\.12\.0\S* \(\S+@\S+\) \(.+\) #1 SMP PREEMPT_DYNAMIC .+\n$/,
	);
});

t.test('proc_uptime: seconds since boot and seconds of idleness of all processors, with two decimals', async t => {
	const booted = new Booted(t, { host: { hardware: { cpus: 3 } } });
	t.equal(await booted.read('/proc/uptime'), '0.00 0.00\n');
	booted.host.advance(61 * SECOND + 70_000_000);
	t.equal(await booted.read('/proc/uptime'), '61.07 183.21\n');
	booted.host.tasks.set({ pid: 70, utime: 100, stime: 21 });
	t.equal(await booted.read('/proc/uptime'), '61.07 183.21\n', 'idle time never goes back');
	booted.host.advance(100 * SECOND);
	t.equal(await booted.read('/proc/uptime'), '161.07 482.00\n');
});

t.test('proc_loadavg: three averages, tasks that run of all threads, the last process id', async t => {
	const booted = new Booted(t);
	t.equal(await booted.read('/proc/loadavg'), '0.00 0.00 0.00 1/2 2\n');
	booted.host.tasks.set({ pid: 70, state: 'R', threads: 5 });
	booted.host.tasks.set({ pid: 71, state: 'R' });
	booted.host.advance(3600 * SECOND);
	t.match(await booted.read('/proc/loadavg'), /^2\.00 2\.00 (2\.00|1\.9\d) 2\/8 71\n$/);
});

t.test('proc_meminfo: names in 16 columns, KiB in 8, large pages by their number', async t => {
	const booted = new Booted(t, { host: { hardware: { memory: 512 * MIB } } });
	booted.host.tasks.set({ pid: 70, rss: 100 * MIB });
	const text = await booted.read('/proc/meminfo');
	const free = 421_888 - Number(/^Slab: +(\d+) kB$/m.exec(text)![1]);
	t.ok(free < 421_888, 'the kernel has objects of its own');
	t.match(
		text,
		`MemTotal:         524288 kB\nMemFree:          ${free} kB\nMemAvailable:     ${free} kB\nBuffers:               0 kB\n`,
	);
	for (const line of text.trimEnd().split('\n')) t.match(line, /^HugePages_\w+: *\d+$|^[\w()]+: *\d+ kB$/);
	const size = (name: string) => Number(new RegExp(`^${name}: *(\\d+) kB$`, 'm').exec(text)?.[1]);
	t.equal(size('AnonPages'), 102400);
	t.equal(size('Active'), size('Active\\(anon\\)') + size('Active\\(file\\)'));
	t.equal(size('CommitLimit'), 262144);
	t.match(text, /^VmallocTotal: {3}34359738367 kB$/m);
});

t.test('proc_vmstat: a name and a number a line; what meminfo says in pages', async t => {
	const booted = new Booted(t, { host: { hardware: { memory: 512 * MIB } } });
	booted.host.tasks.set({ pid: 70, rss: 100 * MIB });
	const lines = (await booted.read('/proc/vmstat')).trimEnd().split('\n');
	for (const line of lines) t.match(line, /^[a-z_]+ \d+$/);
	const slab = Number(lines.find(line => line.startsWith('nr_slab_unreclaimable '))!.split(' ')[1]);
	t.equal(lines[0], `nr_free_pages ${105_472 - slab}`);
	t.ok(lines.includes('nr_anon_pages 25600'));
	t.ok(lines.includes('pgfault 0'));
	t.equal(lines.at(-1), 'nr_unstable 0');
});

t.test('proc_stat: ten columns for all processors and for each, then the counters', async t => {
	const booted = new Booted(t);
	booted.host.tasks.set({ pid: 70, utime: 40, stime: 7, processor: 1 });
	await booted.read('/proc/stat');
	booted.host.advance(2 * SECOND);
	t.equal(
		await booted.read('/proc/stat'),
		[
			'cpu  40 0 7 353 0 0 0 0 0 0',
			'cpu0 0 0 0 200 0 0 0 0 0 0',
			'cpu1 40 0 7 153 0 0 0 0 0 0',
			`intr 400${' 0'.repeat(16)}`,
			'ctxt 0',
			'btime 946684800',
			'processes 3',
			'procs_running 1',
			'procs_blocked 0',
			'softirq 400 0 400 0 0 0 0 0 0 0 0',
			'',
		].join('\n'),
	);
});

t.test('proc_cpuinfo: a paragraph for each processor, tabs before the colons as on x86', async t => {
	const booted = new Booted(t, { host: { hardware: { cpus: 3, cpuModel: 'Some CPU' } } });
	const paragraphs = (await booted.read('/proc/cpuinfo')).split('\n\n');
	t.equal(paragraphs.pop(), '');
	t.equal(paragraphs.length, 3);
	for (const [i, paragraph] of paragraphs.entries()) {
		t.match(paragraph, new RegExp(`^processor\t: ${i}\nvendor_id\t: \\S+\ncpu family\t: \\d+\nmodel\t\t: \\d+\n`));
		t.match(paragraph, /\nmodel name\t: Some CPU\n/);
		t.match(paragraph, /\nsiblings\t: 3\n/);
		t.match(paragraph, /\nflags\t\t: fpu .*\blm\b.*\n/);
		for (const line of paragraph.split('\n')) t.match(line, /^[\w ]+\t*:( .*)?$/);
	}
});

t.test('proc_filesystems: nodev where no device is needed', async t => {
	const booted = new Booted(t);
	const unregister = booted.kernel.filesystems.register({
		name: 'disk',
		requiresDev: true,
		mount: () => t.fail() as never,
	});
	const text = await booted.read('/proc/filesystems');
	t.match(text, /^nodev\tproc$/m);
	t.match(text, /^\tdisk$/m);
	unregister();
});

t.test('proc_devices: majors in three columns, block devices after an empty line', async t => {
	const booted = new Booted(t);
	const majors = [8, 65, 66, 67, 68, 69, 70, 71, 128, 129, 130, 131, 132, 133, 134, 135];
	const disks = majors.map(major => `${`${major}`.padStart(3)} sd\n`).join('');
	const block = `\nBlock devices:\n  1 ramdisk\n${disks}259 blkext\n`;
	t.equal(await booted.read('/proc/devices'), `Character devices:\n  1 mem\n 10 misc\n 36 netlink\n${block}`);
	booted.kernel.chrdevs.registerRegion(0x700000, 10, 'seven');
	booted.kernel.chrdevs.allocRegion(0, 1, 'mine');
	t.equal(
		await booted.read('/proc/devices'),
		`Character devices:\n  1 mem\n  7 seven\n 10 misc\n 36 netlink\n254 mine\n${block}`,
	);
});

t.test('proc_cmdline: what the kernel was booted with, and its length as the size', async t => {
	const booted = new Booted(t, { commandLine: 'quiet name=\u00e9' });
	t.equal(await booted.read('/proc/cmdline'), 'quiet name=\xc3\xa9\n');
	t.equal((await booted.task.stat('/proc/cmdline')).size, 14);
});

t.test('proc_swaps: the heading, and nothing that would wake a poll', async t => {
	const booted = new Booted(t);
	t.equal(await booted.read('/proc/swaps'), 'Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n');
	const fd = await booted.task.open('/proc/swaps', 0);
	t.same(await booted.task.poll([{ fd, events: 0xffff }], 0), [POLLIN | POLLRDNORM]);
});

t.test('proc_modules: name, size, references, users, state and address, the last loaded first', async t => {
	const modules = {
		base: { name: 'base', license: 'GPL' },
		user: { name: 'user', license: 'GPL', depends: ['base'] },
		'/tmp/third-party.js': { name: 'third-party', license: 'Proprietary', depends: ['base'] },
	};
	const booted = new Booted(t, { host: { modules } });
	t.equal(await booted.read('/proc/modules'), '');
	for (const source of Object.keys(modules)) await booted.kernel.modules.load(source);
	t.equal(
		await booted.read('/proc/modules'),
		'third_party 16384 0 - Live 0xffffffffc0008000 (PO)\n' +
			'user 16384 0 - Live 0xffffffffc0004000\n' +
			'base 16384 2 third_party,user, Live 0xffffffffc0000000\n',
	);
	const nobody = booted.fork({ uid: 65534 });
	t.match(await booted.read('/proc/modules', nobody), /^user 16384 0 - Live 0x0000000000000000$/m);
});

t.test('proc_modules: a module that is being loaded is listed as such', async t => {
	const booted = new Booted(t);
	let seen = '';
	const read = async () => {
		seen += await booted.read('/proc/modules');
	};
	await booted.kernel.modules.load({ name: 'slow', license: 'GPL', init: read, exit: read });
	await booted.kernel.modules.unload('slow');
	t.equal(seen, 'slow 16384 1 - Loading 0xffffffffc0000000\nslow 16384 -1 - Unloading 0xffffffffc0000000\n');
});
