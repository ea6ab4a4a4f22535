/**
 * sysfs_names - what the tree of sysfs looks like, who may open what, and that nobody can make or remove anything.
 *
 * Simulated by kernel-sim/fs/kernfs after fs/kernfs/dir.c, inode.c and file.c, on the test module contract_sysfs and on files
 * that any Linux has.
 */

import {
	O_APPEND,
	O_CREAT,
	O_DIRECT,
	O_RDONLY,
	O_RDWR,
	O_TRUNC,
	O_WRONLY,
	SEEK_CUR,
	SEEK_DATA,
	SEEK_END,
	SEEK_HOLE,
	SEEK_SET,
} from '../../src/uapi/fcntl.ts';
import { S_IFCHR, S_IFDIR, S_IFLNK, S_IFREG } from '../../src/uapi/stat.ts';
import type { Contract } from '../runner/contract.ts';
import { NOBODY, type Sys } from '../runner/sys.ts';
import { readDir, readFile, withFile, writeFile } from './files.ts';

const DIR = '/sys/kernel/contract_sysfs';
const FSCAPS = '/sys/kernel/fscaps';
const SYSFS_MAGIC = 0x62656572;

/** A contract on the directory of the test module. */
function on(title: string, run: Contract['run'], more: Partial<Contract> = {}): Contract {
	return { title, modules: ['contract_sysfs'], file: DIR, run, ...more };
}

