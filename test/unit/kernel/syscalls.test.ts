/**
 * syscalls.test - kernel-sim/fs/syscalls.ts, task.ts and file.ts: descriptors, directories, signals.
 */

import { WaitQueueHead } from '../../../kernel-sim/kernel/wait.ts';
import { SECOND } from '../../../src/testing/fake_host.ts';
import {
	F_DUPFD,
	F_DUPFD_CLOEXEC,
	F_GETFD,
	F_GETFL,
	F_SETFD,
	F_SETFL,
	O_APPEND,
	O_CLOEXEC,
	O_CREAT,
	O_DIRECT,
	O_NONBLOCK,
	O_RDONLY,
	O_RDWR,
	O_WRONLY,
	SEEK_SET,
} from '../../../src/uapi/fcntl.ts';
import { S_IFCHR } from '../../../src/uapi/stat.ts';
import { type BenchKernel, codeOf, onBench, settle } from './bench_kernel.ts';

/** A file whose readers sleep until somebody writes. */
function sleeper(bench: BenchKernel, log: string[] = []) {
	const queue = new WaitQueueHead(bench.kernel.time);
	let data: Uint8Array | undefined;
	bench.file('sleeper', {
		mode: S_IFCHR | 0o666,
		fop: {
			async read(_file, _count, _pos, { signal }) {
				await queue.waitEventInterruptible(() => data !== undefined, signal);
				const taken = data!;
				data = undefined;
				return taken;
			},
			write(_file, bytes) {
				data = bytes;
				queue.wakeUp();
				return bytes.length;
			},
			release: () => void log.push('released'),
		},
	});
	return queue;
}

onBench('descriptors: the lowest that is free', async (t, bench) => {
	bench.file('f', {});
	const task = bench.kernel.task();
	const open = () => task.open('/run/f', O_RDONLY);
	t.same([open(), open(), open()], [0, 1, 2]);
	await task.close(1);
	await task.close(0);
	t.same([open(), task.dup(2), task.dup(2)], [0, 1, 3]);
	t.same(task.files.fds, [0, 1, 2, 3]);
	t.equal(task.fcntl(0, F_DUPFD, 10), 10);
	t.equal(task.fcntl(0, F_DUPFD, 10), 11);
	t.equal(task.dup2(0, 20), 20);
	t.equal(task.dup2(0, 0), 0);
	const refused: [() => unknown, string][] = [
		[() => task.dup(99), 'EBADF'],
		[() => task.dup2(99, 0), 'EBADF'],
		[() => task.dup2(0, -1), 'EBADF'],
		[() => task.dup2(0, 1024), 'EBADF'],
		[() => task.fcntl(0, F_DUPFD, 1024), 'EINVAL'],
		[() => task.fcntl(0, F_DUPFD, -1), 'EINVAL'],
		[() => task.fcntl(99, F_GETFD), 'EBADF'],
		[() => task.fcntl(0, 77), 'EINVAL'],
		[() => task.close(99), 'EBADF'],
	];
	for (const [call, code] of refused) t.equal(await codeOf(call), code);
});

onBench('descriptors: EMFILE, and the file that found no place is closed', async (t, bench) => {
	let open = 0;
	bench.file('f', { fop: { open: () => void open++, release: () => void open-- } });
	const task = bench.kernel.task();
	for (let fd = 0; fd < 1024; fd++) task.open('/run/f', O_RDONLY);
	t.equal(open, 1024);
	t.equal(await codeOf(() => task.open('/run/f', O_RDONLY)), 'EMFILE');
	t.equal(await codeOf(() => task.dup(0)), 'EMFILE');
	t.equal(open, 1024);
	task.exit();
	t.equal(open, 0);
});

onBench('dup2: closes what was there', async (t, bench) => {
	const log: string[] = [];
	for (const name of ['a', 'b']) bench.file(name, { fop: { release: () => void log.push(name) } });
	const task = bench.kernel.task();
	const [a, b] = [(await task.open('/run/a', 0)) as number, (await task.open('/run/b', 0)) as number];
	task.dup2(a, b);
	t.same(log, ['b']);
	await task.close(a);
	t.same(log, ['b']);
	await task.close(b);
	t.same(log, ['b', 'a']);
});

