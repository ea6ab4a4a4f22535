/**
 * device_power - the directory `power` of a device that no driver puts to sleep, on any machine.
 *
 * Simulated by kernel-sim/drivers/base/power/sysfs.ts after drivers/base/power/sysfs.c.
 */

import { O_RDWR } from '../../src/uapi/fcntl.ts';
import type { Contract } from '../runner/contract.ts';
import { readDir, readFile, writeFile } from './files.ts';

const POWER = '/sys/devices/virtual/mem/null/power';

export const devicePower: readonly Contract[] = [
	{
		title: 'dpm_sysfs_add: the files about the power of a device, and their modes',
		file: POWER,
		async run(t, { sys, file }) {
			const names = (await readDir(sys, file)).map(({ name }) => name);
			for (const [name, mode] of [
				['control', 0o644],
				['autosuspend_delay_ms', 0o644],
				['runtime_status', 0o444],
				['runtime_active_time', 0o444],
				['runtime_suspended_time', 0o444],
			] as const) {
				t.ok(names.includes(name), name);
				t.equal((await sys.stat(`${file}/${name}`)).mode & 0o777, mode, name);
			}
			t.match(await sys.stat(file), { nlink: 2 });
		},
	},
	{
		title: 'control_store: what is neither auto nor on is EINVAL and changes nothing',
		file: POWER,
		async run(t, { sys, file }) {
			t.equal(await readFile(sys, `${file}/control`), 'auto\n');
			for (const wrong of ['On', 'off', 'on\n\n', ' on', 'auto on']) {
				await t.rejects(writeFile(sys, `${file}/control`, wrong), { code: 'EINVAL' }, JSON.stringify(wrong));
			}
			t.equal(await readFile(sys, `${file}/control`), 'auto\n');
			t.equal(await writeFile(sys, `${file}/control`, 'auto'), 4, 'what it is already');
		},
	},
	{
		title: 'autosuspend_delay_ms: of a device that does not fall asleep it is EIO to read and to write',
		file: POWER,
		async run(t, { sys, file }) {
			await t.rejects(readFile(sys, `${file}/autosuspend_delay_ms`), { code: 'EIO' });
			for (const text of ['5', 'x']) {
				await t.rejects(writeFile(sys, `${file}/autosuspend_delay_ms`, text), { code: 'EIO' });
			}
		},
	},
	{
		title: 'runtime_status: unsupported, and no time is counted',
		file: POWER,
		async run(t, { sys, file }) {
			t.equal(await readFile(sys, `${file}/runtime_status`), 'unsupported\n');
			t.equal(await readFile(sys, `${file}/runtime_active_time`), '0\n');
			t.equal(await readFile(sys, `${file}/runtime_suspended_time`), '0\n');
			await t.rejects(sys.open(`${file}/runtime_status`, O_RDWR), { code: 'EACCES' });
		},
	},
];
