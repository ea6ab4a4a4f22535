/** bytes.test - names that are no text, and readers that never leave their bytes. */

import fc from 'fast-check';
import t from 'tap';
import { Reader, Writer } from '../../../src/lib/bytes.ts';
import { Errno } from '../../../src/lib/errno.ts';
import { struct, u8, u32 } from '../../../src/lib/struct.ts';
import { decodeName, decodeUtf8, encodedLength, encodeName, encodeUtf8, putName } from '../../../src/lib/text.ts';

function bytesOf(hex: string): Uint8Array {
	return new Uint8Array(Buffer.from(hex.replaceAll(' ', ''), 'hex'));
}

function hexOf(bytes: Uint8Array): string {
	return Buffer.from(bytes).toString('hex');
}

/** What Python 3 makes of the bytes with errors='surrogateescape'. */
const names: [hex: string, name: string][] = [
	['', ''],
	['61 62 63', 'abc'],
	['c3a9', '\u00e9'],
	['e282ac', '\u20ac'],
	['f09f9880', '\u{1f600}'],
	['efbfbd', '\ufffd'],
	['efbfbd ff', '\ufffd\udcff'],
	['efbbbf 61', '\ufeffa'],
	['ff', '\udcff'],
	['80', '\udc80'],
	['61 ff 62', 'a\udcffb'],
	['c3', '\udcc3'],
	['c3 28', '\udcc3('],
	['c0 80', '\udcc0\udc80'],
	['c1 bf', '\udcc1\udcbf'],
	['e0 80 80', '\udce0\udc80\udc80'],
	['e0 a0 80', '\u0800'],
	['ed a0 80', '\udced\udca0\udc80'],
	['ed b2 80', '\udced\udcb2\udc80'],
	['ed 9f bf', '\ud7ff'],
	['ee 80 80', '\ue000'],
	['f0 80 80 80', '\udcf0\udc80\udc80\udc80'],
	['f0 90 80 80', '\u{10000}'],
	['f4 8f bf bf', '\u{10ffff}'],
	['f4 90 80 80', '\udcf4\udc90\udc80\udc80'],
	['f5 80 80 80', '\udcf5\udc80\udc80\udc80'],
	['f8 88 80 80 80', '\udcf8\udc88\udc80\udc80\udc80'],
	['e2 82', '\udce2\udc82'],
	['f0 9f 98', '\udcf0\udc9f\udc98'],
	['e2 82 61', '\udce2\udc82a'],
	['f0 9f 98 80 ff f0 9f 98 80', '\u{1f600}\udcff\u{1f600}'],
	['00', '\0'],
];

t.test('names: bytes that are no UTF-8 survive', async t => {
	for (const [hex, name] of names) {
		t.equal(decodeName(bytesOf(hex)), name, `decode ${hex}`);
		t.equal(hexOf(encodeName(name)), hex.replaceAll(' ', ''), `encode ${hex}`);
		const put = new Uint8Array(encodedLength(name) + 2).fill(0x2e);
		putName(put, 1, name);
		t.equal(hexOf(put), `2e${hex.replaceAll(' ', '')}2e`, `put ${hex}`);
	}
});

t.test('names: any bytes make the way there and back', async t => {
	const likely = fc.oneof(fc.nat(255), fc.constantFrom(0x61, 0x80, 0xbf, 0xc3, 0xe2, 0xed, 0xf0, 0xf4, 0x9f, 0xa0));
	const property = fc.property(fc.array(likely, { maxLength: 90 }), list => {
		const bytes = Uint8Array.from(list);
		return hexOf(encodeName(decodeName(bytes))) === hexOf(bytes);
	});
	t.doesNotThrow(() => fc.assert(property, { numRuns: 3000 }));
});

t.test('names: any text makes the way there and back', async t => {
	const property = fc.property(fc.string({ unit: 'binary', maxLength: 90 }), text => {
		return decodeName(encodeName(text)) === text && decodeUtf8(encodeUtf8(text)) === text;
	});
	t.doesNotThrow(() => fc.assert(property, { numRuns: 2000 }));
});

t.test('utf8: what is no text becomes U+FFFD, at any length', async t => {
	for (const padding of ['', 'x'.repeat(100)]) {
		t.equal(hexOf(encodeUtf8(`${padding}\ud800`)), `${hexOf(encodeUtf8(padding))}efbfbd`);
		t.equal(decodeUtf8(Uint8Array.from([...encodeUtf8(padding), 0xff])), `${padding}\ufffd`);
		t.equal(decodeUtf8(encodeUtf8(`${padding}\u00e9`)), `${padding}\u00e9`);
	}
	t.equal(encodeUtf8('abc').constructor, Uint8Array, 'no Buffer, whose slice() is another');
});

