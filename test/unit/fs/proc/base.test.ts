/** base - what /proc tells of tasks: those of the kernel, programs inside the machine, and whoever asks. */

import t from 'tap';
import type { Context } from '../../../../src/boundary/vfs.ts';
import { SECOND } from '../../../../src/testing/fake_host.ts';
import { O_DIRECTORY, O_RDONLY } from '../../../../src/uapi/fcntl.ts';
import { POLLERR, POLLIN, POLLPRI, POLLRDNORM } from '../../../../src/uapi/poll.ts';
import { S_IFDIR, S_IFREG } from '../../../../src/uapi/stat.ts';
import { Booted } from './booted.ts';

const program = {
	pid: 4242,
	ppid: 4000,
	pgrp: 4242,
	session: 4001,
	tty: 0x8801,
	tpgid: 4243,
	comm: 'a (b) c\\d\n',
	cmdline: new TextEncoder().encode('prog\0--flag\0'),
	state: 'D',
	uid: [1000, 1001, 1002, 1003],
	gid: [2000, 2001, 2002, 2003],
	groups: [27, 100],
	capEff: 0x1234n,
	umask: 0o077,
	threads: 3,
	utime: 111,
	stime: 22,
	threadUtime: 11,
	threadStime: 2,
	minFlt: 77,
	majFlt: 7,
	startTime: 500,
	vsize: 8192 * 1024,
	rss: 4096 * 300,
	nice: -5,
	priority: 15,
	processor: 1,
} as const;

t.test('proc_pid_stat: the fields of Linux, in its order', async t => {
	const booted = new Booted(t);
	booted.host.advance(20 * SECOND);
	booted.host.tasks.set(program);
	booted.host.tasks.set({ pid: 4000 });
	const text = await booted.read('/proc/4242/stat');
	const [, pid, comm, rest] = /^(\d+) \((.*)\) (.*)\n$/s.exec(text)!;
	const fields = rest!.split(' ');
	t.equal(pid, '4242');
	t.equal(comm, program.comm, 'the name as it is');
	t.equal(fields.length, 50, '52 with pid and name');
	const at = (n: number) => fields[n - 3]; // as proc(5) numbers them
	t.same([3, 4, 5, 6, 7, 8].map(at), ['D', '4000', '4242', '4001', `${0x8801}`, '4243']);
	booted.host.tasks.set({ pid: 4000 }, false);
	t.match(await booted.read('/proc/4242/stat'), / D 1 4242 /, 'who comes from outside is a child of init');
	t.match(await booted.read('/proc/4242/status'), /^PPid:\t1$/m);
	t.same([10, 11, 12, 13].map(at), ['77', '0', '7', '0']);
	t.same([14, 15, 18, 19, 20, 22, 23, 24].map(at), ['111', '22', '15', '-5', '3', '500', `${8192 * 1024}`, '300']);
	t.same([25, 38, 39].map(at), ['18446744073709551615', '17', '1']);
});

t.test('proc_pid_status: one name a line, in the order of Linux', async t => {
	const booted = new Booted(t, { host: { hardware: { cpus: 36 } } });
	booted.host.tasks.set(program);
	const lines = (await booted.read('/proc/4242/status')).split('\n');
	t.equal(lines.pop(), '');
	const status = new Map(lines.map(line => /^(\w+):\t(.*)$/.exec(line)!.slice(1) as [string, string]));
	t.same(
		[...status.keys()].join(' '),
		'Name Umask State Tgid Ngid Pid PPid TracerPid Uid Gid FDSize Groups NStgid NSpid NSpgid NSsid Kthread VmPeak ' +
			'VmSize VmLck VmPin VmHWM VmRSS RssAnon RssFile RssShmem VmData VmStk VmExe VmLib VmPTE VmSwap HugetlbPages ' +
			'CoreDumping THP_enabled untag_mask Threads SigQ SigPnd ShdPnd SigBlk SigIgn SigCgt CapInh CapPrm CapEff CapBnd ' +
			'CapAmb NoNewPrivs Seccomp Seccomp_filters Speculation_Store_Bypass SpeculationIndirectBranch Cpus_allowed ' +
			'Cpus_allowed_list Mems_allowed Mems_allowed_list voluntary_ctxt_switches nonvoluntary_ctxt_switches',
	);
	const want = {
		Name: 'a (b) c\\\\d\\n',
		Umask: '0077',
		State: 'D (disk sleep)',
		Tgid: '4242',
		PPid: '1',
		Uid: '1000\t1001\t1002\t1003',
		Gid: '2000\t2001\t2002\t2003',
		Groups: '27 100 ',
		VmSize: '    8192 kB',
		VmRSS: '    1200 kB',
		Threads: '3',
		CapEff: '0000000000001234',
		CapBnd: '000001ffffffffff',
		Cpus_allowed: 'f,ffffffff',
		Cpus_allowed_list: '0-35',
		Mems_allowed_list: '0',
	};
	for (const [name, value] of Object.entries(want)) t.equal(status.get(name), value, name);
	t.match(status.get('Mems_allowed'), /^(00000000,){31}00000001$/);
});

