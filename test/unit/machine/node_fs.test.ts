/** node_fs - the functions of node:fs over a kernel in this process: answers, errors, and waiting. */

import { spawnSync } from 'node:child_process';
import nodeFs from 'node:fs';
import { fileURLToPath } from 'node:url';
import t, { type Test } from 'tap';
import type { TaskOptions } from '../../../kernel-sim/fs/task.ts';
import { defineModule } from '../../../kernel-sim/index.ts';
import { Kernel } from '../../../kernel-sim/kernel.ts';
import { createFs } from '../../../src/machine/node_fs.ts';
import { FakeHost } from '../../../src/testing/fake_host.ts';

function boot(t: Test) {
	const kernel = Kernel.boot(new FakeHost());
	t.teardown(() => kernel.shutdown());
	kernel.init.mount('tmpfs', '/tmp', 'tmpfs', 0, 'mode=1777');
	const fs = (options: TaskOptions = {}) => createFs(kernel.task(options));
	return { kernel, fs };
}

/** What of an error a caller of node:fs looks at. */
function refusal(call: () => unknown): object {
	try {
		call();
	} catch (error) {
		const { code, errno, syscall, path, dest, message } = error as NodeJS.ErrnoException & { dest?: string };
		return { code, errno, syscall, path, dest, message };
	}
	return { code: 'none' };
}

/** A bell, whose reader sleeps until it is rung. */
const bell = defineModule({
	name: 'bell',
	license: 'GPL',
	state: () => ({ rung: 0 }),
	init({ proc, waitQueueHead, state }) {
		const head = waitQueueHead();
		proc.create('bell', 0o666, {
			async read(_file, _count, _pos, ctx) {
				await head.waitEventInterruptible(() => state.rung > 0, ctx.signal);
				state.rung--;
				return new TextEncoder().encode(`ding, ${state.rung} left\n`);
			},
			write(_file, data) {
				state.rung++;
				head.wakeUp();
				return data.length;
			},
		});
	},
});

t.test('createFs: no function of node:fs is missing', async t => {
	const { fs } = boot(t);
	const names = (object: object) =>
		Object.entries(object)
			.filter(([, value]) => typeof value === 'function')
			.map(([name]) => name);
	const internal = [
		'_toUnixTimestamp',
		'Utf8Stream',
		'mkdtempDisposableSync',
		'Stats',
		'FileReadStream',
		'FileWriteStream',
	];
	const has = (object: object) => (name: string) => !(name in object) && !internal.includes(name);
	const made = fs();
	t.same(names(nodeFs).filter(has(made)), []);
	t.same(
		names(nodeFs.promises).filter(name => name !== 'mkdtempDisposable' && !(name in made.promises)),
		[],
	);
});

t.test('readFile: a file of /proc whose size is 0 gives its content', async t => {
	const { kernel, fs: of } = boot(t);
	const fs = of();
	t.equal(fs.statSync('/proc/version').size, 0);
	const text = fs.readFileSync('/proc/version', 'utf8');
	t.match(text, /^Linux version /);
	t.equal(await fs.promises.readFile('/proc/version', 'utf8'), text);
	t.ok(Buffer.isBuffer(fs.readFileSync('/proc/version')));
	t.equal(kernel.panic.oopses, 0);
});

