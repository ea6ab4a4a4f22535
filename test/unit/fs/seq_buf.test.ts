/** seq_buf.test - where blanks fit and where they do not, in a buffer of ten bytes. */

import t from 'tap';
import { SeqBuf } from '../../../kernel-sim/fs/seq_buf.ts';

class Ten extends SeqBuf {
	protected override buf: Uint8Array = new Uint8Array(10).fill(0x2e);

	/** All that the buffer holds, and what is printed of it. */
	get text(): string {
		return Buffer.from(this.buf).toString('latin1');
	}

	get printed(): number {
		return this.count;
	}
}

t.test('seq_pad: fills up to the width and no further, and overflows where no byte would be left free', async t => {
	for (const [width, c, printed, text] of [
		[0, '', 2, 'ab........'],
		[2, '', 2, 'ab........'],
		[3, '', 3, 'ab .......'],
		[8, '\n', 9, 'ab      \n.'],
		[9, '', 9, 'ab       .'],
		[9, '\n', 10, 'ab       .'],
		[10, '', 10, 'ab........'],
		[1000, '\n', 10, 'ab........'],
	] as const) {
		const m = new Ten();
		m.setWidth(width);
		m.puts('ab');
		m.pad(c);
		t.same([m.printed, m.text], [printed, text], `${width} bytes and ${JSON.stringify(c)}`);
		t.equal(m.hasOverflowed(), printed === 10);
	}
});

t.test('seq_pad: prints nothing behind an overflow', async t => {
	const m = new Ten();
	m.setWidth(5);
	m.setOverflow();
	m.pad('x');
	t.ok(m.hasOverflowed());
	t.equal(m.text, '..........');
});
