/** debugfs.test - what of debugfs no contract reaches: its functions as a driver calls them, mounts, and the end of a module. */

import t, { type Test } from 'tap';
import type { Debugfs } from '../../../../kernel-sim/fs/debugfs/debugfs.ts';
import { debugfsPrintRegs32, defineModule, Errno, isErrno, ref, type SeqFile } from '../../../../kernel-sim/index.ts';
import { Kernel } from '../../../../kernel-sim/kernel.ts';
import debugfsSample from '../../../../kernel-sim/samples/debugfs.ts';
import { FakeHost } from '../../../../src/testing/fake_host.ts';
import { O_PATH, O_RDONLY, O_RDWR, O_WRONLY } from '../../../../src/uapi/fcntl.ts';
import { Booted } from '../proc/booted.ts';

const DEBUG = '/sys/kernel/debug';

/** A module that does something with debugfs when it is loaded. */
const driver = (init: (debugfs: Debugfs) => void) =>
	defineModule({ name: 'driver', license: 'GPL', init: ({ debugfs }) => init(debugfs) });

/** What the kernel itself has there. */
const own = ['devices_deferred', 'gpio'];

const text = (bytes: Uint8Array) => Buffer.from(bytes).toString();

async function write({ task }: Booted, path: string, data: string): Promise<void> {
	const fd = await task.open(path, O_WRONLY);
	try {
		await task.write(fd, data);
	} finally {
		await task.close(fd);
	}
}

/** A kernel, and the columns of /proc/mounts of one of its mount points. */
function mounted(t: Test) {
	const booted = new Booted(t);
	const options = async (at: string) => {
		const line = (await booted.read('/proc/mounts')).split('\n').find(line => line.includes(` ${at} `));
		return line?.split(' ').slice(2, 4).join(' ');
	};
	return { ...booted, booted, options };
}

t.test('debugfs: it is there when the kernel has booted, and empty of drivers', async t => {
	const { task, options, booted } = mounted(t);
	t.same(await booted.names(DEBUG), own);
	t.equal(await options(DEBUG), 'debugfs rw,nosuid,nodev,noexec,relatime');
	t.match(await booted.read('/proc/filesystems'), /^nodev\tdebugfs$/m);
	t.match(await task.stat(DEBUG), { mode: 0o40700, ino: 1 });
});

t.test('debugfs: without CONFIG_DEBUG_FS a driver works as well', async t => {
	const booted = new Booted(t, { config: { CONFIG_DEBUG_FS: false } });
	const answers: unknown[] = [];
	await booted.kernel.modules.load(
		driver(debugfs => {
			const dir = debugfs.createDir('driver');
			debugfs.createU8('u8', 0o644, dir, ref({ value: 0 }, 'value'));
			answers.push(dir, debugfs.createFile('file', 0o444, dir, undefined), debugfs.lookup('driver'));
			answers.push(debugfs.rename(dir, dir, dir, 'other'), debugfs.remove(dir));
		}),
	);
	const none = { code: 'ENODEV' };
	t.match(answers, [none, none, undefined, none, undefined]);
	t.same(
		await booted.names('/sys/kernel'),
		(await booted.names('/sys/kernel')).filter(name => name !== 'debug'),
	);
	t.throws(() => booted.task.mount('none', '/tmp', 'debugfs'), { code: 'ENODEV' });
});

t.test('debugfs: the command line may do without it', async t => {
	const cases: readonly (readonly [commandLine: string, code: string | undefined])[] = [
		['debugfs=off', 'EPERM'],
		['quiet debugfs=no-mount loglevel=3', 'ENOENT'],
		['debugfs=off debugfs=on', undefined],
		['debugfs=bogus', undefined],
		['nodebugfs=off', undefined],
	];
	for (const [commandLine, code] of cases) {
		const booted = new Booted(t, { commandLine });
		const made = booted.kernel.debugfs.createDir('driver');
		t.equal(isErrno(made) ? made.code : undefined, code, commandLine);
		t.equal((await booted.names('/sys/kernel')).includes('debug'), code === undefined);
		t.equal(/^nodev\tdebugfs$/m.test(await booted.read('/proc/filesystems')), code === undefined);
	}
});

t.test('debugfs: without sysfs there is no place to mount it at, and it can be mounted elsewhere', t => {
	const { task } = new Booted(t, { config: { CONFIG_SYSFS: false } });
	task.mount('none', '/tmp', 'debugfs');
	t.match(task.stat('/tmp'), { mode: 0o40700 });
	t.end();
});

