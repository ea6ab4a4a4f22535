/**
 * message.test - buffers, tables of messages, answers, and how policies are told of.
 */

import t from 'tap';
import { struct, u8, u16, u32 } from '../../../src/lib/struct.ts';
import { hasAckTlvs, putAckTlvs, readAck } from '../../../src/netlink/ack.ts';
import { NetlinkExtAck } from '../../../src/netlink/ext_ack.ts';
import { message } from '../../../src/netlink/message.ts';
import { MessageBuffer } from '../../../src/netlink/message_buffer.ts';
import type { NlaType } from '../../../src/netlink/nla_type.ts';
import * as nla from '../../../src/netlink/nlattr.ts';
import { NlMessage, nlaFind, nlmsgEndOf, nlmsgs } from '../../../src/netlink/nlmsg.ts';
import { NLA_INDEXED, NLA_NESTED, NLA_NESTED_ARRAY, nlaPolicy } from '../../../src/netlink/policy.ts';
import { PolicyDump, policyTypePolicy, writePolicyAttr } from '../../../src/netlink/policy_dump.ts';
import { NetlinkTrace } from '../../../src/netlink/trace.ts';
import { NL_VALIDATE_LIBERAL, NL_VALIDATE_STRICT, nlaParse } from '../../../src/netlink/validate.ts';
import { NLM_F_ACK_TLVS, NLM_F_CAPPED, NLMSG_DONE, NLMSG_ERROR, NLMSG_HDRLEN } from '../../../src/uapi/netlink.ts';
import { bytesOf } from './hex.ts';

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

t.test('buffer: a message with attributes and a nest, byte by byte', async t => {
	const buffer = new MessageBuffer();
	const at = buffer.nlmsgPut(2, 1, 0x18, 2, 5);
	buffer.nlaPutU8(1, 0xff);
	buffer.nlaPutU16(2, 0x1234);
	buffer.nlaPutU64(3, 1n);
	buffer.nlaPutBe32(4, 0x0a000001);
	buffer.nlaPutString(5, 'ab');
	buffer.nlaPutFlag(6);
	const nest = buffer.nlaNestStart(7);
	buffer.nlaPut(1, new Uint8Array([1, 2, 3]));
	buffer.nlaNestEnd(nest);
	buffer.nlmsgEnd(at);
	t.equal(
		hex(buffer.finish()),
		hex(
			bytesOf(
				'50000000 1800 0500 01000000 02000000 00000000 05000100 ff000000 06000200 34120000 0c000300 0100000000000000 ' +
					'08000400 0a000001 07000500 61620000 04000600 0c000780 07000100 01020300',
			),
		),
	);
});

t.test('buffer: what does not fit is EMSGSIZE, and nothing was written', async t => {
	const buffer = new MessageBuffer(24);
	buffer.nlmsgPut(0, 0, 16, 0, 0);
	t.throws(() => buffer.nlaPut(1, new Uint8Array(5)), { code: 'EMSGSIZE' });
	t.same([buffer.length, buffer.tailroom], [16, 8]);
	buffer.nlaPutU32(1, 0xffff_ffff);
	buffer.trim(16);
	t.equal(hex(buffer.bytes.subarray(16, 24)), '0000000000000000', 'what is taken back is zero again');
	t.throws(() => new MessageBuffer().nlaReserve(1, 0x10000), { code: 'EMSGSIZE' });
	const long = new MessageBuffer();
	const nest = long.nlaNestStart(1);
	for (let i = 0; i < 2; i++) long.nlaPut(1, new Uint8Array(40_000));
	t.throws(() => long.nlaNestEnd(nest), { code: 'EMSGSIZE' });
	t.equal(long.bytes.length >= long.length, true);
});

const header = struct('test_header', 4, { family: u8, _pad: u8, flags: u16 });
const table = message('test', header, { NAME: [1, nla.NLA_NUL_STRING(8)], NUMBER: [2, nla.NLA_U32] });

