/** route - ring3 route and ring3 greet: a program's end of protocol 31. */

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { lacks } from './needs.ts';
import { Sandbox } from './sandbox.ts';
import { commandLine, Terminal } from './terminal.ts';

/** A machine with rt_manager, and what a command prints there. */
async function manager(t: Test) {
	const box = new Sandbox(t);
	const { dir } = await box.mount();
	await box.ring3(['insmod', 'rt_manager']);
	const ring3 = async (line: string) => {
		const { stdout, stderr } = await box.ring3(line.split(' '));
		return stdout + stderr;
	};
	return { box, dir, ring3 };
}

const CONNECTED = '192.168.0.0/24 dev eth0 proto kernel scope link src 192.168.0.1\n';

t.test('greet: prints what the kernel answers, which names the port', async t => {
	const { ring3 } = await manager(t);
	t.match(
		await ring3('greet hello'),
		/^Message from user process with port id \d+ has been processed by the kernel\n$/,
	);
	t.match(await ring3('dmesg'), /rt_manager: nlmsg_len 22 nlmsg_type 17 nlmsg_flags 0x5 nlmsg_seq 1 nlmsg_pid 0\n$/);
});

t.test('route: added, shown, found, replaced, deleted, with the words of ip-route', async t => {
	const { dir, ring3 } = await manager(t);
	t.equal(await ring3('route'), CONNECTED);
	t.equal(await ring3('route add 10.1.0.0/16 via 192.168.0.2 dev eth0'), '');
	t.equal(await ring3('route add default via 192.168.0.254 metric 5'), '');
	t.equal(await ring3('route a blackhole 10.9/16'), '');
	t.equal(
		await ring3('route show'),
		`default via 192.168.0.254 dev eth0 metric 5\n10.1.0.0/16 via 192.168.0.2 dev eth0\nblackhole 10.9.0.0/16\n${CONNECTED}`,
	);
	t.match(readFileSync(join(dir, 'proc/net/route'), 'utf8'), /^eth0\t0000010A\t0200A8C0\t0003\t/m);
	t.equal(await ring3('route get 10.1.2.3'), '10.1.0.0/16 via 192.168.0.2 dev eth0\n');
	t.equal(await ring3('route get 10.9.2.3'), 'ring3: route get: invalid argument\n');
	t.equal(await ring3('route replace 10.1.0.0/16 via 192.168.0.3'), '');
	t.equal(await ring3('route show via 192.168.0.3'), '10.1.0.0/16 via 192.168.0.3 dev eth0\n');
	t.equal(await ring3('route del 10.1.0.0/16'), '');
	t.equal(await ring3('route flush proto boot'), '');
	t.equal(await ring3('route'), CONNECTED);
});

t.test('route: what is refused is said in one line', async t => {
	const { ring3 } = await manager(t);
	const cases: readonly (readonly [line: string, said: string])[] = [
		['add 192.168.0.0/24 dev eth0 proto kernel src 192.168.0.1', 'route add: file already exists'],
		['add 10.0.0.0/8 via 172.16.0.1', 'route add: Nexthop has invalid gateway'],
		['add 10.0.0.1/8 dev eth0', 'route add: Invalid prefix for given prefix length'],
		['add 10.0.0.0/8 dev eth9', 'route add: Cannot find device "eth9"'],
		['del 10.0.0.0/8', 'route del: No such route'],
		['get 8.8.8.8', 'route get: Network is unreachable'],
	];
	for (const [line, said] of cases) t.equal(await ring3(`route ${line}`), `ring3: ${said}\n`);
	t.equal(await ring3('route'), CONNECTED, 'and nothing has changed');
	t.equal(await ring3('rmmod rt_manager'), '');
	t.equal(
		await ring3('route'),
		'ring3: route show: nobody manages routes in this machine; try: ring3 insmod rt_manager\n',
	);
});

t.test('route batch: a thousand lines at once, in their order; the first that is refused ends it', async t => {
	const { box, ring3 } = await manager(t);
	const file = join(box.dir, 'batch');
	const add = (i: number) => `add 10.${i >> 8}.${i & 255}.0/24 via 192.168.0.${(i % 200) + 2}`;
	writeFileSync(
		file,
		`# routes\n\n${Array.from({ length: 1000 }, (_, i) => add(i)).join('\n')}\nroute del 10.0.0.0/24\n`,
	);
	t.equal(await ring3(`route batch ${file}`), '');
	t.equal((await ring3('route show dev eth0')).split('\n').length, 999 + 1 + 1);
	writeFileSync(file, `${add(0)}\n${add(1)}\n${add(0)}\ndel 10.3.231.0/24\n`);
	t.equal(await ring3(`route batch ${file}`), `ring3: route batch: ${file}:2: file already exists\n`);
	t.match(await ring3(`route batch --force ${file}`), /:1: file already exists\n.*:2: .*\n.*:3: .*\n/);
});

t.test('route monitor: prints each change, until it is interrupted', async t => {
	const { box, ring3 } = await manager(t);
	const monitor = box.ring3Running(['route', 'monitor']);
	let seen = false;
	const printed = monitor
		.printed(/1\.2\.3\.0\/24 dev eth0 scope link\nDeleted 1\.2\.3\.0\/24 dev eth0 scope link\n/)
		.then(() => {
			seen = true;
		});
	while (!seen) {
		await ring3('route add 1.2.3.0/24 dev eth0');
		await ring3('route del 1.2.3.0/24');
	}
	await printed;
	monitor.child.kill('SIGINT');
	t.match(await monitor.ended, { stderr: '' });
});

t.test('route batch: a bar on a terminal shows how far it is', { skip: lacks('script') }, async t => {
	const { box } = await manager(t);
	const file = join(box.dir, 'batch');
	writeFileSync(file, Array.from({ length: 300 }, (_, i) => `add 10.${i >> 8}.${i & 255}.0/24 dev eth0\n`).join(''));
	const terminal = new Terminal(box, commandLine(box, 'route', 'batch', file));
	await terminal.expect(/\r\[#{20} {20}\] 5\d%/);
	await terminal.expect(/\r\[#{40}\] 100%\r\n/);
});

t.test('route: a gateway that is somewhere else can be said to be on the link', async t => {
	const { ring3 } = await manager(t);
	t.equal(await ring3('route add to 10.1/16 via 9.9.9.9 dev eth0'), 'ring3: route add: Nexthop has invalid gateway\n');
	t.equal(await ring3('route add to 10.1/16 via 9.9.9.9 dev eth0 onlink'), '');
	t.equal(await ring3('route show 10.1.0.0/16'), '10.1.0.0/16 via 9.9.9.9 dev eth0 onlink\n');
});
