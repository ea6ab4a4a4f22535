/**
 * base.test - kernel-sim/drivers/base: buses, classes, devices, drivers and the links between them.
 */

import t, { type Test } from 'tap';
import { Bus, type BusType } from '../../../../kernel-sim/drivers/base/bus.ts';
import { Class } from '../../../../kernel-sim/drivers/base/class.ts';
import { Device, type DeviceInit } from '../../../../kernel-sim/drivers/base/core.ts';
import { probeDefer } from '../../../../kernel-sim/drivers/base/dd.ts';
import type { DriverType } from '../../../../kernel-sim/drivers/base/driver.ts';
import { PLATFORM_DEVID_AUTO } from '../../../../kernel-sim/drivers/base/platform.ts';
import { Errno } from '../../../../src/lib/errno.ts';
import { O_WRONLY } from '../../../../src/uapi/fcntl.ts';
import { MKDEV } from '../../../../src/uapi/stat.ts';
import { Booted, type BootedOptions } from '../../fs/proc/booted.ts';
import { codeOf } from '../../kernel/bench_kernel.ts';

/** A machine, and what its kernel tells of its objects. */
class Machine extends Booted {
	readonly events: string[] = [];

	constructor(t: Test, options: BootedOptions = {}) {
		super(t, options);
		t.teardown(
			this.kernel.uevents.listen(({ action, devpath, env }) => {
				this.events.push(`${action}@${devpath} ${env.slice(2, -1).join(' ')}`.trim());
			}),
		);
	}

	get core() {
		return this.kernel.driverCore;
	}

	/** The events since the last call. */
	told(): string[] {
		return this.events.splice(0);
	}

	async write(path: string, text: string): Promise<void> {
		const fd = await this.task.open(path, O_WRONLY);
		try {
			await this.task.write(fd, Buffer.from(text));
		} finally {
			await this.task.close(fd);
		}
	}

	/** The names in a directory, sorted. */
	async sorted(path: string): Promise<string[]> {
		return (await this.names(path)).sort();
	}

	bus(type: Partial<BusType> = {}): Bus {
		const bus = new Bus(this.core, { name: 'toy', ...type });
		this.told();
		return bus;
	}

	async add(name: string, init: DeviceInit): Promise<Device> {
		const dev = new Device(name, init);
		await this.core.add(dev);
		return dev;
	}
}

t.test('device_add: a device without bus and class is a directory, and nobody hears of it', async t => {
	const machine = new Machine(t);
	const plain = await machine.add('plain', {});
	t.same(await machine.sorted('/sys/devices/plain'), ['power', 'uevent']);
	t.same(machine.told(), []);
	t.equal(await codeOf(() => machine.core.add(new Device('plain'))), 'EEXIST');
	t.equal(await codeOf(() => machine.core.add(new Device(''))), 'EINVAL');
	await machine.core.unregister(plain);
	t.equal(await codeOf(() => machine.task.stat('/sys/devices/plain')), 'ENOENT');
	t.equal(plain.refcount, 0);
});

