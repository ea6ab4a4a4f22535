/** struct.test - declaring structs: layout, kinds of fields, absent members, printing, types. */

import t from 'tap';
import {
	array,
	be16,
	be32,
	be64,
	bytes,
	enumeration,
	type Field,
	flags,
	type Infer,
	type Init,
	octal,
	s8,
	s16,
	s32,
	s64,
	s64n,
	str,
	struct,
	u8,
	u16,
	u32,
	u64,
	u64n,
} from '../../../src/lib/struct.ts';

const color = { RED: 1, GREEN: 2, BLUE: 3 } as const;
const access = { READ: 1, WRITE: 2, EXEC: 4 } as const;

const inner = struct('inner', 8, { first: u8, second: u32 });
const outer = struct('outer', 64, {
	color: enumeration(u32, color),
	_padding: u32,
	id: u64n,
	cookie: u64,
	mode: octal(u16),
	port: be16,
	rights: flags(u32, access),
	inner,
	list: array(u16, 3),
	name: str(6),
	blob: bytes(4),
	delta: s64n,
});

function viewOf(...hex: string[]): DataView {
	const all = Uint8Array.from(Buffer.from(hex.join('').replaceAll(' ', ''), 'hex'));
	return new DataView(all.buffer, all.byteOffset, all.byteLength);
}

function hexOf(view: DataView): string {
	return Buffer.from(view.buffer, view.byteOffset, view.byteLength).toString('hex');
}

function encoded<I>(table: { size: number; encode(view: DataView, offset: number, init: I): void }, init: I): string {
	const view = new DataView(new Uint8Array(table.size).fill(0xee).buffer);
	table.encode(view, 0, init);
	return hexOf(view);
}

const outerHex = [
	'02000000 00000000', // color, padding
	'efbeadde 01000000', // id
	'ffffffffffffffff', // cookie
	'a481 1f90 05000000', // mode, port, rights
	'07 000000 78563412', // inner
	'0100 0200 0300', // list
	'657468300000', // name
	'deadbeef', // blob
	'feffffffffffffff', // delta
];
const outerValue: Infer<typeof outer> = {
	color: color.GREEN,
	id: 0x1deadbeef,
	cookie: 0xffffffffffffffffn,
	mode: 0o100644,
	port: 8080,
	rights: access.READ | access.EXEC,
	inner: { first: 7, second: 0x12345678 },
	list: [1, 2, 3],
	name: 'eth0',
	blob: Uint8Array.of(0xde, 0xad, 0xbe, 0xef),
	delta: -2,
};

t.test('struct: a table decodes, encodes and prints', async t => {
	t.same(outer.decode(viewOf(...outerHex), 0), outerValue);
	t.equal(encoded(outer, outerValue), outerHex.join('').replaceAll(' ', ''));
	t.equal(
		outer.format(outerValue),
		'{color=GREEN, id=8030895855, cookie=18446744073709551615, mode=0100644, port=8080, rights=READ|EXEC, ' +
			'inner={first=7, second=305419896}, list=[1, 2, 3], name="eth0", blob=de:ad:be:ef, delta=-2}',
	);
});

t.test('struct: members lie as a C compiler lays them', async t => {
	t.equal(outer.size, 64);
	t.equal(outer.align, 8);
	t.same(
		{ ...outer.offsetof },
		{
			color: 0,
			_padding: 4,
			id: 8,
			cookie: 16,
			mode: 24,
			port: 26,
			rights: 28,
			inner: 32,
			list: 40,
			name: 46,
			blob: 52,
			delta: 56,
		},
	);
	t.same({ ...inner.offsetof }, { first: 0, second: 4 });
});

t.test('struct: a table of another size than the kernel says is refused when it is made', async t => {
	t.throws(() => struct('short', 16, { a: u32 }), {
		name: 'TypeError',
		message: 'struct short: the table makes 4 bytes, the kernel says 16',
	});
	t.throws(() => struct('odd', 5, { a: u32, b: u8 }), { message: /makes 8 bytes, the kernel says 5/ });
});