t.test('message: what is built is parsed again, and printed', async t => {
	const buffer = new MessageBuffer();
	const at = table.build(buffer, { type: 20, seq: 7, portid: 9, flags: 1 }, { family: 2, flags: 3 }, { NAME: 'x' });
	t.match(table.parse(buffer.view, at, NL_VALIDATE_STRICT), {
		tb: new Int32Array([-1, 20, -1]),
		header: { family: 2, flags: 3 },
		attrs: { NAME: 'x', NUMBER: undefined },
	});
	const trace = new NetlinkTrace({ types: { TEST: 20 }, message: () => table as never });
	t.equal(
		trace.format(buffer.finish()),
		'[{nlmsg_len=28, nlmsg_type=TEST, nlmsg_flags=NLM_F_REQUEST, nlmsg_seq=7, nlmsg_pid=9}, {family=2, flags=3}, ' +
			'[{nla_len=6, nla_type=NAME}, "x"]]',
	);
});

t.test('message: one that does not fit leaves nothing, one that is too short is EINVAL', async t => {
	const buffer = new MessageBuffer(24);
	t.throws(() => table.build(buffer, { type: 20 }, {}, { NAME: 'too long' }), { code: 'EMSGSIZE' });
	t.equal(buffer.length, 0);
	const short = bytesOf('12000000 1400 0000 00000000 00000000 0200');
	const extack = new NetlinkExtAck();
	t.throws(() => table.parse(new DataView(short.buffer), 0, NL_VALIDATE_LIBERAL, extack), { code: 'EINVAL' });
	t.equal(extack.msg, 'Invalid header length');
});

t.test('nlmsgs: messages begin at multiples of four, and end with the first length that cannot be', async t => {
	const bytes = bytesOf(
		'11000000 1000 0000 01000000 00000000 aa000000 10000000 1100 0100 02000000 05000000 0f000000 0000 0000 00000000 00000000',
	);
	const found = [...nlmsgs(bytes)];
	t.same(
		found.map(({ type, seq, pid, flags, payload }) => [type, seq, pid, flags, hex(payload)]),
		[
			[16, 1, 0, 0, 'aa'],
			[17, 2, 5, 1, ''],
		],
	);
	t.equal(nlmsgEndOf(new DataView(bytes.buffer), 36), undefined);
});

t.test('nlaFind: the first attribute of a type', async t => {
	const bytes = bytesOf('05000100 01000000 05000240 02000000 05000200 03000000 03000300');
	const view = new DataView(bytes.buffer);
	t.equal(nlaFind(view, 0, bytes.length, 2), 8);
	t.equal(nlaFind(view, 0, bytes.length, 3), -1);
	t.equal(nlaFind(view, 0, 8, 2), -1);
});

/** An answer with the attributes of `extack`. */
function answer(type: number, flags: number, error: number, extack?: NetlinkExtAck): NlMessage {
	const buffer = new MessageBuffer();
	const at = buffer.nlmsgPut(0, 0, type, type === NLMSG_DONE ? 4 : 20, flags);
	buffer.view.setInt32(at + NLMSG_HDRLEN, error, true);
	if (type === NLMSG_ERROR) buffer.view.setUint32(at + NLMSG_HDRLEN + 4, 16, true);
	if (extack !== undefined) putAckTlvs(buffer, extack, error !== 0, 0);
	buffer.nlmsgEnd(at);
	return new NlMessage(buffer.view, at, buffer.length);
}

