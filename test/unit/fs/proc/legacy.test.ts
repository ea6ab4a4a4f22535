/** legacy - files of one page, where no contract reaches: what would overwrite memory in C, mistakes, and how entries are made. */

import t, { type Test } from 'tap';
import type { LegacyEntry } from '../../../../kernel-sim/fs/proc/legacy.ts';
import { Kernel } from '../../../../kernel-sim/kernel.ts';
import { snprintf } from '../../../../src/lib/printf.ts';
import { FakeHost } from '../../../../src/testing/fake_host.ts';
import { O_RDONLY } from '../../../../src/uapi/fcntl.ts';
import { S_IFDIR, S_IFREG } from '../../../../src/uapi/stat.ts';
import { Booted } from './booted.ts';

const text = (bytes: Uint8Array) => Buffer.from(bytes).toString();

/** A kernel with a file /proc/file. */
function withFile(t: Test): { readonly booted: Booted; readonly file: LegacyEntry<unknown> } {
	const booted = new Booted(t);
	return { booted, file: booted.kernel.proc.createProcEntry('file', 0) };
}

t.test('read_proc: a block that is longer than asked is warned of, and longer than there is room for, cut', async t => {
	const { booted, file } = withFile(t);
	const asked: string[] = [];
	file.readProc = (page, start, off, count) => {
		asked.push(`${off},${count}`);
		start.set(10);
		page.fill(97 + off / 10);
		return off < 20 ? 3500 : 0;
	};
	const { task, host } = booted;
	const fd = await task.open('/proc/file', O_RDONLY);
	t.equal(text(await task.read(fd, 8)), 'a'.repeat(8));
	t.match(host.lines.at(-1), /proc_file_read: Read count exceeded/);
	t.equal(text(await task.read(fd, 4000)), 'b'.repeat(3500), 'not cut to the 3072 that were asked for');
	t.same(asked, ['0,8', '10,3072', '20,500']);
	t.equal(booted.kernel.panic.oopses, 0);
});

t.test('read_proc: a block of more than a page is cut to the page', async t => {
	const { booted, file } = withFile(t);
	file.readProc = (_page, start, off) => {
		start.set(1);
		return off === 0 ? 5000 : 0;
	};
	t.equal((await booted.read('/proc/file')).length, 4096);
	t.ok(booted.host.lines.some(line => line.includes('Apparent buffer overflow!')));
});

t.test('read_proc: bytes behind the end of the page are not there, wherever they begin', async t => {
	const { booted, file } = withFile(t);
	file.readProc = (page, start, off) => {
		start.set(page.subarray(4000));
		return off === 0 ? 200 : 0;
	};
	t.equal((await booted.read('/proc/file')).length, 96);
	t.ok(booted.host.lines.some(line => line.includes('Apparent buffer overflow!')));
});

t.test('read_proc: start may point to memory of its own', async t => {
	const { booted, file } = withFile(t);
	const memory = new TextEncoder().encode('kept elsewhere\n');
	file.readProc = (_page, start, off) => {
		start.set(memory.subarray(off));
		return memory.length - off;
	};
	t.equal(await booted.read('/proc/file'), 'kept elsewhere\n');
});

t.test('read_proc: the bytes that were read stay as they are, though the page is filled anew', async t => {
	const { booted, file } = withFile(t);
	file.readProc = (page, start, off, count) => {
		start.set(page);
		page.fill(97 + (off % 26));
		return Math.min(count, 2);
	};
	const fd = await booted.task.open('/proc/file', O_RDONLY);
	t.equal(text(await booted.task.read(fd, 6)), 'aaccee');
});

t.test('read_proc: a mistake is an oops and EIO, whatever came before it', async t => {
	const kernel = Kernel.boot(new FakeHost());
	t.teardown(() => kernel.shutdown());
	const task = kernel.task();
	const file = kernel.proc.createProcEntry('file', 0);
	file.readProc = (page, start, off) => {
		if (off > 0) throw new TypeError('a mistake');
		start.set(page);
		return 4;
	};
	const fd = await task.open('/proc/file', O_RDONLY);
	t.throws(() => task.read(fd, 10), { code: 'EIO' });
	t.equal(kernel.panic.oopses, 1);
});

t.test('create_proc_entry: S_IFDIR makes a directory, create_proc_read_entry sets what is given', async t => {
	const booted = new Booted(t);
	const { kernel, task } = booted;
	const dir = kernel.proc.createProcEntry('dir', S_IFDIR | 0o700);
	const bare = kernel.proc.createProcEntry('bare', S_IFDIR, dir);
	kernel.proc.createProcReadEntry(
		'file',
		0o440,
		bare,
		(page, _s, _o, _c, _e, data) => snprintf(page, '%s', data),
		'data',
	);
	t.match(await task.stat('/proc/dir'), { mode: S_IFDIR | 0o700, nlink: 3 });
	t.match(await task.stat('/proc/dir/bare'), { mode: S_IFDIR | 0o555 });
	t.match(await task.stat('/proc/dir/bare/file'), { mode: S_IFREG | 0o440, size: 0 });
	t.equal(await booted.read('/proc/dir/bare/file'), 'data');
	t.throws(() => kernel.proc.createProcEntry('version', 0), { code: 'EEXIST' });
	await kernel.proc.remove(dir);
	t.throws(() => task.stat('/proc/dir'), { code: 'ENOENT' });
});

t.test('proc_file_read: once the entry is removed, EIO, and no lseek', async t => {
	const { booted, file } = withFile(t);
	file.readProc = page => snprintf(page, 'text');
	const { kernel, task } = booted;
	const fd = await task.open('/proc/file', O_RDONLY);
	t.equal(text(await task.read(fd, 2)), 'te');
	await kernel.proc.remove(file);
	t.throws(() => task.read(fd, 2), { code: 'EIO' });
	t.throws(() => task.lseek(fd, 0, 0), { code: 'EINVAL' });
});
