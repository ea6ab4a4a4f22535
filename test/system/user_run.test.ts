/** user_run - ring3 run of users other than root. */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { lacks } from './needs.ts';
import { lacksPlainUser, PlainUser } from './plain_user.ts';
import { Sandbox } from './sandbox.ts';

const skip = { skip: lacksPlainUser() };

t.test('run: a user sees his machine at /proc, where he is root', skip, async t => {
	const box = new Sandbox(t);
	const user = await PlainUser.create(t, box);
	const machine = await user.mount();
	const script = [
		'head -c 13 /proc/version; echo',
		'id -u; stat -c %U /proc/version /proc/self',
		'cat /proc/self/comm; echo $$',
		'ls -d /proc/$$/task/$$; readlink /proc/$$/cwd; head -c 9 /proc/.host/version; echo',
		'grep -E "^(Uid|CapEff)" /proc/self/status',
		'ls /proc | grep -x $$',
	];
	const { status, stdout, stderr } = await user.ring3(['run', '--', 'sh', '-c', script.join('; ')]);
	t.match({ status, stderr }, { status: 0, stderr: '' });
	const [version, id, owner, self, comm, pid = '', task, cwd, host, uid, caps, listed] = stdout.split('\n');
	t.equal(version, 'Linux version');
	t.same([id, owner, self], ['0', 'root', 'root']);
	t.equal(comm, 'cat');
	t.equal(task, `/proc/${pid}/task/${pid}`);
	t.equal(cwd, box.dir);
	t.equal(host, 'Linux ver');
	t.same([uid, caps], ['Uid:\t0\t0\t0\t0', `CapEff:\t${'0'.repeat(16)}`]);
	t.equal(listed, pid);
	t.match(user.mounts(), [/^tmp\/ring3-/], 'nothing is mounted outside');
	t.match(await user.shell('head -c 9 /proc/version'), 'Linux ver');
	t.match((await user.ring3(['ps'])).stdout, new RegExp(`^m0 +${machine.child.pid} .* 0 +- `, 'm'));
});

t.test('run: a user starts a machine, which ends with its last run', skip, async t => {
	const box = new Sandbox(t);
	const user = await PlainUser.create(t, box);
	const running = user.ring3Running(
		['run', '--module', 'seqfile', '--', 'sh', '-c', 'head -n 1 /proc/sequence; read go'],
		{
			input: 'go\n',
		},
	);
	t.match(await running.ended, { status: 0, stdout: '0\n', stderr: '' });
	await box.quiet();
	t.same(user.mounts(), []);
	t.same(box.leftovers(), []);
});

t.test('run: as a user, it ends as the command ends', skip, async t => {
	const box = new Sandbox(t);
	const user = await PlainUser.create(t, box);
	await user.mount();
	writeFileSync(join(box.dir, 'not-executable'), '');
	const cases: [string[], object][] = [
		[['true'], { status: 0, stderr: '' }],
		[['sh', '-c', 'echo to stderr >&2; exit 7'], { status: 7, stderr: 'to stderr\n' }],
		[['sh', '-c', 'kill -TERM $$'], { signal: 'SIGTERM' }],
		[['sh', '-c', 'kill -KILL $$'], { signal: 'SIGKILL' }],
		[['no-such-command'], { status: 127, stderr: 'ring3: run no-such-command: command not found\n' }],
		[['./not-executable'], { status: 126, stderr: 'ring3: run ./not-executable: cannot be executed\n' }],
		[['sh', '-c', 'ls /proc/self/fd'], { stdout: await user.shell('ls /proc/self/fd') }],
		[['sh', '-c', 'printf "<%s>" "$@"', '--', '--', '', 'a b'], { stdout: '<--><><a b>' }],
	];
	for (const [command, want] of cases) t.match(await user.ring3(['run', '--', ...command]), want, command.join(' '));
	const input = 'x'.repeat(300_000);
	t.equal((await user.ring3(['run', '--', 'cat'], { input })).stdout.length, input.length);
});

t.test('run: signals for the launcher of a user reach the command', skip, async t => {
	const box = new Sandbox(t);
	const user = await PlainUser.create(t, box);
	await user.mount();
	const script = `trap 'echo got it; exit 5' USR1; echo ready; while :; do sleep 0.01; done`;
	const running = user.ring3Running(['run', 'sh', '-c', script]);
	await running.printed(/ready/);
	running.child.kill('SIGUSR1');
	t.match(await running.ended, { status: 5, stdout: 'ready\ngot it\n' });
});

