/** host_entries - what the directory of a program shows of the host's own procfs, and to whom. */

import t, { type Test } from 'tap';
import type { Context, File } from '../../../../src/boundary/vfs.ts';
import { isErrno } from '../../../../src/lib/errno.ts';
import { CAP_SYS_ADMIN, CAP_SYS_PTRACE } from '../../../../src/uapi/capability.ts';
import { S_IFDIR, S_IFLNK, S_IFREG } from '../../../../src/uapi/stat.ts';
import { Booted } from './booted.ts';

const program = { pid: 400, uid: [7, 7, 7, 7], gid: [8, 8, 8, 8] } as const;
const same = { pid: 500, tgid: 500, uid: 7, gid: 8 };
const stranger = { pid: 500, tgid: 500, uid: 9, gid: 9 };
const nothing = () => false;
const only =
	(...caps: number[]) =>
	(cap: number) =>
		caps.includes(cap);

function boot(t: Test): Booted {
	const booted = new Booted(t);
	booted.host.tasks.set(program);
	booted.host.tasks.setLinks(400, {
		'fd/0': '/dev/null',
		'fd/10': 'socket:[5]',
		'fd/2': '/dev/null',
		'ns/net': 'net:[77]',
	});
	booted.host.tasks.setFiles(400, {
		limits: 'Limit\nMax cpu time\n',
		maps: 'aaa\nbbb\n',
		environ: 'A=1\0B=2\0',
		io: 'rchar: 5\n',
		'task/400/io': 'rchar: 3\n',
		wchan: 'do_wait',
		syscall: '61 0x0\n',
		stack: '[<0>] do_wait\n',
		personality: '00000000\n',
		'fdinfo/10': 'pos:\t0\n',
	});
	return booted;
}

/** What a reader is told by a file of the program: its text, or the errno. */
function read({ kernel }: Booted, path: string, reader: Partial<Context>): string {
	const ctx = { groups: [], capable: nothing, ...reader } as unknown as Context;
	try {
		const inode = `proc/400/${path}`
			.split('/')
			.reduce((dir, name) => kernel.vfs.lookup(dir, name, ctx) as typeof dir, kernel.root);
		const file = kernel.vfs.open(inode, 0, ctx) as File;
		const text = Buffer.from(kernel.vfs.read({ file, pos: 0 }, 4096, ctx) as Uint8Array).toString('latin1');
		kernel.vfs.release(file);
		return text;
	} catch (error) {
		if (isErrno(error)) return error.code;
		throw error;
	}
}

t.test('host_entries: files of text and bytes, with the modes of Linux', async t => {
	const booted = boot(t);
	const modes = { limits: 0o444, maps: 0o444, environ: 0o400, io: 0o400, wchan: 0o444, stack: 0o400, cgroup: 0o444 };
	for (const [name, mode] of Object.entries(modes)) {
		t.match(await booted.task.lstat(`/proc/400/${name}`), { mode: S_IFREG | mode, uid: 7, gid: 8, size: 0 }, name);
	}
	for (const name of ['mem', 'oom_score_adj', 'comm', 'uid_map']) {
		t.match(await booted.task.lstat(`/proc/400/${name}`), { mode: S_IFLNK | 0o777 }, name);
	}
	t.equal(read(booted, 'limits', stranger), 'Limit\nMax cpu time\n');
	t.equal(read(booted, 'environ', same), 'A=1\0B=2\0');
	t.equal(read(booted, 'io', same), 'rchar: 5\n');
	t.equal(read(booted, 'task/400/io', same), 'rchar: 3\n', 'of the thread alone');
	t.equal(read(booted, 'cgroup', stranger), '', "is the machine's to tell");
	booted.host.tasks.setFiles(400, {});
	t.equal(read(booted, 'limits', stranger), 'ENOENT', 'what the host refuses with');
	booted.host.tasks.delete(400);
	t.equal(read(booted, 'limits', stranger), 'ENOENT');
});

t.test('host_entries: what the host has not is absent', async t => {
	const booted = boot(t);
	booted.host.tasks.lacks.add('stack').add('mem');
	const names = await booted.names('/proc/400');
	t.notOk(names.includes('stack') || names.includes('mem'));
	t.ok(names.includes('maps') && names.includes('sched'));
});

