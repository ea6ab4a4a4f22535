/** run_netlink - ring3 run: netlink sockets of programs that were written for Linux. */

import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { ControlClient } from '../../src/machine/control_client.ts';
import { RuntimeDir } from '../../src/machine/runtime_dir.ts';
import { compileC, compileGo } from './compile.ts';
import { lacks } from './needs.ts';
import { lacksPlainUser, PlainUser } from './plain_user.ts';
import { Sandbox } from './sandbox.ts';

/** A module that answers on protocol 31. */
const answering = fileURLToPath(new URL('../contract/modules/contract_netlink.js', import.meta.url));

const answers = [
	'2000 answers',
	'named 0 family 16 own port 1 length 12',
	'cut 1 length 12',
	'option 39 is 16',
	'option 38 is 31',
	'option 3 is 3',
	'empty EAGAIN',
	'truncated 1',
	'dumps of 1000 and 1000 objects',
	'after an overrun: 1',
	'bad address EFAULT',
	'bad name EFAULT',
	'dup is low 1: 1',
	'still open: 1',
	'child 0',
	'100 sockets, the last answers: 1',
	'limited 1: 1',
	'bound 1',
	'',
];

t.test('run: protocol 31 from C, in two threads', { skip: lacks('cc') }, async t => {
	const box = new Sandbox(t);
	const program = compileC(box, 'netlink31.c', '-static', '-pthread');
	await box.mount(['--module', answering]);
	const { stdout, stderr, status } = await box.ring3(['run', '--', program]);
	t.same({ stderr, status }, { stderr: '', status: 0 });
	t.same(stdout.split('\n'), answers);
	const { stdout: left } = await box.ring3(['run', '--', 'cat', '/proc/net/netlink']);
	t.equal(left.match(/^\S+ +31 +[1-9]/m), null, 'every socket of it is gone');
});

t.test(
	'run: protocol 31 as a plain user, with and without mounts',
	{ skip: lacksPlainUser() || lacks('cc') },
	async t => {
		const box = new Sandbox(t);
		const user = await PlainUser.create(t, box);
		const program = compileC(box, 'netlink31.c', '-static', '-pthread');
		for (const mount of [[], ['--no-mount']]) {
			const { stdout, stderr } = await user.ring3(['run', ...mount, '--module', answering, '--', program]);
			t.equal(stderr, '');
			t.same(stdout.split('\n'), answers);
			await box.quiet();
		}
	},
);

t.test('run: a static program of Go', { skip: lacks('go') }, async t => {
	const box = new Sandbox(t);
	const program = compileGo(box, 'genl.go');
	await box.mount(['--module', answering]);
	const { stdout, stderr } = await box.ring3(['run', '--', program]);
	t.equal(stderr, '');
	t.match(stdout.split('\n'), [
		'family nlctrl 2',
		/^family contract_genl /,
		/^nobody .*no such file or directory$/,
		'*syscall.SockaddrNetlink true',
		'empty true',
		'*syscall.SockaddrNetlink true',
		'limited true',
		'',
	]);
});

t.test(
	'run: iproute2 and libnl list the families of generic netlink',
	{ skip: lacks('genl', 'genl-ctrl-list') },
	async t => {
		const box = new Sandbox(t);
		await box.mount(['--module', answering]);
		const iproute2 = await box.ring3(['run', '--', 'genl', 'ctrl', 'list']);
		t.equal(iproute2.stderr, '');
		t.match(iproute2.stdout, /\nName: nlctrl\n\tID: 0x10 {2}Version: 0x2 {2}header size: 0 /);
		t.match(iproute2.stdout, /\nName: contract_genl\n/);
		const libnl = await box.ring3(['run', '--', 'genl-ctrl-list', '-d']);
		t.equal(libnl.stderr, '');
		t.match(libnl.stdout, /^0x0010 nlctrl version 2\n {4}hdrsize 0 /);
		t.match(libnl.stdout, /^0x[0-9a-f]+ contract_genl version /m);
	},
);

t.test('run: udevadm hears of modules that are loaded', { skip: lacks('udevadm') }, async t => {
	const box = new Sandbox(t);
	await box.mount();
	const monitor = box.ring3Running(['run', '--', 'udevadm', 'monitor', '--kernel', '--property']);
	await monitor.printed(/KERNEL - the kernel uevent/);
	await delay(100);
	await box.ring3(['insmod', 'seqfile']);
	await monitor.printed(
		/KERNEL\[[\d.]+\] add {6}\/module\/seqfile \(module\)\nACTION=add\nDEVPATH=\/module\/seqfile\n/,
	);
	monitor.child.kill('SIGTERM');
	t.match(await monitor.ended, { stderr: '' });
});

t.test('run: strace sees the calls of a program inside', { skip: lacks('strace', 'genl') }, async t => {
	const box = new Sandbox(t);
	await box.mount();
	const { stdout, stderr, status } = await box.ring3(['run', '--', 'strace', '-f', 'genl', 'ctrl', 'list']);
	t.equal(status, 0);
	t.match(stdout, /Name: nlctrl/);
	t.match(stderr, /socket\(AF_NETLINK, SOCK_RAW\|SOCK_CLOEXEC, NETLINK_GENERIC\) += 896\n/);
	t.match(stderr, /sendto\(896, .*CTRL_CMD_GETFAMILY|sendto\(896, /);
});

t.test('run: 200 processes that are killed in the middle of a call', { skip: lacks('cc') }, async t => {
	const box = new Sandbox(t);
	const program = compileC(box, 'forks.c', '-static');
	await box.mount(['--module', answering]);
	const clients = [1, 2, 3, 4].map(() => box.ring3(['run', '--', program]));
	for (const { stdout, stderr } of await Promise.all(clients))
		t.same([stdout, stderr], ['100 killed, 100 ended\n', '']);
	await delay(100);
	const control = await ControlClient.connect(RuntimeDir.open(box.env).socket('m0'));
	const { calls } = await control.request('usage', {});
	control.close();
	t.ok(calls.received > 4 * 600, `${calls.received} calls`);
	t.same(calls, { received: calls.received, answered: calls.received, waiting: 0 });
});

t.test('run: nobody hangs when the machine, the launcher or the program is killed', { skip: lacks('cc') }, async t => {
	for (const victim of ['machine', 'launcher', 'program'] as const) {
		const box = new Sandbox(t);
		const program = compileC(box, 'forks.c', '-static');
		const machine = await box.mount(['--module', answering]);
		const running = box.ring3Running(['run', '--', 'sh', '-c', `echo $$; while ${program} > /dev/null; do :; done`]);
		const [pid] = await running.printed(/^\d+/);
		await delay(300);
		if (victim === 'machine') box.killForGood(machine.child.pid!);
		else process.kill(victim === 'launcher' ? running.child.pid! : Number(pid), 'SIGKILL');
		if (victim === 'launcher') process.kill(Number(pid), 'SIGKILL');
		await running.ended;
		machine.child.kill('SIGTERM');
		await box.quiet();
		t.pass(victim);
		for (const path of box.mounts()) t.match(await box.start('umount', ['-l', path]).ended, { status: 0 });
	}
});
