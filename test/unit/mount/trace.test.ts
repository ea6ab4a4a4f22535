/** trace.test - one line for each message. */

import t from 'tap';
import { quote } from '../../../mount/fuse/reply.ts';
import { lineTracer } from '../../../mount/fuse/trace.ts';
import { errno } from '../../../src/lib/errno.ts';
import * as uapi from '../../../src/uapi/fuse.ts';
import { encodeRequest } from '../../peer/fuse.ts';
import { TinyPeer } from './tiny_peer.ts';
import { dir, file, TinyQueue, TinyVfs } from './tiny_vfs.ts';

const attr =
	'attr={ino=2, size=40, blocks=0, atime=0, mtime=0, ctime=0, atimensec=0, mtimensec=0, ctimensec=0, mode=0100644, ' +
	'nlink=1, uid=0, gid=0, rdev=0, blksize=4096, flags=0}';

t.test('requests, replies and notifications as they pass', async t => {
	const lines: string[] = [];
	const vfs = new TinyVfs(dir({ 'a"b': file('0123456789'.repeat(4)) }));
	const queue = new TinyQueue();
	vfs.poll = (_file, table) => {
		table.wait(queue);
		return 1;
	};
	const peer = new TinyPeer(vfs, { tracer: lineTracer(line => lines.push(line)) });
	const node = await peer.lookup('a"b');
	const fh = await peer.open(node, 0o102002);
	await peer.read(fh, 0);
	await peer.write(fh, 0, 'short');
	await peer.send(uapi.FUSE_READDIR, { args: { fh } });
	await peer.send(uapi.FUSE_POLL, { args: { fh, kh: 5, flags: 1, events: 0x19 } });
	queue.wakeUp();
	await peer.release(fh);
	await peer.send(uapi.FUSE_LOOKUP, { names: ['none'], pid: 7, uid: 8 });
	peer.tell(uapi.FUSE_FORGET, { nodeid: node, args: { nlookup: 1 } });
	await peer.send(99);
	t.same(lines, [
		'> 2 LOOKUP node=1 "a\\"b" pid=0 uid=0',
		`< 2 LOOKUP {nodeid=2, generation=0, entry_valid=1000000, attr_valid=1000000, entry_valid_nsec=0, attr_valid_nsec=0, ${attr}}`,
		'> 4 OPEN node=2 {flags=O_RDWR|O_APPEND|O_LARGEFILE, open_flags=0} pid=0 uid=0',
		'< 4 OPEN {fh=1, open_flags=FOPEN_DIRECT_IO|FOPEN_NOFLUSH, backing_id=0}',
		'> 6 READ node=1 {fh=1, offset=0, size=4096, read_flags=0, lock_owner=0, flags=O_RDONLY} pid=0 uid=0',
		'< 6 READ "01234567890123456789012345678901"... (40)',
		'> 8 WRITE node=1 {fh=1, offset=0, size=5, write_flags=0, lock_owner=0, flags=O_RDONLY} "short" pid=0 uid=0',
		'< 8 WRITE {size=5}',
		'> 10 READDIR node=1 {fh=1, offset=0, size=0, read_flags=0, lock_owner=0, flags=O_RDONLY} pid=0 uid=0',
		'< 10 READDIR ENOTDIR',
		'> 12 POLL node=1 {fh=1, kh=5, flags=FUSE_POLL_SCHEDULE_NOTIFY, events=POLLIN|POLLERR|POLLHUP} pid=0 uid=0',
		'< 12 POLL {revents=POLLIN}',
		'< POLL {kh=5}',
		'> 14 RELEASE node=1 {fh=1, flags=O_RDONLY, release_flags=0, lock_owner=0} pid=0 uid=0',
		'< 14 RELEASE',
		'> 16 LOOKUP node=1 "none" pid=7 uid=8',
		'< 16 LOOKUP ENOENT',
		'> 18 FORGET node=2 {nlookup=1} pid=0 uid=0',
		'> 20 opcode 99 node=1 pid=0 uid=0',
		'< 20 ? ENOSYS',
	]);
	peer.session.close();
});

t.test('bytes that are no text are shown as bytes', t => {
	const cases: [number[], string][] = [
		[[0x61, 0, 0xff, 0x22, 0x5c, 0x0a], '"a\\x00\\xff\\"\\\\\\n"'],
		[[...Buffer.from('\\u0041')], '"\\\\u0041"'],
		[[...Buffer.from('\u20ac')], '"\u20ac"'],
		[Array(33).fill(0x78), `"${'x'.repeat(32)}"... (33)`],
	];
	for (const [bytes, want] of cases) t.equal(quote(Uint8Array.from(bytes)), want);
	t.end();
});

t.test('listings are shown by their names', async t => {
	const lines: string[] = [];
	const peer = new TinyPeer(new TinyVfs(dir({ a: file(''), 'long name': dir({}) })), {
		tracer: lineTracer(line => lines.push(line)),
	});
	for (const opcode of [uapi.FUSE_READDIR, uapi.FUSE_READDIRPLUS]) {
		const { fh } = (await peer.call(uapi.FUSE_OPENDIR)).decode(uapi.fuse_open_out);
		lines.length = 0;
		await peer.send(opcode, { args: { fh, size: 4096 } });
		t.match(lines[1], / READDIR(PLUS)? \[".", "..", "a", "long name"\]$/);
		await peer.release(fh);
	}
	peer.session.close();
});

t.test('what cannot be decoded is shown as such', t => {
	const lines: string[] = [];
	const peer = new TinyPeer(new TinyVfs(dir({})), { tracer: lineTracer(line => lines.push(line)) });
	const bytes = encodeRequest(uapi.FUSE_LOOKUP, 2, { names: ['a'] });
	peer.post(bytes.slice(0, 20));
	peer.post(bytes.slice(0, 41));
	const huge = bytes.slice();
	huge.fill(0xff, 16, 24);
	peer.post(huge);
	t.same(lines, [
		'> ? EINVAL: 20 bytes are no request',
		'> ? EINVAL: 41 bytes of a message of 42',
		'< 2 LOOKUP EINVAL',
		'> ? EINVAL: a number of 2^53 or more',
		'< 2 LOOKUP EINVAL',
	]);
	t.equal(peer.stray[0]!.error, -errno.EINVAL);
	peer.session.close();
	t.end();
});
