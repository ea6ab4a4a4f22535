/**
 * namespace.test - kernel-sim/fs/namespace.ts, super.ts, filesystems.ts and rootfs.ts.
 */

import t from 'tap';
import { FileSystems } from '../../../kernel-sim/fs/filesystems.ts';
import {
	MNT_NOATIME,
	MNT_NODEV,
	MNT_NOEXEC,
	MNT_NOSUID,
	MNT_READONLY,
	MNT_RELATIME,
	mountFlagsOf,
} from '../../../kernel-sim/fs/namespace.ts';
import { AnonymousDevices, SuperBlock } from '../../../kernel-sim/fs/super.ts';
import {
	MNT_DETACH,
	MS_BIND,
	MS_NOATIME,
	MS_NODEV,
	MS_NOEXEC,
	MS_NOSUID,
	MS_RDONLY,
	MS_REMOUNT,
	MS_STRICTATIME,
} from '../../../src/uapi/mount.ts';
import { type BenchKernel, codeOf, onBench } from './bench_kernel.ts';

/** The mounts as /proc/mounts tells of them, without their options. */
function table({ kernel }: BenchKernel): string[] {
	return [...kernel.namespace].map(({ source, mountpoint, sb }) => `${source} ${mountpoint} ${sb.type}`);
}

onBench('rootfs: the directories of a machine, of which none can be made or removed', async (t, bench) => {
	const task = bench.kernel.task();
	const entries = await task.getdents((await task.open('/', 0)) as number);
	t.same(
		entries.map(({ name }) => name),
		['.', '..', 'proc', 'sys', 'dev', 'run', 'tmp', 'etc', 'lib'],
	);
	t.match(await task.stat('/'), { mode: 0o040755, nlink: 9, uid: 0 });
	t.equal((await task.stat('/proc')).mode, 0o040555);
	const cases: [() => unknown, string][] = [
		[() => task.mkdir('/new'), 'EPERM'],
		[() => task.rmdir('/run'), 'EPERM'],
		[() => task.rmdir('/proc'), 'EBUSY'],
		[() => task.rename('/tmp', '/x'), 'EBUSY'],
		[() => task.rename('/run', '/x'), 'EPERM'],
		[() => task.unlink('/run'), 'EISDIR'],
		[() => task.open('/new', 0o100), 'EACCES'],
	];
	for (const [call, code] of cases) t.equal(await codeOf(call), code);
});

onBench('mount: what is seen at a directory, and what lies under it', async (t, bench) => {
	const task = bench.kernel.task();
	task.mkdir('/tmp/m');
	task.mkdir('/tmp/m/under');
	const before = await task.stat('/tmp/m');
	await task.mount('one', '/tmp/m', 'tmpfs');
	const one = await task.stat('/tmp/m');
	t.not(one.dev, before.dev);
	t.equal(await codeOf(() => task.stat('/tmp/m/under')), 'ENOENT');
	t.equal((await task.stat('/tmp/m/..')).ino, (await task.stat('/tmp')).ino, '.. leaves the mount');
	await task.mount('two', '/tmp/m', 'tmpfs');
	t.not((await task.stat('/tmp/m')).dev, one.dev, 'the topmost is seen');
	t.same(table(bench).slice(-2), ['one /tmp/m tmpfs', 'two /tmp/m tmpfs']);
	await task.umount('/tmp/m');
	t.equal((await task.stat('/tmp/m')).dev, one.dev);
	await task.umount('/tmp/m');
	t.equal((await task.stat('/tmp/m')).dev, before.dev);
	t.equal(await codeOf(() => task.stat('/tmp/m/under')), undefined);
});

onBench('mount: a name in a mount leads to it from anywhere', async (t, bench) => {
	const task = bench.kernel.task();
	task.mkdir('/tmp/m');
	task.symlink('/tmp/m', '/tmp/l');
	await task.chdir('/tmp/m');
	await task.mount('none', '/tmp/l', 'tmpfs');
	t.same(table(bench).at(-1), 'none /tmp/m tmpfs', 'the place is named as it is, not as it was called');
	task.mkdir('/tmp/m/d');
	await task.chdir('/tmp/l/d');
	t.equal(task.getcwd(), '/tmp/m/d');
	t.equal((await task.stat('../d')).ino, (await task.stat('.')).ino);
});

onBench('mount: what is refused', async (t, bench) => {
	const before = table(bench);
	const task = bench.kernel.task();
	const nobody = bench.kernel.task({ uid: 65534 });
	task.mkdir('/tmp/m');
	bench.file('f', {});
	const cases: [string, () => unknown, string][] = [
		['unknown type', () => task.mount('none', '/tmp/m', 'ext4'), 'ENODEV'],
		['no directory', () => task.mount('none', '/run/f', 'tmpfs'), 'ENOTDIR'],
		['no place', () => task.mount('none', '/tmp/none', 'tmpfs'), 'ENOENT'],
		['no right', () => nobody.mount('none', '/tmp/m', 'tmpfs'), 'EPERM'],
		['no right to undo', () => nobody.umount('/proc'), 'EPERM'],
		['bad options', () => task.mount('none', '/tmp/m', 'tmpfs', 0, 'size=x'), 'EINVAL'],
		['bind', () => task.mount('/proc', '/tmp/m', '', MS_BIND), 'EINVAL'],
		['remount', () => task.mount('none', '/proc', 'proc', MS_REMOUNT), 'EINVAL'],
		['nothing mounted', () => task.umount('/tmp/m'), 'EINVAL'],
		['the root', () => task.umount('/'), 'EINVAL'],
		['a file', () => task.umount('/run/f'), 'EINVAL'],
	];
	for (const [title, call, code] of cases) t.equal(await codeOf(call), code, title);
	t.same(table(bench), before);
});

