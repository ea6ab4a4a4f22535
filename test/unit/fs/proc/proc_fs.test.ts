/** proc_fs - making and removing entries, by the kernel's own calls. */

import t from 'tap';
import type { ProcDirEntry } from '../../../../kernel-sim/fs/proc/internal.ts';
import { seqEach } from '../../../../kernel-sim/fs/seq_list.ts';
import { Devres } from '../../../../src/lib/devres.ts';
import type { ErrnoName } from '../../../../src/lib/errno.ts';
import { S_IFDIR, S_IFLNK, S_IFREG } from '../../../../src/uapi/stat.ts';
import { Booted } from './booted.ts';

t.test('proc_create: a mode of 0 is 0444, of a directory 0555, a link is 0777', async t => {
	const { kernel, task } = new Booted(t);
	const dir = kernel.proc.mkdir('dir');
	kernel.proc.create('file', 0, {}, dir);
	kernel.proc.create('odd', 0o641, {}, dir);
	kernel.proc.mkdir('private', dir, 0o700);
	kernel.proc.symlink('link', 'file', dir);
	t.match(await task.stat('/proc/dir'), { mode: S_IFDIR | 0o555, nlink: 3 });
	t.match(await task.stat('/proc/dir/file'), { mode: S_IFREG | 0o444, nlink: 1, size: 0, blksize: 1024 });
	t.match(await task.stat('/proc/dir/odd'), { mode: S_IFREG | 0o641 });
	t.match(await task.stat('/proc/dir/private'), { mode: S_IFDIR | 0o700, nlink: 2 });
	t.match(await task.lstat('/proc/dir/link'), { mode: S_IFLNK | 0o777, size: 4 });
	t.equal(await task.readlink('/proc/dir/link'), 'file');
});

t.test('proc_create: what cannot be made is warned of, refused, and changes nothing', async t => {
	const booted = new Booted(t);
	const { proc } = booted.kernel;
	const dir = proc.mkdir('dir');
	proc.create('taken', 0, {}, dir);
	const cases: [name: string, parent: ProcDirEntry | undefined, code: ErrnoName, warning: string][] = [
		['taken', dir, 'EEXIST', "proc_dir_entry 'dir/taken' already registered"],
		['dir/taken', undefined, 'EEXIST', "proc_dir_entry 'dir/taken' already registered"],
		['version', undefined, 'EEXIST', "proc_dir_entry '/proc/version' already registered"],
		['nowhere/file', undefined, 'ENOENT', "name 'nowhere/file'"],
		['', dir, 'EINVAL', 'name len 0'],
		['dir/', undefined, 'EINVAL', 'name len 0'],
		['n'.repeat(256), dir, 'EINVAL', 'name len 256'],
		['\u00e9'.repeat(128), dir, 'EINVAL', 'name len 256'],
		['.', dir, 'EINVAL', "name '.'"],
		['..', dir, 'EINVAL', "name '..'"],
		['1', undefined, 'EINVAL', "create '/proc/1' by hand"],
		['4294967279', undefined, 'EINVAL', "create '/proc/4294967279' by hand"],
	];
	const before = await booted.names('/proc');
	for (const [name, parent, code, warning] of cases) {
		t.throws(() => proc.create(name, 0, {}, parent), { code }, warning);
		t.throws(() => proc.mkdir(name, parent), { code });
		t.throws(() => proc.symlink(name, 'x', parent), { code });
		t.same(booted.warnings(), [warning, warning, warning]);
	}
	t.same(await booted.names('/proc/dir'), ['taken']);
	t.same(await booted.names('/proc'), before);
	t.match(await booted.task.stat('/proc/dir'), { nlink: 2 });
});

t.test('proc_create: numbers below the root, and names that only look like numbers, are fine', async t => {
	const { kernel, task } = new Booted(t);
	const dir = kernel.proc.mkdir('dir');
	kernel.proc.create('1', 0, {}, dir);
	for (const name of ['01', '1a', '4294967280', '99999999999', 'n'.repeat(255)]) {
		kernel.proc.create(name, 0, {});
		t.ok(await task.stat(`/proc/${name}`), name);
	}
	t.ok(await task.stat('/proc/dir/1'));
});

t.test('proc_readdir: shorter names first, then by their bytes', async t => {
	const booted = new Booted(t);
	const { proc } = booted.kernel;
	const dir = proc.mkdir('dir');
	for (const name of ['b', 'aa', 'Z', 'ab', 'a', '\u00e9', 'B1', 'ccc']) proc.create(name, 0, {}, dir);
	const byLength = ['Z', 'a', 'b', 'B1', 'aa', 'ab', '\u00e9', 'ccc'];
	t.same(await booted.names('/proc/dir'), byLength);
	proc.removeEntry('dir/aa');
	t.same(
		await booted.names('/proc/dir'),
		byLength.filter(name => name !== 'aa'),
	);
	const root = (await booted.names('/proc')).filter(name => !/^\d+$/.test(name));
	t.same(root.slice(-2), ['self', 'thread-self'], 'the links to the reader come after the entries');
	t.notOk(root.includes('.host'), 'a hidden directory is not listed');
	t.ok(await booted.task.stat('/proc/.host'), 'and is found');
});

t.test('proc_set_user, proc_set_size: stat shows them, and entries inherit the owner', async t => {
	const { kernel, task } = new Booted(t);
	const dir = kernel.proc.mkdir('dir');
	kernel.proc.setUser(dir, 7, 8);
	kernel.proc.setSize(kernel.proc.create('file', 0, {}, dir), 99);
	t.match(await task.stat('/proc/dir/file'), { uid: 7, gid: 8, size: 99 });
});