t.test('ack: all that an answer can say', async t => {
	const extack = new NetlinkExtAck();
	t.equal(hasAckTlvs(extack, true), false);
	extack.setErrAttrMiss(24, 5);
	t.same([hasAckTlvs(extack, true), hasAckTlvs(extack, false)], [true, false], 'of a success nothing is missing');
	extack.setBadAttr(20);
	extack.setErrMsg('no');
	extack.cookie = new Uint8Array([7]);
	for (const [type, flags] of [
		[NLMSG_ERROR, NLM_F_ACK_TLVS],
		[NLMSG_ERROR, NLM_F_ACK_TLVS | NLM_F_CAPPED],
		[NLMSG_DONE, NLM_F_ACK_TLVS],
	] as const) {
		t.same(readAck(answer(type, flags, -22, extack)), {
			error: -22,
			code: 'EINVAL',
			msg: 'no',
			offset: 20,
			missing: 5,
			cookie: new Uint8Array([7]),
		});
	}
	t.match(readAck(answer(NLMSG_ERROR, NLM_F_ACK_TLVS, 0, extack)), {
		error: 0,
		code: undefined,
		msg: 'no',
		offset: undefined,
	});
	t.match(readAck(answer(NLMSG_ERROR, 0, -9999)), { code: 'EIO', msg: undefined }, 'a number that nobody knows');
	t.same(readAck(new NlMessage(new DataView(new ArrayBuffer(16)), 0, 16)).error, 0, 'nothing at all');
	extack.clear();
	t.equal(hasAckTlvs(extack, true), false);
});

t.test('ack: attributes that are wrong are as if absent', async t => {
	const extack = new NetlinkExtAck();
	extack.setErrMsg('fine');
	const { view, at, end } = answer(NLMSG_DONE, NLM_F_ACK_TLVS, -1, extack);
	view.setUint8(end - 4, 0x41); // the NUL
	view.setUint8(end - 3, 0x41);
	for (let i = end - 4; i < end; i++) view.setUint8(i, 0x41);
	t.equal(readAck(new NlMessage(view, at, end)).msg, undefined);
});

/** What is told of a type, by its names. */
function told(type: NlaType): unknown {
	const buffer = new MessageBuffer();
	if (!writePolicyAttr(buffer, type, 1)) return undefined;
	const tb = policyTypePolicy.table();
	nlaParse(buffer.view, 4, buffer.length, policyTypePolicy, NL_VALIDATE_STRICT, undefined, tb);
	const all = Object.entries(policyTypePolicy.read(buffer.view, tb)).filter(([, value]) => value !== undefined);
	return Object.fromEntries(all.map(([name, value]) => [name.replace('NL_POLICY_TYPE_ATTR_', ''), value]));
}

t.test('policy_dump: what is told of each type', async t => {
	const cases: readonly (readonly [type: NlaType, told: unknown])[] = [
		[nla.NLA_U8, { TYPE: 2, MIN_VALUE_U: 0n, MAX_VALUE_U: 255n }],
		[nla.NLA_POLICY_MAX(nla.NLA_U16, 9), { TYPE: 3, MIN_VALUE_U: 0n, MAX_VALUE_U: 9n }],
		[nla.NLA_POLICY_MASK(nla.NLA_U32, 3), { TYPE: 4, MASK: 3n }],
		[nla.NLA_U64, { TYPE: 5, MIN_VALUE_U: 0n, MAX_VALUE_U: 0xffff_ffff_ffff_ffffn }],
		[nla.NLA_MSECS, { TYPE: 17, MIN_VALUE_U: 0n, MAX_VALUE_U: 0xffff_ffff_ffff_ffffn }],
		[nla.NLA_POLICY_MIN(nla.NLA_S8, -3), { TYPE: 6, MIN_VALUE_S: -3n, MAX_VALUE_S: 127n }],
		[nla.NLA_STRING(9), { TYPE: 11, MAX_LENGTH: 9 }],
		[nla.NLA_NUL_STRING(), { TYPE: 12 }],
		[nla.NLA_POLICY_EXACT_LEN(6), { TYPE: 10, MIN_LENGTH: 6, MAX_LENGTH: 6 }],
		[nla.NLA_POLICY_MIN_LEN(6), { TYPE: 10, MIN_LENGTH: 6 }],
		[nla.NLA_FLAG, { TYPE: 1 }],
		[nla.NLA_BITFIELD32(5), { TYPE: 15, BITFIELD32_MASK: 5 }],
		[NLA_NESTED(policyTypePolicy) as NlaType, { TYPE: 13 }],
		[nla.NLA_REJECT(), undefined],
		[nla.NLA_UNSPEC(4), undefined],
		[nla.NLA_BE32, undefined],
	];
	for (const [type, want] of cases) t.same(told(type), want);
});

