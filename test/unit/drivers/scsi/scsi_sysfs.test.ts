/**
 * scsi_sysfs - kernel-sim/drivers/scsi/scsi_sysfs.ts: what a SCSI device shows and takes, and how it is taken away.
 *
 * What is written and refused is so on a real 6.12, with the disk of scsi_debug.
 */

import t from 'tap';
import { O_RDONLY, O_WRONLY } from '../../../../src/uapi/fcntl.ts';
import { codeOf } from '../../kernel/bench_kernel.ts';
import { paths, ScsiMachine, type Write } from './machine.ts';

const { device: DEVICE } = paths;

t.test('scsi_device: its files and its classes', async t => {
	const machine = new ScsiMachine(t);
	const { task } = machine;
	const place = '../../devices/platform/ring3_scsi/host0/target0:0:0/0:0:0:0';
	t.equal(await task.readlink('/sys/class/scsi_device/0:0:0:0'), `${place}/scsi_device/0:0:0:0`);
	t.equal(await task.readlink('/sys/class/scsi_disk/0:0:0:0'), `${place}/scsi_disk/0:0:0:0`);
	t.same((await machine.names(paths.deviceClass)).sort(), ['device', 'power', 'subsystem', 'uevent']);
	const dirs = ['block', 'power', 'scsi_device', 'scsi_disk'];
	t.match(await task.stat(DEVICE), { nlink: 2 + dirs.length });
	const files = await machine.files(DEVICE);
	t.same((await machine.names(DEVICE)).sort(), [...Object.keys(files), ...dirs, 'driver', 'subsystem'].sort());
	t.match(await task.stat(DEVICE), { nlink: 2 + dirs.length });
	const { inquiry, ...texts } = files;
	t.same(inquiry?.[0], '444');
	t.same(texts, {
		access_state: ['444', 'EINVAL'],
		blacklist: ['444', ''],
		cdl_enable: ['644', '0'],
		cdl_supported: ['444', '0'],
		delete: ['200', null],
		device_blocked: ['444', '0'],
		device_busy: ['444', '0'],
		dh_state: ['644', 'detached'],
		eh_timeout: ['644', '10'],
		evt_capacity_change_reported: ['444', '0'],
		evt_inquiry_change_reported: ['444', '0'],
		evt_lun_change_reported: ['444', '0'],
		evt_media_change: ['444', '0'],
		evt_mode_parameter_change_reported: ['444', '0'],
		evt_soft_threshold_reached: ['444', '0'],
		iocounterbits: ['444', '32'],
		iodone_cnt: ['444', '0x0'],
		ioerr_cnt: ['444', '0x0'],
		iorequest_cnt: ['444', '0x0'],
		iotmo_cnt: ['444', '0x0'],
		modalias: ['444', 'scsi:t-0x00'],
		model: ['444', 'virtual disk    '],
		preferred_path: ['444', 'EINVAL'],
		queue_depth: ['444', '64'],
		queue_type: ['644', 'simple'],
		rescan: ['200', null],
		rev: ['444', '1.0 '],
		scsi_level: ['444', '6'],
		state: ['644', 'running'],
		timeout: ['644', '30'],
		type: ['444', '0'],
		uevent: ['644', 'DEVTYPE=scsi_device\nDRIVER=sd\nMODALIAS=scsi:t-0x00'],
		vendor: ['444', 'ring3   '],
		wwid: ['444', 'ENXIO'],
	});
});

t.test('inquiry: what the device says of itself, in the standard form, from anywhere', async t => {
	const machine = new ScsiMachine(t);
	const { task } = machine;
	const standard = '\x00\x00\x05\x02\x1f\x00\x00\x02ring3   virtual disk    1.0 ';
	t.equal(await machine.read(`${DEVICE}/inquiry`), standard);
	const fd = await task.open(`${DEVICE}/inquiry`, O_RDONLY);
	const piece = async (count: number, pos: number) => Buffer.from(await task.pread(fd, count, pos)).toString('latin1');
	t.equal(await piece(8, 8), 'ring3   ');
	t.equal(await piece(100, 32), '1.0 ');
	t.equal(await piece(100, 36), '');
	t.equal(await piece(100, 4000), '');
	await task.close(fd);
});

const writes: readonly Write[] = [
	['state', 'offline', 'EINVAL', 'running'],
	['state', 'offline\n', undefined, 'offline'],
	['state', 'running\nand more', undefined, 'running'],
	['state', 'blocked\n', 'EINVAL', 'running'],
	['state', 'bogus\n', 'EINVAL', 'running'],
	['timeout', '10', undefined, '10'],
	['timeout', ' 7\n', undefined, '7'],
	['timeout', '12abc', undefined, '12'],
	['timeout', 'abc', undefined, '12'],
	['timeout', '+9', undefined, '12'],
	['eh_timeout', '5', undefined, '5'],
	['eh_timeout', 'abc', 'EINVAL', '5'],
	['eh_timeout', '-1', 'EINVAL', '5'],
	['eh_timeout', '4294967296', 'ERANGE', '5'],
	['queue_type', 'ordered', undefined, 'simple'],
	['dh_state', 'alua', 'EINVAL', 'detached'],
	['dh_state', 'activate', 'EINVAL', 'detached'],
	['cdl_enable', '1', 'EOPNOTSUPP', '0'],
	['cdl_enable', '0', 'EOPNOTSUPP', '0'],
	['cdl_enable', 'x', 'EINVAL', '0'],
	['rescan', '1', undefined],
];

