/** do_file.test - open files, asked for in bytes: flags, positions, limits, polling. */

import type { File, FileOperations } from '../../../src/boundary/vfs.ts';
import { Errno, errno } from '../../../src/lib/errno.ts';
import { O_APPEND, O_CREAT, O_EXCL, O_NONBLOCK, O_RDWR, O_TRUNC, O_WRONLY } from '../../../src/uapi/fcntl.ts';
import { FMODE_LSEEK, FMODE_PREAD, FMODE_PWRITE, FMODE_STREAM } from '../../../src/uapi/fs.ts';
import * as uapi from '../../../src/uapi/fuse.ts';
import { POLLIN, POLLOUT } from '../../../src/uapi/poll.ts';
import { peerTest } from './tiny_peer.ts';
import { device, dir, file, type Spec, TinyQueue } from './tiny_vfs.ts';

const one = (spec: Spec) => () => dir({ it: spec });
const text = (bytes: Uint8Array) => Buffer.from(bytes).toString();

peerTest('files are opened for direct I/O, flushed only if they want to be', one(file('abc')), async (t, peer) => {
	const it = await peer.lookup('it');
	const open = async () => (await peer.call(uapi.FUSE_OPEN, { nodeid: it })).decode(uapi.fuse_open_out);
	const lost = (bits: number) => (_inode: unknown, file: File) => {
		file.mode &= ~bits;
	};
	const { FOPEN_DIRECT_IO: direct, FOPEN_NOFLUSH: noflush, FOPEN_NONSEEKABLE, FOPEN_STREAM } = uapi;
	const cases: [string, FileOperations, number][] = [
		['a plain file', {}, direct | noflush],
		['one with a flush', { flush() {} }, direct],
		['one that lost lseek only', { open: lost(FMODE_LSEEK) }, direct | noflush],
		[
			'one that lost lseek and pread',
			{ open: lost(FMODE_LSEEK | FMODE_PREAD | FMODE_PWRITE) },
			direct | noflush | FOPEN_NONSEEKABLE,
		],
		[
			'a stream',
			{
				open(_inode, file) {
					file.mode = (file.mode & ~FMODE_LSEEK) | FMODE_STREAM;
				},
			},
			direct | noflush | FOPEN_STREAM,
		],
	];
	for (const [title, fop, want] of cases) {
		peer.vfs.add('', title, device(fop));
		const nodeid = await peer.lookup(title);
		const { fh, open_flags } = (await peer.call(uapi.FUSE_OPEN, { nodeid })).decode(uapi.fuse_open_out);
		t.equal(open_flags, want, title);
		await peer.release(fh);
	}
	const [a, b] = [await open(), await open()];
	t.not(a.fh, b.fh, 'each open has a handle of its own');
	await peer.release(a.fh);
	await peer.release(b.fh);
	t.equal((await peer.send(uapi.FUSE_RELEASE, { args: { fh: a.fh } })).error, -errno.EBADF);
	t.equal((await peer.read(a.fh, 0)).error, -errno.EBADF);
});

peerTest('READ and WRITE move bytes', one(file('hello world')), async (t, peer) => {
	const fh = await peer.open(await peer.lookup('it'), O_RDWR);
	t.equal(await peer.text(fh, 0, 5), 'hello');
	t.equal(await peer.text(fh, 5), ' world');
	t.equal(await peer.text(fh, 11), '');
	t.equal(await peer.text(fh, 2, 3), 'llo');
	t.equal(await peer.write(fh, 6, 'there'), 5);
	t.equal(text(peer.vfs.at('it').content), 'hello there');
	await peer.release(fh);
});

peerTest('OPEN with O_TRUNC truncates, CREATE makes and opens', one(file('old')), async (t, peer) => {
	await peer.release(await peer.open(await peer.lookup('it'), O_WRONLY | O_TRUNC));
	t.equal(peer.vfs.at('it').size, 0);
	const args = { flags: O_WRONLY | O_CREAT, mode: 0o100666, umask: 0o22 };
	const create = (name: string, flags = 0) =>
		peer.send(uapi.FUSE_CREATE, { args: { ...args, flags: args.flags | flags }, names: [name] });
	const reply = await create('new');
	t.equal(reply.decode(uapi.fuse_entry_out).attr.mode, 0o100644);
	const { fh } = reply.decode(uapi.fuse_open_out, uapi.fuse_entry_out.size);
	t.equal(await peer.write(fh, 0, 'x'), 1);
	await peer.release(fh);
	const again = await create('new');
	t.equal(again.decode(uapi.fuse_entry_out).nodeid, reply.decode(uapi.fuse_entry_out).nodeid);
	await peer.release(again.decode(uapi.fuse_open_out, uapi.fuse_entry_out.size).fh);
	t.equal((await create('new', O_EXCL)).error, -errno.EEXIST);
	peer.vfs.open = () => {
		throw new Errno('EACCES');
	};
	const nodes = peer.session.inodes.size;
	t.equal((await create('refused')).error, -errno.EACCES);
	t.equal(peer.session.inodes.size, nodes, 'a CREATE that fails counts no lookup');
});

