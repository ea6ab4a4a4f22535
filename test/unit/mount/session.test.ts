/** session.test - answers, refusals, sleepers, interrupts and the end of a connection. */

import t from 'tap';
import type { Context } from '../../../src/boundary/vfs.ts';
import { Errno, errno } from '../../../src/lib/errno.ts';
import * as uapi from '../../../src/uapi/fuse.ts';
import { encodeRequest } from '../../peer/fuse.ts';
import { peerTest, TinyPeer } from './tiny_peer.ts';
import { device, dir, file, type Spec, TinyVfs } from './tiny_vfs.ts';

/** A file whose reads sleep until they are interrupted, or `wake` gives them bytes. */
function sleeper() {
	const asleep: { wake(text: string): void; ctx: Context }[] = [];
	const spec = device({
		read: (_file, _count, _pos, ctx) =>
			new Promise((resolve, reject) => {
				asleep.push({ wake: text => resolve(Buffer.from(text)), ctx });
				ctx.signal.addEventListener('abort', () => reject(new Errno('EINTR')));
			}),
	});
	return { asleep, spec };
}

const throwing = (error: unknown): Spec =>
	device({
		read() {
			throw error;
		},
	});

peerTest(
	'an Errno is its number, whoever made it; anything else is EIO and an oops',
	() => dir({}),
	async (t, peer) => {
		const mistake = new TypeError('undefined is not a function');
		const cases: [string, unknown, number, unknown[]][] = [
			['an Errno', new Errno('EOVERFLOW'), -errno.EOVERFLOW, []],
			['an error of node:fs', Object.assign(new Error(), { code: 'ENOENT', errno: -2 }), -errno.ENOENT, []],
			['a mistake', mistake, -errno.EIO, [mistake]],
			['no error at all', 'text', -errno.EIO, ['text']],
			['a number above 511', { code: 'ERESTARTSYS', errno: -512 }, -errno.EIO, [{ code: 'ERESTARTSYS', errno: -512 }]],
		];
		for (const [title, error, want, oopses] of cases) {
			for (const [how, spec] of [
				['thrown', throwing(error)],
				['rejected', device({ read: () => Promise.reject(error) })],
			] as const) {
				peer.vfs.add('', `${title} ${how}`, spec);
				const fh = await peer.open(await peer.lookup(`${title} ${how}`));
				t.equal((await peer.read(fh, 0)).error, want, `${title} ${how}`);
				t.same(peer.vfs.oopses.splice(0), oopses);
				await peer.release(fh);
			}
		}
	},
);

peerTest(
	'an answer that does not fit its struct is an error too',
	() => dir({ a: file('') }),
	async (t, peer) => {
		const { getattr } = peer.vfs;
		peer.vfs.getattr = inode => ({ ...getattr.call(peer.vfs, inode), size: -1 });
		t.equal((await peer.send(uapi.FUSE_GETATTR)).error, -errno.EINVAL);
		peer.vfs.getattr = inode => ({ ...getattr.call(peer.vfs, inode), ino: 2 ** 60 });
		t.equal((await peer.send(uapi.FUSE_GETATTR)).error, -errno.EINVAL);
	},
);

peerTest(
	'an unknown opcode is ENOSYS',
	() => dir({}),
	async (t, peer) => {
		for (const opcode of [0, 7, 19, 54, 4095, uapi.FUSE_INIT_BSWAP_RESERVED, 0xffff_ffff])
			t.equal((await peer.send(opcode)).error, -errno.ENOSYS, `${opcode}`);
	},
);

{
	const { asleep, spec } = sleeper();
	peerTest(
		'a sleeper is answered when it wakes, the others meanwhile',
		() => dir({ it: spec }),
		async (t, peer) => {
			const fh = await peer.open(await peer.lookup('it'));
			const [first, second] = [peer.text(fh, 0), peer.text(fh, 0)];
			t.equal(peer.session.pending, 2);
			t.equal((await peer.send(uapi.FUSE_GETATTR)).error, 0);
			asleep[1]!.wake('two');
			t.equal(await second, 'two');
			t.equal(peer.session.pending, 1);
			asleep[0]!.wake('one');
			t.equal(await first, 'one');
			t.equal(peer.session.pending, 0);
			await peer.release(fh);
		},
	);
}

{
	const { asleep, spec } = sleeper();
	peerTest(
		'INTERRUPT ends the sleep of its target by EINTR',
		() => dir({ it: spec }),
		async (t, peer) => {
			const fh = await peer.open(await peer.lookup('it'));
			const [a, b] = [peer.begin(uapi.FUSE_READ, { args: { fh } }), peer.begin(uapi.FUSE_READ, { args: { fh } })];
			peer.tell(uapi.FUSE_INTERRUPT, { nodeid: 0, args: { unique: BigInt(a.unique) } });
			t.equal((await a.reply).error, -errno.EINTR);
			t.equal(peer.session.pending, 1, 'and of nobody else');
			t.same(
				asleep.map(({ ctx }) => ctx.signal.aborted),
				[true, false],
			);
			t.match(asleep[0]!.ctx.signal.reason, { code: 'EINTR' });
			peer.tell(uapi.FUSE_INTERRUPT, { nodeid: 0, args: { unique: BigInt(a.unique) } });
			peer.tell(uapi.FUSE_INTERRUPT, { nodeid: 0, args: { unique: 12345n } });
			t.same(peer.stray, [], 'an INTERRUPT of what has been answered, or never was, is dropped');
			asleep[1]!.wake('done');
			t.equal((await b.reply).error, 0);
			await peer.release(fh);
		},
	);
}

