/** own_entries - what a task of this process has in its directory, as a thread of Linux's kernel has it. */

import t from 'tap';
import { O_RDONLY, O_RDWR, O_WRONLY } from '../../../../src/uapi/fcntl.ts';
import { S_IFREG } from '../../../../src/uapi/stat.ts';
import { Booted } from './booted.ts';

t.test('proc_pid_limits: sixteen limits in columns, as the first task of Linux has them', async t => {
	const booted = new Booted(t, { host: { hardware: { memory: 1 << 30 } } });
	const line = (name: string, soft: string, hard: string, unit: string) =>
		`${name.padEnd(25)} ${soft.padEnd(20)} ${hard.padEnd(20)} ${unit}`;
	t.equal(
		await booted.read('/proc/self/limits'),
		[
			'Limit                     Soft Limit           Hard Limit           Units     ',
			line('Max cpu time', 'unlimited', 'unlimited', 'seconds   '),
			line('Max file size', 'unlimited', 'unlimited', 'bytes     '),
			line('Max data size', 'unlimited', 'unlimited', 'bytes     '),
			line('Max stack size', '8388608', 'unlimited', 'bytes     '),
			line('Max core file size', '0', 'unlimited', 'bytes     '),
			line('Max resident set', 'unlimited', 'unlimited', 'bytes     '),
			line('Max processes', '4096', '4096', 'processes '),
			line('Max open files', '1024', '4096', 'files     '),
			line('Max locked memory', '8388608', '8388608', 'bytes     '),
			line('Max address space', 'unlimited', 'unlimited', 'bytes     '),
			line('Max file locks', 'unlimited', 'unlimited', 'locks     '),
			line('Max pending signals', '4096', '4096', 'signals   '),
			line('Max msgqueue size', '819200', '819200', 'bytes     '),
			line('Max nice priority', '0', '0', ''),
			line('Max realtime priority', '0', '0', ''),
			line('Max realtime timeout', 'unlimited', 'unlimited', 'us        '),
			'',
		].join('\n'),
	);
});

t.test(
	'proc_tgid_io_accounting: what read, write and their kin have moved, for who may look into the task',
	async t => {
		const { kernel, task } = new Booted(t);
		const other = kernel.task();
		const io = async (reader = task) => {
			const fd = await reader.open(`/proc/${other.pid}/io`, O_RDONLY);
			const text = Buffer.from(await reader.read(fd, 1000)).toString();
			await reader.close(fd);
			return text;
		};
		const zeros = 'read_bytes: 0\nwrite_bytes: 0\ncancelled_write_bytes: 0\n';
		t.equal(await io(), `rchar: 0\nwchar: 0\nsyscr: 0\nsyscw: 0\n${zeros}`);
		await task.mount('none', '/tmp', 'tmpfs', 0, '');
		const fd = await other.open('/tmp/file', O_RDWR | 0o100, 0o600);
		await other.write(fd, 'hello');
		await other.pwrite(fd, 'hello again', 0);
		await other.pread(fd, 4, 2);
		await other.read(fd, 100);
		await other.read(fd, 100);
		t.throws(() => other.ioctl(fd, 0x1234), { code: 'ENOTTY' });
		const closed = await other.open('/tmp/file', O_WRONLY);
		t.throws(() => other.read(closed, 1), { code: 'EBADF' }, 'is not counted');
		t.equal(await io(), `rchar: 10\nwchar: 16\nsyscr: 3\nsyscw: 2\n${zeros}`);
		t.match(await task.stat('/proc/self/io'), { mode: S_IFREG | 0o400 });
		const nobody = kernel.task({ uid: 65534, caps: 1n << 2n }); // CAP_DAC_READ_SEARCH
		await t.rejects(io(nobody), { code: 'EACCES' });
	},
);

t.test('oom_score_adj: -1000 to 1000; less than it was set to needs CAP_SYS_RESOURCE', async t => {
	const booted = new Booted(t);
	const { kernel, task } = booted;
	const user = kernel.task({ uid: 5 });
	const write = async (writer: typeof task, name: string, text: string) => {
		const fd = await writer.open(`/proc/${user.pid}/${name}`, O_RDWR);
		try {
			return await writer.write(fd, text);
		} finally {
			await writer.close(fd);
		}
	};
	const read = async () => [
		await booted.read(`/proc/${user.pid}/oom_score_adj`),
		await booted.read(`/proc/${user.pid}/oom_adj`),
	];
	t.same(await read(), ['0\n', '0\n']);
	t.match(await task.stat(`/proc/${user.pid}/oom_score_adj`), { mode: S_IFREG | 0o644, uid: 5 });
	t.equal(await write(user, 'oom_score_adj', ' 500 \n'), 6);
	t.same(await read(), ['500\n', '8\n']);
	t.equal(await write(user, 'oom_score_adj', '0'), 1);
	await t.rejects(write(user, 'oom_score_adj', '-1'), { code: 'EACCES' });
	t.equal(await write(task, 'oom_score_adj', '-1000\n'), 6);
	t.same(await read(), ['-1000\n', '-17\n']);
	t.equal(await write(user, 'oom_score_adj', '1000'), 4);
	t.same(await read(), ['1000\n', '15\n'], 'the largest is the largest');
	t.equal(await write(user, 'oom_score_adj', '-999'), 4, 'down to what the administrator has set');
	for (const text of ['1001', '-1001', '', 'x', '1 2']) {
		await t.rejects(write(task, 'oom_score_adj', text), { code: 'EINVAL' }, JSON.stringify(text));
	}
	t.equal(await write(task, 'oom_score_adj', '0x10\n'), 5);
	t.equal(await booted.read(`/proc/${user.pid}/oom_score_adj`), '16\n');
	t.equal(await write(task, 'oom_score_adj', '7            8'), 12, 'as many bytes as a number may have');
});

