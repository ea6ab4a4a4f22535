/** resend.test - requests that the kernel sends again: not served twice, and answered by the number that they have then. */

import t from 'tap';
import { bufferOf } from '../../../mount/fuse/message.ts';
import { decodeHeader, isResent, setResent } from '../../../mount/fuse/resend.ts';
import { lineTracer } from '../../../mount/fuse/trace.ts';
import { Errno, errno } from '../../../src/lib/errno.ts';
import * as uapi from '../../../src/uapi/fuse.ts';
import { type Call, encodeRequest } from '../../peer/fuse.ts';
import { TinyPeer } from './tiny_peer.ts';
import { device, dir, TinyVfs } from './tiny_vfs.ts';

/** A request that was sent before, as the kernel sends it then. */
function again(opcode: number, unique: number, call?: Call): Uint8Array {
	const bytes = encodeRequest(opcode, unique, call);
	setResent(bufferOf(bytes), true);
	return bytes;
}

/** A file whose reads sleep, and how often it was read. */
class Sleeper {
	readonly wakes: ((text: string) => void)[] = [];
	readonly spec = device({
		read: (_file, _count, _pos, { signal }) =>
			new Promise((resolve, reject) => {
				this.wakes.push(text => resolve(Buffer.from(text)));
				signal.addEventListener('abort', () => reject(new Errno('EINTR')));
			}),
	});
}

async function connect(sleeper = new Sleeper(), lines: string[] = []) {
	const vfs = new TinyVfs(dir({ it: sleeper.spec }));
	const peer = new TinyPeer(vfs, { tracer: lineTracer(line => lines.push(line)) });
	await peer.init();
	const fh = await peer.open(await peer.lookup('it'));
	lines.length = 0;
	return { peer, fh };
}

t.test('the bit is in the number of either header, and no part of it', async t => {
	const message = bufferOf(again(uapi.FUSE_GETATTR, 12));
	t.equal(message.view.getBigUint64(8, true), uapi.FUSE_UNIQUE_RESEND | 12n);
	t.ok(isResent(message));
	t.throws(() => uapi.fuse_in_header.decode(message.view, 0), { code: 'EINVAL' });
	t.equal(decodeHeader(uapi.fuse_in_header, message).unique, 12);
	t.equal(decodeHeader(uapi.fuse_out_header, message).unique, 12);
	t.ok(isResent(message), 'and stays where it is');
	message.view.setBigUint64(8, 0xffff_ffff_ffff_fff0n, true);
	t.throws(() => decodeHeader(uapi.fuse_in_header, message), { code: 'EINVAL' });
	t.ok(isResent(message));
	setResent(message, false);
	t.equal(message.view.getBigUint64(8, true), 0x7fff_ffff_ffff_fff0n);
});

t.test('a request that another server has lost is served, and answered by its new number', async t => {
	const lines: string[] = [];
	const { peer, fh } = await connect(undefined, lines);
	peer.post(again(uapi.FUSE_MKDIR, 700, { args: { mode: 0o755 }, names: ['made'] }));
	peer.post(again(uapi.FUSE_LOOKUP, 702, { names: ['none'] }));
	peer.post(again(99, 704));
	peer.post(again(uapi.FUSE_FORGET, 706, { nodeid: 99, args: { nlookup: 1 } }));
	t.same(
		peer.stray.map(({ unique, resent, error }) => [unique, resent, error]),
		[
			[700, true, 0],
			[702, true, -errno.ENOENT],
			[704, true, -errno.ENOSYS],
		],
	);
	t.ok(peer.vfs.at('made'));
	t.equal(lines[0], '> 700 MKDIR again node=1 {mode=0755, umask=0} "made" pid=0 uid=0');
	t.match(lines[1], /^< 700 MKDIR \{nodeid=3, /);
	t.same(lines.slice(3, 6), ['< 702 LOOKUP ENOENT', '> 704 opcode 99 again node=1 pid=0 uid=0', '< 704 ? ENOSYS']);
	peer.stray.length = 0;
	peer.post(encodeRequest(uapi.FUSE_GETATTR, 700));
	t.equal(peer.stray[0]?.resent, false, 'the next of that number is not');
	await peer.release(fh);
	peer.session.close();
});

t.test('a request that is being served is not served again', async t => {
	const sleeper = new Sleeper();
	const { peer, fh } = await connect(sleeper);
	const { unique, reply } = peer.begin(uapi.FUSE_READ, { args: { fh, size: 10 } });
	for (let times = 0; times < 2; times++) peer.post(again(uapi.FUSE_READ, unique, { args: { fh, size: 10 } }));
	t.equal(sleeper.wakes.length, 1);
	t.equal(peer.session.pending, 1);
	sleeper.wakes[0]!('text');
	const { body, resent } = await reply;
	t.equal(Buffer.from(body).toString(), 'text');
	t.ok(resent, 'the kernel knows the new number alone');
	t.same(peer.stray, [], 'and gets one answer');
	await peer.release(fh);
	peer.session.close();
});

t.test('INTERRUPT finds a request by its new number', async t => {
	const { peer, fh } = await connect();
	const { unique, reply } = peer.begin(uapi.FUSE_READ, { args: { fh, size: 10 } });
	peer.post(again(uapi.FUSE_READ, unique, { args: { fh, size: 10 } }));
	const target = uapi.FUSE_UNIQUE_RESEND | BigInt(unique);
	peer.post(again(uapi.FUSE_INTERRUPT, unique | 1, { nodeid: 0, args: { unique: target } }));
	const { error, resent } = await reply;
	t.same([error, resent], [-errno.EINTR, true]);
	t.same([peer.stray, peer.vfs.oopses], [[], []]);
	await peer.release(fh);
	peer.session.close();
});

t.test('close refuses it by its new number', async t => {
	const { peer, fh } = await connect();
	const { unique, reply } = peer.begin(uapi.FUSE_READ, { args: { fh, size: 10 } });
	peer.post(again(uapi.FUSE_READ, unique, { args: { fh, size: 10 } }));
	peer.session.close();
	const { error, resent } = await reply;
	t.same([error, resent], [-errno.ENODEV, true]);
});
