/**
 * proc_inode - an entry of /proc once it is found: what stat tells, and what each call on an open file answers.
 *
 * Simulated by kernel-sim/fs/proc/inode.ts after fs/proc/inode.c (proc_reg_read, proc_reg_write and so on) and
 * fs/proc/generic.c.
 */

import { O_NONBLOCK, O_PATH, O_RDONLY, O_RDWR, O_WRONLY, SEEK_CUR, SEEK_SET } from '../../src/uapi/fcntl.ts';
import { DEFAULT_POLLMASK } from '../../src/uapi/poll.ts';
import { S_IFDIR, S_IFLNK, S_IFREG } from '../../src/uapi/stat.ts';
import type { Contract } from '../runner/contract.ts';
import { NOBODY } from '../runner/sys.ts';
import { readFile, text, writeFile } from './files.ts';

const modules = ['contract_proc'];
const dir = '/proc/contract_proc';

const FIBMAP = 1;
const FIGETBSZ = 2;
const FIONREAD = 0x541b;
const FS_IOC_GETFLAGS = 0x80086601;
const TCGETS = 0x5401;
const PROC_SUPER_MAGIC = 0x9fa0;

const stat: readonly Contract[] = [
	{
		title: 'proc_create: a file has size 0, no blocks, one link and a block size of 1024',
		file: '/proc/version',
		async run(t, { sys, file }) {
			const want = { mode: S_IFREG | 0o444, size: 0, blocks: 0, nlink: 1, blksize: 1024, uid: 0, gid: 0, rdev: 0 };
			t.match(await sys.stat(file), want);
			t.match(await sys.fstat(await sys.open(file, O_RDONLY)), want);
		},
	},
	{
		title: 'proc_create: the size stays 0 whatever was read',
		file: '/proc/version',
		async run(t, { sys, file }) {
			await readFile(sys, file);
			t.equal((await sys.stat(file)).size, 0);
		},
	},
	{
		title: 'proc_create: modes are what the module asked for',
		modules,
		file: dir,
		async run(t, { sys, file }) {
			const modes = { both: 0o644, read: 0o444, write: 0o200, secret: 0o400, open_to_all: 0o666 };
			for (const [name, mode] of Object.entries(modes)) {
				t.equal((await sys.stat(`${file}/${name}`)).mode, S_IFREG | mode, name);
			}
		},
	},
	{
		title: 'proc_set_size, proc_set_user: stat shows them',
		modules,
		file: dir,
		async run(t, { sys, file }) {
			t.equal((await sys.stat(`${file}/sized`)).size, 1234);
			t.match(await sys.stat(`${file}/owned`), { uid: NOBODY, gid: NOBODY, mode: S_IFREG | 0o400 });
		},
	},
	{
		title: 'proc_mkdir: a directory is 0555 and has two links and one for each directory in it',
		modules,
		file: `${dir}/dir`,
		async run(t, { sys, file }) {
			t.match(await sys.stat(file), { mode: S_IFDIR | 0o555, nlink: 4, size: 0 });
			t.match(await sys.stat(`${file}/b`), { mode: S_IFDIR | 0o555, nlink: 2 });
		},
	},
	{
		title: 'proc_symlink: a link is 0777, its size the length of its text, and it is followed',
		modules,
		file: `${dir}/link`,
		async run(t, { sys, root, file }) {
			t.equal(await sys.readlink(file), 'dir/a/file');
			t.match(await sys.lstat(file), { mode: S_IFLNK | 0o777, size: 10, nlink: 1 });
			t.equal((await sys.stat(file)).ino, (await sys.stat(`${root}${dir}/dir/a/file`)).ino);
			await t.rejects(sys.stat(`${root}${dir}/dangling`), { code: 'ENOENT' });
		},
	},
	{
		title: 'proc_mkdir_mode: who may not search a directory is refused what is in it',
		needs: ['nobody'],
		modules,
		file: `${dir}/private`,
		async run(t, { sys, file }) {
			const nobody = await sys.fork(NOBODY);
			await sys.stat(`${file}/file`);
			await t.rejects(nobody.stat(`${file}/file`), { code: 'EACCES' });
			await t.rejects(nobody.open(file, O_RDONLY), { code: 'EACCES' });
		},
	},
	{
		title: 'statfs: the magic number of procfs, and blocks of 4096 bytes',
		async run(t, { sys, file }) {
			t.same(await sys.statfs(file), { type: PROC_SUPER_MAGIC, bsize: 4096 });
		},
	},
];

