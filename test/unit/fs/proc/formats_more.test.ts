/** formats_more.test - more files that are in /proc from boot: interrupts, zones, terminals, buses, names and addresses. */

import t from 'tap';
import { SECOND } from '../../../../src/testing/fake_host.ts';
import { O_RDWR, O_WRONLY } from '../../../../src/uapi/fcntl.ts';
import { Booted } from './booted.ts';

const MIB = 1 << 20;
const nobody = { uid: 65534 };

t.test('proc_interrupts: the timer of each processor interrupts once a tick, nothing else does', async t => {
	const booted = new Booted(t, { host: { hardware: { cpus: 3 } } });
	booted.host.advance(2 * SECOND);
	const lines = (await booted.read('/proc/interrupts')).split('\n');
	t.equal(lines.pop(), '');
	t.equal(lines[0], '           CPU0       CPU1       CPU2       ');
	t.equal(lines[1], 'NMI:          0          0          0   Non-maskable interrupts');
	t.equal(lines[2], 'LOC:        200        200        200   Local timer interrupts');
	t.same(lines.slice(-2), ['ERR:          0', 'MIS:          0']);
	for (const line of lines.slice(3, -2)) t.match(line, /^[A-Z]{3}:( {10}0){3} {3}[A-Z]/);
	t.match(await booted.read('/proc/stat'), /^intr 600( 0){16}$/m);
});

t.test('proc_softirqs: as many of the timer as there were interrupts', async t => {
	const booted = new Booted(t);
	booted.host.advance(SECOND);
	const lines = (await booted.read('/proc/softirqs')).split('\n');
	t.equal(lines[0], '                    CPU0       CPU1       ');
	t.equal(lines[1], '          HI:          0          0');
	t.equal(lines[2], '       TIMER:        100        100');
	t.equal(lines.length, 12);
	t.match(await booted.read('/proc/stat'), /^softirq 200 0 200( 0){8}$/m);
});

t.test('proc_buddyinfo: the blocks of all sizes are the free pages', async t => {
	const booted = new Booted(t, { host: { hardware: { memory: 512 * MIB } } });
	booted.host.tasks.set({ pid: 70, rss: 5 * MIB + 4096 });
	t.match(await booted.read('/proc/buddyinfo'), /^Node 0, zone {3}Normal( {6}[01]){10} {4}126 \n$/);
	const blocks = (await booted.read('/proc/buddyinfo')).trim().split(/ +/).slice(4).map(Number);
	const free = blocks.reduce((sum, count, order) => sum + count * 2 ** order, 0);
	t.match(await booted.read('/proc/meminfo'), new RegExp(`^MemFree: +${free * 4} kB$`, 'm'));
});

t.test('proc_pagetypeinfo: for root alone, all free memory movable', async t => {
	const booted = new Booted(t, { host: { hardware: { memory: 8 * MIB } } });
	const zeros = '     0 '.repeat(11);
	const text = await booted.read('/proc/pagetypeinfo');
	const [, movable] = /Movable ((?: {5}[01] ){10} {5}1 )\n/.exec(text) ?? [];
	t.equal(
		text,
		[
			'Page block order: 10',
			'Pages per block:  1024',
			'',
			`Free pages count per migrate type at order  ${[...Array(11).keys()].map(n => `${n} `.padStart(7)).join('')}`,
			`Node    0, zone   Normal, type    Unmovable ${zeros}`,
			`Node    0, zone   Normal, type      Movable ${movable}`,
			`Node    0, zone   Normal, type  Reclaimable ${zeros}`,
			`Node    0, zone   Normal, type   HighAtomic ${zeros}`,
			'',
			'Number of blocks type     Unmovable      Movable  Reclaimable   HighAtomic ',
			'Node 0, zone   Normal            0            2            0            0 ',
			'',
		].join('\n'),
	);
	t.throws(() => booted.fork(nobody).open('/proc/pagetypeinfo', 0), { code: 'EACCES' });
});

