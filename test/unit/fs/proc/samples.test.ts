/** samples - the sample modules that live in /proc, used as their first lines say. */

import { readFileSync } from 'node:fs';
import t from 'tap';
import hello from '../../../../kernel-sim/samples/hello.ts';
import procfs from '../../../../kernel-sim/samples/procfs.ts';
import seqfile from '../../../../kernel-sim/samples/seqfile.ts';
import { O_RDONLY, O_RDWR, O_TRUNC, O_WRONLY } from '../../../../src/uapi/fcntl.ts';
import { Booted } from './booted.ts';

const text = (bytes: Uint8Array) => Buffer.from(bytes).toString();

t.test('seqfile: /proc/sequence counts without end', async t => {
	const { kernel, task } = new Booted(t);
	await kernel.modules.load(seqfile);
	const fd = await task.open('/proc/sequence', O_RDONLY);
	t.equal(text(await task.read(fd, 10)), '0\n1\n2\n3\n4\n');
	let last = '';
	for (let i = 0; i < 100; i++) last = text(await task.read(fd, 65536));
	t.match(last, /^(\d+\n)+$/);
	const next = Number(last.trimEnd().split('\n').at(-1)) + 1;
	t.equal(text(await task.read(fd, 65536)).split('\n')[0], `${next}`);
	await kernel.modules.unload('seqfile');
	t.throws(() => task.read(fd, 10), { code: 'EIO' });
	t.throws(() => task.stat('/proc/sequence'), { code: 'ENOENT' });
});

t.test('seqfile: its source is under 25 lines', t => {
	const source = readFileSync(new URL('../../../../../kernel-sim/samples/seqfile.ts', import.meta.url), 'utf8');
	t.ok(source.trimEnd().split('\n').length < 25);
	t.end();
});

t.test('procfs: /proc/example/first is read in pieces, and remembers what was written', async t => {
	const booted = new Booted(t);
	const { kernel, task } = booted;
	await kernel.modules.load(procfs);
	const fd = await task.open('/proc/example/first', O_RDWR);
	const lengths: number[] = [];
	for (let i = 0; i < 5; i++) lengths.push((await task.read(fd, 10)).length);
	t.same(lengths, [10, 10, 10, 7, 0]);
	t.equal(await booted.read('/proc/example/first'), 'hello world: first file private data\n');
	const writer = await task.open('/proc/example/first', O_WRONLY | O_TRUNC);
	t.equal(await task.write(writer, 'something else\n'), 15);
	t.equal(await booted.read('/proc/example/first'), 'something else\n');
	t.equal(await task.lseek(fd, 10, 0), 10);
	t.equal(text(await task.read(fd, 100)), 'else\n');
	const nobody = booted.fork({ uid: 65534 });
	t.throws(() => nobody.open('/proc/example/first', O_RDWR), { code: 'EACCES' });
	await kernel.modules.unload('procfs');
	t.throws(() => task.stat('/proc/example'), { code: 'ENOENT' });
});

t.test('hello: greets as often as asked, and refuses to do so a negative number of times', async t => {
	const { kernel, host } = new Booted(t);
	await kernel.modules.load(hello, ['whom=world', 'howmany=2']);
	await kernel.modules.unload('hello');
	const said = host.lines.filter(line => /Hello|Goodbye/.test(line)).map(line => line.replace(/^\[.*?\] /, ''));
	t.same(said, ['(0) Hello, world', '(1) Hello, world', 'Goodbye, cruel world']);
	await t.rejects(kernel.modules.load(hello, ['howmany=-1']), { code: 'EINVAL' });
	t.equal(kernel.modules.find('hello'), undefined);
});

t.test('seqfile: a read far behind what anyone counts to lets others run, and ends when it is interrupted', async t => {
	const { kernel, task, host } = new Booted(t);
	await kernel.modules.load(seqfile);
	const fd = await task.open('/proc/sequence', O_RDONLY);
	const numbers = Array.from({ length: 50_000 }, (_, i) => `${i}\n`).join('');
	t.equal(text(await task.pread(fd, 8, 2 ** 18)), numbers.slice(2 ** 18, 2 ** 18 + 8), 'what is near is there at once');
	const reading = task.pread(fd, 10, 2 ** 40);
	for (let i = 0; i < 5; i++) {
		host.advance(1);
		await new Promise(setImmediate);
	}
	let settled = false;
	Promise.resolve(reading).catch(() => (settled = true));
	await new Promise(setImmediate);
	t.notOk(settled, 'it is still on its way, and we run');
	task.interrupt();
	await t.rejects(Promise.resolve(reading), { code: 'EINTR' });
	t.equal(text(await task.pread(fd, 4, 0)), '0\n1\n', 'the file is as good as before');
});
