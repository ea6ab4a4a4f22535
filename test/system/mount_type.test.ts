/** mount_type - ring3 mount --type: single file systems of a machine that runs, at places of their own. */

import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { findMount } from '../../mount/mountinfo.ts';
import { lacksPlainUser, PlainUser } from './plain_user.ts';
import { Sandbox } from './sandbox.ts';

t.test('mount --type proc: the same tree, and its changes are seen in both places', async t => {
	const box = new Sandbox(t);
	const { dir, child } = await box.mount(['here']);
	const there = join(box.dir, 'there');
	t.match(await box.ring3(['mount', '--type', 'proc', 'there']), {
		status: 0,
		stdout: `proc: mounted on ${there}\n`,
		stderr: '',
	});
	t.equal(readFileSync(join(there, 'version'), 'utf8'), readFileSync(join(dir, 'proc/version'), 'utf8'));
	t.notOk(existsSync(join(there, 'example')));
	t.match(await box.ring3(['insmod', 'procfs']), { status: 0 });
	writeFileSync(join(there, 'example/first'), '42');
	t.equal(readFileSync(join(dir, 'proc/example/first'), 'utf8'), '42');
	t.match(await box.ring3(['rmmod', 'procfs']), { status: 0 });
	t.notOk(existsSync(join(there, 'example')));
	t.notOk(existsSync(join(dir, 'proc/example')));
	const { stdout } = await box.ring3(['ps']);
	t.match(stdout, new RegExp(`^m0 +${child.pid} .* ${dir}, ${there}$`, 'm'));
});

t.test('mount --type sysfs, and without a place', async t => {
	const box = new Sandbox(t);
	await box.mount(['--module', 'seqfile']);
	const { stdout } = await box.ring3(['mount', '--type', 'sysfs']);
	const [, dir = ''] = /^sysfs: mounted on (.*)\n$/.exec(stdout)!;
	t.match(dir, new RegExp(`^${box.dir}/tmp/ring3-`));
	t.ok(readdirSync(join(dir, 'module')).includes('seqfile'));
	t.match(await box.ring3(['umount', dir]), { status: 0 });
	t.notOk(existsSync(dir));
});

t.test('mount --type tmpfs: each one is new; its options and those of the mount', async t => {
	const box = new Sandbox(t);
	await box.mount();
	const cases = [
		['one', 'size=1m,mode=700'],
		['two', 'fsname=mine,ro'],
	] as const;
	for (const [dir, flags] of cases) {
		t.match(await box.ring3(['mount', '--type', 'tmpfs', '-o', flags, dir]), { status: 0, stderr: '' });
	}
	writeFileSync(join(box.dir, 'one/file'), 'text');
	t.same(readdirSync(join(box.dir, 'two')), []);
	t.throws(() => writeFileSync(join(box.dir, 'two/file'), ''), { code: 'EROFS' });
	t.throws(() => writeFileSync(join(box.dir, 'one/big'), Buffer.alloc(2 << 20)), { code: 'ENOSPC' });
	t.match((await box.start('stat', ['-c', '%a', join(box.dir, 'one')]).ended).stdout, '700\n');
	t.equal(findMount(join(box.dir, 'two'))?.source, 'mine');
	t.match(await box.ring3(['umount', 'one']), { status: 0 });
	t.match(await box.ring3(['mount', '--type', 'tmpfs', 'one']), { status: 0 });
	t.same(readdirSync(join(box.dir, 'one')), [], 'what was in the last one is gone');
});

t.test('mount --type: of a module that registers one', async t => {
	const box = new Sandbox(t);
	await box.mount();
	const mount = () => box.ring3(['mount', '--type', 'hellofs', '-o', 'whom=Ada:Linus', 'here']);
	t.match(await mount(), { status: 1, stderr: 'ring3: mount here: file system hellofs is not registered\n' });
	t.notOk(existsSync(join(box.dir, 'here')));
	t.match(await box.ring3(['insmod', 'hellofs']), { status: 0 });
	t.match(await mount(), { status: 0 });
	t.same(readdirSync(join(box.dir, 'here')).sort(), ['Ada', 'Linus']);
	t.equal(readFileSync(join(box.dir, 'here/Ada'), 'utf8'), 'Hello, Ada\n');
	t.match(await box.ring3(['umount', 'here']), { status: 0, stderr: '' });
	t.match(await box.ring3(['rmmod', 'hellofs']), { status: 0, stderr: '' });
});

