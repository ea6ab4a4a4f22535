/**
 * sched.test - kernel-sim/kernel/sched.ts, pid.ts and mm/show_mem.ts: what the machine's programs cost.
 */

import t from 'tap';
import type { TaskStruct } from '../../../kernel-sim/fs/task.ts';
import { Pids } from '../../../kernel-sim/kernel/pid.ts';
import { calcLoad } from '../../../kernel-sim/kernel/sched.ts';
import { SECOND } from '../../../src/testing/fake_host.ts';
import { O_CREAT, O_RDWR } from '../../../src/uapi/fcntl.ts';
import { onBench } from './bench_kernel.ts';

t.test("calc_load: rises and falls as the kernel's fixed-point numbers do", async t => {
	const FIXED_1 = 2048;
	const cases: [number, number, number, number][] = [
		[0, 1884, 0, 0],
		[0, 1884, FIXED_1, 164],
		[164, 1884, FIXED_1, 315],
		[FIXED_1, 1884, FIXED_1, FIXED_1],
		[FIXED_1, 1884, 0, 1884],
		[1, 2037, 0, 0],
		[0, 2037, 4 * FIXED_1, 44],
	];
	for (const [load, exp, active, want] of cases) t.equal(calcLoad(load, exp, active), want, `${load} ${exp} ${active}`);
});

onBench('avenrun: is sampled every five seconds, and never by a reader', async (t, { kernel, host }) => {
	t.same(kernel.sched.avenrun, [0, 0, 0]);
	host.tasks.set({ pid: 100, state: 'R' });
	host.tasks.set({ pid: 101, state: 'D' });
	host.tasks.set({ pid: 102, state: 'S' });
	host.tasks.set({ pid: 103, state: 'R' }, false);
	host.advance(5 * SECOND);
	t.same(kernel.sched.avenrun, [0, 0, 0]);
	host.advance(SECOND / 100);
	t.same(kernel.sched.avenrun, [calcLoad(0, 1884, 4096), calcLoad(0, 2014, 4096), calcLoad(0, 2037, 4096)]);
	for (let i = 0; i < 1000; i++) host.advance(5.01 * SECOND);
	t.same(kernel.sched.avenrun, [4096, 4096, 4096]);
	t.equal(kernel.sched.nrRunning(), 1);
	t.equal(kernel.sched.nrIowait(), 1);
	t.equal(kernel.sched.nrThreads(), 4, 'init counts, and what is outside does not');
});

onBench('nr_running: whoever asks is running', async (t, { kernel, host }) => {
	t.equal(kernel.sched.nrRunning(), 1);
	for (const pid of [1, 2, 3]) host.tasks.set({ pid, state: 'R' });
	t.equal(kernel.sched.nrRunning(), 3);
});

onBench('cputime: only grows, though programs end', async (t, { kernel, host }) => {
	host.advance(10 * SECOND);
	host.tasks.set({ pid: 100, utime: 30, stime: 10, processor: 1 });
	host.tasks.set({ pid: 101, utime: 5, stime: 5, processor: 2 });
	t.same(kernel.sched.cpuTimes(), [
		{ user: 5, system: 5, idle: 990 },
		{ user: 30, system: 10, idle: 960 },
	]);
	host.tasks.set({ pid: 100, utime: 40, stime: 10, processor: 1 });
	host.tasks.delete(101);
	t.same(kernel.sched.cpuTimes()[0], { user: 5, system: 5, idle: 990 });
	t.same(kernel.sched.cpuTimes()[1], { user: 40, system: 10, idle: 960 }, 'idle does not go back');
	host.tasks.set({ pid: 100, utime: 3, stime: 0, startTime: 77, processor: 1 });
	t.equal(kernel.sched.cpuTimes()[1]?.user, 43, 'another program with the id of one that has ended');
});

onBench('total_forks: tasks of either kind, as far as they were seen', async (t, { kernel, host }) => {
	const before = kernel.sched.totalForks();
	kernel.task();
	host.tasks.set({ pid: 500 });
	t.equal(kernel.sched.totalForks(), before + 2);
	t.equal(kernel.sched.totalForks(), before + 2);
	t.equal(kernel.sched.lastPid(), 500);
});

onBench('si_meminfo: programs and files in memory are used, the rest is free', async (t, { kernel, host }) => {
	const total = 262_144;
	const left = () => total - kernel.mm.info().slab;
	t.match(kernel.mm.info(), { totalram: total, freeram: left(), sharedram: 0, anon: 0, available: left() });
	host.tasks.set({ pid: 100, rss: 10 * 4096 });
	host.tasks.set({ pid: 101, rss: 5 * 4096 + 1 });
	const task = kernel.task();
	const fd = (await task.open('/tmp/f', O_CREAT | O_RDWR)) as number;
	await task.write(fd, new Uint8Array(60 * 4096));
	t.match(kernel.mm.info(), { freeram: left() - 16 - 60, sharedram: 60, anon: 16 });
	await task.ftruncate(fd, 4096);
	t.match(kernel.mm.info(), { freeram: left() - 16 - 1, sharedram: 1 });
	host.tasks.set({ pid: 102, rss: 2 ** 40 });
	t.match(kernel.mm.info(), { freeram: 0, anon: total });
});

t.test('alloc_pid: rising, then from 300 on, and never one in use', async t => {
	const pids = new Pids(100_000);
	const make = (pid: number) => ({ pid }) as TaskStruct;
	const first = pids.add(make);
	t.equal(first.pid, 1);
	const kept = [pids.add(make), pids.add(make)];
	for (let i = 4; i < 32768; i++) pids.remove(pids.add(make));
	t.equal(pids.last, 32767);
	t.equal(pids.add(make).pid, 300);
	t.same(
		pids.list().map(({ pid }) => pid),
		[1, 2, 3, 300],
	);
	pids.remove(kept[0]!);
	t.equal(pids.find(2), undefined);
	t.equal(pids.add(make).pid, 301);
	t.equal(pids.total, 32769);
});

t.test('alloc_pid: EAGAIN when there is none', async t => {
	const pids = new Pids(100_000);
	const make = (pid: number) => ({ pid }) as TaskStruct;
	for (let i = 1; i < 32768; i++) pids.add(make);
	t.throws(() => pids.add(make), { code: 'EAGAIN' });
});
