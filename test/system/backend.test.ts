/** backend - ring3 mount --backend fuse-native: what it serves, what it refuses, what is left of it, and what it says where it is missing. */

import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import t from 'tap';
import { findMount } from '../../mount/mountinfo.ts';
import { cannotMountFuseNative } from '../runner/fuse_native.ts';
import { lacksPlainUser, PlainUser } from './plain_user.ts';
import { Sandbox } from './sandbox.ts';

const backend = ['--backend', 'fuse-native'] as const;
const skip = { skip: (await cannotMountFuseNative()) ?? false };
const asUser = { skip: skip.skip || lacksPlainUser() };

t.test('fuse-native: a machine is read, written, changed and left', skip, async t => {
	const box = new Sandbox(t);
	const { dir, child, ended } = await box.mount([...backend, '--module', 'procfs', 'here']);
	t.equal(dir, join(box.dir, 'here'));
	t.match(readFileSync(join(dir, 'proc/version'), 'utf8'), /^Linux version/);
	writeFileSync(join(dir, 'proc/example/first'), '42');
	t.equal(readFileSync(join(dir, 'proc/example/first'), 'utf8'), '42');
	t.match(await box.ring3(['insmod', 'seqfile']), { status: 0 });
	t.match((await box.start('head', ['-n', '2', join(dir, 'proc/sequence')]).ended).stdout, '0\n1\n');
	t.match(await box.ring3(['rmmod', 'seqfile']), { status: 0 });
	t.notOk(existsSync(join(dir, 'proc/sequence')));
	t.match(await box.ring3(['run', '--', 'cat', '/proc/version']), { status: 0, stdout: /^Linux version/, stderr: '' });
	t.match(await box.ring3(['mount', '--type', 'tmpfs', 'there']), { status: 0 });
	t.same(box.mounts(), [dir, join(box.dir, 'there')]);
	child.kill('SIGINT');
	t.match(await ended, { status: 0, signal: null });
	t.same(box.mounts(), []);
	t.same(box.leftovers(), []);
	t.notOk(existsSync(dir));
});

t.test('fuse-native: in the background, until it is unmounted by name, by ring3 or by umount(8)', skip, async t => {
	const box = new Sandbox(t);
	for (const umount of [() => box.ring3(['umount', 'm0']), () => box.start('umount', [join(box.dir, 'here')]).ended]) {
		t.match(await box.ring3(['mount', ...backend, '--daemon', 'here']), { status: 0, stderr: '' });
		t.match(readFileSync(join(box.dir, 'here/proc/version'), 'utf8'), /^Linux version/);
		t.match(await umount(), { status: 0, stderr: '' });
		await box.quiet();
		t.same(box.mounts(), []);
		t.same(box.leftovers(), []);
	}
});

t.test('fuse-native: -o is as with the other back end, but that others must be let in', skip, async t => {
	const box = new Sandbox(t);
	const { dir } = await box.mount([...backend, '-o', 'ro,uid=7,gid=8,fsname=my\\own']);
	t.throws(() => writeFileSync(join(dir, 'tmp/new'), ''), { code: 'EROFS' });
	t.match(statSync(join(dir, 'proc/version')), { uid: 7, gid: 8 });
	t.equal(findMount(dir)?.source, 'my\\own');
	const owners = readFileSync('/proc/self/mountinfo', 'utf8')
		.split('\n')
		.find(line => line.includes(` ${dir} `));
	t.notMatch(owners, 'allow_other');
});

t.test('fuse-native: what it cannot do is named, at once and where somebody asks for it', skip, async t => {
	const box = new Sandbox(t);
	const { dir } = await box.mount([...backend]);
	t.throws(() => readFileSync(join(dir, 'proc/self/stat')), { code: 'ENOTSUP' });
	const { stdout } = await box.ring3(['dmesg']);
	t.match(stdout, /fuse-native does without ioctl, poll, per-caller links, /);
	t.match(stdout, /fuse-native: readlink \/proc\/self is refused: its text depends on who reads it/);
	t.match(await box.ring3(['mount', ...backend, '--trace']), {
		status: 1,
		stderr: /^ring3: mount: fuse-native does not show its requests to a trace\n/m,
	});
	t.match(await box.ring3(['mount', '--backend', 'other']), {
		status: 2,
		stdout: '',
		stderr: 'ring3: mount: --backend other: there are fuse and fuse-native\n',
	});
	t.match(await box.ring3(['mount', ...backend, '--type', 'proc', 'x']), {
		status: 2,
		stderr: /--backend is for a new machine/,
	});
	t.same(box.mounts(), [dir]);
});

