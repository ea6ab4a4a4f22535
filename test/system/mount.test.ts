/** mount - ring3 mount, umount and ps, as a user types them. */

import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { Sandbox } from './sandbox.ts';

t.test('mount: in the foreground it says where, and Ctrl-C leaves nothing', async t => {
	for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
		const box = new Sandbox(t);
		const machine = await box.mount();
		t.match(readFileSync(join(machine.dir, 'proc/version'), 'utf8'), /^Linux version /);
		machine.child.kill(signal);
		t.match(await machine.ended, { status: 0, signal: null }, signal);
		t.same(box.mounts(), []);
		t.same(box.leftovers(), []);
	}
});

t.test('mount --daemon: back when the tree can be read; umount by name or directory', async t => {
	const box = new Sandbox(t);
	for (const by of ['name', 'dir'] as const) {
		const mounted = await box.ring3(['mount', '--daemon', '--name', 'test', 'here']);
		const dir = join(box.dir, 'here');
		t.match(mounted, { status: 0, stdout: `test: mounted on ${dir}\n`, stderr: '' });
		t.match(readFileSync(join(dir, 'proc/version'), 'utf8'), /^Linux version /);
		t.match(await box.ring3(['umount', by === 'name' ? 'test' : 'here']), { status: 0, stdout: '', stderr: '' });
		await box.quiet();
		t.same(box.mounts(), []);
		t.same(box.leftovers(), []);
		t.equal(existsSync(dir), false, 'a directory that was made is removed');
	}
});

t.test('mount: a directory that was there stays there', async t => {
	const box = new Sandbox(t);
	mkdirSync(join(box.dir, 'there'));
	writeFileSync(join(box.dir, 'there/file'), '');
	const machine = await box.mount(['there']);
	t.notOk(existsSync(join(box.dir, 'there/file')));
	machine.child.kill('SIGINT');
	await machine.ended;
	t.same(readdirSync(join(box.dir, 'there')), ['file']);
});

t.test('umount(8): a machine whose mount is taken away ends', async t => {
	const box = new Sandbox(t);
	const machine = await box.mount();
	t.match(await box.start('umount', [machine.dir]).ended, { status: 0 });
	t.match(await machine.ended, { status: 0 });
	t.same(box.leftovers(), []);
});

t.test('ps: the machines that run', async t => {
	const box = new Sandbox(t);
	t.match(await box.ring3(['ps']), { status: 0, stdout: 'NAME  PID  UP  RUNS  MODULES  DIR\n' });
	t.notOk(existsSync(join(box.dir, 'run')), 'to look makes no directory');
	const first = await box.mount(['--module', 'seqfile']);
	const second = await box.mount(['--name', 'other']);
	const { stdout } = await box.ring3(['ps']);
	t.match(
		stdout.split('\n').map(line => line.split(/ +/)),
		[
			['NAME', 'PID', 'UP', 'RUNS', 'MODULES', 'DIR'],
			['m0', String(first.child.pid), /^00:00:\d\d$/, '0', 'seqfile', first.dir],
			['other', String(second.child.pid), /^00:00:\d\d$/, '0', '-', second.dir],
			[''],
		],
	);
});

t.test('errors: one line that says what and why, and the exit status', async t => {
	const box = new Sandbox(t);
	writeFileSync(join(box.dir, 'file'), '');
	const machine = await box.mount();
	const cases: [string[], number, string][] = [
		[['mount', 'file'], 1, `mount file: ${box.dir}/file: not a directory`],
		[['mount', 'no/such/dir'], 1, `mount no/such/dir: ${box.dir}/no/such: no such directory`],
		[['mount', machine.dir], 1, `mount ${machine.dir}: ${machine.dir}: a machine is mounted there`],
		[['mount', '--name', 'm0'], 1, 'mount: a machine named m0 is running'],
		[['mount', '--name', 'a/b'], 1, 'mount: a/b: not a name for a machine'],
		[
			['mount', '--module', 'nothing'],
			1,
			'mount: nothing: no sample of that name, and a file has a / or an extension in its name',
		],
		[['mount', '--daemon', '--module', './no.ts'], 1, `mount: ${box.dir}/no.ts: no such file`],
		[['mount', '--daemon', '--trace'], 2, 'mount: a trace is printed in the foreground only, not with --daemon'],
		[['umount', 'nobody'], 1, 'umount nobody: no machine of that name, and none is mounted there'],
		[['umount', '/proc'], 1, 'umount /proc: no machine of that name, and none is mounted there'],
		[['umount'], 2, "missing required argument 'dir|name'"],
		[['mount', '--nam'], 2, "unknown option '--nam'"],
		[['moutn'], 2, "unknown command 'moutn'"],
	];
	for (const [args, status, message] of cases) {
		const result = await box.ring3(args);
		t.match(result, { status, stdout: '' }, args.join(' '));
		// The console of a machine that gets as far as that comes first.
		t.equal(result.stderr.replace(/^(\[.*\n)+/, ''), `ring3: ${message}\n`);
	}
	t.equal(box.mounts().length, 1, 'what failed left nothing');
	t.equal(box.processes().length, 2, 'there is the machine, and who would clear up behind it');
});

t.test('mount --trace: a line per request and reply', async t => {
	const box = new Sandbox(t);
	const machine = await box.mount(['--trace']);
	readFileSync(join(machine.dir, 'proc/version'));
	machine.child.kill('SIGINT');
	const { stderr } = await machine.ended;
	t.match(stderr, /^> \d+ LOOKUP .*"version".*\n(?:.*\n)*?< \d+ LOOKUP /m);
	t.match(stderr, /^> \d+ READ /m);
});

t.test('mount: who reads its output may go, and it goes on', async t => {
	const box = new Sandbox(t);
	const machine = await box.mount(['--trace']);
	for (const stream of [machine.child.stdout, machine.child.stderr]) stream!.destroy();
	for (let i = 0; i < 20; i++) t.match(readFileSync(join(machine.dir, 'proc/uptime'), 'utf8'), /^\d/);
	machine.child.kill('SIGTERM');
	t.match(await machine.ended, { status: 0, signal: null });
	t.same(box.mounts(), []);
	t.same(box.leftovers(), []);
});

t.test('mount: a module that asks the process to exit is undone all the same', async t => {
	const box = new Sandbox(t);
	writeFileSync(
		join(box.dir, 'leaver.mjs'),
		`export default { name: 'leaver', license: 'GPL', init() { setImmediate(() => process.exit(3)); } };\n`,
	);
	const machine = await box.mount();
	await box.ring3(['insmod', './leaver.mjs']);
	t.match(await machine.ended, { status: 3 });
	t.same(box.mounts(), []);
	t.same(box.leftovers(), []);
});

t.test('mount: an exception that nobody catches ends the machine, undone and with a stack', async t => {
	const box = new Sandbox(t);
	writeFileSync(
		join(box.dir, 'thrower.ts'),
		[
			'type Unused = string;',
			"export default { name: 'thrower', license: 'GPL', init(): void {",
			"\tsetImmediate(() => { throw new Error('out of the blue'); });",
			'} };',
			'',
		].join('\n'),
	);
	const machine = await box.mount();
	await box.ring3(['insmod', './thrower.ts']);
	const { status, stderr } = await machine.ended;
	t.equal(status, 1);
	t.match(stderr, new RegExp(`Error: out of the blue\\n(?:.*\\n)*?.*${box.dir}/thrower.ts:3:`));
	t.same(box.mounts(), []);
	t.same(box.leftovers(), []);
});
