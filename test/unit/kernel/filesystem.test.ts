/** filesystem - types of file systems that modules bring: mounted, counted, unmounted, and gone with their module. */

import { readFileSync } from 'node:fs';
import t, { type Test } from 'tap';
import { newInode, S_IFDIR, S_IFREG, simpleFillSuper } from '../../../kernel-sim/index.ts';
import type { ModuleFileSystem } from '../../../kernel-sim/kernel/filesystem.ts';
import type { ModuleDefinition } from '../../../kernel-sim/kernel/module.ts';
import { Kernel } from '../../../kernel-sim/kernel.ts';
import hellofs from '../../../kernel-sim/samples/hellofs.ts';
import { FakeHost } from '../../../src/testing/fake_host.ts';
import { O_RDONLY } from '../../../src/uapi/fcntl.ts';
import { Booted } from '../fs/proc/booted.ts';

/** A module with one type, whose every call is told to `log`. */
function moduleOf(type: Partial<ModuleFileSystem>, log: string[] = []): ModuleDefinition {
	return {
		name: 'fs',
		license: 'GPL',
		init({ registerFilesystem, time }) {
			registerFilesystem({
				name: 'testfs',
				magic: 42,
				fillSuper(sb, { source, data }) {
					log.push(`fill ${source} ${data}`);
					simpleFillSuper(sb, time.now(), { file: { mode: 0o640, fop: {} } });
				},
				killSb: sb => void log.push(`kill ${sb.type}`),
				...type,
			});
		},
	};
}

const refcount = ({ kernel }: Booted, name = 'fs') => kernel.modules.find(name)?.refcount;

t.test('register_filesystem: the type is known for as long as the module is there', async t => {
	const booted = new Booted(t);
	t.throws(() => booted.task.mount('none', '/run', 'testfs', 0, ''), { code: 'ENODEV' });
	await booted.kernel.modules.load(moduleOf({}));
	t.match(await booted.read('/proc/filesystems'), /^nodev\ttestfs\n/m);
	await booted.kernel.modules.unload('fs');
	t.notMatch(await booted.read('/proc/filesystems'), /testfs/);
	t.throws(() => booted.task.mount('none', '/run', 'testfs', 0, ''), { code: 'ENODEV' });
});

t.test('register_filesystem: a name that is taken is EBUSY, and the module is not loaded', async t => {
	const { kernel } = new Booted(t);
	await t.rejects(kernel.modules.load(moduleOf({ name: 'proc' })), { code: 'EBUSY' });
	t.equal(kernel.modules.find('fs'), undefined);
	await kernel.modules.load(moduleOf({}));
	await t.rejects(kernel.modules.load({ ...moduleOf({}), name: 'other' }), { code: 'EBUSY' });
	t.ok(kernel.filesystems.get('testfs'), 'the first one is still there');
});

t.test('mount: each is an instance of its own, with source, options and numbers', async t => {
	const booted = new Booted(t);
	const log: string[] = [];
	await booted.kernel.modules.load(moduleOf({}, log));
	await booted.task.mount('one', '/run', 'testfs', 0, 'a=1,b');
	await booted.task.mount('two', '/tmp', 'testfs', 0, '');
	t.same(log, ['fill one a=1,b', 'fill two ']);
	const [run, tmp] = [await booted.task.stat('/run'), await booted.task.stat('/tmp')];
	t.match(run, { mode: S_IFDIR | 0o755, nlink: 2, size: 0 });
	t.not(run.dev, tmp.dev);
	t.match(await booted.task.stat('/run/file'), { mode: S_IFREG | 0o640, nlink: 1, dev: run.dev });
	t.same(await booted.names('/tmp'), ['file']);
	t.match(await booted.task.statfs('/run'), { type: 42 });
	t.match(await booted.read('/proc/mounts'), /^one \/run testfs rw,relatime 0 0\ntwo \/tmp testfs rw,relatime 0 0$/m);
});

