/** code_frame - pictures of places in a text. */

import t from 'tap';
import { codeFrame } from '../../../src/lib/code_frame.ts';

const text = 'one\n\ttwo(x)\nthree\r\nfour';

t.test('codeFrame: the line, its neighbours and a caret below the column', async t => {
	t.same(codeFrame(text, { line: 2, column: 6 }), ['  1 | one', '> 2 |     two(x)', '    |         ^', '  3 | three']);
	t.same(codeFrame(text, { line: 1, column: 1 }), ['> 1 | one', '    | ^', '  2 |     two(x)']);
	t.same(codeFrame(text, { line: 4, column: 5 }), ['  3 | three', '> 4 | four', '    |     ^']);
});

t.test('codeFrame: without a column there is no caret, without such a line there is nothing', async t => {
	t.same(codeFrame(text, { line: 3 }), ['  2 |     two(x)', '> 3 | three', '  4 | four']);
	t.same(codeFrame(text, { line: 5, column: 1 }), []);
	t.same(codeFrame(text, { line: 0, column: 1 }), []);
});

t.test('codeFrame: numbers of different lengths stand below one another', async t => {
	const many = Array.from({ length: 12 }, (_, i) => `line ${i + 1}`).join('\n');
	t.same(codeFrame(many, { line: 9, column: 2 }), ['   8 | line 8', '>  9 | line 9', '     |  ^', '  10 | line 10']);
});

t.test('codeFrame: of a long line only what is around the column, and no control characters', async t => {
	const long = `${'a'.repeat(5000)}!${'b'.repeat(5000)}`;
	const [code, caret] = codeFrame(long, { line: 1, column: 5001 });
	t.equal(code!.length, 106);
	t.equal(code![caret!.indexOf('^')], '!');
	t.same(codeFrame('a\u0000\u001b[1mb', { line: 1, column: 7 }), ['> 1 | a\ufffd\ufffd[1mb', '    |       ^']);
	t.same(codeFrame('\u{1f600}x', { line: 1, column: 3 }), ['> 1 | \u{1f600}x', '    |  ^'], 'a pair is one character');
});