t.test('mount: owner and mode of the root are those of the last mount that named them', async t => {
	const { task, options } = mounted(t);
	task.mount('none', '/tmp', 'debugfs', 0, 'uid=5,gid=6,mode=1755,unknown,foo=bar');
	t.equal(await options('/tmp'), 'debugfs rw,relatime,uid=5,gid=6,mode=1755');
	t.equal(await options(DEBUG), 'debugfs rw,nosuid,nodev,noexec,relatime,uid=5,gid=6,mode=1755');
	t.match(await task.stat(DEBUG), { mode: 0o41755, uid: 5, gid: 6 });
	task.umount('/tmp');
	task.mount('none', '/tmp', 'debugfs');
	t.equal(await options('/tmp'), 'debugfs rw,relatime');
	t.match(await task.stat('/tmp'), { mode: 0o41755, uid: 5, gid: 6 });
});

t.test('mount: a bad value is EINVAL and changes nothing', async t => {
	const { task } = new Booted(t);
	for (const data of [
		'uid=abc',
		'uid=',
		'uid',
		'uid=-1',
		'uid=4294967295',
		'gid=x',
		'mode=999',
		'mode=0x1ff',
		'mode',
	]) {
		t.throws(() => task.mount('none', '/tmp', 'debugfs', 0, `${data},mode=777`), { code: 'EINVAL' }, data);
		t.match(await task.stat(DEBUG), { mode: 0o40700, uid: 0, gid: 0 });
	}
	task.mount('none', '/tmp', 'debugfs', 0, 'gid=4294967294,mode=07777777');
	t.match(await task.stat('/tmp'), { mode: 0o47777, gid: 4294967294 });
});

t.test('debugfs_create: what cannot be made is given back as an Errno, and taken for a directory', async t => {
	const booted = new Booted(t);
	const { debugfs } = booted.kernel;
	const dir = debugfs.createDir('driver');
	const again = debugfs.createDir('driver');
	t.match(again, { code: 'EEXIST' });
	t.match(debugfs.createFile('driver', 0o444, undefined, undefined), { code: 'EEXIST' });
	debugfs.createFile('file', 0o444, dir, undefined);
	t.match(debugfs.createSymlink('file', dir, 'target'), { code: 'EEXIST' });
	t.same(
		booted.host.lines.slice(-3).map(line => line.replace(/^.*?\] /, '')),
		[
			"debugfs: Directory 'driver' with parent '/' already present!",
			"debugfs: Directory 'driver' with parent '/' already present!",
			"debugfs: File 'file' in directory 'driver' already present!",
		],
	);
	for (const name of ['', '.', '..', 'a/b']) t.match(debugfs.createDir(name), { code: 'EACCES' }, name);
	t.match(debugfs.createDir('n'.repeat(256)), { code: 'ENAMETOOLONG' });
	t.notOk(isErrno(debugfs.createDir('n'.repeat(255))));
	t.match(debugfs.createDir('below', again), { code: 'EEXIST' });
	t.equal(debugfs.lookup('below', again), undefined);
	t.equal(debugfs.remove(again), undefined);
	debugfs.remove(dir);
	t.match(debugfs.createDir('below', dir), { code: 'ENOENT' }, 'in a directory that was removed');
	t.equal(debugfs.lookup('file', dir), undefined);
	debugfs.remove(dir);
	debugfs.remove(undefined);
	debugfs.lookupAndRemove('driver');
	debugfs.lookupAndRemove('n'.repeat(255));
	t.same(await booted.names(DEBUG), own);
});

t.test('debugfs_rename: EINVAL where it cannot be', async t => {
	const booted = new Booted(t);
	const { debugfs } = booted.kernel;
	const [a, b] = [debugfs.createDir('a'), debugfs.createDir('b')];
	const inside = debugfs.createDir('inside', a);
	const file = debugfs.createFile('file', 0o444, a, undefined);
	const refused = [
		debugfs.rename(a, file, a, 'inside'),
		debugfs.rename(a, inside, inside, 'deeper'),
		debugfs.rename(b, file, b, 'other'),
	];
	t.match(refused, Array(3).fill({ code: 'EINVAL' }));
	t.match(debugfs.rename(a, file, b, '..'), { code: 'EACCES' });
	t.match(debugfs.rename(a, debugfs.createDir('a'), b, 'x'), { code: 'EEXIST' });
	booted.task.mount('none', `${DEBUG}/a/inside`, 'tmpfs');
	t.match(debugfs.rename(a, inside, b, 'moved'), { code: 'EINVAL' }, 'something is mounted on it');
	booted.task.umount(`${DEBUG}/a/inside`);
	t.equal(debugfs.rename(a, inside, b, 'moved'), inside);
	t.equal(debugfs.rename(a, file, inside, 'moved too'), file);
	t.same(await booted.names(`${DEBUG}/b/moved`), ['moved too']);
	t.same(await booted.names(`${DEBUG}/a`), []);
	debugfs.remove(b);
	t.match(debugfs.rename(inside, file, a, 'back'), { code: 'EINVAL' }, 'it is gone');
});

