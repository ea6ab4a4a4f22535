/** sysfs - attributes as text files, and the directories of modules. */

import t, { type Test } from 'tap';
import type { KernfsNode } from '../../../../kernel-sim/fs/kernfs/dir.ts';
import { sysfsCreateMountPoint } from '../../../../kernel-sim/fs/sysfs/dir.ts';
import { sysfsBreakActiveProtection, sysfsCreateFile } from '../../../../kernel-sim/fs/sysfs/file.ts';
import { sysfsCreateGroup } from '../../../../kernel-sim/fs/sysfs/group.ts';
import { Kobject } from '../../../../kernel-sim/lib/kobject.ts';
import { Errno } from '../../../../src/lib/errno.ts';
import {
	O_APPEND,
	O_CREAT,
	O_DIRECT,
	O_RDONLY,
	O_RDWR,
	O_TRUNC,
	O_WRONLY,
	SEEK_DATA,
	SEEK_END,
	SEEK_HOLE,
	SEEK_SET,
} from '../../../../src/uapi/fcntl.ts';
import { SYSFS_MAGIC } from '../../../../src/uapi/magic.ts';
import { DEFAULT_POLLMASK, POLLERR, POLLPRI } from '../../../../src/uapi/poll.ts';
import { S_IFCHR, S_IFDIR, S_IFLNK, S_IFMT, S_IFREG } from '../../../../src/uapi/stat.ts';
import { Booted } from '../proc/booted.ts';

/** A machine with a directory /sys/dir. */
class Sysfs extends Booted {
	readonly root: KernfsNode;
	readonly kobj = new Kobject();
	readonly dir: KernfsNode;

	constructor(t: Test) {
		super(t);
		this.root = this.kernel.sysfs.root;
		this.kobj.addAtTop(this.root, 'dir');
		this.dir = this.kobj.kn;
	}

	/** Adds an attribute to the directory. */
	attribute(name: string, show: () => string | Promise<string>, mode = 0o444): KernfsNode {
		return sysfsCreateFile(this.kobj, name, { mode, show });
	}
}

const text = (bytes: Uint8Array) => Buffer.from(bytes).toString();

t.test('sysfs: sizes, links, modes and block sizes are those of Linux', async t => {
	const { task, dir, kobj } = new Sysfs(t);
	const value = sysfsCreateFile(kobj, 'value', { mode: 0o440, show: () => '' });
	dir.createDir('sub').createLink('up', value);
	t.match(await task.stat('/sys'), { mode: S_IFDIR | 0o555, nlink: 13, size: 0 });
	t.match(await task.stat('/sys/dir'), { mode: S_IFDIR | 0o755, nlink: 3, size: 0 });
	t.match(await task.stat('/sys/dir/value'), { mode: S_IFREG | 0o440, nlink: 1, size: 4096, blksize: 4096, blocks: 0 });
	t.match(await task.lstat('/sys/dir/sub/up'), { mode: S_IFLNK | 0o777, nlink: 1, size: 0 });
	t.match(await task.statfs('/sys'), { type: SYSFS_MAGIC, bsize: 4096 });
});

t.test('sysfs: each directory counts those in it, before anybody has looked as after', async t => {
	const { task, names } = new Sysfs(t);
	let seen = 0;
	const walk = async (path: string): Promise<void> => {
		seen += 1;
		const before = (await task.stat(path)).nlink;
		const below: string[] = [];
		for (const name of await names(path, task)) {
			if (((await task.lstat(`${path}/${name}`)).mode & S_IFMT) === S_IFDIR) below.push(name);
		}
		const counted = [before, (await task.stat(path)).nlink];
		if (counted.some(nlink => nlink !== 2 + below.length)) t.same(counted, 2 + below.length, path);
		for (const name of below) await walk(`${path}/${name}`);
	};
	await walk('/sys');
	t.ok(seen > 100, `${seen} directories`);
});

t.test('kernfs_create_link: the text leads through the nearest directory above both', async t => {
	const { task, root, dir } = new Sysfs(t);
	const far = root.createDir('a').createDir('b').createDir('c');
	const cases: [from: KernfsNode, path: string, to: KernfsNode, want: string][] = [
		[dir, '/sys/dir', far, '../a/b/c'],
		[far, '/sys/a/b/c', dir, '../../../dir'],
		[far, '/sys/a/b/c', far.parent!, '../../b'],
		[far.parent!, '/sys/a/b', far, 'c'],
		[root, '/sys', far, 'a/b/c'],
	];
	for (const [from, path, to, want] of cases) {
		from.createLink(`to ${to.name}`, to);
		t.equal(await task.readlink(`${path}/to ${to.name}`), want);
	}
});

