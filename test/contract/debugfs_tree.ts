/**
 * debugfs_tree - the directories of debugfs: what programs may do there, and files that go while they are open.
 *
 * Simulated by kernel-sim/fs/debugfs/inode.ts after fs/debugfs/inode.c, on the test module contract_debugfs. A write to its `toggle`
 * takes `victims` away or brings it back, one of `r` gives `before` the name `after` or back.
 */

import {
	O_CREAT,
	O_DIRECT,
	O_DIRECTORY,
	O_EXCL,
	O_RDONLY,
	O_RDWR,
	O_TRUNC,
	O_WRONLY,
	SEEK_SET,
} from '../../src/uapi/fcntl.ts';
import { DEBUGFS_MAGIC } from '../../src/uapi/magic.ts';
import { DEFAULT_POLLMASK, POLLHUP, POLLIN } from '../../src/uapi/poll.ts';
import { S_IFCHR, S_IFDIR, S_IFIFO, S_IFLNK, S_IFREG } from '../../src/uapi/stat.ts';
import type { Contract, Machine } from '../runner/contract.ts';
import { NOBODY, type Sys } from '../runner/sys.ts';
import { readDir, readFile, text, writeFile } from './files.ts';

const DIR = '/sys/kernel/debug/contract_debugfs';

function on(name: string, title: string, run: Contract['run'], needs: Contract['needs'] = []): Contract {
	return { title: `debugfs: ${title}`, modules: ['contract_debugfs'], needs, file: `${DIR}/${name}`, run };
}

const toggle = ({ sys, root }: Machine, what = 'x') => writeFile(sys, `${root}${DIR}/toggle`, what);

type Refusal = readonly [title: string, call: (sys: Sys, dir: string) => Promise<unknown>, errno: string];

const refusals: readonly Refusal[] = [
	['open(O_CREAT) of a new name', (sys, dir) => sys.open(`${dir}/new`, O_CREAT | O_WRONLY, 0o644), 'EACCES'],
	['open(O_CREAT|O_EXCL) of a file', (sys, dir) => sys.open(`${dir}/u8`, O_CREAT | O_EXCL), 'EEXIST'],
	['mkdir', (sys, dir) => sys.mkdir(`${dir}/new`, 0o755), 'EPERM'],
	['mkdir of a name that is there', (sys, dir) => sys.mkdir(`${dir}/dir`, 0o755), 'EEXIST'],
	['mknod of a pipe', (sys, dir) => sys.mknod(`${dir}/new`, S_IFIFO | 0o644, 0), 'EPERM'],
	['mknod of a device', (sys, dir) => sys.mknod(`${dir}/new`, S_IFCHR | 0o644, 0x103), 'EPERM'],
	['symlink', (sys, dir) => sys.symlink('u8', `${dir}/new`), 'EPERM'],
	['link', (sys, dir) => sys.link(`${dir}/u8`, `${dir}/new`), 'EPERM'],
	['rename onto a new name', (sys, dir) => sys.rename(`${dir}/u8`, `${dir}/new`), 'EPERM'],
	['rename onto a file', (sys, dir) => sys.rename(`${dir}/u8`, `${dir}/u16`), 'EPERM'],
	['unlink of a file', (sys, dir) => sys.unlink(`${dir}/u8`), 'EPERM'],
	['unlink of a link', (sys, dir) => sys.unlink(`${dir}/link`), 'EPERM'],
	['unlink of a directory', (sys, dir) => sys.unlink(`${dir}/dir`), 'EISDIR'],
	['rmdir of an empty directory', (sys, dir) => sys.rmdir(`${dir}/dir/empty`), 'EPERM'],
	['rmdir of a directory with files', (sys, dir) => sys.rmdir(`${dir}/dir`), 'EPERM'],
	['rmdir of a file', (sys, dir) => sys.rmdir(`${dir}/u8`), 'ENOTDIR'],
	['open of a directory for writing', (sys, dir) => sys.open(`${dir}/dir`, O_WRONLY), 'EISDIR'],
	['open(O_DIRECT)', (sys, dir) => sys.open(`${dir}/u8`, O_DIRECT), 'EINVAL'],
	['truncate of a directory', (sys, dir) => sys.truncate(`${dir}/dir`, 1), 'EISDIR'],
	['setxattr of a user attribute', (sys, dir) => sys.setxattr(`${dir}/u8`, 'user.contract', 'x'), 'EOPNOTSUPP'],
	['setxattr of a trusted attribute', (sys, dir) => sys.setxattr(`${dir}/u8`, 'trusted.contract', 'x'), 'EOPNOTSUPP'],
	['stat of a name of 256 bytes', (sys, dir) => sys.stat(`${dir}/${'n'.repeat(256)}`), 'ENAMETOOLONG'],
	['stat of a name of 255 bytes', (sys, dir) => sys.stat(`${dir}/${'n'.repeat(255)}`), 'ENOENT'],
	[
		'ioctl that there is not',
		async (sys, dir) => sys.ioctl(await sys.open(`${dir}/own`, O_RDWR), 0x5401, 64),
		'ENOTTY',
	],
];

