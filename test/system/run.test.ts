/** run - ring3 run: a command that sees the machine at /proc, and is otherwise left alone. */

import { existsSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { lacks } from './needs.ts';
import { Sandbox } from './sandbox.ts';

t.test('run: the machine is at /proc, for the command alone', async t => {
	const box = new Sandbox(t);
	const { dir } = await box.mount();
	const { status, stdout } = await box.ring3(['run', '--', 'cat', '/proc/version']);
	t.equal(status, 0);
	t.equal(stdout, readFileSync(join(dir, 'proc/version'), 'utf8'));
	t.notSame(stdout, readFileSync('/proc/version', 'utf8'));
});

t.test('run: the real processes are reachable inside', async t => {
	const box = new Sandbox(t);
	await box.mount();
	const script = [
		'readlink /proc/self',
		'echo $$',
		'tr "\\0" " " < /proc/$$/cmdline; echo',
		'readlink /proc/self/ns/mnt',
		'readlink /proc/$$/fd/1',
		'head -n 1 /proc/.host/net/dev',
		'ls -d /proc/$$/task/$$',
	].join('; ');
	const { stdout, stderr } = await box.ring3(['run', 'sh', '-c', script]);
	t.equal(stderr, '');
	const [self, shell, cmdline, namespace, fd, net, task] = stdout.split('\n');
	t.match(self, /^\d+$/);
	t.ok(Number(self) > Number(shell), 'readlink is a child of the shell');
	t.match(cmdline, /^sh -c readlink /);
	t.match(namespace, /^mnt:\[\d+\]$/);
	t.not(namespace, readlinkSync('/proc/self/ns/mnt'));
	t.match(fd, /^(pipe|socket):\[\d+\]$/);
	t.match(net, /^Inter-\|/);
	t.equal(task, `/proc/${shell}/task/${shell}`);
});

t.test('run: starts a machine when none runs, which ends with its last run', async t => {
	const box = new Sandbox(t);
	const outer = box.ring3Running([
		'run',
		'--module',
		'seqfile',
		'--',
		'sh',
		'-c',
		'echo up; head -n 1 /proc/sequence; read line',
	]);
	outer.child.kill('SIGCONT');
	t.match(await outer.ended, { status: 1, stdout: 'up\n0\n', stderr: '' });
	await box.quiet();
	t.same(box.mounts(), []);
	t.same(box.leftovers(), []);
});

t.test("run: a second one joins the first one's machine; it goes when both have", async t => {
	const box = new Sandbox(t);
	const fifo = join(box.dir, 'fifo');
	await box.start('mkfifo', [fifo]).ended;
	const first = box.ring3Running(['run', '--module', 'seqfile', '--', 'sh', '-c', `echo up; cat ${fifo}`]);
	await first.printed(/up\n/);
	const second = await box.ring3(['run', '--module', 'seqfile', '--', 'head', '-n', '2', '/proc/sequence']);
	t.match(second, { status: 0, stdout: '0\n1\n', stderr: '' });
	t.match((await box.ring3(['ps'])).stdout, /\n.* 1 +seqfile /);
	t.match(await box.start('sh', ['-c', `echo bye > ${fifo}`]).ended, { status: 0 });
	t.match(await first.ended, { status: 0, stdout: 'up\nbye\n' });
	await box.quiet();
	t.same(box.leftovers(), []);
});

t.test('run: a program left in the background keeps the machine', async t => {
	const box = new Sandbox(t);
	const fifo = join(box.dir, 'fifo');
	const result = join(box.dir, 'result');
	await box.start('mkfifo', [fifo]).ended;
	const script = `(read line < ${fifo}; head -n 1 /proc/sequence > ${result}) > /dev/null 2>&1 &`;
	t.match(await box.ring3(['run', '--module', 'seqfile', '--', 'sh', '-c', script]), { status: 0 });
	t.match(await box.start('sh', ['-c', `echo > ${fifo}`]).ended, { status: 0 });
	await box.quiet();
	t.equal(readFileSync(result, 'utf8'), '0\n');
	t.same(box.leftovers(), []);
});

t.test('run: ends as the command ends', async t => {
	const box = new Sandbox(t);
	await box.mount();
	writeFileSync(join(box.dir, 'not-executable'), '');
	const cases: [string[], Partial<{ status: number | null; signal: string | null; stderr: string }>][] = [
		[['true'], { status: 0, stderr: '' }],
		[['sh', '-c', 'exit 7'], { status: 7 }],
		[['sh', '-c', 'kill -TERM $$'], { status: null, signal: 'SIGTERM' }],
		[['sh', '-c', 'kill -INT $$'], { status: null, signal: 'SIGINT' }],
		[['sh', '-c', 'kill -KILL $$'], { status: null, signal: 'SIGKILL' }],
		[['sh', '-c', 'kill -SEGV $$'], { status: null, signal: 'SIGSEGV' }],
		[['no-such-command'], { status: 127, stderr: 'ring3: run no-such-command: command not found\n' }],
		[['./not-executable'], { status: 126, stderr: 'ring3: run ./not-executable: cannot be executed\n' }],
	];
	// Node's event loop may have a ring of io_uring: that of Node 22 always has, that of Node 20 where it is told to.
	for (const env of [{ UV_USE_IO_URING: '0' }, { UV_USE_IO_URING: '1' }]) {
		for (const [command, want] of cases) {
			t.match(await box.ring3(['run', '--', ...command], { env }), want, [env.UV_USE_IO_URING, ...command].join(' '));
			t.match(await box.ring3(['run', '--trace', '--', ...command], { env }), { ...want, stderr: /^/ });
		}
	}
	t.notOk(existsSync(join(box.dir, 'core')));
});

t.test('run: signals for the launcher reach the command', async t => {
	const box = new Sandbox(t);
	await box.mount();
	for (const signal of ['SIGTERM', 'SIGHUP', 'SIGINT', 'SIGUSR1'] as const) {
		const name = signal.slice(3);
		const script = `trap 'echo got ${name}; exit 5' ${name}; echo ready; while :; do sleep 0.01; done`;
		const running = box.ring3Running(['run', 'sh', '-c', script]);
		await running.printed(/ready/);
		running.child.kill(signal);
		t.match(await running.ended, { status: 5, stdout: `ready\ngot ${name}\n` }, signal);
	}
});

t.test("run: standard input, output and error are the command's own", async t => {
	const box = new Sandbox(t);
	await box.mount();
	const input = 'x'.repeat(300_000);
	const piped = await box.ring3(['run', '--', 'sh', '-c', 'cat; echo bye >&2'], { input });
	t.equal(piped.stdout.length, input.length);
	t.match(piped, { status: 0, stderr: 'bye\n' });
	const nonblocking = 'for fd in 0 1 2; do grep flags /proc/.host/self/fdinfo/$fd || cat /proc/self/fdinfo/$fd; done';
	const { stdout } = await box.ring3(['run', '--', 'sh', '-c', nonblocking]);
	const flags = stdout.split('\n').filter(line => line !== '');
	t.equal(flags.length, 3);
	for (const line of flags) t.equal(Number.parseInt(line.replace(/^flags:\s+/, ''), 8) & 0o4000, 0, line);
});

t.test('run: arguments, directory and environment arrive as they are', async t => {
	const box = new Sandbox(t);
	await box.mount();
	const script = 'pwd; printf "<%s>" "$@"; echo; echo "$WORD $RING3_MACHINE"';
	const { stdout } = await box.ring3(['run', '--name', 'm0', 'sh', '-c', script, '--', '--name', '-x', '', 'a b'], {
		env: { WORD: 'word' },
	});
	t.equal(stdout, `${box.dir}\n<--name><-x><><a b>\nword m0\n`);
});

t.test('run: inside a run it just runs', async t => {
	const box = new Sandbox(t);
	await box.mount();
	const nested = box.command(['run', '--', 'sh', '-c', 'head -c 13 /proc/version; exit 9']);
	t.match(await box.ring3(['run', '--', process.execPath, ...nested]), { status: 9, stdout: 'Linux version' });
	const other = box.command(['run', '--name', 'other', '--', 'true']);
	t.match(await box.ring3(['run', '--', process.execPath, ...other]), {
		status: 1,
		stderr: 'ring3: run: this is the inside of m0, leave it first\n',
	});
});

t.test('run: procps and kmod read our files', { skip: lacks('free', 'uptime', 'vmstat', 'lsmod') }, async t => {
	const box = new Sandbox(t);
	await box.mount(['--module', 'seqfile']);
	const cases: [string[], RegExp][] = [
		[['free', '-b'], /^ +total +used +free .*\nMem: +1073741824 +\d+ +\d+ .*\nSwap: +0 +0 +0\n$/],
		[['uptime', '-p'], /^up .*\n$/],
		[['vmstat'], /^procs .*\n +r +b .*\n( +\d+)+ *\n$/],
		[['/usr/sbin/lsmod'], /^Module +Size +Used by\nseqfile +16384 +0\n$/],
	];
	for (const [command, output] of cases) {
		const { status, stdout, stderr } = await box.ring3(['run', '--', ...command]);
		t.equal(stderr, '', command.join(' '));
		t.equal(status, 0);
		t.match(stdout, output);
	}
});

t.test('run: nothing is mounted outside, even where / is shared', { skip: lacks('unshare', 'mount') }, async t => {
	const box = new Sandbox(t);
	const [node, ...ring3] = [process.execPath, ...box.command([])];
	const script = `
		mount --make-rshared / || exit 90
		before=$(grep -v ring3 /proc/self/mountinfo | wc -l)
		"${node}" "${ring3[0]}" run -- cat /proc/version
		after=$(grep -v ring3 /proc/self/mountinfo | wc -l)
		echo "$before $after"
		cat /proc/version
	`;
	const { stdout, stderr } = await box.start('unshare', ['-m', 'sh', '-c', script]).ended;
	const [inside, counts = '', outside] = stdout.split('\n');
	t.equal(stderr, '');
	t.match(inside, /^Linux version .*ring3/);
	const [before, after] = counts.split(' ');
	t.equal(after, before);
	t.equal(`${outside}\n`, readFileSync('/proc/version', 'utf8'));
	await box.quiet();
});
