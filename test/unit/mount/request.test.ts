/** request.test - the caller behind a request: what is known at once, what is looked up when asked for. */

import t from 'tap';
import type { Context } from '../../../src/boundary/vfs.ts';
import * as uapi from '../../../src/uapi/fuse.ts';
import { TinyPeer } from './tiny_peer.ts';
import { device, dir, TinyVfs } from './tiny_vfs.ts';

/** Runs one read and gives what `look` saw of its caller, and how often facts were looked up. */
async function caller<T>(
	look: (ctx: Context) => T,
	ids: object,
	facts?: object,
): Promise<{ seen: T; lookups: number }> {
	let seen: T | undefined;
	let lookups = 0;
	const read = (_file: unknown, _count: number, _pos: number, ctx: Context) => {
		lookups = 0;
		seen = look(ctx);
		return new Uint8Array(0);
	};
	const known = { tgid: 40, groups: [7, 8], capEff: 0b101n, umask: 0o27, ...facts };
	const callers = {
		find: (pid: number) => {
			lookups++;
			return pid === 0 ? undefined : known;
		},
		memory: (pid: number) => ({ read: () => Uint8Array.of(pid), write() {} }),
	};
	const peer = new TinyPeer(new TinyVfs(dir({ it: device({ read }) })), { callers });
	const fh = await peer.open(await peer.lookup('it'));
	await peer.call(uapi.FUSE_READ, { args: { fh, size: 10 }, ...ids });
	peer.session.close();
	return { seen: seen!, lookups };
}

t.test('ids are in the header; nothing is looked up for them', async t => {
	const ids = { pid: 42, uid: 1000, gid: 100 };
	const { seen, lookups } = await caller(({ pid, uid, gid }) => ({ pid, uid, gid }), ids);
	t.same(seen, ids);
	t.equal(lookups, 0);
});

t.test('the rest is looked up, once', async t => {
	const look = (ctx: Context) => [
		new Set([ctx.memory, ctx.memory]).size,
		ctx.tgid,
		ctx.groups,
		ctx.umask,
		[0, 1, 2, 63].map(cap => ctx.capable(cap)),
		[...ctx.memory.read(0n, 1)],
	];
	const { seen, lookups } = await caller(look, { pid: 42, uid: 1000 });
	t.same(seen, [1, 40, [7, 8], 0o27, [true, false, true, false], [42]]);
	t.equal(lookups, 1);
});

t.test('of a caller that nothing is known of: root may all, anyone else nothing', async t => {
	const look = (ctx: Context) => [ctx.tgid, ctx.groups, ctx.umask, ctx.capable(0), ctx.capable(40)];
	t.same((await caller(look, { pid: 0, uid: 0 })).seen, [0, [], 0, true, true]);
	t.same((await caller(look, { pid: 0, uid: 5 })).seen, [0, [], 0, false, false]);
});

t.test('the umask of a request goes before that of its task', async t => {
	const callers = { find: () => ({ tgid: 1, groups: [], capEff: 0n, umask: 0o77 }), memory: () => undefined as never };
	const vfs = new TinyVfs(dir({}));
	const peer = new TinyPeer(vfs, { callers });
	await peer.call(uapi.FUSE_MKDIR, { args: { mode: 0o777, umask: 0o22 }, names: ['a'], pid: 3 });
	await peer.call(uapi.FUSE_SYMLINK, { names: ['b', 'text'], pid: 3 });
	t.equal(vfs.at('a').mode & 0o777, 0o755);
	peer.session.close();
});
