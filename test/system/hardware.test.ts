/** hardware - programs that ask /sys what the machine is made of, unmodified, inside ring3 run. */

import t from 'tap';
import { lacks } from './needs.ts';
import { Sandbox } from './sandbox.ts';

/** Runs a command inside a machine, and gives what it prints. */
async function inside(box: Sandbox, ...command: string[]): Promise<string> {
	const { status, stdout, stderr } = await box.ring3(['run', '--', ...command]);
	t.match({ status, stderr }, { status: 0, stderr: '' }, command.join(' '));
	return stdout;
}

t.test('lscpu: the processors of /proc/cpuinfo, their caches and their node', { skip: lacks('lscpu') }, async t => {
	const box = new Sandbox(t);
	await box.mount();
	const cpuinfo = await inside(box, 'cat', '/proc/cpuinfo');
	const field = (name: string) => new RegExp(`^${name}\\t+: (.*)$`, 'm').exec(cpuinfo)?.[1];
	const cpus = cpuinfo.match(/^processor/gm)!.length;
	const json = JSON.parse(await inside(box, 'lscpu', '--json')) as { lscpu: Entry[] };
	const told = new Map(flat(json.lscpu).map(({ field, data }) => [field.replace(/:$/, ''), data]));
	t.equal(told.get('CPU(s)'), `${cpus}`);
	t.equal(told.get('Core(s) per socket'), `${cpus}`);
	t.match(Object.fromEntries(told), {
		'Vendor ID': field('vendor_id'),
		'Model name': field('model name'),
		Flags: field('flags'),
		'Thread(s) per core': '1',
		'Socket(s)': '1',
		'NUMA node(s)': '1',
		'Vulnerability Meltdown': 'Not affected',
	});
	t.match(told.get('L2 cache'), new RegExp(`^${cpus} MiB`));
	t.notOk(told.has('L3 cache'), "not one of the host's");
	const rows = Array.from({ length: cpus }, (_, cpu) => `${cpu},${cpu},0,0,,${cpu},${cpu},${cpu}`);
	const parsed = await inside(box, 'lscpu', '--parse');
	t.same(
		parsed.split('\n').filter(line => /^\d/.test(line)),
		rows,
	);
	t.match(await inside(box, 'lscpu', '--caches=NAME,ONE-SIZE,TYPE,LEVEL,SETS'), /^L2 +1M Unified +2 1024$/m);
});

interface Entry {
	readonly field: string;
	readonly data: string;
	readonly children?: readonly Entry[];
}

function flat(entries: readonly Entry[]): readonly Entry[] {
	return entries.flatMap(entry => [entry, ...flat(entry.children ?? [])]);
}

t.test('lsblk: the disks of /proc/partitions', { skip: lacks('lsblk') }, async t => {
	const box = new Sandbox(t);
	await box.mount();
	const tree = 'NAME MAJ:MIN RM SIZE RO TYPE\nsda 8:0 0 8G 0 disk\n`-sda1 8:1 0 8G 0 part\n';
	const listed = await inside(box, 'lsblk', '--ascii', '-o', 'NAME,MAJ:MIN,RM,SIZE,RO,TYPE');
	t.equal(listed.replaceAll(/ +/g, ' ').replaceAll(/ $/gm, ''), tree, 'disks in memory are left out by lsblk');
	const all = await inside(box, 'lsblk', '--all', '--bytes', '--noheadings', '--raw', '-o', 'MAJ:MIN,SIZE,NAME');
	const partitions = (await inside(box, 'cat', '/proc/partitions')).split('\n').slice(2, -1);
	const rows = partitions.map(row => row.trim().split(/ +/));
	t.same(
		all.trimEnd().split('\n'),
		rows.map(([major, minor, blocks, name]) => `${major}:${minor} ${Number(blocks) * 1024} ${name}`),
	);
	const details = await inside(box, 'lsblk', '--noheadings', '--raw', '-o', 'NAME,HCTL,SCHED,RQ-SIZE,ROTA,PKNAME');
	t.equal(details, 'sda 0:0:0:0 mq-deadline 128 1 \nsda1  mq-deadline 128 1 sda\n');
	t.match(
		await inside(box, 'lsblk', '--scsi', '--noheadings', '-o', 'NAME,TYPE,VENDOR,MODEL,REV'),
		/^sda +disk +ring3 +virtual disk +1\.0/,
	);
});
