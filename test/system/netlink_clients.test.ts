/** netlink_clients - ring3 run: programs written for Linux talk to the sample modules, and show what there is. */

import t from 'tap';
import { compileC } from './compile.ts';
import { lacks } from './needs.ts';
import { Sandbox } from './sandbox.ts';

t.test('protocol 31: greetings in two threads, answered where they ask for it', { skip: lacks('cc') }, async t => {
	const box = new Sandbox(t);
	const program = compileC(box, 'greet31.c', '-pthread');
	await box.mount();
	t.match(await box.ring3(['run', '--', program, '10']), { stdout: 'Protocol not supported\n', status: 1 });
	await box.ring3(['insmod', 'rt_manager', 'verbose=N']);
	t.match(await box.ring3(['run', '--', program, '1000']), {
		stdout: '500 replies, the last to number 1000, 0 wrong\n',
		stderr: '',
		status: 0,
	});
});

t.test('generic netlink: by hand, and by libnl', { skip: lacks('cc', 'genl-ctrl-list') }, async t => {
	const box = new Sandbox(t);
	const byHand = compileC(box, 'genl_hand.c');
	const byLibnl = compileC(box, 'genl_libnl.c', '-I/usr/include/libnl3', '-lnl-genl-3', '-lnl-3');
	await box.mount();
	t.match(await box.ring3(['run', '--', byHand]), { stdout: 'no family: No such file or directory\n', status: 1 });
	await box.ring3(['insmod', 'gn_kernel']);
	t.match(await box.ring3(['run', '--', byHand]), {
		stdout:
			'family CONTROL_EXMPL\nanswer 3 from 0: hello world from kernel space\nacknowledged: 0\n' +
			'a number: Invalid argument\nno command: Operation not supported\n',
		stderr: '',
		status: 0,
	});
	const { stdout, stderr } = await box.ring3(['run', '--', byLibnl]);
	t.equal(stderr, '');
	const id = /^family (\d+)$/m.exec(stdout)?.[1];
	t.equal(
		stdout,
		`Object not found\nfamily ${id}\nanswer ${id}: hello world from kernel space\nacknowledged\nInvalid input data or parameter\n`,
	);
	const { stdout: log } = await box.ring3(['dmesg']);
	t.same(log.match(/received: .*/g), ['received: hello world!', 'received: hello from libnl']);
});

t.test('libnl: lists links, addresses and routes', { skip: lacks('nl-link-list') }, async t => {
	const box = new Sandbox(t);
	await box.mount();
	const run = async (command: string) => (await box.ring3(['run', '--', ...command.split(' ')])).stdout;
	t.equal(
		await run('nl-link-list'),
		'lo loopback <loopback,up,running,lowerup> group 0 \n' +
			'eth0 ether 52:54:00:72:33:01 <broadcast,multicast,up,running,lowerup> group 0 \n',
	);
	t.match(
		await run('nl-link-list --details --name=eth0'),
		/mtu 1500 txqlen 1000 weight 0 qdisc pfifo_fast index 2 \n.* state up mode default carrier up /,
	);
	t.match(
		await run('nl-addr-list'),
		/^127\.0\.0\.1\/8 inet dev lo scope host <permanent>\n192\.168\.0\.1\/24 inet dev eth0 /,
	);
	t.match(await run('nl-route-list'), /^inet 192\.168\.0\.0\/24 table main type unicast via dev eth0 $/m);
});
