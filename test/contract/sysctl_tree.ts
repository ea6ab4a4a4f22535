/**
 * sysctl_tree - the files and directories under /proc/sys: who may do what, what they look like, poll.
 *
 * Simulated by kernel-sim/fs/proc/proc_sysctl_inode.ts after fs/proc/proc_sysctl.c.
 */

import {
	O_CREAT,
	O_RDONLY,
	O_RDWR,
	O_TRUNC,
	O_WRONLY,
	SEEK_CUR,
	SEEK_DATA,
	SEEK_END,
	SEEK_SET,
} from '../../src/uapi/fcntl.ts';
import { POLLERR, POLLHUP, POLLIN, POLLOUT, POLLPRI } from '../../src/uapi/poll.ts';
import { S_IFDIR, S_IFIFO, S_IFREG } from '../../src/uapi/stat.ts';
import type { Contract } from '../runner/contract.ts';
import { NOBODY } from '../runner/sys.ts';
import { readDir, readFile, text, writeFile } from './files.ts';

const modules = ['test_sysctl'];
const dir = '/proc/sys/debug/test_sysctl';
const ASKED = POLLIN | POLLPRI | POLLOUT;
const TCGETS = 0x5401;
const KMALLOC_MAX_SIZE = 4 * 1024 * 1024;