t.test('tmpfs: what is written, appended, truncated, linked, renamed and removed is so', async t => {
	const fs = boot(t).fs();
	fs.writeFileSync('/tmp/a', 'one');
	fs.appendFileSync('/tmp/a', ' two');
	t.equal(fs.readFileSync('/tmp/a', 'latin1'), 'one two');
	fs.truncateSync('/tmp/a', 3);
	t.equal(fs.readFileSync('/tmp/a', 'utf8'), 'one');
	t.equal(fs.mkdirSync('/tmp/d/e/f', { recursive: true }), '/tmp/d');
	fs.symlinkSync('../a', '/tmp/d/link');
	t.equal(fs.readlinkSync('/tmp/d/link'), '../a');
	t.equal(fs.realpathSync('/tmp/d/link'), '/tmp/a');
	t.equal(fs.readFileSync('/tmp/d/link', 'utf8'), 'one');
	fs.renameSync('/tmp/d/link', '/tmp/d/other');
	t.ok(fs.lstatSync('/tmp/d/other').isSymbolicLink(), 'a link is renamed, not what it points to');
	fs.linkSync('/tmp/a', '/tmp/b');
	t.equal(fs.statSync('/tmp/b').nlink, 2);
	fs.copyFileSync('/tmp/a', '/tmp/b');
	t.equal(fs.readFileSync('/tmp/a', 'utf8'), 'one', 'a file copied onto itself is kept');
	fs.copyFileSync('/tmp/a', '/tmp/c');
	fs.cpSync('/tmp/d', '/tmp/g', { recursive: true });
	t.same(fs.readdirSync('/tmp'), ['a', 'b', 'c', 'd', 'g']);
	t.same(
		fs
			.readdirSync('/tmp/d', { withFileTypes: true })
			.map(entry => [entry.name, entry.isDirectory(), entry.isSymbolicLink()]),
		[
			['e', true, false],
			['other', false, true],
		],
	);
	t.same(fs.readdirSync('/tmp/d', { recursive: true }), ['e', 'e/f', 'other']);
	fs.rmSync('/tmp/g', { recursive: true });
	fs.rmSync('/tmp/none', { force: true });
	fs.unlinkSync('/tmp/c');
	fs.rmdirSync('/tmp/d/e/f');
	t.notOk(fs.existsSync('/tmp/g') || fs.existsSync('/tmp/c') || fs.existsSync('/tmp/d/e/f'));
	t.match(fs.mkdtempSync('/tmp/x-'), /^\/tmp\/x-......$/);
});

t.test('toJSON: a tree as text', async t => {
	const fs = boot(t).fs();
	fs.mkdirSync('/tmp/d/empty', { recursive: true });
	fs.writeFileSync('/tmp/d/a', 'text');
	const { __vol } = fs as unknown as { __vol: { toJSON(path: string): object } };
	t.same(__vol.toJSON('/tmp'), { '/tmp/d/a': 'text', '/tmp/d/empty': null });
});

t.test('stat: each member is what the kernel tells', async t => {
	const { kernel, fs: of } = boot(t);
	const fs = of();
	fs.writeFileSync('/tmp/a', 'x'.repeat(5000), { mode: 0o640 });
	fs.chownSync('/tmp/a', 7, 8);
	fs.utimesSync('/tmp/a', 1.5, 2.25);
	const { dev, ino } = await kernel.init.stat('/tmp/a');
	const stats = fs.statSync('/tmp/a');
	t.match(stats, { dev, ino, mode: 0o100640, uid: 7, gid: 8, nlink: 1, size: 5000, blksize: 4096, blocks: 16 });
	t.match(stats, { atimeMs: 1500, mtimeMs: 2250, atime: new Date(1500) });
	t.ok(stats.isFile());
	t.equal(fs.statSync('/tmp/a', { bigint: true }).mtimeNs, 2_250_000_000n);
	t.equal(fs.statSync('/tmp/none', { throwIfNoEntry: false }), undefined);
	t.equal(fs.statfsSync('/proc').type, 0x9fa0);
});