t.test('sysfs_kf_seq_show: shown by a read at the beginning, kept for the others', async t => {
	const sysfs = new Sysfs(t);
	let value = 1000;
	sysfs.attribute('value', () => `${value}\n`);
	const fd = await sysfs.task.open('/sys/dir/value', O_RDONLY);
	t.equal(text(await sysfs.task.read(fd, 1)), '1');
	value = 2345;
	t.equal(text(await sysfs.task.read(fd, 100)), '000\n', 'the rest of the old value');
	t.equal(text(await sysfs.task.read(fd, 100)), '');
	t.equal(text(await sysfs.task.pread(fd, 100, 0)), '2345\n');
	await sysfs.task.lseek(fd, 0, SEEK_SET);
	t.equal(text(await sysfs.task.read(fd, 100)), '2345\n');
	value = 6789;
	t.equal(text(await sysfs.task.pread(fd, 100, 1)), '789\n', 'elsewhere than where the last read ended: the new value');
});

t.test('sysfs_kf_seq_show: a page or more is cut to 4095 bytes, and the log is told', async t => {
	const sysfs = new Sysfs(t);
	const complaints = () => sysfs.host.lines.splice(0).filter(line => line.includes('bad count'));
	for (const [length, shown] of [
		[4095, 4095],
		[4096, 4095],
		[5000, 4095],
		[0, 0],
	] as const) {
		const node = sysfs.attribute('value', () => 'x'.repeat(length));
		t.equal((await sysfs.read('/sys/dir/value')).length, shown, `${length} bytes`);
		t.equal(complaints().length, length > 4095 ? 1 : 0);
		await node.remove();
	}
});

t.test('sysfs_kf_seq_show: an error is that of the read, and a show may sleep', async t => {
	const sysfs = new Sysfs(t);
	sysfs.attribute('busy', () => {
		throw new Errno('EBUSY');
	});
	sysfs.attribute('slow', async () => 'slow\n');
	const fd = await sysfs.task.open('/sys/dir/busy', O_RDONLY);
	t.throws(() => sysfs.task.read(fd, 1), { code: 'EBUSY' });
	t.equal(await sysfs.read('/sys/dir/slow'), 'slow\n');
});

t.test('sysfs: what cannot be done in it, for root and for nobody', async t => {
	const sysfs = new Sysfs(t);
	sysfs.attribute('value', () => '1\n');
	const nobody = sysfs.fork({ uid: 65534 });
	type Call = (task: typeof nobody) => unknown;
	const cases: [title: string, call: Call, root: string, other: string][] = [
		['open(O_CREAT)', task => task.open('/sys/dir/new', O_CREAT | O_WRONLY), 'EACCES', 'EACCES'],
		['mkdir', task => task.mkdir('/sys/dir/new', 0o755), 'EPERM', 'EACCES'],
		['mknod of a file', task => task.mknod('/sys/dir/new', S_IFREG | 0o644, 0), 'EACCES', 'EACCES'],
		['mknod of a device', task => task.mknod('/sys/dir/new', S_IFCHR | 0o644, 0x103), 'EPERM', 'EACCES'],
		['symlink', task => task.symlink('value', '/sys/dir/new'), 'EPERM', 'EACCES'],
		['link', task => task.link('/sys/dir/value', '/sys/dir/new'), 'EPERM', 'EPERM'],
		['rename', task => task.rename('/sys/dir/value', '/sys/dir/new'), 'EPERM', 'EACCES'],
		['unlink', task => task.unlink('/sys/dir/value'), 'EPERM', 'EACCES'],
		['unlink of a directory', task => task.unlink('/sys/dir'), 'EISDIR', 'EACCES'],
		['rmdir', task => task.rmdir('/sys/dir'), 'EPERM', 'EACCES'],
		['open(O_WRONLY) of 0444', task => task.open('/sys/dir/value', O_WRONLY), 'EACCES', 'EACCES'],
		['open(O_RDWR) of 0444', task => task.open('/sys/dir/value', O_RDWR), 'EACCES', 'EACCES'],
		['open(O_DIRECT)', task => task.open('/sys/dir/value', O_DIRECT), 'EINVAL', 'EINVAL'],
	];
	for (const [title, call, root, other] of cases) {
		t.throws(() => call(sysfs.task), { code: root }, `${title} by root`);
		if (title === 'link') continue;
		t.throws(() => call(nobody), { code: other }, `${title} by nobody`);
	}
});

