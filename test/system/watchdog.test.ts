/** watchdog - machines that are stuck, stopped or killed: nobody waits for them for ever, and nothing of them is left. */

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import t from 'tap';
import { lacksPlainUser, PlainUser } from './plain_user.ts';
import { Sandbox } from './sandbox.ts';

/** A module that is stuck in line 8 as soon as somebody reads its file, or in line 12 when it is told to be so at once. */
const loop = [
	"import { defineModule, param, type SeqFile } from 'ring3/kernel';",
	'',
	'interface Unused {',
	'	readonly a: string;',
	'}',
	'',
	'function show(m: SeqFile): void {',
	'	for (;;) m.puts("");',
	'}',
	'',
	'function atOnce(): never {',
	'	for (;;);',
	'}',
	'',
	'export default defineModule({',
	"	name: 'loop',",
	"	license: 'GPL',",
	'	params: { now: param.bool(false, 0) },',
	'	init({ proc, params }) {',
	"		proc.createSingle('loop', 0o444, show);",
	'		if (params.now) atOnce();',
	'	},',
	'});',
].join('\n');

t.test('watchdog: a module that loops for ever is named and killed, and its reader is set free', async t => {
	const box = new Sandbox(t);
	writeFileSync(join(box.dir, 'loop.ts'), loop);
	const machine = await box.mount(['--module', 'loop.ts', '--watchdog', '0.5']);
	const cats = ['loop', 'version'].map(file => box.start('cat', [join(machine.dir, 'proc', file)]));
	t.match(await cats[0]!.ended, { status: 1, stdout: '', stderr: /Software caused connection abort\n$/ });
	t.match(await cats[1]!.ended, { signal: null });
	const why = `m0 was stuck for 0.5 s in show (${box.dir}/loop.ts:8), and was killed`;
	const { signal, stderr } = await machine.ended;
	t.equal(signal, 'SIGKILL');
	t.equal(stderr.split('\n').at(-2), `ring3: ${why}`);
	await box.quiet();
	t.same(box.mounts(), []);
	t.match(await box.ring3(['dmesg']), { status: 1, stderr: `ring3: dmesg: no machine is running; ${why}\n` });
	t.match(await box.ring3(['lsmod', '--name', 'm0']), { stderr: /no machine named m0 is running; m0 was/ });
	const next = await box.mount();
	t.equal(next.name, 'm0');
	next.child.kill();
	t.match(await next.ended, { status: 0 });
	t.same(box.leftovers(), [], 'why the last one died is forgotten when the next one starts');
});

t.test('watchdog: a machine that is stuck while it starts', async t => {
	const box = new Sandbox(t);
	writeFileSync(join(box.dir, 'loop.ts'), loop);
	const args = ['mount', '--module', 'loop.ts,now=1', '--watchdog', '0.5'];
	const why = `m0 was stuck for 0.5 s in atOnce (${box.dir}/loop.ts:12), and was killed`;
	const { signal, stderr } = await box.ring3(args);
	t.match({ signal, stderr: stderr.split('\n').at(-2) }, { signal: 'SIGKILL', stderr: `ring3: ${why}` });
	t.match(await box.ring3([...args, '--daemon']), {
		status: 1,
		stderr: `ring3: mount: the process of the machine died while it started; ${why}\n`,
	});
	await box.quiet();
	t.same(box.mounts(), []);
});

t.test('watchdog: ring3 run says why the machine has gone', async t => {
	const box = new Sandbox(t);
	writeFileSync(join(box.dir, 'loop.ts'), loop);
	const cases: [string[], object][] = [
		[['cat', '/proc/loop'], { status: 1 }],
		[['sh', '-c', 'cat /proc/loop; kill -TERM $$'], { signal: 'SIGTERM' }],
	];
	for (const [command, end] of cases) {
		const machine = await box.mount(['--module', 'loop.ts', '--watchdog', '0.5']);
		const ended = await box.ring3(['run', '--', ...command]);
		t.match(ended, end);
		t.match(ended.stderr, /^cat: \/proc\/loop: Software caused connection abort$/m);
		t.match(ended.stderr, /^ring3: run: m0 was stuck for 0\.5 s in show \(.*loop\.ts:8\), and was killed$/m);
		await machine.ended;
		await box.quiet();
	}
	t.match(await box.ring3(['run', '--', 'true']), { status: 0, stderr: '' }, 'the next machine has nothing to say');
});

t.test('watchdog: a machine that is stopped is left alone', async t => {
	const box = new Sandbox(t);
	const machine = await box.mount(['--watchdog', '0.5']);
	for (let round = 0; round < 2; round++) {
		machine.child.kill('SIGSTOP');
		await delay(1500);
		machine.child.kill('SIGCONT');
		t.match(readFileSync(join(machine.dir, 'proc/version'), 'utf8'), /^Linux version/);
	}
	await delay(1000);
	machine.child.kill();
	t.match(await machine.ended, { status: 0, stderr: /^(\[.*\n)*$/ });
});

t.test('watchdog: 0 is for ever', async t => {
	const box = new Sandbox(t);
	writeFileSync(join(box.dir, 'loop.ts'), loop);
	const machine = await box.mount(['--module', 'loop.ts', '--watchdog', '0']);
	const cat = box.start('cat', [join(machine.dir, 'proc/loop')]);
	t.equal(await Promise.race([cat.ended, delay(1500, 'waits')]), 'waits');
	machine.child.kill('SIGKILL');
	t.match(await cat.ended, { status: 1, stderr: /Software caused connection abort/ });
	await box.quiet();
	t.same(box.mounts(), []);
});

t.test('watchdog: what is no number of seconds is refused', async t => {
	const box = new Sandbox(t);
	for (const word of ['x', '-1', '', '1e3', '86401']) {
		const { status, stderr } = await box.ring3(['mount', '--watchdog', word]);
		t.match({ status, stderr }, { status: 2, stderr: `ring3: mount: --watchdog ${word}: not a number of seconds\n` });
	}
});

t.test('kill -9: mounts, sockets and directories are gone at once', async t => {
	const box = new Sandbox(t);
	for (const args of [[], ['--daemon']]) {
		const pid = args.length === 0 ? (await box.mount()).child.pid! : await background(box);
		process.kill(pid, 'SIGKILL');
		await box.quiet();
		t.same(box.mounts(), []);
		t.same(box.leftovers(), []);
	}
});

async function background(box: Sandbox): Promise<number> {
	await box.ring3(['mount', '--daemon']);
	return Number(/^m0 +(\d+) /m.exec((await box.ring3(['ps'])).stdout)![1]);
}

t.test('kill -9: of a machine of a user', { skip: lacksPlainUser() }, async t => {
	const box = new Sandbox(t);
	const user = await PlainUser.create(t, box);
	const machine = await user.mount();
	machine.child.kill('SIGKILL');
	await box.quiet();
	t.same(user.mounts(), []);
	t.same(box.leftovers(), []);
});

t.test('kill -9: another machine of that name is left alone', async t => {
	const box = new Sandbox(t);
	const first = await box.mount(['--name', 'a', 'one']);
	first.child.kill('SIGKILL');
	const second = await box.mount(['--name', 'a', 'two']);
	await first.ended;
	t.match(readFileSync(join(second.dir, 'proc/version'), 'utf8'), /^Linux version/);
	t.match(await box.ring3(['ps']), { stdout: /^a +\d+ .*two$/m });
	t.same(box.mounts(), [second.dir]);
});
