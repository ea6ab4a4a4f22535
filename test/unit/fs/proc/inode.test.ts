/** inode - what each call on a file of /proc answers: by what the entry can do, and once it is gone. */

import t from 'tap';
import type { ProcOps } from '../../../../kernel-sim/fs/proc/internal.ts';
import { seqLseek, seqRead, seqRelease, singleOpen } from '../../../../kernel-sim/fs/seq_file.ts';
import type { Task } from '../../../../kernel-sim/fs/syscalls.ts';
import type { Awaitable } from '../../../../src/lib/awaitable.ts';
import { Errno } from '../../../../src/lib/errno.ts';
import { O_RDWR, SEEK_SET } from '../../../../src/uapi/fcntl.ts';
import { DEFAULT_POLLMASK, POLLIN, POLLPRI } from '../../../../src/uapi/poll.ts';
import { Booted } from './booted.ts';

/** An unknown command. */
const CMD = 0x1234;

/** Calls on an open file, and how their answers are written in the tables. */
const calls: { readonly [name: string]: (task: Task, fd: number) => Awaitable<unknown> } = {
	read: async (task, fd) => Buffer.from(await task.read(fd, 100)).toString(),
	'read of 0': async (task, fd) => (await task.read(fd, 0)).length,
	pread: async (task, fd) => Buffer.from(await task.pread(fd, 100, 2)).toString(),
	write: (task, fd) => task.write(fd, 'abc'),
	'write of 0': (task, fd) => task.write(fd, ''),
	pwrite: (task, fd) => task.pwrite(fd, 'abc', 1),
	lseek: (task, fd) => task.lseek(fd, 3, SEEK_SET),
	poll: async (task, fd) => (await task.poll([{ fd, events: 0xffff }], 0))[0],
	ioctl: (task, fd) => task.ioctl(fd, CMD, 5n),
	fsync: (task, fd) => task.fsync(fd),
	ftruncate: (task, fd) => task.ftruncate(fd, 0),
	getdents: (task, fd) => task.getdents(fd),
};

/** The answer to one call on a file opened anew, or the name of its error. */
async function answer(task: Task, path: string, call: string, between?: () => unknown): Promise<unknown> {
	const fd = await task.open(path, O_RDWR);
	await between?.();
	try {
		return await calls[call]!(task, fd);
	} catch (error) {
		return (error as { code: string }).code;
	} finally {
		await task.close(fd);
	}
}

const able: ProcOps = {
	read: (_file, _count, pos) => new TextEncoder().encode('hello').slice(pos),
	write: (_file, data) => data.length,
	lseek: (_file, offset) => offset * 2,
	poll: () => POLLIN | POLLPRI,
	ioctl: (_file, cmd, arg) => cmd + Number(arg),
};

/** Entry by what it can do: what each call answers. */
const table: {
	readonly [entry: string]: { readonly ops: ProcOps; readonly answers: { readonly [call: string]: unknown } };
} = {
	'an entry that can do all': {
		ops: able,
		answers: {
			read: 'hello',
			'read of 0': 5,
			pread: 'llo',
			write: 3,
			'write of 0': 0,
			pwrite: 3,
			lseek: 6,
			poll: POLLIN | POLLPRI,
			ioctl: CMD + 5,
			fsync: 'EINVAL',
			ftruncate: undefined,
			getdents: 'ENOTDIR',
		},
	},
	'an entry that can do nothing': {
		ops: {},
		answers: {
			read: 'EIO',
			'read of 0': 'EIO',
			pread: 'EIO',
			write: 'EIO',
			'write of 0': 'EIO',
			pwrite: 'EIO',
			lseek: 'ESPIPE',
			poll: DEFAULT_POLLMASK,
			ioctl: 'ENOTTY',
			fsync: 'EINVAL',
			ftruncate: undefined,
			getdents: 'ENOTDIR',
		},
	},
	'an entry that cannot be seeked in': {
		ops: { read: able.read!, write: able.write! },
		answers: { read: 'hello', pread: 'llo', pwrite: 3, lseek: 'ESPIPE' },
	},
	'an entry of seq_file': {
		ops: {
			open: (_inode, file) => singleOpen(file, m => m.puts('record')),
			read: seqRead,
			lseek: seqLseek,
			release: seqRelease,
		},
		answers: {
			read: 'record',
			'read of 0': 0,
			pread: 'cord',
			write: 'EIO',
			pwrite: 'ESPIPE',
			lseek: 3,
			ioctl: 'ENOTTY',
		},
	},
};
delete (table['an entry that can do all']!.answers as { 'read of 0'?: unknown })['read of 0'];

for (const [name, { ops, answers }] of Object.entries(table)) {
	t.test(`proc_reg_file_ops: ${name}`, async t => {
		const { kernel, task } = new Booted(t);
		kernel.proc.create('file', 0o666, ops);
		for (const [call, want] of Object.entries(answers)) t.same(await answer(task, '/proc/file', call), want, call);
	});
}