t.test('run: inside, ring3 finds the machine of the user', skip, async t => {
	const box = new Sandbox(t);
	const user = await PlainUser.create(t, box);
	await user.mount();
	const ring3 = [process.execPath, ...box.command([])].map(word => `'${word}'`).join(' ');
	const script = `${ring3} insmod seqfile && head -n 1 /proc/sequence && ${ring3} run -- cat /proc/self/comm`;
	const there = await user.ring3(['run', '--', 'sh', '-c', script]);
	t.match(there, { status: 0, stdout: '0\ncat\n', stderr: '' });
	const env = { RING3_RUNTIME_DIR: '', XDG_RUNTIME_DIR: box.dir };
	const byDefault = await user.ring3(['run', '--', 'sh', '-c', script], { env });
	t.match(
		byDefault,
		{ status: 0, stdout: '0\ncat\n', stderr: '' },
		'also in the directory of users, which is not that of root',
	);
});

t.test(
	'run: an interactive shell of a user has job control',
	{ skip: lacksPlainUser() || lacks('script', 'bash') },
	async t => {
		const box = new Sandbox(t);
		const user = await PlainUser.create(t, box);
		await user.mount();
		const ring3 = [process.execPath, ...box.command(['run', '--', 'bash', '-i'])].map(word => `'${word}'`).join(' ');
		const { stdout } = await user.start('script', ['-qefc', ring3, '/dev/null'], {
			input: 'sleep 100 &\njobs; kill %1; cat /proc/version; exit 6\n',
			env: { TERM: 'dumb', SHELL: '/bin/sh' },
		}).ended;
		t.match(stdout, /Running +sleep 100 &/);
		t.match(stdout, /\nLinux version .*ring3/);
		t.notMatch(stdout, /no job control|cannot set terminal/);
	},
);

t.test('run: where there are no user namespaces, one line says what helps', skip, async t => {
	const refuse =
		'cover /usr/bin/unshare "#!/bin/sh\necho unshare: unshare failed: No space left on device >&2; exit 1"';
	const cases: [string, RegExp][] = [
		[
			`${refuse}; cover /proc/sys/user/max_user_namespaces 0`,
			/^user namespaces are switched off; try: sudo sysctl -w user\.max_user_namespaces=15000$/,
		],
		[
			'cover /usr/bin/mount "#!/bin/sh\necho mount: permission denied >&2; exit 1"',
			/^(a user namespace does not work \(mount: permission denied\); try: run it as root|this container may not .*)$/,
		],
	];
	for (const [setup, message] of cases) {
		const box = new Sandbox(t);
		const user = await PlainUser.create(t, box, setup);
		const { status, stdout, stderr } = await user.ring3(['run', '--', 'echo', 'never']);
		t.match({ status, stdout }, { status: 1, stdout: '' });
		t.match(stderr, /^ring3: run: [^\n]*\n$/);
		t.match(stderr.slice('ring3: run: '.length, -1), message);
		await box.quiet();
		t.same(user.mounts(), []);
	}
});

t.test('run: without unshare', skip, async t => {
	const box = new Sandbox(t);
	const user = await PlainUser.create(t, box);
	await user.mount();
	const ring3 = [process.execPath, ...box.command(['run', '--', '/bin/echo', 'never'])];
	const { status, stderr } = await user.start('env', ['PATH=/no/where', ...ring3]).ended;
	const message = 'unshare is not installed; try: sudo apt-get install util-linux';
	t.match({ status, stderr }, { status: 1, stderr: `ring3: run: ${message}\n` });
});

t.test('run: a user who is root of a namespace of his own is not root to the machine of root', skip, async t => {
	const box = new Sandbox(t);
	const user = await PlainUser.create(t, box);
	const machine = user.startAsRoot(process.execPath, box.command(['mount', 'here']));
	await machine.printed(/mounted on/);
	await user.startAsRoot('chmod', ['0711', '.']).ended;
	const status = await user.shell('unshare -Ur cat /proc/self/status here/proc/self/status');
	t.match(status, /^CapEff:\t0*[1-9a-f][0-9a-f]*$/m, 'to the host he is, there');
	t.match(status, /^CapEff:\t0{16}$/m);
	machine.child.kill('SIGINT');
	t.match(await machine.ended, { status: 0 });
});