onBench("fcntl: descriptor flags are each one's own, status flags are shared", async (t, bench) => {
	bench.file('f', {});
	const task = bench.kernel.task();
	const fd = (await task.open('/run/f', O_RDWR | O_CLOEXEC)) as number;
	const copy = task.dup(fd);
	const kept = task.fcntl(fd, F_DUPFD_CLOEXEC, 0);
	t.same(
		[fd, copy, kept].map(one => task.fcntl(one, F_GETFD)),
		[1, 0, 1],
	);
	task.fcntl(copy, F_SETFD, 1);
	task.fcntl(kept, F_SETFD, 0);
	t.same(
		[fd, copy, kept].map(one => task.fcntl(one, F_GETFD)),
		[1, 1, 0],
	);
	task.fcntl(copy, F_SETFL, O_NONBLOCK | O_APPEND | O_WRONLY | O_CREAT);
	t.equal(task.fcntl(fd, F_GETFL) & ~0o100000, O_RDWR | O_NONBLOCK | O_APPEND, 'nothing else can be changed');
	task.fcntl(copy, F_SETFL, 0);
	t.equal(task.fcntl(fd, F_GETFL) & ~0o100000, O_RDWR);
	t.equal(await codeOf(() => task.fcntl(fd, F_SETFL, O_DIRECT)), 'EINVAL');
});

onBench('getdents64: as many entries as there is room for, and on from there', async (t, bench) => {
	const task = bench.kernel.task();
	for (const name of ['a', 'bb', 'c'.repeat(30)]) task.mkdir(`/tmp/${name}`);
	const fd = (await task.open('/tmp', O_RDONLY)) as number;
	const names = async (size: number) => (await task.getdents(fd, size)).map(({ name }) => name.slice(0, 2));
	t.equal(await codeOf(() => task.getdents(fd, 23)), 'EINVAL', 'not even the first fits');
	t.same(await names(24), ['.']);
	t.same(await names(24 + 24), ['..', 'cc'].slice(0, 1), 'the next one is longer than what is left');
	t.equal(await codeOf(() => task.getdents(fd, 48)), 'EINVAL');
	t.same(await names(56 + 24), ['cc', 'bb']);
	t.same(await names(1000), ['a']);
	t.same(await names(1000), []);
	await task.lseek(fd, 0, SEEK_SET);
	const all = await task.getdents(fd);
	t.same(
		all.map(({ name }) => name.slice(0, 2)),
		['.', '..', 'cc', 'bb', 'a'],
	);
	for (const [i, { off }] of all.entries()) {
		await task.lseek(fd, off, SEEK_SET);
		t.same(
			(await task.getdents(fd)).map(({ name }) => name),
			all.slice(i + 1).map(({ name }) => name),
		);
	}
});

onBench('close: a file that is being read is released when the read is over', async (t, bench) => {
	const log: string[] = [];
	sleeper(bench, log);
	const [reader, writer] = [bench.kernel.task(), bench.kernel.task()];
	const fd = (await reader.open('/run/sleeper', O_RDONLY)) as number;
	const reading = reader.read(fd, 10);
	await reader.close(fd);
	t.same(log, []);
	t.equal(await codeOf(() => reader.read(fd, 10)), 'EBADF');
	const out = (await writer.open('/run/sleeper', O_WRONLY)) as number;
	await writer.write(out, 'text');
	t.equal(new TextDecoder().decode(await reading), 'text');
	t.same(log, ['released']);
});

onBench('signals: interrupt the calls of one task that sleep, and no later ones', async (t, bench) => {
	const queue = sleeper(bench);
	const [one, two] = [bench.kernel.task(), bench.kernel.task()];
	const fds = [(await one.open('/run/sleeper', O_RDWR)) as number, (await two.open('/run/sleeper', O_RDWR)) as number];
	const interrupted = codeOf(() => one.read(fds[0]!, 10));
	const patient = two.read(fds[1]!, 10);
	t.equal(one.state, 'S');
	one.interrupt();
	t.equal(await interrupted, 'EINTR');
	t.equal(one.state, 'R');
	const again = one.read(fds[0]!, 10);
	await settle();
	t.equal(one.state, 'S', 'the signal is used up');
	await two.write(fds[1]!, 'x');
	await patient;
	await one.write(fds[0]!, 'y');
	await again;
	t.equal(queue.active, false);
});

