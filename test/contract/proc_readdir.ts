/**
 * proc_readdir - what getdents(2) lists in /proc, and how it goes on.
 *
 * Simulated by kernel-sim/fs/proc/generic.ts after proc_readdir_de of fs/proc/generic.c.
 */

import { O_DIRECTORY, O_RDONLY, SEEK_SET } from '../../src/uapi/fcntl.ts';
import { direntType } from '../../src/uapi/stat.ts';
import type { Contract } from '../runner/contract.ts';
import type { Dirent } from '../runner/sys.ts';
import { readDir } from './files.ts';

const names = (entries: readonly Dirent[]): string[] => entries.map(entry => entry.name);
const isPid = (name: string): boolean => /^\d+$/.test(name);

/** What every Linux has there, and so every ring3. */
const common = ['cmdline', 'cpuinfo', 'devices', 'filesystems', 'loadavg', 'meminfo', 'mounts', 'self', 'stat'];

export const procReaddir: readonly Contract[] = [
	...['/proc', '/proc/fs', '/proc/tty'].map(
		(path): Contract => ({
			title: `getdents: ${path} begins with . and ..`,
			file: path,
			run: async (t, { sys, file }) => void t.same(names(await readDir(sys, file)).slice(0, 2), ['.', '..']),
		}),
	),
	{
		title: 'getdents: /proc lists what every Linux has, each name once',
		async run(t, { sys, file }) {
			const listed = names(await readDir(sys, file)).filter(name => !isPid(name));
			t.equal(new Set(listed).size, listed.length, 'no name twice');
			for (const name of [...common, 'thread-self', 'uptime', 'version', 'vmstat']) t.ok(listed.includes(name), name);
		},
	},
	{
		title: 'getdents: every name that is listed is found, with the type and inode number that were listed',
		async run(t, { sys, file }) {
			for (const { name, type, ino } of await readDir(sys, file)) {
				if (isPid(name) || name === '..') continue;
				const stat = await sys.lstat(`${file}/${name}`);
				t.equal(direntType(stat.mode), type, `type of ${name}`);
				t.equal(stat.ino, ino, `inode number of ${name}`);
			}
		},
	},
	{
		title: 'getdents: a small buffer takes several turns and loses nothing',
		file: '/proc',
		async run(t, { sys, file }) {
			const whole = names(await readDir(sys, file)).filter(name => !isPid(name));
			const turns = names(await readDir(sys, file, 64)).filter(name => !isPid(name));
			t.same(turns, whole);
		},
	},
	{
		title: 'getdents: a buffer too small for one entry is EINVAL',
		async run(t, { sys, file }) {
			const fd = await sys.open(file, O_RDONLY | O_DIRECTORY);
			await t.rejects(sys.getdents(fd, 8), { code: 'EINVAL' });
		},
	},
	{
		title: 'getdents: at the end it stays at the end, and lseek to 0 begins again',
		modules: ['contract_proc'],
		file: '/proc/contract_proc',
		standIn: '/proc/tty',
		async run(t, { sys, file }) {
			const fd = await sys.open(file, O_RDONLY | O_DIRECTORY);
			const first = names(await sys.getdents(fd));
			t.same(await sys.getdents(fd), []);
			t.same(await sys.getdents(fd), []);
			await sys.lseek(fd, 0, SEEK_SET);
			t.same(names(await sys.getdents(fd)), first);
		},
	},
	{
		title: 'getdents: a cookie leads back to the entry after it',
		modules: ['contract_proc'],
		file: '/proc/contract_proc',
		standIn: '/proc/tty',
		async run(t, { sys, file }) {
			const whole = await readDir(sys, file);
			const fd = await sys.open(file, O_RDONLY | O_DIRECTORY);
			for (const at of [1, 3, 2]) {
				await sys.lseek(fd, whole[at]!.off, SEEK_SET);
				t.same(names(await sys.getdents(fd)), names(whole).slice(at + 1));
			}
		},
	},
	{
		title: 'getdents: a module directory lists its entries, and .. is the directory above',
		modules: ['contract_proc'],
		file: '/proc/contract_proc/dir',
		async run(t, { sys, root, file }) {
			const entries = await readDir(sys, file);
			t.same(names(entries).sort(), ['.', '..', 'a', 'b']);
			t.equal(entries.find(entry => entry.name === '..')?.ino, (await sys.stat(`${root}/proc/contract_proc`)).ino);
		},
	},
];