t.test('policy_dump: nests are listed once, and refer to one another by index', async t => {
	const inner = nlaPolicy({ X: [1, nla.NLA_U8] });
	const outer = nlaPolicy({ A: [1, NLA_NESTED(inner)], B: [3, NLA_NESTED_ARRAY(inner)] });
	const dump = new PolicyDump();
	t.equal(dump.empty, true);
	dump.add(nlaPolicy({}) as never);
	dump.add(outer as never);
	dump.add(outer as never);
	t.same([dump.empty, dump.index(outer as never), dump.index(inner as never)], [false, 0, 1]);
	t.throws(() => dump.index(policyTypePolicy as never), RangeError);
	const buffer = new MessageBuffer();
	for (const write of dump.attributes()) write(buffer);
	const shape = NLA_INDEXED(NLA_INDEXED(NLA_NESTED(policyTypePolicy)));
	const reading = new MessageBuffer();
	const nest = reading.nlaNestStart(1);
	reading.put(buffer.finish());
	reading.nlaNestEnd(nest);
	const found = shape.read(reading.view, 4, reading.length - 4);
	t.same([...found.keys()], [0, 1]);
	t.match(found.get(1)?.get(1), { NL_POLICY_TYPE_ATTR_TYPE: 2 });
});

t.test('nlattr: structs, addresses and numbers of 32 or 64 bits', async t => {
	const pair = nla.NLA_STRUCT(struct('pair', 8, { a: u32, b: u32 }));
	const policy = nlaPolicy({
		PAIR: [1, pair],
		UINT: [2, nla.NLA_UINT],
		SINT: [3, nla.NLA_SINT],
		LIST: [4, NLA_INDEXED(nla.NLA_U8)],
	});
	const buffer = new MessageBuffer();
	const LIST = new Map([
		[5, 1],
		[9, 2],
	]);
	policy.write(buffer, { PAIR: { a: 1, b: 2 }, UINT: 5n, SINT: -0x1_0000_0000n, LIST });
	const tb = policy.table();
	nlaParse(buffer.view, 0, buffer.length, policy, NL_VALIDATE_LIBERAL, undefined, tb);
	t.same(policy.read(buffer.view, tb), { PAIR: { a: 1, b: 2 }, UINT: 5n, SINT: -0x1_0000_0000n, LIST });
	t.equal(pair.format({ a: 1, b: 2 }), '{a=1, b=2}');
	t.equal(nla.NLA_IN_ADDR.format(0xc0a80001), 'inet_addr("192.168.0.1")');
	t.equal(nla.nlaTotalSize(5), 12);
	const short = bytesOf('08000100 01000000');
	t.throws(
		() => nlaParse(new DataView(short.buffer), 0, 8, policy, NL_VALIDATE_LIBERAL, undefined, undefined),
		{ code: 'ERANGE' },
		'half a struct',
	);
});

t.test('nlattr: a function decides what else must hold', async t => {
	const even = nla.NLA_POLICY_VALIDATE_FN(nla.NLA_U8, (view, offset) => {
		if (view.getUint8(offset) % 2 === 1) throw Object.assign(new Error('odd'), { code: 'EDOM' });
	});
	const policy = nlaPolicy({ EVEN: [1, even] });
	const parse = (value: number) => {
		const buffer = new MessageBuffer();
		buffer.nlaPutU8(1, value);
		nlaParse(buffer.view, 0, buffer.length, policy, NL_VALIDATE_STRICT, undefined, undefined);
	};
	t.doesNotThrow(() => parse(2));
	t.throws(() => parse(3), { code: 'EDOM' });
});