const refused = refusals.map(([title, call, errno]) =>
	on('u8', `${title} is ${errno}`, async (t, { sys, root }) => {
		const before = (await readDir(sys, `${root}${DIR}`)).length;
		await t.rejects(call(sys, `${root}${DIR}`), { code: errno });
		t.equal((await readDir(sys, `${root}${DIR}`)).length, before, 'nothing has changed');
	}),
);

export const debugfsTree: readonly Contract[] = [
	on('', 'stat: files are empty, directories 0755 and counted, links 0777', async (t, { sys, file }) => {
		t.match(await sys.stat(`${file}u8`), { mode: S_IFREG | 0o644, size: 0, nlink: 1, uid: 0, gid: 0, blksize: 4096 });
		t.match(await sys.stat(`${file}u8_none`), { mode: S_IFREG, blocks: 0 });
		t.match(await sys.stat(`${file}blob_ro`), { mode: S_IFREG | 0o444 });
		t.match(await sys.stat(`${file}sized`), { size: 200 });
		t.match(await sys.stat(`${file}dir`), { mode: S_IFDIR | 0o755, nlink: 3, size: 0 });
		t.match(await sys.stat(`${file}dir/empty`), { nlink: 2 });
		t.match(await sys.lstat(`${file}link`), { mode: S_IFLNK | 0o777, size: 0 });
		t.equal(await sys.readlink(`${file}link`), 'dir/file');
		const names = (await readDir(sys, `${file}dir`)).map(({ name }) => name);
		t.same(names.slice(0, 2), ['.', '..']);
		t.same(names.slice(2).sort(), ['empty', 'file']);
	}),
	on(
		'',
		'the root is 0700, and nobody gets in',
		async (t, { sys, root, file }) => {
			t.match(await sys.stat(`${root}/sys/kernel/debug`), { mode: S_IFDIR | 0o700 });
			const nobody = await sys.fork(NOBODY);
			await t.rejects(readDir(nobody, `${root}/sys/kernel/debug`), { code: 'EACCES' });
			await t.rejects(nobody.stat(`${file}u8`), { code: 'EACCES' });
		},
		['nobody'],
	),
	...refused,
	on('u8', 'a size that truncate has set stays', async (t, { sys, file }) => {
		await sys.truncate(file, 10);
		t.match(await sys.stat(file), { size: 10 });
		t.equal(await readFile(sys, file), '200\n');
		await sys.close(await sys.open(file, O_WRONLY | O_TRUNC));
		t.match(await sys.stat(file), { size: 0 });
	}),
	on('u8', 'chmod, chown and utimes stay', async (t, { sys, file }) => {
		await sys.chmod(file, 0o600);
		await sys.chown(file, 5, 6);
		await sys.utimes(file, 1, 2);
		t.match(await sys.stat(file), { mode: S_IFREG | 0o600, uid: 5, gid: 6, atime: 1000, mtime: 2000 });
		await sys.chown(file, 0, 0);
		await sys.chmod(file, 0o644);
	}),
	on('u8', 'statfs: the magic number of debugfs', async (t, { sys, file }) => {
		t.match(await sys.statfs(file), { type: DEBUGFS_MAGIC, bsize: 4096 });
	}),
	on('victims/file', 'removed: read and write of an open file are EIO', async (t, machine) => {
		const { sys, file } = machine;
		const fd = await sys.open(file, O_RDWR);
		t.equal(text(await sys.read(fd, 2)), 'he');
		await toggle(machine);
		await t.rejects(sys.read(fd, 2), { code: 'EIO' });
		await t.rejects(sys.write(fd, 'x'), { code: 'EIO' });
		await toggle(machine);
		await sys.close(fd);
	}),
	on('victims/file', 'removed: poll of an open file with an operation for it is POLLHUP', async (t, machine) => {
		const { sys, file } = machine;
		const fd = await sys.open(file, O_RDWR);
		t.equal(await sys.poll(fd, DEFAULT_POLLMASK, 0), POLLIN);
		await toggle(machine);
		t.equal(await sys.poll(fd, DEFAULT_POLLMASK, 0), POLLHUP);
		await toggle(machine);
		await sys.close(fd);
	}),
	on('victims/file', 'removed: lseek of an open file is EIO', async (t, machine) => {
		const { sys, file } = machine;
		const fd = await sys.open(file, O_RDWR);
		await toggle(machine);
		await t.rejects(sys.lseek(fd, 0, SEEK_SET), { code: 'EIO' });
		await toggle(machine);
		await sys.close(fd);
	}),
	on('victims/u8', 'removed: an open variable is EIO, with poll and fstat as before', async (t, machine) => {
		const { sys, file } = machine;
		const fd = await sys.open(file, O_RDWR);
		const { ino } = await sys.fstat(fd);
		t.equal((await sys.read(fd, 1)).length, 1);
		await toggle(machine);
		await t.rejects(sys.read(fd, 10), { code: 'EIO' });
		await t.rejects(sys.write(fd, '1'), { code: 'EIO' });
		t.equal(await sys.poll(fd, DEFAULT_POLLMASK, 0), DEFAULT_POLLMASK);
		t.match(await sys.fstat(fd), { ino, mode: S_IFREG | 0o644 });
		await toggle(machine);
		await t.rejects(sys.read(fd, 10), { code: 'EIO' }, 'what comes back is another file');
		await sys.close(fd);
	}),
	on('victims/bool', 'removed: an open bool can be seeked in, and takes what is none', async (t, machine) => {
		const { sys, file } = machine;
		const fd = await sys.open(file, O_RDWR);
		await toggle(machine);
		t.equal(await sys.lseek(fd, 0, SEEK_SET), 0);
		await t.rejects(sys.write(fd, '1'), { code: 'EIO' });
		t.equal(await sys.write(fd, 'x'), 1);
		await t.rejects(sys.read(fd, 1), { code: 'EIO' });
		await toggle(machine);
		await sys.close(fd);
	}),
	on('victims', 'removed: the names are gone at once, with all that is below', async (t, machine) => {
		const { sys, root, file } = machine;
		t.equal(await readFile(sys, `${file}/sub/inner`), 'here\n');
		t.match(await sys.stat(`${root}${DIR}`), { nlink: 4 });
		await toggle(machine);
		for (const name of ['', '/u8', '/sub/inner']) await t.rejects(sys.stat(file + name), { code: 'ENOENT' }, name);
		t.match(await sys.stat(`${root}${DIR}`), { nlink: 3 });
		await toggle(machine);
		t.equal(await readFile(sys, `${file}/sub/inner`), 'here\n');
	}),
	on('victims', 'removed: an open directory lists nothing', async (t, machine) => {
		const { sys, file } = machine;
		const fd = await sys.open(file, O_RDONLY | O_DIRECTORY);
		await toggle(machine);
		t.equal((await sys.fstat(fd)).nlink, 0);
		await t.rejects(sys.getdents(fd), { code: 'ENOENT' });
		await toggle(machine);
		await sys.close(fd);
	}),
	on('before', 'debugfs_rename: an open file stays what it is under its new name', async (t, machine) => {
		const { sys, root, file } = machine;
		const fd = await sys.open(file, O_RDONLY);
		await toggle(machine, 'r');
		await t.rejects(sys.stat(file), { code: 'ENOENT' });
		t.equal(await readFile(sys, `${root}${DIR}/after`), '200\n');
		t.equal(text(await sys.read(fd, 10)), '200\n');
		await sys.close(fd);
		await toggle(machine, 'r');
		t.equal(await readFile(sys, file), '200\n');
	}),
];
