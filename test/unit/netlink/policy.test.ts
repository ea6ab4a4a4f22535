/**
 * policy.test - what a policy accepts and refuses, and what is said about it (lib/nlattr.c).
 */

import t from 'tap';
import { NetlinkExtAck } from '../../../src/netlink/ext_ack.ts';
import { MessageBuffer } from '../../../src/netlink/message_buffer.ts';
import type { NlaType } from '../../../src/netlink/nla_type.ts';
import * as nla from '../../../src/netlink/nlattr.ts';
import { viewOf } from '../../../src/netlink/nlmsg.ts';
import {
	compileReader,
	interpretReader,
	NLA_NESTED,
	NLA_NESTED_ARRAY,
	nlaPolicy,
} from '../../../src/netlink/policy.ts';
import { NL_VALIDATE_LIBERAL, NL_VALIDATE_STRICT, nlaParse } from '../../../src/netlink/validate.ts';
import { bytesOf } from './hex.ts';

const inner = nlaPolicy({ ONE: [1, nla.NLA_U8] });

const policy = nlaPolicy({
	U8: [1, nla.NLA_U8],
	U32: [2, nla.NLA_POLICY_RANGE(nla.NLA_U32, 10, 20)],
	STRING: [3, nla.NLA_STRING(4)],
	NUL: [4, nla.NLA_NUL_STRING(4)],
	FLAG: [5, nla.NLA_FLAG],
	BINARY: [6, nla.NLA_BINARY(3)],
	EXACT: [7, nla.NLA_POLICY_EXACT_LEN(2)],
	NEST: [8, NLA_NESTED(inner)],
	ARRAY: [9, NLA_NESTED_ARRAY(inner)],
	BITS: [10, nla.NLA_BITFIELD32(3)],
	S16: [11, nla.NLA_POLICY_MIN(nla.NLA_S16, -2)],
	MASK: [12, nla.NLA_POLICY_MASK(nla.NLA_U16, 0x0f)],
	UINT: [13, nla.NLA_UINT],
	NEVER: [14, nla.NLA_REJECT('not here')],
	U64: [16, nla.NLA_U64],
	ADDRESS: [17, nla.NLA_IN_ADDR],
	SINT: [18, nla.NLA_SINT],
});

const FAILED = 'Attribute failed policy validation';
const STRICT = NL_VALIDATE_STRICT;
const LIBERAL = NL_VALIDATE_LIBERAL;

