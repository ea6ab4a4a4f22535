/** net_sysfs - kernel-sim/net/core: what may be changed of a network device in /sys, and who else sees it. */

import t, { type Test } from 'tap';
import { Errno } from '../../../../src/lib/errno.ts';
import { O_WRONLY } from '../../../../src/uapi/fcntl.ts';
import { IFF_BROADCAST, IFF_UP } from '../../../../src/uapi/if.ts';
import { Booted } from '../../fs/proc/booted.ts';
import { codeOf } from '../../kernel/bench_kernel.ts';

class Machine extends Booted {
	readonly events: string[] = [];
	/** What is told to listeners of RTNLGRP_LINK, as `name change`. */
	readonly links: string[] = [];

	constructor(t: Test) {
		super(t);
		t.teardown(
			this.kernel.uevents.listen(({ action, devpath, subsystem }) => {
				this.events.push(`${action}@${devpath} ${subsystem}`);
			}),
		);
		this.kernel.net.devices.watch(({ name }, change) => this.links.push(`${name} ${change.toString(16)}`));
	}

	async write(file: string, text: string): Promise<string | undefined> {
		const fd = await this.task.open(`/sys/class/net/${file}`, O_WRONLY);
		const code = await codeOf(() => this.task.write(fd, text));
		await this.task.close(fd);
		return code;
	}

	async show(file: string): Promise<string> {
		return (await this.read(`/sys/class/net/${file}`)).trimEnd();
	}

	/** Destinations of the routes through a device, in all tables. */
	routes(name: string): string[] {
		const routes = [...this.kernel.net.fib.tables].flatMap(table => [...table]);
		const through = routes.filter(({ info }) => info.nh.dev?.name === name);
		return through.map(({ dst, dstLen }) => `${[24, 16, 8, 0].map(bit => (dst >>> bit) & 255).join('.')}/${dstLen}`);
	}
}

t.test('netdev_register_kobject: a device is a directory, and add is sent of it and then of its queues', async t => {
	const machine = new Machine(t);
	const { devices } = machine.kernel.net;
	const dev = devices.register({ name: 'new0', flags: IFF_BROADCAST, mtu: 1500, address: new Uint8Array(6) });
	const dir = '/devices/virtual/net/new0';
	t.same(machine.events.splice(0), [
		`add@${dir} net`,
		`add@${dir}/queues/rx-0 queues`,
		`add@${dir}/queues/tx-0 queues`,
	]);
	t.same(machine.links.splice(0), ['new0 -1']);
	t.equal(await machine.task.readlink('/sys/class/net/new0'), '../../devices/virtual/net/new0');
	t.equal(await machine.show('new0/uevent'), 'INTERFACE=new0\nIFINDEX=3');
	t.equal(await machine.show('new0/operstate'), 'down');
	for (const file of ['carrier', 'dormant', 'testing', 'speed', 'duplex']) {
		t.equal(await codeOf(() => machine.show(`new0/${file}`)), 'EINVAL', file);
	}
	dev.changeFlags(IFF_UP);
	devices.unregister(dev);
	t.same(machine.events.splice(0), [
		`remove@${dir}/queues/rx-0 queues`,
		`remove@${dir}/queues/tx-0 queues`,
		`remove@${dir} net`,
	]);
	t.notOk((await machine.names('/sys/class/net')).includes('new0'));
	t.same((await machine.names('/sys/devices/virtual/net')).sort(), ['eth0', 'lo']);
	devices.unregister(dev);
	t.throws(() => devices.register({ name: 'eth0', flags: 0, mtu: 1500, address: new Uint8Array(6) }), {
		code: 'EEXIST',
	});
	t.throws(() => devices.register({ name: 'a b', flags: 0, mtu: 1500, address: new Uint8Array(6) }), {
		code: 'EINVAL',
	});
});

t.test('mtu: between the least and the greatest of the device; the log says what is wrong', async t => {
	const machine = new Machine(t);
	for (const [text, shown] of [
		['1400\n', '1400'],
		['0x600', '1536'],
		['68', '68'],
		['65535', '65535'],
		['4294968796', '1500'],
	] as const) {
		t.equal(await machine.write('eth0/mtu', text), undefined, text);
		t.equal(await machine.show('eth0/mtu'), shown);
		t.equal(machine.kernel.net.devices.byName('eth0')!.mtu, Number(shown));
	}
	t.equal(machine.links.length, 5);
	for (const [text, code] of [
		['67', 'EINVAL'],
		['65536', 'EINVAL'],
		['-1', 'EINVAL'],
		['', undefined],
		['\n', 'EINVAL'],
		['1500 1', 'EINVAL'],
		['99999999999999999999999', 'ERANGE'],
	] as const) {
		t.equal(await machine.write('eth0/mtu', text), code, JSON.stringify(text));
	}
	t.equal(await machine.show('eth0/mtu'), '1500');
	const log = machine.host.lines.join('\n');
	t.match(log, /eth0: mtu less than device minimum\n/);
	t.match(log, /eth0: mtu greater than device maximum/);
	await machine.write('eth0/mtu', '1500');
	t.equal(machine.links.length, 5, 'what it is already is no change');
});

