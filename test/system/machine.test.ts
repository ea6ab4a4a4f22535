/** machine - ring3/testing: machines for tests, which leave nothing even when the test dies. */

import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { findMount, readMountInfo } from '../../mount/mountinfo.ts';
import { Kernel, Machine, nodeHost } from '../../src/index.ts';

t.test('Machine: start, path, insmod, rmmod, dmesg, run, stop', async t => {
	const machine = await Machine.start({ modules: ['seqfile'], hardware: { cpus: 3 } });
	t.teardown(() => machine.stop());
	t.match(readFileSync(machine.path('/proc/version'), 'utf8'), /^Linux version /);
	t.equal(readFileSync(machine.path('/proc/cpuinfo'), 'utf8').match(/^processor/gm)?.length, 3);
	t.match(readFileSync(machine.path('/proc/modules'), 'utf8'), /^seqfile 16384 0 - Live 0x[0-9a-f]{16}\n$/);
	await machine.insmod('procfs');
	t.ok(existsSync(machine.path('/proc/example/first')));
	await machine.rmmod('procfs');
	t.notOk(existsSync(machine.path('/proc/example/first')));
	t.match(await machine.dmesg(), /^\[ +\d+\.\d{6}\] Linux version /);
	await t.rejects(machine.insmod('seqfile'), { code: 'EEXIST' });
	await t.rejects(machine.rmmod('procfs'), { code: 'ENOENT' });
	t.match(await machine.run('head', ['-n', '2', '/proc/sequence']), { status: 0, stdout: '0\n1\n', stderr: '' });
	t.match(await machine.run('cat', [], { input: 'to and fro' }), { status: 0, stdout: 'to and fro' });
	await machine.stop();
	t.equal(findMount(machine.dir), undefined);
	t.notOk(existsSync(machine.runtimeDir));
	await machine.stop();
});

t.test('Machine: a kernel without a part, with values and a command line', async t => {
	await using machine = await Machine.start({
		config: { CONFIG_SYSFS: false },
		commandLine: 'quiet',
		sysctl: ['vm.swappiness = 7'],
	});
	t.notMatch(readFileSync(machine.path('/proc/filesystems'), 'utf8'), 'sysfs');
	t.equal(readFileSync(machine.path('/proc/cmdline'), 'utf8'), 'quiet\n');
	t.equal(readFileSync(machine.path('/proc/sys/vm/swappiness'), 'utf8'), '7\n');
	await t.rejects(Machine.start({ config: { CONFIG_TMPFS: false }, sysctl: ['vm.swappiness = 7'] }), {
		code: 'EINVAL',
	});
	t.test('options that there are not', async t => {
		// @ts-expect-error there is no such option
		await t.rejects(Machine.start({ config: { CONFIG_NOTHING: true } }), { code: 'EINVAL' });
	});
});

t.test('Machine: /run, /tmp, /etc and /lib/modules can be written, and are in its mounts', async t => {
	await using machine = await Machine.start();
	const mounts = readFileSync(machine.path('/proc/mounts'), 'utf8');
	for (const [dir, options] of [
		['/run', 'rw,nosuid,nodev,noexec,relatime,mode=755'],
		['/tmp', 'rw,nosuid,nodev,relatime'],
		['/etc', 'rw,relatime,mode=755'],
		['/lib/modules', 'rw,relatime,mode=755'],
	] as const) {
		t.ok(mounts.includes(`tmpfs ${dir} tmpfs ${options}`), dir);
		const file = machine.path(`${dir}/written`);
		writeFileSync(file, dir);
		t.equal(readFileSync(file, 'utf8'), dir);
	}
	t.equal(statSync(machine.path('/tmp')).mode & 0o7777, 0o1777);
	t.equal(readFileSync(machine.path('/etc/hostname'), 'utf8'), 'ring3\n');
	const release = /^Linux version (\S+)/.exec(readFileSync(machine.path('/proc/version'), 'utf8'))?.[1];
	t.same(readdirSync(machine.path('/lib/modules')).sort(), [release, 'written']);
});

