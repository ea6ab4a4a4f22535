/** genhd.test - disks and partitions in /sys and /proc. What ram0 shows is what a real 6.12 with brd shows. */

import t from 'tap';
import { RequestQueue } from '../../../kernel-sim/block/blk_sysfs.ts';
import type { Block, GendiskInit } from '../../../kernel-sim/block/genhd.ts';
import type { Uevent } from '../../../kernel-sim/lib/kobject_uevent.ts';
import { O_WRONLY } from '../../../src/uapi/fcntl.ts';
import { Booted } from '../fs/proc/booted.ts';

/** A disk with number 250:0, unless told otherwise. */
function disk(init: Partial<GendiskInit> = {}): GendiskInit {
	const queue = new RequestQueue({});
	return { name: 'test', major: 250, firstMinor: 0, minors: 2, capacity: 100, queue, ...init };
}

/** What each file of a directory holds, without the newline. */
async function contents(booted: Booted, dir: string, names: readonly string[]): Promise<Record<string, string>> {
	const all = names.map(async name => [name, (await booted.read(`${dir}/${name}`)).replace(/\n$/, '')] as const);
	return Object.fromEntries(await Promise.all(all));
}

const NO_STATISTICS = Array(17).fill('       0').join(' ');

t.test('genhd: the files of a disk in memory', async t => {
	const booted = new Booted(t);
	const dir = '/sys/block/ram0';
	const want = {
		...{ alignment_offset: '0', capability: '0', dev: '1:0', discard_alignment: '0', diskseq: '1', events: '' },
		...{ events_async: '', events_poll_msecs: '-1', ext_range: '256', hidden: '0', inflight: '       0        0' },
		...{ partscan: '1', range: '1', removable: '0', ro: '0', size: '32768', stat: NO_STATISTICS },
		uevent: 'MAJOR=1\nMINOR=0\nDEVNAME=ram0\nDEVTYPE=disk\nDISKSEQ=1',
	};
	t.same(await contents(booted, dir, Object.keys(want)), want);
	const names = await booted.names(dir);
	t.same(names.sort(), [...Object.keys(want), 'bdi', 'holders', 'power', 'slaves', 'queue', 'subsystem'].sort());
	t.equal(await booted.task.readlink(dir), '../devices/virtual/block/ram0');
	t.equal(await booted.task.readlink(`${dir}/subsystem`), '../../../../class/block');
	t.equal(await booted.task.readlink('/sys/dev/block/1:0'), '../../devices/virtual/block/ram0');
	const fd = await booted.task.open(`${dir}/events_poll_msecs`, O_WRONLY);
	t.throws(() => booted.task.write(fd, '1000'), { code: 'ENODEV' });
	t.throws(() => booted.task.write(fd, '-2'), { code: 'EINVAL' });
	t.throws(() => booted.task.write(fd, 'x'), { code: 'EINVAL' });
});

t.test('genhd: a partition, in its disk', async t => {
	const booted = new Booted(t);
	const { task } = booted;
	const dir = '/sys/block/sda/sda1';
	const want = {
		...{ alignment_offset: '0', dev: '8:1', discard_alignment: '0', inflight: '       0        0', partition: '1' },
		...{ ro: '0', size: '16775168', start: '2048', stat: NO_STATISTICS },
		uevent: 'MAJOR=8\nMINOR=1\nDEVNAME=sda1\nDEVTYPE=partition\nDISKSEQ=2\nPARTN=1',
	};
	t.same(await contents(booted, dir, Object.keys(want)), want);
	t.same(
		(await booted.names(dir)).sort(),
		[...Object.keys(want), 'holders', 'power', 'subsystem'].sort(),
		'and no device',
	);
	t.equal(await task.readlink('/sys/block/sda/device'), '../../../0:0:0:0');
	const place = 'devices/platform/ring3_scsi/host0/target0:0:0/0:0:0:0/block/sda/sda1';
	t.equal(await task.readlink('/sys/class/block/sda1'), `../../${place}`);
	t.equal(await task.readlink('/sys/dev/block/8:1'), `../../${place}`);
	t.equal(await task.readlink('/sys/bus/scsi/devices/0:0:0:0/driver'), '../../../../../../bus/scsi/drivers/sd');
	t.equal(
		await booted.read('/sys/bus/scsi/devices/0:0:0:0/uevent'),
		'DEVTYPE=scsi_device\nDRIVER=sd\nMODALIAS=scsi:t-0x00\n',
	);
});

