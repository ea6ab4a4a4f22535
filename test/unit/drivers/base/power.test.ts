/** power - kernel-sim/drivers/base/power: when devices sleep, and what the directory `power` says of it. */

import t, { type Test } from 'tap';
import { Bus } from '../../../../kernel-sim/drivers/base/bus.ts';
import { Device, type DeviceInit } from '../../../../kernel-sim/drivers/base/core.ts';
import type { DevPmOps } from '../../../../kernel-sim/drivers/base/power/runtime.ts';
import { Errno, type ErrnoName } from '../../../../src/lib/errno.ts';
import { MILLISECOND } from '../../../../src/testing/fake_host.ts';
import { O_WRONLY } from '../../../../src/uapi/fcntl.ts';
import { Booted } from '../../fs/proc/booted.ts';
import { codeOf } from '../../kernel/bench_kernel.ts';

class Machine extends Booted {
	/** What drivers were called for. */
	readonly calls: string[] = [];
	readonly bus: Bus;
	refusal: Partial<Record<keyof DevPmOps, unknown>> = {};

	constructor(t: Test, oopses = 0) {
		super(t, { oopses });
		this.bus = new Bus(this.kernel.driverCore, { name: 'toy', pm: this.#pm() });
	}

	add(name: string, init: DeviceInit = {}): Device {
		const dev = new Device(name, { bus: this.bus, ...init });
		this.kernel.driverCore.add(dev);
		return dev;
	}

	/** One that is awake, and is looked after. */
	awake(name: string, init: DeviceInit = {}): Device {
		const dev = this.add(name, init);
		dev.power.setStatus('active');
		dev.power.enable();
		return dev;
	}

	async power({ path }: Device, name: string): Promise<string> {
		return (await this.read(`/sys${path}/power/${name}`)).trimEnd();
	}

	async write({ path }: Device, name: string, text: string): Promise<void> {
		const fd = await this.task.open(`/sys${path}/power/${name}`, O_WRONLY);
		try {
			await this.task.write(fd, text);
		} finally {
			await this.task.close(fd);
		}
	}

	#pm(): DevPmOps {
		const call = (name: keyof DevPmOps) => (dev: Device) => {
			this.calls.push(`${name.slice('runtime'.length)} ${dev.name}`);
			const refusal = this.refusal[name];
			if (refusal !== undefined) throw refusal;
		};
		const names = ['runtimeSuspend', 'runtimeResume', 'runtimeIdle'] as const;
		return Object.fromEntries(names.map(name => [name, call(name)]));
	}
}

t.test('power: of a device that nobody looks after', async t => {
	const machine = new Machine(t);
	const dev = machine.add('dev');
	const names = ['autosuspend_delay_ms', 'control', 'runtime_active_time', 'runtime_status', 'runtime_suspended_time'];
	t.same((await machine.names('/sys/devices/dev/power')).sort(), names);
	for (const [name, shown] of [
		['control', 'auto'],
		['runtime_status', 'unsupported'],
		['runtime_active_time', '0'],
		['runtime_suspended_time', '0'],
	] as const) {
		t.equal(await machine.power(dev, name), shown);
	}
	t.equal(await codeOf(() => machine.power(dev, 'autosuspend_delay_ms')), 'EIO');
	t.equal(await codeOf(() => machine.write(dev, 'autosuspend_delay_ms', '5')), 'EIO');
	machine.host.advance(MILLISECOND);
	t.equal(await machine.power(dev, 'runtime_suspended_time'), '0', 'nobody counts');
	await machine.write(dev, 'control', 'on\n');
	t.equal(await machine.power(dev, 'control'), 'on');
	t.equal(dev.power.usageCount, 1);
	await machine.write(dev, 'control', 'on');
	t.equal(dev.power.usageCount, 1);
	for (const wrong of ['On', 'off', 'on\n\n', ' on', '1']) {
		t.equal(await codeOf(() => machine.write(dev, 'control', wrong)), 'EINVAL', JSON.stringify(wrong));
	}
	await machine.write(dev, 'control', 'auto');
	t.equal(dev.power.usageCount, 0);
	t.same(machine.calls, []);
	t.throws(() => dev.power.get(), { code: 'EACCES' });
	t.equal(dev.power.usageCount, 0);
	await machine.kernel.driverCore.unregister(dev);
});

t.test('control: on keeps a device awake, auto lets it sleep, and time is counted', async t => {
	const machine = new Machine(t);
	const dev = machine.awake('dev');
	machine.host.advance(3 * MILLISECOND);
	t.equal(await machine.power(dev, 'runtime_status'), 'active');
	dev.power.idle();
	t.equal(await machine.power(dev, 'runtime_status'), 'suspended');
	machine.host.advance(5 * MILLISECOND);
	await machine.write(dev, 'control', 'on');
	t.equal(await machine.power(dev, 'runtime_status'), 'active');
	dev.power.get();
	dev.power.put();
	t.equal(await machine.power(dev, 'runtime_status'), 'active', 'control is a user as others are');
	machine.host.advance(MILLISECOND);
	await machine.write(dev, 'control', 'auto');
	t.same(machine.calls, ['Idle dev', 'Suspend dev', 'Resume dev', 'Idle dev', 'Suspend dev']);
	t.equal(await machine.power(dev, 'runtime_active_time'), '4');
	t.equal(await machine.power(dev, 'runtime_suspended_time'), '5');
});

t.test('autosuspend_delay_ms: a device sleeps once it was idle for that long', async t => {
	const machine = new Machine(t);
	const dev = machine.awake('dev');
	dev.power.setAutosuspend(true, -1);
	t.equal(await machine.power(dev, 'autosuspend_delay_ms'), '-1');
	dev.power.idle();
	t.equal(dev.power.status, 'active', 'never');
	dev.power.markLastBusy();
	await machine.write(dev, 'autosuspend_delay_ms', '100\n');
	machine.host.advance(99 * MILLISECOND);
	t.equal(dev.power.status, 'active');
	machine.host.advance(MILLISECOND);
	t.equal(dev.power.status, 'suspended');
	for (const wrong of ['', 'x', '1.5', '2147483648', '0x10', '1 2']) {
		if (wrong !== '') t.equal(await codeOf(() => machine.write(dev, 'autosuspend_delay_ms', wrong)), 'EINVAL', wrong);
	}
	t.equal(await machine.power(dev, 'autosuspend_delay_ms'), '100');
	await machine.write(dev, 'autosuspend_delay_ms', '-5');
	t.equal(dev.power.status, 'active', 'a negative one wakes it up');
	await machine.write(dev, 'autosuspend_delay_ms', '0');
	t.equal(dev.power.status, 'suspended', 'and 0 is at once');
	await machine.write(dev, 'autosuspend_delay_ms', '50');
	dev.power.get();
	dev.power.markLastBusy();
	dev.power.put();
	t.equal(machine.host.clock.pending > 0, true);
	const before = machine.host.clock.pending;
	await machine.kernel.driverCore.unregister(dev);
	t.equal(machine.host.clock.pending, before - 1, 'one that goes leaves no timer');
});

t.test('pm_runtime: a device stays awake for its users and for those below it', async t => {
	const machine = new Machine(t);
	const above = machine.awake('above');
	const below = machine.awake('below', { parent: above });
	above.power.idle();
	t.equal(above.power.status, 'active');
	below.power.get();
	below.power.idle();
	t.equal(below.power.status, 'active');
	below.power.put();
	t.same([below.power.status, above.power.status], ['suspended', 'suspended'], 'the last wakes nobody');
	below.power.get();
	t.same([below.power.status, above.power.status], ['active', 'active'], 'and needs what is above it');
	t.equal(above.power.childCount, 1);
	t.throws(() => below.power.setStatus('suspended'), { code: 'EAGAIN' });
	below.power.put();
	t.throws(() => below.power.put(), RangeError);
	const asleep = machine.add('asleep', { parent: above });
	t.throws(() => asleep.power.setStatus('active'), { code: 'EBUSY' });
});

t.test('pm_runtime: what a driver refuses', async t => {
	const machine = new Machine(t);
	const dev = machine.awake('dev');
	const refuse = (name: keyof DevPmOps, code?: ErrnoName) => {
		machine.refusal = code === undefined ? {} : { [name]: new Errno(code) };
	};
	refuse('runtimeIdle', 'EBUSY');
	dev.power.idle();
	t.equal(dev.power.status, 'active');
	refuse('runtimeSuspend', 'EAGAIN');
	dev.power.idle();
	t.equal(await machine.power(dev, 'runtime_status'), 'active', 'not now');
	refuse('runtimeSuspend');
	dev.power.idle();
	refuse('runtimeResume', 'ETIMEDOUT');
	t.throws(() => dev.power.get(), { code: 'ETIMEDOUT' });
	t.equal(await machine.power(dev, 'runtime_status'), 'error');
	t.throws(() => dev.power.get(), { code: 'EINVAL' }, 'and nothing is tried any more');
	dev.power.setStatus('active');
	t.equal(await machine.power(dev, 'runtime_status'), 'active', 'until somebody says what it is');
});

t.test('pm_runtime: a driver that stumbles is an oops', async t => {
	const machine = new Machine(t, 1);
	const dev = machine.awake('dev');
	machine.refusal = { runtimeSuspend: new TypeError('a mistake') };
	dev.power.idle();
	t.equal(await machine.power(dev, 'runtime_status'), 'error');
});

t.test('pm_qos_resume_latency_us: of processors alone', async t => {
	const machine = new Machine(t);
	const file = '/sys/devices/system/cpu/cpu0/power/pm_qos_resume_latency_us';
	t.equal(await machine.read(file), '0\n');
	const write = async (text: string) => {
		const fd = await machine.task.open(file, O_WRONLY);
		const code = await codeOf(() => machine.task.write(fd, text));
		await machine.task.close(fd);
		return code;
	};
	for (const [text, shown] of [
		['5', '5\n'],
		['n/a\n', 'n/a\n'],
		['0x10', '16\n'],
		['0', '0\n'],
	] as const) {
		t.equal(await write(text), undefined);
		t.equal(await machine.read(file), shown);
	}
	for (const wrong of ['-1', '2147483647', 'x', 'N/A', '\n']) t.equal(await write(wrong), 'EINVAL', wrong);
	t.equal(await machine.read(file), '0\n');
});

t.test('power: not of a cache, but of the directory of a bus of the machine itself', async t => {
	const machine = new Machine(t);
	t.notOk((await machine.names('/sys/devices/system/cpu/cpu0/cache/index0')).includes('power'));
	t.ok((await machine.names('/sys/devices/system/cpu')).includes('power'));
});
