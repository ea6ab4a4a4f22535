/**
 * fuse_native.test - the second back end.
 *
 * The operations of libfuse 2 by path are called as fuse-native calls them; then the whole is looked at on a real mount, by
 * commands in processes of their own.
 */

import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { sameIds } from '../../../mount/fuse/ids.ts';
import { type FuseNativeOptions, lacks, mountFuseNative } from '../../../mount/fuse_native.ts';
import { lackOfFuseNative } from '../../../mount/fuse_native_package.ts';
import { FuseOperations } from '../../../mount/fuse_operations.ts';
import { readMountInfo } from '../../../mount/mountinfo.ts';
import { lackText } from '../../../mount/requirements.ts';
import { Errno, errno, isErrno } from '../../../src/lib/errno.ts';
import { O_APPEND, O_RDONLY, O_RDWR, O_TRUNC } from '../../../src/uapi/fcntl.ts';
import { S_IFCHR, S_IFDIR, S_IFREG } from '../../../src/uapi/stat.ts';
import { device, dir, file, link, TinyVfs } from './tiny_vfs.ts';

const tree = () =>
	dir({
		version: file('1\n'),
		sys: dir({ deep: dir({ attr: file('42\n') }) }),
		self: link('42', { dontcache: true }),
		broken: device({
			read: () => {
				throw new TypeError('a mistake');
			},
		}),
	});

interface Called {
	readonly ops: FuseOperations;
	readonly vfs: TinyVfs;
	readonly lines: string[];
}

function operations(vfs = new TinyVfs(tree())): Called {
	const lines: string[] = [];
	const { signal } = new AbortController();
	const report = (line: string) => lines.push(line);
	const ops = new FuseOperations({ vfs, root: vfs.root, ids: sameIds, signal, report });
	return { ops, vfs, lines };
}

type Name = Exclude<keyof FuseOperations, 'close'>;

/** Calls an operation and waits for what it gives to its last argument. */
function call({ ops }: Called, name: Name, ...args: unknown[]): Promise<unknown[]> {
	const operation = ops[name] as (...args: unknown[]) => void;
	return new Promise(resolve => operation(...args, (...results: unknown[]) => resolve(results)));
}

t.test('getattr: a path is walked from the root', async t => {
	const called = operations();
	for (const [path, mode] of [
		['/', S_IFDIR | 0o755],
		['/version', S_IFREG | 0o644],
		['/sys/deep/attr', S_IFREG | 0o644],
	] as const) {
		const [result, stat] = await call(called, 'getattr', path);
		t.equal(result, 0, path);
		t.match(stat, { mode, nlink: 1 });
	}
	t.same(await call(called, 'getattr', '/sys/none'), [-errno.ENOENT]);
	t.same(await call(called, 'getattr', '/version/below'), [-errno.ENOTDIR]);
});

t.test('open, read, write, release: by handle, where the position says', async t => {
	const called = operations();
	const [, fh] = await call(called, 'open', '/version', O_RDWR);
	t.ok(typeof fh === 'number' && fh > 0, 'a handle of 0 would be lost by fuse-native');
	const to = Buffer.alloc(8);
	t.same(await call(called, 'read', '', fh, to, 8, 0), [2]);
	t.equal(to.toString('latin1', 0, 2), '1\n');
	t.same(await call(called, 'read', '', fh, to, 8, 2), [0]);
	t.same(await call(called, 'write', '', fh, Buffer.from('23\n...'), 3, 0), [3]);
	t.same(await call(called, 'read', '', fh, to, 1, 1), [1]);
	t.equal(to.toString('latin1', 0, 1), '3');
	t.same(await call(called, 'ftruncate', '', fh, 1), [0, undefined]);
	t.equal(called.vfs.at('/version').size, 1);
	t.same(await call(called, 'release', '', fh), [0, undefined]);
	t.equal(called.vfs.openFiles, 0);
	t.same(await call(called, 'read', '', fh, to, 8, 0), [-errno.EBADF]);
	t.same((await call(called, 'open', '/version', O_RDWR | O_TRUNC))[0], 0);
	t.equal(called.vfs.at('/version').size, 0, 'O_TRUNC comes with open');
	called.ops.close();
	t.equal(called.vfs.openFiles, 0, 'what is open in the end is released');
});

