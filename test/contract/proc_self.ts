/**
 * proc_self - links that mean another thing to each reader.
 *
 * Simulated by kernel-sim/fs/proc/self.ts after fs/proc/self.c and thread_self.c.
 */

import { S_IFLNK } from '../../src/uapi/stat.ts';
import type { Contract } from '../runner/contract.ts';
import { NOBODY } from '../runner/sys.ts';
import { readFile } from './files.ts';

export const procSelf: readonly Contract[] = [
	{
		title: 'proc_self: the link is the process id of whoever reads it',
		file: '/proc/self',
		async run(t, { sys, file }) {
			const other = await sys.fork();
			t.not(other.pid, sys.pid);
			t.equal(await sys.readlink(file), `${sys.pid}`);
			t.equal(await other.readlink(file), `${other.pid}`);
			t.equal(await sys.readlink(file), `${sys.pid}`);
		},
	},
	{
		title: "proc_self: the link has size 0, mode 0777 and is root's",
		file: '/proc/self',
		run: async (t, { sys, file }) =>
			void t.match(await sys.lstat(file), { mode: S_IFLNK | 0o777, size: 0, nlink: 1, uid: 0, gid: 0 }),
	},
	{
		title: 'proc_self: anyone may read it',
		needs: ['nobody'],
		file: '/proc/self',
		async run(t, { sys, file }) {
			const nobody = await sys.fork(NOBODY);
			t.equal(await nobody.readlink(file), `${nobody.pid}`);
		},
	},
	{
		title: 'proc_thread_self: the link is the task within its process',
		file: '/proc/thread-self',
		run: async (t, { sys, file }) => void t.equal(await sys.readlink(file), `${sys.pid}/task/${sys.pid}`),
	},
	{
		title: 'proc_symlink: /proc/mounts is a link to self/mounts',
		file: '/proc/mounts',
		async run(t, { sys, file }) {
			t.equal(await sys.readlink(file), 'self/mounts');
			t.match(await sys.lstat(file), { mode: S_IFLNK | 0o777, size: 11 });
		},
	},
	{
		title: 'proc_pid_mounts: /proc/mounts and /proc/self/mounts are one text',
		file: '/proc/mounts',
		run: async (t, { sys, root, file }) =>
			void t.equal(await readFile(sys, `${root}/proc/self/mounts`), await readFile(sys, file)),
	},
];
