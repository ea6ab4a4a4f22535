/** notify.test - changes of the tree, told to the kernel: what, to whom, when. */

import t from 'tap';
import { bufferOf } from '../../../mount/fuse/message.ts';
import { NotifyQueue } from '../../../mount/fuse/notify.ts';
import { formatNotification } from '../../../mount/fuse/trace.ts';
import { O_WRONLY } from '../../../src/uapi/fcntl.ts';
import * as uapi from '../../../src/uapi/fuse.ts';
import { TinyPeer } from './tiny_peer.ts';
import { device, dir, file, TinyVfs } from './tiny_vfs.ts';

const show = (bytes: Uint8Array) => formatNotification(bufferOf(bytes), bytes.length);
const tree = () => dir({ version: file('1'), sub: dir({ deep: file('2') }) });

/** Notifications that are held until somebody takes them. */
function held() {
	const taking: (() => void)[] = [];
	const notifyLater = () => new Promise<boolean>(resolve => taking.push(() => resolve(true)));
	return { taking, notifyLater };
}

t.test('each change, as a kernel that knows the nodes is told of it', async t => {
	const vfs = new TinyVfs(tree());
	const peer = new TinyPeer(vfs);
	await peer.init();
	const sub = await peer.lookup('sub');
	const deep = await peer.lookup('deep', sub);
	const told = async (change: () => void) => {
		change();
		await peer.session.settled();
		return peer.notifications.splice(0).map(show);
	};
	t.same(await told(() => vfs.add('sub', 'new', file(''))), [
		`INVAL_ENTRY {parent=${sub}, namelen=3, flags=FUSE_EXPIRE_ONLY} "new"`,
		`INVAL_INODE {ino=${sub}, off=0, len=0}`,
	]);
	t.same(await told(() => vfs.remove('sub', 'deep')), [
		`DELETE {parent=${sub}, child=${deep}, namelen=4} "deep"`,
		`INVAL_INODE {ino=${sub}, off=0, len=0}`,
	]);
	t.same(await told(() => vfs.remove('sub', 'new')), [`INVAL_INODE {ino=${sub}, off=0, len=0}`]);
	t.same(await told(() => vfs.invalidate({ type: 'attr', inode: vfs.at('sub') })), [
		`INVAL_INODE {ino=${sub}, off=0, len=0}`,
	]);
	t.same(await told(() => vfs.invalidate({ type: 'attr', inode: vfs.at('version') })), [], 'nobody knows it');
	const version = await peer.lookup('version');
	t.same(await told(() => vfs.invalidate({ type: 'attr', inode: vfs.at('version') })), [
		`INVAL_INODE {ino=${version}, off=-1, len=0}`,
	]);
	peer.tell(uapi.FUSE_FORGET, { nodeid: version, args: { nlookup: 1 } });
	t.same(await told(() => vfs.invalidate({ type: 'attr', inode: vfs.at('version') })), [], 'nobody knows it any more');
	peer.session.close();
});

t.test('a kernel without EXPIRE_ONLY drops the name', async t => {
	const vfs = new TinyVfs(tree());
	const peer = new TinyPeer(vfs);
	await peer.send(uapi.FUSE_INIT, { args: { major: 7, minor: 31 } });
	vfs.add('', 'new', file(''));
	await peer.session.settled();
	t.equal(show(peer.notifications[0]!), 'INVAL_ENTRY {parent=1, namelen=3, flags=0} "new"');
	peer.session.close();
});

t.test('every session is told, by its own node ids, but not of what it asked for itself', async t => {
	const vfs = new TinyVfs(tree());
	const [first, second, third] = [new TinyPeer(vfs), new TinyPeer(vfs), new TinyPeer(vfs)];
	for (const peer of [first, second, third]) await peer.init();
	await second.lookup('version');
	const [sub1, sub2] = [await first.lookup('sub'), await second.lookup('sub')];
	t.not(sub1, sub2);
	await first.call(uapi.FUSE_MKDIR, { nodeid: sub1, args: { mode: 0o755 }, names: ['made'] });
	for (const peer of [first, second, third]) await peer.session.settled();
	t.same(first.notifications, []);
	t.same(second.notifications.map(show), [
		`INVAL_ENTRY {parent=${sub2}, namelen=4, flags=FUSE_EXPIRE_ONLY} "made"`,
		`INVAL_INODE {ino=${sub2}, off=0, len=0}`,
	]);
	t.same(third.notifications, [], 'who does not know the directory is not told');
	for (const peer of [first, second, third]) peer.session.close();
});

