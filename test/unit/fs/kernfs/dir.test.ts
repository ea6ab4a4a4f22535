/** dir - the tree under sysfs, debugfs and configfs: making, finding, listing, moving and removing. */

import t from 'tap';
import { O_DIRECTORY, O_RDONLY } from '../../../../src/uapi/fcntl.ts';
import { S_IFDIR, S_IFLNK, S_IFREG } from '../../../../src/uapi/stat.ts';
import { Tree } from './tree.ts';

const text = (bytes: Uint8Array) => Buffer.from(bytes).toString();

t.test('createNode: a node may have operations and data of its own', async t => {
	const tree = new Tree(t);
	const { top, task } = tree;
	const fop = { read: (_file: unknown, count: number, pos: number) => Buffer.from('own\n').subarray(pos, pos + count) };
	top.createNode('own', { mode: 0o600, size: 12, fop, priv: 7 });
	t.equal(await tree.read('/tmp/own'), 'own\n');
	t.match(await task.stat('/tmp/own'), { mode: S_IFREG | 0o600, size: 12 });
	t.match(await task.stat('/tmp'), { mode: S_IFDIR | 0o700 });
	t.equal(top.findChild('own')!.priv, 7);
	t.equal(top.findChild('other'), undefined);
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
	t.throws(() => task.rename('/tmp/a', '/tmp/b', 2), { code: 'ENOENT' });
	t.throws(() => task.rename('/tmp/a', '/tmp/b', 1), { code: 'EINVAL' });
	await task.rename('/tmp/a', '/tmp/b');
	t.equal(await task.readlink('/tmp/b/self'), '../b');
	await task.unlink('/tmp/b/self');
	await task.rmdir('/tmp/b');
	t.throws(() => task.stat('/tmp/b'), { code: 'ENOENT' });
});

t.test('kernfs_syscall_ops: one call at a time in a directory, and each sees what the one before has done', async t => {
	const order: string[] = [];
	let wake = () => {};
	const tree = new Tree(t, {
		async mkdir(parent, name) {
			order.push(`begin ${name}`);
			await new Promise<void>(resolve => (wake = resolve));
			parent.createDir(name);
			order.push(`end ${name}`);
		},
		async rmdir(kn) {
			order.push(`rmdir ${kn.name}`);
			await kn.remove();
		},
	});
	const [one, two, three] = [1, 2, 3].map(() => tree.fork({}));
	const calls = [one!.mkdir('/tmp/same'), two!.mkdir('/tmp/same'), three!.mkdir('/tmp/other')].map(call =>
		Promise.resolve(call).then(
			() => 'made',
			(error: { code: string }) => error.code,
		),
	);
	for (let i = 0; i < 3; i++) {
		await new Promise(setImmediate);
		wake();
	}
	t.same(await Promise.all(calls), ['made', 'EEXIST', 'made']);
	t.same(order, ['begin same', 'end same', 'begin other', 'end other']);
	await tree.task.rmdir('/tmp/same');
	t.same(await tree.names('/tmp'), ['other']);
});

t.test('kernfs_syscall_ops: a call that has made nothing is a mistake, one that refuses changes nothing', async t => {
	const tree = new Tree(t, { mkdir: () => {} }, 1);
	t.throws(() => tree.task.mkdir('/tmp/nothing'), { code: 'EIO' });
	t.same(await tree.names('/tmp'), []);
	t.throws(() => tree.task.rmdir('/tmp/nothing'), { code: 'ENOENT' });
	t.throws(() => tree.task.symlink('x', '/tmp/link'), { code: 'EPERM' });
	t.same(await tree.names('/tmp'), []);
});

t.test(
	'kernfs_fop_readdir: what is removed or added meanwhile makes nothing else be left out or shown twice',
	async t => {
		const { top, task } = new Tree(t);
		const nodes = Array.from({ length: 20 }, (_, i) => top.createDir(`n${i}`));
		const fd = await task.open('/tmp', O_RDONLY | O_DIRECTORY);
		const seen: string[] = [];
		const some = async () => {
			const entries = await task.getdents(fd, 150);
			seen.push(...entries.map(({ name }) => name));
			return entries.length;
		};
		await some();
		const shown = seen.length - 2;
		nodes[0]!.remove();
		nodes[shown]!.remove();
		nodes[19]!.rename(top, 'renamed');
		top.createDir('late');
		while ((await some()) > 0);
		const want = [...nodes.keys()].filter(i => i !== shown && i !== 19).map(i => `n${i}`);
		t.same(seen, ['.', '..', ...want, 'renamed', 'late']);
		await task.lseek(fd, 0, 0);
		seen.length = 0;
		while ((await some()) > 0);
		t.same(seen, ['.', '..', ...want.slice(1), 'renamed', 'late']);
		t.match(await task.fstat(fd), { nlink: 2 + 19 });
	},
);