/** Attributes, how they are checked, the errno (empty: none), what is said, and of the attribute at which offset. */
const cases: readonly (readonly [hex: string, validate: number, code: string, msg?: string, at?: number])[] = [
	['05000100 07000000', STRICT, ''],
	['06000100 07000000', STRICT, 'EINVAL', 'invalid attribute length', 0],
	['06000100 07000000', LIBERAL, ''],
	['04000100', LIBERAL, 'ERANGE', FAILED, 0],
	['05000100 07000000 08000200 09000000', STRICT, 'ERANGE', 'integer out of range', 8],
	['08000200 0a000000', STRICT, ''],
	['08000200 15000000', LIBERAL, 'ERANGE', 'integer out of range', 0],
	['09000300 6162636465000000', STRICT, 'ERANGE', FAILED, 0],
	['09000300 6162636400000000', STRICT, ''],
	['04000300', STRICT, 'ERANGE', FAILED, 0],
	['08000400 61626364', STRICT, 'EINVAL', FAILED, 0],
	['09000400 6162636400000000', STRICT, ''],
	['04000400', LIBERAL, 'EINVAL', FAILED, 0],
	['04000500', STRICT, ''],
	['05000500 01000000', LIBERAL, 'ERANGE', FAILED, 0],
	['07000600 01020300', STRICT, ''],
	['08000600 01020304', LIBERAL, 'ERANGE', FAILED, 0],
	['06000700 01020000', STRICT, ''],
	['05000700 01000000', STRICT, 'ERANGE', 'binary attribute size out of range', 0],
	['0c000880 05000100 07000000', STRICT, ''],
	['0c000800 05000100 07000000', STRICT, 'EINVAL', 'NLA_F_NESTED is missing', 0],
	['0c000800 05000100 07000000', LIBERAL, ''],
	['0c000880 06000100 07000000', STRICT, 'EINVAL', 'invalid attribute length', 4],
	['0c000880 08000200 07000000', STRICT, 'EINVAL', 'Unknown attribute type', 4],
	['06000880 05000000', STRICT, 'ERANGE', FAILED, 0],
	['04000880', STRICT, ''],
	['05000180 07000000', STRICT, 'EINVAL', 'NLA_F_NESTED not expected', 0],
	['10000980 0c000000 05000100 07000000', STRICT, ''],
	['0c000980 06000000 01020000', STRICT, 'ERANGE', 'Array element too short', 4],
	['0c000a00 01000000 01000000', STRICT, ''],
	['0c000a00 01000000 02000000', STRICT, 'EINVAL', FAILED, 0],
	['0c000a00 00000000 04000000', STRICT, 'EINVAL', FAILED, 0],
	['08000a00 00000000', LIBERAL, 'ERANGE', FAILED, 0],
	['06000b00 feff0000', STRICT, ''],
	['06000b00 fdff0000', STRICT, 'ERANGE', 'integer out of range', 0],
	['06000c00 0f000000', STRICT, ''],
	['06000c00 10000000', STRICT, 'EINVAL', 'reserved bit set', 0],
	['08000d00 01000000', STRICT, ''],
	['06000d00 01000000', LIBERAL, 'EINVAL', 'invalid attribute length', 0],
	['04000e00', LIBERAL, 'EINVAL', 'not here', 0],
	['04000f00', STRICT, 'EINVAL', 'Unsupported attribute', 0],
	['04000f00', LIBERAL, ''],
	['04006400', STRICT, 'EINVAL', 'Unknown attribute type', 0],
	['04006400', LIBERAL, ''],
	['04000000', STRICT, 'EINVAL', 'Unknown attribute type', 0],
	['03000100', STRICT, 'EINVAL', 'bytes leftover after parsing attributes'],
	['03000100', LIBERAL, '', 'bytes leftover after parsing attributes'],
	['09000100 07000000', STRICT, 'EINVAL', 'bytes leftover after parsing attributes'],
	['0500', LIBERAL, '', 'bytes leftover after parsing attributes'],
	['05000100 07', STRICT, ''],
	['', STRICT, ''],
];

/** The number of the error, '' for none, and what was said. */
function check(hex: string, validate: number): { code: string; extack: NetlinkExtAck } {
	const bytes = bytesOf(hex);
	const extack = new NetlinkExtAck();
	try {
		nlaParse(viewOf(bytes), 0, bytes.length, policy, validate, extack, policy.table());
		return { code: '', extack };
	} catch (error) {
		return { code: (error as { code: string }).code, extack };
	}
}

for (const [hex, validate, code, msg, at] of cases) {
	t.test(`policy: ${hex || 'nothing'} ${validate === STRICT ? 'strictly' : 'liberally'}`, async t => {
		const { code: given, extack } = check(hex, validate);
		t.equal(given, code);
		t.equal(extack.msg, msg);
		t.equal(extack.badAttr, at ?? -1);
	});
}