t.test('flags: a device goes down and up, with the routes that lead through it', async t => {
	const machine = new Machine(t);
	const { fib } = machine.kernel.net;
	fib.insert({ dst: 0, dstLen: 0, gateway: 0xc0a8_0002 | 0 }, 0x400);
	const heard: string[] = [];
	fib.subscribe(({ type, route: { dstLen } }) => heard.push(`${type} /${dstLen}`));
	t.same(machine.routes('eth0'), ['0.0.0.0/0', '192.168.0.0/24', '192.168.0.1/32', '192.168.0.255/32']);
	t.equal(await machine.show('eth0/flags'), '0x1003');
	t.equal(await machine.write('eth0/flags', '0x1002'), undefined);
	t.equal(await machine.show('eth0/flags'), '0x1002');
	t.equal(await machine.show('eth0/operstate'), 'down');
	t.equal(await codeOf(() => machine.show('eth0/carrier')), 'EINVAL');
	t.same(machine.routes('eth0'), ['192.168.0.1/32'], 'the address stays');
	t.same(heard, [], 'nobody hears of routes that go with their device');
	t.same(machine.links.splice(0), ['eth0 1']);
	t.equal(await machine.write('eth0/flags', '0x1003'), undefined);
	t.same(machine.routes('eth0'), ['192.168.0.0/24', '192.168.0.1/32', '192.168.0.255/32'], 'but the gateway is gone');
	t.same(heard, ['new /24', 'new /32']);
	t.same(machine.links.splice(0), ['eth0 1', 'eth0 0'], 'it is up, and then its wire is there');
	t.equal(await machine.show('eth0/operstate'), 'up');
	t.equal(await machine.show('eth0/carrier_changes'), '3');
	t.equal(await machine.show('eth0/carrier_up_count'), '2');
	t.equal(await machine.show('eth0/carrier_down_count'), '1');
});

t.test('flags: what may be set of them, and what may not', async t => {
	const machine = new Machine(t);
	const dev = machine.kernel.net.devices.byName('eth0')!;
	for (const [text, shown] of [
		['0xffffffff', '0xf3a7'],
		['0x1043', '0x1003'],
		['0x1', '0x3'],
		['0xffffffffffff', '0xf3a7'],
		['0x1003', '0x1003'],
	] as const) {
		t.equal(await machine.write('eth0/flags', text), undefined);
		t.equal(await machine.show('eth0/flags'), shown, text);
	}
	t.equal(dev.userFlags, 0x1_1043);
	await machine.write('eth0/flags', '0x1103');
	t.equal(dev.receives.promiscuity, 1);
	t.equal(dev.userFlags, 0x1_1143);
	await machine.write('eth0/flags', '0x1003');
	t.equal(dev.receives.promiscuity, 0);
	t.match(machine.host.lines.join('\n'), /eth0: entered promiscuous mode\n.*eth0: left promiscuous mode\n/s);
	t.equal(await machine.write('eth0/flags', 'up'), 'EINVAL');
});

t.test('flags: a device that refuses to go up stays down', async t => {
	const machine = new Machine(t);
	const { devices } = machine.kernel.net;
	const open = () => {
		throw new Errno('EBUSY');
	};
	devices.register({ name: 'new0', flags: 0, mtu: 1500, address: new Uint8Array(6), open });
	t.equal(await machine.write('new0/flags', '0x5'), 'EBUSY');
	t.equal(await machine.show('new0/flags'), '0x4', 'the rest is done');
});

t.test('lo: an MTU that is too small for IPv4 takes the addresses away, and it gets one as it comes up', async t => {
	const machine = new Machine(t);
	const addresses = () => [...machine.kernel.net.inet].map(({ label }) => label);
	t.equal(await machine.write('lo/mtu', '60'), undefined);
	t.same(addresses(), ['eth0']);
	t.same(machine.routes('lo'), []);
	t.equal(await machine.write('lo/mtu', '2147483648'), 'EINVAL');
	t.equal(await machine.write('lo/mtu', '65536'), undefined);
	t.same(addresses(), ['eth0'], 'they do not come back');
	await machine.write('lo/flags', '0x8');
	await machine.write('lo/flags', '0x9');
	t.same(addresses(), ['eth0', 'lo']);
	t.equal(machine.routes('lo').length, 3);
});