export const sysctlTree: readonly Contract[] = [
	{
		title: 'proc_sys: a file has size 0, no blocks and one link; so has a directory, 0555',
		file: '/proc/sys',
		async run(t, { sys, file }) {
			const common = { size: 0, blocks: 0, nlink: 1, uid: 0, gid: 0, rdev: 0 };
			t.match(await sys.stat(`${file}/kernel/ostype`), { ...common, mode: S_IFREG | 0o444 });
			t.match(await sys.stat(`${file}/vm/swappiness`), { ...common, mode: S_IFREG | 0o644 });
			t.match(await sys.stat(`${file}/vm/drop_caches`), { ...common, mode: S_IFREG | 0o200 });
			for (const path of ['', '/kernel', '/net/ipv4']) {
				t.match(await sys.stat(`${file}${path}`), { ...common, mode: S_IFDIR | 0o555 }, path);
			}
			t.match(await sys.stat(`${file}/fs/binfmt_misc`), { nlink: 2, mode: S_IFDIR | 0o555 });
		},
	},
	{
		title: 'proc_sys_readdir: the dots, then the names by their bytes',
		file: '/proc/sys',
		async run(t, { sys, file }) {
			for (const path of ['', '/kernel', '/vm', '/fs', '/net/ipv4', '/net/ipv4/conf/lo']) {
				const names = (await readDir(sys, `${file}${path}`)).map(({ name }) => name);
				t.same(names.slice(0, 2), ['.', '..'], path);
				t.same(names.slice(2), names.slice(2).sort(), path);
			}
			t.same(
				(await readDir(sys, file, 64)).map(({ name }) => name),
				(await readDir(sys, file)).map(({ name }) => name),
			);
		},
	},
	{
		title: 'sysctl_perm: root keeps to the mode',
		needs: ['sysctl'],
		file: '/proc/sys',
		async run(t, { sys, file }) {
			await t.rejects(sys.open(`${file}/kernel/ostype`, O_WRONLY), { code: 'EACCES' });
			await t.rejects(sys.open(`${file}/kernel/ostype`, O_RDWR), { code: 'EACCES' });
			await t.rejects(sys.open(`${file}/kernel/ostype`, O_RDONLY | O_TRUNC), { code: 'EACCES' });
			await t.rejects(sys.open(`${file}/vm/drop_caches`, O_RDONLY), { code: 'EACCES' });
		},
	},
	{
		title: 'sysctl_perm: access(2) tells root what the mode says',
		needs: ['sysctl'],
		file: '/proc/sys',
		async run(t, { sys, file }) {
			await t.rejects(sys.access(`${file}/kernel/ostype`, 1), { code: 'EACCES' });
			await t.rejects(sys.access(`${file}/kernel/ostype`, 2), { code: 'EACCES' });
			await t.resolves(sys.access(`${file}/vm/swappiness`, 6));
			await t.rejects(sys.access(file, 2), { code: 'EACCES' });
		},
	},
	{
		title: 'sysctl_perm: nobody reads what others may, and writes nothing',
		needs: ['nobody', 'sysctl'],
		file: '/proc/sys',
		async run(t, { sys, file }) {
			const nobody = await sys.fork(NOBODY);
			t.equal(await readFile(nobody, `${file}/kernel/ostype`), 'Linux\n');
			await t.rejects(nobody.open(`${file}/vm/swappiness`, O_WRONLY), { code: 'EACCES' });
			await t.rejects(nobody.open(`${file}/kernel/cad_pid`, O_RDONLY), { code: 'EACCES' });
			await t.rejects(nobody.open(`${file}/net/unix/max_dgram_qlen`, O_WRONLY), { code: 'EACCES' });
			await t.rejects(nobody.open(`${file}/user/max_user_namespaces`, O_WRONLY), { code: 'EACCES' });
			await t.resolves(nobody.open(`${file}/kernel/ns_last_pid`, O_WRONLY).then(fd => nobody.close(fd)));
			await t.rejects(nobody.chmod(`${file}/vm/swappiness`, 0o666), { code: 'EPERM' });
		},
	},
	{
		title: 'proc_sys_setattr: modes and owners stay, and a size is forgotten',
		needs: ['sysctl'],
		file: '/proc/sys/vm/swappiness',
		async run(t, { sys, file }) {
			await t.rejects(sys.chmod(file, 0o600), { code: 'EPERM' });
			await t.rejects(sys.chown(file, 1, 1), { code: 'EPERM' });
			await t.rejects(sys.chmod(file.replace(/\/swappiness$/, ''), 0o700), { code: 'EPERM' });
			const before = await readFile(sys, file);
			await sys.truncate(file, 0);
			await sys.close(await sys.open(file, O_WRONLY | O_TRUNC));
			t.equal(await readFile(sys, file), before);
			t.match(await sys.stat(file), { size: 0, mode: S_IFREG | 0o644 });
		},
	},
	{
		title: 'proc_sys_lookup: nothing can be made under /proc/sys, and nothing removed',
		needs: ['sysctl'],
		file: '/proc/sys/vm',
		async run(t, { sys, file }) {
			await t.rejects(sys.open(`${file}/new`, O_CREAT | O_WRONLY, 0o644), { code: 'ENOENT' });
			await t.rejects(sys.mkdir(`${file}/new`, 0o755), { code: 'ENOENT' });
			await t.rejects(sys.mknod(`${file}/new`, S_IFIFO | 0o644, 0), { code: 'ENOENT' });
			await t.rejects(sys.symlink('x', `${file}/new`), { code: 'ENOENT' });
			await t.rejects(sys.unlink(`${file}/swappiness`), { code: 'EACCES' });
			await t.rejects(sys.rmdir(file), { code: 'EACCES' });
			await t.rejects(sys.rename(`${file}/swappiness`, `${file}/drop_caches`), { code: 'EACCES' });
			await t.rejects(sys.stat(`${file}/new`), { code: 'ENOENT' });
			await t.rejects(sys.stat(`${file}/swappiness/x`), { code: 'ENOTDIR' });
		},
	},
	{
		title: 'default_llseek: any position that is not negative, and the end is at 0',
		file: '/proc/sys/vm/swappiness',
		async run(t, { sys, file }) {
			const fd = await sys.open(file, O_RDONLY);
			t.equal(await sys.lseek(fd, 5, SEEK_SET), 5);
			t.equal(text(await sys.read(fd, 10)), '');
			t.equal(await sys.lseek(fd, 3, SEEK_CUR), 8);
			t.equal(await sys.lseek(fd, 0, SEEK_END), 0);
			await t.rejects(sys.lseek(fd, -1, SEEK_SET), { code: 'EINVAL' });
			await t.rejects(sys.lseek(fd, 0, SEEK_DATA), { code: 'ENXIO' });
			t.match(text(await sys.pread(fd, 10, 0)), /^\d+\n$/);
		},
	},
	{
		title: 'proc_sys_call_handler: 4 MiB are more than the kernel has memory for',
		modules,
		file: `${dir}/int_0002`,
		async run(t, { sys, file }) {
			const fd = await sys.open(file, O_RDWR);
			await t.rejects(sys.read(fd, KMALLOC_MAX_SIZE), { code: 'ENOMEM' });
			await t.rejects(sys.write(fd, '1'.padEnd(KMALLOC_MAX_SIZE, ' ')), { code: 'ENOMEM' });
			t.equal(text(await sys.read(fd, KMALLOC_MAX_SIZE - 1)), '1\n');
		},
	},
	{
		title: 'proc_sys: ioctl is ENOTTY',
		file: '/proc/sys/vm/swappiness',
		async run(t, { sys, file }) {
			await t.rejects(sys.ioctl(await sys.open(file, O_RDONLY), TCGETS, 64), { code: 'ENOTTY' });
		},
	},
	{
		title: 'proc_sys_poll: a file that nobody can wait for is always readable and writable',
		file: '/proc/sys/vm/swappiness',
		async run(t, { sys, file }) {
			t.equal(await sys.poll(await sys.open(file, O_RDONLY), ASKED, 0), POLLIN | POLLOUT);
		},
	},
	{
		title: 'proc_sys_poll_notify: a new hostname is told once to each who has the file open',
		modules,
		file: '/proc/sys/kernel/hostname',
		async run(t, { sys, file }) {
			const before = await readFile(sys, file);
			const [one, other] = [await sys.open(file, O_RDONLY), await sys.open(file, O_RDONLY)];
			t.equal(await sys.poll(one, ASKED, 0), POLLIN | POLLOUT);
			t.equal(await writeFile(sys, file, 'contract'), 8);
			t.equal(await sys.poll(one, ASKED, 0), POLLIN | POLLERR | POLLPRI);
			t.equal(await sys.poll(one, ASKED, 0), POLLIN | POLLOUT, 'the poll has consumed it');
			t.equal(await sys.poll(other, ASKED, 0), POLLIN | POLLERR | POLLPRI);
			t.equal(text(await sys.pread(one, 100, 0)), 'contract\n');
			await writeFile(sys, file, before);
		},
	},
	{
		title: 'proc_do_uts_string: a name is cut at 64 bytes',
		modules,
		file: '/proc/sys/kernel/domainname',
		async run(t, { sys, file }) {
			const before = await readFile(sys, file);
			t.equal(await writeFile(sys, file, 'd'.repeat(70)), 70);
			t.equal(await readFile(sys, file), `${'d'.repeat(64)}\n`);
			await writeFile(sys, file, before);
		},
	},
	{
		title: 'proc_do_cad_pid: a process that there is not is ESRCH',
		modules,
		file: '/proc/sys/kernel/cad_pid',
		async run(t, { sys, file }) {
			t.equal(await readFile(sys, file), '1\n');
			await t.rejects(writeFile(sys, file, '4194303'), { code: 'ESRCH' });
			t.equal(await writeFile(sys, file, '1'), 1);
		},
	},
	{
		title: 'register_sysctl_mount_point: an empty directory, in which nothing can be made',
		modules,
		file: `${dir}/mnt`,
		async run(t, { sys, file }) {
			t.same(
				(await readDir(sys, file)).map(({ name }) => name),
				['.', '..'],
			);
			t.match(await sys.stat(file), { mode: S_IFDIR | 0o555, nlink: 2 });
			await t.rejects(sys.stat(`${file}/mnt_error`), { code: 'ENOENT' });
			await t.rejects(sys.mkdir(`${file}/new`, 0o755), { code: 'ENOENT' });
			await t.rejects(sys.chmod(file, 0o700), { code: 'EPERM' });
		},
	},
	{
		title: 'register_sysctl: a directory goes with the last table in it',
		modules,
		file: dir,
		async run(t, { sys, file }) {
			const names = (await readDir(sys, file)).map(({ name }) => name);
			t.notOk(names.includes('unregister_error'));
			t.same(
				(await readDir(sys, `${file}/empty_add`)).map(({ name }) => name),
				['.', '..', 'empty'],
			);
		},
	},
	{
		title: 'unregister_sysctl_table: whoever still has a file open is told ENOENT',
		needs: ['insmod'],
		file: dir,
		async run(t, { sys, file, insmod, rmmod }) {
			await insmod('test_sysctl');
			const fd = await sys.open(`${file}/int_0001`, O_RDWR);
			const list = await sys.open(file, O_RDONLY);
			t.equal(text(await sys.read(fd, 100)), '60\n');
			await rmmod('test_sysctl');
			await t.rejects(sys.pread(fd, 100, 0), { code: 'ENOENT' });
			await t.rejects(sys.write(fd, '5\n'), { code: 'ENOENT' });
			await t.rejects(sys.fstat(fd), { code: 'ENOENT' });
			t.equal(await sys.poll(fd, ASKED, 0), POLLERR | POLLHUP);
			await t.rejects(sys.getdents(list), { code: 'ENOENT' });
			await t.rejects(sys.stat(`${file}/int_0001`), { code: 'ENOENT' });
			await t.rejects(sys.stat(file), { code: 'ENOENT' });
			await insmod('test_sysctl');
			t.equal(await readFile(sys, `${file}/int_0001`), '60\n');
			await t.rejects(sys.pread(fd, 100, 0), { code: 'ENOENT' }, 'a new table has its own files');
			await rmmod('test_sysctl');
		},
	},
];