const tree: readonly Contract[] = [
	{
		title: 'sysfs: the directories at the top',
		file: '/sys',
		async run(t, { sys, file }) {
			const names = (await readDir(sys, file)).map(({ name }) => name);
			for (const name of ['block', 'bus', 'class', 'dev', 'devices', 'firmware', 'fs', 'kernel', 'module', 'power']) {
				t.ok(names.includes(name), name);
				t.match(await sys.stat(`${file}/${name}`), { mode: S_IFDIR | 0o755, size: 0, uid: 0, gid: 0 }, name);
			}
			t.match(await sys.stat(file), { mode: S_IFDIR | 0o555, size: 0 });
		},
	},
	{
		title: 'sysfs_add_file_mode_ns: an attribute is 4096 bytes long, whatever it shows',
		file: FSCAPS,
		async run(t, { sys, file }) {
			const want = { mode: S_IFREG | 0o444, size: 4096, blksize: 4096, blocks: 0, nlink: 1, uid: 0, gid: 0 };
			t.match(await sys.stat(file), want);
			t.equal(await readFile(sys, file), '1\n');
			t.match(await sys.stat(file), want);
		},
	},
	{
		title: 'ksysfs: what /sys/kernel tells of the machine',
		file: '/sys/kernel',
		async run(t, { sys, file }) {
			t.equal(await readFile(sys, `${file}/address_bits`), '64\n');
			t.equal(await readFile(sys, `${file}/cpu_byteorder`), 'little\n');
			t.match(await readFile(sys, `${file}/uevent_seqnum`), /^\d+\n$/);
			t.match(await readFile(sys, `${file}/oops_count`), /^\d+\n$/);
			t.match(await readFile(sys, `${file}/warn_count`), /^\d+\n$/);
		},
	},
	{
		title: 'pm_init: /sys/power has the states to go into, and refuses what is none',
		file: '/sys/power',
		async run(t, { sys, file }) {
			t.match(await sys.stat(`${file}/state`), { mode: S_IFREG | 0o644, size: 4096 });
			t.match(await readFile(sys, `${file}/state`), /^((freeze|standby|mem|disk)( (standby|mem|disk))*\n)?$/);
			const code = (await readFile(sys, `${file}/state`)) === '' ? 'ENOSYS' : 'EINVAL';
			for (const data of ['nonsense', 'on', '\n', ' mem', 'diskette']) {
				await t.rejects(writeFile(sys, `${file}/state`, data), { code }, data);
			}
			await t.rejects(writeFile(sys, `${file}/pm_freeze_timeout`, 'x'), { code: 'EINVAL' });
		},
	},
	on('sysfs: modes and sizes are those that were asked for', async (t, { sys, file }) => {
		const modes = { value: 0o644, ro: 0o444, wo: 0o200, none: 0, secret: 0o400 };
		for (const [name, mode] of Object.entries(modes)) {
			t.match(await sys.stat(`${file}/${name}`), { mode: S_IFREG | mode, size: 4096, nlink: 1 }, name);
		}
		t.match(await sys.stat(`${file}/bytes`), { mode: S_IFREG | 0o644, size: 100, blocks: 0 });
		t.match(await sys.stat(`${file}/endless`), { mode: S_IFREG | 0o644, size: 0 });
		t.match(await sys.stat(file), { mode: S_IFDIR | 0o755, nlink: 4, size: 0 });
		t.match(await sys.stat(`${file}/child`), { mode: S_IFDIR | 0o755, nlink: 2, size: 0 });
	}),
	on('sysfs_create_link: a link is relative, and has no size', async (t, { sys, file }) => {
		t.equal(await sys.readlink(`${file}/down`), 'child');
		t.equal(await sys.readlink(`${file}/child/up`), '../../contract_sysfs');
		t.match(await sys.lstat(`${file}/child/up`), { mode: S_IFLNK | 0o777, size: 0, nlink: 1 });
		t.equal(await readFile(sys, `${file}/down/up/down/up/ro`), 'text\n');
	}),
	on('sysfs_create_group: a group is a directory, in which not every file is visible', async (t, { sys, file }) => {
		const names = async () => (await readDir(sys, `${file}/inner`)).map(({ name }) => name).sort();
		t.same(await names(), ['.', '..', 'a', 'b']);
		t.match(await sys.stat(`${file}/inner`), { mode: S_IFDIR | 0o755 });
		t.match(await sys.stat(`${file}/inner/a`), { mode: S_IFREG | 0o444 });
		t.match(await sys.stat(`${file}/inner/b`), { mode: S_IFREG | 0o400 });
	}),
	on('sysfs_update_group: files come and go, and those that were open before are gone', async (t, { sys, file }) => {
		await withFile(sys, `${file}/inner/b`, O_RDONLY, async fd => {
			await writeFile(sys, `${file}/control`, 'hide');
			await t.rejects(sys.stat(`${file}/inner/b`), { code: 'ENOENT' });
			await t.rejects(sys.read(fd, 10), { code: 'ENODEV' });
		});
		t.equal(await readFile(sys, `${file}/inner/a`), 'text\n');
		await writeFile(sys, `${file}/control`, 'show');
		t.equal(await readFile(sys, `${file}/inner/b`), 'text\n');
	}),
	on('sysfs: a listing has each name once, and its inode number', async (t, { sys, file }) => {
		const entries = await readDir(sys, file, 100);
		t.equal(new Set(entries.map(({ name }) => name)).size, entries.length);
		for (const { name, ino } of entries) {
			if (name !== '..') t.equal(ino, (await sys.lstat(`${file}/${name}`)).ino, name);
		}
	}),
	{
		title: 'statfs: the magic number of sysfs',
		file: '/sys',
		async run(t, { sys, file }) {
			t.match(await sys.statfs(file), { type: SYSFS_MAGIC, bsize: 4096 });
		},
	},
];

/** Who may open what: for root, and for nobody where that is another answer. */
const opens: readonly (readonly [name: string, flags: number, flagName: string, root: string, nobody?: string])[] = [
	['ro', O_RDONLY, 'O_RDONLY', ''],
	['ro', O_WRONLY, 'O_WRONLY', 'EACCES'],
	['ro', O_RDWR, 'O_RDWR', 'EACCES'],
	['ro', O_RDONLY | O_TRUNC, 'O_TRUNC', '', 'EACCES'],
	['ro', O_RDONLY | O_APPEND, 'O_APPEND', ''],
	['ro', O_RDONLY | O_DIRECT, 'O_DIRECT', 'EINVAL'],
	['wo', O_RDONLY, 'O_RDONLY', 'EACCES'],
	['wo', O_WRONLY, 'O_WRONLY', '', 'EACCES'],
	['wo', O_RDWR, 'O_RDWR', 'EACCES'],
	['none', O_RDONLY, 'O_RDONLY', 'EACCES'],
	['none', O_WRONLY, 'O_WRONLY', 'EACCES'],
	['secret', O_RDONLY, 'O_RDONLY', '', 'EACCES'],
	['value', O_RDWR, 'O_RDWR', '', 'EACCES'],
	['value', O_RDONLY, 'O_RDONLY', ''],
	['bytes_ro', O_WRONLY, 'O_WRONLY', 'EACCES'],
	['bytes_wo', O_RDONLY, 'O_RDONLY', 'EACCES'],
];