t.test('umount, umount(8), the end of the machine, kill -9: nothing is left', async t => {
	const box = new Sandbox(t);
	const { dir, child, ended } = await box.mount();
	mkdirSync(join(box.dir, 'old'));
	const mount = async (...dirs: string[]) => {
		for (const dir of dirs) t.match(await box.ring3(['mount', '--type', 'tmpfs', dir]), { status: 0, stderr: '' });
	};
	await mount('old', 'new');
	t.match(await box.ring3(['umount', 'new']), { status: 0, stdout: '', stderr: '' });
	t.match(await box.start('umount', [join(box.dir, 'old')]).ended, { status: 0 });
	t.same(box.mounts(), [dir]);
	t.match(readFileSync(join(dir, 'proc/version'), 'utf8'), /^Linux/, 'the machine goes on');
	await mount('old', 'new');
	child.kill();
	t.match(await ended, { status: 0 });
	t.same(box.mounts(), []);
	t.same(box.leftovers(), []);
	t.ok(existsSync(join(box.dir, 'old')), 'a directory that was there stays there');
	t.notOk(existsSync(join(box.dir, 'new')), 'one that was made is removed');
	const next = await box.mount();
	await mount('old');
	next.child.kill('SIGKILL');
	await box.quiet();
	t.same(box.mounts(), []);
});

t.test('mount --type: what is refused is one line', async t => {
	const box = new Sandbox(t);
	t.match(await box.ring3(['mount', '--type', 'proc', 'x']), {
		status: 1,
		stderr: 'ring3: mount x: no machine is running\n',
	});
	const { dir } = await box.mount(['here']);
	symlinkSync(join(dir, 'proc'), join(box.dir, 'link'));
	writeFileSync(join(box.dir, 'file'), '');
	const cases: [args: string[], status: number, message: RegExp | string][] = [
		[['--type', 'nosuchfs', 'x'], 1, 'mount x: file system nosuchfs is not registered'],
		[['--type', 'proc', '-o', 'nosuch=1', 'x'], 1, /^mount x: .*nosuch=1/],
		[['--type', 'tmpfs', '-o', 'size=lots', 'x'], 1, /^mount x: \S/],
		[['--type', 'proc', 'here'], 1, `mount here: ${dir}: a machine is mounted there`],
		[['--type', 'proc', 'here/proc'], 1, `mount here/proc: ${dir}/proc: inside the machine itself`],
		[['--type', 'proc', 'link/sys'], 1, `mount link/sys: ${dir}/proc/sys: inside the machine itself`],
		[['--type', 'proc', 'link'], 1, `mount link: ${dir}/proc: inside the machine itself`],
		[['--type', 'proc', 'file'], 1, `mount file: ${box.dir}/file: not a directory`],
		[['--type', 'proc', 'no/where'], 1, `mount no/where: ${box.dir}/no: no such directory`],
		[['--type', 'proc', '--name', 'm7'], 1, 'mount: no machine named m7 is running'],
		[['--type', 'proc', '--daemon', 'x'], 2, 'mount: --daemon is for a new machine, and --type for one that runs'],
		[
			['--type', 'proc', '--module', 'hello', 'x'],
			2,
			'mount: --module is for a new machine, and --type for one that runs',
		],
	];
	for (const [args, status, message] of cases) {
		const result = await box.ring3(['mount', ...args]);
		t.match(result, { status, stdout: '' }, args.join(' '));
		t.match(result.stderr, /^ring3: [^\n]*\n$/);
		t.match(result.stderr.slice('ring3: '.length, -1), message);
	}
	t.same(box.mounts(), [dir]);
	t.notOk(existsSync(join(box.dir, 'x')));
	t.match(readFileSync(join(dir, 'proc/version'), 'utf8'), /^Linux/);
});

t.test('mount --type: as a user', { skip: lacksPlainUser() }, async t => {
	const box = new Sandbox(t);
	const user = await PlainUser.create(t, box);
	const machine = await user.mount();
	t.match(await user.ring3(['mount', '--type', 'tmpfs', 'here']), { status: 0, stderr: '' });
	t.match(
		await user.shell('echo text > here/file; cat here/file; stat -c %u:%g here here/file'),
		'text\n1000:1000\n1000:1000\n',
	);
	t.equal(user.mounts().length, 2);
	t.match(await user.ring3(['umount', 'here']), { status: 0, stderr: '' });
	t.equal(user.mounts().length, 1);
	t.match(await user.ring3(['mount', '--type', 'tmpfs', 'here']), { status: 0, stderr: '' });
	machine.child.kill('SIGKILL');
	await box.quiet();
	t.same(user.mounts(), []);
});