t.test('debugfs_create_regset32: a name and a register on each line', async t => {
	const booted = new Booted(t);
	const { debugfs } = booted.kernel;
	const registers = new DataView(Uint8Array.of(0xef, 0xbe, 0xad, 0xde, 7, 0, 0, 0).buffer);
	const base = { readl: (offset: number) => registers.getUint32(offset, true) };
	const regs = [
		{ name: 'CONTROL', offset: 0 },
		{ name: 'STATUS', offset: 4 },
	];
	debugfs.createRegset32('regs', 0o444, undefined, { regs, base });
	t.equal(await booted.read(`${DEBUG}/regs`), 'CONTROL = 0xdeadbeef\nSTATUS = 0x00000007\n');
	const many = Array.from({ length: 1000 }, (_, i) => ({ name: `R${i}`, offset: 4 }));
	debugfs.createRegset32('many', 0o444, undefined, { regs: many, base });
	t.equal((await booted.read(`${DEBUG}/many`)).split('\n')[999], 'R999 = 0x00000007');
	const show = (m: SeqFile) => debugfsPrintRegs32(m, regs, base, 'dma0: ');
	debugfs.createDevmSeqfile({ name: 'dev0' }, 'devm', undefined, m => {
		m.printf('%s\n', m.private.name);
		show(m);
	});
	t.equal(await booted.read(`${DEBUG}/devm`), 'dev0\ndma0: CONTROL = 0xdeadbeef\ndma0: STATUS = 0x00000007\n');
});

t.test('debugfs: variables are the live ones, whoever changes them', async t => {
	const booted = new Booted(t);
	const { debugfs } = booted.kernel;
	const driver = { level: 1, on: false, name: 'a', counters: [1, -1], bytes: new Uint8Array(2) };
	debugfs.createU16('level', 0o644, undefined, ref(driver, 'level'));
	debugfs.createBool('on', 0o644, undefined, ref(driver, 'on'));
	debugfs.createStr('name', 0o644, undefined, ref(driver, 'name'));
	debugfs.createU32Array('counters', 0o444, undefined, { array: driver.counters });
	Object.assign(driver, { level: 70_000, name: 'with \udcff bytes' });
	driver.counters[0] = 2 ** 32 + 5;
	t.equal(await booted.read(`${DEBUG}/level`), '4464\n', 'as the variable of C would have wrapped');
	t.equal(await booted.read(`${DEBUG}/name`), 'with \xff bytes\n');
	t.equal(await booted.read(`${DEBUG}/counters`), '5 4294967295\n');
	await write(booted, `${DEBUG}/level`, '65537');
	await write(booted, `${DEBUG}/on`, 'yes');
	await write(booted, `${DEBUG}/name`, 'new\n');
	t.match(driver, { level: 1, on: true, name: 'new' });
});

t.test('debugfs_create_file: `data` is what open finds, and stays without an open', async t => {
	const booted = new Booted(t);
	const { debugfs } = booted.kernel;
	const fops = { read: (file: { privateData: unknown }, count: number, pos: number) => take(file, count, pos) };
	const take = (file: { privateData: unknown }, count: number, pos: number) =>
		new TextEncoder().encode(`${file.privateData}`).subarray(pos, pos + count);
	debugfs.createFile('plain', 0o444, undefined, 'data', fops);
	debugfs.createFile('opened', 0o444, undefined, 'data', {
		...fops,
		open(_inode, file) {
			file.privateData = `${file.privateData} and more`;
		},
	});
	t.equal(await booted.read(`${DEBUG}/plain`), 'data');
	t.equal(await booted.read(`${DEBUG}/opened`), 'data and more');
});

