/** notifier.test - pages, lost requests, names and nodes: what the kernel is told, which kernel, and what comes back. */

import t from 'tap';
import { bufferOf, MAX_WRITE } from '../../../mount/fuse/message.ts';
import { formatNotification } from '../../../mount/fuse/trace.ts';
import * as uapi from '../../../src/uapi/fuse.ts';
import { encodeRequest, type PeerOptions } from '../../peer/fuse.ts';
import { initRequest } from '../../peer/linux/version.ts';
import { peerTest, TinyPeer } from './tiny_peer.ts';
import { dir, file, link, TinyVfs } from './tiny_vfs.ts';

const show = (bytes: Uint8Array) => formatNotification(bufferOf(bytes), bytes.length);
const tree = () => dir({ version: file('1'), other: file('2'), sub: dir({ deep: file('3') }), self: link('version') });
const turn = () => new Promise(resolve => setImmediate(resolve));

/** A kernel of version 7.`minor` that knows the tree. */
async function connect(minor = 45, options: Partial<PeerOptions> = {}): Promise<TinyPeer> {
	const peer = new TinyPeer(new TinyVfs(tree()), options);
	peer.post(initRequest(1000, minor));
	peer.stray.length = 0;
	t.equal(peer.session.agreed?.minor, minor);
	return peer;
}

/** An answer to the RETRIEVE that was sent last. */
class Answer {
	readonly unique: number;
	readonly nodeid: number;
	readonly offset: number;

	constructor(peer: TinyPeer) {
		const { view } = bufferOf(peer.notifications.at(-1)!);
		const asked = uapi.fuse_notify_retrieve_out.decode(view, uapi.fuse_out_header.size);
		this.unique = asked.notify_unique;
		this.nodeid = asked.nodeid;
		this.offset = asked.offset;
	}

	/** The bytes of one with these data; what it says of itself may be changed. */
	with(data: string | Uint8Array, { size, ...change }: Partial<Answer & { size: number }> = {}): Uint8Array {
		const { unique, nodeid, offset } = { ...this, ...change };
		const payload = Buffer.from(data);
		return encodeRequest(uapi.FUSE_NOTIFY_REPLY, unique, {
			nodeid,
			args: { offset, size: size ?? payload.length },
			payload,
		});
	}
}

t.test('store: the data, copied, to a kernel that knows the node', async t => {
	const peer = await connect();
	const { notifier } = peer.session;
	const { vfs } = peer;
	t.equal(await notifier.store(vfs.at('version'), 0, Buffer.from('unknown')), false);
	t.same(peer.notifications, [], 'a kernel that does not know it is not told');
	const node = await peer.lookup('version');
	const data = Buffer.from('some text');
	const stored = notifier.store(vfs.at('version'), 4096, data);
	data.fill(0);
	t.equal(await stored, true);
	t.same(peer.notifications.map(show), [`STORE {nodeid=${node}, offset=4096, size=9} "some text"`]);
	t.equal(await notifier.store(vfs.at('version'), 0, new Uint8Array(0)), true);
	t.equal(await notifier.store(vfs.at('version'), 0, new Uint8Array(3 * MAX_WRITE)), true, 'as many as there are');
	t.equal(peer.notifications.at(-1)!.length, 16 + 24 + 3 * MAX_WRITE);
	peer.session.close();
	t.equal(await notifier.store(vfs.at('version'), 0, data), false, 'nor when the connection has ended');
});

t.test('store and retrieve: anything but a regular file, and no offset, is EINVAL', async t => {
	const peer = await connect();
	const { notifier } = peer.session;
	for (const name of ['version', 'sub', 'self']) await peer.lookup(name);
	const data = Buffer.from('x');
	for (const path of ['', 'sub', 'self']) {
		await t.rejects(notifier.store(peer.vfs.at(path), 0, data), { code: 'EINVAL' }, path);
		await t.rejects(notifier.retrieve(peer.vfs.at(path), 0, 1), { code: 'EINVAL' }, path);
	}
	for (const offset of [-1, 0.5, 2 ** 53, Number.NaN]) {
		await t.rejects(notifier.store(peer.vfs.at('version'), offset, data), { code: 'EINVAL' }, `${offset}`);
		await t.rejects(notifier.retrieve(peer.vfs.at('version'), offset, 1), { code: 'EINVAL' }, `${offset}`);
	}
	t.same(peer.notifications, []);
	peer.session.close();
});

