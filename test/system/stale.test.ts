/** stale - machines that were killed: nobody hangs, and what they left is cleared away. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { loadLibc } from '../../mount/libc.ts';
import { unsharePrivate } from '../../mount/run/namespace.ts';
import { Sandbox } from './sandbox.ts';

// Any machine that starts clears away what it sees, also one of another test: what is looked for here must be out of its sight.
unsharePrivate(loadLibc());

t.test('mount: after kill -9 the next start detaches what is stale', async t => {
	const box = new Sandbox(t);
	const machine = await box.mount(['--name', 'a']);
	box.killForGood(machine.child.pid!);
	await machine.ended;
	t.same(box.mounts(), [machine.dir]);
	t.throws(() => readFileSync(join(machine.dir, 'proc/version')), { code: 'ENOTCONN' });
	t.match(await box.ring3(['ps']), { status: 0, stdout: /^NAME[^\n]*\n$/ });
	const next = await box.mount(['--name', 'a']);
	t.same(box.mounts(), [next.dir]);
	next.child.kill();
	await next.ended;
	t.same(box.leftovers(), []);
});

t.test('umount: after kill -9 the directory can be detached by hand', async t => {
	const box = new Sandbox(t);
	const machine = await box.mount(['--name', 'a', 'here']);
	box.killForGood(machine.child.pid!);
	await machine.ended;
	t.match(await box.ring3(['umount', 'here']), { status: 0, stderr: '' });
	t.same(box.mounts(), []);
});

t.test('mount: a directory whose machine was killed can be mounted on again', async t => {
	const box = new Sandbox(t);
	const first = await box.mount(['here']);
	box.killForGood(first.child.pid!);
	await first.ended;
	const second = await box.mount(['here']);
	t.match(readFileSync(join(second.dir, 'proc/version'), 'utf8'), /^Linux version /);
});

t.test('kill -9 under load: readers get an error, none hangs', async t => {
	const box = new Sandbox(t);
	const machine = await box.mount(['--module', 'seqfile']);
	const loads = [
		`while cat ${machine.dir}/proc/version; do :; done > /dev/null`,
		`cat ${machine.dir}/proc/sequence > /dev/null`,
		`while ls -lR ${machine.dir}/proc; do :; done > /dev/null 2>&1`,
		`while stat ${machine.dir}/proc/stat ${machine.dir}/proc/self; do :; done > /dev/null`,
	].map(load => box.start('sh', ['-c', `echo up; ${load}; echo over`]));
	for (const load of loads) await load.printed(/up/);
	await box.ring3(['ps']);
	machine.child.kill('SIGKILL');
	for (const load of loads) t.match(await load.ended, { status: 0, stdout: /over\n$/ });
	await box.quiet();
	const next = await box.mount();
	t.same(box.mounts(), [next.dir]);
});

t.test('run: a machine that is killed leaves nobody hanging inside', async t => {
	const box = new Sandbox(t);
	const machine = await box.mount(['--module', 'seqfile']);
	const script =
		'echo up; while cat /proc/version > /dev/null; do :; done 2>&1; cat /proc/sequence > /dev/null; echo over';
	const running = box.ring3Running(['run', 'sh', '-c', script]);
	await running.printed(/up/);
	machine.child.kill('SIGKILL');
	const { status, stdout } = await running.ended;
	t.equal(status, 0);
	t.match(stdout, /Transport endpoint is not connected|Software caused connection abort/);
	t.match(stdout, /over\n$/);
	await box.quiet();
	t.same(box.mounts(), []);
});
