/** builtin_params - kernel-sim/kernel/builtin_params.ts: parameters of what is built in, and what hangs on them. */

import t from 'tap';
import { Settings } from '../fs/proc/settings.ts';
import { codeOf } from './bench_kernel.ts';

const KERNEL = '/sys/module/kernel/parameters';

t.test('core_param: what several parts declare is in one directory, each value with its owner', async t => {
	const machine = new Settings(t, { commandLine: 'panic=30 module_blacklist=bad panic_on_warn=1 pause_on_oops=x' });
	t.same((await machine.names(KERNEL)).sort(), [
		...['module_blacklist', 'panic', 'panic_on_warn', 'panic_print', 'pause_on_oops'],
	]);
	t.equal(await machine.show(`${KERNEL}/panic`), '30');
	t.equal(await machine.show('/proc/sys/kernel/panic'), '30');
	t.equal(machine.kernel.modules.parameters.module_blacklist, 'bad');
	t.equal(await machine.show(`${KERNEL}/pause_on_oops`), '0');
	t.match(machine.host.lines.join('\n'), /Booting kernel: `x' invalid for parameter `pause_on_oops'/);
	t.equal(await machine.write('/proc/sys/kernel/panic', '-1\n'), undefined);
	t.equal(await machine.show(`${KERNEL}/panic`), '-1', 'a knob and a parameter are one value');
	t.equal(await machine.write(`${KERNEL}/panic_print`, '0x1f'), undefined);
	t.equal(await machine.show('/proc/sys/kernel/panic_print'), '31');
	t.equal(await machine.write(`${KERNEL}/panic_on_warn`, '2'), undefined, 'a parameter has no range');
	t.equal(await machine.show('/proc/sys/kernel/panic_on_warn'), '2');
	t.equal(await machine.write('/proc/sys/kernel/panic_on_warn', '3'), 'EINVAL');
	t.equal(await machine.write(`${KERNEL}/panic`, '2147483648'), 'ERANGE');
	t.equal(await machine.show(`${KERNEL}/panic`), '-1');
});

t.test('brd: as many disks as the command line says, of the size that it says', async t => {
	const machine = new Settings(t, { commandLine: 'brd.rd_nr=3 brd.rd_size=65536 brd.max_part=5' });
	t.same(await machine.names('/sys/block'), ['ram0', 'ram1', 'ram2', 'sda']);
	t.equal(await machine.show('/sys/block/ram2/size'), '131072');
	t.equal(await machine.show('/sys/block/ram2/dev'), '1:16', 'numbers of a disk are a power of two');
	t.equal(await machine.show('/sys/module/brd/parameters/max_part'), '8');
	t.equal(await machine.show('/sys/module/brd/parameters/rd_nr'), '3');
	t.equal(await codeOf(() => machine.write('/sys/module/brd/parameters/rd_nr', '4')), 'EACCES');
	const many = new Settings(t, { commandLine: 'brd.max_part=1000' });
	t.equal(await many.show('/sys/module/brd/parameters/max_part'), '256');
	t.match(many.host.lines.join('\n'), /brd: max_part can't be larger than 256, reset max_part = 256\./);
	const none = new Settings(t, { commandLine: 'brd.rd_nr=0 brd.max_part=0' });
	t.same(await none.names('/sys/block'), ['sda']);
	t.equal(await none.show('/sys/module/brd/parameters/max_part'), '1');
});

t.test('scsi_mod.scan: with none and manual no disk is looked for, until somebody does', async t => {
	for (const scan of ['none', 'manual']) {
		const machine = new Settings(t, { commandLine: `scsi_mod.scan=${scan}` });
		t.same(await machine.names('/sys/block'), ['ram0'], scan);
		t.equal(await machine.show('/sys/module/scsi_mod/parameters/scan'), scan);
		await machine.write('/proc/scsi/scsi', 'scsi add-single-device 0 0 0 0\n');
		t.same(await machine.names('/sys/block'), ['ram0', 'sda']);
	}
	t.same(await new Settings(t, { commandLine: 'scsi_mod.scan=sync' }).names('/sys/block'), ['ram0', 'sda']);
});