t.test('genhd: /proc tells of the same disks', async t => {
	const booted = new Booted(t);
	const partitions = [
		'major minor  #blocks  name',
		'',
		'   1        0      16384 ram0',
		'   8        0    8388608 sda',
		'   8        1    8387584 sda1',
		'',
	];
	t.equal(await booted.read('/proc/partitions'), partitions.join('\n'));
	const line = (numbers: string) => `${numbers}${' 0'.repeat(17)}\n`;
	t.equal(
		await booted.read('/proc/diskstats'),
		line('   1       0 ram0') + line('   8       0 sda') + line('   8       1 sda1'),
	);
	for (const name of await booted.names('/sys/class/block')) {
		const [size, dev] = [
			await booted.read(`/sys/class/block/${name}/size`),
			await booted.read(`/sys/class/block/${name}/dev`),
		];
		const [major, minor] = dev.trimEnd().split(':');
		const row = partitions
			.find(row => row.endsWith(` ${name}`))!
			.trim()
			.split(/ +/);
		t.same(row, [major, minor, `${Number(size) / 2}`, name]);
	}
});

t.test('add_disk: events, names, numbers, and what is refused', async t => {
	const booted = new Booted(t);
	const { block, uevents } = booted.kernel;
	const events: Uevent[] = [];
	uevents.listen(event => events.push(event));
	const part = { start: 1, size: 10 };
	const many = block.addDisk(
		disk({ name: 'loop0', partitions: [part, part, { start: 50, size: 0 }], removable: true, readOnly: true }),
	);
	t.same(
		events.map(({ action, devpath }) => `${action} ${devpath}`),
		['bdi/250:0', 'block/loop0', 'block/loop0/loop0p1', 'block/loop0/loop0p2'].map(
			name => `add /devices/virtual/${name}`,
		),
	);
	const dev = (name: string) => booted.read(`/sys/class/block/${name}/dev`);
	t.same(await Promise.all(['loop0', 'loop0p1', 'loop0p2'].map(dev)), ['250:0\n', '250:1\n', '259:0\n']);
	t.equal(await booted.read('/sys/block/loop0/removable'), '1\n');
	t.equal(await booted.read('/sys/block/loop0/loop0p1/ro'), '1\n');
	const listed = await booted.read('/proc/partitions');
	t.match(listed, /loop0p2$/m);
	t.notMatch(listed, /loop0p3$/m, 'it has no size, and so there is none');
	t.throws(() => block.addDisk(disk({ name: 'loop0', firstMinor: 8 })), { code: 'EEXIST' });
	t.throws(() => block.addDisk(disk({ minors: 0 })), { code: 'EINVAL' });
	t.throws(() => block.addDisk(disk({ firstMinor: 0xfffff, minors: 2 })), { code: 'EINVAL' });
	events.length = 0;
	block.delGendisk(many);
	block.delGendisk(many);
	t.same(
		events.map(({ action, devpath }) => `${action} ${devpath}`),
		['block/loop0/loop0p2', 'block/loop0/loop0p1', 'bdi/250:0', 'block/loop0'].map(
			name => `remove /devices/virtual/${name}`,
		),
	);
	t.same(await booted.names('/sys/block'), ['ram0', 'sda']);
	t.same(await booted.names('/sys/class/block'), ['ram0', 'sda', 'sda1']);
});

t.test('register_blkdev: what is taken, what is too great, and what is free', async t => {
	const booted = new Booted(t);
	const { block } = booted.kernel;
	t.throws(() => block.registerBlkdev(8, 'mine'), { code: 'EBUSY' });
	t.throws(() => block.registerBlkdev(512, 'mine'), { code: 'EINVAL' });
	t.equal(block.registerBlkdev(0, 'mine'), 254);
	t.equal(block.registerBlkdev(509, 'other'), 509, 'in the bucket of 254');
	t.equal(block.registerBlkdev(0, 'next'), 253);
	t.match(await booted.read('/proc/devices'), /\n253 next\n254 mine\n259 blkext\n509 other\n$/);
	block.unregisterBlkdev(254, 'mine');
	t.equal(booted.warnings().length, 0);
	block.unregisterBlkdev(254, 'mine');
	t.equal(booted.warnings().length, 1);
	t.equal(fill(block), 'EBUSY');
});

/** Takes majors until there is none left, and says how that is told. */
function fill(block: Block): string {
	for (let i = 0; i < 256; i++) {
		try {
			block.registerBlkdev(0, `filler${i}`);
		} catch (error) {
			return (error as { code: string }).code;
		}
	}
	return 'never';
}
