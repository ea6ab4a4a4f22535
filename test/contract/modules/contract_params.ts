/**
 * contract_params - a parameter of every type (test/oracle/contract_params.c).
 */

import { defineModule, Errno, kstrtoint, type ParamOps, param } from 'ring3/kernel';

const set: ParamOps<number>['set'] = (text, value) => {
	const number = kstrtoint(text ?? '', 0);
	if (number & 1) throw new Errno('EDOM');
	value.set(number);
};
const get: ParamOps<number>['get'] = value => `even=${value}`;

export default defineModule({
	name: 'contract_params',
	license: 'GPL',
	description: 'A parameter of every type',
	version: '1.2',
	params: {
		p_byte: param.byte(1, 0o644, 'a byte'),
		p_short: param.short(-2, 0o644),
		p_ushort: param.ushort(3, 0o644),
		p_int: param.int(-4, 0o644),
		p_uint: param.uint(5, 0o644),
		p_long: param.long(-6n, 0o644),
		p_ulong: param.ulong(7n, 0o644),
		p_ullong: param.ullong(8n, 0o644),
		p_hexint: param.hexint(0xab, 0o644),
		p_bool: param.bool(false, 0o644),
		p_invbool: param.invbool(false, 0o644),
		p_bint: param.bint(0, 0o644),
		p_once: param.boolEnableOnly(false, 0o644),
		p_charp: param.charp('text', 0o644),
		p_null: param.charp(null, 0o600),
		p_string: param.string(8, 'abc', 0o644),
		p_array: param.array(param.int, 3, [1, 2], 0o644),
		p_words: param.array(param.charp, 2, [], 0o644),
		p_hidden: param.int(9),
		p_ro: param.int(10, 0o444),
		p_wo: param.int(11, 0o200),
		p_unsafe: param.unsafe(param.int(12, 0o644)),
		p_even: param.cb<number>({ set, get }, 14, 0o644),
		p_noget: param.cb<number>({ set }, 14, 0o644),
		p_noset: param.cb<number>({ get }, 14, 0o644),
	},
	init() {},
	exit() {},
});
