/** printf.test - formatting as Linux 6.12 formats: its kernel's own snprintf gave the texts of the first table. */

import t from 'tap';
import { Errno } from '../../../src/lib/errno.ts';
import { snprintf, sprintf as sprintfOnly, vprintTo, vsprintf } from '../../../src/lib/printf.ts';
import { encodeName } from '../../../src/lib/text.ts';

/** sprintf, and the same printed into buffers of every size up to where there is room. */
function sprintf(format: string, ...args: unknown[]): string {
	const text = sprintfOnly(format, ...args);
	const bytes = encodeName(text);
	const want = Buffer.from([0x2e, ...bytes, 0x2e, 0x2e]);
	const buffer = Buffer.alloc(want.length, '.');
	const ends = [vprintTo(buffer, 1, format, args) - 1];
	for (let size = 0; size < Math.min(bytes.length, 50); size++)
		ends.push(vprintTo(new Uint8Array(size), 0, format, args));
	if (!buffer.equals(want)) throw new Error(`${JSON.stringify(format)}: ${buffer} is not ${want}`);
	if (ends.some(end => end !== bytes.length)) throw new Error(`${JSON.stringify(format)} ends at ${ends}`);
	return text;
}

const linux: [format: string, args: unknown[], want: string][] = [
	['%d', [5], '5'],
	['%d', [-5], '-5'],
	['%i', [7], '7'],
	['%u', [-1], '4294967295'],
	['%x', [255], 'ff'],
	['%X', [255], 'FF'],
	['%o', [8], '10'],
	['%c', [65], 'A'],
	['%s', ['abc'], 'abc'],
	['%%', [], '%'],
	['%5d|', [42], '   42|'],
	['%-5d|', [42], '42   |'],
	['%05d|', [42], '00042|'],
	['%05d|', [-42], '-0042|'],
	['%-05d|', [42], '42   |'],
	['%+d', [5], '+5'],
	['% d', [5], ' 5'],
	['%+ d', [5], '+5'],
	['%+d', [-5], '-5'],
	['%+u', [5], '5'],
	['%+x', [5], '5'],
	['%#x', [0], '0x0'],
	['%#X', [171], '0XAB'],
	['%#o', [0], '0'],
	['%#o', [8], '010'],
	['%#d', [8], '8'],
	['%#8x|', [171], '    0xab|'],
	['%#08x|', [171], '0x0000ab|'],
	['%-#8x|', [171], '0xab    |'],
	['%#06o|', [8], '000010|'],
	['%.3d', [5], '005'],
	['%8.3d|', [5], '     005|'],
	['%08.3d|', [5], '00000005|'],
	['%-8.3d|', [5], '005     |'],
	['%.0d|', [0], '0|'],
	['%.d|', [0], '0|'],
	['%#.4x', [1], '0x0001'],
	['%+08.3d|', [5], '+0000005|'],
	['%+.3d', [5], '+005'],
	['%.5s|', ['abcdefgh'], 'abcde|'],
	['%8.3s|', ['abcdefgh'], '     abc|'],
	['%-8s|', ['abc'], 'abc     |'],
	['%8s|', ['abc'], '     abc|'],
	['%08s|', ['abc'], '     abc|'],
	['%.0s|', ['abc'], '|'],
	['%.s|', ['abc'], 'abc|'],
	['%.100s|', ['abc'], 'abc|'],
	['%*d|', [5, 42], '   42|'],
	['%*d|', [-5, 42], '42   |'],
	['%-*d|', [5, 42], '42   |'],
	['%.*d|', [4, 42], '0042|'],
	['%.*s|', [2, 'abc'], 'ab|'],
	['%.*s|', [-1, 'abc'], '|'],
	['%*.*s|', [6, 2, 'abc'], '    ab|'],
	['%0*d|', [5, 42], '00042|'],
	['%hhd', [200], '-56'],
	['%hhu', [300], '44'],
	['%hhx', [-1], 'ff'],
	['%hd', [40000], '-25536'],
	['%hu', [70000], '4464'],
	['%hx', [-1], 'ffff'],
	['%ld', [-1n], '-1'],
	['%lu', [-1n], '18446744073709551615'],
	['%lx', [-1n], 'ffffffffffffffff'],
	['%lld', [-9223372036854775808n], '-9223372036854775808'],
	['%llu', [18446744073709551615n], '18446744073709551615'],
	['%llx', [18446744073709551615n], 'ffffffffffffffff'],
	['%llo', [18446744073709551615n], '1777777777777777777777'],
	['%Lu', [5n], '5'],
	['%Lx', [-1n], 'ffffffffffffffff'],
	['%zd', [-3n], '-3'],
	['%zu', [-1n], '18446744073709551615'],
	['%zx', [255n], 'ff'],
	['%td', [-1n], '-1'],
	['%tx', [-1n], 'ffffffffffffffff'],
	['%tu', [-1n], '18446744073709551615'],
	['%#llx', [0n], '0x0'],
	['%020llu|', [12345n], '00000000000000012345|'],
	['%+lld', [5n], '+5'],
	['%d', [2147483647], '2147483647'],
	['%d', [-2147483648], '-2147483648'],
	['%u', [4294967295], '4294967295'],
	['%x', [-2147483648], '80000000'],
	['%5c|', [65], '    A|'],
	['%-5c|', [65], 'A    |'],
	['%05c|', [65], '    A|'],
	['%.3c|', [65], 'A|'],
	['a%qb', [1], 'a'],
	['a%nb%d', [1], 'a'],
	['a%fb', [1], 'a'],
	['abc%', [], 'abc'],
	['abc%5', [], 'abc'],
	['abc%-', [], 'abc'],
	['abc%l', [], 'abc'],
	['%ll%d', [1], '%d'],
	['%5%|', [], '%|'],
	['%-5%|', [], '%|'],
	['%*%|', [3], '%|'],
	['%.3%|', [], '%|'],
	['x%lc|', [65], 'xA|'],
	['x%ls|', ['ab'], 'xab|'],
	['%hs|', ['ab'], 'ab|'],
	['%lhd', [5], ''],
	['%hhhd', [5], ''],
	['%lld%lld', [1n, 2n], '12'],
	['%zzd', [1n], ''],
	['%jd', [1n], ''],
	['%lp|', [0], '0000000000000000|'],
	['%Zd', [1n], ''],
	['%e', [1], ''],
	['%-+05d|', [5], '+5   |'],
	['%0-5d|', [5], '5    |'],
	['%++d', [5], '+5'],
	['%00005d', [5], '00005'],
	['%5-d', [5], ''],
	['%.-3d', [5], ''],
	['%. d', [5], ''],
	['%s|', [null], '(null)|'],
	['%10s|', [null], '    (null)|'],
	['%.3s|', [null], '(nu|'],
	['%-10s|', [null], '(null)    |'],
	['%.0s|', [null], '|'],
	['%p|', [null], '0000000000000000|'],
	['%20p|', [null], '                   0|'],
	['%-20p|', [null], '0                   |'],
	['%#p|', [null], '0x00000000000000|'],
	['%5p|', [null], '    0|'],
	['%px', [2748n], '0000000000000abc'],
	['%#px', [2748n], '0x00000000000abc'],
	['%8px|', [2748n], '     abc|'],
	['%-20px|', [2748n], 'abc                 |'],
	['%pK', [null], '0000000000000000'],
	['%pKfoo|', [null], '0000000000000000|'],
	['%pxyz1|', [2748n], '0000000000000abc|'],
	['%pe', [-2n], '-ENOENT'],
	['%pe', [-22n], '-EINVAL'],
	['%pe', [-4000n], '-4000'],
	['%12pe|', [-2n], '     -ENOENT|'],
	['%-12pe|', [-2n], '-ENOENT     |'],
	['%.3pe|', [-2n], '-EN|'],
	['%p', [-2n], 'fffffffffffffffe'],
	['%pe', [null], '0000000000000000'],
	['%p%d', [null, 1], '00000000000000001'],
	['%px-%d', [1n, 2], '0000000000000001-2'],
	['%.20px|', [2748n], '00000000000000000abc|'],
	['%020px|', [2748n], '00000000000000000abc|'],
	['%+px|', [2748n], '0000000000000abc|'],
	['no conversion', [], 'no conversion'],
	['%d %s %x\n', [1, 'two', 3], '1 two 3\n'],
	['100%% of %d%%', [5], '100% of 5%'],
	['\t%5.2s|%-5u|%#x\n', ['abc', 7, 16], '\t   ab|7    |0x10\n'],
	['%.3s|', ['\u00e9\u00e9'], '\u00e9\udcc3|'],
	['%6s|', ['\u00e9\u00e9'], '  \u00e9\u00e9|'],
	['%-6s|', ['\u00e9\u00e9'], '\u00e9\u00e9  |'],
	['%.4s|', ['\u00e9\u00e9'], '\u00e9\u00e9|'],
];