t.test('write: to a file opened for appending, goes on from where the file stands', async t => {
	const positions: number[] = [];
	const write = (_file: unknown, { length }: Uint8Array, pos: number) => {
		positions.push(pos);
		return { count: length, pos: pos + 5 };
	};
	const called = operations(new TinyVfs(dir({ log: device({ write }) })));
	const [, fh] = await call(called, 'open', '/log', O_RDWR | O_APPEND);
	for (let i = 0; i < 3; i++) t.same(await call(called, 'write', '', fh, Buffer.from('ab'), 2, 100), [2]);
	t.same(positions, [0, 5, 10]);
});

t.test('readdir: every name with its number and type', async t => {
	const called = operations();
	const [result, names, stats] = await call(called, 'readdir', '/sys');
	t.equal(result, 0);
	t.same(names, ['.', '..', 'deep']);
	t.match(stats, [{ mode: S_IFDIR }, { mode: S_IFDIR }, { mode: S_IFDIR, ino: called.vfs.at('/sys/deep').ino }]);
	t.equal(called.vfs.openFiles, 0);
	t.same(await call(called, 'readdir', '/version'), [-errno.ENOTDIR]);
	t.equal(called.vfs.openFiles, 0, 'also after a refusal');
});

t.test('names: made, linked, moved and removed in their directory', async t => {
	const called = operations();
	const at = (path: string) => called.vfs.at(path);
	t.same(await call(called, 'mknod', '/sys/new', S_IFREG | 0o640, 0), [0, undefined]);
	t.equal(at('/sys/new').mode, S_IFREG | 0o640);
	t.same(await call(called, 'mknod', '/sys/null', S_IFCHR | 0o666, 0x103), [0, undefined]);
	t.equal(at('/sys/null').rdev, (1 << 20) | 3, 'a device number of the kernel, major 1 and minor 3');
	t.match((await call(called, 'getattr', '/sys/null'))[1], { rdev: 0x103 });
	t.same(await call(called, 'mkdir', '/sys/dir', 0o755), [0, undefined]);
	t.same(await call(called, 'link', '/sys/new', '/sys/dir/other'), [0, undefined]);
	t.equal(at('/sys/new').nlink, 2);
	t.same(await call(called, 'symlink', 'new', '/sys/soft'), [0, undefined]);
	t.same(await call(called, 'readlink', '/sys/soft'), [0, 'new']);
	t.same(await call(called, 'rename', '/sys/dir/other', '/moved'), [0, undefined]);
	t.ok(at('/moved'));
	t.same(await call(called, 'rmdir', '/sys/dir'), [0, undefined]);
	t.same(await call(called, 'unlink', '/moved'), [0, undefined]);
	t.same(await call(called, 'unlink', '/moved'), [-errno.ENOENT]);
	t.same(await call(called, 'mkdir', '/sys', 0o755), [-errno.EEXIST]);
});

t.test('attributes: only what is asked for changes', async t => {
	const called = operations();
	const inode = called.vfs.at('/version');
	await call(called, 'chmod', '/version', S_IFREG | 0o600);
	t.equal(inode.mode, S_IFREG | 0o600);
	await call(called, 'chown', '/version', 7, 0xffffffff);
	t.match(inode, { uid: 7, gid: 0 });
	await call(called, 'chown', '/version', 0xffffffff, 8);
	t.match(inode, { uid: 7, gid: 8 });
	await call(called, 'utimens', '/version', 1500, 1500);
	t.match(inode, { atime: { sec: 1, nsec: 5e8 }, mtime: { sec: 1, nsec: 5e8 } });
	await call(called, 'truncate', '/version', 1);
	t.equal(inode.size, 1);
	t.match((await call(called, 'statfs', '/'))[1], { bsize: 4096, frsize: 4096, namemax: 255, blocks: 10 });
});