async function check(t: Parameters<Contract['run']>[0], sys: Sys, path: string, flags: number, code: string) {
	if (code === '') await sys.close(await sys.open(path, flags));
	else await t.rejects(sys.open(path, flags), { code });
}

const opening: readonly Contract[] = opens.flatMap(([name, flags, flagName, root, nobody = root]) => [
	on(`kernfs_fop_open: ${flagName} of ${name} is ${root || 'allowed'}`, (t, { sys, file }) =>
		check(t, sys, `${file}/${name}`, flags, root),
	),
	on(
		`kernfs_fop_open: ${flagName} of ${name} is ${nobody || 'allowed'} for nobody`,
		async (t, { sys, file }) => check(t, await sys.fork(NOBODY), `${file}/${name}`, flags, nobody),
		{ needs: ['nobody'] },
	),
]);

/** A call that is refused: what, how, its errno for root and for nobody; empty where that is another contract's. */
type Refusal = readonly [
	title: string,
	call: (sys: Sys, dir: string) => Promise<unknown>,
	root: string,
	nobody: string,
];

const refusals: readonly Refusal[] = [
	['open(O_CREAT)', (sys, dir) => sys.open(`${dir}/new`, O_CREAT | O_WRONLY, 0o644), 'EACCES', 'EACCES'],
	['mkdir', (sys, dir) => sys.mkdir(`${dir}/new`, 0o755), 'EPERM', 'EACCES'],
	['mknod of a file', (sys, dir) => sys.mknod(`${dir}/new`, S_IFREG | 0o644, 0), 'EACCES', 'EACCES'],
	['mknod of a device', (sys, dir) => sys.mknod(`${dir}/new`, S_IFCHR | 0o644, 0x103), 'EPERM', 'EACCES'],
	['symlink', (sys, dir) => sys.symlink('fscaps', `${dir}/new`), 'EPERM', 'EACCES'],
	['link', (sys, dir) => sys.link(`${dir}/fscaps`, `${dir}/new`), 'EPERM', ''],
	['rename', (sys, dir) => sys.rename(`${dir}/fscaps`, `${dir}/new`), 'EPERM', 'EACCES'],
	['unlink', (sys, dir) => sys.unlink(`${dir}/fscaps`), 'EPERM', 'EACCES'],
	['unlink of a directory', (sys, dir) => sys.unlink(`${dir}/../fs`), 'EISDIR', 'EACCES'],
	['rmdir', (sys, dir) => sys.rmdir(`${dir}/../fs`), 'EPERM', 'EACCES'],
	['rmdir of a file', (sys, dir) => sys.rmdir(`${dir}/fscaps`), 'ENOTDIR', 'EACCES'],
	['mkdir of a name that is there', (sys, dir) => sys.mkdir(`${dir}/fscaps`, 0o755), 'EEXIST', 'EEXIST'],
	['chmod', (sys, dir) => sys.chmod(`${dir}/fscaps`, 0o7000), '', 'EPERM'],
	['a name of 256 bytes', (sys, dir) => sys.stat(`${dir}/${'n'.repeat(256)}`), 'ENOENT', 'ENOENT'],
	['a name of 255 bytes', (sys, dir) => sys.stat(`${dir}/${'n'.repeat(255)}`), 'ENOENT', 'ENOENT'],
	['setxattr of user.*', (sys, dir) => sys.setxattr(`${dir}/fscaps`, 'user.x', '1'), 'EOPNOTSUPP', 'EACCES'],
	['setxattr of trusted.*', (sys, dir) => sys.setxattr(`${dir}/fscaps`, 'trusted.', '1'), 'EINVAL', 'EPERM'],
	['truncate', (sys, dir) => sys.truncate(`${dir}/uevent_seqnum`, 10), '', 'EACCES'],
];

const names: readonly Contract[] = refusals
	.filter(([, , root]) => root !== '')
	.map(([title, call, root]) => ({
		title: `sysfs: ${title} is ${root}`,
		file: '/sys/kernel',
		async run(t, { sys, file }) {
			await t.rejects(call(sys, file), { code: root });
		},
	}));