{
	const waits: Context[] = [];
	const late = device({
		async read(_file, _count, _pos, ctx) {
			waits.push(ctx);
			await new Promise(resolve => setImmediate(resolve));
			ctx.signal.throwIfAborted();
			return new Uint8Array(0);
		},
	});
	peerTest(
		'the signal that is asked for late knows of an interrupt before',
		() => dir({ it: late }),
		async (t, peer) => {
			const fh = await peer.open(await peer.lookup('it'));
			const { unique, reply } = peer.begin(uapi.FUSE_READ, { args: { fh } });
			peer.tell(uapi.FUSE_INTERRUPT, { nodeid: 0, args: { unique: BigInt(unique) } });
			t.equal((await reply).error, -errno.EINTR);
			t.equal(waits[0]!.signal, waits[0]!.signal, 'there is one signal');
			await peer.release(fh);
		},
	);
}

t.test('killed: once the first signal has come, the thread is watched until the operation is done', async t => {
	const calls: { wake(): void; ctx: Context }[] = [];
	const spec = device({
		read: (_file, _count, _pos, ctx) =>
			new Promise((resolve, reject) => {
				calls.push({ wake: () => resolve(Buffer.from('x')), ctx });
				ctx.killed!.addEventListener('abort', () => reject(new Errno('EINTR')));
			}),
	});
	const watched = new Map<number, () => void>();
	const whenKilled = (pid: number, tell: () => void) => {
		watched.set(pid, tell);
		return () => void watched.delete(pid);
	};
	const memory = () => ({ read: () => new Uint8Array(0), write() {} });
	const peer = new TinyPeer(new TinyVfs(dir({ it: spec })), { callers: { find: () => undefined, memory, whenKilled } });
	await peer.init();
	const fh = await peer.open(await peer.lookup('it'));
	const begin = () => peer.begin(uapi.FUSE_READ, { args: { fh } });
	const interrupt = (unique: number) => peer.tell(uapi.FUSE_INTERRUPT, { nodeid: 0, args: { unique: BigInt(unique) } });

	const first = begin();
	t.equal(watched.size, 0);
	interrupt(first.unique);
	interrupt(first.unique);
	t.equal(watched.size, 1);
	calls[0]!.wake();
	t.equal((await first.reply).error, 0, 'a signal that does not kill changes nothing');
	t.equal(watched.size, 0);

	const second = begin();
	interrupt(second.unique);
	for (const tell of watched.values()) tell();
	t.equal((await second.reply).error, -errno.EINTR);
	t.equal(watched.size, 0);

	const third = begin();
	peer.session.close();
	t.equal((await third.reply).error, -errno.ENODEV);
	t.ok(calls[2]!.ctx.killed!.aborted);
});

t.test('close refuses whoever waits, interrupts the sleepers and releases every file', async t => {
	const { asleep, spec } = sleeper();
	const vfs = new TinyVfs(dir({ it: spec }));
	const peer = new TinyPeer(vfs);
	await peer.init();
	const fh = await peer.open(await peer.lookup('it'));
	const { reply } = peer.begin(uapi.FUSE_READ, { args: { fh } });
	peer.session.close();
	peer.session.close();
	t.equal((await reply).error, -errno.ENODEV);
	t.ok(asleep[0]!.ctx.signal.aborted);
	t.equal(vfs.openFiles, 0);
	t.equal((await peer.send(uapi.FUSE_GETATTR)).error, -errno.ENODEV, 'who comes later is refused');
	peer.tell(uapi.FUSE_FORGET, { nodeid: 2, args: { nlookup: 1 } });
	vfs.add('', 'new', file(''));
	t.same([peer.notifications, peer.stray, vfs.oopses], [[], [], []]);
});

peerTest(
	'a header with a number that is none here is refused by its own unique',
	() => dir({}),
	async (t, peer) => {
		const huge = 0xffff_ffff_ffff_fff0n;
		for (const member of ['unique', 'nodeid'] as const) {
			const bytes = encodeRequest(uapi.FUSE_GETATTR, 1000);
			new DataView(bytes.buffer).setBigUint64(uapi.fuse_in_header.offsetof[member], huge, true);
			const replies: bigint[] = [];
			peer.reply = reply => void replies.push(new DataView(reply.slice().buffer).getBigUint64(8, true));
			peer.post(bytes);
			t.same(replies, [member === 'unique' ? huge : 1000n], member);
			const forget = bytes.slice();
			new DataView(forget.buffer).setUint32(4, uapi.FUSE_FORGET, true);
			peer.post(forget);
			t.equal(replies.length, 1, 'FORGET is never answered');
		}
	},
);

peerTest(
	'a request numbered 0 gets no reply: it would be taken for a notification',
	() => dir({}),
	async (t, peer) => {
		peer.post(encodeRequest(uapi.FUSE_GETATTR, 0));
		t.same(peer.stray, []);
	},
);

t.test('two sessions on one tree have node ids of their own', async t => {
	const vfs = new TinyVfs(dir({ a: file('a'), b: file('b') }));
	const [first, second] = [new TinyPeer(vfs), new TinyPeer(vfs)];
	t.equal(await first.lookup('a'), 2);
	t.equal(await second.lookup('b'), 2);
	t.equal(await second.lookup('a'), 3);
	first.session.close();
	t.equal(await second.lookup('a'), 3, 'one goes on without the other');
	second.session.close();
});
