/**
 * proc_pid_files - the rest of what is in the directory of a process: modes, owners, namespaces, and texts that few programs read.
 *
 * Simulated by kernel-sim/fs/proc/own_entries.ts, host_entries.ts and namespaces.ts after fs/proc/base.c and namespaces.c.
 */

import { O_RDONLY } from '../../src/uapi/fcntl.ts';
import { S_IFDIR, S_IFLNK, S_IFREG } from '../../src/uapi/stat.ts';
import type { Contract } from '../runner/contract.ts';
import { NOBODY } from '../runner/sys.ts';
import { readDir, readFile, readLines } from './files.ts';

/** Permission bits of what a process has; a Linux may be built without some of them. */
const files: Readonly<Record<string, number>> = {
	environ: 0o400,
	auxv: 0o400,
	status: 0o444,
	personality: 0o400,
	limits: 0o444,
	sched: 0o644,
	comm: 0o644,
	syscall: 0o400,
	cmdline: 0o444,
	stat: 0o444,
	statm: 0o444,
	maps: 0o444,
	numa_maps: 0o444,
	mem: 0o600,
	mounts: 0o444,
	mountinfo: 0o444,
	mountstats: 0o400,
	clear_refs: 0o200,
	smaps: 0o444,
	smaps_rollup: 0o444,
	pagemap: 0o400,
	wchan: 0o444,
	stack: 0o400,
	schedstat: 0o444,
	cgroup: 0o444,
	oom_score: 0o444,
	oom_adj: 0o644,
	oom_score_adj: 0o644,
	loginuid: 0o644,
	sessionid: 0o444,
	coredump_filter: 0o644,
	io: 0o400,
	uid_map: 0o644,
	gid_map: 0o644,
	projid_map: 0o644,
	setgroups: 0o644,
	timers: 0o444,
	timerslack_ns: 0o666,
	arch_status: 0o444,
	ksm_merging_pages: 0o400,
	ksm_stat: 0o400,
};

const directories: Readonly<Record<string, number>> = {
	task: 0o555,
	fd: 0o500,
	fdinfo: 0o555,
	map_files: 0o500,
	ns: 0o511,
	net: 0o555,
};

/** What every Linux shows, and few programs could do without. */
const always =
	'task fd fdinfo ns net environ auxv status limits comm cmdline stat statm maps cwd root exe mounts mountinfo mountstats';

/** include/uapi/linux/nsfs.h, sched.h. */
const NS_GET_PARENT = 0xb702;
const NS_GET_NSTYPE = 0xb703;
const NS_GET_OWNER_UID = 0xb704;
const CLONE_NEWUTS = 0x0400_0000;

const namespaces = 'cgroup ipc mnt net uts'.split(' ');