t.test('errors: code, errno, syscall and path are as node:fs has them', async t => {
	const fs = boot(t).fs();
	const dir = t.testdir({ tmp: { full: { a: '' }, file: '' } });
	fs.mkdirSync('/tmp/full');
	fs.writeFileSync('/tmp/full/a', '');
	fs.writeFileSync('/tmp/file', '');
	const calls: ((fs: typeof nodeFs, root: string) => unknown)[] = [
		(fs, root) => fs.readFileSync(`${root}/tmp/none`),
		(fs, root) => fs.readFileSync(`${root}/tmp`),
		(fs, root) => fs.openSync(`${root}/tmp/file`, 'wx'),
		(fs, root) => fs.statSync(`${root}/tmp/file/x`),
		(fs, root) => fs.lstatSync(`${root}/tmp/none`),
		(fs, root) => fs.readdirSync(`${root}/tmp/none`),
		(fs, root) => fs.readdirSync(`${root}/tmp/file`),
		(fs, root) => fs.readlinkSync(`${root}/tmp/file`),
		(fs, root) => fs.mkdirSync(`${root}/tmp/full`),
		(fs, root) => fs.rmdirSync(`${root}/tmp/full`),
		(fs, root) => fs.unlinkSync(`${root}/tmp/none`),
		(fs, root) => fs.unlinkSync(`${root}/tmp/full`),
		(fs, root) => fs.renameSync(`${root}/tmp/none`, `${root}/tmp/x`),
		(fs, root) => fs.linkSync(`${root}/tmp/none`, `${root}/tmp/x`),
		(fs, root) => fs.symlinkSync('x', `${root}/tmp/file`),
		(fs, root) => fs.accessSync(`${root}/tmp/none`),
		(fs, root) => fs.chmodSync(`${root}/tmp/none`, 0o600),
		(fs, root) => fs.utimesSync(`${root}/tmp/none`, 1, 1),
		fs => fs.closeSync(999),
		fs => fs.fstatSync(999),
		fs => fs.readSync(999, Buffer.alloc(1)),
		fs => fs.writeSync(999, 'x'),
	];
	for (const call of calls) {
		const expected = refusal(() => call(nodeFs, dir));
		const inKernel = JSON.parse(JSON.stringify(expected).replaceAll(dir, ''));
		t.same(JSON.parse(JSON.stringify(refusal(() => call(fs, '')))), inKernel, String(call));
		t.not(inKernel.code, 'none');
	}
});

t.test('createFs: a task may do what its ids allow', async t => {
	const { fs } = boot(t);
	fs().writeFileSync('/tmp/secret', '', { mode: 0o600 });
	const user = fs({ uid: 1000 });
	t.match(
		refusal(() => user.readFileSync('/tmp/secret')),
		{ code: 'EACCES', errno: -13, syscall: 'open', path: '/tmp/secret' },
	);
	t.match(
		refusal(() => user.unlinkSync('/tmp/secret')),
		{ code: 'EPERM' },
	);
	t.throws(() => user.accessSync('/tmp/secret', nodeFs.constants.R_OK), { code: 'EACCES' });
	user.writeFileSync('/tmp/own', '');
	t.equal(user.statSync('/tmp/own').uid, 1000);
	t.same(fs({ cwd: '/tmp' }).readdirSync('.'), ['own', 'secret']);
});

t.test('FileHandle: reads and writes go on where the last one ended', async t => {
	const fs = boot(t).fs();
	const handle = await fs.promises.open('/tmp/a', 'w+');
	t.same((await handle.write('hello ')).bytesWritten, 6);
	await handle.appendFile('world');
	const buffer = Buffer.alloc(5);
	t.equal((await handle.read(buffer, 0, 5, 0)).bytesRead, 5);
	t.equal(buffer.toString(), 'hello');
	t.equal((await handle.stat()).size, 11);
	await handle.truncate(5);
	await handle.close();
	t.equal(await fs.promises.readFile('/tmp/a', 'utf8'), 'hello');
	await t.rejects(fs.promises.open('/tmp/none'), { code: 'ENOENT', syscall: 'open', path: '/tmp/none' });
});

t.test('streams: what is written to one comes out of another', async t => {
	const fs = boot(t).fs();
	const out = fs.createWriteStream('/tmp/a');
	for (let line = 0; line < 20_000; line++) out.write(`${line}\n`);
	await new Promise(resolve => out.end(resolve));
	const chunks: Buffer[] = [];
	for await (const chunk of fs.createReadStream('/tmp/a', { start: 2, end: 20 })) chunks.push(chunk as Buffer);
	t.equal(Buffer.concat(chunks).toString(), '1\n2\n3\n4\n5\n6\n7\n8\n9\n1');
	t.equal(fs.readFileSync('/tmp/a', 'utf8').split('\n').length, 20_001);
	const names: string[] = [];
	for await (const { name } of await fs.promises.opendir('/tmp')) names.push(name);
	t.same(names, ['a']);
});

