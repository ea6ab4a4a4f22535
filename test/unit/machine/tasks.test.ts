/** tasks - facts of real processes, and of those that are gone. */

import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { idsOfOwner } from '../../../mount/fuse/ids.ts';
import { findTask, hostTasks, mountNamespace } from '../../../src/machine/tasks.ts';

t.test('tasks: this process, as getpid(2) and its relatives have it', async t => {
	const self = findTask(process.pid)!;
	t.match(self, { pid: process.pid, tgid: process.pid, ppid: process.ppid, comm: /^node|^Main/ });
	t.same(self.uid, Array(4).fill(process.getuid!()));
	t.same(self.gid, Array(4).fill(process.getgid!()));
	t.same(
		[...self.groups].sort(),
		process.getgroups!()
			.filter(group => group !== process.getgid!())
			.sort(),
	);
	t.equal(self.umask, process.umask());
	t.equal(Buffer.from(self.cmdline).toString().split('\0')[0], process.argv0);
	t.ok(self.threads > 1);
	t.ok(self.startTime > 0);
	t.ok(self.minFlt > 0);
	t.ok(self.tpgid === -1 || self.tpgid > 0);
	t.ok(self.rss > 2 ** 20 && self.rss < self.vsize);
	t.equal(self.capEff !== 0n, process.getuid!() === 0);
	t.match(self.state, /^[RS]$/);
	const ps = spawnSync('ps', ['-o', 'pgid=,sid=,ni=,nlwp=', '-p', String(process.pid)]).stdout.toString();
	t.same([self.pgrp, self.session, self.nice, self.threads], ps.trim().split(/\s+/).map(Number));
});

t.test('tasks: a name with parentheses and blanks does not shift the fields', async t => {
	const dir = t.testdir();
	const file = join(dir, 'a) S 1 (b');
	writeFileSync(file, '#!/bin/sh\nread line\n', { mode: 0o755 });
	const child = spawn(file, { stdio: ['pipe', 'ignore', 'ignore'] });
	t.teardown(() => child.kill());
	await once(child, 'spawn');
	t.match(findTask(child.pid!), { comm: 'a) S 1 (b', ppid: process.pid, tgid: child.pid! });
	child.stdin.end();
	await once(child, 'exit');
	t.equal(findTask(child.pid!), undefined);
});

t.test('tasks: a number that no thread has is undefined', async t => {
	for (const pid of [0, -1, 2 ** 22 + 1]) t.equal(findTask(pid), undefined, String(pid));
});

t.test('tasks: a task that ends between two reads keeps its rights, and its counters are 0', async t => {
	const child = spawn('sh', ['-c', 'read line'], { stdio: ['pipe', 'ignore', 'ignore'] });
	await once(child, 'spawn');
	const task = findTask(child.pid!)!;
	child.stdin.end();
	await once(child, 'exit');
	t.match(task, { pid: child.pid!, ppid: process.pid, uid: [process.getuid!()], utime: 0, startTime: 0 });
	t.equal(task.cmdline.length, 0);
});

/** Starts a program that says `up` and waits; it ends with the test. */
async function start(t: Test, command: string, ...args: string[]): Promise<number> {
	const script = ['-c', 'echo up; read line'];
	const child = spawn(command, [...args, 'sh', ...script], { stdio: ['pipe', 'pipe', 'inherit'], cwd: '/' });
	t.teardown(() => child.kill('SIGKILL'));
	await once(child.stdout, 'data');
	return child.pid!;
}

const root = process.getuid!() === 0;

t.test('tasks: capabilities in another user namespace are none here', { skip: !root && 'needs root' }, async t => {
	const user = ['--reuid=1000', '--regid=1000', '--clear-groups'];
	const cases: [title: string, command: string[], capable: boolean][] = [
		['root', ['env'], true],
		['root in a user namespace of its own', ['unshare', '-U'], false],
		['root, as root of a user namespace', ['unshare', '-Ur'], false],
		['a user', ['setpriv', ...user], false],
		['a user, as root of a user namespace', ['setpriv', ...user, 'unshare', '-Ur'], false],
	];
	for (const [title, [command, ...args], capable] of cases) {
		const pid = await start(t, command!, ...args);
		t.equal(findTask(pid)!.capEff !== 0n, capable, title);
		const status = readFileSync(`/proc/${pid}/status`, 'utf8');
		if (args.includes('-Ur')) t.match(status, /^CapEff:\t0*[1-9a-f]/m, 'where it is, it has them');
	}
});