t.test('scsi_device: what may be written, and what becomes of it', async t => {
	const machine = new ScsiMachine(t);
	machine.said();
	await machine.writeAll(t, DEVICE, writes);
	t.same(machine.said(), ['sd 0:0:0:0: ignoring write to deprecated queue_type attribute']);
	t.equal(await machine.show(`${paths.queue}/io_timeout`), '12000', 'the timeout is that of the queue');
	await machine.write(`${paths.queue}/io_timeout`, '45000');
	t.equal(await machine.show(`${DEVICE}/timeout`), '45');
	await machine.write(`${DEVICE}/timeout`, '-1');
	t.equal(await machine.show(`${DEVICE}/timeout`), '42949671');
	t.equal(await machine.show(`${paths.queue}/io_timeout`), '4294966296');
});

t.test('scsi_device: eh_timeout is for whoever may administer', async t => {
	const machine = new ScsiMachine(t);
	const owner = machine.fork({ caps: 0n });
	t.equal(await machine.write(`${DEVICE}/eh_timeout`, '5', owner), 'EACCES');
	t.equal(await machine.show(`${DEVICE}/eh_timeout`), '10');
	t.equal(await machine.write(`${DEVICE}/timeout`, '5', owner), undefined);
});

t.test('sd: a timeout stays that of the device when its driver goes and comes', async t => {
	const machine = new ScsiMachine(t);
	await machine.write(`${DEVICE}/timeout`, '77');
	t.equal(await machine.write('/sys/bus/scsi/drivers/sd/unbind', '0:0:0:0'), undefined);
	t.same(await machine.disks(), []);
	t.notOk((await machine.names(DEVICE)).includes('scsi_disk'));
	t.equal(await machine.show(`${DEVICE}/timeout`), '77');
	t.equal(await machine.write('/sys/bus/scsi/drivers/sd/bind', '0:0:0:0'), undefined);
	t.same(await machine.disks(), ['0:0:0:0']);
	t.equal(await machine.show(`${DEVICE}/timeout`), '77');
	t.equal(await machine.show(`${paths.queue}/io_timeout`), '77000');
});

t.test('delete: the device goes while its own file is written, with all that it has', async t => {
	const machine = new ScsiMachine(t);
	const { task } = machine;
	const before = await machine.names('/sys/class/scsi_device');
	t.same(before, ['0:0:0:0']);
	const state = await task.open(`${DEVICE}/state`, O_RDONLY);
	const again = await task.open(`${DEVICE}/delete`, O_WRONLY);
	machine.said();
	t.equal(await machine.write(`${DEVICE}/delete`, '1'), undefined);
	t.same(machine.said(), ['sd 0:0:0:0: [sda] Synchronizing SCSI cache']);
	for (const cls of ['scsi_device', 'scsi_disk']) t.same(await machine.names(`/sys/class/${cls}`), [], cls);
	t.same(await machine.names('/sys/block'), ['ram0']);
	t.same(await machine.names('/sys/bus/scsi/devices'), ['host0']);
	t.same((await machine.names(paths.host)).sort(), ['power', 'scsi_host', 'subsystem', 'uevent']);
	t.equal(await machine.read('/proc/scsi/scsi'), 'Attached devices:\n');
	t.equal(await codeOf(() => task.write(again, '1')), 'ENODEV');
	t.equal(await codeOf(() => task.pread(state, 100, 0)), 'ENODEV');
	for (const fd of [state, again]) await task.close(fd);
	t.equal(await codeOf(() => task.stat(DEVICE)), 'ENOENT');
	t.equal(await machine.write(`${paths.hostClass}/scan`, '- - -'), undefined);
	t.equal(await machine.show(`${DEVICE}/state`), 'running');
	t.same(await machine.names('/sys/block'), ['ram0', 'sda']);
});

t.test('delete: of those who write it at once one takes the device away, and all come back', async t => {
	const machine = new ScsiMachine(t);
	const [sdev] = machine.kernel.scsi.devices;
	const fds = await Promise.all([1, 2, 3].map(() => machine.task.open(`${DEVICE}/delete`, O_WRONLY)));
	await machine.kernel.scsi.devices[0]!.host.scanMutex.lock();
	const written = fds.map(fd => codeOf(() => machine.task.write(fd, '1')));
	const scanned = machine.write(`${paths.hostClass}/scan`, '- - -');
	sdev!.host.scanMutex.unlock();
	t.same(await Promise.all(written), [undefined, undefined, undefined]);
	t.equal(await scanned, undefined);
	t.equal(sdev!.refcount, 0);
	t.same(await machine.disks(), ['0:0:0:0'], 'who looks meanwhile does so afterwards');
	t.not(machine.kernel.scsi.devices[0], sdev);
});
