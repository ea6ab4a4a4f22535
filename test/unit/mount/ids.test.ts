/** ids.test - the owner of a machine and its root change places. */

import t from 'tap';
import { idsOfOwner, sameIds } from '../../../mount/fuse/ids.ts';
import type { Context } from '../../../src/boundary/vfs.ts';
import { CAP_CHOWN } from '../../../src/uapi/capability.ts';
import * as uapi from '../../../src/uapi/fuse.ts';
import { peerTest } from './tiny_peer.ts';
import { dir, file } from './tiny_vfs.ts';

t.test('ids: each number has exactly one counterpart, and the way back is the same', async t => {
	const cases: [string, ReturnType<typeof idsOfOwner>, number[]][] = [
		['nobody changes', sameIds, [0, 1, 1000, 1001, 0xffff_ffff]],
		['root is the owner', idsOfOwner(0, 0), [0, 1, 1000, 1001, 0xffff_ffff]],
		['a user is the owner', idsOfOwner(1000, 1000), [1000, 1, 0, 1001, 0xffff_ffff]],
	];
	for (const [title, ids, want] of cases) {
		const all = [0, 1, 1000, 1001, 0xffff_ffff];
		for (const map of [ids.uid, ids.gid]) {
			t.same(all.map(map), want, title);
			t.same(all.map(map).map(map), all, title);
		}
	}
});

peerTest(
	'ids: of callers, of what is shown, and of what is set',
	() => dir({ version: file('6.12\n') }),
	async (t, peer) => {
		const seen: [uid: number, gid: number, capable: boolean][] = [];
		const { getattr } = peer.vfs;
		peer.vfs.getattr = (inode, ctx?: Context) => {
			seen.push([ctx!.uid, ctx!.gid, ctx!.capable(CAP_CHOWN)]);
			return getattr.call(peer.vfs, inode);
		};
		const call = { names: ['version'], uid: 1000, gid: 100 };
		const { nodeid, attr } = (await peer.call(uapi.FUSE_LOOKUP, call)).decode(uapi.fuse_entry_out);
		t.match(attr, { uid: 1000, gid: 100 });
		const set = async (uid: number, gid: number) => {
			const args = { valid: uapi.FATTR_UID | uapi.FATTR_GID, uid, gid };
			return (await peer.call(uapi.FUSE_SETATTR, { nodeid, args })).decode(uapi.fuse_attr_out).attr;
		};
		t.match(await set(1000, 7), { uid: 1000, gid: 7 });
		t.match(peer.vfs.at('version'), { uid: 0, gid: 7 });
		t.match(await set(0, 0), { uid: 0, gid: 0 });
		t.match(peer.vfs.at('version'), { uid: 1000, gid: 100 });
		t.same(seen, [
			[0, 0, false],
			[1000, 100, true],
			[1000, 100, true],
		]);
	},
	{ ids: idsOfOwner(1000, 100) },
);
