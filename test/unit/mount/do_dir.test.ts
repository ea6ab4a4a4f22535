/** do_dir.test - listings, asked for in bytes. */

import type { Test } from 'tap';
import { bufferOf } from '../../../mount/fuse/message.ts';
import { Errno, errno } from '../../../src/lib/errno.ts';
import * as uapi from '../../../src/uapi/fuse.ts';
import { DT_DIR, DT_LNK, DT_REG } from '../../../src/uapi/stat.ts';
import { peerTest, type TinyPeer } from './tiny_peer.ts';
import { device, dir, file, link } from './tiny_vfs.ts';

const tree = () =>
	dir({ version: file('1'), self: link('42', { dontcache: true }), sub: dir({ a: file('') }), eightlong: file('') });

interface Record {
	readonly name: string;
	readonly off: number;
	readonly type: number;
	readonly nodeid: number;
	readonly entry_valid: number;
}

/** The records of a listing, each of which must be aligned and end within it. */
function records(t: Test, body: Uint8Array, lead: number): Record[] {
	const { bytes, view } = bufferOf(body);
	const found: Record[] = [];
	let at = 0;
	while (at < bytes.length) {
		const { off, namelen, type } = uapi.fuse_dirent.decode(view, at + lead);
		const nameAt = at + lead + uapi.fuse_dirent.size;
		const { nodeid, entry_valid } = lead ? uapi.fuse_entry_out.decode(view, at) : { nodeid: 0, entry_valid: 0 };
		found.push({
			name: Buffer.from(bytes.subarray(nameAt, nameAt + namelen)).toString(),
			off,
			type,
			nodeid,
			entry_valid,
		});
		at = (nameAt + namelen + 7) & ~7;
	}
	t.equal(at, bytes.length);
	return found;
}

async function opendir(peer: TinyPeer, nodeid = 1): Promise<number> {
	return (await peer.call(uapi.FUSE_OPENDIR, { nodeid })).decode(uapi.fuse_open_out).fh;
}

const read = (peer: TinyPeer, opcode: number, fh: number, offset: number, size: number) =>
	peer.send(opcode, { args: { fh, offset, size } });

peerTest(
	'OPENDIR: a listing may be kept where changes are announced, and not where programs make them',
	tree,
	async (t, peer) => {
		peer.vfs.add('', 'changing', dir({}, { dontcache: true }));
		peer.vfs.add('', 'changed', dir({}));
		Object.assign(peer.vfs.at('changed').op, { mkdir() {} });
		peer.vfs.add('', 'anew', dir({}, { fop: { listsAnew: true } }));
		for (const [name, want] of [
			['sub', uapi.FOPEN_CACHE_DIR | uapi.FOPEN_KEEP_CACHE],
			['changing', 0],
			['changed', 0],
			['anew', 0],
		] as const) {
			const nodeid = await peer.lookup(name);
			const { fh, open_flags } = (await peer.call(uapi.FUSE_OPENDIR, { nodeid })).decode(uapi.fuse_open_out);
			t.equal(open_flags, want, name);
			await peer.call(uapi.FUSE_RELEASEDIR, { args: { fh } });
		}
	},
);

peerTest('READDIR: records with the place of the next one', tree, async (t, peer) => {
	const fh = await opendir(peer);
	const all = records(t, (await read(peer, uapi.FUSE_READDIR, fh, 0, 4096)).body, 0);
	t.same(
		all.map(({ name, off, type }) => [name, off, type]),
		[
			['.', 1, DT_DIR],
			['..', 2, DT_DIR],
			['version', 3, DT_REG],
			['self', 4, DT_LNK],
			['sub', 5, DT_DIR],
			['eightlong', 6, DT_REG],
		],
	);
	t.equal((await read(peer, uapi.FUSE_READDIR, fh, 6, 4096)).body.length, 0, 'nothing after the last');
	t.equal(peer.session.inodes.size, 0, 'READDIR counts no lookups');
	await peer.release(fh);
});