t.test('fuse-native: kill -9 sets who waits free, and leaves nothing', skip, async t => {
	const box = new Sandbox(t);
	writeFileSync(join(box.dir, 'slow.ts'), slow);
	for (const how of ['SIGKILL', 'SIGTERM'] as const) {
		const { dir, child, ended } = await box.mount([...backend, '--module', 'slow.ts']);
		// A child that had /dev/fuse open as well would keep the connection alive.
		t.match(await box.ring3(['run', '--', 'true']), { status: 0 });
		const cat = box.start('cat', [join(dir, 'proc/slow')]);
		await delay(200);
		child.kill(how);
		t.match(await cat.ended, { status: 1, stderr: /^cat: .*: \S/ }, how);
		await ended;
		await box.quiet();
		t.same(box.mounts(), []);
		t.same(box.leftovers(), []);
	}
});

const slow = `
import { defineModule } from 'ring3/kernel';
export default defineModule({
	name: 'slow',
	license: 'GPL',
	init({ proc }) {
		proc.create('slow', 0o444, {
			read: (_file, _count, _pos, { signal }) =>
				new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
		});
	},
});
`;

t.test('fuse-native: a machine that is stuck is killed, and its readers set free', skip, async t => {
	const box = new Sandbox(t);
	writeFileSync(join(box.dir, 'loop.ts'), loop);
	const { dir, ended } = await box.mount([...backend, '--module', 'loop.ts', '--watchdog', '0.5']);
	const cats = ['loop', 'version'].map(file => box.start('cat', [join(dir, 'proc', file)]));
	t.match(await cats[0]!.ended, { status: 1, stdout: '', stderr: /: Software caused connection abort$/m });
	await cats[1]!.ended;
	t.match(await ended, {
		signal: 'SIGKILL',
		stderr: /m0 was stuck for 0\.5 s in show \(.*loop\.ts:4\), and was killed\n$/,
	});
	await box.quiet();
	t.same(box.mounts(), []);
});

const loop = `import { defineModule, type SeqFile } from 'ring3/kernel';

function show(m: SeqFile): void {
	for (;;) m.puts('');
}

export default defineModule({
	name: 'loop',
	license: 'GPL',
	init: ({ proc }) => void proc.createSingle('loop', 0o444, show),
});
`;

t.test('fuse-native: of a user, who is root there', asUser, async t => {
	const box = new Sandbox(t);
	const user = await PlainUser.create(t, box);
	const { child, ended } = await user.mount([...backend, '--module', 'procfs', 'here']);
	t.equal(
		await user.shell('echo 7 > here/proc/example/first; cat here/proc/example/first; stat -c %u:%g here'),
		'7\n1000:1000\n',
	);
	t.equal(await user.shell('echo text > here/tmp/file; stat -c %u here/tmp/file'), '1000\n');
	t.match(user.mounts(), [/^here fuse\.ring3 ring3:/]);
	child.kill('SIGINT');
	t.match(await ended, { status: 0 });
	t.same(user.mounts(), []);
});

t.test('fuse-native: what is missing is said in a line, with what helps', asUser, async t => {
	const folder = dirname(createRequire(import.meta.url).resolve('fuse-native/package.json'));
	const binary = join(folder, 'prebuilds/linux-x64/node.napi.node');
	const cases: [setup: string, stderr: string | RegExp][] = [
		[
			`mount -t tmpfs none ${folder}`,
			'ring3: mount: the package fuse-native is not installed; try: npm install fuse-native@2.2.6\n',
		],
		[
			`cp ${binary} "$0"; mount -t tmpfs none ${dirname(binary)}; cp "$0/node.napi.node" ${binary}`,
			'ring3: mount: fuse-native does not find libfuse 2; try: sudo apt-get install libfuse2\n',
		],
		[
			`mount -t tmpfs none ${dirname(binary)}`,
			/^ring3: mount: fuse-native has no binary for linux-x64; try: sudo apt-get install libfuse-dev && npm rebuild fuse-native\n$/,
		],
		['chmod 0600 /dev/fuse', 'ring3: mount: only root may use /dev/fuse; try: sudo chmod 0666 /dev/fuse\n'],
	];
	for (const [setup, stderr] of cases) {
		const box = new Sandbox(t);
		const user = await PlainUser.create(t, box, setup);
		if (/libfuse 2/.test(`${stderr}`) && readdirSync('/usr/lib/x86_64-linux-gnu').includes('libfuse.so.2')) continue;
		t.match(await user.ring3(['mount', ...backend, '--daemon']), { status: 1, stdout: '', stderr }, setup);
		t.same(user.mounts(), []);
		t.match(
			await user.ring3(['mount', '--daemon']),
			{ status: setup.startsWith('chmod') ? 1 : 0 },
			'the other does without',
		);
	}
});
