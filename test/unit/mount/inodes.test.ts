/** inodes.test - nodes and their ids: counted, forgotten, never mistaken for one another. */

import t from 'tap';
import { Inodes } from '../../../mount/fuse/inodes.ts';
import type { Inode } from '../../../src/boundary/vfs.ts';
import { dir, file, TinyVfs } from './tiny_vfs.ts';

const tree = () => new TinyVfs(dir({ a: file(''), b: file(''), c: file('') }));

t.test('an inode has one id for as long as lookups of it are out', async t => {
	const vfs = tree();
	const inodes = new Inodes(vfs.root);
	const a = inodes.lookup(vfs.at('a'));
	t.equal(inodes.lookup(vfs.at('a')), a);
	t.not(inodes.lookup(vfs.at('b')), a);
	t.same([inodes.size, inodes.lookups], [2, 3]);
	inodes.forget(a, 1);
	t.equal(inodes.get(a), vfs.at('a'));
	inodes.forget(a, 1);
	t.throws(() => inodes.get(a), { code: 'ESTALE' });
	t.equal(inodes.find(vfs.at('a')), undefined);
	t.same([inodes.size, inodes.lookups], [1, 1]);
});

t.test('an id that was forgotten is never used again, though its place is', async t => {
	const vfs = tree();
	const inodes = new Inodes(vfs.root);
	const seen = new Set<number>();
	for (let i = 0; i < 300; i++) {
		const id = inodes.lookup(vfs.at('abc'[i % 3]!));
		t.notOk(seen.has(id));
		seen.add(id);
		inodes.forget(id, 1);
		inodes.forget(id, 1);
	}
	for (const id of [...seen, 0, 2 ** 24, 2 ** 24 + 1, 2 ** 52])
		t.throws(() => inodes.get(id), { code: 'ESTALE' }, `${id}`);
	t.equal(inodes.size, 0);
});

t.test('places that nobody needs are given up, and their ids never come back', async t => {
	const names = Array.from({ length: 5000 }, (_, i) => `f${i}`);
	const vfs = new TinyVfs(dir(Object.fromEntries(names.map(name => [name, file('')]))));
	const all = [...vfs.root.children.values()];
	const orders: ((ids: number[]) => number[])[] = [
		ids => ids,
		ids => ids.toReversed(),
		ids => ids.toSorted((a, b) => ((a * 7919) % 5003) - ((b * 7919) % 5003)),
	];
	const inodes = new Inodes(vfs.root);
	const seen = new Set<number>();
	for (const order of [...orders, ...orders]) {
		const ids = all.map(inode => inodes.lookup(inode));
		t.equal(inodes.size, 5000);
		t.notOk(ids.some(id => seen.has(id)));
		for (const id of ids) seen.add(id);
		t.ok(ids.every((id, i) => inodes.get(id) === all[i]));
		for (const id of order(ids)) inodes.forget(id, 1);
		t.equal(inodes.size, 0);
		for (const id of ids.slice(0, 3)) t.throws(() => inodes.get(id), { code: 'ESTALE' });
	}
	const [some] = [all.slice(0, 3000).map(inode => inodes.lookup(inode))];
	for (const id of some.slice(0, 2999)) inodes.forget(id, 1);
	t.equal(inodes.get(some[2999]!), all[2999], 'one at the end stays what it is');
});

t.test('the root is known from the start and stays', async t => {
	const { root } = tree();
	const inodes = new Inodes(root);
	inodes.lookup(root);
	inodes.forget(1, 5);
	t.equal(inodes.get(1), root);
	t.equal(inodes.find(root), 1);
	t.equal(inodes.size, 0);
});

t.test('connections know one inode by ids of their own, and forget it alone', async t => {
	const vfs = tree();
	const all = [0, 1, 2].map(() => new Inodes(vfs.root));
	const [first, second, third] = all as [Inodes, Inodes, Inodes];
	first.lookup(vfs.at('b'));
	const ids = all.map(inodes => inodes.lookup(vfs.at('a')));
	t.same(ids, [3, 2, 2]);
	second.forget(2, 1);
	t.same(
		all.map(inodes => inodes.find(vfs.at('a'))),
		[3, undefined, 2],
	);
	third.clear();
	first.clear();
	t.equal((vfs.at('a') as Inode).faces, undefined, 'nothing is remembered of connections that have ended');
	t.equal((vfs.at('b') as Inode).faces, undefined);
	t.equal(second.find(vfs.root), 1);
	t.same([first.size, third.size], [0, 0]);
});
