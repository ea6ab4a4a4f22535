/**
 * hosts - kernel-sim/drivers/scsi/hosts.ts: what a host shows in its class, and where it is looked for devices.
 *
 * What is written and refused is so on a real 6.12, with the host of scsi_debug; that can be reset, and takes an eh_deadline.
 */

import t from 'tap';
import { paths, ScsiMachine, type Write } from './machine.ts';

const { hostClass: HOST } = paths;

t.test('scsi_host: a host is in its class, with its attributes', async t => {
	const machine = new ScsiMachine(t);
	t.equal(
		await machine.task.readlink('/sys/class/scsi_host/host0'),
		'../../devices/platform/ring3_scsi/host0/scsi_host/host0',
	);
	t.equal(await machine.task.readlink(`${HOST}/device`), '../../../host0');
	t.equal(await machine.task.readlink(`${HOST}/subsystem`), '../../../../../../class/scsi_host');
	t.same(await machine.files(HOST), {
		active_mode: ['444', 'Initiator'],
		can_queue: ['444', '64'],
		cmd_per_lun: ['444', '64'],
		eh_deadline: ['644', 'off'],
		host_busy: ['444', '0'],
		host_reset: ['200', null],
		nr_hw_queues: ['444', '1'],
		proc_name: ['444', 'ring3_scsi'],
		prot_capabilities: ['444', '0'],
		prot_guard_type: ['444', '0'],
		scan: ['200', null],
		sg_prot_tablesize: ['444', '0'],
		sg_tablesize: ['444', '128'],
		state: ['644', 'running'],
		supported_mode: ['444', 'Initiator'],
		uevent: ['644', ''],
		unique_id: ['444', '0'],
		use_blk_mq: ['444', '1'],
	});
	t.match(await machine.task.stat(HOST), { nlink: 3 });
});

const writes: readonly Write[] = [
	...(['adapter', 'adapter\n', 'firmware', 'firmware\n'] as const).map(
		(data): Write => ['host_reset', data, 'EOPNOTSUPP'],
	),
	...(['', 'bogus', 'adapter\n\n', ' adapter'] as const).map(
		(data): Write => ['host_reset', data, data === '' ? undefined : 'EINVAL'],
	),
	...(['7', 'off', 'x'] as const).map((data): Write => ['eh_deadline', data, 'EINVAL', 'off']),
	['state', 'running', 'EINVAL', 'running'],
	['state', 'running\n', undefined, 'running'],
	['state', 'running\nand more', undefined, 'running'],
	['state', 'running more\n', 'EINVAL', 'running'],
	['state', 'created\n', 'EINVAL', 'running'],
	['state', 'deleted\n', 'EINVAL', 'running'],
	['state', 'recovery\n', undefined, 'recovery'],
	['state', 'cancel\n', 'EINVAL', 'recovery'],
	['state', 'running\n', undefined, 'running'],
	['state', 'cancel\n', undefined, 'cancel'],
	['state', 'running\n', 'EINVAL', 'cancel'],
	['state', 'cancel/recovery\n', undefined, 'cancel/recovery'],
	['state', 'deleted/recovery\n', undefined, 'deleted/recovery'],
	['state', 'recovery\n', 'EINVAL', 'deleted/recovery'],
	['state', 'deleted\n', undefined, 'deleted'],
	['state', 'deleted\n', undefined, 'deleted'],
	['state', 'cancel\n', 'EINVAL', 'deleted'],
];

t.test('scsi_host: what may be written, and what becomes of it', async t => {
	const machine = new ScsiMachine(t);
	await machine.writeAll(t, HOST, writes);
});

/** What is written to `scan`, and whether it finds the disk. */
const scans: readonly (readonly [data: string, found: boolean | 'EINVAL'])[] = [
	['- - -', true],
	['0 0 0\n', true],
	[' \t0  - 0 \n', true],
	['0x0 00 0x0', true],
	['4294967295 4294967295 0', true],
	['4294967296 0 0', true],
	['00000000000 -', true],
	['0 1 0', false],
	['0 7 -', false],
	['0 0 7', false],
	['1 0 0', 'EINVAL'],
	['0 8 0', 'EINVAL'],
	['0 0 8', 'EINVAL'],
	['0 0 4294967295', 'EINVAL'],
	['', false],
	['-', 'EINVAL'],
	['- -', 'EINVAL'],
	['- - - -', 'EINVAL'],
	['-1 0 0', 'EINVAL'],
	['+0 0 0', 'EINVAL'],
	['0 0 0x', 'EINVAL'],
	['0 a 0', 'EINVAL'],
	['0 0 00000000000000000', 'EINVAL'],
];

t.test('scsi_scan: a host is looked through at the places that are written', async t => {
	for (const [data, found] of scans) {
		const machine = new ScsiMachine(t, { commandLine: 'scsi_mod.scan=manual' });
		t.same(await machine.disks(), []);
		const refused = found === 'EINVAL' ? found : undefined;
		t.equal(await machine.write(`${HOST}/scan`, data), refused, JSON.stringify(data));
		t.same(await machine.disks(), found === true ? ['0:0:0:0'] : [], JSON.stringify(data));
	}
});

t.test(
	'scsi_scan: a device that is known is found no second time, and a host that goes is not looked through',
	async t => {
		const machine = new ScsiMachine(t);
		const scan = () => machine.write(`${HOST}/scan`, '- - -');
		t.equal(await scan(), undefined);
		t.same(await machine.names('/sys/bus/scsi/devices'), ['host0', 'target0:0:0', '0:0:0:0']);
		t.equal(await machine.write(`${paths.device}/delete`, '1'), undefined);
		await machine.write(`${HOST}/state`, 'recovery\n');
		t.equal(await scan(), undefined);
		t.same(await machine.disks(), ['0:0:0:0'], 'one that recovers is');
		t.equal(await machine.write(`${paths.device}/delete`, '1'), undefined);
		await machine.write(`${HOST}/state`, 'running\n');
		await machine.write(`${HOST}/state`, 'cancel\n');
		t.equal(await scan(), undefined);
		t.same(await machine.disks(), []);
		t.equal(await machine.write('/proc/scsi/scsi', 'scsi add-single-device 0 0 0 0'), undefined);
		t.same(await machine.disks(), []);
	},
);

t.test('scsi_add_single_device: -1 is all channels or targets, and one unit', async t => {
	const machine = new ScsiMachine(t, { commandLine: 'scsi_mod.scan=manual' });
	const add = (place: string) => machine.write('/proc/scsi/scsi', `scsi add-single-device ${place}`);
	for (const place of ['0 1 0 0', '0 0 8 0', '0 0 0 8', '0 0 0 4294967295']) t.equal(await add(place), 'EINVAL', place);
	for (const place of ['1 0 0 0', '4294967295 0 0 0']) t.equal(await add(place), 'ENXIO', place);
	for (const place of ['0 0 1 0', '0 0 0 7']) t.equal(await add(place), undefined, place);
	t.same(await machine.disks(), []);
	t.equal(await add('0 4294967295 4294967295 0'), undefined);
	t.same(await machine.disks(), ['0:0:0:0']);
});