t.test('errors: an Errno is the answer, anything else an oops and EIO', async t => {
	const called = operations();
	const [, fh] = await call(called, 'open', '/broken', O_RDONLY);
	t.same(await call(called, 'read', '', fh, Buffer.alloc(1), 1, 0), [-errno.EIO]);
	t.match(called.vfs.oopses, [TypeError]);
});

t.test('sleep: answered when the operation is done, whichever way', async t => {
	let settle = { resolve: (_bytes: Uint8Array) => {}, reject: (_error: unknown) => {} };
	const read = () => new Promise<Uint8Array>((resolve, reject) => (settle = { resolve, reject }));
	const called = operations(new TinyVfs(dir({ slow: device({ read }) })));
	const [, fh] = await call(called, 'open', '/slow', O_RDONLY);
	const first = call(called, 'read', '', fh, Buffer.alloc(4), 4, 0);
	settle.resolve(Buffer.from('ab'));
	t.same(await first, [2]);
	const second = call(called, 'read', '', fh, Buffer.alloc(4), 4, 2);
	settle.reject(new Errno('EINTR'));
	t.same(await second, [-errno.EINTR]);
});

t.test('readlink: a text that depends on the reader is refused by name, and reported once', async t => {
	const vfs = new TinyVfs(tree());
	vfs.readlink = ((_inode: unknown, { tgid }: { tgid: number }) => `${tgid}`) as typeof vfs.readlink;
	const called = operations(vfs);
	t.same(await call(called, 'readlink', '/self'), [-errno.EOPNOTSUPP]);
	t.same(await call(called, 'readlink', '/self'), [-errno.EOPNOTSUPP]);
	t.match(called.lines, [/^fuse-native: readlink \/self is refused: /]);
	t.equal(called.lines.length, 1);
	t.same(vfs.oopses, []);
});

t.test('package: what is missing is told by what loading it fails with', async t => {
	const cases: [error: Partial<NodeJS.ErrnoException>, uid: number, text: RegExp][] = [
		[
			{ code: 'MODULE_NOT_FOUND', message: 'Cannot find' },
			0,
			/is not installed; try: npm install fuse-native@2\.2\.6$/,
		],
		[{ code: 'ERR_DLOPEN_FAILED', message: 'libfuse.so.2: cannot' }, 0, /libfuse 2; try: apt-get install libfuse2$/],
		[{ code: 'ERR_DLOPEN_FAILED', message: 'libfuse.so.2: cannot' }, 7, /; try: sudo apt-get install libfuse2$/],
		[{ message: 'No native build was found for' }, 7, /no binary for .*; try: sudo .* && npm rebuild fuse-native$/],
		[{ message: 'wrong ELF class\nand more' }, 0, /does not load \(wrong ELF class\); try: npm rebuild fuse-native$/],
	];
	for (const [error, uid, text] of cases) {
		const lack = lackOfFuseNative(error, { uid });
		t.equal(lack.code, 'ENOPKG');
		t.match(lackText(lack), text);
	}
});

t.test('documentation: what the back end lacks is all there', async t => {
	const page = readFileSync(new URL('../../../../docs/backends.md', import.meta.url), 'utf8');
	for (const [what, instead] of lacks) {
		const row = page.split('\n').find(line => line.startsWith(`| ${what} |`)) ?? '';
		t.ok(row.replaceAll('`', '').includes(instead), what);
	}
});

/** Why there can be no mount here; undefined where there can. */
async function unavailable(): Promise<string | undefined> {
	const nowhere = join(tmpdir(), 'ring3-no-such-directory');
	const vfs = new TinyVfs(dir({}));
	const refusal = await mountFuseNative(vfs, vfs.root, nowhere).catch(error => error as Error);
	return isErrno(refusal) && refusal.code === 'ENOPKG' ? (refusal as Error).message : undefined;
}