export const procPidFiles: readonly Contract[] = [
	{
		title: 'tgid_base_stuff: the mode of each file and directory of a process, no size, and one link',
		async run(t, { sys, root }) {
			const names = (await readDir(sys, `${root}/proc/self`)).map(({ name }) => name);
			t.equal(new Set(names).size, names.length, 'no name twice');
			for (const name of always.split(' ')) t.ok(names.includes(name), name);
			for (const name of names) {
				const path = `${root}/proc/self/${name}`;
				if (name in files) t.match(await sys.stat(path), { mode: S_IFREG | files[name]!, size: 0, nlink: 1 }, name);
				if (name in directories) t.match(await sys.stat(path), { mode: S_IFDIR | directories[name]! }, name);
			}
		},
	},
	{
		title: 'task_dump_owner: what is in the directory of a process belongs to its user',
		needs: ['nobody'],
		async run(t, { sys, root }) {
			const nobody = await sys.fork(NOBODY);
			for (const name of ['', 'stat', 'fd', 'limits', 'ns', 'environ', 'maps']) {
				t.match(await nobody.stat(`${root}/proc/self/${name}`), { uid: NOBODY, gid: NOBODY }, name);
			}
		},
	},
	{
		title: 'proc_ns_readlink: a kind and a number, and who follows it finds a file of that number',
		async run(t, { sys, root }) {
			const names = (await readDir(sys, `${root}/proc/self/ns`)).map(({ name }) => name);
			for (const name of namespaces) t.ok(names.includes(name), name);
			for (const name of names.filter(name => !name.startsWith('.'))) {
				const path = `${root}/proc/self/ns/${name}`;
				t.match(await sys.lstat(path), { mode: S_IFLNK | 0o777, size: 0, nlink: 1 }, name);
				const text = await sys.readlink(path);
				const [, kind, number] = /^([a-z]+):\[(\d+)\]$/.exec(text) ?? [];
				t.equal(kind, name.replace('_for_children', ''), text);
				t.match(await sys.stat(path), { ino: Number(number), mode: S_IFREG | 0o444, size: 0 }, text);
			}
			await t.rejects(sys.lstat(`${root}/proc/self/ns/none`), { code: 'ENOENT' });
		},
	},
	{
		title: 'ns_ioctl: tells the kind of a namespace, and that there is nothing above it; reading it is EINVAL',
		async run(t, { sys, root }) {
			const fd = await sys.open(`${root}/proc/self/ns/uts`, O_RDONLY);
			t.equal((await sys.ioctl(fd, NS_GET_NSTYPE, 0)).result, CLONE_NEWUTS);
			await t.rejects(sys.ioctl(fd, NS_GET_PARENT, 0), { code: 'EINVAL' });
			await t.rejects(sys.ioctl(fd, NS_GET_OWNER_UID, 4), { code: 'EINVAL' });
			await t.rejects(sys.ioctl(fd, 0xb77f, 0), { code: 'ENOTTY' });
			await t.rejects(sys.read(fd, 1), { code: 'EINVAL' });
			const user = await sys.open(`${root}/proc/self/ns/user`, O_RDONLY);
			t.same([...(await sys.ioctl(user, NS_GET_OWNER_UID, 4)).data], [0, 0, 0, 0]);
			await t.rejects(sys.ioctl(user, NS_GET_PARENT, 0), { code: 'EPERM' });
		},
	},
	{
		title: 'proc_ns_readlink: nobody may not see the namespaces of a process of root',
		needs: ['nobody'],
		async run(t, { sys, root }) {
			const nobody = await sys.fork(NOBODY);
			await t.rejects(nobody.readlink(`${root}/proc/${sys.pid}/ns/mnt`), { code: 'EACCES' });
			await t.rejects(nobody.stat(`${root}/proc/${sys.pid}/ns/mnt`), { code: 'EACCES' });
			t.match(await nobody.readlink(`${root}/proc/self/ns/mnt`), /^mnt:/);
		},
	},
	{
		title: 'proc_pid_schedstat: time that it ran, time that it waited, and how often',
		file: '/proc/self/schedstat',
		optional: true,
		run: async (t, { sys, file }) => void t.match(await readFile(sys, file), /^\d+ \d+ \d+\n$/),
	},
	{
		title: 'proc_sched_show_task: a heading, and names in 45 columns',
		file: '/proc/self/sched',
		optional: true,
		async run(t, { sys, file }) {
			const [heading, line, ...rows] = await readLines(sys, file);
			t.match(heading, new RegExp(`^.+ \\(${sys.pid}, #threads: \\d+\\)$`));
			t.match(line, /^-{67}$/);
			const known = rows.filter(row => /^(se\.exec_start|se\.sum_exec_runtime|nr_switches|policy|prio) /.test(row));
			t.equal(known.length, 5);
			for (const row of known) t.match(row, /^.{45}:[ \d.]{20}\d$/);
		},
	},
	{
		title: 'proc_pid_wchan: 0 without a newline for who asks of himself',
		file: '/proc/self/wchan',
		optional: true,
		run: async (t, { sys, file }) => void t.equal(await readFile(sys, file), '0'),
	},
	{
		title: 'proc_pid_syscall: running, for who asks of himself',
		file: '/proc/self/syscall',
		optional: true,
		run: async (t, { sys, file }) => void t.match(await readFile(sys, file), /^(running|0 0x.*)\n$/),
	},
	{
		title: 'uid_map: ranges of users in columns',
		file: '/proc/self/uid_map',
		optional: true,
		run: async (t, { sys, file }) => void t.match(await readFile(sys, file), /^([ \d]{9}\d [ \d]{9}\d [ \d]{9}\d\n)+$/),
	},
	{
		title: 'proc_pid_cgroup: a hierarchy, its controllers and a path in each line, or nothing',
		file: '/proc/self/cgroup',
		optional: true,
		run: async (t, { sys, file }) => void t.match(await readFile(sys, file), /^(\d+:[^:\n]*:\/.*\n)*$/),
	},
	{
		title: 'proc_maps: from, to, rights, offset, device, inode and path in each line, or no memory at all',
		async run(t, { sys, root }) {
			for (const line of await readLines(sys, `${root}/proc/self/maps`)) {
				if (
					!/^[0-9a-f]{8,}-[0-9a-f]{8,} [r-][w-][x-][ps] [0-9a-f]{8} [0-9a-f]{2,}:[0-9a-f]{2} \d+ *(\S.*)?$/.test(line)
				)
					t.fail(line);
			}
			t.pass();
		},
	},
	{
		title: 'proc_pid_attr: nothing in the directory of a process can be removed or made',
		async run(t, { sys, root }) {
			await t.rejects(sys.unlink(`${root}/proc/self/limits`), { code: 'EPERM' });
			await t.rejects(sys.rmdir(`${root}/proc/self/fd`), { code: 'EPERM' });
			await t.rejects(sys.mkdir(`${root}/proc/self/mine`, 0o755), { code: 'ENOENT' });
			await t.rejects(sys.open(`${root}/proc/self/nothing`, O_RDONLY), { code: 'ENOENT' });
		},
	},
];
