/** supervisor.test - system calls of a thread of this process, answered by this process. */

import { closeSync, fstatSync, openSync } from 'node:fs';
import t, { type Test } from 'tap';
import { loadLibc } from '../../../../mount/libc.ts';
import { ownArchitecture } from '../../../../mount/run/numbers.ts';
import type { Handler } from '../../../../mount/run/supervised_call.ts';
import { Supervisor, type SupervisorOptions } from '../../../../mount/run/supervisor.ts';
import { Errno, errno } from '../../../../src/lib/errno.ts';
import { findTask } from '../../../../src/machine/tasks.ts';
import { FilteredThread } from './filtered_thread.ts';

const libc = loadLibc();
const { numbers } = ownArchitecture();
/** A number that Linux does not have. */
const OWN = 600;

interface Fixture {
	readonly thread: FilteredThread;
	readonly supervisor: Supervisor;
	readonly oopses: unknown[];
	readonly lines: string[];
	readonly ended: Promise<void>;
	readonly end: () => Promise<void>;
}

async function start(t: Test, handle: Handler, options: Partial<SupervisorOptions> = {}): Promise<Fixture> {
	const thread = await FilteredThread.start([numbers.uname]);
	const oopses: unknown[] = [];
	const lines: string[] = [];
	let settle = () => {};
	const ended = new Promise<void>(resolve => {
		settle = resolve;
	});
	const supervisor = new Supervisor({
		libc,
		listener: thread.listener,
		tasks: { find: findTask },
		handle,
		oops: error => oopses.push(error),
		trace: { active: true, send: line => void lines.push(line) },
		ended: settle,
		...options,
	});
	let over = false;
	const end = async () => {
		if (over) return;
		over = true;
		supervisor.close();
		await thread.end();
	};
	t.teardown(end);
	return { thread, supervisor, oopses, lines, ended, end };
}