async function mounted(t: Test, vfs: TinyVfs, options?: FuseNativeOptions) {
	const at = mkdtempSync(join(tmpdir(), 'ring3-native-'));
	const mount = await mountFuseNative(vfs, vfs.root, at, options);
	t.teardown(async () => {
		await mount.unmount();
		rmdirSync(at);
	});
	return mount;
}

/** Runs a shell command in the mount, for at most five seconds, and answers what it prints, errors included. */
function shell(command: string, cwd: string): Promise<string> {
	const options = { timeout: 5000, killSignal: 'SIGKILL', env: { ...process.env, LC_ALL: 'C' } } as const;
	return new Promise(resolve => {
		const script = 'cd "$1" && exec 2>&1 && eval "$2"';
		execFile('/bin/sh', ['-c', script, 'sh', cwd, command], options, (_error, stdout) => resolve(stdout));
	});
}

const skip = await unavailable();

t.test('mount: programs read, list and write', { skip: skip ?? false }, async t => {
	const vfs = new TinyVfs(tree());
	const { path } = await mounted(t, vfs);
	for (const [command, want] of [
		['cat version sys/deep/attr', '1\n42\n'],
		['ls', 'broken\nself\nsys\nversion\n'],
		['readlink self', '42\n'],
		['echo hello > new && cat new', 'hello\n'],
		['echo x > version && cat version', 'x\n'],
		['mkdir d && mv new d/moved && cat d/moved && rm d/moved && rmdir d && ls', 'hello\nbroken\nself\nsys\nversion\n'],
		['cat none', 'cat: none: No such file or directory\n'],
		['cat broken', 'cat: broken: Input/output error\n'],
		['stat -c "%i %a %F" version', `${vfs.at('/version').ino} 644 regular file\n`],
		['chmod 600 version && stat -c %a version', '600\n'],
	] as const) {
		t.equal(await shell(command, path), want, command);
	}
	t.equal(vfs.oopses.length, 1, 'that of cat broken');
});

t.test('mount: what changes by itself is seen at once', { skip: skip ?? false }, async t => {
	const vfs = new TinyVfs(tree());
	const { path } = await mounted(t, vfs);
	t.equal(await shell('ls sys; cat version', path), 'deep\n1\n');
	vfs.remove('/sys', 'deep');
	vfs.add('/sys', 'fresh', file(''));
	vfs.at('/version').content = Buffer.from('2\n');
	t.equal(await shell('ls sys; cat version sys/deep', path), 'fresh\n2\ncat: sys/deep: No such file or directory\n');
});

t.test('unmount: whoever sleeps is refused, files are released, nothing is left', { skip: skip ?? false }, async t => {
	let asleep = () => {};
	const sleeping = new Promise<void>(resolve => (asleep = resolve));
	const vfs = new TinyVfs(dir({ slow: device({ read: (_file, _count, _pos, ctx) => sleepOn(ctx.signal, asleep) }) }));
	const mount = await mounted(t, vfs);
	t.ok(readMountInfo().some(({ mountPoint, minor }) => mountPoint === mount.path && minor === mount.connection));
	const reader = shell('cat slow', mount.path);
	await sleeping;
	await mount.unmount();
	await mount.closed;
	t.match(await reader, /^cat: slow: /);
	t.equal(vfs.openFiles, 0);
	t.notOk(readMountInfo().some(({ mountPoint }) => mountPoint === mount.path));
});

t.test('mount: taken away by somebody else is closed', { skip: skip ?? false }, async t => {
	const mount = await mounted(t, new TinyVfs(tree()));
	await shell(`umount -l ${mount.path}`, '/');
	await mount.closed;
	t.notOk(readMountInfo().some(({ mountPoint }) => mountPoint === mount.path));
});

t.test('mount: on no directory is refused', { skip: skip ?? false }, async t => {
	const vfs = new TinyVfs(tree());
	await t.rejects(mountFuseNative(vfs, vfs.root, join(tmpdir(), 'ring3-no-such-directory')), { code: 'EIO' });
});

function sleepOn(signal: AbortSignal, asleep: () => void): Promise<Uint8Array> {
	asleep();
	return new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
}
