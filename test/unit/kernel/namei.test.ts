/**
 * namei.test - kernel-sim/fs/namei.ts and permission.ts: what the VFS says before, and instead of, a file system.
 *
 * Which error a call on names gives on a file system that can do everything is tried in test/unit/tmpfs/errno.test.ts.
 */

import type { Inode } from '../../../kernel-sim/fs/inode.ts';
import type { Task } from '../../../kernel-sim/fs/syscalls.ts';
import type { InodeOperations, Invalidation } from '../../../src/boundary/vfs.ts';
import { Errno } from '../../../src/lib/errno.ts';
import { O_CREAT, O_EXCL, O_RDWR } from '../../../src/uapi/fcntl.ts';
import { RENAME_EXCHANGE, RENAME_NOREPLACE, RENAME_WHITEOUT } from '../../../src/uapi/fs.ts';
import { MS_RDONLY } from '../../../src/uapi/mount.ts';
import { S_IFCHR, S_IFDIR, S_IFIFO, S_IFREG } from '../../../src/uapi/stat.ts';
import { type BenchKernel, codeOf, onBench } from './bench_kernel.ts';

const NOBODY = 65534;

const d = '/run/d';

/** The calls that make or remove a name in /run/d, in which there are the file `f` and the directory `s`. */
const calls: Readonly<Record<string, (task: Task) => unknown>> = {
	create: task => task.open(`${d}/new`, O_CREAT | O_RDWR, 0o644),
	mkdir: task => task.mkdir(`${d}/new`),
	'mknod regular': task => task.mknod(`${d}/new`, S_IFREG | 0o644),
	'mknod pipe': task => task.mknod(`${d}/new`, S_IFIFO | 0o644),
	'mknod device': task => task.mknod(`${d}/new`, S_IFCHR | 0o644, 0x103),
	symlink: task => task.symlink('text', `${d}/new`),
	link: task => task.link(`${d}/f`, `${d}/new`),
	unlink: task => task.unlink(`${d}/f`),
	rmdir: task => task.rmdir(`${d}/s`),
	rename: task => task.rename(`${d}/f`, `${d}/new`),
	'rename onto': task => task.rename(`${d}/f`, `${d}/g`),
	'create existing': task => task.open(`${d}/f`, O_CREAT | O_EXCL | O_RDWR, 0o644),
	'mkdir existing': task => task.mkdir(`${d}/f`),
	'unlink directory': task => task.unlink(`${d}/s`),
	'rmdir file': task => task.rmdir(`${d}/f`),
	'unlink missing': task => task.unlink(`${d}/none`),
};

/** A directory /run/d whose file system can look names up, and what `op` says. */
function directory(bench: BenchKernel, op: InodeOperations = {}, mode = 0o755): Inode {
	const inodes = new Map([
		['f', bench.file('f', {})],
		['g', bench.file('g', {})],
		['s', bench.file('s', { mode: S_IFDIR | 0o755, nlink: 2 })],
	]);
	const lookup = (_dir: unknown, name: string) => inodes.get(name);
	return bench.file('d', { mode: S_IFDIR | mode, nlink: 2, op: { lookup, ...op } });
}

async function outcomes(task: Task): Promise<Record<string, string | undefined>> {
	const results: Record<string, string | undefined> = {};
	for (const [name, call] of Object.entries(calls)) results[name] = await codeOf(() => call(task));
	return results;
}

onBench('vfs_*: a file system that can do nothing, as root', async (t, bench) => {
	directory(bench);
	t.same(await outcomes(bench.kernel.task()), {
		...{ create: 'EACCES', mkdir: 'EPERM', 'mknod regular': 'EACCES', 'mknod pipe': 'EPERM', 'mknod device': 'EPERM' },
		...{ symlink: 'EPERM', link: 'EPERM', unlink: 'EPERM', rmdir: 'EPERM', rename: 'EPERM', 'rename onto': 'EPERM' },
		...{ 'create existing': 'EEXIST', 'mkdir existing': 'EEXIST', 'unlink directory': 'EISDIR' },
		...{ 'rmdir file': 'ENOTDIR', 'unlink missing': 'ENOENT' },
	});
});

onBench('vfs_*: the same as nobody: the permission comes before the operation', async (t, bench) => {
	directory(bench);
	t.same(await outcomes(bench.kernel.task({ uid: NOBODY })), {
		...{ create: 'EACCES', mkdir: 'EACCES', 'mknod regular': 'EACCES', 'mknod pipe': 'EACCES' },
		...{ 'mknod device': 'EACCES', symlink: 'EACCES', link: 'EACCES', unlink: 'EACCES', rmdir: 'EACCES' },
		...{ rename: 'EACCES', 'rename onto': 'EACCES', 'create existing': 'EEXIST', 'mkdir existing': 'EEXIST' },
		...{ 'unlink directory': 'EACCES', 'rmdir file': 'EACCES', 'unlink missing': 'ENOENT' },
	});
});

