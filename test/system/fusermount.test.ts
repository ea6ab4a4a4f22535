/** fusermount - ring3 mount of users other than root, and what it says where something is missing. */

import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { lacksPlainUser, PlainUser } from './plain_user.ts';
import { Sandbox } from './sandbox.ts';

const skip = { skip: lacksPlainUser() };

t.test('mount: a user mounts, uses and unmounts a machine of his own', skip, async t => {
	const box = new Sandbox(t);
	const user = await PlainUser.create(t, box);
	const machine = await user.mount(['--module', 'procfs', '--module', 'seqfile', 'here']);
	t.equal(machine.dir, join(box.dir, 'here'));
	const pid = machine.child.pid;
	t.same(
		user.mounts().map(line => line.replace(/\d+$/, 'START')),
		[`here fuse.ring3 ring3:${pid}:START`],
	);
	t.match(await user.shell('cat here/proc/version'), /^Linux version .*ring3/);
	t.match(await user.shell('head -n 3 here/proc/sequence'), '0\n1\n2\n');
	t.match(await user.shell('echo 42 > here/proc/example/first; cat here/proc/example/first'), '42\n');
	t.match(await user.shell('stat -c %u:%g:%a here/proc/version'), '1000:1000:444\n', "what is root's is his");
	t.match(await user.shell('grep -E "^(Uid|CapEff)" here/proc/self/status'), /^Uid:\t0\t0\t0\t0\nCapEff:\t0{16}\n$/);
	t.match(await user.ring3(['insmod', 'hello']), { status: 0, stderr: '' });
	t.match(await user.ring3(['ps']), { stdout: new RegExp(`\nm0 +${pid} .* hello,seqfile,procfs +${machine.dir}\n`) });
	const root = await user.startAsRoot('cat', ['here/proc/version']).ended;
	t.match(root, { status: 1, stderr: /Permission denied/ }, 'even root stays out');
	machine.child.kill('SIGINT');
	t.match(await machine.ended, { status: 0 });
	t.same(user.mounts(), []);
	t.same(box.leftovers(), []);
	t.notOk(existsSync(machine.dir));
});

t.test('mount --daemon and umount: as a user', skip, async t => {
	const box = new Sandbox(t);
	const user = await PlainUser.create(t, box);
	t.match(await user.ring3(['mount', '--daemon']), { status: 0, stdout: /^m0: mounted on .*\n$/, stderr: '' });
	t.equal(user.mounts().length, 1);
	t.match(await user.ring3(['umount', 'm0']), { status: 0, stderr: '' });
	await box.quiet();
	t.same(user.mounts(), []);
	t.same(box.leftovers(), []);
});

t.test('mount: a connection that fusermount3 -u takes away ends the machine', skip, async t => {
	const box = new Sandbox(t);
	const user = await PlainUser.create(t, box);
	const machine = await user.mount();
	await user.shell('fusermount3 -u "$1"', machine.dir);
	t.match(await machine.ended, { status: 0 });
	t.same(box.leftovers(), []);
});

t.test('mount -o: ro, fsname, allow_other, uid and gid', skip, async t => {
	const box = new Sandbox(t);
	const user = await PlainUser.create(t, box, 'cover /etc/fuse.conf user_allow_other');
	const flags = 'ro,allow_other,fsname=a b\\c,uid=7,gid=8';
	const machine = await user.mount(['--module', 'procfs', '-o', flags, 'here']);
	t.match(user.mounts(), [/^here fuse\.ring3\.\d+\.\d+ a b\\c$/]);
	t.match(await user.shell('stat -c %u:%g here/proc/version'), '7:8\n');
	const write = await user.start('sh', ['-c', 'echo 1 > here/proc/example/first']).ended;
	t.match(write, { status: /[12]/, stderr: /Read-only file system/ });
	t.match(await user.startAsRoot('cat', ['here/proc/version']).ended, { status: 0, stdout: /^Linux version/ });
	box.killForGood(machine.child.pid!);
	await machine.ended;
	t.match(await user.ring3(['umount', 'here']), { status: 0, stderr: '' }, 'a stale mount is found by its type');
	t.same(user.mounts(), []);
});

