/** file - open files of nodes: operations, their order, and what is left when a node is removed. */

import t from 'tap';
import type { KernfsOps } from '../../../../kernel-sim/fs/kernfs/file.ts';
import { Errno } from '../../../../src/lib/errno.ts';
import { O_RDONLY, O_RDWR, O_WRONLY } from '../../../../src/uapi/fcntl.ts';
import { POLLERR, POLLIN, POLLPRI } from '../../../../src/uapi/poll.ts';
import { Tree } from './tree.ts';

const text = (bytes: Uint8Array) => Buffer.from(bytes).toString();

t.test('kernfs_ops: open prepares, release undoes, once', async t => {
	const { top, task } = new Tree(t);
	const log: string[] = [];
	const ops: KernfsOps = {
		open(of) {
			log.push('open');
			of.priv = 'mine';
		},
		read: (of, count, pos) => {
			log.push(`read ${of.priv} ${count}@${pos}`);
			return Buffer.from('data');
		},
		release: of => log.push(`release ${of.priv}`),
	};
	const node = top.createFile('f', 0o444, 0, ops);
	const fd = await task.open('/tmp/f', O_RDONLY);
	await task.pread(fd, 100_000, 7);
	await task.close(fd);
	t.same(log.splice(0), ['open', 'read mine 4096@7', 'release mine']);
	const [one, two] = [await task.open('/tmp/f', O_RDONLY), await task.open('/tmp/f', O_RDONLY)];
	await task.close(one);
	node.remove();
	t.same(log.splice(0), ['open', 'open', 'release mine', 'release mine'], 'the second by the removal');
	await task.close(two);
	t.same(log, []);
});

t.test('kernfs_ops: an open that refuses leaves nothing to release', async t => {
	const { top, task } = new Tree(t);
	let released = 0;
	const ops: KernfsOps = {
		open: async () => {
			throw new Errno('EBUSY');
		},
		read: () => new Uint8Array(0),
		release: () => {
			released += 1;
		},
	};
	const node = top.createFile('f', 0o444, 0, ops);
	await t.rejects(Promise.resolve(task.open('/tmp/f', O_RDONLY)), { code: 'EBUSY' });
	t.equal(node.open, undefined);
	node.remove();
	t.equal(released, 0);
});

t.test('atomic_write_len: a longer write is E2BIG; without it, one is cut to a page', async t => {
	const { top, task } = new Tree(t);
	const lengths: number[] = [];
	const write: KernfsOps['write'] = (_of, data) => {
		lengths.push(data.length);
		return data.length;
	};
	top.createFile('atomic', 0o200, 0, { write, atomicWriteLen: 8000 });
	top.createFile('plain', 0o200, 0, { write });
	const atomic = await task.open('/tmp/atomic', O_WRONLY);
	t.equal(await task.write(atomic, 'x'.repeat(8000)), 8000);
	t.throws(() => task.write(atomic, 'x'.repeat(8001)), { code: 'E2BIG' });
	const plain = await task.open('/tmp/plain', O_WRONLY);
	t.equal(await task.write(plain, 'x'.repeat(8000)), 4096);
	t.same(lengths, [8000, 4096]);
});

t.test('kernfs_open_file: one operation at a time on an open file, any number on others', async t => {
	const { top, task } = new Tree(t);
	const log: string[] = [];
	const wakes: (() => void)[] = [];
	const ops: KernfsOps = {
		async seqShow(m) {
			log.push('show');
			await new Promise<void>(resolve => wakes.push(resolve));
			m.puts('shown');
			log.push('shown');
		},
		write(_of, data) {
			log.push(`write ${text(data)}`);
			return data.length;
		},
	};
	top.createFile('f', 0o644, 4096, ops);
	const [one, two] = [await task.open('/tmp/f', O_RDWR), await task.open('/tmp/f', O_RDWR)];
	const reading = task.read(one, 10);
	const writing = task.write(one, 'a');
	t.equal(await task.write(two, 'b'), 1);
	t.same(log.splice(0), ['show', 'write b']);
	for (const wake of wakes) wake();
	t.equal(text(await reading), 'shown');
	t.equal(await writing, 1);
	t.same(log, ['shown', 'write a']);
});

t.test('kernfs_drain: removal waits for who is inside, and lets nobody else in', async t => {
	const { top, task } = new Tree(t);
	let wake = () => {};
	const ops: KernfsOps = {
		write: async (_of, data) => {
			await new Promise<void>(resolve => (wake = resolve));
			return data.length;
		},
	};
	const dir = top.createDir('d');
	dir.createFile('f', 0o200, 0, ops);
	const [one, two] = [await task.open('/tmp/d/f', O_WRONLY), await task.open('/tmp/d/f', O_WRONLY)];
	const writing = task.write(one, 'x');
	let gone = false;
	const removing = Promise.resolve(dir.remove()).then(() => {
		gone = true;
	});
	await new Promise(setImmediate);
	t.notOk(gone);
	t.throws(() => task.write(two, 'x'), { code: 'ENODEV' });
	t.throws(() => task.stat('/tmp/d'), { code: 'ENOENT' });
	wake();
	t.equal(await writing, 1);
	await removing;
	t.ok(gone);
});

t.test('kernfs_ops: poll and llseek of its own', async t => {
	const { top, task } = new Tree(t);
	top.createFile('f', 0o444, 0, {
		read: () => new Uint8Array(0),
		poll: () => POLLIN,
		llseek: (_of, offset) => offset * 2,
	});
	const fd = await task.open('/tmp/f', O_RDONLY);
	t.same(await task.poll([{ fd, events: POLLIN | POLLPRI }], 0), [POLLIN]);
	t.equal(await task.lseek(fd, 21, 0), 42);
});

t.test('kernfs_notify: nobody is told whose file is not open, and a new open has its own news', async t => {
	const { top, task } = new Tree(t);
	const node = top.createFile('f', 0o444, 0, { read: () => new Uint8Array(0) });
	node.notify();
	const fd = await task.open('/tmp/f', O_RDONLY);
	await task.read(fd, 1);
	const sleeping = task.poll([{ fd, events: POLLPRI }], -1);
	node.notify();
	t.same(await sleeping, [POLLPRI | POLLERR]);
	const other = await task.open('/tmp/f', O_RDONLY);
	await task.read(other, 1);
	t.same(await task.poll([{ fd: other, events: POLLPRI }], 0), [0]);
	await task.close(fd);
	await task.close(other);
	t.equal(node.open, undefined);
});

t.test('kernfs: a mistake in an operation leaves the file and the node usable', async t => {
	const { top, task } = new Tree(t, {}, 2);
	let mistaken = true;
	const slip = () => {
		if (mistaken) throw new TypeError('a mistake');
	};
	const node = top.createFile('f', 0o644, 4096, {
		seqShow(m) {
			slip();
			m.puts('fine');
		},
		write(_of, data) {
			slip();
			return data.length;
		},
	});
	const fd = await task.open('/tmp/f', O_RDWR);
	t.throws(() => task.read(fd, 10), { code: 'EIO' });
	t.throws(() => task.write(fd, 'x'), { code: 'EIO' });
	mistaken = false;
	t.equal(text(await task.read(fd, 10)), 'fine');
	t.equal(await task.write(fd, 'x'), 1);
	t.equal(node.remove(), undefined, 'nobody is inside');
});