t.test('netdev_store: other files', async t => {
	const machine = new Machine(t);
	for (const [file, text, answer] of [
		['tx_queue_len', '500', '500'],
		['tx_queue_len', '4294967295', '-1'],
		['tx_queue_len', '4294967296', 'ERANGE'],
		['tx_queue_len', '-1', 'EINVAL'],
		['netdev_group', '7', '7'],
		['netdev_group', '4294967295', '-1'],
		['gro_flush_timeout', '18446744073709551615', '18446744073709551615'],
		['gro_flush_timeout', '18446744073709551616', 'ERANGE'],
		['napi_defer_hard_irqs', '2147483647', '2147483647'],
		['napi_defer_hard_irqs', '2147483648', 'ERANGE'],
		['ifalias', 'to the cellar\n', 'to the cellar'],
		['ifalias', 'a\n\n', 'a'],
		['ifalias', '\n', ''],
		['ifalias', 'x'.repeat(255), 'x'.repeat(255)],
		['ifalias', 'x'.repeat(256), 'EINVAL'],
		['proto_down', '1', 'EOPNOTSUPP'],
		['proto_down', 'x', 'EINVAL'],
		['threaded', '1', 'EOPNOTSUPP'],
		['carrier', 'x', 'EOPNOTSUPP'],
		['queues/rx-0/rps_cpus', '3\n', '3'],
		['queues/rx-0/rps_cpus', '0,00000001', 'EOVERFLOW'],
		['queues/rx-0/rps_cpus', '4', 'EOVERFLOW'],
		['queues/rx-0/rps_cpus', 'x', 'EINVAL'],
		['queues/rx-0/rps_flow_cnt', '1000', '1024'],
		['queues/rx-0/rps_flow_cnt', '1024', '1024'],
		['queues/rx-0/rps_flow_cnt', '1', '1'],
		['queues/rx-0/rps_flow_cnt', '4294967297', 'EINVAL'],
		['queues/rx-0/rps_flow_cnt', '0', '0'],
		['queues/tx-0/xps_cpus', '1', 'ENOENT'],
		['queues/tx-0/xps_rxqs', '1', '1'],
		['queues/tx-0/tx_maxrate', '1', 'EOPNOTSUPP'],
		['queues/tx-0/byte_queue_limits/limit_max', '1000', '1000'],
		['queues/tx-0/byte_queue_limits/limit_max', 'max\n', '1879048192'],
		['queues/tx-0/byte_queue_limits/limit_max', '1879048193', 'EINVAL'],
		['queues/tx-0/byte_queue_limits/hold_time', '1001', '1010'],
		['queues/tx-0/byte_queue_limits/stall_thrs', '20', 'ERANGE'],
		['queues/tx-0/byte_queue_limits/stall_thrs', '40', '40'],
		['queues/tx-0/byte_queue_limits/stall_thrs', '1290', 'ERANGE'],
	] as const) {
		const code = await machine.write(`eth0/${file}`, text);
		if (/^E[A-Z]+$/.test(answer)) t.equal(code, answer, `${file}: ${text}`);
		else {
			t.equal(code, undefined, `${file}: ${text}`);
			t.equal(await machine.show(`eth0/${file}`), answer);
		}
	}
	t.equal(await codeOf(() => machine.show('eth0/queues/tx-0/traffic_class')), 'ENOENT');
	t.same(
		await machine.names('/sys/class/net/lo/queues/tx-0').then(names => names.includes('byte_queue_limits')),
		false,
	);
});

t.test(
	'netdev_store: nobody changes a device, not even through a file that root has made writable for him',
	async t => {
		const machine = new Machine(t);
		const nobody = machine.fork({ uid: 65534, gid: 65534 });
		t.throws(() => nobody.open('/sys/class/net/eth0/mtu', O_WRONLY), { code: 'EACCES' });
		for (const file of ['mtu', 'flags', 'ifalias', 'tx_queue_len', 'queues/rx-0/rps_cpus', 'queues/tx-0/tx_maxrate']) {
			await machine.task.chmod(`/sys/class/net/eth0/${file}`, 0o666);
			const fd = await nobody.open(`/sys/class/net/eth0/${file}`, O_WRONLY);
			t.equal(await codeOf(() => nobody.write(fd, '1')), 'EPERM', file);
			await nobody.close(fd);
		}
		t.equal(await machine.show('eth0/mtu'), '1500');
	},
);

t.test('statistics: a file for each number, which are those of /proc/net/dev', async t => {
	const machine = new Machine(t);
	const names = await machine.names('/sys/class/net/eth0/statistics');
	t.equal(names.length, 24);
	for (const name of names) t.equal(await machine.show(`eth0/statistics/${name}`), '0', name);
});
