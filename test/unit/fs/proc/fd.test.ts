/** fd - /proc/<pid>/fd and fdinfo: the open files of a task of this process. */

import t from 'tap';
import { O_APPEND, O_CLOEXEC, O_CREAT, O_PATH, O_RDONLY, O_RDWR, O_WRONLY } from '../../../../src/uapi/fcntl.ts';
import { S_IFDIR, S_IFLNK, S_IFREG } from '../../../../src/uapi/stat.ts';
import { Booted } from './booted.ts';

/** A task with descriptors 0 (reading), 1 (writing), 2 (both) and 3 (only a path). */
async function withFiles(booted: Booted) {
	const task = booted.fork({ comm: 'files' });
	await booted.task.mount('none', '/tmp', 'tmpfs', 0, '');
	for (const flags of [O_RDONLY | O_CREAT, O_WRONLY | O_APPEND, O_RDWR | O_CLOEXEC, O_PATH]) {
		await task.open('/tmp/file', flags, 0o600);
	}
	return { task, dir: `/proc/${task.pid}` };
}

t.test('proc_readfd: the open descriptors, links with the rights that they were opened with', async t => {
	const booted = new Booted(t);
	const { task, dir } = await withFiles(booted);
	t.same(await booted.names(`${dir}/fd`), ['0', '1', '2', '3']);
	t.match(await booted.task.stat(`${dir}/fd`), { mode: S_IFDIR | 0o500, nlink: 2, size: 4 });
	t.match(await booted.task.stat(dir), { nlink: 8 }, 'task, fd, fdinfo, map_files, ns and net are directories');
	for (const [fd, bits] of [0o500, 0o300, 0o700, 0].entries()) {
		t.match(await booted.task.lstat(`${dir}/fd/${fd}`), { mode: S_IFLNK | bits, size: 64 }, `${fd}`);
		t.equal(await booted.task.readlink(`${dir}/fd/${fd}`), '/tmp/file');
	}
	t.match(await booted.task.stat(`${dir}/fd/0`), { mode: S_IFREG | 0o600 }, 'followed');
	for (const name of ['4', '00', '-1', 'x']) {
		t.throws(() => booted.task.lstat(`${dir}/fd/${name}`), { code: 'ENOENT' }, name);
	}
	const { ino } = await booted.task.lstat(`${dir}/fd/1`);
	await task.close(1);
	t.throws(() => booted.task.lstat(`${dir}/fd/1`), { code: 'ENOENT' });
	t.same(await booted.names(`${dir}/fd`), ['0', '2', '3']);
	await task.open('/tmp', O_RDONLY);
	t.equal(await booted.task.readlink(`${dir}/fd/1`), '/tmp');
	t.match(await booted.task.lstat(`${dir}/fd/1`), { mode: S_IFLNK | 0o500, ino });
});

t.test('proc_fdinfo: position, flags, mount and inode number', async t => {
	const booted = new Booted(t);
	const { task, dir } = await withFiles(booted);
	const { ino } = await booted.task.stat('/tmp/file');
	const { id } = [...booted.kernel.namespace].find(({ sb }) => sb.type === 'tmpfs')!;
	await task.write(2, 'hello');
	const info = (pos: number, flags: string) => `pos:\t${pos}\nflags:\t0${flags}\nmnt_id:\t${id}\nino:\t${ino}\n`;
	t.equal(await booted.read(`${dir}/fdinfo/0`), info(0, '100000'));
	t.equal(await booted.read(`${dir}/fdinfo/1`), info(0, '102001'));
	t.equal(await booted.read(`${dir}/fdinfo/2`), info(5, '2100002'));
	t.equal(await booted.read(`${dir}/fdinfo/3`), info(0, '10000000'));
	t.match(await booted.task.stat(`${dir}/fdinfo`), { mode: S_IFDIR | 0o555, size: 4 });
	t.match(await booted.task.stat(`${dir}/fdinfo/0`), { mode: S_IFREG | 0o444 });
	const fd = await booted.task.open(`${dir}/fdinfo/0`, O_RDONLY);
	await task.close(0);
	t.throws(() => booted.task.read(fd, 100), { code: 'ENOENT' });
});

t.test('proc_fd_permission: the task itself, and who may look into it', async t => {
	const booted = new Booted(t);
	const { dir } = await withFiles(booted);
	const nobody = booted.fork({ uid: 65534 });
	const fd = await nobody.open('/proc/version', O_RDONLY);
	t.equal(await nobody.readlink(`/proc/self/fd/${fd}`), '/proc/version');
	t.match(await booted.task.lstat(`/proc/${nobody.pid}/fd/${fd}`), { uid: 65534 });
	t.throws(() => nobody.open(`${dir}/fd`, O_RDONLY), { code: 'EACCES' });
	t.throws(() => nobody.readlink(`${dir}/fd/0`), { code: 'EACCES' });
	t.throws(() => nobody.open(`${dir}/fdinfo`, O_RDONLY), { code: 'EACCES' });
	t.throws(() => nobody.open(`${dir}/fdinfo/0`, O_RDONLY), { code: 'EACCES' });
	const reader = booted.fork({ uid: 65534, caps: 1n << 2n }); // CAP_DAC_READ_SEARCH
	t.type(await reader.open(`${dir}/fd`, O_RDONLY), 'number', 'the mode is no obstacle');
	t.throws(() => reader.readlink(`${dir}/fd/0`), { code: 'EACCES' }, 'but the links are');
});

t.test('an ended task has no open files', async t => {
	const booted = new Booted(t);
	const { task, dir } = await withFiles(booted);
	await booted.task.chdir(`${dir}/fd`);
	task.exit();
	t.throws(() => booted.task.lstat('0'), { code: 'ENOENT' });
	t.throws(() => booted.task.lstat(dir), { code: 'ENOENT' });
});