t.test('what the kernel refuses it knows nothing of', async t => {
	const peer = await connect(45, { notifyLater: () => Promise.resolve(false) });
	await peer.lookup('version');
	const version = peer.vfs.at('version');
	t.equal(await peer.session.notifier.store(version, 0, Buffer.from('x')), false);
	t.equal(await peer.session.notifier.retrieve(version, 0, 10), undefined);
	peer.post(new Answer(peer).with('late'));
	t.same(peer.vfs.oopses, []);
	peer.session.close();
});

t.test(
	'retrieve: each answer to who asked for it, in any order, before or after the kernel says that it will come',
	async t => {
		const taking: (() => void)[] = [];
		const notifyLater = () => new Promise<boolean>(resolve => taking.push(() => resolve(true)));
		const peer = await connect(31, { notifyLater });
		const { notifier } = peer.session;
		const [version, other] = [await peer.lookup('version'), await peer.lookup('other')];
		const first = notifier.retrieve(peer.vfs.at('version'), 0, 100);
		const second = notifier.retrieve(peer.vfs.at('other'), 4096, MAX_WRITE);
		const answers = [new Answer(peer)];
		taking.shift()!();
		await turn();
		answers.push(new Answer(peer));
		t.same(peer.notifications.map(show), [
			`RETRIEVE {notify_unique=1, nodeid=${version}, offset=0, size=100}`,
			`RETRIEVE {notify_unique=2, nodeid=${other}, offset=4096, size=${MAX_WRITE}}`,
		]);
		const big = Buffer.alloc(MAX_WRITE, 'big');
		peer.post(answers[1]!.with(big));
		taking.shift()!();
		peer.post(answers[0]!.with(''));
		t.same(await first, new Uint8Array(0), 'nothing is an answer');
		t.ok(big.equals((await second)!), 'so is all that fits into a request, which is overwritten by now');
		peer.session.close();
	},
);

peerTest(
	'retrieve: an answer that nobody asked for is refused, and the right one still waited for',
	tree,
	async (t, peer) => {
		await peer.lookup('version');
		const { notifier } = peer.session;
		const text = notifier.retrieve(peer.vfs.at('version'), 10, 4);
		const answer = new Answer(peer);
		const right = answer.with('text');
		const wrong: [string, Uint8Array][] = [
			['another number', answer.with('text', { unique: answer.unique + 1 })],
			['number 0', answer.with('text', { unique: 0 })],
			['another node', answer.with('text', { nodeid: 1 })],
			['another offset', answer.with('text', { offset: 0 })],
			['more than was asked for', answer.with('texts')],
			['a size that is not that of the data', answer.with('tex', { size: 4 })],
		];
		for (let length = 0; length < right.length; length++) {
			const honest = right.slice(0, length);
			if (length >= 4) bufferOf(honest).view.setUint32(0, length, true);
			wrong.push([`${length} bytes`, right.slice(0, length)], [`${length} bytes that say so`, honest]);
		}
		let settled = false;
		void text.then(() => {
			settled = true;
		});
		for (const [title, bytes] of wrong) {
			peer.post(bytes);
			await null;
			if (settled) t.fail(title);
		}
		await turn();
		t.notOk(settled);
		peer.post(right);
		t.equal(Buffer.from((await text)!).toString(), 'text');
		peer.post(right);
		t.same(peer.stray, [], 'none is answered, nor the same one again');
	},
);

t.test('retrieve: who waits when the connection ends gets nothing', async t => {
	const peer = await connect(45, { notifyLater: bytes => Promise.resolve(show(bytes) !== '') });
	await peer.lookup('version');
	const { notifier } = peer.session;
	const waiting = notifier.retrieve(peer.vfs.at('version'), 0, 10);
	const answer = new Answer(peer);
	await turn();
	const queued = [notifier.retrieve(peer.vfs.at('version'), 0, 10), notifier.retrieve(peer.vfs.at('version'), 0, 10)];
	peer.session.close();
	peer.post(answer.with('late'));
	t.same(await Promise.all([waiting, ...queued]), [undefined, undefined, undefined]);
	t.equal(await notifier.retrieve(peer.vfs.at('version'), 0, 10), undefined);
	t.equal(peer.vfs.oopses.length, 0);
});

