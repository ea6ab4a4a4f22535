/** scsi - kernel-sim/drivers/scsi: how the disk falls asleep, as Linux's do that a program has allowed to. */

import t from 'tap';
import { MILLISECOND } from '../../../../src/testing/fake_host.ts';
import { O_WRONLY } from '../../../../src/uapi/fcntl.ts';
import { Booted } from '../../fs/proc/booted.ts';

const HOST = '/sys/devices/platform/ring3_scsi/host0';
const DISK = `${HOST}/target0:0:0/0:0:0:0`;

t.test('scsi_pm: a disk is kept awake until control and autosuspend_delay_ms say otherwise', async t => {
	const booted = new Booted(t);
	const { task, host } = booted;
	const write = async (name: string, text: string) => {
		const fd = await task.open(`${DISK}/power/${name}`, O_WRONLY);
		await task.write(fd, text);
		await task.close(fd);
	};
	const status = async () => {
		const shown = [HOST, `${HOST}/target0:0:0`, DISK].map(dir => booted.read(`${dir}/power/runtime_status`));
		return (await Promise.all(shown)).map(text => text.trim());
	};
	t.same(await status(), ['active', 'active', 'active']);
	t.equal(await booted.read(`${DISK}/power/control`), 'on\n');
	t.equal(await booted.read(`${DISK}/power/autosuspend_delay_ms`), '-1\n');
	await write('control', 'auto');
	t.same(await status(), ['active', 'active', 'active'], 'the delay is for ever');
	await write('autosuspend_delay_ms', '1000');
	host.advance(999 * MILLISECOND);
	t.same(await status(), ['active', 'active', 'active']);
	host.advance(MILLISECOND);
	t.same(await status(), ['suspended', 'suspended', 'suspended']);
	t.match(host.lines.at(-1), /sd 0:0:0:0: \[sda\] Synchronizing SCSI cache/);
	await write('control', 'on');
	t.same(await status(), ['active', 'active', 'active']);
	await write('control', 'auto');
	await booted.kernel.scsi.removeSingleDevice(0, 0, 0, 0);
	host.advance(2000 * MILLISECOND);
	t.equal(await booted.read(`${HOST}/power/runtime_status`), 'suspended\n', 'a host with nothing on it sleeps');
	await booted.kernel.scsi.addSingleDevice(0, 0, 0, 0);
	t.same(await status(), ['active', 'active', 'active']);
});