t.test('mount -o: as root', { skip: process.getuid!() !== 0 && 'needs root' }, async t => {
	const box = new Sandbox(t);
	chmodSync(box.dir, 0o711);
	const machine = await box.mount(['-o', 'ro', '--module', 'procfs', '-o', 'uid=1000,fsname=mine', 'here']);
	const as = (uid: number, script: string) =>
		box.start('setpriv', [`--reuid=${uid}`, '--clear-groups', 'sh', '-c', script], { cwd: '/' }).ended;
	t.match(await box.start('grep', [machine.dir, '/proc/self/mountinfo']).ended, { stdout: / ro,.* mine ro,/ });
	t.match(await as(0, `stat -c %u:%g ${machine.dir}/proc/version`), { stdout: '1000:0\n' });
	const write = await as(1000, `echo 1 > ${machine.dir}/proc/example/first`);
	t.match(write, { stderr: /Read-only file system/ });
	t.match(box.mounts(), [machine.dir]);
});

t.test('mount -o: what is no option is refused', async t => {
	const box = new Sandbox(t);
	for (const word of [
		'sync',
		'ro=1',
		'uid',
		'uid=',
		'uid=bob',
		'uid=4294967295',
		'gid=-1',
		'fsname=',
		'fsname',
		'toString',
	]) {
		const { status, stderr } = await box.ring3(['mount', '-o', word]);
		t.match({ status, stderr }, { status: 2, stderr: `ring3: mount: -o ${word}: no such option\n` }, word);
	}
});

t.test('mount: what a user misses is one line that says what helps', skip, async t => {
	const cases: [title: string, setup: string, args: string[], message: string | RegExp][] = [
		[
			'no /dev/fuse',
			'umount /dev/fuse; mount -t tmpfs tmpfs /dev; mknod -m 0666 /dev/null c 1 3; mknod -m 0666 /dev/urandom c 1 9',
			[],
			/^mount: (there is no \/dev\/fuse; try: sudo modprobe fuse|this container has no \/dev\/fuse .*)$/,
		],
		[
			'/dev/fuse is for root',
			'chmod 0600 /dev/fuse',
			[],
			'mount: only root may use /dev/fuse; try: sudo chmod 0666 /dev/fuse',
		],
		[
			'no fusermount3',
			'mkdir "$0/bin"; mount --bind /usr/bin "$0/bin"; mount -t tmpfs tmpfs /usr/bin; "$0/bin/ln" -s "$0"/bin/* /usr/bin; rm /usr/bin/fusermount3',
			[],
			'mount: fusermount3 is not installed, without which only root can mount; try: sudo apt-get install fuse3',
		],
		[
			'fusermount3 without its setuid bit',
			'cover /usr/bin/fusermount3 "#!/bin/sh"',
			[],
			'mount: /usr/bin/fusermount3 has lost its setuid bit; try: sudo chmod u+s /usr/bin/fusermount3',
		],
		[
			'allow_other that root has not permitted',
			'cover /etc/fuse.conf ""',
			['-o', 'allow_other'],
			'mount: allow_other is for root; try: echo user_allow_other | sudo tee -a /etc/fuse.conf',
		],
	];
	for (const [title, setup, args, message] of cases) {
		const box = new Sandbox(t);
		const user = await PlainUser.create(t, box, setup);
		const { status, stdout, stderr } = await user.ring3(['mount', '--daemon', ...args]);
		t.match({ status, stdout }, { status: 1, stdout: '' }, title);
		t.match(stderr, /^ring3: [^\n]*\n$/, title);
		t.match(stderr.slice('ring3: '.length, -1), message, title);
		t.same(user.mounts(), []);
		t.same(box.leftovers(), []);
	}
});

t.test("mount: a directory that is not the user's own", skip, async t => {
	const box = new Sandbox(t);
	const user = await PlainUser.create(t, box);
	mkdirSync(join(box.dir, 'theirs'));
	writeFileSync(join(box.dir, 'file'), '');
	const cases: [dir: string, message: string][] = [
		['theirs', `mount theirs: ${box.dir}/theirs: users mount on directories of their own alone`],
		['file', `mount file: ${box.dir}/file: not a directory`],
	];
	for (const [dir, message] of cases) {
		t.match(await user.ring3(['mount', '--daemon', dir]), { status: 1, stderr: `ring3: ${message}\n` });
	}
	t.same(user.mounts(), []);
});
