/**
 * covered.test - names on which the host has mounted something of its own: one node for good, and nobody is told of changes; and
 * connections that hide the numbers of devices.
 */

import t from 'tap';
import { Kernel } from '../../../kernel-sim/kernel.ts';
import { FakeHost } from '../../../src/testing/fake_host.ts';
import * as uapi from '../../../src/uapi/fuse.ts';
import { isChr, isReg, MKDEV } from '../../../src/uapi/stat.ts';
import { FusePeer } from '../../peer/fuse.ts';

/** The machine's /dev, whose callers are all about to open what they look up. */
async function devPeer(covered: readonly string[], hidesNumbers = false): Promise<{ kernel: Kernel; peer: FusePeer }> {
	const kernel = Kernel.boot(new FakeHost());
	const { root } = kernel.kernMount('devtmpfs');
	const memory = () => ({ read: () => new Uint8Array(0), write() {} });
	const callers = { find: () => undefined, memory, opens: () => true };
	const peer = new FusePeer({ vfs: kernel.vfs, root, callers, covered: new Set(covered), hidesNumbers });
	await peer.init();
	return { kernel, peer };
}

async function lookup(peer: FusePeer, name: string, nodeid = 1) {
	return (await peer.call(uapi.FUSE_LOOKUP, { nodeid, names: [name] })).decode(uapi.fuse_entry_out);
}

t.test('LOOKUP of a device: a covered one is itself for ever, another one is a new file at each open', async t => {
	const { kernel, peer } = await devPeer(['null']);
	const covered = [await lookup(peer, 'null'), await lookup(peer, 'null')];
	t.equal(covered[0]!.nodeid, covered[1]!.nodeid);
	for (const { attr, entry_valid } of covered) t.same([isChr(attr.mode), entry_valid > 0], [true, true]);
	const other = [await lookup(peer, 'zero'), await lookup(peer, 'zero')];
	t.not(other[0]!.nodeid, other[1]!.nodeid);
	for (const { attr, entry_valid } of other) t.same([isReg(attr.mode), entry_valid], [true, 0]);
	peer.session.close();
	kernel.shutdown();
});

t.test('READDIRPLUS says the same of them', async t => {
	const { kernel, peer } = await devPeer(['null']);
	const { fh } = (await peer.call(uapi.FUSE_OPENDIR)).decode(uapi.fuse_open_out);
	const { body } = await peer.call(uapi.FUSE_READDIRPLUS, { args: { fh, size: 65536 } });
	const valid = new Map<string, number>();
	const view = new DataView(body.buffer, body.byteOffset);
	for (let at = 0; at < body.length; ) {
		const { entry_valid } = uapi.fuse_entry_out.decode(view, at);
		const { namelen } = uapi.fuse_dirent.decode(view, at + uapi.fuse_entry_out.size);
		const name = at + uapi.fuse_entry_out.size + uapi.fuse_dirent.size;
		valid.set(Buffer.from(body.subarray(name, name + namelen)).toString(), entry_valid);
		at += uapi.FUSE_REC_ALIGN(name - at + namelen);
	}
	t.equal(valid.get('zero'), 0);
	t.ok(valid.get('null')! > 0);
	peer.session.close();
	kernel.shutdown();
});

t.test('a covered name is covered in the root directory alone', async t => {
	const { kernel, peer } = await devPeer(['deep']);
	kernel.devtmpfs.createNode('sub/deep', MKDEV(250, 0));
	const sub = await lookup(peer, 'sub');
	t.ok(isReg((await lookup(peer, 'deep', sub.nodeid)).attr.mode));
	peer.session.close();
	kernel.shutdown();
});

t.test('what becomes of a covered name is not announced', async t => {
	const { kernel, peer } = await devPeer(['null']);
	for (const [name, told] of [
		['null', 0],
		['zero', 1],
	] as const) {
		await lookup(peer, name);
		const names = () => peer.notifications.filter(bytes => Buffer.from(bytes).includes(`${name}\0`)).length;
		await kernel.init.unlink(`/dev/${name}`);
		await kernel.init.mknod(`/dev/${name}`, 0o020666, 0x0103);
		await peer.session.settled();
		t.equal(names() > 0, told > 0, name);
	}
	peer.session.close();
	kernel.shutdown();
});

t.test('a device whose number is hidden has number 0', async t => {
	for (const hidesNumbers of [false, true]) {
		const { kernel, peer } = await devPeer(['null'], hidesNumbers);
		const { nodeid, attr } = await lookup(peer, 'null');
		const again = (await peer.call(uapi.FUSE_GETATTR, { nodeid })).decode(uapi.fuse_attr_out).attr;
		t.same([attr.rdev, again.rdev], hidesNumbers ? [0, 0] : [0x103, 0x103]);
		peer.session.close();
		kernel.shutdown();
	}
});