t.test('policy: what is written is read again, by the compiled and by the interpreting reader', async t => {
	const values = {
		U8: 255,
		U32: 4_000_000_000,
		STRING: 'ab',
		NUL: 'cd',
		FLAG: true as const,
		BINARY: new Uint8Array([1, 2, 3]),
		EXACT: undefined,
		NEST: { ONE: 3 },
		ARRAY: [{ ONE: 4 }, {}],
		BITS: { value: 1, selector: 3 },
		S16: -2,
		MASK: undefined,
		UINT: 0x1_0000_0000n,
		NEVER: undefined,
		U64: 0xffff_ffff_ffff_ffffn,
		ADDRESS: 0x0a000001,
		SINT: -1n,
	};
	const buffer = new MessageBuffer();
	policy.write(buffer, values);
	const tb = policy.table();
	nlaParse(buffer.view, 0, buffer.length, nlaPolicy({ ...policy.rows, U32: [2, nla.NLA_U32] }), STRICT, undefined, tb);
	const rows = Object.entries(policy.rows) as unknown as Parameters<typeof compileReader>[0];
	t.same(policy.read(buffer.view, tb), values);
	t.same(interpretReader(rows)(buffer.view, tb), values);
	t.same(compileReader(rows)!(buffer.view, tb), values);
});

t.test('policy: of two attributes of a type the last counts', async t => {
	const bytes = bytesOf('05000100 01000000 05000100 02000000');
	const tb = policy.table();
	nlaParse(viewOf(bytes), 0, bytes.length, policy, STRICT, undefined, tb);
	t.equal(policy.read(viewOf(bytes), tb).U8, 2);
});

t.test('policy: nests may be ten deep', async t => {
	const rows: { SELF: [1, NlaType] } = { SELF: [1, nla.NLA_FLAG] };
	const self = nlaPolicy(rows);
	(self.types as unknown as NlaType[])[1] = NLA_NESTED(self) as NlaType;
	const deep = (depth: number) => {
		const buffer = new MessageBuffer();
		const nests = Array.from({ length: depth }, () => buffer.nlaNestStart(1));
		for (const at of nests.reverse()) buffer.nlaNestEnd(at);
		return buffer;
	};
	const parse = ({ view, length }: MessageBuffer, extack: NetlinkExtAck) =>
		nlaParse(view, 0, length, self, STRICT, extack, undefined);
	t.doesNotThrow(() => parse(deep(10), new NetlinkExtAck()));
	const extack = new NetlinkExtAck();
	t.throws(() => parse(deep(100), extack), { code: 'EINVAL' });
	t.equal(extack.msg, 'allowed policy recursion depth exceeded');
});

t.test('policy: from strict_start_type on, attributes are checked strictly', async t => {
	const mixed = nlaPolicy({ OLD: [1, nla.NLA_U8], NEW: [2, nla.NLA_U8] }, 2);
	const parse = (hex: string) => {
		const bytes = bytesOf(hex);
		nlaParse(viewOf(bytes), 0, bytes.length, mixed, LIBERAL, undefined, undefined);
	};
	t.doesNotThrow(() => parse('06000100 07000000'));
	t.throws(() => parse('06000200 07000000'), { code: 'EINVAL' });
});

t.test('policy: rows that contradict one another make none', async t => {
	t.throws(() => nlaPolicy({ ZERO: [0, nla.NLA_U8] }), TypeError);
	t.throws(() => nlaPolicy({ ONE: [1, nla.NLA_U8], TWO: [1, nla.NLA_U8] }), TypeError);
});

t.test('policy: no bytes make it throw anything but an errno', async () => {
	let state = 1;
	const random = () => {
		state = (Math.imul(state, 1103515245) + 12345) >>> 0;
		return state >>> 16;
	};
	for (let round = 0; round < 20_000; round++) {
		const bytes = Uint8Array.from({ length: random() % 64 }, () => (random() % 3 === 0 ? random() : random() % 24));
		for (const validate of [STRICT, LIBERAL]) {
			const tb = policy.table();
			try {
				nlaParse(viewOf(bytes), 0, bytes.length, policy, validate, new NetlinkExtAck(), tb);
				policy.read(viewOf(bytes), tb);
			} catch (error) {
				if (!['EINVAL', 'ERANGE'].includes((error as { code: string }).code)) throw error;
			}
		}
	}
});