t.test('class: where its devices are, and the links to them and from them', async t => {
	const machine = new Machine(t);
	const { core, task } = machine;
	const cls = new Class(core, { name: 'toys', devUevent: (_dev, env) => env.add('TOY=yes') });
	const parent = await machine.add('parent', {});
	const alone = await machine.add('alone', { class: cls, devt: MKDEV(60, 3) });
	const child = await machine.add('child', { class: cls, parent });
	const grandchild = await machine.add('grandchild', { class: cls, parent: child });
	t.equal(alone.path, '/devices/virtual/toys/alone');
	t.equal(child.path, '/devices/parent/toys/child');
	t.equal(grandchild.path, '/devices/parent/toys/child/grandchild');
	t.equal(await task.readlink('/sys/class/toys/alone'), '../../devices/virtual/toys/alone');
	t.equal(await task.readlink('/sys/devices/parent/toys/child/device'), '../../../parent');
	t.equal(await task.readlink('/sys/devices/parent/toys/child/subsystem'), '../../../../class/toys');
	t.equal(await task.readlink('/sys/dev/char/60:3'), '../../devices/virtual/toys/alone');
	t.equal(await machine.read('/sys/class/toys/alone/dev'), '60:3\n');
	t.equal(await machine.read('/sys/class/toys/alone/uevent'), 'MAJOR=60\nMINOR=3\nDEVNAME=alone\nTOY=yes\n');
	t.same(machine.told(), [
		'add@/class/toys SUBSYSTEM=class',
		'add@/devices/virtual/toys/alone SUBSYSTEM=toys MAJOR=60 MINOR=3 DEVNAME=alone TOY=yes',
		'add@/devices/parent/toys/child SUBSYSTEM=toys TOY=yes',
		'add@/devices/parent/toys/child/grandchild SUBSYSTEM=toys TOY=yes',
	]);
	for (const dev of [grandchild, child, alone, parent]) await core.unregister(dev);
	t.same(await machine.sorted('/sys/class/toys'), []);
	t.notOk((await machine.names('/sys/dev/char')).includes('60:3'));
	t.equal(
		await codeOf(() => task.stat('/sys/devices/virtual/toys')),
		'ENOENT',
		'the directory between goes with the last',
	);
	cls.unregister();
	t.equal(cls.subsys.refcount, 0);
});

t.test('bus: its files, and its devices and drivers as they find one another', async t => {
	const machine = new Machine(t);
	const seen: string[] = [];
	const bus = machine.bus({ match: (dev, driver) => dev.name.startsWith(driver.name) });
	t.same(await machine.sorted('/sys/bus/toy'), ['devices', 'drivers', 'drivers_autoprobe', 'drivers_probe', 'uevent']);
	const driver: DriverType = {
		name: 'car',
		probe: dev => void seen.push(`probe ${dev.name}`),
		remove: dev => void seen.push(`remove ${dev.name}`),
		devGroups: [{ attrs: { speed: { mode: 0o444, show: () => '5\n' } } }],
	};
	const car1 = await machine.add('car1', { bus });
	await machine.add('plane1', { bus });
	const car = await bus.addDriver(driver);
	const car2 = await machine.add('car2', { bus });
	t.same(seen, ['probe car1', 'probe car2']);
	t.equal(await machine.task.readlink('/sys/bus/toy/devices/car1'), '../../../devices/car1');
	t.equal(await machine.task.readlink('/sys/devices/car1/driver'), '../../bus/toy/drivers/car');
	t.equal(await machine.task.readlink('/sys/bus/toy/drivers/car/car2'), '../../../../devices/car2');
	t.same(await machine.sorted('/sys/devices/car1'), ['driver', 'power', 'speed', 'subsystem', 'uevent']);
	t.same(await machine.sorted('/sys/bus/toy/drivers/car'), ['bind', 'car1', 'car2', 'uevent', 'unbind']);
	t.same(machine.told(), [
		'add@/devices/car1 SUBSYSTEM=toy',
		'add@/devices/plane1 SUBSYSTEM=toy',
		'bind@/devices/car1 SUBSYSTEM=toy DRIVER=car',
		'add@/bus/toy/drivers/car SUBSYSTEM=drivers',
		'add@/devices/car2 SUBSYSTEM=toy',
		'bind@/devices/car2 SUBSYSTEM=toy DRIVER=car',
	]);
	await machine.core.unregister(car2);
	t.same(machine.told(), ['unbind@/devices/car2 SUBSYSTEM=toy', 'remove@/devices/car2 SUBSYSTEM=toy']);
	await bus.removeDriver(car);
	t.same(seen.slice(2), ['remove car2', 'remove car1']);
	t.equal(car1.driver, undefined);
	t.same(await machine.sorted('/sys/devices/car1'), ['power', 'subsystem', 'uevent']);
	t.equal(await codeOf(() => bus.addDriver(driver).valueOf()), undefined);
	t.equal(await codeOf(() => bus.addDriver(driver)), 'EBUSY', 'a name is taken once');
});

