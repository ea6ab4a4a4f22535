/** sessions - launchers come and go, and so do namespaces. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readlinkSync } from 'node:fs';
import t from 'tap';
import { Sessions } from '../../../src/machine/sessions.ts';

function launcher(): { signal: AbortSignal; leave(): void } {
	const controller = new AbortController();
	return { signal: controller.signal, leave: () => controller.abort() };
}

t.test('run: a machine is idle when the last launcher has gone', async t => {
	let idle = 0;
	const sessions = new Sessions(() => idle++);
	const [a, b] = [launcher(), launcher()];
	sessions.join(a.signal);
	sessions.join(b.signal);
	sessions.join(b.signal);
	t.equal(sessions.size, 2);
	sessions.enter('mnt:[1]', 4711, a.signal);
	t.same(
		[4711, process.pid].map(pid => sessions.isLauncher(pid)),
		[true, false],
	);
	t.ok(sessions.has('mnt:[1]', process.pid));
	t.notOk(sessions.has('mnt:[2]', process.pid));
	a.leave();
	t.notOk(sessions.has('mnt:[1]', process.pid), 'nobody is in that namespace');
	t.same([sessions.size, idle], [1, 0]);
	b.leave();
	t.same([sessions.size, idle], [0, 1]);
});

t.test('run: a namespace counts until the last program in it has ended', async t => {
	let settleIdle = () => {};
	const idle = new Promise<void>(resolve => {
		settleIdle = resolve;
	});
	const sessions = new Sessions(() => settleIdle());
	t.teardown(() => sessions.close());
	const child = spawn('unshare', ['-m', 'sh', '-c', 'echo; read line'], { stdio: ['pipe', 'pipe', 'inherit'] });
	t.teardown(() => child.kill());
	await once(child.stdout, 'data');
	const namespace = readlinkSync(`/proc/${child.pid}/ns/mnt`);
	const { signal, leave } = launcher();
	sessions.join(signal);
	sessions.enter(namespace, process.pid, signal);
	leave();
	t.equal(sessions.size, 1);
	t.ok(sessions.has(namespace, child.pid!));
	child.stdin.end();
	await idle;
	t.equal(sessions.size, 0);
});

t.test('run: nobody enters without having joined, and never our own namespace', async t => {
	const sessions = new Sessions(() => {});
	const { signal } = launcher();
	t.throws(() => sessions.enter('mnt:[1]', 1, signal), { code: 'EINVAL' });
	sessions.join(signal);
	t.throws(() => sessions.enter(readlinkSync('/proc/self/ns/mnt'), 1, signal), { code: 'EINVAL' });
});

t.test('run: when a machine ends it does not become idle', async t => {
	let idle = 0;
	const sessions = new Sessions(() => idle++);
	const { signal, leave } = launcher();
	sessions.join(signal);
	sessions.close();
	leave();
	t.same([sessions.size, idle], [0, 0]);
});
