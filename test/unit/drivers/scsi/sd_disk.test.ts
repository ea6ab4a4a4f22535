/**
 * sd_disk - kernel-sim/drivers/scsi/sd_disk.ts and sd.ts: what a SCSI disk shows and takes in its class, and what comes of it.
 *
 * What is written and refused is so on a real 6.12, with the disk of scsi_debug; that takes one block for up to 65,535.
 */

import t from 'tap';
import { MILLISECOND } from '../../../../src/testing/fake_host.ts';
import { paths, ScsiMachine, type Write } from './machine.ts';

const { disk: DISK, queue: QUEUE, device: DEVICE } = paths;

t.test('scsi_disk: its files', async t => {
	const machine = new ScsiMachine(t);
	t.same(await machine.files(DISK), {
		FUA: ['444', '0'],
		allow_restart: ['644', '0'],
		app_tag_own: ['444', '0'],
		cache_type: ['644', 'write back'],
		manage_runtime_start_stop: ['644', '0'],
		manage_shutdown: ['644', '0'],
		manage_start_stop: ['444', '0'],
		manage_system_start_stop: ['644', '0'],
		max_medium_access_timeouts: ['644', '2'],
		max_retries: ['644', '5'],
		max_write_same_blocks: ['644', '0'],
		protection_mode: ['444', 'none'],
		protection_type: ['644', '0'],
		provisioning_mode: ['644', 'full'],
		thin_provisioning: ['444', '0'],
		uevent: ['644', ''],
		zeroing_mode: ['644', 'write'],
		zoned_cap: ['444', 'none'],
	});
	t.equal(await machine.task.readlink(`${DISK}/device`), '../../../0:0:0:0');
});

const switches = ['allow_restart', 'manage_runtime_start_stop', 'manage_shutdown', 'manage_system_start_stop'];

const writes: readonly Write[] = [
	...switches.flatMap((file): Write[] => [
		[file, 'on', undefined, '1'],
		[file, 'x', 'EINVAL', '1'],
		[file, 'n\n', undefined, '0'],
		[file, '1', undefined, '1'],
	]),
	['protection_type', '3', undefined, '3'],
	['protection_type', '4', undefined, '3'],
	['protection_type', '-1', 'EINVAL', '3'],
	['protection_type', '4294967296', 'ERANGE', '3'],
	['zeroing_mode', 'writesame_16_unmap\n', undefined, 'writesame_16_unmap'],
	['zeroing_mode', 'writesame_1', 'EINVAL', 'writesame_16_unmap'],
	['max_medium_access_timeouts', '4294967295', undefined, '4294967295'],
	['max_medium_access_timeouts', '4294967296', 'ERANGE', '4294967295'],
	['max_medium_access_timeouts', 'x', 'EINVAL', '4294967295'],
	['max_retries', '-1', undefined, '-1'],
	['max_retries', '6', 'EINVAL', '-1'],
	['max_retries', '-7', undefined, '-7'],
	['max_retries', '2147483648', 'ERANGE', '-7'],
	['max_retries', '5\n', undefined, '5'],
];

t.test('scsi_disk: what is kept, and what is refused', async t => {
	const machine = new ScsiMachine(t);
	machine.said();
	await machine.writeAll(t, DISK, writes);
	t.equal(await machine.show(`${DISK}/manage_start_stop`), '1');
	await machine.write(`${DISK}/manage_shutdown`, '0');
	t.equal(await machine.show(`${DISK}/manage_start_stop`), '0');
	t.same(machine.said(), ['sd 0:0:0:0: max_retries must be between -1 and 5']);
});

t.test('cache_type: whether the queue keeps what is written', async t => {
	const machine = new ScsiMachine(t);
	const cases = [
		['write through', undefined, 'write through', 'write through'],
		['none\n', undefined, 'none', 'write through'],
		['write back, no read (daft)', undefined, 'write back, no read (daft)', 'write back'],
		['temporary write through\n', undefined, 'write through', 'write through'],
		['temporary', 'EINVAL', 'write through', 'write through'],
		['temporary temporary none', 'EINVAL', 'write through', 'write through'],
		['write', 'EINVAL', 'write through', 'write through'],
		['write back', undefined, 'write back', 'write back'],
	] as const;
	for (const [data, errno, shown, queue] of cases) {
		t.equal(await machine.write(`${DISK}/cache_type`, data), errno, data);
		t.equal(await machine.show(`${DISK}/cache_type`), shown, data);
		t.equal(await machine.show(`${QUEUE}/write_cache`), queue, data);
	}
});

/** What is written to provisioning_mode and refused with, and what of the queue is then: granularity and most bytes of a discard. */
const provisioning = [
	['unmap', undefined, 'unmap', '512', 8_388_607 * 512],
	['bogus', 'EINVAL', 'unmap', '512', 8_388_607 * 512],
	['full\n', undefined, 'full', '0', 0],
	['writesame_16', undefined, 'writesame_16', '512', 8_388_607 * 512],
	['writesame_10', undefined, 'writesame_10', '512', 65_535 * 512],
	['writesame_zero', undefined, 'writesame_zero', '512', 65_535 * 512],
	['disabled', undefined, 'disabled', '0', 0],
] as const;

