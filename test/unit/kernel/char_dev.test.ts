/**
 * char_dev.test - kernel-sim/fs/char_dev.ts.
 */

import t from 'tap';
import { CharDevices } from '../../../kernel-sim/fs/char_dev.ts';
import { Printk } from '../../../kernel-sim/kernel/printk.ts';
import { Time } from '../../../kernel-sim/kernel/time.ts';
import { FakeClock } from '../../../src/testing/fake_host.ts';
import { MAJOR, MINOR, MKDEV } from '../../../src/uapi/stat.ts';

function devices() {
	const printk = new Printk({ time: new Time(new FakeClock(), () => {}), console: () => {} });
	const chrdevs = new CharDevices(printk.pr);
	const list = () =>
		[...chrdevs].map(({ major, baseminor, minorct, name }) => `${major}:${baseminor}+${minorct} ${name}`);
	const log = () => [...printk.records()].map(({ text }) => text);
	return { chrdevs, list, log };
}

t.test('register_chrdev_region: in the order of /proc/devices', async t => {
	const { chrdevs, list } = devices();
	chrdevs.registerRegion(MKDEV(10, 0), 256, 'misc');
	chrdevs.registerRegion(MKDEV(1, 0), 256, 'mem');
	chrdevs.registerRegion(MKDEV(5, 2), 1, 'ptmx');
	chrdevs.registerRegion(MKDEV(5, 0), 1, '/dev/tty');
	t.same(list(), ['1:0+256 mem', '5:0+1 /dev/tty', '5:2+1 ptmx', '10:0+256 misc']);
});

t.test('register_chrdev_region: a number has one owner', async t => {
	const { chrdevs, list } = devices();
	chrdevs.registerRegion(MKDEV(7, 10), 10, 'first');
	const cases: [number, number, boolean][] = [
		[0, 10, true],
		[0, 11, false],
		[19, 1, false],
		[20, 5, true],
		[12, 2, false],
		[5, 100, false],
	];
	for (const [minor, count, free] of cases) {
		const register = () => chrdevs.registerRegion(MKDEV(7, minor), count, 'second');
		if (!free) t.throws(register, { code: 'EBUSY' }, `${minor}+${count}`);
		else {
			register();
			chrdevs.unregisterRegion(MKDEV(7, minor), count);
		}
	}
	t.same(list(), ['7:10+10 first']);
});

t.test('register_chrdev_region: a range over several majors is taken whole or not at all', async t => {
	const { chrdevs, list } = devices();
	chrdevs.registerRegion(MKDEV(3, 1048570), 10, 'wide');
	t.same(list(), ['3:1048570+6 wide', '4:0+4 wide']);
	chrdevs.registerRegion(MKDEV(6, 0), 1, 'in the way');
	t.throws(() => chrdevs.registerRegion(MKDEV(5, 1048575), 2, 'other'), { code: 'EBUSY' });
	t.equal(list().length, 3);
	chrdevs.unregisterRegion(MKDEV(3, 1048570), 10);
	t.same(list(), ['6:0+1 in the way']);
});

t.test('alloc_chrdev_region: from 254 down to 234, then from 511 down to 384', async t => {
	const { chrdevs, log } = devices();
	chrdevs.registerRegion(MKDEV(253, 5), 1, 'taken');
	const majors: number[] = [];
	for (let i = 0; i < 148; i++) {
		const dev = chrdevs.allocRegion(3, 2, 'dynamic');
		t.equal(MINOR(dev), 3);
		majors.push(MAJOR(dev));
	}
	t.same(majors.slice(0, 3), [254, 252, 251]);
	t.same(majors.slice(19, 22), [234, 511, 510]);
	t.equal(majors.at(-1), 384);
	t.throws(() => chrdevs.allocRegion(0, 1, 'one more'), { code: 'EBUSY' });
	t.same(log(), ['CHRDEV "one more" dynamic allocation region is full']);
	chrdevs.unregisterRegion(MKDEV(400, 3), 2);
	t.equal(MAJOR(chrdevs.allocRegion(0, 1, 'again')), 400);
});

t.test('alloc_chrdev_region: a major 255 above hides one of the first range', async t => {
	const { chrdevs } = devices();
	chrdevs.registerRegion(MKDEV(254 + 255, 0), 1, 'in the same bucket');
	t.equal(MAJOR(chrdevs.allocRegion(0, 1, 'dynamic')), 253);
});

t.test('__register_chrdev_region: numbers that cannot be', async t => {
	const { chrdevs, log, list } = devices();
	t.throws(() => chrdevs.registerRegion(MKDEV(512, 0), 1, 'high'), { code: 'EINVAL' });
	t.throws(() => chrdevs.allocRegion(1048575, 2, 'wide'), { code: 'EINVAL' });
	t.same(log(), [
		'CHRDEV "high" major requested (512) is greater than the maximum (511)',
		'CHRDEV "wide" minor range requested (1048575-1048576) is out of range of maximum range (0-1048575) for a single major',
	]);
	chrdevs.unregisterRegion(MKDEV(9, 0), 1);
	t.same(list(), []);
});