t.test('what may block is sent one after the other, what cannot at once', async t => {
	const { taking, notifyLater } = held();
	const vfs = new TinyVfs(tree());
	const peer = new TinyPeer(vfs, { notifyLater });
	await peer.init();
	await peer.lookup('version');
	vfs.add('', 'a', file(''));
	vfs.add('', 'b', file(''));
	vfs.invalidate({ type: 'attr', inode: vfs.at('version') });
	const names = () => peer.notifications.map(bytes => show(bytes).replace(/ .*?("|$)/, ' $1'));
	t.same(names(), ['INVAL_ENTRY "a"', 'INVAL_INODE '], 'the second waits for the first');
	let settled = false;
	const done = peer.session.settled().then(() => {
		settled = true;
	});
	for (let taken = 0; taken < 3; taken++) {
		t.equal(taking.length, taken + 1);
		t.notOk(settled);
		taking[taken]!();
		await new Promise(resolve => setImmediate(resolve));
	}
	await done;
	t.same(
		names(),
		['INVAL_ENTRY "a"', 'INVAL_INODE ', 'INVAL_ENTRY "b"', 'INVAL_INODE '],
		'the listing after all names, since that of an entry waits for readers of the directory',
	);
	peer.session.close();
});

t.test('a write is answered when the kernel knows what it has done, unless the kernel waits for its lock', async t => {
	const { taking, notifyLater } = held();
	const removing = (name: string) =>
		device({
			write(_file, data) {
				vfs.remove('', name);
				return data.length;
			},
		});
	const vfs: TinyVfs = new TinyVfs(dir({ other: removing('victim'), itself: removing('itself'), victim: file('') }));
	const peer = new TinyPeer(vfs, { notifyLater });
	await peer.init();
	await peer.lookup('victim');
	const payload = Buffer.from('x');
	const write = async (name: string) => {
		const nodeid = await peer.lookup(name);
		const fh = await peer.open(nodeid, O_WRONLY);
		return peer.send(uapi.FUSE_WRITE, { nodeid, args: { fh, offset: 0, size: 1 }, payload });
	};
	let answered = false;
	const other = write('other').then(reply => {
		answered = true;
		return reply.error;
	});
	while (taking.length === 0) await new Promise(resolve => setImmediate(resolve));
	for (let taken = 0; taken < 2; taken++) {
		t.notOk(answered, `${taken} of 2 notifications were taken`);
		taking[taken]!();
		await new Promise(resolve => setImmediate(resolve));
	}
	t.equal(await other, 0);
	t.equal((await write('itself')).error, 0, 'though nothing was taken');
	t.match(show(peer.notifications.at(-1)!), /^DELETE .* "itself"$/);
	peer.session.close();
});

t.test('the queue sends once what waits to be said twice, and as late as the last asks for', async t => {
	const { taking, notifyLater } = held();
	const sent: string[] = [];
	const queue = new NotifyQueue(bytes => {
		sent.push(Buffer.from(bytes).toString());
		return notifyLater();
	});
	t.equal(await queue.idle(), undefined);
	const push = (text: string) => queue.push(text, Buffer.from(text));
	for (const text of ['a', 'b', 'a', 'b', 'c']) push(text);
	t.same(sent, ['a'], 'the a that was sent is not the a that came later');
	const idle = queue.idle();
	while (taking.length > 0) {
		taking.shift()!();
		await new Promise(resolve => setImmediate(resolve));
	}
	await idle;
	t.same(sent, ['a', 'a', 'b', 'c']);
	push('d');
	push('e');
	queue.clear();
	taking.shift()!();
	await queue.idle();
	t.same(sent, ['a', 'a', 'b', 'c', 'd'], 'what was forgotten is not sent');
});
