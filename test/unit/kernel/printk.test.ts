/**
 * printk.test - kernel-sim/kernel/printk.ts.
 */

import t from 'tap';
import { Printk, type PrintkRecord, recordPrintText } from '../../../kernel-sim/kernel/printk.ts';
import { Time } from '../../../kernel-sim/kernel/time.ts';
import { FakeClock, SECOND } from '../../../src/testing/fake_host.ts';
import { codeOf, settle } from './bench_kernel.ts';

function log(bufferLength?: number) {
	const clock = new FakeClock();
	const time = new Time(clock, error => {
		throw error;
	});
	const console: string[] = [];
	const printk = new Printk({
		time,
		console: text => console.push(text),
		...(bufferLength !== undefined && { bufferLength }),
	});
	const texts = () => [...printk.records()].map(({ text }) => text);
	return { clock, console, printk, pr: printk.pr, texts };
}

t.test('pr_*: each has its level, and formats as the kernel does', async t => {
	const { pr, printk } = log();
	const levels = ['emerg', 'alert', 'crit', 'err', 'warn', 'notice', 'info', 'debug'] as const;
	for (const level of levels) pr[level]('%s is %#x\n', level, levels.indexOf(level) + 16);
	t.same(
		[...printk.records()].map(({ level, text, facility }) => [facility, level, text]),
		levels.map((level, i) => [0, i, `${level} is 0x${(i + 16).toString(16)}`]),
	);
});

t.test('printk: a record without a level is a warning', async t => {
	const { printk } = log();
	printk.emit('plain\n');
	t.equal(printk.get(0)?.level, 4);
});

t.test('printk: a record without a newline stays open until another begins', async t => {
	const { pr, printk, texts, console } = log();
	pr.info('first');
	t.same(texts(), []);
	t.equal(printk.nextSeq, 0);
	t.same(console, []);
	pr.info('second\n');
	t.same(texts(), ['first', 'second']);
	t.same(console, ['[    0.000000] first', '[    0.000000] second']);
});

t.test('pr_cont: goes on with an open record, and starts one where there is none', async t => {
	const { pr, printk, texts } = log();
	pr.info('counting:');
	pr.cont(' one');
	pr.cont(' two\n');
	pr.cont('three\n');
	t.same(texts(), ['counting: one two', 'three']);
	t.same(
		[...printk.records()].map(({ level, cont }) => [level, cont]),
		[
			[6, false],
			[4, true],
		],
	);
});

t.test('printk: a record with a dictionary is never open', async t => {
	const { printk } = log();
	printk.emit('device', { level: 6, dict: ['SUBSYSTEM=net', 'DEVICE=+net:lo'] });
	t.same(printk.get(0)?.dict, ['SUBSYSTEM=net', 'DEVICE=+net:lo']);
});

t.test('printk: only one newline at the end is taken off', async t => {
	const { pr, texts } = log();
	pr.info('a\nb\n\n');
	pr.info('\n');
	t.same(texts(), ['a\nb\n', '']);
});

t.test('record_print_text: every line of a record begins with its time', async t => {
	const record: PrintkRecord = {
		...{ seq: 0, facility: 1, level: 6, timestamp: 12.345678901 * SECOND, text: 'one\n\nthree', cont: false, dict: [] },
	};
	t.equal(recordPrintText(record), '[   12.345678] one\n[   12.345678] \n[   12.345678] three\n');
	t.equal(
		recordPrintText(record, { syslog: true }),
		'<14>[   12.345678] one\n<14>[   12.345678] \n<14>[   12.345678] three\n',
	);
	t.equal(recordPrintText({ ...record, timestamp: 123456 * SECOND, text: '' }), '[123456.000000] \n');
});

t.test('console: shows what is more urgent than its level', async t => {
	const { clock, pr, printk, console } = log();
	pr.debug('not shown\n');
	pr.info('shown\n');
	printk.consoleLoglevel = 4;
	clock.advance(1.5 * SECOND);
	pr.warn('not shown\n');
	pr.err('two\nlines\n');
	t.same(console, ['[    0.000000] shown', '[    1.500000] two\n[    1.500000] lines']);
});

t.test('printk: a text longer than a record is cut to 1023 bytes', async t => {
	const { pr, printk } = log();
	const cases: [string, number][] = [
		['x'.repeat(1023), 1023],
		['x'.repeat(1024), 1023],
		['x'.repeat(5000), 1023],
		['\u20ac'.repeat(500), 341],
	];
	for (const [text] of cases) pr.info('%s\n', text);
	t.same(
		[...printk.records()].map(({ text }) => text.length),
		cases.map(([, length]) => length),
	);
});

t.test('pr_cont: what does not fit the open record is a record of its own', async t => {
	const { pr, printk } = log();
	pr.info('%s', 'x'.repeat(1000));
	pr.cont('%s\n', 'y'.repeat(100));
	t.same(
		[...printk.records()].map(({ text, cont }) => [text.length, cont]),
		[
			[1000, false],
			[100, true],
		],
	);
});

t.test('printk: the oldest records make room, and a reader goes on at the oldest that is left', async t => {
	const { pr, printk } = log(1024);
	for (let i = 0; i < 100; i++) pr.info('record number %d, of which not all have room\n', i);
	t.equal(printk.nextSeq, 100);
	t.ok(printk.firstSeq > 0 && printk.firstSeq < 100);
	const kept = [...printk.records()];
	t.equal(kept[0]?.seq, printk.firstSeq);
	t.equal(kept.at(-1)?.text, 'record number 99, of which not all have room');
	t.equal(printk.get(0)?.seq, printk.firstSeq);
	const bytes = kept.reduce((sum, { text }) => sum + Math.ceil((8 + text.length) / 8) * 8, 0);
	t.ok(bytes <= 1024 && bytes > 1024 - 64, `${bytes} bytes are used`);
});

t.test('printk: there is one record for 32 bytes of the buffer, however short they are', async t => {
	const { pr, printk } = log(1024);
	for (let i = 0; i < 100; i++) pr.info('x\n');
	t.equal([...printk.records()].length, 32);
});

t.test('printk: a record larger than the whole buffer is there until the next one', async t => {
	const { pr, texts } = log(64);
	pr.info('%s\n', 'x'.repeat(100));
	t.equal(texts().length, 1);
	pr.info('short\n');
	t.same(texts(), ['short']);
});

t.test('dmesg -w: a reader sleeps until there is another record, and sees each once', async t => {
	const { pr, printk } = log();
	const { signal } = new AbortController();
	pr.info('0\n');
	const seen: string[] = [];
	const reader = (async () => {
		for (let seq = 0; seq < 3; ) {
			await printk.waitFor(seq, signal);
			const record = printk.get(seq)!;
			seen.push(record.text);
			seq = record.seq + 1;
		}
	})();
	await settle();
	t.same(seen, ['0']);
	pr.info('1\n');
	pr.info('2\n');
	await reader;
	t.same(seen, ['0', '1', '2']);
});

t.test('dmesg -w: a reader can be interrupted', async t => {
	const { printk } = log();
	const controller = new AbortController();
	const code = codeOf(() => printk.waitFor(0, controller.signal));
	controller.abort();
	t.equal(await code, 'EINTR');
});

t.test('dmesg -C: what was there is behind the mark, and stays', async t => {
	const { pr, printk, texts } = log();
	pr.info('old\n');
	printk.clear();
	pr.info('new\n');
	t.equal(printk.clearSeq, 1);
	t.same(
		[...printk.records(printk.clearSeq)].map(({ text }) => text),
		['new'],
	);
	t.same(texts(), ['old', 'new']);
});