t.test('proc_zoneinfo: the zone with all of the memory, then an empty one', async t => {
	const booted = new Booted(t, { host: { hardware: { memory: 494 * MIB, cpus: 1 } } });
	booted.host.tasks.set({ pid: 70, rss: 10 * MIB });
	const text = await booted.read('/proc/zoneinfo');
	const slab = Number(/^ {6}nr_slab_unreclaimable (\d+)$/m.exec(text)![1]);
	const [normal, movable] = text.split(/^(?=Node )/m);
	t.match(normal, /^Node 0, zone {3}Normal\n {2}per-node stats\n {6}nr_inactive_anon 0\n {6}nr_active_anon 2560\n/);
	const sizes = [
		`  pages free     ${123_904 - slab}`,
		'        boost    0',
		'        min      711',
		'        low      888',
		'        high     1065',
		'        promo    1242',
		'        spanned  126464',
		'        present  126464',
		'        managed  126464',
		'        cma      0',
		'        protection: (0, 0)',
		`      nr_free_pages ${123_904 - slab}`,
		'      nr_zone_inactive_anon 0',
	];
	t.ok(normal!.includes(`\n${sizes.join('\n')}\n`), 'as Linux divides 494 MiB');
	t.match(
		normal,
		/\n {2}pagesets\n {4}cpu: 0\n {14}count: 0\n {14}high: {2}888\n {14}batch: 31\n {2}vm stats threshold: 6\n/,
	);
	t.match(normal, /\n {2}node_unreclaimable: {2}0\n {2}start_pfn: {11}0\n$/);
	t.match(movable, /^Node 0, zone {2}Movable\n {2}pages free {5}0\n {8}boost {4}0\n {8}min {6}32\n {8}low {6}32\n/);
	t.match(movable, /\n {8}protection: \(0, 0\)\n$/);
});

t.test('proc_slabinfo: the heading, for root alone', async t => {
	const booted = new Booted(t);
	t.match(
		await booted.read('/proc/slabinfo'),
		/^slabinfo - version: 2\.1\n# name {12}<active_objs> .* <sharedavail>\n(\w+ .*\n)+$/,
	);
	t.throws(() => booted.fork(nobody).open('/proc/slabinfo', 0), { code: 'EACCES' });
});

t.test('proc_tty: drivers by name, node and numbers; the directory of drivers for root alone', async t => {
	const booted = new Booted(t);
	t.equal(
		await booted.read('/proc/tty/drivers'),
		'/dev/tty             /dev/tty        5       0 system:/dev/tty\n' +
			'/dev/console         /dev/console    5       1 system:console\n' +
			'/dev/ptmx            /dev/ptmx       5       2 system\n' +
			'pty_slave            /dev/pts      136 0-1048575 pty:slave\n' +
			'pty_master           /dev/ptm      128 0-1048575 pty:master\n',
	);
	t.equal(await booted.read('/proc/tty/ldiscs'), 'n_tty       0\n');
	t.same(await booted.names('/proc/tty'), ['ldisc', 'driver', 'ldiscs', 'drivers']);
	t.same(await booted.names('/proc/tty/ldisc'), []);
	t.throws(() => booted.fork(nobody).open('/proc/tty/driver', 0), { code: 'EACCES' });
});

t.test('proc_consoles: the console of the host, and no number of a terminal', async t => {
	t.equal(await new Booted(t).read('/proc/consoles'), 'host0                -W- (EC  p a)\n');
});

t.test('proc_ioports, proc_iomem: the memory; addresses for CAP_SYS_ADMIN alone', async t => {
	const booted = new Booted(t, { host: { hardware: { memory: 64 * MIB } } });
	t.equal(await booted.read('/proc/iomem'), '00000000-03ffffff : System RAM\n');
	t.equal(await booted.read('/proc/iomem', booted.fork(nobody)), '00000000-00000000 : System RAM\n');
	t.equal(await booted.read('/proc/ioports'), '');
	const large = new Booted(t, { host: { hardware: { memory: 16 * 1024 * MIB } } });
	t.equal(await large.read('/proc/iomem'), '00000000-3ffffffff : System RAM\n');
});

t.test('proc_dma, proc_execdomains: as on every PC', async t => {
	const booted = new Booted(t);
	t.equal(await booted.read('/proc/dma'), ' 4: cascade\n');
	t.equal(await booted.read('/proc/execdomains'), '0-0\tLinux           \t[kernel]\n');
});

