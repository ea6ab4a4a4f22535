/**
 * select.test - kernel-sim/fs/select.ts and ioctl.ts.
 */

import { FIBMAP, FIFREEZE, FIGETBSZ, FIOQSIZE, FITHAW, FS_IOC_FIEMAP } from '../../../kernel-sim/fs/ioctl.ts';
import { WaitQueueHead } from '../../../kernel-sim/kernel/wait.ts';
import type { PollTable } from '../../../src/boundary/vfs.ts';
import { MILLISECOND } from '../../../src/testing/fake_host.ts';
import { F_GETFL, FASYNC, O_NONBLOCK, O_PATH, O_RDONLY, O_RDWR } from '../../../src/uapi/fcntl.ts';
import { FIOASYNC, FIOCLEX, FIONBIO, FIONCLEX, FIONREAD, TCGETS } from '../../../src/uapi/ioctl.ts';
import { POLLERR, POLLHUP, POLLIN, POLLNVAL, POLLOUT, POLLPRI } from '../../../src/uapi/poll.ts';
import { S_IFCHR, S_IFDIR } from '../../../src/uapi/stat.ts';
import { type BenchKernel, codeOf, onBench, settle } from './bench_kernel.ts';

/** A file whose events are `state.events`, and who waits for it. */
function pollable(bench: BenchKernel, name: string) {
	const queue = new WaitQueueHead(bench.kernel.time);
	const state = { events: 0, asked: 0, waiting: 0 };
	const poll = (_file: unknown, table: PollTable) => {
		state.asked += 1;
		if (table.waiting) state.waiting += 1;
		table.wait(queue);
		return state.events;
	};
	bench.file(name, { fop: { poll } });
	const set = (events: number) => {
		state.events = events;
		queue.wakeUp();
	};
	return { queue, state, set };
}

onBench('do_poll: answers at once what is there', async (t, bench) => {
	const { state } = pollable(bench, 'f');
	bench.file('plain', {});
	const task = bench.kernel.task();
	const fd = (await task.open('/run/f', O_RDONLY)) as number;
	const plain = (await task.open('/run/plain', O_RDONLY)) as number;
	const path = (await task.open('/run/plain', O_PATH)) as number;
	state.events = POLLIN | POLLERR | POLLHUP;
	const answer = task.poll(
		[
			{ fd, events: POLLOUT },
			{ fd: plain, events: POLLIN | POLLOUT | POLLPRI },
			{ fd: -1, events: POLLIN },
			{ fd: 99, events: POLLIN },
			{ fd: path, events: POLLIN },
		],
		-1,
	);
	t.same(answer, [POLLERR | POLLHUP, POLLIN | POLLOUT, 0, POLLNVAL, POLLNVAL], 'in the same turn');
});

onBench('do_poll: a timeout of 0 waits for nobody', async (t, bench) => {
	const { state, queue } = pollable(bench, 'f');
	const task = bench.kernel.task();
	const fd = (await task.open('/run/f', O_RDONLY)) as number;
	t.same(task.poll([{ fd, events: POLLIN }], 0), [0]);
	t.same([state.asked, state.waiting, queue.active], [1, 0, false]);
});

onBench('do_poll: sleeps until one of the files has what is asked for', async (t, bench) => {
	const [a, b] = [pollable(bench, 'a'), pollable(bench, 'b')];
	const task = bench.kernel.task();
	const fds = [(await task.open('/run/a', O_RDONLY)) as number, (await task.open('/run/b', O_RDONLY)) as number];
	let revents: readonly number[] | undefined;
	const polling = Promise.resolve(
		task.poll(
			fds.map(fd => ({ fd, events: POLLIN })),
			-1,
		),
	).then(found => {
		revents = found;
	});
	await settle();
	t.same([a.state.asked, b.state.asked], [1, 1], 'each is asked once before the sleep');
	a.set(POLLOUT);
	await settle();
	t.equal(revents, undefined, 'an event that nobody asked for');
	b.set(POLLIN);
	await polling;
	t.same(revents, [0, POLLIN]);
	t.equal(a.queue.active || b.queue.active, false, 'nobody waits any more');
	t.same([a.state.waiting, b.state.waiting], [1, 1], 'the queues were joined once');
});