t.test('struct: what the peer did not send is zero', async t => {
	const cases: [number, Init<Infer<typeof inner>>][] = [
		[8, { first: 7, second: 0x12345678 }],
		[7, { first: 7, second: 0 }],
		[1, { first: 7, second: 0 }],
		[0, { first: 0, second: 0 }],
		[100, { first: 7, second: 0x12345678 }],
	];
	const view = viewOf('07000000 78563412');
	for (const [length, want] of cases) t.same(inner.decode(view, 0, length), want, `${length} bytes`);
	const half = outer.decode(viewOf(...outerHex), 0, 37);
	t.same(half.inner, { first: 7, second: 0 }, 'the members of a member count for themselves');
	t.same([half.list, half.name, half.blob, half.delta], [[0, 0, 0], '', new Uint8Array(4), 0]);
});

t.test('struct: what is not named is written as zero, and so is padding', async t => {
	t.equal(encoded(outer, {}), '00'.repeat(64));
	t.equal(encoded(outer, { inner: { second: 1 }, list: [5] }), `${'00'.repeat(36)}010000000500${'00'.repeat(22)}`);
	t.equal(encoded(inner, { first: 0xff, second: 0xffffffff }), 'ff000000ffffffff');
});

t.test('struct: a view that ends first is EINVAL', async t => {
	t.throws(() => inner.decode(viewOf('07000000 785634'), 0), { code: 'EINVAL' });
	t.throws(() => inner.decode(viewOf('07000000 78563412'), 1), { code: 'EINVAL' });
	t.throws(() => inner.decode(viewOf('07'), 0, 2), { code: 'EINVAL' });
	t.same(inner.decode(viewOf('07'), 0, 1), { first: 7, second: 0 });
	t.throws(() => inner.encode(viewOf('07'), 0, {}), RangeError, 'too short a buffer for a reply is a mistake of ours');
});

t.test('struct: numbers of every width', async t => {
	const numbers: [string, Field<number>, number, string][] = [
		['u8', u8, 0xfe, 'fe'],
		['s8', s8, -2, 'fe'],
		['u16', u16, 0xfffe, 'feff'],
		['s16', s16, -2, 'feff'],
		['u32', u32, 0xfffffffe, 'feffffff'],
		['s32', s32, -2, 'feffffff'],
		['be16', be16, 0x1234, '1234'],
		['be32', be32, 0x12345678, '12345678'],
		['u64n', u64n, Number.MAX_SAFE_INTEGER, 'ffffffffffff1f00'],
		['s64n', s64n, Number.MAX_SAFE_INTEGER, 'ffffffffffff1f00'],
		['s64n', s64n, Number.MIN_SAFE_INTEGER, '010000000000e0ff'],
		['s64n', s64n, -1, 'ffffffffffffffff'],
		['s64n', s64n, -0x1_0000_0000, '00000000ffffffff'],
	];
	for (const [name, field, value, hex] of numbers) {
		const table = struct(name, field.size, { value: field });
		t.equal(table.decode(viewOf(hex), 0).value, value, `${name} ${value}`);
		t.equal(encoded(table, { value }), hex, `${name} ${value}`);
	}
	const big: [string, Field<bigint>, bigint, string][] = [
		['u64', u64, (1n << 64n) - 2n, 'feffffffffffffff'],
		['s64', s64, -2n, 'feffffffffffffff'],
		['be64', be64, 0x0102030405060708n, '0102030405060708'],
	];
	for (const [name, field, value, hex] of big) {
		const table = struct(name, 8, { value: field });
		t.equal(table.decode(viewOf(hex), 0).value, value, name);
		t.equal(encoded(table, { value }), hex, name);
	}
	t.equal(encoded(struct('cut', 2, { value: u16 }), { value: 0x12345 }), '4523', 'too much is cut, as in C');
});