const namesForNobody: readonly Contract[] = refusals
	.filter(([, , , nobody]) => nobody !== '')
	.map(([title, call, , nobody]) => ({
		title: `sysfs: ${title} is ${nobody} for nobody`,
		needs: ['nobody'],
		file: '/sys/kernel',
		async run(t, { sys, file }) {
			const user = await sys.fork(NOBODY);
			await t.rejects(call(user, file), { code: nobody });
		},
	}));

const attributes: readonly Contract[] = [
	on('kernfs_iop_setattr: a size is taken and forgotten, mode and owner stay', async (t, { sys, file }) => {
		const path = `${file}/value`;
		await sys.truncate(path, 10);
		t.equal((await sys.stat(path)).size, 4096);
		await withFile(sys, path, O_WRONLY, fd => sys.ftruncate(fd, 0));
		await withFile(sys, path, O_RDONLY, fd => t.rejects(sys.ftruncate(fd, 0), { code: 'EINVAL' }));
		t.equal((await sys.stat(path)).size, 4096);
		await sys.chmod(path, 0o400);
		await sys.chown(path, 5, 6);
		t.match(await sys.stat(path), { mode: S_IFREG | 0o400, uid: 5, gid: 6 });
		await t.rejects(sys.open(path, O_WRONLY), { code: 'EACCES' });
		await sys.chmod(path, 0o666);
		await sys.close(await sys.open(path, O_WRONLY));
		await sys.utimes(path, 1000, 2000);
		t.match(await sys.stat(path), { atime: 1_000_000, mtime: 2_000_000 });
		await sys.setxattr(path, 'trusted.contract', 'kept');
	}),
	on('kernfs_fop_open: a mode that allows it is not enough where there is no operation', async (t, { sys, file }) => {
		await sys.chmod(`${file}/bytes_ro`, 0o666);
		await t.rejects(sys.open(`${file}/bytes_ro`, O_WRONLY), { code: 'EACCES' });
		await sys.chmod(`${file}/ro`, 0o666);
		await withFile(sys, `${file}/ro`, O_WRONLY, fd => t.rejects(sys.write(fd, 'x'), { code: 'EIO' }));
	}),
	{
		title: 'generic_file_llseek: an attribute is sought in by the size of a page',
		file: FSCAPS,
		run: (t, { sys, file }) =>
			withFile(sys, file, O_RDONLY, async fd => {
				t.equal(await sys.lseek(fd, 0, SEEK_END), 4096);
				t.equal(await sys.lseek(fd, -96, SEEK_END), 4000);
				t.equal(await sys.lseek(fd, 5, SEEK_CUR), 4005);
				t.equal(await sys.lseek(fd, 0, SEEK_DATA), 0);
				t.equal(await sys.lseek(fd, 0, SEEK_HOLE), 4096);
				t.equal(await sys.lseek(fd, 2 ** 31 - 1, SEEK_SET), 2 ** 31 - 1);
				await t.rejects(sys.lseek(fd, -1, SEEK_SET), { code: 'EINVAL' });
				await t.rejects(sys.lseek(fd, 4096, SEEK_DATA), { code: 'ENXIO' });
				await t.rejects(sys.lseek(fd, 4096, SEEK_HOLE), { code: 'ENXIO' });
			}),
	},
	{
		title: 'generic_file_llseek: a position of 2^31 is EINVAL in sysfs',
		file: FSCAPS,
		async run(t, { sys, file }) {
			const fd = await sys.open(file, O_RDONLY);
			await t.rejects(sys.lseek(fd, 2 ** 31, SEEK_SET), { code: 'EINVAL' });
			await sys.close(fd);
		},
	},
	{
		title: 'kernfs_file_fops: an attribute has no ioctl',
		file: FSCAPS,
		async run(t, { sys, file }) {
			const fd = await sys.open(file, O_RDONLY);
			await t.rejects(sys.ioctl(fd, 0x1234, 4), { code: 'ENOTTY' });
			await sys.close(fd);
		},
	},
	{
		title: 'kernfs_file_fops: an attribute cannot be mapped',
		needs: ['memory'],
		file: FSCAPS,
		async run(t, { sys, file }) {
			const fd = await sys.open(file, O_RDONLY);
			await t.rejects(sys.mmap(fd), { code: 'ENODEV' });
			await sys.close(fd);
		},
	},
];

export const sysfsNames: readonly Contract[] = [...tree, ...opening, ...names, ...namesForNobody, ...attributes];
