/** sys.test - uname(2), sethostname(2), setdomainname(2), syslog(2) and the calls of modules. */

import type { Test } from 'tap';
import { TaskMemory } from '../../../kernel-sim/fs/user_memory.ts';
import type { SyscallContext } from '../../../src/boundary/syscall.ts';
import { capability } from '../../../src/uapi/capability.ts';
import { type BenchKernel, codeOf, onBench } from './bench_kernel.ts';

/** A task that makes system calls. */
class Caller {
	readonly memory = new TaskMemory();
	readonly abort = new AbortController();
	readonly #bench: BenchKernel;
	readonly #caps: readonly number[];

	constructor(bench: BenchKernel, caps: readonly number[] = Object.values(capability)) {
		this.#bench = bench;
		this.#caps = caps;
	}

	/** Makes a call, by name or number; buffers are mapped. */
	call(call: string | number, ...given: readonly (number | Uint8Array)[]): unknown {
		const { kernel } = this.#bench;
		const args = given.map(arg => (typeof arg === 'number' ? BigInt.asUintN(64, BigInt(arg)) : this.memory.map(arg)));
		const number = typeof call === 'number' ? call : -1;
		const handler = kernel.syscalls.find(number, typeof call === 'string' ? call : undefined);
		const ctx: SyscallContext = {
			...{ pid: 7, tgid: 7, uid: 0, gid: 0, groups: [], umask: 0, number },
			args: [...args, 0n, 0n, 0n, 0n, 0n, 0n].slice(0, 6) as unknown as SyscallContext['args'],
			capable: cap => this.#caps.includes(cap),
			signal: this.abort.signal,
			memory: this.memory,
		};
		return handler?.(ctx);
	}
}

const text = (bytes: Uint8Array) => Buffer.from(bytes).toString('latin1').replace(/\0+$/, '');

onBench('uname: six names of 65 bytes', async (t, bench) => {
	const caller = new Caller(bench);
	const buffer = Buffer.alloc(391, 0xff);
	t.equal(caller.call('uname', buffer), 0);
	const names = [0, 1, 2, 3, 4, 5].map(i => text(buffer.subarray(65 * i, 65 * i + 65)));
	const { sysname, nodename, release, version, machine, domainname } = bench.kernel.uts;
	t.same(names, [sysname, nodename, release, version, machine, domainname]);
	t.equal(buffer[390], 0xff, 'and not a byte more');
	t.equal(await codeOf(() => caller.call('uname', 8)), 'EFAULT');
});

onBench('sethostname, setdomainname: at most 64 bytes, of whoever has CAP_SYS_ADMIN', async (t, bench) => {
	const { uts } = bench.kernel;
	for (const [call, member] of [
		['sethostname', 'nodename'],
		['setdomainname', 'domainname'],
	] as const) {
		const caller = new Caller(bench);
		t.equal(caller.call(call, Buffer.from('somewhere else'), 9), 0);
		t.equal(uts[member], 'somewhere');
		t.equal(caller.call(call, Buffer.alloc(64, 'x'), 64), 0);
		t.equal(uts[member], 'x'.repeat(64));
		t.equal(caller.call(call, Buffer.from('a\0b'), 3), 0);
		t.equal(uts[member], 'a');
		t.equal(await codeOf(() => caller.call(call, Buffer.alloc(65), 65)), 'EINVAL');
		t.equal(await codeOf(() => caller.call(call, Buffer.alloc(65), -1)), 'EINVAL');
		t.equal(await codeOf(() => caller.call(call, 8, 3)), 'EFAULT');
		t.equal(await codeOf(() => new Caller(bench, []).call(call, Buffer.from('b'), 1)), 'EPERM');
		t.equal(uts[member], 'a', 'what is refused changes nothing');
		t.equal(caller.call(call, Buffer.alloc(1), 0), 0);
		t.equal(uts[member], '');
		const { poll } = bench.kernel.sysctl.find(`kernel/${call.slice('set'.length)}`)!.entry;
		t.equal(poll?.event, 4, 'who polls the file under /proc/sys was told');
	}
});

async function logOf(t: Test, bench: BenchKernel, type: number, size: number): Promise<string> {
	const buffer = Buffer.alloc(size);
	const count = (await new Caller(bench).call('syslog', type, buffer, size)) as number;
	t.ok(count <= size);
	return text(buffer.subarray(0, count));
}

/** Reads until nothing is unread. */
async function readAll(t: Test, bench: BenchKernel): Promise<void> {
	while ((new Caller(bench).call('syslog', 9) as number) > 0) await logOf(t, bench, 2, 4096);
}

