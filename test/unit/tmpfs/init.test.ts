/** init - files that the kernel makes by itself are there, and whoever caches names is told. */

import t from 'tap';
import { InitTree } from '../../../kernel-sim/fs/tmpfs/init.ts';
import type { Invalidation } from '../../../src/boundary/vfs.ts';
import { O_RDONLY } from '../../../src/uapi/fcntl.ts';
import { S_IFCHR, S_IFIFO } from '../../../src/uapi/stat.ts';
import { list, outcome, write } from './calls.ts';
import { simulatedTmpfs } from './simulated.ts';

function boot(options = '') {
	const calls = simulatedTmpfs(options);
	const events: string[] = [];
	calls.kernel.fsnotify.listen((event: Invalidation, by) => {
		if (by === undefined)
			events.push('name' in event ? `${event.type} ${event.name}` : `${event.type} ${event.inode.ino}`);
	});
	return { calls, events, tree: new InitTree(calls.sb.root, calls.kernel.fsnotify) };
}

function contents(calls: ReturnType<typeof simulatedTmpfs>, path: string): string {
	const fd = calls.open(path, O_RDONLY);
	try {
		return Buffer.from(calls.read(fd, 100_000)).toString();
	} finally {
		calls.close(fd);
	}
}

t.test('writeFile makes a file, the directories on the way, and tells of each', async t => {
	const { calls, events, tree } = boot();
	tree.writeFile('/etc/apt/sources.list', 'deb\n', 0o600);
	t.equal(contents(calls, 'etc/apt/sources.list'), 'deb\n');
	t.same(
		['etc', 'etc/apt', 'etc/apt/sources.list'].map(path => calls.lstat(path).mode.toString(8)),
		['40755', '40755', '100600'],
	);
	t.same(events, ['entry etc', 'attr 1', 'entry apt', 'attr 2', 'entry sources.list', 'attr 3', 'attr 4']);
});

t.test('writeFile replaces what a file held, and keeps the file', async t => {
	const { calls, events, tree } = boot();
	const file = tree.writeFile('f', 'x'.repeat(10_000));
	events.length = 0;
	t.equal(tree.writeFile('f', Uint8Array.of(65, 66)), file);
	t.equal(contents(calls, 'f'), 'AB');
	t.equal(calls.lstat('f').blocks, 8);
	t.same(events, ['attr 2']);
});

t.test('populate makes what is written down', async t => {
	const { calls, tree } = boot();
	tree.populate({ 'etc/hostname': 'ring3\n', 'lib/modules': null, hosts: '127.0.0.1 localhost\n' });
	t.same(list(calls, '.'), ['hosts', 'lib', 'etc']);
	t.same(list(calls, 'lib/modules'), []);
	t.equal(contents(calls, 'etc/hostname'), 'ring3\n');
});

t.test('symlink, mknod and remove do what the calls of that name do', async t => {
	const { calls, events, tree } = boot();
	tree.symlink('run/lock', '../lock');
	tree.mknod('run/null', S_IFCHR | 0o666, 0x100003);
	t.equal(calls.readlink('run/lock'), '../lock');
	t.same([calls.lstat('run/null').mode, calls.lstat('run/null').rdev], [S_IFCHR | 0o666, 0x103]);
	events.length = 0;
	tree.remove('run/lock');
	t.same(events, ['delete lock', 'attr 2']);
	tree.remove('run/null');
	tree.remove('run');
	t.same(list(calls, '.'), []);
});

t.test('what is in the way is refused', async t => {
	const { calls, tree } = boot('size=4k');
	write(calls, 'f');
	calls.mkdir('d', 0o755);
	write(calls, 'd/x');
	calls.mknod('p', S_IFIFO, 0);
	const rows: readonly [body: () => unknown, error: string][] = [
		[() => tree.mkdir('f'), 'ENOTDIR'],
		[() => tree.mkdir('f/x'), 'ENOTDIR'],
		[() => tree.mkdir('a/../b'), 'EINVAL'],
		[() => tree.writeFile('d', ''), 'EISDIR'],
		[() => tree.writeFile('/', ''), 'EISDIR'],
		[() => tree.writeFile('p', ''), 'EEXIST'],
		[() => tree.writeFile('big', 'x'.repeat(5000)), 'ENOSPC'],
		[() => tree.symlink('f', 'x'), 'EEXIST'],
		[() => tree.mknod('f', S_IFIFO, 0), 'EEXIST'],
		[() => tree.remove('nowhere'), 'ENOENT'],
		[() => tree.remove('d'), 'ENOTEMPTY'],
	];
	for (const [body, error] of rows) t.equal(outcome(body), error, String(body));
	t.equal(tree.mkdir('d').ino, calls.lstat('d').ino, 'a directory that is there is given');
});