t.test('a mounted file system holds its module: it cannot go before the last mount has', async t => {
	const booted = new Booted(t);
	const { kernel, task } = booted;
	const log: string[] = [];
	await kernel.modules.load(moduleOf({}, log));
	t.equal(refcount(booted), 0);
	await task.mount('none', '/run', 'testfs', 0, '');
	await task.mount('none', '/tmp', 'testfs', 0, '');
	t.equal(refcount(booted), 2);
	await t.rejects(kernel.modules.unload('fs'), { code: 'EAGAIN' });
	const { dev } = await task.stat('/run');
	await task.umount('/run');
	t.equal(log.at(-1), 'kill testfs');
	await t.rejects(kernel.modules.unload('fs'), { code: 'EAGAIN' });
	await task.mount('none', '/run', 'testfs', 0, '');
	t.equal((await task.stat('/run')).dev, dev, 'the number is free again');
	await task.umount('/run');
	await task.umount('/tmp');
	t.equal(refcount(booted), 0);
	await kernel.modules.unload('fs');
});

t.test('a mount that fails lets go of the module', async t => {
	const booted = new Booted(t);
	const { kernel, task } = booted;
	const log: string[] = [];
	await kernel.modules.load(moduleOf({}, log));
	t.throws(() => task.mount('none', '/proc/version', 'testfs', 0, ''), { code: 'ENOTDIR' });
	t.throws(() => task.mount('none', '/nowhere', 'testfs', 0, ''), { code: 'ENOENT' });
	t.same(log, ['fill none ', 'kill testfs']);
	t.equal(refcount(booted), 0);
	const nobody = booted.fork({ uid: 5 });
	t.throws(() => nobody.mount('none', '/tmp', 'testfs', 0, ''), { code: 'EPERM' });
	t.equal(refcount(booted), 0);
});

t.test('fill_super: what it throws is the error of the mount, a mistake is an oops and EIO', async t => {
	const kernel = Kernel.boot(new FakeHost());
	t.teardown(() => kernel.shutdown());
	const task = kernel.task();
	const { Errno } = await import('../../../kernel-sim/index.ts');
	const cases: [name: string, fillSuper: ModuleFileSystem['fillSuper'], code: string, oopses: number][] = [
		[
			'refuses',
			() => {
				throw new Errno('ENOSPC');
			},
			'ENOSPC',
			0,
		],
		[
			'slips',
			() => {
				throw new TypeError('a mistake');
			},
			'EIO',
			1,
		],
		['forgets', () => {}, 'EIO', 2],
	];
	for (const [name, fillSuper, code, oopses] of cases) {
		await kernel.modules.load(moduleOf({ fillSuper }));
		t.throws(() => task.mount('none', '/tmp', 'testfs', 0, ''), { code }, name);
		t.equal(kernel.panic.oopses, oopses, name);
		t.equal(kernel.modules.find('fs')?.refcount, 0, name);
		await kernel.modules.unload('fs');
	}
});

t.test('a tree of its own making: directories, files, links', async t => {
	const booted = new Booted(t);
	await booted.kernel.modules.load(
		moduleOf({
			fillSuper(sb) {
				const time = { sec: 5, nsec: 0 };
				const link = newInode(sb, { mode: 0o120777, time, fop: {}, op: { getLink: () => 'elsewhere' } });
				const lookup = (_dir: unknown, name: string) => (name === 'link' ? link : undefined);
				sb.root = newInode(sb, { mode: S_IFDIR | 0o700, time, nlink: 2, fop: {}, op: { lookup } });
			},
		}),
	);
	await booted.task.mount('none', '/tmp', 'testfs', 0, '');
	t.match(await booted.task.stat('/tmp'), { mode: S_IFDIR | 0o700, ino: 2, mtime: { sec: 5, nsec: 0 } });
	t.equal(await booted.task.readlink('/tmp/link'), 'elsewhere');
	t.throws(() => booted.task.stat('/tmp/other'), { code: 'ENOENT' });
});

