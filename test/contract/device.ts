/**
 * device - buses, drivers, classes and devices: their files, the links between them, and what programs bind and release.
 *
 * Simulated by kernel-sim/drivers/base after drivers/base/{bus,class,core,dd}.c, on the test module contract_device.
 */

import type { Contract } from '../runner/contract.ts';
import type { Sys } from '../runner/sys.ts';
import { readDir, readFile, writeFile } from './files.ts';

/** A contract on /sys, with the test module. */
function on(
	title: string,
	run: (t: Parameters<Contract['run']>[0], sys: Sys, root: string) => Promise<void>,
): Contract {
	return { title, modules: ['contract_device'], file: '/sys', run: (t, { sys, file }) => run(t, sys, file) };
}

async function names(sys: Sys, path: string): Promise<string[]> {
	const entries = await readDir(sys, path);
	return entries
		.map(({ name }) => name)
		.filter(name => !name.startsWith('.'))
		.sort();
}

async function mode(sys: Sys, path: string): Promise<string> {
	return ((await sys.stat(path)).mode & 0o777).toString(8);
}

const BUS = 'bus/contract_bus';
const DRIVER = `${BUS}/drivers/contract_driver`;

export const device: readonly Contract[] = [
	on('bus_register: the files of a bus, and its own attributes', async (t, sys, root) => {
		t.same(await names(sys, `${root}/${BUS}`), [
			...['devices', 'drivers', 'drivers_autoprobe', 'drivers_probe', 'of_bus', 'uevent'],
		]);
		const modes = ['drivers_autoprobe', 'drivers_probe', 'uevent', 'of_bus'].map(name =>
			mode(sys, `${root}/${BUS}/${name}`),
		);
		t.same(await Promise.all(modes), ['644', '200', '200', '444']);
		t.equal(await readFile(sys, `${root}/${BUS}/of_bus`), 'bus\n');
		t.same(await names(sys, `${root}/${BUS}/devices`), ['contract_dev0', 'contract_dev1']);
	}),

	on('driver_register: the files of a driver, and a link to each device that it has', async (t, sys, root) => {
		t.same(await names(sys, `${root}/${DRIVER}`), [
			...['bind', 'contract_dev0', 'module', 'of_driver', 'uevent', 'unbind'],
		]);
		const modes = ['bind', 'unbind', 'uevent', 'of_driver'].map(name => mode(sys, `${root}/${DRIVER}/${name}`));
		t.same(await Promise.all(modes), ['200', '200', '200', '444']);
		t.equal(await sys.readlink(`${root}/${DRIVER}/contract_dev0`), '../../../../devices/contract_dev0');
		t.equal(await sys.readlink(`${root}/${DRIVER}/module`), '../../../../module/contract_device');
		t.same(await names(sys, `${root}/module/contract_device/drivers`), ['contract_bus:contract_driver']);
	}),

	on('device_add: the files of a device, those of its driver among them, and its links', async (t, sys, root) => {
		const dev = `${root}/devices/contract_dev0`;
		t.same(await names(sys, dev), ['driver', 'group', 'of_bound', 'power', 'subsystem', 'uevent']);
		t.same(
			await names(sys, `${root}/devices/contract_dev1`),
			['group', 'power', 'subsystem', 'uevent'],
			'one without a driver',
		);
		t.equal(await readFile(sys, `${dev}/group/of_device`), 'device\n');
		t.equal(await sys.readlink(`${dev}/driver`), '../../bus/contract_bus/drivers/contract_driver');
		t.equal(await sys.readlink(`${dev}/subsystem`), '../../bus/contract_bus');
		t.equal(await sys.readlink(`${root}/${BUS}/devices/contract_dev0`), '../../../devices/contract_dev0');
		t.equal(await readFile(sys, `${dev}/uevent`), 'DRIVER=contract_driver\n');
		t.equal(await readFile(sys, `${root}/devices/contract_dev1/uevent`), '');
		t.equal(await mode(sys, `${dev}/uevent`), '644');
	}),

	on('device_create: a device of a class, without a parent', async (t, sys, root) => {
		const dev = `${root}/devices/virtual/contract_class/contract_obj`;
		t.same(await names(sys, dev), ['dev', 'of_class', 'power', 'subsystem', 'uevent']);
		t.equal(
			await sys.readlink(`${root}/class/contract_class/contract_obj`),
			'../../devices/virtual/contract_class/contract_obj',
		);
		t.equal(await sys.readlink(`${dev}/subsystem`), '../../../../class/contract_class');
		t.equal(await sys.readlink(`${root}/dev/char/240:5`), '../../devices/virtual/contract_class/contract_obj');
		t.equal(await readFile(sys, `${dev}/dev`), '240:5\n');
		t.equal(await readFile(sys, `${dev}/uevent`), 'MAJOR=240\nMINOR=5\nDEVNAME=contract_obj\nCONTRACT=kept\n');
	}),

	on('unbind, bind: what is written to them, and what becomes of the device', async (t, sys, root) => {
		const dev = `${root}/devices/contract_dev0`;
		const bind = `${root}/${DRIVER}/bind`;
		const unbind = `${root}/${DRIVER}/unbind`;
		await t.rejects(writeFile(sys, bind, 'contract_dev0'), { code: 'EBUSY' });
		t.equal(await writeFile(sys, unbind, 'contract_dev0\n'), 14);
		t.same(await names(sys, dev), ['group', 'power', 'subsystem', 'uevent']);
		t.equal(await readFile(sys, `${dev}/uevent`), '');
		await t.rejects(sys.readlink(`${root}/${DRIVER}/contract_dev0`), { code: 'ENOENT' });
		await t.rejects(writeFile(sys, unbind, 'contract_dev0'), { code: 'ENODEV' });
		t.equal(await writeFile(sys, bind, 'contract_dev0'), 13);
		t.equal(await readFile(sys, `${dev}/of_bound`), 'bound\n');
		for (const name of ['nobody', '', '\n', 'contract_dev0 ', 'contract_dev0\n\n']) {
			if (name !== '') await t.rejects(writeFile(sys, bind, name), { code: 'ENODEV' }, JSON.stringify(name));
		}
		await t.rejects(writeFile(sys, bind, 'contract_dev1'), { code: 'ENXIO' }, 'what the probe says');
		await t.rejects(sys.readlink(`${root}/devices/contract_dev1/driver`), { code: 'ENOENT' });
	}),

	on('drivers_probe: tries the drivers on a device', async (t, sys, root) => {
		const probe = `${root}/${BUS}/drivers_probe`;
		await writeFile(sys, `${root}/${DRIVER}/unbind`, 'contract_dev0');
		t.equal(await writeFile(sys, probe, 'contract_dev0'), 13);
		t.equal(
			await sys.readlink(`${root}/devices/contract_dev0/driver`),
			'../../bus/contract_bus/drivers/contract_driver',
		);
		t.equal(await writeFile(sys, probe, 'contract_dev1'), 13, 'nobody takes it, and that is no error');
		await t.rejects(writeFile(sys, probe, 'nobody'), { code: 'ENODEV' });
	}),

	on('drivers_autoprobe: 0 is no, anything else yes', async (t, sys, root) => {
		const file = `${root}/${BUS}/drivers_autoprobe`;
		for (const [written, shown] of [
			['0', '0\n'],
			['7', '1\n'],
			['0junk', '0\n'],
			['no', '1\n'],
		] as const) {
			t.equal(await writeFile(sys, file, written), written.length);
			t.equal(await readFile(sys, file), shown);
		}
	}),

	on('uevent: an event that a program asks for is refused by its wrong name', async (t, sys, root) => {
		t.equal(await writeFile(sys, `${root}/devices/contract_dev0/uevent`, 'change'), 6);
		t.equal(await writeFile(sys, `${root}/${DRIVER}/uevent`, 'add\n'), 4);
		t.equal(await writeFile(sys, `${root}/${BUS}/uevent`, 'add'), 3);
		await t.rejects(writeFile(sys, `${root}/devices/contract_dev0/uevent`, 'Change'), { code: 'EINVAL' });
		await t.rejects(writeFile(sys, `${root}/${BUS}/uevent`, ''.padEnd(5, 'x')), { code: 'EINVAL' });
	}),
];