t.test("tasks: ids are the machine's", { skip: !root && 'needs root' }, async t => {
	const pid = await start(t, 'setpriv', '--reuid=1000', '--regid=100', '--groups=100,5,0');
	const seen = (owner: number, group: number) => findTask(pid, { ids: idsOfOwner(owner, group) });
	t.match(seen(0, 0), { uid: [1000, 1000, 1000, 1000], gid: [100, 100, 100, 100], groups: [0, 5, 100] });
	t.match(seen(1000, 100), { uid: [0, 0, 0, 0], gid: [0, 0, 0, 0], groups: [100, 5, 0] });
	t.match(seen(7, 5), { uid: [1000, 1000, 1000, 1000], groups: [5, 0, 100] });
});

t.test('tasks: links are read, not followed', async t => {
	const dir = join(t.testdir(), 'gone');
	mkdirSync(dir);
	const tasks = hostTasks({ has: () => false, isLauncher: () => false, size: 0 });
	t.equal(tasks.readlink(process.pid, 'exe'), process.execPath);
	t.equal(tasks.readlink(process.pid, 'cwd'), process.cwd());
	t.equal(tasks.readlink(process.pid, 'root'), '/');
	t.equal(tasks.readlink(process.pid, 'ns/mnt'), mountNamespace(process.pid));
	t.equal(tasks.readlink(2 ** 22 + 1, 'exe'), undefined);
	const child = spawn('sh', ['-c', 'rmdir "$PWD"; echo; read line'], { cwd: dir, stdio: ['pipe', 'pipe', 'ignore'] });
	t.teardown(() => child.kill());
	await once(child.stdout, 'data');
	t.equal(tasks.readlink(child.pid!, 'cwd'), `${dir} (deleted)`);
});

t.test('tasks: the threads of a process, in rising order', async t => {
	const tasks = hostTasks({ has: () => false, isLauncher: () => false, size: 0 });
	const threads = tasks.threads(process.pid);
	t.equal(threads[0], process.pid);
	t.equal(threads.length, findTask(process.pid)!.threads);
	const facts = threads.map(tid => findTask(tid)!);
	for (const { tgid } of facts) t.equal(tgid, process.pid);
	const whole = facts[0]!.utime + facts[0]!.stime;
	for (const { threadUtime, threadStime } of facts) t.ok(threadUtime + threadStime <= whole + 2);
	t.ok(facts[0]!.threadUtime > 0, 'this thread has worked');
	t.same(tasks.threads(2 ** 22 + 1), []);
});

t.test('tasks: inside are the processes of the given mount namespaces, in rising order', async t => {
	const own = readlinkSync('/proc/self/ns/mnt');
	t.equal(mountNamespace(process.pid), own);
	t.equal(mountNamespace(2 ** 22 + 1), undefined);
	const tasks = hostTasks({ has: namespace => namespace === own, isLauncher: pid => pid === process.ppid, size: 1 });
	t.equal(tasks.inside(process.pid), true);
	t.equal(tasks.inside(2 ** 22 + 1), false);
	const pids = tasks.list();
	t.ok(pids.includes(process.pid));
	t.notOk(pids.includes(process.ppid), 'who stands for a program');
	t.same(
		pids,
		[...pids].sort((a, b) => a - b),
	);
	const nobody = hostTasks({ has: () => true, isLauncher: () => false, size: 0 });
	t.same(nobody.list(), []);
	t.equal(nobody.inside(process.pid), false);
});

t.test('tasks: files, directories and links of a process, and what the host refuses', async t => {
	const tasks = hostTasks({ has: () => false, isLauncher: () => false, size: 0 });
	const child = spawn('sleep', ['30'], { stdio: ['pipe', 'ignore', 'ignore'] });
	await once(child, 'spawn');
	t.teardown(() => child.kill());
	const pid = child.pid!;
	t.match(Buffer.from(tasks.readFile(pid, 'limits')).toString(), /^Limit +Soft Limit /);
	t.match(Buffer.from(tasks.readFile(pid, `task/${pid}/stat`)).toString(), new RegExp(`^${pid} `));
	t.same(tasks.readDir(pid, 'fd').slice(0, 3), ['0', '1', '2']);
	t.equal(tasks.readlink(pid, 'fd/1'), '/dev/null');
	t.match(tasks.readlink(pid, 'fd/0'), /^(socket|pipe):\[\d+\]$/);
	t.equal(tasks.linkMode(pid, 'fd/1'), 0o700);
	t.equal(tasks.linkMode(pid, 'ns/net'), 0o777);
	t.equal(tasks.linkMode(pid, 'fd/99'), undefined);
	t.throws(() => tasks.readFile(pid, 'nothing'), { code: 'ENOENT' });
	t.throws(() => tasks.readDir(2 ** 22 + 1, 'fd'), { code: 'ENOENT' });
	t.equal(tasks.sharesPids(pid), true);
	t.equal(tasks.sharesPids(2 ** 22 + 1), false);
	t.ok(tasks.hasEntry('maps'));
	t.notOk(tasks.hasEntry('nothing'));
	t.equal(findTask(pid)!.dumpable, true);
});
