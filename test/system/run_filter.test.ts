/** run_filter - ring3 run: the system calls of a program reach the machine, and nothing of it the host. */

import { readFileSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { compileC } from './compile.ts';
import { writeMysyscall } from './modules_of_run.ts';
import { lacks } from './needs.ts';
import { lacksPlainUser, PlainUser } from './plain_user.ts';
import { Sandbox } from './sandbox.ts';

t.test("run: names and the log are the machine's", { skip: lacks('hostname', 'dmesg', 'uname') }, async t => {
	const box = new Sandbox(t);
	await box.mount();
	const script = 'uname -n; hostname elsewhere; hostname; uname -sr; dmesg -S | head -n 1';
	const { stdout, stderr } = await box.ring3(['run', '--', 'sh', '-c', script]);
	t.equal(stderr, '');
	const [name, renamed, system, log] = stdout.split('\n');
	t.equal(name, 'ring3');
	t.equal(renamed, 'elsewhere');
	t.equal(system, 'Linux 6.12.0-ring3');
	t.match(log, /^\[ +\d+\.\d+\] Linux version 6\.12\.0-ring3 /);
	t.equal((await box.ring3(['run', '--', 'uname', '-n'])).stdout, 'elsewhere\n');
	t.not(hostname(), 'elsewhere');
});

t.test('run: kmod loads and unloads modules', { skip: lacks('insmod', 'rmmod', 'lsmod') }, async t => {
	const box = new Sandbox(t);
	await box.mount();
	const module = writeMysyscall(box);
	writeFileSync(join(box.dir, 'none.ko'), 'nothing');
	const script = [
		'PATH=$PATH:/usr/sbin:/sbin',
		`insmod ${module} && lsmod | tail -n 1`,
		`insmod ${module}; echo $?`,
		'rmmod mysyscall && lsmod | wc -l',
		'rmmod mysyscall; echo $?',
		'insmod none.ko; echo $?',
	].join('\n');
	const { stdout, stderr } = await box.ring3(['run', '--', 'sh', '-c', script]);
	t.match(stdout, /^mysyscall +16384 +0\n1\n1\n1\n1\n$/);
	const [exists, gone, invalid] = stderr.split('\n');
	t.match(exists, /insmod: ERROR: .*: File exists$/);
	t.match(gone, /rmmod: ERROR: Module mysyscall is not currently loaded$/);
	t.match(invalid, /insmod: ERROR: .*: Invalid module format$/);
});

t.test('run: a module as kmod knows it, by its .modinfo', { skip: lacks('insmod', 'modinfo', 'objcopy') }, async t => {
	const box = new Sandbox(t);
	await box.mount();
	const module = writeMysyscall(box);
	for (const [file, info] of [
		['seqfile.ko', 'license=GPL\0name=seqfile\0vermagic=6.12.0-ring3\0'],
		['mine.ko', `license=GPL\0name=mysyscall\0ring3=${module}\0`],
	] as const) {
		writeFileSync(join(box.dir, 'info'), info);
		const rename = '.data=.modinfo,alloc,load,readonly,data,contents';
		const args = ['-I', 'binary', '-O', 'elf64-x86-64', '--rename-section', rename, 'info', file];
		t.match(await box.start('objcopy', args).ended, { status: 0, stderr: '' });
	}
	const script =
		'PATH=$PATH:/usr/sbin:/sbin; modinfo -F name ./seqfile.ko; insmod seqfile.ko; insmod mine.ko; cut -d" " -f1 /proc/modules';
	const { stdout, stderr } = await box.ring3(['run', '--', 'sh', '-c', script]);
	t.equal(stderr, '');
	t.equal(stdout, 'seqfile\nmysyscall\nseqfile\n');
});

t.test("run: mount(8) mounts the machine's file systems anywhere", { skip: lacks('mount', 'umount') }, async t => {
	const box = new Sandbox(t);
	await box.mount();
	const module = join(box.dir, 'hellofs.ko');
	writeFileSync(module, '');
	const script = `
		PATH=$PATH:/usr/sbin:/sbin
		mkdir a b
		mount -t hellofs none a; echo $?
		insmod ${new URL('../../kernel-sim/samples/hellofs.js', import.meta.url).pathname}
		mount -t hellofs none a && ls a
		rmmod hellofs; echo $?
		umount a && rmmod hellofs; echo $?
		mount -t proc none "$PWD/b" && head -c 13 b/version; echo
		(cd b && mount -t proc none ../a && ls a/version ../a/version 2>/dev/null)
		mount -t proc none missing; echo $?
		mount -t tmpfs none b && touch b/file && ls b
		unshare -m sh -c 'mount -t sysfs none a && ls -d a/module; umount a'
	`;
	const { stdout, stderr } = await box.ring3(['run', '--', 'sh', '-c', script]);
	const lines = stdout.split('\n');
	t.equal(lines[0], '32', 'an unknown type');
	t.match(lines.slice(1), [/./, '1', '0', 'Linux version', '../a/version', '32', 'file', 'a/module', '']);
	t.match(stderr, /unknown filesystem type 'hellofs'/);
	t.match(stderr, /Module hellofs is in use/);
	t.match(stderr, /missing: mount point does not exist/);
	t.same(readFileSync('/proc/self/mountinfo', 'utf8').match(new RegExp(`${box.dir}/[ab] `, 'g')), null);
});

t.test(
	'run: numbers of their own, what is refused, signals',
	{ skip: lacks('cc') || process.arch !== 'x64' },
	async t => {
		const box = new Sandbox(t);
		const program = compileC(box, 'raw.c', '-static');
		await box.mount(['--module', writeMysyscall(box)]);
		const { stdout, stderr, status } = await box.ring3(['run', '--', program]);
		t.same({ stderr, status }, { stderr: '', status: 0 });
		t.same(stdout.split('\n'), [
			'exchange 12',
			'kernel said hello world',
			'exchange of nowhere -1 EFAULT',
			"nobody's number -1 ENOSYS",
			'io_uring_setup -1 ENOSYS',
			'uname of nowhere -1 EFAULT',
			'x32 -1 ENOSYS',
			'int 0x80 1',
			'socketpair -1 EOPNOTSUPP',
			'protocol 5 -1 EPROTONOSUPPORT',
			'protocol 99 -1 EPROTONOSUPPORT',
			'stream -1 ESOCKTNOSUPPORT',
			'sleep -1 EINTR',
			'sleep that is started again 0',
			'',
		]);
		t.match((await box.ring3(['dmesg'])).stdout, / mysyscall: hi kernel\n/);
	},
);

t.test('run: --trace prints what the machine answers, and ends as the command does', async t => {
	const box = new Sandbox(t);
	await box.mount();
	for (const mount of [[], ['--no-mount']]) {
		const traced = await box.ring3(['run', '--trace', ...mount, '--', 'sh', '-c', 'uname -n; exit 5']);
		t.match(traced, { status: 5, stdout: 'ring3\n' });
		t.match(traced.stderr, /^syscall \d+ uname\(0x[0-9a-f]+, .*\) = 0$/m);
	}
	t.match(await box.ring3(['run', '--trace', '--', 'sh', '-c', 'kill -TERM $$']), { signal: 'SIGTERM' });
});

t.test('run: --no-mount leaves the files alone, --no-filter the system calls', async t => {
	const box = new Sandbox(t);
	const script = 'uname -n; head -c 13 /proc/version; readlink /proc/self/ns/mnt';
	const unmounted = await box.ring3(['run', '--no-mount', '--', 'sh', '-c', script]);
	const version = readFileSync('/proc/version', 'utf8').slice(0, 13);
	t.match(unmounted, { status: 0, stderr: '' });
	t.match(unmounted.stdout, new RegExp(`^ring3\\n${version}mnt:`));
	await box.quiet();
	t.same(box.leftovers(), []);
	const unfiltered = await box.ring3(['run', '--no-filter', '--', 'sh', '-c', 'uname -n; head -c 13 /proc/version']);
	t.match(unfiltered, { status: 0, stdout: `${hostname()}\nLinux version` });
	await box.quiet();
	const { status, stderr } = await box.ring3(['run', '--no-filter', '--no-mount', '--', 'true']);
	t.same(
		{ status, stderr },
		{ status: 2, stderr: 'ring3: run: --no-mount --no-filter: nothing of the machine would be left\n' },
	);
	const holder = box.ring3Running(['run', '--no-mount', '--', 'sh', '-c', 'echo up; sleep 5']);
	await holder.printed(/up/);
	t.match(await box.ring3(['run', '--', 'true']), {
		status: 1,
		stderr: 'ring3: run: m0 is not mounted; try: --no-mount\n',
	});
	holder.child.kill('SIGTERM');
	await holder.ended;
});

t.test('run: a program left in the background keeps the machine, without mounts too', async t => {
	const box = new Sandbox(t);
	const script = '(sleep 0.5; uname -n > name) > /dev/null 2>&1 &';
	t.match(await box.ring3(['run', '--no-mount', '--', 'sh', '-c', script]), { status: 0 });
	await box.quiet();
	t.equal(readFileSync(join(box.dir, 'name'), 'utf8'), 'ring3\n');
	t.same(box.leftovers(), []);
});

t.test('run: where somebody answers system calls already, one line says so', async t => {
	const box = new Sandbox(t);
	await box.mount();
	const nested = ['-u', 'RING3_MACHINE', process.execPath, ...box.command(['run', '--no-mount', '--', 'true'])];
	const message =
		'ring3: run: the system calls of this process are answered by somebody already; try: ring3 run --no-filter\n';
	const { status, stderr } = await box.ring3(['run', '--no-mount', '--', 'env', ...nested]);
	t.equal(status, 1);
	t.equal(stderr, message);
});

t.test('run: as a plain user without any namespace', { skip: lacksPlainUser() }, async t => {
	const box = new Sandbox(t);
	const user = await PlainUser.create(t, box);
	const module = writeMysyscall(box);
	const script = `
		PATH=$PATH:/usr/sbin:/sbin
		uname -n; id -u; hostname mine; hostname; insmod ${module}; rmmod mysyscall; echo $?
		grep NoNewPrivs /proc/self/status
	`;
	const { stdout, stderr } = await user.ring3(['run', '--no-mount', '--', 'sh', '-c', script]);
	t.equal(stdout, 'ring3\n1000\nmine\n1\nNoNewPrivs:\t1\n', 'rmmod finds no /sys/module: that is the host');
	t.match(stderr, /^rmmod: ERROR: Module mysyscall is not currently loaded\n$/);
	await box.quiet();
	const inside = await user.ring3(['run', '--', 'sh', '-c', 'id -u; uname -n; hostname mine; hostname']);
	t.match(inside, { stdout: '0\nring3\nmine\n', stderr: '' });
});

t.test(
	'run: who is not the owner of a machine changes nothing by system calls',
	{ skip: lacksPlainUser() },
	async t => {
		const box = new Sandbox(t);
		await box.mount();
		const module = writeMysyscall(box);
		const script = [
			`insmod ${module}; echo $?; hostname mine; echo $?; dmesg -S -C; echo $?`,
			`unshare -Ur sh -c 'id -u; hostname mine; echo $?; insmod ${module}; echo $?'`,
			'uname -n',
		].join('; ');
		const as = ['setpriv', '--reuid=1000', '--regid=1000', '--clear-groups'];
		const { stdout } = await box.ring3([
			'run',
			'--',
			...as,
			'env',
			'PATH=/usr/sbin:/sbin:/usr/bin:/bin',
			'sh',
			'-c',
			script,
		]);
		t.equal(stdout, '1\n1\n1\n0\n1\n1\nring3\n');
		t.equal((await box.ring3(['lsmod'])).stdout.split('\n').length, 2);
	},
);

t.test('run: a program changes nothing of the host', { skip: lacks('ip', 'unshare', 'cc') }, async t => {
	const box = new Sandbox(t);
	const [raw, host] = [compileC(box, 'raw.c', '-static'), compileC(box, 'host.c')];
	const [node, ...ring3] = [process.execPath, ...box.command(['run', '--module', writeMysyscall(box), '--'])];
	const inside = `
		PATH=$PATH:/usr/sbin:/sbin
		ip link add dummy9 type dummy; ip route add 198.51.100.0/24 dev lo; ip link set lo mtu 1400
		hostname elsewhere; mount -t proc none /mnt; insmod ./mysyscall.ts; rmmod loop; ${raw}
		sysctl -w kernel.printk=1 net.ipv4.ip_forward=1 kernel.hostname=elsewhere
		mknod /dev/mine b 254 0; mkdir /sys/kernel/config/x; echo 1 > /proc/sys/vm/drop_caches
		exec ${host} > tried
	`;
	const outside = `
		ip -o link; ip route; hostname; ls -l /dev; cat /proc/swaps; cut -d" " -f1,3 /proc/modules
		cut -d" " -f4- /proc/self/mountinfo | grep -v ring3
		cd /proc/sys; grep . kernel/hostname kernel/printk kernel/ctrl-alt-del net/ipv4/ip_forward
	`;
	const script = `
		PATH=$PATH:/usr/sbin:/sbin
		mount --make-rshared / || exit 90
		ip link set lo up
		(${outside}) > before 2>&1
		"${node}" ${ring3.map(word => `"${word}"`).join(' ')} sh -c '${inside.replaceAll("'", "'\\''")}' > inside 2>&1
		(${outside}) > after 2>&1
		cmp before after && echo same
	`;
	const [wall, monotonic] = [Date.now(), performance.now()];
	// What gets through all the same, gets no further than these namespaces.
	const { stdout, stderr } = await box.start('unshare', ['-mnpf', '--mount-proc', 'sh', '-c', script]).ended;
	t.same({ stdout, stderr }, { stdout: 'same\n', stderr: '' }, readFileSync(join(box.dir, 'inside'), 'utf8'));
	t.ok(Math.abs(Date.now() - wall - (performance.now() - monotonic)) < 10_000, 'nobody has set the clock');
	t.same(readFileSync(join(box.dir, 'tried'), 'utf8').split('\n'), [
		...['settimeofday -1 EPERM', 'clock_settime -1 EPERM', 'adjtimex -1 EPERM', 'clock_adjtime -1 EPERM', 'looking 0'],
		...['swapoff -1 EPERM', 'acct -1 ENOSYS', 'quotactl -1 ENOSYS', 'kexec_load -1 ENOSYS', 'bpf -1 ENOSYS'],
		...['iopl -1 ENOSYS', 'io_uring_register -1 ENOSYS', 'SIOCSIFFLAGS -1 EOPNOTSUPP', 'SIOCBRADDBR -1 EOPNOTSUPP'],
		...['SIOCSIWMODE -1 ENOTTY', 'IPT_SO_SET_REPLACE -1 ENOPROTOOPT', 'MRT_INIT -1 ENOPROTOOPT'],
		...['AF_KEY -1 EAFNOSUPPORT', 'RTM_NEWLINK -1 EOPNOTSUPP', 'NETLINK_NETFILTER -1 EPROTONOSUPPORT'],
		...['reboot 0', 'kill of everybody 0', 'who was inside died of 15', ''],
	]);
	await box.quiet();
});

t.test('run: reboot(2) ends the machine and all who are in it, and nothing else', { skip: lacks('cc') }, async t => {
	const box = new Sandbox(t);
	const program = compileC(box, 'reboot.c');
	const machine = await box.mount();
	const other = box.ring3Running(['run', '--', 'sh', '-c', 'echo up; sleep 100']);
	await other.printed(/up\n/);
	const as = ['setpriv', '--reuid=1000', '--regid=1000', '--clear-groups'];
	t.match(await box.ring3(['run', '--', ...as, program]), { status: 1, stdout: 'EPERM\n' });
	const off = await box.ring3(['run', '--', 'sh', '-c', `${program}; echo after`]);
	t.match(off, { signal: 'SIGKILL', stdout: '' });
	t.match(await other.ended, { signal: 'SIGKILL' });
	t.match(await machine.ended, { status: 0, stderr: /reboot: Power down\n/ });
	await box.quiet();
	t.same(box.mounts(), []);
});
