/** hex.test - eight digits of any 32 bits. */

import t from 'tap';
import { hex32 } from '../../../src/lib/hex.ts';

t.test('hex32: is what toString(16) gives, with zeros before it', async t => {
	for (let bit = 0; bit < 32; bit++) {
		for (const value of [2 ** bit - 1, 2 ** bit, 2 ** bit + 1, 2 ** 32 - 2 ** bit]) {
			const want = value.toString(16).padStart(8, '0');
			t.equal(hex32(value, false), want);
			t.equal(hex32(value, true), want.toUpperCase());
		}
	}
	for (const value of [0x01234567, 0x89abcdef]) t.equal(hex32(value, false), value.toString(16).padStart(8, '0'));
});

t.test('hex32: takes the lower 32 bits', async t => {
	t.equal(hex32(-1, false), 'ffffffff');
	t.equal(hex32(2 ** 32 + 10, true), '0000000A');
	t.equal(hex32(1.9, false), '00000001');
});
