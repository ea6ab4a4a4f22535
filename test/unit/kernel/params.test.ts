/**
 * params.test - kernel-sim/kernel/params.ts and moduleparam.ts. The expectations are what a module of Linux 6.12 with the same
 * parameters gave.
 */

import t from 'tap';
import { ModuleParams, param } from '../../../kernel-sim/kernel/moduleparam.ts';
import { nextArg, parameq, parseArgs } from '../../../kernel-sim/kernel/params.ts';
import { Printk } from '../../../kernel-sim/kernel/printk.ts';
import { Time } from '../../../kernel-sim/kernel/time.ts';
import { FakeClock } from '../../../src/testing/fake_host.ts';
import { codeOf } from './bench_kernel.ts';

const table = {
	arr: param.array(param.int, 3, [1, 2], 0o644),
	ca: param.array(param.charp, 3, [], 0o644),
	p_bint: param.bint(0, 0o644),
	p_bool: param.bool(false, 0o644),
	p_byte: param.byte(0, 0o644),
	p_charp: param.charp(null, 0o644),
	p_hex: param.hexint(0xab, 0o644),
	p_int: param.int(1, 0o644, 'an int'),
	p_inv: param.invbool(false, 0o644),
	p_long: param.long(0n),
	p_once: param.boolEnableOnly(false, 0o644),
	p_short: param.short(0, 0o644),
	p_str: param.string(8, 'abc', 0o644),
	p_uint: param.uint(0, 0o644),
	p_ulong: param.ulong(0n),
	p_ushort: param.ushort(0),
};

function module() {
	const printk = new Printk({ time: new Time(new FakeClock(), () => {}), console: () => {} });
	const owner = { pr: printk.pr, dangerous: (name: string) => printk.pr.notice('dangerous %s\n', name) };
	const params = new ModuleParams(table, owner);
	const load = (args: string) =>
		parseArgs({
			doing: 'pm',
			args,
			params: params.kernelParams(),
			pr: printk.pr,
			unknown: name => printk.pr.warn("pm: unknown parameter '%s' ignored\n", name),
		});
	const log = () => [...printk.records()].map(({ text }) => text);
	return { params, load, log, owner };
}

t.test('param_get_*: the text of each type', async t => {
	const { params } = module();
	const want: Record<string, string> = {
		...{
			arr: '1,2\n',
			ca: '',
			p_bint: '0\n',
			p_bool: 'N\n',
			p_byte: '0\n',
			p_charp: '(null)\n',
			p_hex: '0x0000ab\n',
			p_int: '1\n',
		},
		...{
			p_inv: 'Y\n',
			p_once: 'N\n',
			p_long: '0\n',
			p_short: '0\n',
			p_str: 'abc\n',
			p_uint: '0\n',
			p_ulong: '0\n',
			p_ushort: '0\n',
		},
	};
	t.same(Object.fromEntries(params.names.map(name => [name, params.show(name)])), want);
});

t.test('param_set_*: what is accepted, and what it then shows', async t => {
	const cases: [string, string, string][] = [
		['p_int', '0x10', '16\n'],
		['p_int', '010', '8\n'],
		['p_int', '+7\n', '7\n'],
		['p_int', '-2147483648', '-2147483648\n'],
		['p_uint', '4294967295', '4294967295\n'],
		['p_byte', '255', '255\n'],
		['p_short', '-32768', '-32768\n'],
		['p_ushort', '65535', '65535\n'],
		['p_long', '-9223372036854775808', '-9223372036854775808\n'],
		['p_ulong', '18446744073709551615', '18446744073709551615\n'],
		['p_hex', '7', '0x000007\n'],
		['p_hex', '0', '0x000000\n'],
		['p_bool', '1junk', 'Y\n'],
		['p_bool', 'on', 'Y\n'],
		['p_bool', 'of', 'N\n'],
		['p_once', '1', 'Y\n'],
		['p_once', '0', 'N\n'],
		['p_bint', 'on', '1\n'],
		['p_bint', 'nope', '0\n'],
		['p_inv', '0', 'N\n'],
		['p_inv', '1', 'Y\n'],
		['p_charp', 'abc\n', 'abc\n\n'],
		['p_charp', '', '\n'],
		['p_str', 'abcdefg', 'abcdefg\n'],
		['arr', '4,5,6', '4,5,6\n'],
		['arr', '5\n', '5\n'],
		['arr', '1,2\n', '1,2\n'],
		['arr', '0x1,-2', '1,-2\n'],
		['ca', 'a,b\n', 'a,b\n\n'],
		['ca', ',,', ',,\n'],
		['p-int', '4', '4\n'],
	];
	for (const [name, text, shown] of cases) {
		const { params } = module();
		params.store(name, text);
		t.equal(params.show(name), shown, `${name}=${JSON.stringify(text)}`);
	}
});