t.test('sysfs_create_mount_point: nothing can be in it, and nothing of it changes', async t => {
	const { task, kobj } = new Sysfs(t);
	sysfsCreateMountPoint(kobj, 'here');
	t.throws(() => sysfsCreateMountPoint(kobj, 'here'), { code: 'EEXIST' });
	const before = await task.stat('/sys/dir/here');
	t.match(before, { mode: S_IFDIR | 0o555, nlink: 2, size: 0 });
	const calls: Readonly<Record<string, [code: string, call: () => unknown]>> = {
		mkdir: ['ENOENT', () => task.mkdir('/sys/dir/here/new', 0o755)],
		'mkdir of a long name': ['ENOENT', () => task.mkdir(`/sys/dir/here/${'n'.repeat(300)}`, 0o755)],
		'open(O_CREAT)': ['ENOENT', () => task.open('/sys/dir/here/new', O_CREAT | O_WRONLY)],
		symlink: ['ENOENT', () => task.symlink('value', '/sys/dir/here/new')],
		unlink: ['ENOENT', () => task.unlink('/sys/dir/here/new')],
		chmod: ['EPERM', () => task.chmod('/sys/dir/here', 0o700)],
		chown: ['EPERM', () => task.chown('/sys/dir/here', 1, 1)],
		listxattr: ['EOPNOTSUPP', () => task.listxattr('/sys/dir/here')],
		setxattr: ['EOPNOTSUPP', () => task.setxattr('/sys/dir/here', 'trusted.a', Buffer.from('1'))],
		rmdir: ['EPERM', () => task.rmdir('/sys/dir/here')],
	};
	for (const [title, [code, call]] of Object.entries(calls)) t.throws(call, { code }, title);
	t.same(await task.stat('/sys/dir/here'), before);
	const fd = await task.open('/sys/dir/here', O_RDONLY);
	t.same(
		(await task.getdents(fd)).map(({ name }) => name),
		['.', '..'],
	);
	t.equal(await task.lseek(fd, -1, SEEK_END), 1);
	t.throws(() => task.lseek(fd, 3, SEEK_SET), { code: 'EINVAL' });
});

t.test('kernfs_fop_open: the mode is asked of root as well', async t => {
	const sysfs = new Sysfs(t);
	const modes: [mode: number, flags: number, code: string | undefined][] = [
		[0o444, O_RDONLY, undefined],
		[0o400, O_RDONLY, undefined],
		[0o200, O_RDONLY, 'EACCES'],
		[0o000, O_RDONLY, 'EACCES'],
		[0o644, O_WRONLY, undefined],
		[0o444, O_RDONLY | O_TRUNC, undefined],
		[0o444, O_RDONLY | O_APPEND, undefined],
	];
	for (const [i, [mode, flags, code]] of modes.entries()) {
		sysfs.attribute(`${i}`, () => '', mode);
		const open = () => sysfs.task.open(`/sys/dir/${i}`, flags);
		if (code === undefined) t.ok((await open()) >= 0, `${mode.toString(8)} ${flags}`);
		else t.throws(open, { code }, `${mode.toString(8)} ${flags}`);
	}
});

t.test('setattr: a size changes nothing, a mode and an owner stick', async t => {
	const sysfs = new Sysfs(t);
	sysfs.attribute('value', () => '1\n');
	await sysfs.task.truncate('/sys/dir/value', 10);
	t.equal((await sysfs.task.stat('/sys/dir/value')).size, 4096);
	await sysfs.task.chmod('/sys/dir/value', 0o400);
	await sysfs.task.chown('/sys/dir/value', 5, 6);
	t.match(await sysfs.task.stat('/sys/dir/value'), { mode: S_IFREG | 0o400, uid: 5, gid: 6 });
});

t.test('lseek: by the size of a page, up to 2 GiB', async t => {
	const sysfs = new Sysfs(t);
	sysfs.attribute('value', () => '1\n');
	const fd = await sysfs.task.open('/sys/dir/value', O_RDONLY);
	const cases: [offset: number, whence: number, want: number | string][] = [
		[0, SEEK_END, 4096],
		[-96, SEEK_END, 4000],
		[2 ** 31 - 1, SEEK_SET, 2 ** 31 - 1],
		[2 ** 31, SEEK_SET, 'EINVAL'],
		[-1, SEEK_SET, 'EINVAL'],
		[0, SEEK_DATA, 0],
		[0, SEEK_HOLE, 4096],
		[4096, SEEK_DATA, 'ENXIO'],
	];
	for (const [offset, whence, want] of cases) {
		const seek = () => sysfs.task.lseek(fd, offset, whence);
		if (typeof want === 'number') t.equal(await seek(), want);
		else t.throws(seek, { code: want });
	}
});