onBench('may_lookup: without search permission nothing is found', async (t, bench) => {
	directory(bench, {}, 0o644);
	const results = await outcomes(bench.kernel.task({ uid: NOBODY }));
	t.same(new Set(Object.values(results)), new Set(['EACCES']));
	t.equal(await codeOf(() => bench.kernel.task({ uid: NOBODY }).stat('/run/d/f')), 'EACCES');
	t.equal(await codeOf(() => bench.kernel.task({ uid: NOBODY }).stat('/run/d/.')), 'EACCES');
	t.equal(await codeOf(() => bench.kernel.task().stat('/run/d/f')), undefined);
});

onBench('lookup: a file system that refuses a miss refuses what would be made of it', async (t, bench) => {
	const lookup = () => {
		throw new Errno('ENOENT');
	};
	directory(bench, { lookup });
	const results = await outcomes(bench.kernel.task());
	t.same(new Set(Object.values(results)), new Set(['ENOENT']));
});

onBench('may_create: nothing is made in a directory that was removed', async (t, bench) => {
	const dir = directory(bench, { mkdir: () => t.fail('must not be called') as never });
	const task = bench.kernel.task();
	dir.nlink = 0;
	t.equal(await codeOf(() => task.mkdir(`${d}/new`)), 'ENOENT');
	t.equal(await codeOf(() => task.unlink(`${d}/f`)), 'ENOENT');
});

onBench("check_sticky: in a sticky directory one removes what is one's own", async (t, bench) => {
	const { kernel } = bench;
	const [anna, bert, root] = [1, 2, 0].map(uid => kernel.task({ uid, umask: 0 }));
	const make = async (name: string) =>
		anna!.close((await anna!.open(`/tmp/${name}`, O_CREAT | O_RDWR, 0o666)) as number);
	for (const name of ['a', 'b', 'c']) await make(name);
	t.equal(await codeOf(() => bert!.unlink('/tmp/a')), 'EPERM');
	t.equal(await codeOf(() => bert!.rename('/tmp/a', '/tmp/z')), 'EPERM');
	t.equal(await codeOf(() => anna!.unlink('/tmp/a')), undefined);
	t.equal(await codeOf(() => root!.unlink('/tmp/b')), undefined);
	root!.chown('/tmp', 2, 2);
	t.equal(await codeOf(() => bert!.unlink('/tmp/c')), undefined, "nor does the directory's owner mind");
});

onBench('vfs_rename: flags that contradict, and what is missing or in the way', async (t, bench) => {
	const task = bench.kernel.task();
	directory(bench, { rename() {} });
	const cases: [string, string, number, string | undefined][] = [
		['f', 'new', 8, 'EINVAL'],
		['f', 'new', RENAME_EXCHANGE | RENAME_NOREPLACE, 'EINVAL'],
		['f', 'new', RENAME_EXCHANGE | RENAME_WHITEOUT, 'EINVAL'],
		['f', 'g', RENAME_NOREPLACE, 'EEXIST'],
		['f', 'none', RENAME_EXCHANGE, 'ENOENT'],
		['none', 'new', 0, 'ENOENT'],
		['f', 's', 0, 'EISDIR'],
		['s', 'f', 0, 'ENOTDIR'],
		['s', 'f', RENAME_EXCHANGE, undefined],
		['f', 'f', 0, undefined],
		['f', 'g', 0, undefined],
		['f', 'new', 0, undefined],
	];
	for (const [from, to, flags, code] of cases) {
		t.equal(await codeOf(() => task.rename(`${d}/${from}`, `${d}/${to}`, flags)), code, `${from} ${to} ${flags}`);
	}
	t.equal(await codeOf(() => task.rename(`${d}/f`, '/tmp/f')), 'EXDEV');
	t.equal(await codeOf(() => task.link(`${d}/f`, '/tmp/f')), 'EXDEV');
});

onBench('path walk of rename: a directory does not go into itself', async (t, bench) => {
	const task = bench.kernel.task();
	task.mkdir('/tmp/a');
	task.mkdir('/tmp/a/b');
	task.mkdir('/tmp/a/b/c');
	const cases: [string, string, string | undefined][] = [
		['/tmp/a', '/tmp/a/b/c/x', 'EINVAL'],
		['/tmp/a', '/tmp/a/b', 'EINVAL'],
		['/tmp/a/b/c', '/tmp/a', 'ENOTEMPTY'],
		['/tmp/a/.', '/tmp/x', 'EBUSY'],
		['/tmp/a/b/..', '/tmp/x', 'EBUSY'],
		['/tmp/a/b', '/tmp/x', undefined],
	];
	for (const [from, to, code] of cases) t.equal(await codeOf(() => task.rename(from, to)), code, `${from} ${to}`);
});

onBench('EROFS: a read-only mount is left as it is', async (t, bench) => {
	const task = bench.kernel.task();
	task.mkdir('/tmp/ro');
	task.mount('none', '/tmp/ro', 'tmpfs', MS_RDONLY);
	const cases: [string, () => unknown][] = [
		['mkdir', () => task.mkdir('/tmp/ro/x')],
		['create', () => task.open('/tmp/ro/x', O_CREAT | O_RDWR)],
		['chmod', () => task.chmod('/tmp/ro', 0o700)],
		['utimensat', () => task.utimensat('/tmp/ro', 'now', 'now')],
		['access', () => task.access('/tmp/ro', 2)],
	];
	for (const [name, call] of cases) t.equal(await codeOf(call), 'EROFS', name);
	t.equal(await codeOf(() => task.unlink('/tmp/ro/none')), 'ENOENT');
	t.equal(await codeOf(() => task.stat('/tmp/ro')), undefined);
});

