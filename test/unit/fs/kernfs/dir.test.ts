/** dir - the tree under sysfs, debugfs and configfs: making, finding, listing, moving and removing. */

import t from 'tap';
import { S_IFDIR, S_IFLNK, S_IFREG } from '../../../../src/uapi/stat.ts';
import { Tree } from './tree.ts';

t.test('createNode: a node may have operations and data of its own', async t => {
	const tree = new Tree(t);
	const { top, task } = tree;
	const fop = { read: (_file: unknown, count: number, pos: number) => Buffer.from('own\n').subarray(pos, pos + count) };
	top.createNode('own', { mode: 0o600, size: 12, fop, priv: 7 });
	t.equal(await tree.read('/tmp/own'), 'own\n');
	t.match(await task.stat('/tmp/own'), { mode: S_IFREG | 0o600, size: 12 });
	t.match(await task.stat('/tmp'), { mode: S_IFDIR | 0o700 });
	t.equal(top.findChild('own')!.priv, 7);
	top.createNode('link', { mode: S_IFLNK | 0o777, op: { getLink: () => 'any/text' } });
	t.equal(await task.readlink('/tmp/link'), 'any/text');
});

t.test('kernfs_syscall_ops: what programs make and remove is made and removed by the tree', async t => {
	const { task, top } = new Tree(t, {
		mkdir(parent, name, mode) {
			parent.createDir(name, mode).createNode('value', { mode: 0o644, fop: {} });
		},
		rmdir: kn => kn.remove(),
		symlink(parent, name, text) {
			parent.createLink(name, top.findChild(text)!);
		},
		unlink: kn => kn.remove(),
		rename: (kn, parent, name) => kn.rename(parent, name),
	});
	await task.mkdir('/tmp/a', 0o750);
	t.match(await task.stat('/tmp/a'), { mode: S_IFDIR | 0o750 });
	t.match(await task.stat('/tmp/a/value'), { mode: S_IFREG | 0o644 });
	t.throws(() => task.mkdir('/tmp/a'), { code: 'EEXIST' });
	await task.symlink('a', '/tmp/a/self');
	t.equal(await task.readlink('/tmp/a/self'), '../a');
	await task.rename('/tmp/a', '/tmp/b');
	t.equal(await task.readlink('/tmp/b/self'), '../b');
	await task.unlink('/tmp/b/self');
	await task.rmdir('/tmp/b');
	t.throws(() => task.stat('/tmp/b'), { code: 'ENOENT' });
});
