/** posix_spawn - what a program finds that is started so, and how its end is told. */

import { spawnSync } from 'node:child_process';
import { chmodSync, closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t, { type Test } from 'tap';
import { loadLibc } from '../../../mount/libc.ts';
import { type Exit, posixSpawn, type Spawn, whenExited } from '../../../mount/posix_spawn.ts';
import { isErrno } from '../../../src/lib/errno.ts';
import { O_NONBLOCK } from '../../../src/uapi/fcntl.ts';

const libc = loadLibc();

/** Runs a program whose standard output and error go to a file, and answers how it ended and what is in the file. */
async function run(t: Test, spawn: Pick<Spawn, 'path' | 'argv'> & Partial<Spawn>): Promise<[Exit, string]> {
	const dir = mkdtempSync(join(tmpdir(), 'posix-spawn-'));
	const file = join(dir, 'output');
	const [none, output] = [openSync('/dev/null', 'r'), openSync(file, 'w')];
	try {
		const pid = posixSpawn(libc, { env: process.env, stdio: [none, output, output], ...spawn });
		const exit = await whenExited(libc, pid);
		t.throws(() => process.kill(pid, 0), { code: 'ESRCH' }, 'nothing is left of it');
		return [exit, readFileSync(file, 'utf8')];
	} finally {
		closeSync(none);
		closeSync(output);
		rmSync(dir, { recursive: true });
	}
}

function sh(script: string, ...args: string[]): Pick<Spawn, 'path' | 'argv'> {
	return { path: '/bin/sh', argv: ['sh', '-c', script, ...args] };
}

t.test('posixSpawn: how a program ends', async t => {
	t.same(await run(t, sh('exit 0')), [[0, null], '']);
	t.same(await run(t, sh('exit 255')), [[255, null], '']);
	t.same(await run(t, sh('kill -9 $$')), [[null, 'SIGKILL'], '']);
	t.same(await run(t, sh('kill -TERM $$')), [[null, 'SIGTERM'], '']);
});

t.test('posixSpawn: many at once, each told of its own end', async t => {
	const stdio: Spawn['stdio'] = [0, 1, 2];
	const pids = Array.from({ length: 20 }, (_, i) => posixSpawn(libc, { ...sh(`exit ${i}`), env: {}, stdio }));
	t.same(
		await Promise.all(pids.map(pid => whenExited(libc, pid))),
		pids.map((_, i) => [i, null]),
	);
});

t.test('posixSpawn: arguments and environment', async t => {
	const [, args] = await run(t, sh('printf "%s|" "$0" "$@"', 'zero', 'a b', '', '\u00fc\n'));
	t.equal(args, 'zero|a b||\u00fc\n|');
	const [, env] = await run(t, { path: '/usr/bin/env', argv: ['env'], env: { A: '1', B: '', C: undefined } });
	t.equal(env, 'A=1\nB=\n');
});

t.test('posixSpawn: signals are as for a new program, though Node ignores some', async t => {
	const [, status] = await run(t, { path: '/bin/grep', argv: ['grep', '^Sig[BI]', '/proc/self/status'] });
	t.equal(status, 'SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n');
});

t.test('posixSpawn: of our descriptors it has three, and those that were meant for every program', async t => {
	const numbers = 'cd /proc/$$/fd && echo *';
	const [, ours] = await run(t, sh(numbers));
	t.equal(ours, spawnSync('sh', ['-c', numbers], { encoding: 'utf8' }).stdout);
	t.match(ours, /^0 1 2\b/);
});

t.test('posixSpawn: standard input, output and error block, whatever Node has made of them', async t => {
	const program = fileURLToPath(new URL('./nonblocking.js', import.meta.url));
	const { status, stdout } = spawnSync(process.execPath, [program], { encoding: 'utf8' });
	t.equal(status, 0);
	t.same(
		stdout
			.trim()
			.split('\n')
			.map(line => Number.parseInt(line.replace(/^flags:\s+/, ''), 8) & O_NONBLOCK),
		[0, 0, 0],
	);
});

t.test('posixSpawn: a session of its own, where that is asked for', async t => {
	const session = 'cut -d " " -f 1,6 /proc/$$/stat';
	const [, own] = await run(t, { ...sh(session), session: true });
	const [pid, sid] = own.trim().split(' ');
	t.equal(sid, pid);
	const [, ours] = await run(t, sh(session));
	t.equal(ours.trim().split(' ')[1], readFileSync('/proc/self/stat', 'utf8').split(' ')[5]);
});

t.test('posixSpawn: a file that the kernel cannot execute is a script, as for execvp', async t => {
	const path = join(t.testdir({ script: 'echo "$0 $1"; exit 5\n' }), 'script');
	chmodSync(path, 0o755);
	t.same(await run(t, { path, argv: ['script', 'word'] }), [[5, null], `${path} word\n`]);
});

t.test('posixSpawn: what cannot be executed is refused at once', async t => {
	const dir = t.testdir({ plain: 'text', bad: '#!/no/such/interpreter\n' });
	const refusal = (path: string) => {
		try {
			posixSpawn(libc, { path, argv: ['x'], env: {}, stdio: [0, 1, 2] });
			return 'none';
		} catch (error) {
			return isErrno(error) ? error.code : error;
		}
	};
	chmodSync(join(dir, 'bad'), 0o755);
	t.equal(refusal(join(dir, 'none')), 'ENOENT');
	t.equal(refusal(join(dir, 'plain')), 'EACCES');
	t.equal(refusal(join(dir, 'bad')), 'ENOENT');
	t.equal(refusal(dir), 'EACCES');
	t.equal(refusal(join(dir, 'plain', 'x')), 'ENOTDIR');
});