t.test('oom_adj: the same number on a scale from -17 to 15', async t => {
	const booted = new Booted(t);
	const { kernel, task } = booted;
	const cases: [adj: string, scoreAdj: string, shown: string][] = [
		['-17', '-1000', '-17'],
		['-16', '-941', '-15'],
		['0', '0', '0'],
		['8', '470', '7'],
		['15', '1000', '15'],
	];
	const fd = await task.open('/proc/self/oom_adj', O_RDWR);
	for (const [adj, scoreAdj, shown] of cases) {
		t.equal(await task.write(fd, adj), adj.length);
		t.equal(await booted.read('/proc/self/oom_score_adj'), `${scoreAdj}\n`);
		t.equal(await booted.read('/proc/self/oom_adj'), `${shown}\n`);
	}
	for (const adj of ['16', '-18', 'x']) t.throws(() => task.write(fd, adj), { code: 'EINVAL' }, adj);
	const user = kernel.task({ uid: 5 });
	const theirs = await user.open('/proc/self/oom_adj', O_RDWR);
	t.equal(await user.write(theirs, '5'), 1);
	t.throws(() => user.write(theirs, '4'), { code: 'EACCES' }, 'never down without the capability');
});

t.test('tgid_base_stuff: what a task of this process has, in the order of Linux', async t => {
	const booted = new Booted(t);
	const names =
		'task fd map_files fdinfo ns net environ auxv status personality limits sched comm syscall cmdline stat statm maps numa_maps ' +
		'mem cwd root exe mounts mountinfo mountstats clear_refs smaps smaps_rollup pagemap wchan schedstat cgroup oom_score ' +
		'oom_adj oom_score_adj loginuid sessionid coredump_filter io uid_map gid_map projid_map setgroups timers ' +
		'arch_status ksm_merging_pages ksm_stat';
	t.same(await booted.names('/proc/self'), names.split(' '));
	t.ok((await booted.names('/proc/1/task/1')).includes('children'));
	t.equal(await booted.read('/proc/1/task/1/children'), '2 ');
	const modes = {
		sched: 0o644,
		syscall: 0o400,
		mem: 0o600,
		clear_refs: 0o200,
		coredump_filter: 0o644,
		setgroups: 0o644,
	};
	for (const [name, mode] of Object.entries(modes)) {
		t.match(await booted.task.lstat(`/proc/self/${name}`), { mode: S_IFREG | mode, size: 0 }, name);
	}
});

t.test('a task without memory and without a past: what Linux shows of one', async t => {
	const booted = new Booted(t);
	const { task } = booted;
	const texts = {
		syscall: 'running\n',
		schedstat: '0 0 0\n',
		uid_map: '         0          0 4294967295\n',
		setgroups: 'allow\n',
		loginuid: '4294967295',
		coredump_filter: '',
		timers: '',
		cgroup: '',
	};
	for (const [name, text] of Object.entries(texts)) t.equal(await booted.read(`/proc/self/${name}`), text, name);
	t.equal(await booted.read('/proc/1/syscall'), '-1 0x0 0x0\n');
	t.match(await booted.read('/proc/1/sched'), /^init \(1, #threads: 1\)\n-{67}\nse\.exec_start {32}: {13}0\.000000\n/);
	for (const name of ['mem', 'pagemap']) {
		t.throws(() => task.open(`/proc/self/${name}`, O_RDONLY), { code: 'ESRCH' }, name);
	}
	const write = async (name: string, text: string) => task.write(await task.open(`/proc/self/${name}`, O_WRONLY), text);
	t.equal(await write('clear_refs', '1\n'), 2);
	await t.rejects(write('coredump_filter', '0x33\n'), { code: 'ESRCH' });
	for (const name of ['uid_map', 'gid_map', 'setgroups', 'loginuid']) {
		await t.rejects(write(name, '0 0 1\n'), { code: 'EPERM' }, name);
	}
	t.same(await booted.names('/proc/self/map_files'), []);
});

t.test('comm: a task names itself, and nobody else does', async t => {
	const booted = new Booted(t);
	const { task } = booted;
	const fd = await task.open('/proc/self/comm', O_RDWR);
	t.equal(await task.write(fd, 'a name that is far too long'), 27);
	t.equal(await booted.read('/proc/self/comm'), 'a name that is \n');
	t.match(await booted.read('/proc/self/status'), /^Name:\ta name that is $/m);
	t.equal(await task.write(fd, 'short\0rest'), 10);
	t.equal(await booted.read('/proc/self/comm'), 'short\n');
	const other = await task.open('/proc/1/comm', O_RDWR);
	t.throws(() => task.write(other, 'mine'), { code: 'EINVAL' });
});

t.test('what is in the memory of a task: nothing, or ESRCH, as it has none', async t => {
	const booted = new Booted(t);
	const { task } = booted;
	for (const name of ['maps', 'smaps']) t.equal(await booted.read(`/proc/self/${name}`), '', name);
	for (const name of ['environ', 'auxv', 'smaps_rollup']) {
		t.throws(() => task.open(`/proc/self/${name}`, O_RDONLY), { code: 'ESRCH' }, name);
	}
	t.match(await task.stat('/proc/self/environ'), { mode: S_IFREG | 0o400 });
	t.throws(() => booted.fork({ uid: 5 }).open('/proc/1/environ', O_RDONLY), { code: 'EACCES' });
	t.equal(await booted.read('/proc/self/oom_score'), '0\n');
	t.equal(await booted.read('/proc/self/wchan'), '0', 'no newline');
	t.equal(await booted.read('/proc/self/personality'), '00000000\n');
	t.equal(await booted.read('/proc/self/task/2/limits'), await booted.read('/proc/self/limits'));
});