t.test('printf: formats as Linux does', async t => {
	for (const [format, args, want] of linux) t.equal(sprintf(format, ...args), want, JSON.stringify(format));
});

t.test('printf: a format gives the same the second time', async t => {
	for (const [format, args, want] of linux) t.equal(vsprintf(format, args), want, JSON.stringify(format));
});

t.test('printf: integers of JavaScript wrap to the width of the C type', async t => {
	const cases: [format: string, value: unknown, want: string][] = [
		['%d', 2 ** 31, '-2147483648'],
		['%d', 2 ** 32 + 5, '5'],
		['%u', -5, '4294967291'],
		['%u', 2n ** 64n - 1n, '4294967295'],
		['%d', 2n ** 31n, '-2147483648'],
		['%lld', Number.MAX_SAFE_INTEGER, '9007199254740991'],
		['%llu', -1, '18446744073709551615'],
		['%llu', 2 ** 60, '1152921504606846976'],
		['%lld', 2n ** 63n, '-9223372036854775808'],
		['%llx', 2n ** 65n + 1n, '1'],
		['%hhd', 2n ** 64n + 255n, '-1'],
		['%d', 1.9, '1'],
		['%d', -1.9, '-1'],
		['%lld', -1.9, '-1'],
		['%d', -0, '0'],
		['%lld', -0, '0'],
		['%d', Number.NaN, '0'],
		['%llu', Number.POSITIVE_INFINITY, '0'],
		['%d', true, '1'],
		['%u', false, '0'],
	];
	for (const [format, value, want] of cases) t.equal(sprintf(format, value), want, `${format} of ${value}`);
});