t.test('kern_mount: a root that is mounted nowhere, for who serves it', async t => {
	const booted = new Booted(t);
	const { kernel } = booted;
	await kernel.modules.load(hellofs);
	t.throws(() => kernel.kernMount('nonsense'), { code: 'ENODEV' });
	t.throws(() => kernel.kernMount('hellofs', 'none', 'nonsense'), { code: 'EINVAL' });
	const mount = kernel.kernMount('hellofs', 'none', 'whom=you');
	t.match(mount.root, { mode: S_IFDIR | 0o755 });
	t.equal(mount.root.sb, mount.sb);
	t.notMatch(await booted.read('/proc/mounts'), /hellofs/);
	t.equal(refcount(booted, 'hellofs'), 1);
	const ctx = { uid: 0, gid: 0, groups: [], capable: () => true } as never;
	const file = await kernel.vfs.open((await kernel.vfs.lookup(mount.root, 'you', ctx))!, O_RDONLY, ctx);
	t.equal(Buffer.from(await kernel.vfs.read({ file, pos: 0 }, 100, ctx)).toString(), 'Hello, you\n');
	mount.unmount();
	mount.unmount();
	t.equal(refcount(booted, 'hellofs'), 0);
});

t.test(
	'kern_mount: of a tree that there is once, the one that is mounted; of tmpfs, what it holds is counted',
	async t => {
		const booted = new Booted(t);
		const { kernel, task } = booted;
		const sysfs = kernel.kernMount('sysfs');
		t.equal(sysfs.root.ino, (await task.stat('/sys')).ino);
		sysfs.unmount();
		t.ok(await task.stat('/sys/module'), 'it stays for the others');
		const tmpfs = kernel.kernMount('tmpfs');
		const { sharedram } = kernel.mm.info();
		const ctx = { uid: 0, gid: 0, groups: [], umask: 0, capable: () => true } as never;
		const inode = await kernel.vfs.create(tmpfs.root, 'file', 0o600, ctx);
		const file = await kernel.vfs.open(inode, 1, ctx);
		await kernel.vfs.write({ file, pos: 0 }, new Uint8Array(8192), ctx);
		t.equal(kernel.mm.info().sharedram, sharedram + 2);
		tmpfs.unmount();
		t.equal(kernel.mm.info().sharedram, sharedram);
	},
);

/** Mounts hellofs on /tmp and reads a file. */
async function greet(t: Test, data: string, name: string): Promise<string> {
	const booted = new Booted(t);
	await booted.kernel.modules.load(hellofs);
	await booted.task.mount('none', '/tmp', 'hellofs', 0, data);
	return booted.read(`/tmp/${name}`);
}

t.test('hellofs: files that greet, by the names of the mount', async t => {
	t.equal(await greet(t, '', 'world'), 'Hello, world\n');
	t.equal(await greet(t, 'whom=Ada:Linus', 'Linus'), 'Hello, Linus\n');
	for (const data of ['who=Ada', 'whom=', 'whom=a/b', 'whom=a,b', 'whom=.', 'whom=a:..', 'whom=a::b']) {
		await t.rejects(greet(t, data, 'a'), { code: 'EINVAL' }, data);
	}
	const booted = new Booted(t);
	await booted.kernel.modules.load(hellofs);
	await booted.task.mount('none', '/tmp', 'hellofs', 0, 'whom=Ada:Linus');
	t.same(await booted.names('/tmp'), ['Ada', 'Linus']);
	t.match(await booted.task.stat('/tmp/Ada'), { mode: S_IFREG | 0o444 });
	const fd = await booted.task.open('/tmp/Ada', O_RDONLY);
	t.equal(Buffer.from(await booted.task.pread(fd, 3, 7)).toString(), 'Ada');
	t.throws(() => booted.task.mkdir('/tmp/more', 0o700), { code: 'EPERM' });
});

t.test('hellofs: its source is under 60 lines', async t => {
	const source = readFileSync(new URL('../../../../kernel-sim/samples/hellofs.ts', import.meta.url), 'utf8');
	t.ok(source.trimEnd().split('\n').length < 60);
});