t.test('debugfs: removal waits for who is inside, and lets in nobody else', async t => {
	const booted = new Booted(t);
	const { kernel, task } = booted;
	let finish = () => {};
	const released: string[] = [];
	const file = kernel.debugfs.createFile('slow', 0o444, undefined, undefined, {
		async read() {
			await new Promise<void>(resolve => {
				finish = resolve;
			});
			return new TextEncoder().encode('done');
		},
		release: () => void released.push('released'),
	});
	const fd = await task.open(`${DEBUG}/slow`, O_RDONLY);
	const path = await task.open(`${DEBUG}/slow`, O_PATH);
	const reading = task.read(fd, 10) as Promise<Uint8Array>;
	const removing = kernel.debugfs.remove(file);
	t.type(removing, Promise);
	t.throws(() => task.stat(`${DEBUG}/slow`), { code: 'ENOENT' });
	t.throws(() => booted.fork({}).open(`/proc/${task.pid}/fd/${path}`, O_RDONLY), { code: 'ENOENT' });
	t.match(await task.fstat(fd), { nlink: 0 });
	finish();
	t.equal(text(await reading), 'done');
	await removing;
	t.throws(() => task.read(fd, 10), { code: 'EIO' });
	task.close(fd);
	t.same(released, ['released']);
});

t.test('debugfs: a module stays while a file with its own operations is open, and not for a variable', async t => {
	const booted = new Booted(t);
	const { kernel, task } = booted;
	const state = { value: 7 };
	const load = () =>
		kernel.modules.load(
			driver(debugfs => {
				const dir = debugfs.createDir('driver');
				debugfs.createU8('u8', 0o644, dir, ref(state, 'value'));
				debugfs.createFile('own', 0o444, dir, undefined, {
					open(_inode, file) {
						if (file.flags & O_WRONLY) throw new Errno('EBUSY');
					},
					read: () => new Uint8Array(0),
				});
			}),
		);
	await load();
	const open = await task.open(`${DEBUG}/driver/own`, O_RDONLY);
	t.equal(kernel.modules.find('driver')?.refcount, 1);
	await t.rejects(kernel.modules.unload('driver'), { code: 'EAGAIN' });
	t.throws(() => task.open(`${DEBUG}/driver/own`, O_WRONLY), { code: 'EBUSY' });
	t.equal(kernel.modules.find('driver')?.refcount, 1, 'a refused open leaves no reference');
	task.close(open);
	const u8 = await task.open(`${DEBUG}/driver/u8`, O_RDWR);
	await kernel.modules.unload('driver');
	t.throws(() => task.read(u8, 10), { code: 'EIO' });
	t.throws(() => task.write(u8, '1'), { code: 'EIO' });
	t.same(await booted.names(DEBUG), own);
	await load();
	t.throws(() => task.read(u8, 10), { code: 'EIO' }, 'what comes back is another file');
});

t.test('debugfs: what a failing init has made is gone', async t => {
	const booted = new Booted(t);
	const failing = driver(debugfs => {
		debugfs.createU8('u8', 0o644, debugfs.createDir('driver'), ref({ value: 0 }, 'value'));
		throw new Errno('ENOMEM');
	});
	await t.rejects(booted.kernel.modules.load(failing), { code: 'ENOMEM' });
	t.same(await booted.names(DEBUG), own);
});

t.test('debugfs: a mistake in an operation is an oops, EIO, and the kernel goes on', async t => {
	const kernel = Kernel.boot(new FakeHost());
	t.teardown(() => kernel.shutdown());
	const task = kernel.task();
	const state = { value: Number.NaN };
	kernel.debugfs.createU8('broken', 0o644, undefined, ref(state, 'value'));
	const fd = await task.open(`${DEBUG}/broken`, O_RDWR);
	t.throws(() => task.read(fd, 10), { code: 'EIO' });
	t.equal(kernel.panic.oopses, 1);
	task.write(fd, '5');
	t.equal(text(await task.read(fd, 10)), '5\n');
});

t.test('samples: debugfs is a variable, and 200 bytes', async t => {
	const booted = new Booted(t);
	const { kernel, task } = booted;
	await kernel.modules.load(debugfsSample);
	t.equal(await booted.read(`${DEBUG}/myfile`), '0\n');
	await write(booted, `${DEBUG}/myfile`, '300\n');
	t.equal(await booted.read(`${DEBUG}/myfile`), '44\n');
	t.equal(await booted.read(`${DEBUG}/mydirectory/myfile`), '\0'.repeat(200));
	await write(booted, `${DEBUG}/mydirectory/myfile`, 'something');
	t.equal(await booted.read(`${DEBUG}/mydirectory/myfile`), `something${'\0'.repeat(191)}`);
	const fd = await task.open(`${DEBUG}/mydirectory/myfile`, O_WRONLY);
	t.throws(() => task.write(fd, 'x'.repeat(201)), { code: 'EINVAL' });
	task.close(fd);
	await kernel.modules.unload('debugfs');
	t.same(await booted.names(DEBUG), own);
});