t.test('proc_pid_stat: a task of this process runs while it looks, and all others sleep', async t => {
	const booted = new Booted(t);
	t.match(await booted.read('/proc/self/stat'), /^2 \(test\) R 1 /);
	t.match(await booted.read('/proc/1/stat'), /^1 \(init\) S 0 /);
});

t.test('proc_pid_status: a task of this process has no memory of its own to tell of', async t => {
	const booted = new Booted(t, { host: { hardware: { cpus: 1 } } });
	const text = await booted.read('/proc/self/status');
	t.notMatch(text, /^Vm/m);
	t.match(text, /^Cpus_allowed:\t1\nCpus_allowed_list:\t0\n/m);
	t.equal(await booted.read('/proc/self/statm'), '0 0 0 0 0 0 0\n');
	t.equal(await booted.read('/proc/self/comm'), 'test\n');
	t.equal(await booted.read('/proc/self/cmdline'), '');
});

t.test('proc_pid_cmdline, statm: as the host tells', async t => {
	const { host, task } = new Booted(t);
	host.tasks.set(program);
	const read = async (path: string) => Buffer.from(await task.read(await task.open(path, O_RDONLY), 100)).toString();
	t.equal(await read('/proc/4242/cmdline'), 'prog\0--flag\0');
	t.equal(await read('/proc/4242/statm'), '2048 300 0 0 0 0 0\n');
	t.throws(
		() => task.readlink('/proc/4242/comm'),
		{ code: 'ENOENT' },
		'a task of this process has no procfs of the host',
	);
	const fd = await task.open('/proc/4242/cmdline', O_RDONLY);
	t.equal(Buffer.from(await task.pread(fd, 6, 5)).toString(), '--flag');
});

t.test('proc_pid_readdir: the tasks of the kernel and of the machine, in rising order', async t => {
	const booted = new Booted(t);
	booted.host.tasks.set({ pid: 900 });
	booted.host.tasks.set({ pid: 70 });
	booted.host.tasks.set({ pid: 80 }, false);
	const names = await booted.names('/proc');
	t.same(
		names.filter(name => /^\d+$/.test(name)),
		['1', '2', '70', '900'],
		'not what is outside',
	);
	t.same(names.slice(-6), ['self', 'thread-self', '1', '2', '70', '900']);
	t.throws(() => booted.task.stat('/proc/80'), { code: 'ENOENT' });
	const fd = await booted.task.open('/proc', O_RDONLY | O_DIRECTORY);
	const pieces: string[] = [];
	for (;;) {
		const entries = await booted.task.getdents(fd, 40);
		if (entries.length === 0) break;
		pieces.push(...entries.map(entry => entry.name));
	}
	t.same(pieces.slice(2), names, 'however little is read at once');
});

t.test('proc_root_getattr: each task counts as a link, programs as of the last listing', async t => {
	const booted = new Booted(t);
	const { host, kernel, task } = booted;
	await booted.names('/proc');
	const { nlink } = await task.stat('/proc');
	kernel.task();
	t.equal((await task.stat('/proc')).nlink, nlink + 1);
	host.tasks.set({ pid: 70 });
	t.equal((await task.stat('/proc')).nlink, nlink + 1);
	await booted.names('/proc');
	t.equal((await task.stat('/proc')).nlink, nlink + 2);
});