t.test('printf: a number prints as the same bigint does', async t => {
	const formats = [
		'%d',
		'%i',
		'%u',
		'%x',
		'%X',
		'%o',
		'%08x',
		'%08X',
		'%#08x',
		'%-08X|',
		'%08.3x',
		'%09x',
		'%8x',
		'%08d',
	];
	const values = [0, 1, 9, 10, 0xabcdef, 2 ** 31 - 1, 2 ** 31, 2 ** 31 + 0xabc, 2 ** 32 - 1, 2 ** 32, 2 ** 32 + 7];
	for (const format of [...formats, ...formats.map(each => each.replace(/[a-zX]/, 'll$&'))]) {
		for (const value of values.flatMap(each => [each, -each])) {
			t.equal(sprintf(format, value), sprintf(format, BigInt(value)), `${format} of ${value}`);
		}
	}
	t.equal(sprintf('%08X %08x %x', 0xdeadbeef, 0xfe, 0xcafebabe), 'DEADBEEF 000000fe cafebabe');
	t.equal(sprintf('%08X', true), '00000001');
	t.throws(() => sprintf('%08X', '5'), TypeError);
	t.throws(() => sprintf('%u', null), TypeError);
});

t.test('printf: an integer that is missing or is none is a mistake of the caller', async t => {
	for (const value of [undefined, null, '5', {}, Symbol('s')]) {
		t.throws(() => sprintf('%d', value), TypeError);
		t.throws(() => sprintf('%*d', value, 1), TypeError);
		t.throws(() => sprintf('%.*s', value, 'a'), TypeError);
	}
	t.throws(() => sprintf('%d %d', 1), { message: 'printf: an integer is due, not nothing' });
	t.throws(() => sprintf('%x', 'ff'), { message: 'printf: an integer is due, not string' });
});

t.test('printf %s: what is no string prints as String() has it', async t => {
	const cases: [value: unknown, want: string][] = [
		[undefined, '(null)'],
		[5, '5'],
		[7n, '7'],
		[true, 'true'],
		['a\0b', 'a'],
		['\0', ''],
	];
	for (const [value, want] of cases) t.equal(sprintf('%s', value), want);
});

t.test('printf %c: a character, or a byte that is none', async t => {
	t.equal(sprintf('%c%c', 'A', 'bcd'), 'Ab');
	t.equal(sprintf('%c', 0xff), '\udcff');
	t.equal(sprintf('%c', 0x141), 'A');
	t.equal(sprintf('%c', 0), '\0');
	t.equal(sprintf('%c', ''), '\0');
});

t.test('printf %p: objects have no address', async t => {
	for (const format of ['%p', '%pK', '%px', '%pe']) t.equal(sprintf(format, {}), '(____ptrval____)', format);
	t.equal(sprintf('%20p|', []), '(____ptrval____)|', 'vsprintf.c:ptr_to_id sets the width');
	t.equal(sprintf('%-20p|', t.test), '(____ptrval____)|');
	t.equal(sprintf('%p', 0xabc), '0000000000000abc');
	t.equal(sprintf('%p', undefined), '0000000000000000');
	t.equal(sprintf('%pe', new Errno('ENOSPC')), '-ENOSPC');
	t.equal(sprintf('%pe', -17), '-EEXIST');
	t.equal(sprintf('%pe', 5), '0000000000000005');
});

t.test('printf: any number of formats', async t => {
	for (let i = 0; i < 3000; i++) {
		if (sprintf(`${i}:%d`, i) !== `${i}:${i}`) t.fail(`format ${i}`);
	}
	t.equal(sprintf('%d', 1), '1');
});

t.test('snprintf: as much as there is room for, the length of all of it, and nothing behind it', async t => {
	const cases: [size: number, format: string, args: unknown[], length: number, bytes: string][] = [
		[6, '%d', [1234], 4, '1234..'],
		[4, '%d', [1234], 4, '1234'],
		[3, '%d', [1234], 4, '123'],
		[0, '%d', [1234], 4, ''],
		[4, '', [], 0, '....'],
		[4, '%s', ['a\u00e9'], 3, 'a\xc3\xa9.'],
		[2, '%s', ['a\u00e9'], 3, 'a\xc3'],
		[4, '%c', [0xff], 1, '\xff...'],
	];
	for (const [size, format, args, length, bytes] of cases) {
		const buffer = Buffer.alloc(size, '.');
		t.equal(snprintf(buffer, format, ...args), length, format);
		t.equal(buffer.toString('latin1'), bytes, format);
	}
});