t.test('supervisor: a value, an errno, an oops, and what the host is to do', async t => {
	const { thread, supervisor, oopses, lines } = await start(t, call => {
		if (call.name === 'uname') return 'host';
		if (call.args[0] === 1n) throw new Errno('EXDEV');
		if (call.args[0] === 2n) throw new TypeError('a mistake');
		return call.int(0) + 2;
	});
	t.match(await thread.syscall(OWN, [40]), { result: 42 });
	t.match(await thread.syscall(OWN, [-1]), { result: 1 });
	t.match(await thread.syscall(OWN, [1]), { result: -1, errno: errno.EXDEV });
	t.match(await thread.syscall(OWN, [2]), { result: -1, errno: errno.EIO });
	t.match(oopses, [new TypeError('a mistake')]);
	const name = Buffer.alloc(6 * 65);
	t.match(await thread.syscall(numbers.uname, [libc.address(name)]), { result: 0 });
	t.equal(name.toString('latin1', 0, 5), 'Linux');
	t.match(await thread.syscall(numbers.io_uring_setup, [1, 0]), { result: -1, errno: errno.ENOSYS });
	t.same(supervisor.counts, { received: 5, answered: 5, waiting: 0 });
	t.match(lines, [
		/^syscall \d+ 600\(40, 0, 0, .*\) = 42$/,
		/= 1$/,
		/= -1 EXDEV$/,
		/= -1 EIO$/,
		/^syscall \d+ uname\(0x[0-9a-f]+, .* = host$/,
	]);
});

t.test('supervisor: memory of the caller is read and written, and EFAULT where there is none', async t => {
	const { thread } = await start(t, ({ memory, args: [address, count] }) => {
		const bytes = memory.read(address, Number(count));
		memory.write(address, bytes.reverse());
		return bytes.length;
	});
	const bytes = Buffer.from('abc');
	t.match(await thread.syscall(OWN, [libc.address(bytes), 3]), { result: 3 });
	t.equal(`${bytes}`, 'cba');
	for (const address of [0n, 8n, 0x7fff_ffff_f000n, 1n << 52n])
		t.match(await thread.syscall(OWN, [address, 3]), { result: -1, errno: errno.EFAULT }, `${address}`);
});

t.test('supervisor: who calls', async t => {
	const seen: unknown[] = [];
	const { thread } = await start(t, ({ pid, tgid, uid, gid, groups, umask }) => {
		seen.push({ pid, tgid, uid, gid, groups, umask });
		return 0;
	});
	await thread.syscall(OWN);
	const groups = [...process.getgroups!()].sort();
	t.match(seen, [{ tgid: process.pid, uid: process.getuid!(), gid: process.getgid!(), umask: process.umask() }]);
	const { pid, groups: found } = seen[0] as { pid: number; groups: number[] };
	t.not(pid, process.pid);
	t.same(
		[...found].sort().filter(id => groups.includes(id)),
		found,
	);
});

t.test('supervisor: capabilities, and who may do everything', async t => {
	for (const all of [false, true]) {
		const { thread, end } = await start(t, call => Number(call.capable(63)), { mayAll: () => all });
		t.match(await thread.syscall(OWN), { result: Number(all) });
		await end();
	}
});

t.test('supervisor: an answer that takes a while', async t => {
	const { thread, supervisor } = await start(t, async call => {
		await new Promise(resolve => setTimeout(resolve, 50));
		if (call.args[0] === 1n) throw new Errno('ETIME');
		return 7;
	});
	const outcome = thread.syscall(OWN);
	while (supervisor.counts.waiting === 0) await new Promise(resolve => setTimeout(resolve, 1));
	t.match(await outcome, { result: 7 });
	t.match(await thread.syscall(OWN, [1]), { errno: errno.ETIME });
	t.same(supervisor.counts, { received: 2, answered: 2, waiting: 0 });
});

t.test('supervisor: a descriptor as the answer, and besides', async t => {
	const file = openSync('/', 'r');
	const { thread } = await start(t, call => {
		if (call.args[0] === 0n) return call.addDescriptor(file, { at: 900 });
		if (call.args[0] === 1n) return call.answerDescriptor(file, { cloexec: true });
		return call.addDescriptor(file, { at: 2 ** 30 });
	});
	t.match(await thread.syscall(OWN, [0]), { result: 900 });
	const { result } = await thread.syscall(OWN, [1]);
	for (const fd of [900, result]) {
		t.equal(fstatSync(fd).ino, fstatSync(file).ino);
		closeSync(fd);
	}
	t.match(await thread.syscall(OWN, [2]), { result: -1, errno: errno.EBADF });
	closeSync(file);
});

t.test('supervisor: closed, it leaves nobody waiting', async t => {
	const { thread, supervisor } = await start(t, () => new Promise(() => {}));
	const outcome = thread.syscall(OWN);
	while (supervisor.counts.waiting === 0) await new Promise(resolve => setTimeout(resolve, 1));
	supervisor.close();
	t.match(await outcome, { result: -1, errno: errno.ENOSYS });
	t.match(await thread.syscall(OWN), { result: -1, errno: errno.ENOSYS });
});

t.test('supervisor: a call whose handler sleeps on when a signal has come is answered all the same, once', async t => {
	let finish = () => {};
	const handler: Handler = call => {
		call.interrupt();
		return new Promise(resolve => {
			finish = () => resolve(7);
		});
	};
	const { thread, supervisor, oopses } = await start(t, handler, { grace: 100 });
	t.match(await thread.syscall(OWN), { result: -1, errno: errno.EINTR });
	t.match(oopses, [new Error('the handler sleeps on, though a signal has come')]);
	finish();
	await new Promise(resolve => setTimeout(resolve, 10));
	t.same(supervisor.counts, { received: 1, answered: 1, waiting: 0 });
	const outcome = thread.syscall(OWN);
	while (supervisor.counts.waiting === 0) await new Promise(resolve => setTimeout(resolve, 1));
	finish();
	t.match(await outcome, { result: 7 }, 'one that comes to its end in time');
});

t.test('supervisor: a handler that answers no number is an oops', async t => {
	for (const answer of [undefined, Number.NaN, 1.5, '7']) {
		for (const handle of [() => answer, async () => answer]) {
			const { thread, supervisor, oopses, end } = await start(t, handle as unknown as Handler);
			t.match(await thread.syscall(OWN), { result: -1, errno: errno.EIO });
			t.match(oopses, [TypeError]);
			t.same(supervisor.counts, { received: 1, answered: 1, waiting: 0 });
			await end();
		}
	}
});

t.test('supervisor: ends when the last one under the filter has', async t => {
	const { thread, ended, supervisor } = await start(t, () => 0);
	t.match(await thread.syscall(OWN, [], 1000), { result: 0 });
	await thread.end();
	await ended;
	t.same(supervisor.counts, { received: 1000, answered: 1000, waiting: 0 });
});