const readWrite: readonly Contract[] = [
	{
		title: 'proc_reg_write: root may open a file of 0444 for writing, and each write is EIO',
		file: '/proc/version',
		async run(t, { sys, file }) {
			const fd = await sys.open(file, O_WRONLY);
			await t.rejects(sys.write(fd, 'x'), { code: 'EIO' });
		},
	},
	{
		title: 'proc_reg_write: a write of no bytes is EIO too',
		file: '/proc/version',
		async run(t, { sys, file }) {
			const fd = await sys.open(file, O_WRONLY);
			await t.rejects(sys.write(fd, ''), { code: 'EIO' });
		},
	},
	{
		title: 'proc_reg_read: root may open a file of 0200 for reading, and the read is EIO',
		modules,
		file: `${dir}/write`,
		async run(t, { sys, file }) {
			const fd = await sys.open(file, O_RDONLY);
			await t.rejects(sys.read(fd, 10), { code: 'EIO' });
		},
	},
	{
		title: 'open: who has no right is refused, each way',
		needs: ['nobody'],
		modules,
		file: dir,
		async run(t, { sys, file }) {
			const nobody = await sys.fork(NOBODY);
			const refused: [string, number][] = [
				['secret', O_RDONLY],
				['write', O_RDONLY],
				['write', O_WRONLY],
				['both', O_WRONLY],
				['both', O_RDWR],
			];
			for (const [name, flags] of refused) {
				await t.rejects(nobody.open(`${file}/${name}`, flags), { code: 'EACCES' }, `${name} ${flags}`);
			}
			await t.resolves(nobody.open(`${file}/both`, O_RDONLY));
			await t.resolves(nobody.open(`${file}/open_to_all`, O_RDWR));
			await t.resolves(nobody.open(`${file}/owned`, O_RDONLY));
		},
	},
	{
		title: 'write: what one file takes another shows',
		modules,
		file: `${dir}/both`,
		async run(t, { sys, file }) {
			const reader = await sys.open(file, O_RDONLY);
			t.equal(await writeFile(sys, file, 'one\n'), 4);
			t.equal(text(await sys.pread(reader, 100, 0)), 'one\n');
			t.equal(await writeFile(sys, file, 'two\n'), 4);
			t.equal(text(await sys.pread(reader, 100, 0)), 'two\n');
		},
	},
	{
		title: 'write: a handler that leaves the position alone does not move it',
		modules,
		file: `${dir}/both`,
		async run(t, { sys, file }) {
			const fd = await sys.open(file, O_RDWR);
			await sys.write(fd, 'three\n');
			t.equal(await sys.lseek(fd, 0, SEEK_CUR), 0);
		},
	},
	{
		title: 'read, write: a file that is not open for it is EBADF',
		modules,
		file: `${dir}/both`,
		standIn: '/proc/version',
		async run(t, { sys, file }) {
			await t.rejects(sys.write(await sys.open(file, O_RDONLY), 'x'), { code: 'EBADF' });
			await t.rejects(sys.read(await sys.open(file, O_WRONLY), 1), { code: 'EBADF' });
			await t.rejects(sys.read(await sys.open(file, O_PATH), 1), { code: 'EBADF' });
			await t.rejects(sys.read(9999, 1), { code: 'EBADF' });
		},
	},
	{
		title: 'read: a directory is EISDIR',
		async run(t, { sys, file }) {
			await t.rejects(sys.read(await sys.open(file, O_RDONLY), 1), { code: 'EISDIR' });
		},
	},
	{
		title: 'getdents: a file is ENOTDIR',
		file: '/proc/version',
		async run(t, { sys, file }) {
			await t.rejects(sys.getdents(await sys.open(file, O_RDONLY)), { code: 'ENOTDIR' });
		},
	},
	{
		title: 'open(O_PATH): stat works on it',
		file: '/proc/version',
		async run(t, { sys, file }) {
			t.match(await sys.fstat(await sys.open(file, O_PATH)), { mode: S_IFREG | 0o444 });
		},
	},
	{
		title: 'O_NONBLOCK: a file that never sleeps reads as ever',
		file: '/proc/version',
		async run(t, { sys, file }) {
			const fd = await sys.open(file, O_RDONLY | O_NONBLOCK);
			t.match(text(await sys.read(fd, 14)), 'Linux version ');
		},
	},
	{
		title: 'proc_reg_llseek: an entry without proc_lseek is ESPIPE',
		modules,
		file: `${dir}/noseek`,
		async run(t, { sys, file }) {
			const fd = await sys.open(file, O_RDONLY);
			await t.rejects(sys.lseek(fd, 0, SEEK_SET), { code: 'ESPIPE' });
		},
	},
	{
		title: 'pread: an entry without proc_lseek is read at any position all the same',
		modules,
		file: `${dir}/noseek`,
		async run(t, { sys, root, file }) {
			await writeFile(sys, `${root}${dir}/both`, 'abcdef\n');
			t.equal(text(await sys.pread(await sys.open(file, O_RDONLY), 3, 2)), 'cde');
		},
	},
];