t.test('bind, unbind, drivers_probe, drivers_autoprobe: what is written to them (SY17)', async t => {
	const machine = new Machine(t);
	const bus = machine.bus();
	await machine.write('/sys/bus/toy/drivers_autoprobe', '0\n');
	t.equal(await machine.read('/sys/bus/toy/drivers_autoprobe'), '0\n');
	await bus.addDriver({ name: 'car' });
	await bus.addDriver({ name: 'bus', probe: () => Promise.reject(new Errno('EIO')) });
	const dev = await machine.add('one', { bus });
	t.equal(dev.driver, undefined);
	const drivers = '/sys/bus/toy/drivers';
	for (const file of [`${drivers}/car/bind`, `${drivers}/car/unbind`, '/sys/bus/toy/drivers_probe']) {
		t.equal(await codeOf(() => machine.write(file, 'nobody')), 'ENODEV', file);
	}
	t.equal(await codeOf(() => machine.write(`${drivers}/car/unbind`, 'one')), 'ENODEV', 'it is not bound');
	t.equal(await codeOf(() => machine.write(`${drivers}/bus/bind`, 'one')), 'EIO', 'what the probe says');
	await machine.write(`${drivers}/car/bind`, 'one\n');
	t.equal(dev.driver?.name, 'car');
	t.equal(await codeOf(() => machine.write(`${drivers}/bus/bind`, 'one')), 'EBUSY');
	await machine.write(`${drivers}/car/unbind`, 'one');
	t.equal(dev.driver, undefined);
	await machine.write('/sys/bus/toy/drivers_probe', 'one');
	t.equal(dev.driver?.name, 'car');
	await machine.write('/sys/bus/toy/drivers_autoprobe', 'anything');
	t.equal(await machine.read('/sys/bus/toy/drivers_autoprobe'), '1\n');
});

t.test(
	'really_probe: a probe that refuses leaves nothing, one that throws is an oops, devres goes with the driver',
	async t => {
		const machine = new Machine(t, { oopses: 1 });
		const bus = machine.bus();
		const undone: string[] = [];
		const answers: readonly (() => void)[] = [
			() => {
				throw new Errno('ENODEV');
			},
			() => {
				throw new Errno('ENOMEM');
			},
			() => {
				throw new TypeError('a mistake');
			},
		];
		for (const [i, answer] of answers.entries()) {
			const probe = (dev: Device) => {
				dev.devres.add(() => undone.push(`${i}`));
				answer();
			};
			await bus.addDriver({ name: `driver${i}`, probe });
		}
		const dev = await machine.add('one', { bus });
		t.equal(dev.driver, undefined);
		t.same(undone, ['0', '1', '2']);
		t.same(await machine.sorted('/sys/devices/one'), ['power', 'subsystem', 'uevent']);
		t.match(machine.host.lines.join('\n'), /driver1 one: probe with driver driver1 failed with error -12\n/);
		t.notMatch(machine.host.lines.join('\n'), /driver0 one: probe with driver/);
		t.match(machine.host.lines.join('\n'), /BUG: .*a mistake/);
	},
);

t.test('deferred probe: a device that waits for another is tried again when that is bound', async t => {
	const machine = new Machine(t);
	const bus = machine.bus({ match: (dev, driver) => dev.name === driver.name });
	let supplied = false;
	await bus.addDriver({
		name: 'consumer',
		probe() {
			if (!supplied) throw probeDefer('waiting for supplier');
		},
	});
	await bus.addDriver({
		name: 'supplier',
		probe() {
			supplied = true;
		},
	});
	const consumer = await machine.add('consumer', { bus });
	t.equal(consumer.driver, undefined);
	t.same([...machine.core.deferred.list.values()], ['consumer: waiting for supplier']);
	t.equal(await machine.read('/sys/kernel/debug/devices_deferred'), 'consumer\tconsumer: waiting for supplier\n');
	t.equal(await codeOf(() => machine.write('/sys/bus/toy/drivers/consumer/bind', 'consumer')), 'EAGAIN');
	await machine.add('supplier', { bus });
	t.equal(consumer.driver?.name, 'consumer');
	t.equal(machine.core.deferred.list.size, 0);
	t.equal(await machine.read('/sys/kernel/debug/devices_deferred'), '');
});