t.test('a write of a file is answered while its pages are stored: the kernel may hold them until then', async t => {
	const peer = await connect(45, { notifyLater: () => new Promise(() => {}) });
	const nodeid = await peer.lookup('version');
	const fh = await peer.open(nodeid, 2);
	void peer.session.notifier.store(peer.vfs.at('version'), 0, Buffer.from('stored'));
	const payload = Buffer.from('x');
	const args = { fh, offset: 0, size: 1 };
	t.equal((await peer.send(uapi.FUSE_WRITE, { nodeid, args, payload })).error, 0);
	peer.session.close();
});

t.test('which kernel is told: resend since 7.40, incEpoch since 7.44, prune since 7.45', async t => {
	for (const minor of [31, 36, 39, 40, 43, 44, 45]) {
		const peer = await connect(minor);
		await peer.lookup('version');
		const { notifier } = peer.session;
		t.equal(notifier.resend(), minor >= 40, `resend 7.${minor}`);
		t.equal(notifier.incEpoch(), minor >= 44, `incEpoch 7.${minor}`);
		t.equal(notifier.prune(), minor >= 45, `prune 7.${minor}`);
		await peer.session.settled();
		const told = ['RESEND', 'INC_EPOCH', 'PRUNE {count=1} [2]'];
		t.same(peer.notifications.map(show), told.slice(0, minor < 40 ? 0 : minor < 44 ? 1 : minor - 42));
		peer.session.close();
		for (const call of ['resend', 'incEpoch', 'prune'] as const) t.equal(notifier[call](), false, 'after the end');
	}
	const silent = new TinyPeer(new TinyVfs(tree()));
	for (const call of ['resend', 'incEpoch', 'prune'] as const)
		t.equal(silent.session.notifier[call](), false, 'before anything is agreed on');
	silent.session.close();
});

t.test('prune: every node, in messages that need not wait long for one another', async t => {
	const names = Array.from({ length: 10_000 }, (_, i) => `f${i}`);
	const peer = new TinyPeer(new TinyVfs(dir(Object.fromEntries(names.map(name => [name, file('')])))));
	await peer.init();
	for (const name of names) await peer.lookup(name);
	t.ok(peer.session.notifier.prune());
	await peer.session.settled();
	t.same(peer.notifications.map(show), [
		'PRUNE {count=8192} [2, 3, 4, 5, 6, 7, 8, 9, ...]',
		'PRUNE {count=1808} [8194, 8195, 8196, 8197, 8198, 8199, 8200, 8201, ...]',
	]);
	const [first] = peer.notifications;
	t.equal(first!.length, 16 + 16 + 8192 * 8);
	peer.session.close();
});

peerTest(
	'the kernel is asked to forget when many nodes are new, and no sooner again',
	() => dir({}),
	async (t, peer) => {
		const count = () => peer.notifications.filter(bytes => show(bytes).startsWith('PRUNE')).length;
		const come = (many: number) => {
			const nodes = Array.from({ length: many }, (_, i) => peer.vfs.add('', `${peer.vfs.nextIno()} ${i}`, file('')));
			return Promise.all([...nodes.keys()].map(i => peer.lookup([...peer.vfs.root.children.keys()].at(-1 - i)!)));
		};
		const forget = (ids: readonly number[]) => {
			for (const nodeid of ids) peer.tell(uapi.FUSE_FORGET, { nodeid, args: { nlookup: 1 } });
		};
		const first = await come(9);
		await peer.session.settled();
		t.equal(count(), 1, 'the root is one as well');
		forget(first);
		const second = await come(9);
		await peer.session.settled();
		t.equal(count(), 1);
		const third = await come(1);
		await peer.session.settled();
		t.equal(count(), 2, 'ten more are');
		forget([...second, ...third]);
		t.equal(peer.session.inodes.size, 0);
		for (let i = 0; i < 40; i++) {
			await come(1);
			await peer.session.settled();
		}
		t.equal(count(), 5, 'after 10, 20, and 40: not before as many have come again as there are');
	},
	{ pruneAfter: 10 },
);