t.test('kernfs_fop_poll: something new until it was read, ioctl is ENOTTY', async t => {
	const sysfs = new Sysfs(t);
	sysfs.attribute('value', () => '1\n');
	const fd = await sysfs.task.open('/sys/dir/value', O_RDONLY);
	const poll = async () => (await sysfs.task.poll([{ fd, events: 0xffff }], 0))[0];
	t.equal(await poll(), DEFAULT_POLLMASK | POLLERR | POLLPRI);
	await sysfs.task.read(fd, 10);
	t.equal(await poll(), DEFAULT_POLLMASK);
	t.throws(() => sysfs.task.ioctl(fd, 0x1234, 0n), { code: 'ENOTTY' });
});

t.test('kernfs_remove: an open attribute is ENODEV, fstat works on, the names are gone', async t => {
	const sysfs = new Sysfs(t);
	const group = { name: 'sub', attrs: { value: { mode: 0o444, show: () => '1\n' } } };
	sysfsCreateGroup(sysfs.kobj, group);
	const sub = sysfs.dir.findChild('sub')!;
	const fd = await sysfs.task.open('/sys/dir/sub/value', O_RDONLY);
	await sysfs.task.read(fd, 1);
	const changes = sysfs.changes();
	t.equal(sub.remove(), undefined, 'nobody to wait for');
	t.same(changes[0], 'delete sub');
	t.equal(text(await sysfs.task.read(fd, 10)), '\n', 'what was shown before is still delivered');
	for (const call of [
		() => sysfs.task.read(fd, 10),
		() => sysfs.task.pread(fd, 10, 0),
		() => sysfs.task.lseek(fd, 0, SEEK_SET),
	]) {
		t.throws(call, { code: 'ENODEV' });
	}
	const [events] = await sysfs.task.poll([{ fd, events: 0xffff }], 0);
	t.equal(events, DEFAULT_POLLMASK | POLLERR | POLLPRI);
	t.match(await sysfs.task.fstat(fd), { size: 4096 });
	t.throws(() => sysfs.task.stat('/sys/dir/sub'), { code: 'ENOENT' });
	t.match(await sysfs.task.stat('/sys/dir'), { nlink: 2 });
	t.throws(() => sub.createDir('late'), { code: 'ENOENT' });
	t.equal(sub.remove(), undefined, 'twice is no mistake');
	sysfs.dir.createDir('sub');
	t.throws(() => sysfs.dir.createDir('sub'), { code: 'EEXIST' });
});

t.test('kernfs_remove: waits for a show that sleeps', async t => {
	const sysfs = new Sysfs(t);
	let wake = () => {};
	const node = sysfs.attribute('value', async () => {
		await new Promise<void>(resolve => (wake = resolve));
		return 'awake\n';
	});
	const fd = await sysfs.task.open('/sys/dir/value', O_RDONLY);
	const reading = sysfs.task.read(fd, 100);
	let gone = false;
	const removing = Promise.resolve(node.remove()).then(() => (gone = true));
	await new Promise(setImmediate);
	t.notOk(gone);
	wake();
	t.equal(text(await reading), 'awake\n');
	await removing;
});

t.test('sysfs_break_active_protection: a store takes its own object away, and waits for the others alone', async t => {
	const sysfs = new Sysfs(t);
	const { task, kobj } = sysfs;
	let wake = () => {};
	const done: string[] = [];
	sysfsCreateFile(kobj, 'delete', {
		mode: 0o200,
		async store(obj, buf, { name }) {
			if (buf === 'sleep') await new Promise<void>(resolve => (wake = resolve));
			else {
				const unbreak = sysfsBreakActiveProtection(obj, name);
				await obj.del();
				unbreak();
			}
			done.push(buf);
		},
	});
	t.doesNotThrow(sysfsBreakActiveProtection(kobj, 'other'), 'nothing to do for what is not there');
	const fds = await Promise.all([1, 2, 3].map(() => task.open('/sys/dir/delete', O_WRONLY)));
	const sleeping = task.write(fds[0]!, 'sleep');
	const deleting = task.write(fds[1]!, 'delete');
	await new Promise(setImmediate);
	t.same(done, []);
	t.throws(() => task.stat('/sys/dir'), { code: 'ENOENT' });
	t.throws(() => task.write(fds[2]!, 'late'), { code: 'ENODEV' });
	wake();
	t.same(await Promise.all([sleeping, deleting]), [5, 6]);
	t.same(done, ['sleep', 'delete']);
	for (const fd of fds) await task.close(fd);
});