t.test('callbacks: read tells how much, and gives back the buffer', async t => {
	const fs = boot(t).fs();
	fs.writeFileSync('/tmp/a', 'text');
	const fd = fs.openSync('/tmp/a', 'r');
	const results = await new Promise(resolve => fs.read(fd, Buffer.alloc(2), 0, 2, 1, (...results) => resolve(results)));
	t.same(results, [null, 2, Buffer.from('ex')]);
	const whole = await new Promise<Buffer>(resolve =>
		fs.read(fd, (_error, count, data) => resolve(data.subarray(0, count))),
	);
	t.equal(whole.toString(), 'text');
	t.equal(await new Promise(resolve => fs.exists('/tmp/a', resolve)), true);
	await new Promise(resolve => fs.close(fd, resolve));
});

t.test('sleep: a promise waits, in the middle of a function too, and does nothing twice', async t => {
	const { kernel, fs: of } = boot(t);
	await kernel.modules.load(bell);
	const fs = of();
	const handle = await fs.promises.open('/proc/bell', 'r+');
	const buffer = Buffer.alloc(64);
	const reading = handle.read(buffer, 0, 64);
	fs.writeFileSync('/proc/bell', 'x');
	const { bytesRead } = await reading;
	t.equal(buffer.toString('utf8', 0, bytesRead), 'ding, 0 left\n');
	const vector = [Buffer.alloc(13), Buffer.alloc(13)];
	const both = handle.readv(vector);
	fs.writeFileSync('/proc/bell', 'x');
	fs.writeFileSync('/proc/bell', 'x');
	t.equal((await both).bytesRead, 26, 'two reads, each of which slept or not, and no third');
	await handle.close();
	t.same(kernel.panic.oopses, 0);
});

t.test('sleep: a function that cannot wait throws EAGAIN, and its call is interrupted', async t => {
	const { kernel, fs: of } = boot(t);
	await kernel.modules.load(bell);
	const fs = of();
	const fd = fs.openSync('/proc/bell', 'r+');
	const asleep = new Promise<string>(resolve => {
		const buffer = Buffer.alloc(64);
		fs.read(fd, buffer, 0, 64, null, (_error, count) => resolve(buffer.toString('utf8', 0, count)));
	});
	const other = fs.openSync('/proc/bell', 'r');
	t.match(
		refusal(() => fs.readSync(other, Buffer.alloc(64))),
		{
			code: 'EAGAIN',
			errno: -11,
			syscall: 'read',
			message: 'EAGAIN: resource temporarily unavailable, read',
		},
	);
	fs.writeFileSync('/proc/bell', 'x');
	t.equal(await asleep, 'ding, 0 left\n', 'the ring goes to the one that waits');
	fs.closeSync(fd);
	fs.closeSync(other);
});

t.test('ring3/fs: nothing else loads memfs', async t => {
	const load = (path: string) => {
		const url = new URL(path, new URL('../../../', import.meta.url)).href;
		const script = `await import('${url}');
			const { createRequire } = await import('node:module');
			console.log(Object.keys(createRequire('${import.meta.url}').cache).some(name => name.includes('/memfs/')));`;
		return spawnSync(process.execPath, ['--input-type=module', '-e', script], {
			encoding: 'utf8',
			cwd: fileURLToPath(new URL('../../../', import.meta.url)),
		}).stdout.trim();
	};
	t.equal(load('src/machine/node_fs.js'), 'true');
	for (const path of ['src/index.js', 'src/cli/program.js', 'src/machine/serve.js', 'src/machine/daemon.js'])
		t.equal(load(path), 'false', path);
});