t.test('u64n, s64n: from 2^53 on is EINVAL, never rounded', async t => {
	const un = struct('un', 8, { value: u64n });
	const sn = struct('sn', 8, { value: s64n });
	for (const hex of ['0000000000002000', 'ffffffffffffffff', '0100000000002000']) {
		t.throws(() => un.decode(viewOf(hex), 0), { code: 'EINVAL' }, `u64n ${hex}`);
	}
	for (const hex of ['0000000000002000', '000000000000e0ff', '0000000000000080', 'ffffffffffffff7f']) {
		t.throws(() => sn.decode(viewOf(hex), 0), { code: 'EINVAL' }, `s64n ${hex}`);
	}
	for (const value of [2 ** 53, -1, 0.5, Number.NaN, Number.POSITIVE_INFINITY]) {
		t.throws(() => encoded(un, { value }), { code: 'EINVAL' }, `u64n ${value}`);
	}
	for (const value of [2 ** 53, -(2 ** 53), 0.5, Number.NaN]) {
		t.throws(() => encoded(sn, { value }), { code: 'EINVAL' }, `s64n ${value}`);
	}
});

t.test('str, bytes, array: short is padded, long is EINVAL', async t => {
	const table = struct('text', 12, { name: str(4), blob: bytes(4), list: array(u8, 4) });
	t.equal(encoded(table, { name: 'ab', blob: Uint8Array.of(1), list: [1] }), '616200000100000001000000');
	t.equal(table.decode(viewOf('61626364 00000000 00000000'), 0).name, 'abcd', 'a full field needs no NUL');
	t.equal(table.decode(viewOf('61ff0064 00000000 00000000'), 0).name, 'a\udcff', 'the bytes of a name survive');
	t.throws(() => encoded(table, { name: 'abcde' }), { code: 'EINVAL' });
	t.throws(() => encoded(table, { name: '\u00e9\u00e9\u00e9' }), { code: 'EINVAL' }, 'bytes count, not characters');
	t.throws(() => encoded(table, { name: 'a\0' }), { code: 'EINVAL' });
	t.throws(() => encoded(table, { blob: new Uint8Array(5) }), { code: 'EINVAL' });
	t.throws(() => encoded(table, { list: [1, 2, 3, 4, 5] }), { code: 'EINVAL' });
});

t.test('decode: the result owns its data', async t => {
	const table = struct('text', 8, { name: str(4), blob: bytes(4) });
	const view = viewOf('61626300 01020304');
	const value = table.decode(view, 0);
	new Uint8Array(view.buffer).fill(0);
	t.same(value, { name: 'abc', blob: Uint8Array.of(1, 2, 3, 4) });
});

t.test('octal: zero has one digit', async t => {
	t.equal(octal(u32).format(0), '0');
	t.equal(octal(u32).format(0o755), '0755');
});

/** Never called: what must not compile. */
export function types(view: DataView): void {
	const value = outer.decode(view, 0);
	const mode: number = value.mode;
	const cookie: bigint = value.cookie;
	const second: number = value.inner.second;
	// @ts-expect-error padding is not in the type
	value._padding;
	// @ts-expect-error what is decoded is not changed
	value.mode = mode;
	// @ts-expect-error no such member
	outer.encode(view, 0, { colour: 1 });
	// @ts-expect-error padding is not written
	outer.encode(view, 0, { _padding: 1 });
	// @ts-expect-error all 64 bits are a bigint
	outer.encode(view, 0, { cookie: second });
	// @ts-expect-error a safe integer is a number
	outer.encode(view, 0, { id: cookie });
	// @ts-expect-error the member of a member
	outer.encode(view, 0, { inner: { third: 1 } });
	// @ts-expect-error no such member
	outer.offsetof.colour;
	// @ts-expect-error decoding gives every member
	const less: Infer<typeof inner> = { first: 1 };
	// @ts-expect-error flags are numbers
	flags(u64, access);
	outer.encode(view, 0, { inner: less, id: outer.offsetof.id });
}