t.test('param_set_*: what is refused, and what it shows after that', async t => {
	const cases: [string, string, string, string][] = [
		['p_int', '', 'EINVAL', '1\n'],
		['p_int', '1\n\n', 'EINVAL', '1\n'],
		['p_int', ' 1', 'EINVAL', '1\n'],
		['p_int', '12abc', 'EINVAL', '1\n'],
		['p_int', '2147483648', 'ERANGE', '1\n'],
		['p_uint', '-1', 'EINVAL', '0\n'],
		['p_uint', '4294967296', 'ERANGE', '0\n'],
		['p_byte', '256', 'ERANGE', '0\n'],
		['p_short', '32768', 'ERANGE', '0\n'],
		['p_ulong', '-1', 'EINVAL', '0\n'],
		['p_bool', 'o', 'EINVAL', 'N\n'],
		['p_bool', '2', 'EINVAL', 'N\n'],
		['p_bool', ' 1', 'EINVAL', 'N\n'],
		['p_bint', '2', 'EINVAL', '0\n'],
		['p_charp', 'x'.repeat(1025), 'ENOSPC', '(null)\n'],
		['p_str', 'abcdefgh', 'ENOSPC', 'abc\n'],
		['arr', '', 'EINVAL', ''],
		['arr', '1,2x', 'EINVAL', '1\n'],
		['arr', '7,,8', 'EINVAL', '7\n'],
		['arr', '3,2,1,0', 'EINVAL', '3,2,1\n'],
		['nothing', '1', 'ENOENT', ''],
	];
	for (const [name, text, code, shown] of cases) {
		const { params } = module();
		t.equal(await codeOf(() => params.store(name, text)), code, `${name}=${JSON.stringify(text)}`);
		if (code !== 'ENOENT') t.equal(params.show(name), shown, `${name} after ${JSON.stringify(text)}`);
	}
});

t.test('param_set_charp: 1024 bytes fit', async t => {
	const { params } = module();
	params.store('p_charp', 'x'.repeat(1024));
	t.equal(params.values.p_charp?.length, 1024);
});

t.test('module_param: the module reads the value as it is now', async t => {
	const { params } = module();
	const { values } = params;
	params.store('p_int', '5');
	params.store('arr', '9');
	t.equal(values.p_int, 5);
	t.same(values.arr, [9]);
	values.p_int = 6;
	t.equal(params.show('p_int'), '6\n');
	t.equal(params.perm('p_int'), 0o644);
	t.equal(params.perm('p_long'), 0);
	t.same(module().params.values.arr, [1, 2], 'another load begins as declared');
});

t.test('module_param_cb: operations of the module itself, whose text gets no newline', async t => {
	const printk = new Printk({ time: new Time(new FakeClock(), () => {}), console: () => {} });
	const even = param.cb<number>(
		{ set: (text, value) => value.set(Number(text) & ~1), get: value => `cb=${value}` },
		0,
		0o644,
	);
	const params = new ModuleParams({ even }, { pr: printk.pr, dangerous: () => {} });
	params.store('even', '7');
	t.equal(params.values.even, 6);
	t.equal(params.show('even'), 'cb=6');
});

t.test('param_set_bool_enable_only: what is true stays so', async t => {
	const { params, load } = module();
	load('p_once p_bint');
	t.match(params.values, { p_once: true, p_bint: 1 });
	t.throws(() => params.store('p_once', '0'), { code: 'EROFS' });
	params.store('p_once', '1');
	t.equal(params.show('p_once'), 'Y\n');
});

t.test('module_param_cb: without set or get it is EPERM', async t => {
	const { owner } = module();
	const params = new ModuleParams(
		{ ro: param.cb<number>({ get: () => 'x' }, 0), wo: param.cb<number>({ set() {} }, 0) },
		owner,
	);
	t.throws(() => params.store('ro', '1'), { code: 'EPERM' });
	t.equal(params.show('ro'), 'x');
	t.throws(() => params.show('wo'), { code: 'EPERM' });
	params.store('wo', '1');
});

