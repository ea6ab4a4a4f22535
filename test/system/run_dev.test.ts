/** run_dev - /dev inside ring3 run: the machine's devices, and what the host lends. */

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t, { type Test } from 'tap';
import { lacks } from './needs.ts';
import { lacksPlainUser, PlainUser } from './plain_user.ts';
import { type Completed, Sandbox } from './sandbox.ts';

/** A module with a device, /dev/contract_chrdev. */
const chrdev = fileURLToPath(new URL('../contract/modules/contract_chrdev.js', import.meta.url));

/** Runs commands of a machine as some user. */
interface Runner {
	readonly title: string;
	readonly skip: string | false;
	create(t: Test, box: Sandbox): Promise<(args: readonly string[]) => Promise<Completed>>;
}

const runners: readonly Runner[] = [
	{
		title: 'root',
		skip: process.getuid!() !== 0 && 'needs root',
		create: async (_t, box) => {
			await box.mount();
			return args => box.ring3(args);
		},
	},
	{
		title: 'a plain user',
		skip: lacksPlainUser(),
		create: async (t, box) => {
			const user = await PlainUser.create(t, box);
			await user.mount();
			return args => user.ring3(args);
		},
	},
];

/** Tests with each runner that there is. */
function eachTest(title: string, needs: readonly string[], body: (t: Test, run: Run) => Promise<void>) {
	for (const { title: who, skip, create } of runners) {
		t.test(`run: ${title}, as ${who}`, { skip: skip || lacks(...needs) }, async t => {
			const box = new Sandbox(t);
			const ring3 = await create(t, box);
			const run: Run = async (script, ...options) => ring3(['run', ...options, '--', 'sh', '-c', script]);
			await body(t, run);
		});
	}
}
type Run = (script: string, ...options: readonly string[]) => Promise<Completed>;

eachTest("what scripts use of /dev is the host's", ['stat', 'unshare'], async (t, run) => {
	const script = `
		stat -c '%n %A %t,%T' /dev/null /dev/zero /dev/full /dev/random /dev/urandom /dev/tty
		for name in null zero tty ptmx; do test -c /dev/$name || echo $name is no device; done
		echo into null > /dev/null; cat /dev/null
		cat < /dev/zero | head -c 100000 | tr -d '\\0' | wc -c
		echo x > /dev/full
		head -c 16 /dev/urandom | wc -c
		dd if=/dev/zero of=/dev/null bs=1M count=2000 status=none && echo copied
		exec 3< /etc/hostname; cmp /dev/fd/3 /etc/hostname && echo by number
		(echo by name > /dev/stdout) | cat; echo piped | cat /dev/stdin
		unshare -m sh -c 'echo x > /dev/null; stat -c %A /dev/null'
		stat -f -c '%n %T' /dev /dev/shm /dev/pts /proc /sys
	`;
	const { stdout, stderr } = await run(script);
	t.match(stderr, /^.*echo: (I\/O error|write error: No space left on device)\n$/);
	t.same(stdout.split('\n'), [
		...['null 1,3', 'zero 1,5', 'full 1,7', 'random 1,8', 'urandom 1,9', 'tty 5,0'].map(line =>
			line.replace(/(.*) (.*)/, '/dev/$1 crw-rw-rw- $2'),
		),
		...['0', '16', 'copied', 'by number', 'by name', 'piped', 'crw-rw-rw-'],
		...['/dev tmpfs', '/dev/shm tmpfs', '/dev/pts devpts', '/proc proc', '/sys sysfs', ''],
	]);
});

eachTest('the devices of the host are not there', [], async (t, run) => {
	const { stdout } = await run('ls /dev; ls /dev/pts /dev/shm > /dev/null && head -n 1 /dev/kmsg');
	const names = stdout.split('\n');
	for (const name of ['null', 'tty', 'pts', 'shm', 'netlink', 'fd', 'stdin', 'ptmx']) t.ok(names.includes(name), name);
	for (const name of ['fuse', 'vda', 'loop-control', 'loop0', 'net', 'mem']) t.notOk(names.includes(name), name);
	t.notMatch(stdout, readFileSync('/proc/sys/kernel/osrelease', 'utf8').trim(), 'no log of the host');
});

eachTest('devices of modules come and go while a program runs', ['insmod', 'rmmod'], async (t, run) => {
	const script = `
		PATH=$PATH:/usr/sbin:/sbin
		ls /dev/contract_chrdev
		insmod ${chrdev} && stat -c %A /dev/contract_chrdev
		echo written > /dev/contract_chrdev; cat /dev/contract_chrdev
		sh -c 'cat /dev/contract_chrdev'; ls /dev | grep contract
		rmmod contract_chrdev; ls /dev | grep contract; cat /dev/contract_chrdev
	`;
	const { stdout, stderr } = await run(script);
	t.equal(stdout, 'crw-rw-rw-\nwritten\nwritten\ncontract_chrdev\n');
	t.match(stderr, /^ls: .*No such file or directory\ncat: .*No such file or directory\n$/);
});

