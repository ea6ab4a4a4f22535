/** libc.test - system calls, the memory of a process, and a descriptor under watch. */

import { execFileSync } from 'node:child_process';
import { closeSync, constants, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { check, loadLibc } from '../../../mount/libc.ts';
import { processMemory } from '../../../mount/user_memory.ts';
import { watchReadable } from '../../../mount/watch.ts';
import { errno } from '../../../src/lib/errno.ts';

const libc = loadLibc();

/** A pipe with a name, read without blocking. */
function fifo(t: Test): { reader: number; writer: number } {
	const folder = mkdtempSync(join(tmpdir(), 'fifo-'));
	const path = join(folder, 'pipe');
	execFileSync('mkfifo', [path]);
	const reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
	const writer = openSync(path, constants.O_WRONLY);
	t.teardown(() => {
		closeSync(reader);
		rmSync(folder, { recursive: true });
	});
	return { reader, writer };
}

t.test('a call that fails tells its errno', t => {
	const buffer = new Uint8Array(4);
	const [result, number] = [libc.read(9999, buffer, 4), libc.errno()];
	t.same([result, number], [-1, errno.EBADF]);
	t.throws(() => check(libc, libc.umount2('/nowhere/at/all', 0), 'umount2'), { code: 'ENOENT', message: /umount2/ });
	t.equal(check(libc, libc.sched_yield(), 'sched_yield'), 0);
	t.end();
});

t.test('a call in the thread pool', async t => {
	const { reader, writer } = fifo(t);
	const written = await new Promise<number>(resolve =>
		libc.write.async(writer, Uint8Array.of(1, 2, 3), 3, (_error, result) => resolve(result)),
	);
	const buffer = new Uint8Array(8);
	t.equal(written, 3);
	t.equal(libc.read(reader, buffer, 8), 3);
	closeSync(writer);
});

t.test('memory of a process: there, and not there', t => {
	const memory = processMemory(libc, process.pid);
	const ours = Buffer.from('copy_from_user');
	const address = libc.address(ours);
	t.equal(Buffer.from(memory.read(address, 14)).toString(), 'copy_from_user');
	memory.write(address + 5n, Buffer.from('to'));
	t.equal(ours.toString(), 'copy_toom_user');
	t.same(memory.read(0n, 0), new Uint8Array(0), 'nothing is read from anywhere');
	memory.write(0n, new Uint8Array(0));
	t.throws(() => memory.read(0n, 1), { code: 'EFAULT' });
	t.throws(() => memory.write(8n, Uint8Array.of(1)), { code: 'EFAULT' });
	t.throws(() => processMemory(libc, 0x3fffffff).read(address, 1), { code: 'ESRCH' });
	t.end();
});

t.test('watch: each time there is something to read, until it is closed', async t => {
	const { reader, writer } = fifo(t);
	const buffer = new Uint8Array(8);
	let calls = 0;
	let wake = () => {};
	const watch = watchReadable(reader, () => {
		calls++;
		libc.read(reader, buffer, 8);
		wake();
	});
	watch.unref();
	watch.ref();
	for (let round = 1; round <= 3; round++) {
		const woken = new Promise<void>(resolve => {
			wake = resolve;
		});
		writeSync(writer, 'x');
		await woken;
		t.equal(calls, round);
	}
	watch.close();
	writeSync(writer, 'x');
	await new Promise(resolve => setImmediate(resolve));
	await new Promise(resolve => setImmediate(resolve));
	t.equal(calls, 3);
	closeSync(writer);
});

t.test('watch: promises go on before the event loop does', async t => {
	const { reader, writer } = fifo(t);
	const order: string[] = [];
	await new Promise<void>(resolve => {
		const watch = watchReadable(reader, () => {
			watch.close();
			setImmediate(() => {
				order.push('loop');
				resolve();
			});
			void Promise.resolve().then(() => order.push('promise'));
		});
		writeSync(writer, 'x');
	});
	t.same(order, ['promise', 'loop']);
	closeSync(writer);
});

t.test('watch: a descriptor whose other end is gone can be read', async t => {
	const { reader, writer } = fifo(t);
	await new Promise<void>(resolve => {
		const watch = watchReadable(reader, failed => {
			watch.close();
			t.notOk(failed, 'and is in no error');
			resolve();
		});
		closeSync(writer);
	});
	t.equal(libc.read(reader, new Uint8Array(8), 8), 0);
});
