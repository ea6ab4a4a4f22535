/**
 * proc_pid_more - files of a process beyond those that every program reads: where it is, its limits, what it has moved.
 *
 * Simulated by kernel-sim/fs/proc/task_links.ts, own_entries.ts and oom_adj.ts after fs/proc/base.c, and fd.ts after fd.c.
 */

import { O_CLOEXEC, O_RDONLY, O_RDWR, O_WRONLY } from '../../src/uapi/fcntl.ts';
import { S_IFDIR, S_IFLNK, S_IFREG } from '../../src/uapi/stat.ts';
import type { Contract } from '../runner/contract.ts';
import { NOBODY } from '../runner/sys.ts';
import { readDir, readFile, readLines, withFile, writeFile } from './files.ts';

const links: readonly Contract[] = [
	{
		title: 'proc_pid_readlink: cwd and root are absolute paths, and 0777',
		async run(t, { sys, root }) {
			for (const name of ['cwd', 'root']) {
				t.match(await sys.readlink(`${root}/proc/self/${name}`), /^\//, name);
				t.match(await sys.lstat(`${root}/proc/self/${name}`), { mode: S_IFLNK | 0o777, size: 0 }, name);
			}
			t.equal(await sys.readlink(`${root}/proc/self/root`), '/');
			t.equal(
				await sys.readlink(`${root}/proc/self/task/${sys.pid}/cwd`),
				await sys.readlink(`${root}/proc/self/cwd`),
				'its thread is where it is',
			);
		},
	},
	{
		title: 'ptrace_may_access: nobody may not see where a process of root is, and root may see all',
		needs: ['nobody'],
		async run(t, { sys, root }) {
			const nobody = await sys.fork(NOBODY);
			for (const name of ['cwd', 'root', 'exe']) {
				await t.rejects(nobody.readlink(`${root}/proc/${sys.pid}/${name}`), { code: 'EACCES' }, name);
			}
			t.match(await nobody.readlink(`${root}/proc/self/cwd`), /^\//);
			t.match(await sys.readlink(`${root}/proc/${nobody.pid}/cwd`), /^\//);
		},
	},
];

/** Limits in their order, with their units. */
const limits: readonly (readonly [name: string, unit: string])[] = [
	['Max cpu time', 'seconds'],
	['Max file size', 'bytes'],
	['Max data size', 'bytes'],
	['Max stack size', 'bytes'],
	['Max core file size', 'bytes'],
	['Max resident set', 'bytes'],
	['Max processes', 'processes'],
	['Max open files', 'files'],
	['Max locked memory', 'bytes'],
	['Max address space', 'bytes'],
	['Max file locks', 'locks'],
	['Max pending signals', 'signals'],
	['Max msgqueue size', 'bytes'],
	['Max nice priority', ''],
	['Max realtime priority', ''],
	['Max realtime timeout', 'us'],
];

const files: readonly Contract[] = [
	{
		title: 'proc_pid_limits: name, soft limit, hard limit and unit in columns',
		async run(t, { sys, root }) {
			const [heading, ...rows] = await readLines(sys, `${root}/proc/self/limits`);
			t.equal(heading, 'Limit                     Soft Limit           Hard Limit           Units     ');
			t.same(
				rows.map(row => [row.slice(0, 25).trimEnd(), row.slice(68).trimEnd()]),
				limits,
			);
			for (const [i, row] of rows.entries()) {
				t.match(row.slice(25, 68), /^( (unlimited|\d+) +){2}$/);
				t.equal(row.length, limits[i]![1] === '' ? 68 : 78);
			}
		},
	},
	{
		title: 'proc_tgid_io_accounting: seven numbers, which count what the process reads and writes',
		async run(t, { sys, root }) {
			t.match(await sys.stat(`${root}/proc/self/io`), { mode: S_IFREG | 0o400 });
			const io = async () => (await readLines(sys, `${root}/proc/self/io`)).map(line => line.split(': '));
			const before = await io();
			t.same(
				before.map(([name]) => name),
				['rchar', 'wchar', 'syscr', 'syscw', 'read_bytes', 'write_bytes', 'cancelled_write_bytes'],
			);
			const length = (await readFile(sys, `${root}/proc/version`)).length;
			const after = await io();
			const growth = (at: number) => Number(after[at]![1]) - Number(before[at]![1]);
			t.ok(growth(0) >= length && growth(2) >= 2);
		},
	},
	{
		title: 'oom_score_adj: from -1000 to 1000, and oom_adj is the same in 32 steps',
		async run(t, { sys, root }) {
			const other = await sys.fork();
			const file = (name: string) => `${root}/proc/${other.pid}/${name}`;
			t.match(await sys.stat(file('oom_score_adj')), { mode: S_IFREG | 0o644, size: 0 });
			for (const [adj, old] of [
				['500', '8'],
				['1000', '15'],
				['7', '0'],
				['0', '0'],
			]) {
				t.equal(await writeFile(sys, file('oom_score_adj'), `${adj}\n`), adj!.length + 1);
				t.equal(await readFile(sys, file('oom_score_adj')), `${adj}\n`);
				t.equal(await readFile(sys, file('oom_adj')), `${old}\n`);
			}
			for (const wrong of ['1001', '-1001', 'x', '1 2']) {
				await t.rejects(writeFile(sys, file('oom_score_adj'), wrong), { code: 'EINVAL' }, wrong);
			}
			t.match(await readFile(sys, file('oom_score')), /^\d+\n$/);
		},
	},
	{
		title: 'oom_score_adj: nobody may raise it, and lower it only to what it was',
		needs: ['nobody'],
		async run(t, { sys, root }) {
			const nobody = await sys.fork(NOBODY);
			await withFile(nobody, `${root}/proc/self/oom_score_adj`, O_RDWR, async fd => {
				t.equal(await nobody.write(fd, '300'), 3);
				t.equal(await nobody.write(fd, '0'), 1);
				await t.rejects(nobody.write(fd, '-1'), { code: 'EACCES' });
			});
		},
	},
	{
		title: 'proc_pid_personality: eight digits, for the process itself and root',
		needs: ['nobody'],
		async run(t, { sys, root }) {
			t.match(await readFile(sys, `${root}/proc/self/personality`), /^[0-9a-f]{8}\n$/);
			const nobody = await sys.fork(NOBODY);
			await t.rejects(nobody.open(`${root}/proc/${sys.pid}/personality`, O_RDONLY), { code: 'EACCES' });
			for (const name of ['environ', 'auxv', 'io']) {
				await t.rejects(nobody.open(`${root}/proc/${sys.pid}/${name}`, O_RDONLY), { code: 'EACCES' }, name);
			}
		},
	},
];

/** The mode of the link to a file that is opened with some flags. */
const rights: readonly (readonly [flags: number, bits: number])[] = [
	[O_RDONLY, 0o500],
	[O_WRONLY, 0o300],
	[O_RDWR, 0o700],
];

const descriptors: readonly Contract[] = [
	{
		title: 'proc_readfd: open files are links, with the rights that they were opened with',
		async run(t, { sys, root }) {
			t.match(await sys.stat(`${root}/proc/self/fd`), { mode: S_IFDIR | 0o500, nlink: 2 });
			const path = `${root}/proc/version`;
			for (const [flags, bits] of rights) {
				const fd = await sys.open(path, flags);
				const link = `${root}/proc/self/fd/${fd}`;
				t.match(await sys.lstat(link), { mode: S_IFLNK | bits, size: 64 });
				t.equal(await sys.readlink(link), path);
				t.ok((await readDir(sys, `${root}/proc/self/fd`)).some(({ name }) => name === `${fd}`));
				await sys.close(fd);
				await t.rejects(sys.lstat(link), { code: 'ENOENT' });
			}
			for (const name of ['00', '1000000', 'x']) {
				await t.rejects(sys.lstat(`${root}/proc/self/fd/${name}`), { code: 'ENOENT' }, name);
			}
		},
	},
	{
		title: 'proc_fdinfo: position, flags in octal, mount and inode number',
		async run(t, { sys, root }) {
			t.match(await sys.stat(`${root}/proc/self/fdinfo`), { mode: S_IFDIR | 0o555, nlink: 2 });
			const fd = await sys.open(`${root}/proc/version`, O_RDONLY | O_CLOEXEC);
			await sys.read(fd, 5);
			const { ino } = await sys.fstat(fd);
			const info = await readFile(sys, `${root}/proc/self/fdinfo/${fd}`);
			t.match(info, new RegExp(`^pos:\\t5\\nflags:\\t02100000\\nmnt_id:\\t\\d+\\nino:\\t${ino}\\n$`));
		},
	},
	{
		title: 'proc_fd_permission: nobody may list the open files of a process of root',
		needs: ['nobody'],
		async run(t, { sys, root }) {
			const nobody = await sys.fork(NOBODY);
			await t.rejects(nobody.open(`${root}/proc/${sys.pid}/fd`, O_RDONLY), { code: 'EACCES' });
			const fd = await nobody.open(`${root}/proc/version`, O_RDONLY);
			t.match(await nobody.readlink(`${root}/proc/self/fd/${fd}`), /\/version$/);
			t.match(await sys.readlink(`${root}/proc/${nobody.pid}/fd/${fd}`), /\/version$/);
		},
	},
];

export const procPidMore: readonly Contract[] = [...links, ...files, ...descriptors];