t.test('proc_pid_lookup: names that are no number, or not this one, are ENOENT', t => {
	const { task } = new Booted(t);
	for (const name of ['0', '01', '02', '+2', '2a', '-2', '3', '4294967298', '99999999999']) {
		t.throws(() => task.stat(`/proc/${name}`), { code: 'ENOENT' }, name);
	}
	t.end();
});

t.test(
	'pid_revalidate: directories belong to the effective user, modes cannot be changed, owners until looked up again',
	async t => {
		const { host, task } = new Booted(t);
		host.tasks.set(program);
		t.match(await task.stat('/proc/4242'), { mode: S_IFDIR | 0o555, nlink: 7, uid: 1001, gid: 2001, blksize: 1024 });
		const modes = { stat: 0o444, mounts: 0o444, mountstats: 0o400 };
		for (const [name, mode] of Object.entries(modes)) {
			t.match(await task.stat(`/proc/4242/${name}`), { mode: S_IFREG | mode, uid: 1001, size: 0, nlink: 1 }, name);
		}
		t.throws(() => task.chmod('/proc/4242/stat', 0o666), { code: 'EPERM' });
		t.throws(() => task.chmod('/proc/4242', 0o700), { code: 'EPERM' });
		await task.chown('/proc/4242/stat', 5, 5);
		t.match(await task.stat('/proc/4242/stat'), { uid: 1001 });
		host.tasks.set({ ...program, uid: [7, 7, 7, 7] });
		t.match(await task.stat('/proc/4242/stat'), { uid: 7 });
	},
);

t.test('proc_task_readdir: /proc/<pid>/task has the threads, each with its own directory', async t => {
	const booted = new Booted(t);
	booted.host.tasks.set(program);
	booted.host.tasks.set({ ...program, pid: 4243, tgid: 4242, comm: 'thread' });
	t.same(await booted.names('/proc/4242/task'), ['4242', '4243']);
	t.notOk((await booted.names('/proc')).includes('4243'), 'a thread is not listed in /proc');
	t.match(await booted.task.stat('/proc/4243'), { nlink: 7 }, 'and is found there all the same');
	t.match(await booted.task.stat('/proc/4242/task'), { nlink: 5 }, 'a link for each thread the host counts');
	t.equal(
		await booted.read('/proc/4242/task/4243/comm').catch(e => e.code),
		'ENOENT',
		'a link into the procfs of the host',
	);
	t.match(await booted.read('/proc/4242/task/4243/stat'), /^4243 \(thread\) /);
	const times = async (path: string) =>
		(await booted.read(path))
			.replace(/^.*\) /s, '')
			.split(' ')
			.slice(11, 13);
	t.same(await times('/proc/4242/stat'), ['111', '22'], 'all of its threads');
	t.same(await times('/proc/4242/task/4242/stat'), ['11', '2'], 'the first thread alone');
	t.match(await booted.read('/proc/4242/task/4242/mounts'), /^rootfs /);
	t.throws(() => booted.task.stat('/proc/4242/task/1'), { code: 'ENOENT' }, 'a task of another process');
	t.same(await booted.names('/proc/self/task'), ['2']);
	t.match(await booted.task.stat('/proc/self/task/2/comm'), { mode: S_IFREG | 0o644 });
});

t.test('a reader outside the machine sees itself, and the machine does not see it', async t => {
	const booted = new Booted(t);
	const { host, kernel } = booted;
	host.tasks.set({ pid: 555, comm: 'outside' }, false);
	const ctx = { pid: 555, tgid: 555, uid: 0, gid: 0, groups: [], capable: () => true } as unknown as Context;
	const proc = (await kernel.vfs.lookup(kernel.root, 'proc', ctx))!;
	const own = (await kernel.vfs.lookup(proc, '555', ctx))!;
	t.equal(own.dontcache, true);
	t.equal((await kernel.vfs.lookup(own, 'stat', ctx))?.dontcache, false);
	const self = (await kernel.vfs.lookup(proc, 'self', ctx))!;
	t.equal(await kernel.vfs.readlink(self, ctx), '555');
	const file = await kernel.vfs.open((await kernel.vfs.lookup(own, 'stat', ctx))!, O_RDONLY, ctx);
	const stat = Buffer.from(await kernel.vfs.read({ file, pos: 0 }, 100, ctx)).toString();
	t.match(stat, /^555 \(outside\) R /, 'whoever reads of itself runs');
	t.equal(proc.fop.listsAnew, true, 'each reader has another listing');
	t.equal(self.dontcache, true);
	t.equal(await kernel.vfs.readlink(self, { ...ctx, tgid: 7 } as Context), '7', 'one inode, each reader its own text');
	t.throws(() => kernel.vfs.readlink(self, { ...ctx, tgid: 0 } as Context), { code: 'ENOENT' });
	t.throws(() => booted.task.stat('/proc/555'), { code: 'ENOENT' });
	t.notOk((await booted.names('/proc')).includes('555'));
});