t.test('provisioning_mode: what the queue can discard', async t => {
	const machine = new ScsiMachine(t);
	for (const [data, errno, shown, granularity, bytes] of provisioning) {
		t.equal(await machine.write(`${DISK}/provisioning_mode`, data), errno, data);
		t.equal(await machine.show(`${DISK}/provisioning_mode`), shown, data);
		t.equal(await machine.show(`${QUEUE}/discard_granularity`), granularity, data);
		for (const file of ['discard_max_hw_bytes', 'discard_max_bytes']) {
			t.equal(await machine.show(`${QUEUE}/${file}`), String(bytes), `${file}: ${data}`);
		}
	}
	await machine.write(`${DISK}/max_write_same_blocks`, '70000');
	await machine.write(`${DISK}/provisioning_mode`, 'writesame_16');
	t.equal(
		await machine.show(`${QUEUE}/discard_max_bytes`),
		String(70_000 * 512),
		'of the blocks that one may be written for',
	);
});

/** What is written to max_write_same_blocks and refused with; what is shown then, and how blocks are made zero. */
const writeSame = [
	['100', undefined, '0', 'write'],
	['65535', undefined, '0', 'write'],
	['65536', undefined, '65536', 'writesame'],
	['9000000', undefined, '65536', 'writesame'],
	['x', 'EINVAL', '65536', 'writesame'],
	['-1', 'EINVAL', '65536', 'writesame'],
	['18446744073709551616', 'ERANGE', '65536', 'writesame'],
	['0', undefined, '0', 'writesame'],
	['9000000', undefined, '0', 'writesame'],
	['8388607', undefined, '8388607', 'writesame'],
	['1', undefined, '0', 'write'],
] as const;

t.test('max_write_same_blocks: how many blocks the queue makes zero at once', async t => {
	const machine = new ScsiMachine(t);
	for (const [data, errno, shown, zeroing] of writeSame) {
		t.equal(await machine.write(`${DISK}/max_write_same_blocks`, data), errno, data);
		t.equal(await machine.show(`${DISK}/max_write_same_blocks`), shown, data);
		t.equal(await machine.show(`${DISK}/zeroing_mode`), zeroing, data);
		t.equal(await machine.show(`${QUEUE}/write_zeroes_max_bytes`), String(Number(shown) * 512), data);
	}
	await machine.write(`${DISK}/max_write_same_blocks`, '70000');
	await machine.write(`${DISK}/zeroing_mode`, 'write');
	await machine.write(`${DISK}/max_write_same_blocks`, '9000000');
	t.equal(await machine.show(`${DISK}/zeroing_mode`), 'writesame', 'it is found out anew at each write');
});

t.test('scsi_disk: most of it is for whoever may administer', async t => {
	const machine = new ScsiMachine(t);
	const owner = machine.fork({ caps: 0n });
	for (const [file, data, errno] of [
		...[...switches, 'protection_type', 'max_medium_access_timeouts'].map(file => [file, '1', 'EACCES'] as const),
		...[['provisioning_mode', 'unmap', 'EACCES'] as const, ['zeroing_mode', 'write', 'EACCES'] as const],
		['max_write_same_blocks', '70000', 'EACCES'],
		['cache_type', 'none', undefined],
		['max_retries', '3', undefined],
	] as const) {
		t.equal(await machine.write(`${DISK}/${file}`, data, owner), errno, file);
	}
	t.equal(await machine.show(`${DISK}/max_write_same_blocks`), '0');
});

t.test('sd_suspend_runtime: a disk is stopped where that is wanted, and keeps nothing that was written', async t => {
	const machine = new ScsiMachine(t);
	const control = (text: string) => machine.write(`${DEVICE}/power/control`, text);
	const cycle = async () => {
		machine.said();
		await control('auto');
		machine.host.advance(MILLISECOND);
		const asleep = machine.said();
		await control('on');
		return [asleep, machine.said()].map(lines => lines.map(line => line.replace('sd 0:0:0:0: [sda] ', '')));
	};
	await machine.write(`${DEVICE}/power/autosuspend_delay_ms`, '0');
	t.same(await cycle(), [['Synchronizing SCSI cache'], []]);
	await machine.write(`${DISK}/manage_runtime_start_stop`, '1');
	t.same(await cycle(), [['Synchronizing SCSI cache', 'Stopping disk'], ['Starting disk']]);
	await machine.write(`${QUEUE}/write_cache`, 'write through');
	t.same(
		await cycle(),
		[['Synchronizing SCSI cache', 'Stopping disk'], ['Starting disk']],
		'of the disk it is, not of the queue',
	);
	await machine.write(`${DISK}/cache_type`, 'write through');
	t.same(await cycle(), [['Stopping disk'], ['Starting disk']]);
});

t.test('sd_remove: a disk that sleeps is woken up, and stopped', async t => {
	const cases: Readonly<Record<string, readonly string[]>> = {
		manage_shutdown: ['Synchronizing SCSI cache'],
		manage_system_start_stop: ['Synchronizing SCSI cache', 'Stopping disk'],
		manage_runtime_start_stop: ['Starting disk', 'Synchronizing SCSI cache', 'Stopping disk'],
	};
	for (const [file, said] of Object.entries(cases)) {
		const machine = new ScsiMachine(t);
		await machine.write(`${DEVICE}/power/autosuspend_delay_ms`, '0');
		await machine.write(`${DISK}/${file}`, '1');
		await machine.write(`${DEVICE}/power/control`, 'auto');
		machine.host.advance(MILLISECOND);
		t.equal(await machine.show(`${DEVICE}/power/runtime_status`), 'suspended');
		machine.said();
		t.equal(await machine.write(`${DEVICE}/delete`, '1'), undefined);
		t.same(
			machine.said().map(line => line.replace('sd 0:0:0:0: [sda] ', '')),
			said,
			file,
		);
		t.equal(await machine.show(`${paths.host}/power/runtime_status`), 'suspended', 'nothing keeps the host awake');
	}
});
