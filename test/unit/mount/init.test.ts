/** init.test - what is agreed with kernels old and new. */

import t from 'tap';
import { negotiate } from '../../../mount/fuse/init.ts';
import { BUFFER_SIZE, MAX_WRITE } from '../../../mount/fuse/message.ts';
import { errno } from '../../../src/lib/errno.ts';
import * as uapi from '../../../src/uapi/fuse.ts';
import { encodeRequest } from '../../peer/fuse.ts';
import { TinyPeer } from './tiny_peer.ts';
import { dir, TinyVfs } from './tiny_vfs.ts';

const offer = { major: 7, minor: 45, max_readahead: 131072, flags: 0x73fffffb, flags2: 0x5fd };

const wanted =
	uapi.FUSE_ATOMIC_O_TRUNC |
	uapi.FUSE_BIG_WRITES |
	uapi.FUSE_DONT_MASK |
	uapi.FUSE_DO_READDIRPLUS |
	uapi.FUSE_READDIRPLUS_AUTO |
	uapi.FUSE_PARALLEL_DIROPS |
	uapi.FUSE_MAX_PAGES |
	uapi.FUSE_INIT_EXT;

t.test('Linux 6.18 is answered with what we want of its offer', t => {
	t.same(negotiate(offer, true), {
		major: 7,
		minor: 45,
		max_readahead: 131072,
		flags: wanted,
		max_background: 64,
		congestion_threshold: 48,
		max_write: 1 << 20,
		time_gran: 1,
		max_pages: 256,
		map_alignment: 0,
		flags2: uapi.FUSE_HAS_EXPIRE_ONLY | uapi.FUSE_DIRECT_IO_ALLOW_MMAP | uapi.FUSE_HAS_RESEND | uapi.FUSE_PASSTHROUGH,
		max_stack_depth: 1,
		request_timeout: 0,
	});
	t.ok(BUFFER_SIZE >= 80 + MAX_WRITE, 'the kernel demands a buffer for the largest request');
	t.end();
});

t.test('passthrough is for servers that may', t => {
	const { flags2, max_stack_depth } = negotiate(offer, false);
	t.equal(flags2, uapi.FUSE_HAS_EXPIRE_ONLY | uapi.FUSE_DIRECT_IO_ALLOW_MMAP | uapi.FUSE_HAS_RESEND);
	t.equal(max_stack_depth, 0);
	t.end();
});

t.test('what is not offered is not asked for', t => {
	for (const [title, given, flags, flags2] of [
		['nothing', { ...offer, flags: 0, flags2: 0xffff_ffff }, 0, 0],
		['no second word', { ...offer, flags: wanted & ~uapi.FUSE_INIT_EXT }, wanted & ~uapi.FUSE_INIT_EXT, 0],
		['an empty second word', { ...offer, flags2: 0 }, wanted, 0],
	] as const)
		t.match(negotiate(given, true), { flags, flags2, max_stack_depth: 0 }, title);
	t.end();
});

t.test('versions', t => {
	t.equal(negotiate({ ...offer, minor: 31 }, true).minor, 31);
	t.equal(negotiate({ ...offer, minor: 99 }, true).minor, 45);
	t.match(negotiate({ ...offer, major: 8, minor: 0 }, true), { major: 7 }, 'a newer major asks again with ours');
	for (const [major, minor] of [
		[7, 30],
		[6, 99],
	])
		t.throws(() => negotiate({ ...offer, major: major!, minor: minor! }, true), { code: 'EPROTO' });
	t.end();
});

t.test('ready settles with INIT', async t => {
	const peer = new TinyPeer(new TinyVfs(dir({})));
	t.equal(peer.session.agreed, undefined);
	await peer.init();
	await peer.session.ready;
	t.equal(peer.session.agreed?.minor, 45);
	peer.session.close();
});

t.test('an INIT of 16 bytes, as before 7.36', async t => {
	const peer = new TinyPeer(new TinyVfs(dir({})));
	const bytes = encodeRequest(uapi.FUSE_INIT, 2, { args: { ...offer, minor: 35 } }).slice(0, 56);
	new DataView(bytes.buffer).setUint32(0, bytes.length, true);
	peer.post(bytes);
	await peer.session.ready;
	t.match(peer.session.agreed, { minor: 35, flags2: 0 });
	peer.session.close();
});

t.test('an INIT that is refused, or never comes, is heard of by whoever waits', async t => {
	const old = new TinyPeer(new TinyVfs(dir({})));
	t.equal((await old.send(uapi.FUSE_INIT, { args: { major: 7, minor: 1 } })).error, -errno.EPROTO);
	await t.rejects(old.session.ready, { code: 'EPROTO' });
	old.session.close();
	const never = new TinyPeer(new TinyVfs(dir({})));
	never.session.close();
	await t.rejects(never.session.ready, { code: 'ENODEV' });
});
