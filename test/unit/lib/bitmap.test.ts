/** bitmap.test - sets as words in hex, and as ranges. */

import t from 'tap';
import { bitmapListString, bitmapString, firstBits } from '../../../kernel-sim/lib/bitmap.ts';

t.test('bitmap: words of 32 bits, the first as wide as the set may be', t => {
	const cases: readonly (readonly [set: bigint, size: number, text: string])[] = [
		[0n, 1, '0'],
		[1n, 1, '1'],
		[0b10n, 2, '2'],
		[firstBits(8), 8, 'ff'],
		[1n, 9, '001'],
		[firstBits(32), 32, 'ffffffff'],
		[firstBits(33), 33, '1,ffffffff'],
		[1n, 64, '00000000,00000001'],
		[1n << 64n, 65, '1,00000000,00000000'],
	];
	for (const [set, size, text] of cases) t.equal(bitmapString(set, size), text);
	t.end();
});

t.test('bitmap: ranges', t => {
	const cases: readonly (readonly [set: bigint, text: string])[] = [
		[0n, ''],
		[1n, '0'],
		[0b110n, '1-2'],
		[0b101n, '0,2'],
		[firstBits(128), '0-127'],
		[(1n << 200n) | 0b1011n, '0-1,3,200'],
	];
	for (const [set, text] of cases) t.equal(bitmapListString(set), text);
	t.end();
});