peerTest(
	'a write that does not move the position is followed by a read from where it was',
	one(
		device({
			read: (_file, count, pos) => Buffer.from('0123456789').subarray(pos, pos + count),
			write: (_file, data) => data.length,
		}),
	),
	async (t, peer) => {
		const fh = await peer.open(await peer.lookup('it'), O_RDWR);
		t.equal(await peer.text(fh, 0, 2), '01');
		t.equal(await peer.write(fh, 2, 'xyz'), 3);
		t.equal(await peer.text(fh, 5, 2), '23', 'the kernel believes in 5, the file is at 2');
		t.equal(await peer.text(fh, 7, 2), '45');
		t.equal(await peer.text(fh, 0, 2), '01', 'a seek means what it says');
		t.equal(await peer.text(fh, 2, 2), '23');
		t.equal(await peer.text(fh, 7, 2), '78', 'and ends what was remembered');
		await peer.release(fh);
	},
);

peerTest(
	'a read that moves the position by more than it gave',
	one(
		device({
			read: (_file, _count, pos) => ({ bytes: Buffer.from(`<${pos}>`), pos: pos + 100 }),
			write: (_file, data, pos) => ({ count: data.length, pos: pos + 1000 }),
		}),
	),
	async (t, peer) => {
		const fh = await peer.open(await peer.lookup('it'), O_RDWR);
		t.equal(await peer.text(fh, 0), '<0>');
		t.equal(await peer.text(fh, 3), '<100>');
		t.equal(await peer.write(fh, 8, 'ab'), 2);
		t.equal(await peer.text(fh, 10), '<1200>');
		await peer.release(fh);
	},
);

peerTest(
	'O_APPEND: the kernel tells its idea of the size, which is no position',
	one(
		device({
			read: (_file, _count, pos) => Buffer.from(`${pos}`),
			write: (file, data, pos) => {
				file.privateData = [...((file.privateData as number[] | undefined) ?? []), pos];
				return { count: data.length, pos: pos + data.length };
			},
		}),
	),
	async (t, peer) => {
		const fh = await peer.open(await peer.lookup('it'), O_RDWR | O_APPEND);
		await peer.write(fh, 4096, 'abc', O_RDWR | O_APPEND);
		await peer.write(fh, 4096, 'de', O_RDWR | O_APPEND);
		t.same(peer.session.handles.get(fh).file.privateData, [0, 3]);
		t.equal(await peer.text(fh, 4098), '5', 'a read goes on behind what was written');
		await peer.release(fh);
	},
);

peerTest(
	'no reply is longer than what was asked for',
	one(
		device({
			read: () => Buffer.from('too much'),
			write: () => 1000,
		}),
	),
	async (t, peer) => {
		const fh = await peer.open(await peer.lookup('it'), O_RDWR);
		t.equal(await peer.text(fh, 0, 3), 'too');
		t.equal(await peer.write(fh, 0, 'ab'), 2);
		const { error } = await peer.send(uapi.FUSE_WRITE, { args: { fh, size: 9 }, payload: Buffer.from('ab') });
		t.equal(error, -errno.EINVAL, 'a WRITE that is not as long as it says');
		t.equal((await peer.read(fh, 0, 0xffff_ffff)).body.length, 8);
		await peer.release(fh);
	},
);

peerTest(
	"what is written is the operation's own while it sleeps",
	one(
		device({
			write: async (file, data) => {
				await new Promise(resolve => setImmediate(resolve));
				file.privateData = text(data);
				return data.length;
			},
		}),
	),
	async (t, peer) => {
		const fh = await peer.open(await peer.lookup('it'), O_RDWR);
		const writing = peer.write(fh, 0, 'mine');
		await peer.lookup('it');
		t.equal(await writing, 4);
		t.equal(peer.session.handles.get(fh).file.privateData, 'mine');
		await peer.release(fh);
	},
);

peerTest('flags that fcntl changes come with each request', one(file('')), async (t, peer) => {
	const fh = await peer.open(await peer.lookup('it'), O_RDWR | O_NONBLOCK);
	const { file } = peer.session.handles.get(fh);
	await peer.read(fh, 0, 1, O_RDWR);
	t.equal(file.flags, O_RDWR);
	await peer.read(fh, 0, 1, O_WRONLY | O_TRUNC | O_NONBLOCK);
	t.equal(file.flags, O_RDWR | O_NONBLOCK, 'the others stay as they are');
	await peer.release(fh);
});