onBench('fsnotify: each change of names is told once, with who asked for it', async (t, bench) => {
	const task = bench.kernel.task();
	const events: string[] = [];
	const stop = bench.kernel.vfs.onInvalidate((event, by) => events.push(`${describe(event)} by ${by?.pid}`));
	const told = async (call: () => unknown) => {
		events.length = 0;
		await call();
		return events.map(event => event.replace(` by ${task.pid}`, ''));
	};
	t.same(await told(() => task.mkdir('/tmp/d')), ['entry d', 'attr dir']);
	t.same(await told(() => task.symlink('x', '/tmp/l')), ['entry l', 'attr dir']);
	t.same(await told(() => task.mknod('/tmp/p', S_IFIFO)), ['entry p', 'attr dir']);
	t.same(await told(() => task.link('/tmp/p', '/tmp/q')), ['entry q', 'attr dir', 'attr file']);
	t.same(await told(() => task.rename('/tmp/q', '/tmp/d/r')), [
		'delete q',
		'attr dir',
		'attr file',
		'entry r',
		'attr dir',
	]);
	t.same(await told(() => task.rename('/tmp/l', '/tmp/p', RENAME_EXCHANGE)), ['entry l', 'entry p', 'attr dir']);
	t.same(await told(() => task.unlink('/tmp/p')), ['delete p', 'attr dir', 'attr file']);
	t.same(await told(() => task.chmod('/tmp/l', 0o600)), ['attr file']);
	t.same(await told(() => codeOf(() => task.mkdir('/tmp/d'))), [], 'what fails changes nothing');
	stop();
	t.same(await told(() => task.mkdir('/tmp/e')), [], 'nor is anything told to who does not listen');
});

onBench('vfs_*: operations that sleep are waited for', async (t, bench) => {
	const task = bench.kernel.task();
	const made: string[] = [];
	const file = bench.file('later', {});
	directory(bench, {
		permission: async () => {},
		lookup: async (_dir, name) => (name === 'f' ? file : undefined),
		mkdir: async (_dir, name) => {
			made.push(name);
			return file;
		},
		unlink: async (_dir, name) => void made.push(`-${name}`),
	});
	await task.mkdir(`${d}/new`);
	await task.unlink(`${d}/f`);
	t.same(made, ['new', '-f']);
	t.equal(await codeOf(() => task.unlink(`${d}/none`)), 'ENOENT');
});

onBench('generic_permission: mode bits, and the capabilities that go over them', async (t, bench) => {
	const CAP_DAC_OVERRIDE = 1n << 1n;
	const CAP_DAC_READ_SEARCH = 1n << 2n;
	const owner = { uid: 1, gid: 1 };
	const member = { uid: 2, gid: 9, groups: [5, 1] };
	const other = { uid: 3, gid: 3 };
	const search = { ...other, caps: CAP_DAC_READ_SEARCH };
	const override = { ...other, caps: CAP_DAC_OVERRIDE };
	const file = S_IFREG;
	const dir = S_IFDIR;
	const cases: [string, number, object, string][] = [
		['file 0740', file | 0o740, owner, 'rwx'],
		['file 0740', file | 0o740, member, 'r'],
		['file 0740', file | 0o740, other, ''],
		['file 0077: the owner is not one of the others', file | 0o077, owner, ''],
		['file 0707: nor is the group', file | 0o707, member, ''],
		['file 0000', file, search, 'r'],
		['file 0000: nothing is executable', file, override, 'rw'],
		['file 0001', file | 0o001, override, 'rwx'],
		['file 0000', file, { uid: 0 }, 'rw'],
		['directory 0000', dir, search, 'rx'],
		['directory 0000', dir, override, 'rwx'],
		['directory 0750', dir | 0o750, member, 'rx'],
	];
	for (const [i, [title, mode, options, want]] of cases.entries()) {
		bench.file(`n${i}`, { mode, uid: 1, gid: 1, nlink: 2, op: { lookup: () => undefined } });
		const task = bench.kernel.task(options);
		let got = '';
		for (const [letter, bit] of [
			['r', 4],
			['w', 2],
			['x', 1],
		] as const) {
			if ((await codeOf(() => task.access(`/run/n${i}`, bit))) === undefined) got += letter;
		}
		t.equal(
			got,
			want,
			`${title} ${JSON.stringify(options, (_key, value) => (typeof value === 'bigint' ? `${value}` : value))}`,
		);
	}
});

function describe(event: Invalidation): string {
	if (event.type !== 'attr') return `${event.type} ${event.name}`;
	return (event.inode.mode & S_IFDIR) === S_IFDIR ? 'attr dir' : 'attr file';
}