const pair = struct('pair', 8, { first: u8, second: u32 });
const everything = bytesOf(
	`
	01 0200 03000000 feffffff 0500000000000000 ffffffffffff1f00 616200 07000000 08000000 0a0b 0c0d0e
`.replace(/\s/g, ''),
);

/** Reads `everything`, one thing after the other. */
const reads: ((reader: Reader) => unknown)[] = [
	r => r.u8(),
	r => r.u16(),
	r => r.u32(),
	r => r.s32(),
	r => r.u64(),
	r => r.u64n(),
	r => r.cstring(),
	r => r.struct(pair),
	r => hexOf(r.bytes(2)),
	r => hexOf(r.bytes(3)),
];
const wanted = [1, 2, 3, -2, 5n, Number.MAX_SAFE_INTEGER, 'ab', { first: 7, second: 8 }, '0a0b', '0c0d0e'];

t.test('Reader: reads one thing after the other', async t => {
	const reader = Reader.of(everything);
	t.same(
		reads.map(read => read(reader)),
		wanted,
	);
	t.equal(reader.remaining, 0);
	t.equal(reader.offset, everything.length);
	t.equal(hexOf(reader.rest()), '');
});

t.test('Reader: every truncation is EINVAL, and nothing else', async t => {
	for (let length = 0; length < everything.length; length++) {
		const reader = Reader.of(everything.subarray(0, length));
		try {
			for (const read of reads) read(reader);
			t.fail(`${length} bytes were enough`);
		} catch (error) {
			if (!(error instanceof Errno) || error.code !== 'EINVAL') throw error;
			t.ok(reader.offset <= length && reader.remaining >= 0, `${length} bytes`);
		}
	}
});

t.test('Reader: what is too long is not read, and what comes next still is', async t => {
	const reader = Reader.of(bytesOf('010203'));
	t.throws(() => reader.u32(), { code: 'EINVAL' });
	t.throws(() => reader.bytes(-1), { code: 'EINVAL' });
	t.throws(() => reader.bytes(4), { code: 'EINVAL' });
	t.throws(() => reader.cstring(), { code: 'EINVAL' });
	t.throws(() => reader.struct(pair), { code: 'EINVAL' });
	t.equal(reader.u8(), 1);
	t.equal(hexOf(reader.rest()), '0203');
});

t.test('Reader: a window on a view stays in it', async t => {
	const view = new DataView(bytesOf('0011 2233 4455').buffer, 1, 4);
	const reader = new Reader(view, 1, 3);
	t.equal(reader.remaining, 2);
	t.equal(hexOf(reader.bytes(1)), '22');
	t.throws(() => reader.u16(), { code: 'EINVAL' });
	t.equal(hexOf(reader.rest()), '33');
});

t.test('Reader: a struct that the peer knows shorter', async t => {
	const reader = Reader.of(bytesOf('01 ff'));
	t.same(reader.struct(pair, 1), { first: 1, second: 0 });
	t.equal(reader.u8(), 0xff);
});

t.test('Writer: writes what the Reader reads', async t => {
	for (const capacity of [0, 1, 64]) {
		const out = new Writer(capacity);
		out.u8(1);
		out.u16(2);
		out.u32(3);
		out.s32(-2);
		out.u64(5n);
		out.u64n(Number.MAX_SAFE_INTEGER);
		out.cstring('ab');
		t.equal(out.struct(pair, { first: 7, second: 8 }), 30);
		out.bytes(bytesOf('0a0b'));
		out.bytes(bytesOf('0c0d0e'));
		t.equal(out.length, everything.length);
		t.equal(hexOf(out.finish()), hexOf(everything), `from ${capacity} bytes on`);
	}
});

t.test('Writer: alignment, zeros, and a length that is known in the end', async t => {
	const out = new Writer(4);
	out.u32(0);
	out.align(4);
	out.u8(0xff);
	out.align(8);
	out.zeros(2);
	out.patchU32(0, out.length);
	t.equal(hexOf(out.finish()), '0a000000ff0000000000');
	t.throws(() => out.patchU32(7, 0), RangeError);
});

t.test('Writer: a name with a NUL in it is EINVAL, and so is a number that does not fit', async t => {
	const out = new Writer();
	t.throws(() => out.cstring('a\0b'), { code: 'EINVAL' });
	t.throws(() => out.u64n(-1), { code: 'EINVAL' });
	t.throws(() => out.u64n(2 ** 53), { code: 'EINVAL' });
});