onBench('do_poll: an event during the first round is not lost', async (t, bench) => {
	const queue = new WaitQueueHead(bench.kernel.time);
	let events = 0;
	bench.file('f', {
		fop: {
			poll(_file, table) {
				table.wait(queue);
				const seen = events;
				events = POLLIN;
				queue.wakeUp();
				return seen;
			},
		},
	});
	const task = bench.kernel.task();
	const fd = (await task.open('/run/f', O_RDONLY)) as number;
	t.same(await task.poll([{ fd, events: POLLIN }], -1), [POLLIN]);
});

onBench('do_poll: gives up when its time is over', async (t, bench) => {
	const { queue } = pollable(bench, 'f');
	const task = bench.kernel.task();
	const fd = (await task.open('/run/f', O_RDONLY)) as number;
	const polling = task.poll([{ fd, events: POLLIN }], 20);
	bench.host.advance(20 * MILLISECOND - 1);
	await settle();
	t.equal(queue.active, true);
	bench.host.advance(1);
	t.same(await polling, [0]);
	t.equal(queue.active, false);
});

onBench('do_poll: of no file is a sleep', async (t, bench) => {
	const polling = bench.kernel.task().poll([], 5);
	bench.host.advance(5 * MILLISECOND);
	t.same(await polling, []);
});

onBench('do_poll: EINTR leaves nobody waiting, and the files can be closed', async (t, bench) => {
	const { queue } = pollable(bench, 'f');
	const task = bench.kernel.task();
	const fd = (await task.open('/run/f', O_RDONLY)) as number;
	const code = codeOf(() => task.poll([{ fd, events: POLLIN }], 1000));
	await task.close(fd);
	task.interrupt();
	t.equal(await code, 'EINTR');
	t.equal(queue.active, false);
});

onBench('do_poll: a poll operation that stumbles is an oops, and leaves nobody waiting', async (t, bench) => {
	bench.expectedOopses = 2;
	const { queue } = pollable(bench, 'a');
	let broken = true;
	bench.file('b', {
		fop: {
			poll(_file, table) {
				table.wait(queue);
				if (broken) throw new Error('mistake');
				return 0;
			},
		},
	});
	const task = bench.kernel.task();
	const fds = [(await task.open('/run/a', O_RDONLY)) as number, (await task.open('/run/b', O_RDONLY)) as number];
	const ask = () =>
		task.poll(
			fds.map(fd => ({ fd, events: POLLIN })),
			-1,
		);
	t.equal(await codeOf(ask), 'EIO');
	t.equal(queue.active, false);
	broken = false;
	const later = codeOf(ask);
	await settle();
	broken = true;
	queue.wakeUp();
	t.equal(await later, 'EIO');
	t.equal(queue.active, false);
});