t.test('kernfs_rename: names, links and caches follow', async t => {
	const tree = new Tree(t);
	const { top, task } = tree;
	const [a, b] = [top.createDir('a'), top.createDir('b')];
	const inner = a.createDir('inner');
	top.createLink('to', inner);
	for (const path of ['/tmp/a/inner', '/tmp/b']) await task.stat(path);
	const changes = tree.changes();
	inner.rename(b, 'moved');
	t.same(
		changes.filter(change => !change.startsWith('attr')),
		['delete inner', 'entry moved'],
	);
	t.equal(inner.path, '/b/moved');
	t.equal(await task.readlink('/tmp/to'), 'b/moved');
	t.match(await task.stat('/tmp/a'), { nlink: 2 });
	t.match(await task.stat('/tmp/b'), { nlink: 3 });
	inner.rename(b, 'moved');
	t.throws(() => inner.rename(top, 'a'), { code: 'EEXIST' });
	t.throws(() => top.rename(b, 'root'), { code: 'ENOENT' });
	a.remove();
	t.throws(() => inner.rename(a, 'x'), { code: 'ENOENT' });
	t.throws(() => a.rename(b, 'x'), { code: 'ENOENT' });
	t.equal(top.remove(), undefined, 'the root stays');
	t.equal(await task.readlink('/tmp/to'), 'b/moved');
});

t.test('setattr: the kernel may change what stat tells', async t => {
	const tree = new Tree(t);
	const node = tree.top.createFile('f', 0o644, 10, {});
	node.setattr({ uid: 4 });
	t.match(await tree.task.stat('/tmp/f'), { mode: S_IFREG | 0o644, uid: 4, gid: 0, size: 10 });
	const changes = tree.changes();
	node.setattr({ mode: 0o600, gid: 7, size: 20 });
	t.match(await tree.task.stat('/tmp/f'), { mode: S_IFREG | 0o600, uid: 4, gid: 7, size: 20 });
	t.same(changes, [`attr ${node.ino}`]);
});

t.test('kernfs_xattr_handlers: trusted and security attributes are kept, others are not', async t => {
	const tree = new Tree(t);
	tree.top.createFile('f', 0o644, 10, {});
	tree.top.createLink('l', tree.top);
	const { task } = tree;
	for (const path of ['/tmp/f', '/tmp']) {
		await task.setxattr(path, 'trusted.a', Buffer.from('1'));
		await task.setxattr(path, 'security.b', Buffer.from('2'));
		t.equal(text(await task.getxattr(path, 'trusted.a')), '1');
		t.same(await task.listxattr(path), ['trusted.a', 'security.b']);
		await task.removexattr(path, 'trusted.a');
		t.throws(() => task.getxattr(path, 'trusted.a'), { code: 'ENODATA' });
		t.throws(() => task.removexattr(path, 'trusted.a'), { code: 'ENODATA' });
		t.throws(() => task.setxattr(path, 'security.b', Buffer.from('3'), 1), { code: 'EEXIST' });
		t.throws(() => task.setxattr(path, 'user.c', Buffer.from('3')), { code: 'EOPNOTSUPP' });
		t.throws(() => task.setxattr(path, 'trusted.', Buffer.from('3')), { code: 'EINVAL' });
	}
});

t.test('fillLater: a directory is filled once, when somebody first looks into it', async t => {
	const ways: Readonly<Record<string, (tree: Tree) => unknown>> = {
		'a look-up': ({ task }) => task.stat('/tmp/later/one'),
		'a look-up of what is not there': ({ task }) => t.throws(() => task.stat('/tmp/later/three'), { code: 'ENOENT' }),
		'a listing': tree => tree.names('/tmp/later'),
		'the kernel looking': ({ top }) => top.findChild('later')!.findChild('two'),
		'the kernel making something': ({ top }) => top.findChild('later')!.createDir('dir'),
	};
	for (const [way, look] of Object.entries(ways)) {
		const tree = new Tree(t);
		const later = tree.top.createDir('later');
		let filled = 0;
		later.fillLater(() => {
			filled += 1;
			later.createNode('one', { mode: 0o644, fop: {} });
			later.createNode('two', { mode: 0o600, fop: {} });
		});
		t.match(await tree.task.stat('/tmp/later'), { nlink: 2 });
		t.same(await tree.names('/tmp'), ['later']);
		t.equal(filled, 0, `before ${way}`);
		const changes = tree.changes();
		await look(tree);
		t.equal(filled, 1, way);
		t.same(
			changes.filter(change => !change.startsWith('attr') && change !== 'entry dir'),
			[],
			'nobody is told of what nobody can have missed',
		);
		t.same(
			(await tree.names('/tmp/later')).filter(name => name !== 'dir'),
			['one', 'two'],
		);
		t.match(await tree.task.stat('/tmp/later/two'), { mode: S_IFREG | 0o600 });
		t.equal(filled, 1);
		tree.top.findChild('later')!.createNode('three', { mode: 0o644, fop: {} });
		t.ok(changes.includes('entry three'), 'of later ones it is');
	}
});