t.test('VERIFY_OCTAL_PERMISSIONS: a mode that no parameter may have is a TypeError', async t => {
	for (const perm of [0o666, 0o1644, -1, 0o4, 0o040, 0o420, 6.5])
		t.throws(() => param.int(0, perm), TypeError, perm.toString(8));
	for (const perm of [0, 0o200, 0o400, 0o444, 0o600, 0o640, 0o644, 0o664, 0o440])
		t.equal(param.int(0, perm).perm, perm);
	t.throws(() => param.cb({}, 0, 0o777), TypeError);
});

t.test('parse_args: sets what is named, and tells of what nobody knows', async t => {
	const { params, load, log } = module();
	t.equal(load('p-int=4 zz=3 yy p_bool "p_charp=a b" arr=5'), undefined);
	t.match(params.values, { p_int: 4, p_bool: true, p_charp: 'a b', arr: [5] });
	t.same(log(), ["pm: unknown parameter 'zz' ignored", "pm: unknown parameter 'yy' ignored"]);
});

t.test('parse_args: what the log says of a refusal', async t => {
	const cases: [string, string, string[]][] = [
		['p_int=zz p_uint=7', 'EINVAL', ["pm: `zz' invalid for parameter `p_int'"]],
		['p_int', 'EINVAL', ["pm: `' invalid for parameter `p_int'"]],
		['p_inv', 'EINVAL', ["pm: `' invalid for parameter `p_inv'"]],
		['arr=', 'EINVAL', ["pm: `' invalid for parameter `arr'"]],
		['arr=1,x,3', 'EINVAL', ["pm: `1' invalid for parameter `arr'"]],
		['arr=1,2,3,4', 'EINVAL', ['arr: can only take 3 arguments', "pm: `1' invalid for parameter `arr'"]],
		[
			'p_int=99999999999 p_byte=300',
			'ERANGE',
			["pm: `99999999999' invalid for parameter `p_int'", "pm: `300' invalid for parameter `p_byte'"],
		],
		[
			'p_str=12345678',
			'ENOSPC',
			["p_str: string doesn't fit in 7 chars.", "pm: `12345678' too large for parameter `p_str'"],
		],
	];
	for (const [args, code, want] of cases) {
		const { load, log } = module();
		t.equal(await codeOf(() => load(args)), code, args);
		t.same(log(), want, args);
	}
});

t.test('parse_args: stops at -- and gives back the rest', async t => {
	const { params, load } = module();
	t.equal(load('p_int=5 -- foo=1 bar'), 'foo=1 bar');
	t.equal(params.values.p_int, 5);
});

t.test('next_arg: quotes hold blanks together, and are taken off where they surround', async t => {
	const cases: [string, string, string | undefined, string][] = [
		['a', 'a', undefined, ''],
		['a b', 'a', undefined, 'b'],
		['a=1  \t b=2', 'a', '1', 'b=2'],
		['a=', 'a', '', ''],
		['a="x y" b', 'a', 'x y', 'b'],
		['"a=x y" b', 'a', 'x y', 'b'],
		['a=x"y z"w', 'a', 'x"y z"w', ''],
		['a="x', 'a', 'x', ''],
		['"a b" c', 'a b', undefined, 'c'],
		['a=b=c', 'a', 'b=c', ''],
		['=b', '=b', undefined, ''],
	];
	for (const [text, name, value, rest] of cases) t.same(nextArg(text), { param: name, value, rest }, text);
});

t.test('parameq: - and _ are the same', async t => {
	const cases: [string, string, boolean][] = [
		['a-b_c', 'a_b-c', true],
		['ab', 'ab', true],
		['a-b', 'a.b', false],
		['a', 'ab', false],
	];
	for (const [a, b, want] of cases) t.equal(parameq(a, b), want, `${a} ${b}`);
});

t.test('param: the types of the values are those of the parameters', async t => {
	const { values } = module().params;
	const int: number = values.p_int;
	const long: bigint = values.p_long;
	const charp: string | null = values.p_charp;
	const arr: number[] = values.arr;
	const whom: string = param.charp('world').initial;
	// @ts-expect-error: a bool is no number
	const wrong: number = values.p_bool;
	t.same([int, long, charp, arr, whom, wrong], [1, 0n, null, [1, 2], 'world', false]);
});