t.test('proc_entry_rundown: what calls on a file answer once its entry is removed', async t => {
	const { kernel, task } = new Booted(t);
	const answers = {
		read: 'EIO',
		'read of 0': 'EIO',
		pread: 'EIO',
		write: 'EIO',
		'write of 0': 'EIO',
		pwrite: 'EIO',
		lseek: 'EINVAL',
		poll: DEFAULT_POLLMASK,
		ioctl: 'ENOTTY',
		ftruncate: undefined,
	};
	for (const [call, want] of Object.entries(answers)) {
		const remove = () => kernel.proc.removeSubtree('file');
		kernel.proc.create('file', 0o666, able);
		t.same(await answer(task, '/proc/file', call, remove), want, call);
	}
	kernel.proc.create('file', 0o666, { read: able.read! });
	t.equal(await answer(task, '/proc/file', 'lseek', () => kernel.proc.removeSubtree('file')), 'ESPIPE');
});

t.test('proc_reg_open: an inode whose entry is gone is ENOENT, for whoever still has it', async t => {
	const { kernel, task } = new Booted(t);
	const entry = kernel.proc.create('file', 0o666, able);
	await task.stat('/proc/file');
	const [inode] = entry.inodes();
	kernel.proc.remove(entry);
	const ctx = { uid: 0, gid: 0, groups: [], capable: () => true } as unknown as Parameters<typeof kernel.vfs.open>[2];
	t.throws(() => kernel.vfs.open(inode!, O_RDWR, ctx), { code: 'ENOENT' });
});

t.test('proc_release: once for each open that was let in, at its close or when the entry goes', async t => {
	const { kernel, task } = new Booted(t);
	let open = 0;
	let refuse = false;
	const entry = kernel.proc.create('file', 0o666, {
		open() {
			if (refuse) throw new Errno('EBUSY');
			open++;
		},
		release: () => void open--,
	});
	const [first, second] = [await task.open('/proc/file', O_RDWR), await task.open('/proc/file', O_RDWR)];
	refuse = true;
	t.throws(() => task.open('/proc/file', O_RDWR), { code: 'EBUSY' });
	t.equal(open, 2);
	await task.close(first);
	t.equal(open, 1);
	kernel.proc.remove(entry);
	t.equal(open, 0, 'the other when the entry goes');
	await task.close(second);
	t.equal(open, 0, 'and not again at its close');
});

t.test('proc_entry_rundown: waits for a call that sleeps; release comes after it', async t => {
	const { kernel, task } = new Booted(t);
	const queue = { wake: () => {} };
	const order: string[] = [];
	const entry = kernel.proc.create('file', 0o666, {
		async read() {
			await new Promise<void>(resolve => (queue.wake = resolve));
			order.push('read');
			return new TextEncoder().encode('late');
		},
		release: () => void order.push('release'),
	});
	const fd = await task.open('/proc/file', O_RDWR);
	const other = await task.open('/proc/file', O_RDWR);
	const reading = task.read(fd, 10);
	const removed = Promise.resolve(kernel.proc.remove(entry)).then(() => order.push('removed'));
	t.throws(() => task.stat('/proc/file'), { code: 'ENOENT' }, 'the name is gone at once');
	t.throws(() => task.read(other, 10), { code: 'EIO' }, 'nobody gets in any more');
	await new Promise(setImmediate);
	t.same(order, []);
	queue.wake();
	t.equal(Buffer.from(await reading).toString(), 'late', 'who was inside gets his answer');
	await removed;
	t.same(order, ['read', 'release', 'release', 'removed']);
});

t.test('rmmod: returns once no operation of the module runs any more', async t => {
	const booted = new Booted(t);
	let wake = () => {};
	await booted.kernel.modules.load({
		name: 'sleeper',
		license: 'GPL',
		init({ proc }) {
			proc.createSingle('sleeper', 0, async m => {
				await new Promise<void>(resolve => (wake = resolve));
				m.puts('awake\n');
			});
		},
	});
	const reading = booted.read('/proc/sleeper');
	let gone = false;
	const unloading = booted.kernel.modules.unload('sleeper').then(() => (gone = true));
	await new Promise(setImmediate);
	t.notOk(gone);
	wake();
	await unloading;
	await t.rejects(reading, { code: 'EIO' }, 'the read that looks for the end finds the entry gone');
});

t.test('setattr: mode, owner and times stick, a size is taken and forgotten', async t => {
	const { kernel, task } = new Booted(t);
	const dir = kernel.proc.mkdir('dir');
	kernel.proc.create('file', 0o644, able, dir);
	for (const path of ['/proc/dir', '/proc/dir/file']) {
		await task.chmod(path, 0o710);
		await task.chown(path, 3, 4);
		t.match(await task.stat(path), { uid: 3, gid: 4, size: 0 });
		t.equal((await task.stat(path)).mode & 0o7777, 0o710);
	}
	await task.truncate('/proc/dir/file', 500);
	t.equal((await task.stat('/proc/dir/file')).size, 0);
	const nobody = kernel.task({ uid: 65534 });
	t.throws(() => nobody.stat('/proc/dir/file'), { code: 'EACCES' });
});