onBench('syslog: reads each record once, and all of them as often as one likes', async (t, bench) => {
	const { pr } = bench.kernel;
	await readAll(t, bench);
	new Caller(bench).call('syslog', 5);
	pr.err('one\n');
	pr.info('two\n');
	const lines = '<3>[    0.000000] one\n<6>[    0.000000] two\n';
	t.equal(new Caller(bench).call('syslog', 9), lines.length);
	t.equal(await logOf(t, bench, 3, 4096), lines);
	t.equal(await logOf(t, bench, 3, 30), lines.slice(22), 'the newest that fit whole');
	t.equal(await logOf(t, bench, 2, 30), lines.slice(0, 22));
	t.equal(await logOf(t, bench, 2, 10), lines.slice(22, 32), 'one that does not fit is read in parts');
	t.equal(new Caller(bench).call('syslog', 9), 12);
	t.equal(await logOf(t, bench, 2, 100), lines.slice(32));
	t.equal(await logOf(t, bench, 4, 4096), lines);
	t.equal(await logOf(t, bench, 3, 4096), '', 'cleared');
	t.equal(new Caller(bench).call('syslog', 10), bench.kernel.printk.bufferLength);
});

onBench('syslog: a read waits for a record, or a signal', async (t, bench) => {
	const caller = new Caller(bench);
	await readAll(t, bench);
	const buffer = Buffer.alloc(100);
	const waiting = caller.call('syslog', 2, buffer, 100) as Promise<number>;
	bench.kernel.pr.info('late\n');
	t.equal(await waiting, 23);
	const interrupted = caller.call('syslog', 2, buffer, 100) as Promise<number>;
	caller.abort.abort();
	await t.rejects(interrupted, { code: 'EINTR' });
});

onBench('syslog: what is refused', async (t, bench) => {
	const caller = new Caller(bench);
	const plain = new Caller(bench, []);
	const code = (from: Caller, ...args: readonly (number | Uint8Array)[]) => codeOf(() => from.call('syslog', ...args));
	for (const type of [-1, 11, 1 << 30]) t.equal(await code(caller, type), 'EINVAL');
	for (const type of [2, 3, 4]) {
		t.equal(await code(caller, type, 0, 10), 'EINVAL');
		t.equal(await code(caller, type, Buffer.alloc(10), -1), 'EINVAL');
		t.equal(caller.call('syslog', type, Buffer.alloc(10), 0), 0);
		t.equal(await code(caller, type, 8, 4096), 'EFAULT');
	}
	for (const type of [0, 1, 2, 4, 5, 6, 7, 8, 9])
		t.equal(await code(plain, type, Buffer.alloc(10), 10), 'EPERM', `${type}`);
	t.equal(plain.call('syslog', 10), bench.kernel.printk.bufferLength);
	t.type(plain.call('syslog', 3, Buffer.alloc(4096), 4096), 'number');
});

onBench('syslog: kernel.dmesg_restrict hides the log, and kernel.printk says the least level', async (t, bench) => {
	const { printk } = bench.kernel;
	const plain = new Caller(bench, []);
	printk.dmesgRestrict = 1;
	for (const type of [3, 10]) t.equal(await codeOf(() => plain.call('syslog', type, Buffer.alloc(10), 10)), 'EPERM');
	printk.consolePrintk = [7, 4, 3, 7];
	const caller = new Caller(bench);
	caller.call('syslog', 8, 0, 2);
	t.same(printk.consolePrintk, [3, 4, 3, 7]);
	caller.call('syslog', 6);
	t.equal(printk.consoleLoglevel, 3);
});

onBench('syslog: the level of the console', async (t, bench) => {
	const { printk } = bench.kernel;
	const caller = new Caller(bench);
	t.equal(printk.consoleLoglevel, 7);
	caller.call('syslog', 6);
	caller.call('syslog', 6);
	t.equal(printk.consoleLoglevel, 1);
	caller.call('syslog', 7);
	t.equal(printk.consoleLoglevel, 7);
	caller.call('syslog', 7);
	t.equal(printk.consoleLoglevel, 7);
	caller.call('syslog', 8, 0, 4);
	t.equal(printk.consoleLoglevel, 4);
	for (const level of [0, 9, -1]) t.equal(await codeOf(() => caller.call('syslog', 8, 0, level)), 'EINVAL');
});

onBench('registerSyscall: a number of its own, for as long as the module is there', async (t, bench) => {
	const { kernel } = bench;
	const caller = new Caller(bench);
	const module = await kernel.modules.load({
		name: 'mysyscall',
		license: 'GPL',
		init: ({
			registerSyscall,
		}: {
			registerSyscall: (number: number, handler: (ctx: SyscallContext) => number) => void;
		}) => registerSyscall(548, ({ args: [a, b] }) => Number(a + b)),
	} as never);
	t.equal(caller.call(548, 40, 2), 42);
	t.same(kernel.syscalls.numbers, [548]);
	t.equal(await codeOf(() => kernel.syscalls.register(548, () => 0)), 'EBUSY');
	for (const number of [-1, 1.5, 2 ** 30])
		t.equal(await codeOf(() => kernel.syscalls.register(number, () => 0)), 'EINVAL');
	await kernel.modules.unload(module.name);
	t.equal(caller.call(548, 1, 1), undefined);
	t.same(kernel.syscalls.numbers, []);
	t.equal(kernel.syscalls.find(1, 'read'), undefined);
});
