/** run_mount - ring3 run: file systems of the machine by the calls that came after mount(2), and by mount(8). */

import { chmodSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import t, { type Test } from 'tap';
import { compileC } from './compile.ts';
import { lacks } from './needs.ts';
import { lacksPlainUser, PlainUser } from './plain_user.ts';
import { type Completed, Sandbox } from './sandbox.ts';

const hellofs = fileURLToPath(new URL('../../kernel-sim/samples/hellofs.js', import.meta.url));

/** What newmount.c prints for options that are all taken. */
function steps(options: readonly string[], entries: number): string[] {
	const taken = ['fsopen', 'source', ...options].map(step => `${step} ok`);
	const refused = ['nothing EINVAL', 'a descriptor EINVAL'];
	const mounted = ['create ok', 'create again EBUSY', 'fsmount ok', 'look before ok', 'move_mount ok'];
	return [...taken, ...refused, ...mounted, `${entries} entries at least`];
}

async function script(
	t: Test,
	box: Sandbox,
	run: (args: readonly string[]) => Promise<Completed>,
	dirs: readonly string[],
): Promise<string[]> {
	const newmount = compileC(box, 'newmount.c');
	const text = `
		PATH=$PATH:/usr/sbin:/sbin
		mkdir ${dirs.join(' ')}
		${newmount} configfs a; stat -f -c %T a; umount a
		${newmount} proc a ro; head -c 13 a/version; echo; echo x > a/sys/kernel/hostname; umount a
		${newmount} tmpfs a size=1m; stat -f -c %T a; touch a/file && umount a
		${newmount} nonesuch a
		insmod ${hellofs}; ${newmount} hellofs a nonsense=1; ${newmount} hellofs a; ls a
		rmmod hellofs; umount a && rmmod hellofs && echo unloaded
		unshare -m sh -c '${newmount} sysfs b > /dev/null && ls -d b/module && umount b'
		(${newmount} proc b > /dev/null && (cd b && ls version))
		mount -t debugfs none a && ls a/devices_deferred && umount a
		mount --bind /etc a && ls a/hostname && umount a
	`;
	const { stdout, stderr } = await run(['run', '--', 'sh', '-c', text]);
	t.match(stderr, /hostname: Read-only file system\n/);
	t.match(stderr, /Module hellofs is in use\n/);
	t.notOk(new RegExp(`${box.dir}/[ab] `).test(readFileSync('/proc/self/mountinfo', 'utf8')));
	return stdout.split('\n');
}

const wanted = [
	...[...steps([], 2), 'configfs'],
	...[...steps(['ro'], 3), 'Linux version'],
	...[...steps(['size'], 2), 'tmpfs'],
	'fsopen ENODEV',
	...['fsopen ok', 'source ok', 'nonsense ok', 'nothing EINVAL', 'a descriptor EINVAL', 'create EINVAL'],
	...[...steps([], 3), 'world', 'unloaded'],
	...['b/module', 'version', 'a/devices_deferred', 'a/hostname', ''],
];

const needs = ['cc', 'mount', 'umount', 'unshare', 'insmod', 'rmmod'];

t.test('run: fsopen and what follows mount file systems of the machine', { skip: lacks(...needs) }, async t => {
	const box = new Sandbox(t);
	await box.mount();
	t.same(await script(t, box, args => box.ring3(args), ['a', 'b']), wanted);
	t.match((await box.ring3(['ps'])).stdout, /^m0 +\d+ .* 0 +- /m);
});

t.test('run: the same for a plain user', { skip: lacksPlainUser() || lacks(...needs) }, async t => {
	const box = new Sandbox(t);
	const user = await PlainUser.create(t, box);
	await user.mount();
	t.same(await script(t, box, args => user.ring3(args), ['a', 'b']), wanted);
});

t.test(
	"run: a device in a file system that root has mounted so is never the host's",
	{ skip: lacks('cc') },
	async t => {
		const box = new Sandbox(t);
		const newmount = compileC(box, 'newmount.c');
		await box.mount();
		const text = `
		mkdir dev; ${newmount} devtmpfs dev > /dev/null; mknod dev/disk b 254 0; mknod dev/char c 1 5
		stat -c '%A %t,%T' dev/disk dev/char; head -c 1 dev/disk; head -c 1 dev/char | od -An -c
	`;
		const { stdout, stderr } = await box.ring3(['run', '--', 'sh', '-c', text]);
		t.equal(stdout, 'brw-r--r-- 0,0\ncrw-r--r-- 0,0\n  \\0\n', "the machine's zeros are read");
		t.match(stderr, /dev\/disk.*: No such device or address\n/);
	},
);

t.test('run: who may not mount in the machine opens no context', { skip: lacksPlainUser() || lacks('cc') }, async t => {
	const box = new Sandbox(t);
	const newmount = compileC(box, 'newmount.c');
	chmodSync(box.dir, 0o755);
	await box.mount();
	const as = 'setpriv --reuid=1000 --regid=1000 --clear-groups';
	const text = `${as} ${newmount} configfs /mnt; unshare -Urm ${newmount} configfs /mnt; ${as} unshare -Urm ${newmount} proc /mnt`;
	const { stdout, stderr } = await box.ring3(['run', '--', 'sh', '-c', text]);
	t.same([stdout, stderr], ['fsopen EPERM\nfsopen EPERM\nfsopen EPERM\n', '']);
});

t.test('run: contexts of programs that have gone are given up', { skip: lacks('cc') }, async t => {
	const box = new Sandbox(t);
	const program = compileC(box, 'contexts.c');
	// The watchdog's thread has some of its own.
	const { child } = await box.mount(['--watchdog', '0']);
	const descriptors = async () => (await box.start('ls', [`/proc/${child.pid}/fd`]).ended).stdout.split('\n').length;
	await box.ring3(['run', '--', program, '1']);
	const before = await descriptors();
	t.match(await box.ring3(['run', '--', program, '200']), { stdout: '200 contexts\n' });
	await box.ring3(['run', '--', program, '1']);
	t.ok((await descriptors()) <= before);
});

t.test('run: a program in a mount namespace of its own is inside as before', { skip: lacks('unshare') }, async t => {
	const box = new Sandbox(t);
	await box.mount();
	const nested = `unshare -Urm sh -c 'id -u; readlink /proc/self/exe; echo renamed > /proc/self/comm; test -d /proc/$PPID/fd && echo seen'`;
	const { stdout, stderr } = await box.ring3(['run', '--', 'sh', '-c', `unshare -m ${nested}`]);
	t.match({ stdout, stderr }, { stdout: /^0\n\/.*readlink\nseen\n$/, stderr: '' });
});
