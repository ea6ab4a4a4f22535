/** devkmsg.test - kernel-sim/kernel/devkmsg.ts, fs/proc/kmsg.ts and lib/ratelimit.ts: what no contract can see to. */

import t from 'tap';
import type { Task } from '../../../kernel-sim/fs/syscalls.ts';
import { Kernel } from '../../../kernel-sim/kernel.ts';
import { RatelimitState } from '../../../kernel-sim/lib/ratelimit.ts';
import { FakeHost, SECOND } from '../../../src/testing/fake_host.ts';
import { F_SETFL, O_NONBLOCK, O_RDONLY, O_RDWR, O_WRONLY, SEEK_DATA, SEEK_SET } from '../../../src/uapi/fcntl.ts';
import { POLLERR, POLLIN, POLLPRI } from '../../../src/uapi/poll.ts';
import { codeOf, settle } from './bench_kernel.ts';

interface Bench {
	readonly host: FakeHost;
	readonly kernel: Kernel;
	readonly task: Task;
}

function boot(commandLine = '', logBufferLength = 1 << 17): Bench {
	const host = new FakeHost();
	const kernel = Kernel.boot(host, { commandLine, logBufferLength });
	t.teardown(() => kernel.shutdown());
	return { host, kernel, task: kernel.task({ comm: 'logger' }) };
}

const text = (bytes: Uint8Array | Promise<Uint8Array>) => Buffer.from(bytes as Uint8Array).toString('latin1');
/** The events of a file now. */
const events = (task: Task, fd: number) => (task.poll([{ fd, events: POLLIN | POLLPRI }], 0) as number[])[0];

/** The texts of all records that can be read. */
async function rest(task: Task, fd: number): Promise<string[]> {
	const records: string[] = [];
	while ((await codeOf(() => records.push(text(task.read(fd, 8192))))) === undefined);
	return records;
}

t.test('devkmsg_read: EPIPE once the next record has been overwritten, then the oldest', async t => {
	const { kernel, task } = boot('', 2048);
	const fd = task.open('/dev/kmsg', O_RDONLY | O_NONBLOCK) as number;
	for (let i = 0; i < 100; i++) kernel.pr.info('%0100d\n', i);
	t.equal(events(task, fd), POLLIN | POLLERR | POLLPRI);
	t.equal(await codeOf(() => task.read(fd, 8192)), 'EPIPE');
	t.match(text(task.read(fd, 8192) as Uint8Array), new RegExp(`^6,${kernel.printk.firstSeq},`));
	t.equal(events(task, fd), POLLIN);
	t.equal((await rest(task, fd)).length, kernel.printk.nextSeq - kernel.printk.firstSeq - 1);
});

t.test('devkmsg_read: a dictionary follows its record, and what does not fit into 2048 bytes is lost', async t => {
	const { kernel, task } = boot();
	const fd = task.open('/dev/kmsg', O_RDONLY | O_NONBLOCK) as number;
	await rest(task, fd);
	kernel.printk.emit('usb\n', { level: 6, dict: ['SUBSYSTEM=usb', 'DEVICE=c1\\2'] });
	t.match(text(task.read(fd, 8192) as Uint8Array), /^6,\d+,\d+,-;usb\n SUBSYSTEM=usb\n DEVICE=c1\\x5c2\n$/);
	kernel.printk.emit(`${'\x01'.repeat(1023)}\n`, { level: 6 });
	const long = text(task.read(fd, 8192) as Uint8Array);
	t.equal(long.length, 2048);
	t.match(long, /^6,\d+,\d+,-;(\\x01)+(\\(x0?)?)?\n$/);
});

t.test('devkmsg_read: two who wait on one file get a record each', async t => {
	const { kernel, task } = boot();
	const fd = task.open('/dev/kmsg', O_RDONLY | O_NONBLOCK) as number;
	await rest(task, fd);
	task.fcntl(fd, F_SETFL, 0);
	const reads = [task.read(fd, 100), task.read(fd, 100)];
	kernel.pr.info('one\n');
	await settle();
	kernel.pr.info('two\n');
	t.match((await Promise.all(reads)).map(text), [/;one\n$/, /;two\n$/]);
});

t.test('devkmsg_llseek: SEEK_DATA goes behind what syslog(2) has cleared', async t => {
	const { kernel, task } = boot();
	const fd = task.open('/dev/kmsg', O_RDONLY | O_NONBLOCK) as number;
	kernel.printk.clear();
	kernel.pr.info('after\n');
	t.equal(task.lseek(fd, 0, SEEK_DATA), 0);
	t.match(await rest(task, fd), [/;after\n$/]);
	t.equal(task.lseek(fd, 0, SEEK_SET), 0);
	t.match(await rest(task, fd), [/Linux version/, /after/]);
});