t.test(
	'an ended task: its files are ESRCH, names in its directory ENOENT, and a later one of its number is another',
	async t => {
		const { host, task } = new Booted(t);
		host.tasks.set(program);
		const before = await task.stat('/proc/4242');
		t.equal((await task.stat('/proc/4242')).ino, before.ino, 'the same directory for as long as it lives');
		const stat = await task.open('/proc/4242/stat', O_RDONLY);
		const dir = await task.open('/proc/4242', O_RDONLY | O_DIRECTORY);
		await task.chdir('/proc/4242');
		host.tasks.delete(4242);
		t.throws(() => task.read(stat, 100), { code: 'ESRCH' });
		t.throws(() => task.getdents(dir), { code: 'ENOENT' });
		t.throws(() => task.stat('status'), { code: 'ENOENT' });
		t.throws(() => task.stat('/proc/4242'), { code: 'ENOENT' });
		host.tasks.set({ ...program, startTime: 501 });
		t.throws(() => task.read(stat, 100), { code: 'ESRCH' });
		t.not((await task.stat('/proc/4242')).ino, before.ino);
	},
);

t.test('ended tasks are let go, those that live keep their inodes', async t => {
	const { host, task, kernel } = new Booted(t);
	host.tasks.set({ pid: 5 });
	const { ino } = await task.stat('/proc/5');
	for (let pid = 1000; pid < 2000; pid++) {
		host.tasks.set({ pid });
		await task.stat(`/proc/${pid}`);
		host.tasks.delete(pid);
	}
	t.equal((await task.stat('/proc/5')).ino, ino);
	const { sb } = kernel.vfs.lookup(kernel.root, 'proc', { uid: 0, capable: () => true } as unknown as Context) as {
		sb: unknown;
	};
	t.ok((sb as { tasks: Map<string, unknown> }).tasks.size < 130);
});

t.test('mounts_poll: tells once of each change, and readable always', async t => {
	const { kernel, task } = new Booted(t);
	const idle = POLLIN | POLLRDNORM;
	const fds = [await task.open('/proc/mounts', O_RDONLY), await task.open('/proc/self/mountinfo', O_RDONLY)];
	const poll = async () =>
		await task.poll(
			fds.map(fd => ({ fd, events: 0xffff })),
			0,
		);
	t.same(await poll(), [idle, idle]);
	kernel.mount('proc', kernel.namespace.root, 'again');
	t.same(await poll(), [idle | POLLERR | POLLPRI, idle | POLLERR | POLLPRI]);
	t.same(await poll(), [idle, idle]);
});

t.test('show_vfsmnt, show_mountinfo, show_vfsstat: one line a mount, odd characters in octal', async t => {
	const booted = new Booted(t);
	const { kernel } = booted;
	const type = kernel.filesystems.get('proc')!;
	const sb = type.mount('', '');
	const proc = kernel.vfs.lookup(kernel.root, 'tmp', { uid: 0, capable: () => true } as unknown as Context);
	const { Path } = await import('../../../../kernel-sim/fs/d_path.ts');
	const at = new Path(proc as typeof kernel.root, kernel.namespace.root, 'a b#c');
	kernel.namespace.mount(at, sb, 'dev #1', 0x61);
	const last = async (file: string) => (await booted.read(`/proc/self/${file}`)).trimEnd().split('\n').at(-1);
	t.equal(await last('mounts'), 'dev\\040\\0431 /a\\040b#c proc ro,nosuid,relatime 0 0');
	t.match(await last('mountinfo'), /^\d+ 1 0:\d+ \/ \/a\\040b#c ro,nosuid,relatime - proc dev\\040\\0431 rw$/);
	t.equal(await last('mountstats'), 'device dev\\040\\0431 mounted on /a\\040b#c with fstype proc');
});
