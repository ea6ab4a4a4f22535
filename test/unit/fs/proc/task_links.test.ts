/** task_links - /proc/<pid>/cwd, root and exe, and who may read them. */

import t from 'tap';
import type { Context } from '../../../../src/boundary/vfs.ts';
import { CAP_SYS_PTRACE } from '../../../../src/uapi/capability.ts';
import { S_IFLNK } from '../../../../src/uapi/stat.ts';
import { Booted } from './booted.ts';

const namespace = 'mnt:[4026532000]';
const program = { pid: 400, uid: [7, 7, 7, 7], gid: [8, 8, 8, 8] } as const;
const links = { exe: '/usr/bin/cat', cwd: '/home', root: '/', 'ns/mnt': namespace };

/** What a reader sees of a link, of whom it is known what he wants with it, or not. */
function readlink({ kernel }: Booted, path: string, reader: Partial<Context> = {}, follows?: boolean): string {
	const ctx = { pid: 400, tgid: 400, uid: 0, gid: 0, groups: [], capable: () => true, ...reader } as unknown as Context;
	const inode = path.split('/').reduce((dir, name) => kernel.vfs.lookup(dir, name, ctx) as typeof dir, kernel.root);
	return kernel.vfs.readlink(inode, ctx, () => follows) as string;
}

t.test(
	'proc_pid_readlink: the path that the host tells, in the directory of the process and of its thread',
	async t => {
		const booted = new Booted(t);
		booted.host.tasks.set(program);
		booted.host.tasks.setLinks(400, links);
		for (const name of ['exe', 'cwd', 'root'] as const) {
			t.equal(readlink(booted, `proc/400/${name}`), links[name]);
			t.equal(readlink(booted, `proc/400/task/400/${name}`), links[name]);
			t.match(await booted.task.lstat(`/proc/400/${name}`), { mode: S_IFLNK | 0o777, size: 0, uid: 7 });
		}
		booted.host.tasks.setLinks(400, {});
		t.throws(() => readlink(booted, 'proc/400/exe'), { code: 'ENOENT' }, 'a thread of the kernel runs no file');
	},
);

t.test(
	'proc_pid_get_link: who reads a link gets the path, who follows it is sent to the procfs of the host',
	async t => {
		const booted = new Booted(t);
		const { tasks } = booted.host;
		const astray = { ...links, exe: '/memfd:x (deleted)', 'fd/7': 'pipe:[12]', 'ns/net': 'net:[4026531833]' };
		for (const pid of [400, 401]) {
			tasks.set({ ...program, pid }, pid === 400);
			tasks.setLinks(pid, astray);
		}
		const cases: [path: string, text: string, name: string][] = [
			['exe', '/memfd:x (deleted)', 'exe'],
			['cwd', '/home', 'cwd'],
			['fd/7', 'pipe:[12]', 'fd/7'],
			['ns/net', 'net:[4026531833]', 'ns/net'],
		];
		for (const [path, text, name] of cases) {
			const up = path.includes('/') ? '../' : '';
			t.equal(readlink(booted, `proc/400/${path}`, {}, false), text);
			t.equal(readlink(booted, `proc/400/${path}`, {}, true), `${up}../.host/400/${name}`);
			t.equal(readlink(booted, `proc/400/task/400/${path}`, {}, true), `${up}../../../.host/400/task/400/${name}`);
			const outside = { pid: 401, tgid: 401 };
			t.equal(readlink(booted, `proc/401/${path}`, outside, false), text);
			t.equal(readlink(booted, `proc/401/${path}`, outside, true), `/proc/401/${name}`, 'whose own /proc it is');
			tasks.strangers.add(401);
			t.equal(readlink(booted, `proc/401/${path}`, outside, true), text, 'who has other numbers gets the text');
			tasks.strangers.delete(401);
		}
		t.equal(readlink(booted, 'proc/400/fd/7'), '../../.host/400/fd/7', 'nobody knows, and the text would lead nowhere');
	},
);

t.test('proc_pid_readlink: a path that leads elsewhere is left to the procfs of the host', async t => {
	const booted = new Booted(t);
	const { tasks } = booted.host;
	tasks.set({ pid: 401 });
	const cases: [reader: number, what: Partial<typeof links>, others: Partial<typeof links>, text: string][] = [
		[400, {}, {}, '/usr/bin/cat'],
		[401, {}, {}, '/usr/bin/cat'],
		[400, { exe: '/usr/bin/cat (deleted)' }, {}, '../.host/400/exe'],
		[401, { root: '/srv' }, {}, '../.host/400/exe'],
		[401, {}, { 'ns/mnt': 'mnt:[4026532001]' }, '../.host/400/exe'],
		[400, { root: '/srv' }, {}, '/usr/bin/cat'],
	];
	for (const [pid, what, others, text] of cases) {
		tasks.set(program);
		tasks.setLinks(400, { ...links, ...what });
		tasks.setLinks(401, { ...links, ...others });
		t.equal(readlink(booted, 'proc/400/exe', { pid, tgid: pid }), text);
	}
	tasks.setLinks(400, { ...links, exe: '/memfd:x (deleted)' });
	t.equal(readlink(booted, 'proc/400/task/400/exe'), '../../../.host/400/task/400/exe');
	tasks.set(program, false);
	t.equal(readlink(booted, 'proc/400/exe'), '/memfd:x (deleted)', 'outside there is no other procfs to lead to');
});

t.test('ptrace_may_access: the task itself, who has all its ids, and CAP_SYS_PTRACE', async t => {
	const booted = new Booted(t);
	const { tasks } = booted.host;
	tasks.set(program);
	tasks.setLinks(400, links);
	const nobody = () => false;
	const stranger = { pid: 500, tgid: 500, uid: 7, gid: 8, capable: nobody };
	t.equal(readlink(booted, 'proc/400/cwd', stranger), '/home', 'same ids');
	t.equal(readlink(booted, 'proc/400/cwd', { uid: 1, gid: 1, capable: nobody }), '/home', 'the task itself');
	const only = (cap: number) => cap === CAP_SYS_PTRACE;
	t.equal(readlink(booted, 'proc/400/cwd', { ...stranger, uid: 1, capable: only }), '/home');
	const denied = { code: 'EACCES' };
	t.throws(() => readlink(booted, 'proc/400/cwd', { ...stranger, uid: 8 }), denied);
	t.throws(() => readlink(booted, 'proc/400/cwd', { ...stranger, gid: 7 }), denied);
	for (const i of [0, 1, 2]) {
		const ids = [7, 7, 7, 7].map((id, at) => (at === i ? 9 : id)) as [number, number, number, number];
		tasks.set({ ...program, uid: ids });
		t.throws(() => readlink(booted, 'proc/400/cwd', stranger), denied, `uid ${ids}`);
	}
});

t.test('proc_pid_readlink: a task of this process has a directory and a root, and runs no file', async t => {
	const { task, kernel } = new Booted(t);
	await task.chdir('/proc/tty');
	t.equal(await task.readlink('/proc/self/cwd'), '/proc/tty');
	t.equal(await task.readlink('/proc/self/root'), '/');
	t.throws(() => task.readlink('/proc/self/exe'), { code: 'ENOENT' });
	t.equal((await task.stat('/proc/self/cwd/.')).ino, (await task.stat('/proc/tty')).ino);
	const nobody = kernel.task({ uid: 65534 });
	t.throws(() => nobody.readlink('/proc/1/cwd'), { code: 'EACCES' });
	t.equal(await nobody.readlink('/proc/self/cwd'), '/');
});