t.test('fillLater: directories that are to be there are counted before', async t => {
	const tree = new Tree(t);
	const later = tree.top.createDir('later');
	later.fillLater(() => {
		later.createDir('below').createNode('deep', { mode: 0o644, fop: {} });
		later.createNode('one', { mode: 0o644, fop: {} });
	}, 1);
	t.match(await tree.task.stat('/tmp/later'), { nlink: 3 });
	t.same(await tree.names('/tmp/later'), ['below', 'one']);
	t.match(await tree.task.stat('/tmp/later'), { nlink: 3 });
	t.match(await tree.task.stat('/tmp/later/below/deep'), { mode: S_IFREG | 0o644 });
	await later.findChild('below')!.remove();
	t.match(await tree.task.stat('/tmp/later'), { nlink: 2 });
});

t.test('fillLater: where it is known what is to be made, other names come and go without that', async t => {
	const tree = new Tree(t);
	const later = tree.top.createDir('later');
	let filled = 0;
	const fill = () => {
		filled += 1;
		for (const name of ['one', 'two']) later.createNode(name, { mode: 0o644, fop: {} });
	};
	later.createDir('early');
	later.fillLater(fill, 0, name => name === 'one' || name === 'two');
	later.createDir('dir');
	later.createLink('link', tree.top);
	later.findChild('link')!.remove();
	t.throws(() => later.createDir('dir'), { code: 'EEXIST' });
	t.throws(() => tree.task.stat('/tmp/later/three'), { code: 'ENOENT' });
	t.match(await tree.task.stat('/tmp/later'), { nlink: 4 });
	t.same([...later.made.keys()], ['early', 'dir']);
	t.equal(filled, 0);
	t.throws(() => later.createDir('two'), { code: 'EEXIST' }, 'a name that it makes is taken');
	t.equal(filled, 1);
	t.same(await tree.names('/tmp/later'), ['early', 'dir', 'one', 'two']);
	t.match(await tree.task.stat('/tmp/later'), { nlink: 4 });
});

t.test('fillLater: all that is put off is made by whoever lists the directory', async t => {
	const tree = new Tree(t);
	const later = tree.top.createDir('later');
	const file = (name: string) => later.createNode(name, { mode: 0o644, fop: {} });
	later.fillLater(
		() => file('one'),
		0,
		name => name === 'one',
	);
	later.fillLater(() => {
		file('two');
		later.fillLater(
			() => file('three'),
			0,
			name => name === 'three',
		);
	});
	t.same([...later.made.keys()], ['one'], 'a second time waits for the first no more');
	t.same(await tree.names('/tmp/later'), ['one', 'two', 'three']);
	t.same([...later.children.keys()], ['one', 'two', 'three']);
});

t.test('fillLater: what is removed before anybody has looked is never made', async t => {
	const tree = new Tree(t);
	const later = tree.top.createDir('later');
	later.fillLater(() => t.fail('made'));
	const fd = await tree.task.open('/tmp/later', O_RDONLY | O_DIRECTORY);
	await later.remove();
	t.same(
		(await tree.task.getdents(fd)).map(({ name }) => name),
		['.', '..'],
	);
	await tree.task.close(fd);
	t.equal(later.findChild('one'), undefined);
	t.throws(() => later.createDir('dir'), { code: 'ENOENT' });
});

t.test('fillLater: a mistake in it is an oops of who looks first', async t => {
	const tree = new Tree(t, {}, 1);
	const later = tree.top.createDir('later');
	later.fillLater(() => {
		throw new TypeError('a mistake');
	});
	t.throws(() => tree.task.stat('/tmp/later/one'), { code: 'EIO' });
	t.throws(() => tree.task.stat('/tmp/later/one'), { code: 'ENOENT' });
});