for (const [opcode, title, lead] of [
	[uapi.FUSE_READDIR, 'READDIR', 0],
	[uapi.FUSE_READDIRPLUS, 'READDIRPLUS', 128],
] as const) {
	peerTest(`${title}: every size gives whole records, and all of them in the end`, tree, async (t, peer) => {
		const fh = await opendir(peer);
		const want = ['.', '..', 'version', 'self', 'sub', 'eightlong'];
		for (let size = lead + 40; size < 6 * (lead + 40); size += 8) {
			const names: string[] = [];
			let offset = 0;
			for (;;) {
				const { body } = await read(peer, opcode, fh, offset, size);
				t.ok(body.length <= size);
				if (body.length === 0) break;
				const found = records(t, body, lead);
				names.push(...found.map(({ name }) => name));
				offset = found.at(-1)!.off;
			}
			t.same(names, want, `${size} bytes`);
		}
		t.equal((await read(peer, opcode, fh, 0, lead + 24)).body.length, 0, 'no room for the first');
		await peer.release(fh);
	});
}

peerTest('READDIRPLUS: entries that fit count as lookups, the dots never', tree, async (t, peer) => {
	const fh = await opendir(peer);
	const few = records(t, (await read(peer, uapi.FUSE_READDIRPLUS, fh, 0, 3 * 160)).body, 128);
	t.same(
		few.map(({ name, nodeid }) => [name, nodeid]),
		[
			['.', 0],
			['..', 0],
			['version', 2],
		],
	);
	t.equal(peer.session.inodes.size, 1);
	const all = records(t, (await read(peer, uapi.FUSE_READDIRPLUS, fh, 2, 4096)).body, 128);
	t.same(
		all.map(({ name, entry_valid }) => [name, entry_valid]),
		[
			['version', 1e6],
			['self', 0],
			['sub', 1e6],
			['eightlong', 1e6],
		],
	);
	for (const { nodeid } of all) peer.tell(uapi.FUSE_FORGET, { nodeid, args: { nlookup: 1 } });
	t.equal(peer.session.inodes.size, 1, 'version was counted twice');
	peer.tell(uapi.FUSE_FORGET, { nodeid: 2, args: { nlookup: 1 } });
	t.equal(peer.session.inodes.size, 0);
	await peer.release(fh);
});

peerTest('READDIRPLUS: an entry that cannot be looked up is listed all the same', tree, async (t, peer) => {
	const { lookup } = peer.vfs;
	peer.vfs.lookup = (dir, name, ctx) => {
		if (name === 'version') throw new Errno('EACCES');
		if (name === 'self') return undefined;
		if (name === 'sub') return Promise.reject(new Errno('ENOENT'));
		return Promise.resolve(lookup.call(peer.vfs, dir, name, ctx));
	};
	const fh = await opendir(peer);
	const all = records(t, (await read(peer, uapi.FUSE_READDIRPLUS, fh, 0, 4096)).body, 128);
	t.same(
		all.map(({ nodeid }) => nodeid > 0),
		[false, false, false, false, false, true],
	);
	peer.vfs.lookup = () => {
		throw new TypeError('a mistake');
	};
	t.equal((await read(peer, uapi.FUSE_READDIRPLUS, fh, 0, 4096)).error, -errno.EIO);
	t.equal(peer.vfs.oopses.splice(0).length, 1, 'a mistake is no refusal');
	await peer.release(fh);
});

peerTest('READDIR refuses what is no directory, and waits for one that sleeps', tree, async (t, peer) => {
	const version = await peer.open(await peer.lookup('version'));
	t.equal((await read(peer, uapi.FUSE_READDIR, version, 0, 4096)).error, -errno.ENOTDIR);
	await peer.release(version);
	const sleepy = device({
		async iterate(_file, out) {
			await null;
			if (out.emit('later', 9, DT_REG)) out.pos = 12345;
		},
	});
	peer.vfs.add('', 'sleepy', sleepy);
	const fh = await peer.open(await peer.lookup('sleepy'));
	const [record] = records(t, (await read(peer, uapi.FUSE_READDIR, fh, 0, 4096)).body, 0);
	t.match(record, { name: 'later', off: 12345, type: DT_REG });
	await peer.release(fh);
});