t.test('devkmsg_write: ten lines in five seconds, and how many were too many when the file is closed', async t => {
	const { host, kernel, task } = boot();
	const reader = task.open('/dev/kmsg', O_RDONLY | O_NONBLOCK) as number;
	await rest(task, reader);
	const fd = task.open('/dev/kmsg', O_WRONLY) as number;
	for (let i = 0; i < 15; i++) t.equal(task.write(fd, `${i}\n`), `${i}\n`.length);
	t.equal((await rest(task, reader)).length, 10);
	host.advance(5.1 * SECOND);
	task.write(fd, 'late\n');
	t.match(await rest(task, reader), [/;late\n$/]);
	task.close(fd);
	t.match(await rest(task, reader), [/^4,\d+,\d+,-;logger: 5 output lines suppressed due to ratelimiting\n$/]);
	kernel.printk.devkmsg = 'on';
	const free = task.open('/dev/kmsg', O_WRONLY) as number;
	for (let i = 0; i < 30; i++) task.write(free, 'x\n');
	task.close(free);
	t.equal((await rest(task, reader)).length, 30);
});

t.test('printk.devkmsg: off refuses who opens, and forgets what is written to a file that is open', async t => {
	const { kernel, task } = boot();
	const fd = task.open('/dev/kmsg', O_RDWR | O_NONBLOCK) as number;
	await rest(task, fd);
	const knob = task.open('/proc/sys/kernel/printk_devkmsg', O_RDWR) as number;
	t.equal(task.write(knob, 'off\n'), 4);
	t.equal(task.write(fd, 'lost\n'), 5);
	t.same(await rest(task, fd), []);
	for (const flags of [O_RDONLY, O_WRONLY])
		t.equal(await codeOf(() => task.open('/dev/kmsg', flags)), 'EPERM', `${flags}`);
	t.equal(kernel.printk.devkmsg, 'off');
});

t.test('printk.devkmsg=: what the command line says stays, and what is no such word is told to the log', async t => {
	const { kernel, task } = boot('quiet printk.devkmsg=on');
	t.equal(kernel.printk.devkmsg, 'on');
	const knob = task.open('/proc/sys/kernel/printk_devkmsg', O_RDWR) as number;
	t.equal(text(task.pread(knob, 100, 0) as Uint8Array), 'on\n');
	t.equal(await codeOf(() => task.write(knob, 'off\n')), 'EINVAL');
	const other = boot('printk.devkmsg=maybe');
	t.equal(other.kernel.printk.devkmsg, 'ratelimit');
	t.equal(other.kernel.printk.devkmsgLocked, false);
	t.match([...other.kernel.printk.records()].at(-1)?.text, "printk.devkmsg: bad option string 'maybe'");
});

t.test('kernel.dmesg_restrict: who has no CAP_SYSLOG may write and not read', async t => {
	const { kernel } = boot();
	const task = kernel.task({ uid: 0, caps: 0n });
	const fd = task.open('/dev/kmsg', O_RDWR) as number;
	task.close(fd);
	kernel.printk.dmesgRestrict = 1;
	t.equal(await codeOf(() => task.open('/dev/kmsg', O_RDONLY)), 'EPERM');
	t.equal(await codeOf(() => task.open('/dev/kmsg', O_RDWR)), 'EPERM');
	t.type(task.open('/dev/kmsg', O_WRONLY), 'number');
	t.equal(await codeOf(() => task.open('/proc/kmsg', O_RDONLY)), 'EPERM');
});

t.test('/proc/kmsg: each record for one reader, whole or in parts, of one place with syslog(2)', async t => {
	const { kernel, task } = boot();
	const [fd, other] = [0, 0].map(() => task.open('/proc/kmsg', O_RDONLY | O_NONBLOCK) as number) as [number, number];
	await rest(task, fd);
	t.equal(events(task, fd), 0);
	kernel.pr.err('one\n');
	kernel.pr.info('two\nlines\n');
	t.equal(events(task, other), POLLIN);
	t.equal(text(task.read(fd, 5) as Uint8Array), '<3>[ ');
	t.equal(text(task.read(other, 20) as Uint8Array), '   0.000000] one\n', 'and not the beginning of the next');
	t.equal(kernel.syslog.unread, 1);
	t.equal(text(task.read(fd, 100) as Uint8Array), '<6>[    0.000000] two\n<6>[    0.000000] lines\n');
	t.equal(await codeOf(() => task.read(other, 100)), 'EAGAIN');
	task.fcntl(fd, F_SETFL, 0);
	task.fcntl(other, F_SETFL, 0);
	const reads = [task.read(fd, 100), task.read(other, 100)] as Promise<Uint8Array>[];
	kernel.pr.info('a\n');
	await settle();
	kernel.pr.info('b\n');
	t.match((await Promise.all(reads)).map(text), [/a\n$/, /b\n$/]);
});

t.test('___ratelimit: as many as may come in each interval, and an interval of 0 is no limit', t => {
	const limit = new RatelimitState(100, 2);
	const letThrough = [5, 50, 105, 106, 107, 108, 207].filter(jiffies => limit.allows(jiffies));
	t.same(letThrough, [5, 50, 106, 107, 207]);
	t.equal(limit.missed, 2);
	const none = new RatelimitState(0, 0);
	t.ok([1, 1, 1].every(jiffies => none.allows(jiffies)));
	t.end();
});