onBench('signals: a call that asks late whether it was interrupted hears of it', async (t, bench) => {
	let proceed = () => {};
	bench.file('late', {
		fop: {
			async read(_file, _count, _pos, ctx) {
				await new Promise<void>(resolve => {
					proceed = resolve;
				});
				await bench.kernel.time.sleep(SECOND, ctx.signal);
				return new Uint8Array(0);
			},
		},
	});
	const task = bench.kernel.task();
	const code = codeOf(async () => task.read((await task.open('/run/late', O_RDONLY)) as number, 1));
	await settle();
	task.interrupt();
	proceed();
	t.equal(await code, 'EINTR');
});

onBench('oops: what is thrown that is no Errno is EIO to the caller, and told with the call', async (t, bench) => {
	bench.expectedOopses = 3;
	bench.file('f', {
		fop: {
			read() {
				throw new Error('now');
			},
			async write() {
				throw new Error('later');
			},
			open() {
				throw 'a string';
			},
		},
	});
	bench.file('g', { fop: { read: () => undefined as never } });
	const task = bench.kernel.task({ comm: 'a-very-long-command-name' });
	t.equal(await codeOf(() => task.open('/run/f', O_RDONLY)), 'EIO');
	const file = await bench.kernel.vfs.open(
		bench.file('h', { fop: { write: async () => Promise.reject(new Error('later')) } }),
		O_RDWR,
		contextOf(task),
	);
	const fd = task.files.install(file, false);
	t.equal(await codeOf(() => task.write(fd, 'x')), 'EIO');
	t.equal(await codeOf(async () => task.read((await task.open('/run/g', O_RDONLY)) as number, 1)), 'EIO');
	t.match(bench.log, `Oops: openat by a-very-long-com[${task.pid}]: [#1]`);
	t.match(bench.log, `Oops: write by a-very-long-com[${task.pid}]: [#2]`);
});

onBench('tasks: ids, families and their end', async (t, bench) => {
	const { kernel } = bench;
	t.equal(kernel.init.pid, 1);
	const task = kernel.task({ uid: 5, gid: 6, groups: [7], comm: 'sh', umask: 0o77, cwd: '/tmp' });
	t.match(task, { ppid: 1, uid: 5, gid: 6, groups: [7], caps: 0n, comm: 'sh', umaskBits: 0o77 });
	const child = task.fork();
	t.match(child, { ppid: task.pid, pid: task.pid + 1, uid: 5, gid: 6, groups: [7], umaskBits: 0o77 });
	t.equal(child.getcwd(), '/tmp');
	t.equal(kernel.pids.find(child.pid), child);
	child.exit();
	t.equal(kernel.pids.find(child.pid), undefined);
	t.not(kernel.task().pid, child.pid, 'an id is not used again at once');
	t.throws(() => kernel.task({ cwd: '/none' }), { code: 'ENOENT' });
});

onBench('umask: taken from what is created, and told when it changes', async (t, bench) => {
	const task = bench.kernel.task();
	t.equal(task.umask(0o7027), 0o022);
	t.equal(task.umask(0o027), 0o027);
	await task.open('/tmp/f', O_CREAT | O_RDWR, 0o7777);
	task.mkdir('/tmp/d', 0o7777);
	t.equal((await task.stat('/tmp/f')).mode, 0o107750);
	t.equal((await task.stat('/tmp/d')).mode, 0o041750, 'mkdir keeps no set-id bits');
});

onBench('exit: what sleeps is interrupted', async (t, bench) => {
	sleeper(bench);
	const task = bench.kernel.task();
	const code = codeOf(async () => task.read((await task.open('/run/sleeper', O_RDONLY)) as number, 1));
	await settle();
	task.exit();
	t.equal(await code, 'EINTR');
});

onBench('stat: device numbers are as the system call has them', async (t, bench) => {
	const task = bench.kernel.task();
	const dev = (0x12345 & 0xff) | (0xabc << 8) | ((0x12345 & ~0xff) << 12);
	await task.mknod('/tmp/c', S_IFCHR | 0o600, dev >>> 0);
	t.equal((await task.stat('/tmp/c')).rdev, dev >>> 0);
	t.equal((await task.statfs('/tmp')).type, 0x01021994);
	t.match(await task.statfs('/'), { bsize: 4096, namelen: 255, blocks: 0 });
});

function contextOf(task: ReturnType<BenchKernel['kernel']['task']>) {
	const { pid, uid, gid, groups, memory } = task;
	return {
		pid,
		tgid: pid,
		uid,
		gid,
		groups,
		umask: 0,
		capable: () => true,
		signal: new AbortController().signal,
		memory,
	};
}