t.test('proc_locks, proc_ide: empty without locks and IDE disks', async t => {
	const booted = new Booted(t);
	for (const name of ['locks', 'ide/drivers']) {
		t.equal(await booted.read(`/proc/${name}`), '', name);
	}
});

t.test('proc_scsi: a disk, which can be removed and found again', async t => {
	const booted = new Booted(t);
	const { task } = booted;
	const disk = [
		'Attached devices:',
		'Host: scsi0 Channel: 00 Id: 00 Lun: 00',
		'  Vendor: ring3    Model: virtual disk     Rev: 1.0 ',
		'  Type:   Direct-Access                    ANSI  SCSI revision: 05',
		'',
	].join('\n');
	t.equal(await booted.read('/proc/scsi/scsi'), disk);
	const fd = await task.open('/proc/scsi/scsi', O_RDWR);
	const refused: readonly (readonly [command: string, code: string])[] = [
		['scsi add-single-device 1 0 0 0\n', 'ENXIO'],
		['scsi add-single-device 0 1 2 3\n', 'EINVAL'],
		['scsi add-single-device 0 0 8 0\n', 'EINVAL'],
		['scsi remove-single-device 0 1 2 3\n', 'ENXIO'],
		['scsi dance\n', 'EINVAL'],
		[`scsi add-single-device${' '.repeat(4096)}`, 'EINVAL'],
	];
	for (const [command, code] of refused) t.throws(() => task.write(fd, command), { code }, command.slice(0, 40));
	for (const command of [
		'scsi add-single-device 0 0 0 0',
		'scsi add-single-device 0 0 5 0',
		'scsi add-single-device',
	]) {
		t.equal(await task.write(fd, command), command.length, 'there is nothing new');
	}
	t.same(await booted.names('/sys/block'), ['ram0', 'sda']);
	await task.write(fd, 'scsi remove-single-device 0 0 0 0');
	t.equal(await booted.read('/proc/scsi/scsi'), 'Attached devices:\n', 'the host is on the bus');
	t.same(await booted.names('/sys/block'), ['ram0']);
	t.same(await booted.names('/sys/dev/block'), ['1:0']);
	t.same(await booted.names('/sys/class/block'), ['ram0']);
	t.same(await booted.names('/sys/bus/scsi/devices'), ['host0']);
	t.notMatch(await booted.read('/proc/partitions'), /sda/);
	t.throws(() => task.write(fd, 'scsi remove-single-device 0 0 0 0'), { code: 'ENXIO' });
	await task.write(fd, 'scsi add-single-device 0 0 0 0');
	t.equal(await booted.read('/proc/scsi/scsi'), disk);
	t.match(await booted.read('/proc/partitions'), /sda1$/m);
	t.equal(await booted.read('/sys/block/sda/diskseq'), '3\n', 'another disk than the first');
	t.throws(() => booted.fork(nobody).open('/proc/scsi/scsi', O_WRONLY), { code: 'EACCES' });
});

t.test('proc_kallsyms: the kernel in the order of addresses, then modules; addresses for CAP_SYSLOG alone', async t => {
	const booted = new Booted(t);
	await booted.kernel.modules.load({ name: 'bare', license: 'GPL' });
	await booted.kernel.modules.load({ name: 'full', license: 'GPL', init() {}, exit() {} });
	const lines = (await booted.read('/proc/kallsyms')).trimEnd().split('\n');
	const own = lines.filter(line => !line.includes('\t'));
	for (const line of own) t.match(line, /^ffffffff81[0-9a-f]{6} T \w+$/);
	t.same(own, [...own].sort());
	t.ok(own.some(line => line.endsWith(' T proc_create_data')));
	t.equal(new Set(own.map(line => line.split(' ')[2])).size, own.length, 'no name twice');
	t.same(lines.slice(own.length), [
		'ffffffffc0004040 t cleanup_module\t[full]',
		'ffffffffc0006000 d __this_module\t[full]',
		'ffffffffc0002000 d __this_module\t[bare]',
	]);
	const hidden = await booted.read('/proc/kallsyms', booted.fork(nobody));
	t.equal(hidden, `${lines.join('\n').replaceAll(/^[0-9a-f]{16}/gm, '0'.repeat(16))}\n`);
});