onBench('do_vfs_ioctl: what is answered for every file', async (t, bench) => {
	const driver = { ioctl: () => 77 };
	bench.file('reg', { size: 10, blksize: 1024 });
	bench.file('driven', { size: 10, fop: driver });
	bench.file('dev', { mode: S_IFCHR | 0o666, fop: driver });
	bench.file('silent', { mode: S_IFCHR | 0o666 });
	bench.file('dir', { mode: S_IFDIR | 0o755, nlink: 2 });
	const task = bench.kernel.task();
	const nobody = bench.kernel.task({ uid: 65534 });
	const call = async (who: typeof task, name: string, cmd: number, arg: bigint | Uint8Array = new Uint8Array(8)) => {
		const fd = (await who.open(`/run/${name}`, O_RDONLY)) as number;
		who.files.get(fd).pos = 4;
		const result = await who.ioctl(fd, cmd, arg);
		return arg instanceof Uint8Array ? [result, new DataView(arg.buffer).getInt32(0, true)] : [result];
	};
	const cases: [string, typeof task, string, number, number[] | string][] = [
		['FIONREAD of a regular file is what is left', task, 'reg', FIONREAD, [0, 6]],
		['FIONREAD of a device is its own', task, 'dev', FIONREAD, [77, 0]],
		['FIONREAD of a device without ioctl', task, 'silent', FIONREAD, 'ENOTTY'],
		['FIGETBSZ', task, 'reg', FIGETBSZ, [0, 1024]],
		['FIGETBSZ of a device', task, 'dev', FIGETBSZ, [0, 4096]],
		['FIBMAP', task, 'driven', FIBMAP, 'EINVAL'],
		['FIBMAP by nobody', nobody, 'driven', FIBMAP, 'EPERM'],
		['FIBMAP of a device is its own', task, 'dev', FIBMAP, [77, 0]],
		['FIOQSIZE', task, 'dir', FIOQSIZE, [0, 0]],
		['FIOQSIZE of a device', task, 'dev', FIOQSIZE, 'ENOTTY'],
		['FIFREEZE', task, 'reg', FIFREEZE, 'EOPNOTSUPP'],
		['FIFREEZE by nobody', nobody, 'reg', FIFREEZE, 'EPERM'],
		['FITHAW', task, 'dev', FITHAW, 'EOPNOTSUPP'],
		['FS_IOC_FIEMAP', task, 'driven', FS_IOC_FIEMAP, 'EOPNOTSUPP'],
		['FIOASYNC to what it is', task, 'reg', FIOASYNC, [0, 0]],
		["any other is the driver's", task, 'driven', TCGETS, [77, 0]],
		['any other without a driver', task, 'reg', TCGETS, 'ENOTTY'],
	];
	for (const [title, who, name, cmd, want] of cases) {
		let got: number[] | undefined;
		const code = await codeOf(async () => {
			got = await call(who, name, cmd);
		});
		t.same(code ?? got, want, title);
	}
	t.equal(await codeOf(() => call(task, 'reg', FIONREAD, 8n)), 'EFAULT');
	t.equal(await codeOf(() => call(task, 'reg', FIONBIO, 8n)), 'EFAULT');
	t.equal(await codeOf(() => call(task, 'reg', FIOASYNC, new Uint8Array([1, 0, 0, 0]))), 'ENOTTY');
	t.equal(await codeOf(() => task.ioctl(99, TCGETS)), 'EBADF');
});

onBench('FIONBIO, FIOCLEX: what they set', async (t, bench) => {
	bench.file('f', {});
	const task = bench.kernel.task();
	const fd = (await task.open('/run/f', O_RDWR)) as number;
	const nonblocking = () => (task.fcntl(fd, F_GETFL) & O_NONBLOCK) !== 0;
	await task.ioctl(fd, FIONBIO, new Uint8Array([0, 1, 0, 0]));
	t.equal(nonblocking(), true);
	await task.ioctl(fd, FIONBIO, new Uint8Array(4));
	t.equal(nonblocking(), false);
	await task.ioctl(fd, FIOCLEX);
	t.equal(task.files.closeOnExec(fd), true);
	await task.ioctl(fd, FIONCLEX);
	t.equal(task.files.closeOnExec(fd), false);
	t.equal(task.fcntl(fd, F_GETFL) & FASYNC, 0);
});

onBench(
	"unlocked_ioctl: a driver reads and writes the caller's memory, and structs in it that point elsewhere",
	async (t, bench) => {
		bench.file('dev', {
			mode: S_IFCHR | 0o666,
			fop: {
				ioctl(_file, cmd, arg, { memory }) {
					if (cmd === 0) return Number(arg);
					const pointer = new DataView(memory.read(arg, 8).buffer).getBigUint64(0, true);
					memory.write(pointer, new TextEncoder().encode('written'));
					return 200;
				},
			},
		});
		const task = bench.kernel.task();
		const fd = (await task.open('/run/dev', O_RDWR)) as number;
		t.equal(await task.ioctl(fd, 0, 42), 42);
		t.equal(await task.ioctl(fd, 0, 43n), 43);
		const text = new Uint8Array(7);
		const struct = new Uint8Array(8);
		const address = task.memory.map(text);
		new DataView(struct.buffer).setBigUint64(0, address, true);
		t.equal(await task.ioctl(fd, 1, struct), 200);
		t.equal(new TextDecoder().decode(text), 'written');
		task.memory.unmap(address);
		t.equal(await codeOf(() => task.ioctl(fd, 1, struct)), 'EFAULT', 'it is not there any more');
		t.equal(await codeOf(() => task.ioctl(fd, 1, new Uint8Array(7))), 'EFAULT', 'one byte less than the struct');
	},
);