t.test('host_entries: who may read what', async t => {
	const booted = boot(t);
	const cases: [name: string, same: string, stranger: string, capable: string][] = [
		['limits', 'Limit\nMax cpu time\n', 'Limit\nMax cpu time\n', 'Limit\nMax cpu time\n'],
		['maps', 'aaa\nbbb\n', 'EACCES', 'aaa\nbbb\n'],
		['environ', 'A=1\0B=2\0', 'EACCES', 'EACCES'],
		['io', 'rchar: 5\n', 'EACCES', 'EACCES'],
		['wchan', 'do_wait', '0', 'do_wait'],
		['syscall', '61 0x0\n', 'EACCES', 'EACCES'],
		['personality', '00000000\n', 'EACCES', 'EACCES'],
		['stack', 'EACCES', 'EACCES', 'EACCES'],
	];
	for (const [name, forSame, forStranger, forCapable] of cases) {
		t.equal(read(booted, name, same), forSame, `${name} for the same user`);
		t.equal(read(booted, name, stranger), forStranger, `${name} for another`);
		t.equal(
			read(booted, name, { ...stranger, capable: only(CAP_SYS_PTRACE) }),
			forCapable,
			`${name} with CAP_SYS_PTRACE`,
		);
	}
	t.equal(read(booted, 'stack', { ...same, capable: only(CAP_SYS_ADMIN) }), '[<0>] do_wait\n');
	const root = { ...stranger, uid: 0, gid: 0, capable: (cap: number) => cap !== CAP_SYS_PTRACE };
	t.equal(read(booted, 'syscall', root), 'EPERM', 'the mode is no hindrance to root, but the trace is');
	t.equal(read(booted, 'stack', root), 'EPERM');
	t.equal(read(booted, 'io', root), 'EACCES');
	t.equal(read(booted, 'environ', root), 'EACCES');
});

t.test('host_entries: whoever reads of itself is running', async t => {
	const booted = boot(t);
	const self = { ...same, pid: 400, tgid: 400 };
	t.equal(read(booted, 'wchan', self), '0');
	t.equal(read(booted, 'syscall', self), 'running\n');
});

t.test('ptrace_may_access: a task that is not dumpable is for CAP_SYS_PTRACE alone, and belongs to root', async t => {
	const booted = boot(t);
	booted.host.tasks.set({ ...program, dumpable: false });
	t.equal(read(booted, 'maps', same), 'EACCES');
	t.equal(read(booted, 'maps', { ...same, capable: only(CAP_SYS_PTRACE) }), 'aaa\nbbb\n');
	t.match(await booted.task.lstat('/proc/400/maps'), { uid: 0, gid: 0 });
	t.match(await booted.task.lstat('/proc/400'), { uid: 7, gid: 8 });
});

t.test('proc_readfd: the open files of a program, in the order of their numbers', async t => {
	const booted = boot(t);
	booted.host.tasks.fdModes.set('fd/2', 0o300);
	t.same(await booted.names('/proc/400/fd'), ['0', '2', '10']);
	t.match(await booted.task.lstat('/proc/400/fd'), { mode: S_IFDIR | 0o500, size: 3 });
	t.match(await booted.task.lstat('/proc/400/fd/2'), { mode: S_IFLNK | 0o300, size: 64 });
	t.equal(await booted.task.readlink('/proc/400/fd/10'), 'socket:[5]');
	t.throws(() => booted.task.lstat('/proc/400/fd/1'), { code: 'ENOENT' });
	t.equal(await booted.read('/proc/400/fdinfo/10'), 'pos:\t0\n');
	t.equal(read(booted, 'fdinfo/10', stranger), 'EACCES');
});

t.test(
	"proc_ns_readlink: namespaces of a program are the host's, those of a task of this process the first",
	async t => {
		const booted = boot(t);
		const { task } = booted;
		t.same(await booted.names('/proc/400/ns'), ['net']);
		t.equal(await task.readlink('/proc/400/ns/net'), 'net:[77]');
		const own = await booted.names('/proc/self/ns');
		t.same(own.sort(), 'cgroup ipc mnt net pid pid_for_children time time_for_children user uts'.split(' '));
		t.equal(await task.readlink('/proc/self/ns/pid_for_children'), 'pid:[4026531836]');
		t.match(await task.stat('/proc/self/ns/mnt'), { ino: 0xf000_0001, mode: S_IFREG | 0o444, size: 0 }, 'followed');
		t.equal((await task.stat('/proc/1/task/1/ns/uts')).ino, (await task.stat('/proc/self/ns/uts')).ino);
		t.match(await task.lstat('/proc/self/ns/uts'), { mode: S_IFLNK | 0o777, size: 0 });
		t.notOk((await booted.names('/proc')).includes('.ns'));
		const nobody = booted.fork({ uid: 65534 });
		t.throws(() => nobody.readlink('/proc/1/ns/net'), { code: 'EACCES' });
		const inos = await Promise.all(own.map(async name => (await task.stat(`/proc/self/ns/${name}`)).ino));
		t.equal(new Set(inos).size, 8);
		t.notOk(inos.includes((await task.lstat('/proc/self')).ino));
	},
);
