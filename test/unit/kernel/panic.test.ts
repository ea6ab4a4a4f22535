/**
 * panic.test - kernel-sim/kernel/panic.ts.
 */

import t from 'tap';
import { Panic, taintLetters } from '../../../kernel-sim/kernel/panic.ts';
import { Printk } from '../../../kernel-sim/kernel/printk.ts';
import { Time } from '../../../kernel-sim/kernel/time.ts';
import { FakeClock } from '../../../src/testing/fake_host.ts';

function panic() {
	const printk = new Printk({ time: new Time(new FakeClock(), () => {}), console: () => {} });
	const lines = () => [...printk.records()].map(({ text }) => text);
	return { panic: new Panic(printk.pr, { release: '6.12.0-ring3' }), lines, printk };
}

t.test('oops: the log has what was thrown, where, and the stack', async t => {
	const { panic: kernel, lines, printk } = panic();
	function showFortune() {
		return (undefined as unknown as { text: string }).text;
	}
	try {
		showFortune();
	} catch (error) {
		kernel.oops(error, 'read by cat[7]');
	}
	const text = lines();
	t.match(text[0], /^BUG: TypeError: Cannot read properties of undefined/);
	t.match(text.slice(1, 4), ['Oops: read by cat[7]: [#1]', 'Not tainted 6.12.0-ring3', 'Call Trace:']);
	t.match(text[4], /^ at showFortune \(.*panic\.test\.[jt]s:\d+:\d+\)$/);
	t.equal(text.at(-1), '---[ end trace 0000000000000000 ]---');
	t.equal(printk.get(0)?.level, 1, 'the first line is an alert');
	t.equal(kernel.oopses, 1);
	t.equal(kernel.tainted, 1 << 7);
});

t.test('oops: tells of anything that can be thrown', async t => {
	const cases: [unknown, RegExp][] = [
		['a string', /^BUG: a string was thrown, which is no Error/],
		[undefined, /^BUG: undefined was thrown/],
		[Object.assign(new Error('no stack'), { stack: undefined }), /^BUG: Error: no stack/],
		[new Error('two\nlines'), /^BUG: Error: two lines/],
	];
	for (const [thrown, want] of cases) {
		const { panic: kernel, lines } = panic();
		kernel.oops(thrown, 'here');
		t.match(lines()[0], want);
	}
});

t.test('oops: the cause of an error follows it', async t => {
	const { panic: kernel, lines } = panic();
	kernel.oops(new Error('outer', { cause: new Error('inner') }), 'here');
	t.ok(lines().includes(' caused by Error: inner'));
});

t.test('oops: listeners hear of each, until they have had enough', async t => {
	const { panic: kernel } = panic();
	const heard: string[] = [];
	const stop = kernel.onOops((error, where) => heard.push(`${where} ${error}`));
	kernel.oops(new Error('one'), 'a');
	stop();
	kernel.oops(new Error('two'), 'b');
	t.same(heard, ['a Error: one']);
	t.equal(kernel.oopses, 2);
});

t.test('oops: the second one shows the taint of the first', async t => {
	const { panic: kernel, lines } = panic();
	kernel.oops(new Error('one'), 'a');
	kernel.oops(new Error('two'), 'b');
	t.ok(lines().includes('Tainted: G      D            6.12.0-ring3'));
});

t.test('WARN: goes on, with the message and a stack in the log', async t => {
	const { panic: kernel, lines } = panic();
	kernel.warn("name 'x'");
	t.match(lines().slice(0, 3), [/cut here/, "WARNING: name 'x'", 'Not tainted 6.12.0-ring3']);
	t.match(lines()[4], /panic\.test/, 'the first frame is the caller of warn');
	t.equal(kernel.oopses, 0);
	t.equal(kernel.tainted, 1 << 9);
});

t.test('print_tainted: G stands where no proprietary module is, blanks for all else', async t => {
	const { panic: kernel } = panic();
	t.equal(kernel.printTainted(), 'Not tainted');
	kernel.addTaint('OOT_MODULE');
	t.equal(kernel.printTainted(), 'Tainted: G           O      ');
	kernel.addTaint('PROPRIETARY_MODULE');
	t.equal(kernel.printTainted(), 'Tainted: P           O      ');
	t.equal(kernel.tainted, (1 << 12) | 1);
	t.equal(taintLetters(new Set(['OOT_MODULE', 'PROPRIETARY_MODULE']), false), 'PO');
	t.equal(taintLetters(new Set(), false), '');
});