eachTest('mknod makes nodes in the machine, and elsewhere what the host allows', ['mknod'], async (t, run) => {
	const script = `
		insmod=$(PATH=$PATH:/usr/sbin:/sbin command -v insmod) && $insmod ${chrdev}
		number=$(stat -c '%t %T' /dev/contract_chrdev); set -- $number
		mknod -m 640 /dev/mine c $((0x$1)) $((0x$2)) && stat -c '%A %t %T' /dev/mine
		echo through > /dev/mine; cat /dev/contract_chrdev
		cd /dev; umask 077; mknod relative b 7 0 && stat -c %A relative
		mknod /dev/null c 1 3; mknod nowhere/x c 1 3; mknod /dev/shm/${'$'}$ c 1 3 && rm /dev/shm/${'$'}$
		mkfifo pipe && echo file > file && mkdir -p dir && ls -d pipe file dir
		rm /dev/mine relative pipe file; rmdir dir; rm null
	`;
	const { stdout, stderr } = await run(script);
	const lines = stdout.split('\n');
	t.match(lines.slice(0, 3), [/^crw-r----- fe 0$/, 'through', 'brw-------']);
	t.same(lines.slice(3), ['dir', 'file', 'pipe', '']);
	t.match(stderr, /mknod: \/dev\/null: File exists\n/);
	t.match(stderr, /mknod: nowhere\/x: No such file or directory\n/);
	t.match(stderr, /rm: cannot remove 'null': Device or resource busy\n/);
	for (const name of ['mine', 'relative', 'file']) t.notOk(existsSync(join('/dev', name)), name);
});

t.test('run: who lacks CAP_MKNOD makes no node in a machine', { skip: lacksPlainUser() || lacks('mknod') }, async t => {
	const box = new Sandbox(t);
	await box.mount();
	const as = 'setpriv --reuid=1000 --regid=1000 --clear-groups';
	const script = `${as} mknod /dev/x c 1 3; unshare -Ur mknod /dev/y c 1 3; chmod 777 /dev; ${as} mknod /dev/x c 1 3; ls /dev | grep -c '^[xy]$'`;
	const { stdout, stderr } = await box.ring3(['run', '--', 'sh', '-c', script]);
	t.equal(stdout, '0\n');
	t.match(stderr, /x: Permission denied\n.*y: Operation not permitted\n.*x: Operation not permitted\n/);
});

eachTest("terminals are the host's, new ones as well", ['script', 'tty', 'stty'], async (t, run) => {
	const { stdout, stderr } = await run(
		`script -qefc 'tty; stty size > /dev/null && echo stty; test -w /dev/tty && echo tty > /dev/tty' /dev/null; tty`,
	);
	t.equal(stderr, '');
	t.match(stdout.replaceAll('\r', ''), /^\/dev\/pts\/\d+\nstty\ntty\nnot a tty\n$/);
});

t.test(
	'run: a user whom root has become has terminals, too',
	{ skip: lacksPlainUser() || lacks('script') },
	async t => {
		const box = new Sandbox(t);
		await box.mount();
		const as = ['setpriv', '--reuid=1000', '--regid=1000', '--clear-groups'];
		const { stdout } = await box.ring3(['run', '--', ...as, 'script', '-qefc', 'tty', '/dev/null']);
		t.match(stdout, /^\/dev\/pts\/\d+\r\n$/);
	},
);

eachTest("shared memory is the host's", [], async (t, run) => {
	const name = `ring3-test-${process.pid}`;
	const { stdout, stderr } = await run(`echo shared > /dev/shm/${name}; cat /dev/shm/${name}`);
	t.same([stdout, stderr], ['shared\n', '']);
	t.equal(readFileSync(`/dev/shm/${name}`, 'utf8'), 'shared\n');
	await run(`rm /dev/shm/${name}`);
	t.notOk(existsSync(`/dev/shm/${name}`));
});

t.test('run: when the machine is killed, what the host lends goes on', async t => {
	const box = new Sandbox(t);
	const machine = await box.mount();
	const script = `
		echo up; read go
		echo x > /dev/null && head -c 1 /dev/zero | wc -c; cat /dev/netlink/route
	`;
	const running = box.ring3Running(['run', '--', 'sh', '-c', script], { input: 'go\n' });
	await running.printed(/up\n/);
	box.killForGood(machine.child.pid!);
	const { stdout, stderr } = await running.ended;
	t.equal(stdout, 'up\n1\n');
	t.match(stderr, /route: (Transport endpoint is not connected|Software caused connection abort)\n/);
	for (const path of box.mounts()) t.match(await box.start('umount', ['-l', path]).ended, { status: 0 });
});

t.test('run: connections for /dev are gone when their runs are', async t => {
	const box = new Sandbox(t);
	// The watchdog's thread has some of its own.
	const { child } = await box.mount(['--watchdog', '0']);
	const descriptors = async () => (await box.start('ls', [`/proc/${child.pid}/fd`]).ended).stdout.split('\n').length;
	await box.ring3(['run', '--', 'ls', '/dev']);
	const before = await descriptors();
	for (let i = 0; i < 5; i++) await box.ring3(['run', '--', 'ls', '/dev/netlink']);
	t.equal(await descriptors(), before);
	t.match((await box.ring3(['ps'])).stdout, /^m0 +\d+ .* 0 +- /m, 'and none is listed as a mount');
});

t.test('run: a machine without devtmpfs leaves /dev to the host', async t => {
	const box = new Sandbox(t);
	await box.mount(['--config', 'CONFIG_DEVTMPFS=n']);
	const { stdout } = await box.ring3(['run', '--', 'sh', '-c', 'ls /dev | grep -x fuse; head -c 13 /proc/version']);
	t.equal(stdout, 'fuse\nLinux version');
});