/** ioctl(2) on a plain entry: name, command, size of the answer, and the errno or the 32-bit answer. */
const ioctls: readonly [string, number, number, string | number][] = [
	['a terminal command', TCGETS, 64, 'ENOTTY'],
	['an unknown command', 0x1234, 0, 'ENOTTY'],
	['FS_IOC_GETFLAGS', FS_IOC_GETFLAGS, 8, 'ENOTTY'],
	['FIBMAP', FIBMAP, 4, 'EINVAL'],
	['FIGETBSZ', FIGETBSZ, 4, 1024],
	['FIONREAD', FIONREAD, 4, 0],
];

const ioctlContracts = ioctls.map(
	([name, cmd, size, want]): Contract => ({
		title: `ioctl: ${name} on a plain entry is ${want}`,
		file: '/proc/version',
		async run(t, { sys, file }) {
			const answer = sys.ioctl(await sys.open(file, O_RDONLY), cmd, size);
			if (typeof want === 'string') await t.rejects(answer, { code: want });
			else t.equal(Buffer.from((await answer).data).readInt32LE(), want);
		},
	}),
);

const others: readonly Contract[] = [
	{
		title: 'poll: a plain entry is always readable and writable',
		file: '/proc/version',
		async run(t, { sys, file }) {
			const fd = await sys.open(file, O_RDONLY);
			t.equal(await sys.poll(fd, DEFAULT_POLLMASK, 0), DEFAULT_POLLMASK);
			await readFile(sys, file);
			t.equal(await sys.poll(fd, DEFAULT_POLLMASK, 0), DEFAULT_POLLMASK);
		},
	},
	{
		title: 'epoll_ctl: a plain entry can be watched',
		needs: ['memory'],
		file: '/proc/version',
		async run(t, { sys, file }) {
			await sys.epollAdd(await sys.open(file, O_RDONLY));
			t.pass('accepted');
		},
	},
	{
		title: 'sendfile: a file is copied, though its size is 0',
		needs: ['memory'],
		file: '/proc/version',
		async run(t, { sys, file }) {
			const { length } = await readFile(sys, file);
			t.equal(await sys.sendfile(await sys.open(file, O_RDONLY), 4096), length);
		},
	},
	{
		title: 'mmap: an entry without proc_mmap is EIO',
		needs: ['memory'],
		file: '/proc/version',
		async run(t, { sys, file }) {
			await t.rejects(sys.mmap(await sys.open(file, O_RDONLY)), { code: 'EIO' });
		},
	},
];

export const procInode: readonly Contract[] = [...stat, ...readWrite, ...ioctlContracts, ...others];