t.test('a probe that sleeps: the device is locked meanwhile, and whoever removes it waits', async t => {
	const machine = new Machine(t);
	const bus = machine.bus();
	let finish = () => {};
	const order: string[] = [];
	const probe = () => new Promise<void>(resolve => (finish = resolve)).then(() => void order.push('probed'));
	await bus.addDriver({ name: 'slow', probe, remove: () => void order.push('removed') });
	const dev = new Device('one', { bus });
	const added = machine.core.add(dev);
	const gone = Promise.resolve(machine.core.unregister(dev));
	finish();
	await Promise.all([added, gone]);
	t.same(order, ['probed', 'removed']);
	t.equal(dev.driver, undefined);
	t.equal(dev.refcount, 0);
});

t.test('platform: names, modalias, driver_override (SY18)', async t => {
	const machine = new Machine(t);
	const { platform } = machine.kernel;
	const before = await machine.sorted('/sys/devices/platform');
	const { dev: plain } = platform.register({ name: 'chip' });
	const { dev: numbered } = platform.register({ name: 'chip', id: 4 });
	const { dev: automatic } = platform.register({ name: 'chip', id: PLATFORM_DEVID_AUTO });
	t.same([plain.name, numbered.name, automatic.name], ['chip', 'chip.4', 'chip.0.auto']);
	const dir = '/sys/devices/platform/chip.4';
	t.equal(await machine.read(`${dir}/modalias`), 'platform:chip\n');
	t.equal(await machine.read(`${dir}/uevent`), 'MODALIAS=platform:chip\n');
	t.equal(await machine.read(`${dir}/driver_override`), '(null)\n');
	await machine.write(`${dir}/driver_override`, 'other\n');
	t.equal(await machine.read(`${dir}/driver_override`), 'other\n');
	await platform.addDriver({ name: 'chip' });
	await platform.addDriver({ name: 'other', idTable: ['none'] });
	t.same([plain.driver?.name, numbered.driver?.name, automatic.driver?.name], ['chip', 'other', 'chip']);
	await machine.write(`${dir}/driver_override`, '\n');
	t.equal(await machine.read(`${dir}/driver_override`), '(null)\n');
	t.equal(await machine.task.readlink('/sys/bus/platform/devices/chip.4'), '../../../devices/platform/chip.4');
	for (const dev of [plain, numbered, automatic]) await machine.core.unregister(dev);
	t.same(await machine.sorted('/sys/devices/platform'), before);
});

t.test('device_add: one whose files are made later has the same, and goes as others do', async t => {
	const machine = new Machine(t);
	const groups = [{ attrs: { size: { mode: 0o444, show: () => '4\n' } } }];
	const cls = new Class(machine.core, { name: 'tool', devGroups: groups });
	t.same(machine.told(), ['add@/class/tool SUBSYSTEM=class']);
	for (const later of [false, true]) {
		const dev = cls.newDevice('saw', { devt: MKDEV(240, 7), later });
		await machine.core.add(dev);
		t.match(await machine.task.stat('/sys/class/tool/saw'), { nlink: 3 }, `later: ${later}`);
		t.same(await machine.sorted('/sys/devices/virtual/tool/saw'), ['dev', 'power', 'size', 'subsystem', 'uevent']);
		t.equal(await machine.read('/sys/dev/char/240:7/uevent'), 'MAJOR=240\nMINOR=7\nDEVNAME=saw\n');
		t.equal(await machine.read('/sys/class/tool/saw/size'), '4\n');
		await machine.core.unregister(dev);
		t.same(await machine.names('/sys/class/tool'), []);
		t.same(machine.told(), [
			'add@/devices/virtual/tool/saw SUBSYSTEM=tool MAJOR=240 MINOR=7 DEVNAME=saw',
			'remove@/devices/virtual/tool/saw SUBSYSTEM=tool MAJOR=240 MINOR=7 DEVNAME=saw',
		]);
	}
	const never = cls.newDevice('axe', { later: true });
	await machine.core.add(never);
	await machine.core.unregister(never);
	t.equal(never.refcount, 0);
});