onBench('do_add_mount: the same tree twice in one place is EBUSY', async (t, bench) => {
	const { kernel } = bench;
	const sb = [...kernel.namespace][0]!.sb;
	const proc = [...kernel.namespace][1]!;
	t.throws(() => kernel.namespace.mount(proc.mountpoint, proc.sb, 'again'), { code: 'EBUSY' });
	t.throws(() => kernel.namespace.mount(kernel.namespace.root, sb, 'again'), { code: 'EBUSY' });
});

onBench('umount: a mount with another in it is busy, unless it is detached', async (t, bench) => {
	const before = table(bench);
	const task = bench.kernel.task();
	task.mkdir('/tmp/m');
	await task.mount('outer', '/tmp/m', 'tmpfs');
	task.mkdir('/tmp/m/in');
	await task.mount('inner', '/tmp/m/in', 'tmpfs');
	task.mkdir('/tmp/m/in/most');
	await task.mount('inmost', '/tmp/m/in/most', 'tmpfs');
	t.equal(await codeOf(() => task.umount('/tmp/m')), 'EBUSY');
	t.equal(table(bench).length, before.length + 3);
	await task.umount('/tmp/m', MNT_DETACH);
	t.same(table(bench), before);
	t.equal(await codeOf(() => task.stat('/tmp/m/in')), 'ENOENT');
});

onBench('umount: the file system hears of it when its last mount is gone', async (t, bench) => {
	const { kernel } = bench;
	const task = kernel.task();
	let killed = 0;
	const sb = new SuperBlock({ type: 'kept', magic: 1, dev: 99, kill: () => void killed++ });
	sb.root = bench.file('kept-root', { mode: 0o040755, nlink: 2 });
	kernel.filesystems.register({ name: 'kept', mount: () => sb });
	for (const place of ['/tmp/a', '/tmp/b']) {
		task.mkdir(place);
		await task.mount('kept', place, 'kept');
	}
	await task.umount('/tmp/b');
	t.equal(killed, 0);
	await task.umount('/tmp/a');
	t.equal(killed, 1);
});

onBench('mount: ids, parents and changes are counted', async (t, bench) => {
	const { namespace } = bench.kernel;
	const task = bench.kernel.task();
	const { event } = namespace;
	let woken = 0;
	namespace.poll.addWaiter(() => void woken++);
	task.mkdir('/tmp/m');
	const names: string[] = [];
	bench.kernel.vfs.onInvalidate(change => change.type === 'entry' && void names.push(change.name));
	await task.mount('none', '/tmp/m', 'tmpfs');
	const mounts = [...namespace];
	const [tmp, made] = mounts.slice(-2);
	t.same(
		mounts.map(({ id }) => id),
		mounts.map((_mount, i) => i + 1),
	);
	t.same([mounts[0]?.parent, tmp?.parent, made?.parent], [undefined, mounts[0], tmp]);
	await task.umount('/tmp/m');
	t.equal(namespace.event, event + 2);
	t.equal(woken, 2);
	t.same(names, ['m', 'm'], 'the name means something else each time');
});

t.test('mount flags: as mount(2) has them, and as a mount shows them', async t => {
	const cases: [number, number][] = [
		[0, MNT_RELATIME],
		[MS_STRICTATIME, 0],
		[MS_NOATIME, MNT_NOATIME],
		[MS_NOSUID | MS_NODEV | MS_NOEXEC, MNT_NOSUID | MNT_NODEV | MNT_NOEXEC | MNT_RELATIME],
		[MS_RDONLY, MNT_READONLY | MNT_RELATIME],
	];
	for (const [ms, mnt] of cases) t.equal(mountFlagsOf(ms), mnt);
});

t.test('register_filesystem: in the order of /proc/filesystems', async t => {
	const types = new FileSystems();
	const make = (name: string) => ({ name, mount: () => t.fail('not mounted') as never });
	const [sysfs, proc] = [make('sysfs'), make('proc')];
	types.register(sysfs);
	const undo = types.register(proc);
	t.throws(() => types.register(make('proc')), { code: 'EBUSY' });
	t.same(
		[...types].map(({ name }) => name),
		['sysfs', 'proc'],
	);
	t.equal(types.get('proc'), proc);
	undo();
	t.equal(types.get('proc'), undefined);
	t.throws(() => types.unregister(proc), { code: 'EINVAL' });
	types.register(make('sysfs2'));
	t.throws(() => types.unregister(make('sysfs')), { code: 'EINVAL' }, 'another of the name is not it');
});

t.test('get_anon_bdev: the lowest number that is free, from 1 on', async t => {
	const devices = new AnonymousDevices();
	t.same([devices.allocate(), devices.allocate(), devices.allocate()], [1, 2, 3]);
	devices.free(2);
	t.same([devices.allocate(), devices.allocate()], [2, 4]);
});