peerTest(
	'FLUSH, FSYNC, LSEEK and IOCTL reach the file, or have their one errno',
	one(
		device({
			flush: () => {
				throw new Errno('EDQUOT');
			},
			fsync(file, datasync) {
				file.privateData = datasync;
			},
			llseek: (_file, offset, whence) => offset * 10 + whence,
			ioctl: (_file, cmd, arg, ctx) => {
				if (cmd !== 0x1234) throw new Errno('ENOTTY');
				return ctx.memory.read(arg, 2).length;
			},
		}),
	),
	async (t, peer) => {
		const fh = await peer.open(await peer.lookup('it'), O_RDWR);
		const send = (opcode: number, args: object) => peer.send(opcode, { args: { fh, ...args } });
		t.equal((await send(uapi.FUSE_FLUSH, {})).error, -errno.EDQUOT);
		for (const [fsync_flags, datasync] of [
			[0, false],
			[uapi.FUSE_FSYNC_FDATASYNC, true],
		] as const) {
			t.equal((await send(uapi.FUSE_FSYNC, { fsync_flags })).error, 0);
			t.equal(peer.session.handles.get(fh).file.privateData, datasync);
		}
		const { offset } = (await send(uapi.FUSE_LSEEK, { offset: 7, whence: 3 })).decode(uapi.fuse_lseek_out);
		t.equal(offset, 73);
		t.equal((await send(uapi.FUSE_IOCTL, { cmd: 0x5401, arg: 5n })).error, -errno.ENOTTY);
		const { result } = (await send(uapi.FUSE_IOCTL, { cmd: 0x1234, arg: 5n })).decode(uapi.fuse_ioctl_out);
		t.equal(result, 0, 'the memory of this caller is empty');
		await peer.release(fh);

		peer.vfs.add('', 'plain', file(''));
		const plain = await peer.open(await peer.lookup('plain'));
		const error = async (opcode: number) => (await peer.send(opcode, { args: { fh: plain } })).error;
		t.equal(await error(uapi.FUSE_FLUSH), 0);
		t.equal(await error(uapi.FUSE_FSYNC), -errno.EINVAL);
		t.equal(await error(uapi.FUSE_LSEEK), -errno.ESPIPE);
		t.equal(await error(uapi.FUSE_IOCTL), -errno.ENOTTY);
		await peer.release(plain);
	},
);

const queue = new TinyQueue();
const polled: FileOperations = {
	poll(file, table) {
		table.wait(queue);
		file.privateData = table.waiting;
		return POLLIN;
	},
};

peerTest('POLL: who waits is woken once, and asks again', one(device(polled)), async (t, peer) => {
	const fh = await peer.open(await peer.lookup('it'));
	const poll = async (flags: number) => {
		const args = { fh, kh: 77, flags, events: POLLIN };
		return (await peer.call(uapi.FUSE_POLL, { args })).decode(uapi.fuse_poll_out).revents;
	};
	const kh = (bytes: Uint8Array) => uapi.fuse_notify_poll_wakeup_out.decode(new DataView(bytes.buffer), 16).kh;
	t.equal(await poll(0), POLLIN);
	t.equal(peer.session.handles.get(fh).file.privateData, false);
	t.equal(queue.waiters.size, 0, 'nobody waits after a poll with a timeout of 0');
	await poll(uapi.FUSE_POLL_SCHEDULE_NOTIFY);
	await poll(uapi.FUSE_POLL_SCHEDULE_NOTIFY);
	t.equal(queue.waiters.size, 1, 'one waiter for a file, however often it is polled');
	queue.wakeUp();
	queue.wakeUp();
	t.same(peer.notifications.map(kh), [77]);
	await poll(uapi.FUSE_POLL_SCHEDULE_NOTIFY);
	queue.wakeUp();
	t.same(peer.notifications.map(kh), [77, 77]);
	await poll(uapi.FUSE_POLL_SCHEDULE_NOTIFY);
	await peer.release(fh);
	t.equal(queue.waiters.size, 0, 'RELEASE ends the wait');
});

peerTest('POLL of a file that cannot be waited for: always ready', one(file('')), async (t, peer) => {
	const fh = await peer.open(await peer.lookup('it'));
	const { revents } = (await peer.call(uapi.FUSE_POLL, { args: { fh } })).decode(uapi.fuse_poll_out);
	t.equal(revents & (POLLIN | POLLOUT), POLLIN | POLLOUT);
	await peer.release(fh);
});