t.test('proc_create_seq_private: each open has a state of its own', async t => {
	const booted = new Booted(t);
	let opens = 0;
	const items = (m: { private: { number: number } }) => [m.private.number, m.private.number];
	booted.kernel.proc.createSeqPrivate(
		'file',
		0,
		seqEach(items, (m, n) => m.printf('%d\n', n)),
		() => ({ number: ++opens }),
	);
	t.equal(await booted.read('/proc/file'), '1\n1\n');
	t.equal(await booted.read('/proc/file'), '2\n2\n');
});

t.test('proc_remove: what was removed is gone with all below it, and can be removed twice', async t => {
	const booted = new Booted(t);
	const { proc } = booted.kernel;
	const dir = proc.mkdir('dir');
	const inner = proc.mkdir('inner', dir);
	proc.create('file', 0, {}, inner);
	const nlink = (await booted.task.stat('/proc')).nlink;
	t.equal(proc.remove(dir), undefined, 'nothing to wait for');
	t.equal(proc.remove(dir), undefined);
	t.equal(proc.remove(inner), undefined);
	t.throws(() => booted.task.stat('/proc/dir'), { code: 'ENOENT' });
	t.equal((await booted.task.stat('/proc')).nlink, nlink - 1);
	const again = proc.mkdir('dir');
	proc.remove(dir);
	t.ok(await booted.task.stat('/proc/dir'), 'one that has taken its name stays');
	proc.remove(again);
	t.same(booted.warnings(), []);
});

t.test('remove_proc_subtree: ENOENT for what is not there', t => {
	const { kernel } = new Booted(t);
	kernel.proc.mkdir('dir');
	kernel.proc.removeSubtree('dir');
	t.throws(() => kernel.proc.removeSubtree('dir'), { code: 'ENOENT' });
	t.end();
});

t.test('remove_proc_entry: the log hears of what is not there, and of what was in a directory', t => {
	const booted = new Booted(t);
	const { proc } = booted.kernel;
	proc.removeEntry('nothing');
	proc.create('b', 0, {}, proc.mkdir('dir'));
	proc.create('dir/aa', 0, {});
	proc.removeEntry('dir');
	t.same(booted.warnings(), [
		"name 'nothing'",
		"remove_proc_entry: removing non-empty directory '/proc/dir', leaking at least 'b'",
	]);
	t.end();
});

t.test('proc_register: whoever caches the tree hears of each change', async t => {
	const booted = new Booted(t);
	const { proc } = booted.kernel;
	const dir = proc.mkdir('dir');
	const { ino } = await booted.task.stat('/proc/dir');
	const seen = booted.changes();
	const looked = proc.create('looked', 0, {}, dir);
	const unseen = proc.create('unseen', 0, {}, dir);
	t.same(seen.splice(0), ['entry looked', `attr ${ino}`, 'entry unseen', `attr ${ino}`]);
	await booted.task.stat('/proc/dir/looked');
	proc.remove(looked);
	proc.remove(unseen);
	t.same(seen, ['delete looked', `attr ${ino}`, 'entry unseen', `attr ${ino}`]);
});

t.test('owned entries: undone with the rest of what their owner has done, the last first', async t => {
	const booted = new Booted(t);
	const devres = new Devres();
	const order: string[] = [];
	const owner = {
		get done() {
			return devres.added;
		},
		undo: (action: () => unknown) => void devres.add(() => void action()),
	};
	const owned = booted.kernel.proc.ownedBy(owner);
	const dir = owned.mkdir('dir');
	devres.add(() => void order.push(booted.task.access('/proc/dir', 0) === undefined ? 'dir is there' : 'dir is gone'));
	owned.createSingle('file', 0, m => m.puts('text'), dir);
	owned.symlink('link', 'file', dir);
	owned.remove(owned.createSingle('early', 0, m => m.puts('text'), dir));
	t.equal(await booted.read('/proc/dir/link'), 'text');
	devres.releaseAll();
	t.same(order, ['dir is there']);
	t.throws(() => booted.task.stat('/proc/dir'), { code: 'ENOENT' });
});

t.test('owned entries: a row of them is undone as one, however many came and went', async t => {
	const { kernel, task } = new Booted(t);
	const devres = new Devres();
	const owned = kernel.proc.ownedBy({
		get done() {
			return devres.added;
		},
		undo: action => void devres.add(() => void action()),
	});
	const show = (m: Parameters<Parameters<typeof owned.createSingle>[2]>[0]) => m.puts('text');
	const first = owned.createSingle('row', 0, show);
	for (let i = 0; i < 1000; i++) owned.remove(owned.createSingle('passing', 0, show));
	t.equal(devres.size, 1);
	devres.releaseAll();
	t.throws(() => task.stat('/proc/row'), { code: 'ENOENT' });
	t.equal(owned.remove(first), undefined, 'nothing is done for one that is gone');
	owned.createSingle('row', 0, show);
	t.equal(devres.size, 1, 'what is made after that is undone by itself');
	devres.releaseAll();
	t.throws(() => task.stat('/proc/row'), { code: 'ENOENT' });
});

t.test('procfs: every mount shows the same entries, with inodes and attributes of its own', async t => {
	const { kernel, task } = new Booted(t);
	const type = kernel.filesystems.get('proc')!;
	const other = type.mount('proc', '');
	const ctx = { pid: 1, tgid: 1 } as Parameters<typeof kernel.vfs.lookup>[2];
	const version = await other.root.op.lookup!(other.root, 'version', ctx);
	t.equal(version?.ino, (await task.stat('/proc/version')).ino);
	t.not(version?.sb, kernel.root.sb);
	await task.chmod('/proc/version', 0o400);
	t.equal(version!.mode & 0o777, 0o444, 'an inode that is there keeps its mode');
	t.throws(() => type.mount('proc', 'hidepid=2'), { code: 'EINVAL' });
});