t.test('Machine: a trace counts the round trips of a cat', async t => {
	await using machine = await Machine.start({ trace: true });
	const requests = async () => {
		const lines = await machine.trace(() => readFileSync(machine.path('/proc/version')));
		return lines.flatMap(line => /^> \d+ (\w+) node=\d+ ("\w+")?/.exec(line)?.slice(1, 3).join(' ').trim() ?? []);
	};
	t.ok((await requests()).includes('LOOKUP "version"'));
	// Another program may have made the host forget names meanwhile.
	let again = await requests();
	for (let i = 0; i < 10 && again.some(name => name.startsWith('LOOKUP')); i++) again = await requests();
	t.same(
		again.filter(name => name !== 'RELEASE'),
		['OPEN', 'GETATTR', 'READ', 'READ'],
		'the names were looked up once',
	);
	await using untraced = await Machine.start();
	await t.rejects(
		untraced.trace(() => {}),
		{ code: 'EINVAL' },
	);
});

t.test('Machine: await using ends it', async t => {
	let dir: string;
	{
		await using machine = await Machine.start();
		dir = machine.dir;
		t.ok(findMount(dir));
	}
	t.equal(findMount(dir), undefined);
});

t.test('Machine: parameters are handed on', async t => {
	const file = join(t.testdir(), 'echo.ts');
	const text = [
		"import { defineModule, param } from 'ring3/kernel';",
		'export default defineModule({',
		"	name: 'echo',",
		"	license: 'GPL',",
		"	params: { word: param.charp('', 0o444), times: param.int(0, 0o444) },",
		"	init: ({ proc, params }) => void proc.createSingle('echo', 0, m => m.puts(params.word!.repeat(params.times))),",
		'});',
	];
	writeFileSync(file, text.join('\n'));
	await using machine = await Machine.start({ modules: [`${file},word=ab,times=2`] });
	t.equal(readFileSync(machine.path('/proc/echo'), 'utf8'), 'abab');
	await machine.rmmod('echo');
	await machine.insmod(file, { word: 'x y ', times: 3 });
	t.equal(readFileSync(machine.path('/proc/echo'), 'utf8'), 'x y x y x y ');
});

t.test('Machine: what does not start rejects, and leaves nothing', async t => {
	const before = new Set(readMountInfo().map(({ id }) => id));
	const made = () => readdirSync(tmpdir()).filter(name => name.startsWith('ring3-'));
	const there = made();
	await t.rejects(Machine.start({ modules: ['no_such_sample'] }), { code: 'ENOENT' });
	// @ts-expect-error there is no such option
	await t.rejects(Machine.start({ config: { CONFIG_NOTHING: true } }), { code: 'EINVAL' });
	t.same(made(), there);
	t.same(
		readMountInfo().filter(({ id }) => !before.has(id)),
		[],
	);
});

t.test('Machine: it ends when the process that started it is killed', async t => {
	const script = `
		const { Machine } = await import(${JSON.stringify(new URL('../../src/index.js', import.meta.url).href)});
		const machine = await Machine.start();
		process.stdout.write(JSON.stringify({ dir: machine.dir, pid: machine.pid, runtimeDir: machine.runtimeDir }));
		setInterval(() => {}, 1000);
	`;
	const parent = spawn(process.execPath, ['--input-type=module', '-e', script], {
		stdio: ['ignore', 'pipe', 'inherit'],
		timeout: 20_000,
	});
	t.teardown(() => parent.kill('SIGKILL'));
	const [line] = await once(parent.stdout, 'data');
	const { dir, pid, runtimeDir } = JSON.parse(line);
	t.ok(findMount(dir));
	parent.kill('SIGKILL');
	const waited = spawnSync('timeout', ['5', 'tail', '-s', '0.02', '--pid', String(pid), '-f', '/dev/null']);
	t.equal(waited.status, 0, 'the machine has ended');
	t.equal(findMount(dir), undefined);
	t.notOk(existsSync(runtimeDir));
});

t.test('Kernel: in this process, without a mount', async t => {
	const kernel = Kernel.boot(nodeHost());
	t.teardown(() => kernel.shutdown());
	await kernel.modules.load('seqfile');
	t.same(
		kernel.modules.list().map(({ name }) => name),
		['seqfile'],
	);
});
