/** backing_dev - kernel-sim/mm/backing_dev.ts and page_writeback.ts: what may wait for a disk, as a Linux 6.12 answers. */

import t from 'tap';
import { Settings } from '../fs/proc/settings.ts';
import { codeOf } from '../kernel/bench_kernel.ts';

const SDA = '/sys/class/bdi/8:0';
const RAM0 = '/sys/class/bdi/1:0';

t.test('bdi_register: each disk has one, under its number, and a link to it', async t => {
	const machine = new Settings(t);
	t.same((await machine.names('/sys/class/bdi')).sort(), ['1:0', '8:0']);
	t.equal(await machine.task.readlink(SDA), '../../devices/virtual/bdi/8:0');
	t.equal(await machine.task.readlink('/sys/block/ram0/bdi'), '../../bdi/1:0');
	t.equal((await machine.names('/sys/block/sda/bdi/')).length, 12);
	await machine.kernel.scsi.removeSingleDevice(0, 0, 0, 0);
	t.same(await machine.names('/sys/class/bdi'), ['1:0'], 'it goes with its disk');
	await machine.kernel.scsi.addSingleDevice(0, 0, 0, 0);
	t.same((await machine.names('/sys/class/bdi')).sort(), ['1:0', '8:0']);
});

t.test('bdi: what is written, and what that answers or else what the file shows then', async t => {
	const machine = new Settings(t);
	for (const [file, text, answer, fine] of [
		['max_ratio', '50', '50', '500000'],
		['max_ratio', '100', '100', '1000000'],
		['max_ratio', '101', 'EINVAL'],
		['max_ratio', '-1', 'EINVAL'],
		['max_ratio', '4294967295', 'EINVAL'],
		['max_ratio', '4294967296', 'ERANGE'],
		['max_ratio', '40', '40', '400000'],
		['min_ratio', '30', '30', '300000'],
		['min_ratio', '41', 'EINVAL'],
		['max_ratio', '29', 'EINVAL'],
		['min_ratio', '40', '40', '400000'],
		['min_ratio', '0', '0', '0'],
		['min_ratio', '10.5', 'EINVAL'],
		['max_ratio_fine', '1000001', 'EINVAL'],
		['max_ratio_fine', '123456', '123456'],
		['max_ratio_fine', '1000000', '1000000'],
		['read_ahead_kb', '127', '124'],
		['read_ahead_kb', '18446744073709551615', '-4'],
		['read_ahead_kb', '-1', 'EINVAL'],
		['read_ahead_kb', '256', '256'],
		['strict_limit', '1', '1'],
		['strict_limit', '2', 'EINVAL'],
		['strict_limit', '0', '0'],
		['max_bytes', '99999999999999', 'EINVAL'],
		['max_bytes', 'x', 'EINVAL'],
	] as const) {
		const code = await machine.write(`${SDA}/${file}`, text);
		const title = `${file}: ${text}`;
		if (answer.startsWith('E')) t.equal(code, answer, title);
		else {
			t.equal(code, undefined, title);
			t.equal(await machine.show(`${SDA}/${file}`), answer, title);
			if (fine !== undefined) t.equal(await machine.show(`${SDA}/${file}_fine`), fine, title);
		}
	}
	t.equal(await codeOf(() => machine.write(`${SDA}/stable_pages_required`, '0')), 'EACCES');
});

t.test('read_ahead_kb: that of the bdi and that of the queue are one', async t => {
	const machine = new Settings(t);
	await machine.write(`${SDA}/read_ahead_kb`, '64');
	t.equal(await machine.show('/sys/block/sda/queue/read_ahead_kb'), '64');
	await machine.write('/sys/block/sda/queue/read_ahead_kb', '32');
	t.equal(await machine.show(`${SDA}/read_ahead_kb`), '32');
	t.equal(await machine.show(`${RAM0}/read_ahead_kb`), '128');
});

t.test('min_ratio: all together have less than everything', async t => {
	const machine = new Settings(t);
	t.equal(await machine.write(`${SDA}/min_ratio`, '5'), undefined);
	for (const [ratio, code] of [
		['99', 'EINVAL'],
		['95', 'EINVAL'],
		['94', undefined],
	] as const) {
		t.equal(await machine.write(`${RAM0}/min_ratio`, ratio), code, ratio);
	}
	await machine.kernel.scsi.removeSingleDevice(0, 0, 0, 0);
	t.equal(await machine.write(`${RAM0}/min_ratio`, '99'), undefined, 'what has gone has nothing for itself');
});

t.test('vm.dirty_ratio: the thresholds of /proc/vmstat follow it, and so do limits in bytes', async t => {
	const machine = new Settings(t);
	const threshold = async (name = 'nr_dirty_threshold') =>
		Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(await machine.read('/proc/vmstat'))?.[1]);
	const free = machine.kernel.mm.info().freeram;
	const before = await threshold();
	t.ok(before > 0.18 * free && before < 0.2 * free, `${before} of ${free}`);
	t.equal(await machine.show(`${SDA}/max_bytes`), `${before * 4096}`);
	await machine.write('/proc/sys/vm/dirty_bytes', '8192000');
	t.equal(await threshold(), 2000);
	t.equal(await machine.show(`${SDA}/max_bytes`), '8192000');
	t.equal(await threshold('nr_dirty_background_threshold'), 1000, 'never more than half of the other');
	t.equal(await machine.write(`${SDA}/max_bytes`, '4096000'), undefined);
	t.equal(await machine.show(`${SDA}/max_ratio`), '50');
	await machine.write('/proc/sys/vm/dirty_ratio', '20');
	t.equal(await threshold(), before);
});
