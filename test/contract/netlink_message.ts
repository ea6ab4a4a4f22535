/**
 * netlink_message - requests, acknowledgements and the controller of generic netlink (netlink_rcv_skb, genetlink.c).
 */

import type { Contract } from '../runner/contract.ts';
import {
	ACK,
	ACK_TLVS,
	answers,
	ask,
	attr,
	attrs,
	bound,
	CAP_ACK,
	CAPPED,
	concat,
	DONE,
	DUMP,
	ERROR,
	EXT_ACK,
	GENERIC,
	genl,
	MULTI,
	message,
	NLCTRL,
	REQUEST,
	receiveOne,
	SOL_NETLINK,
	u32,
} from './netlink_bytes.ts';

const GETFAMILY = 3;
const GETPOLICY = 10;
const NEWFAMILY = 1;
const FAMILY_ID = 1;
const FAMILY_NAME = 2;
const OP = 10;
const u16 = (value: number) => new Uint8Array([value & 255, value >> 8]);
const NAME = attr(FAMILY_NAME, 'nlctrl\0');

const needs = ['sockets'] as const;
const getFamily = (flags: number, seq: number, ...attributes: readonly Uint8Array[]) =>
	message(NLCTRL, REQUEST | flags, seq, genl(GETFAMILY, ...attributes));

export const netlinkMessage: readonly Contract[] = [
	{
		title: 'netlink_rcv_skb: what is no message is dropped with all behind it, without a word',
		needs,
		async run(t, { sys }) {
			const fine = getFamily(ACK, 1, attr(FAMILY_NAME, 'nosuch\0'));
			const broken = (length: number) => {
				const bytes = fine.slice();
				new DataView(bytes.buffer).setUint32(0, length, true);
				return bytes;
			};
			t.same(await ask(sys, GENERIC, fine.subarray(0, 15)), []);
			for (const length of [0, 1, 2, 3, 15, fine.length + 1, 0xffff_ffff]) {
				t.same(await ask(sys, GENERIC, broken(length)), [], `${length}`);
				if (length === fine.length + 1) continue;
				const both = await ask(sys, GENERIC, concat(fine, broken(length), fine));
				t.same(
					both.map(({ error }) => error),
					[-2],
					'what is before it was answered',
				);
			}
		},
	},
	{
		title: 'netlink_rcv_skb: no request, or a type below 16, is only acknowledged, and only if it asks',
		needs,
		async run(t, { sys }) {
			t.same(await ask(sys, GENERIC, message(NLCTRL, 0, 1, genl(GETFAMILY, NAME))), []);
			t.match(await ask(sys, GENERIC, message(NLCTRL, ACK, 2, genl(200))), [{ type: ERROR, seq: 2, error: 0 }]);
			for (const type of [0, 1, 2, 3, 4, 15]) {
				t.same(await ask(sys, GENERIC, message(type, REQUEST, 3)), []);
				t.match(await ask(sys, GENERIC, message(type, REQUEST | ACK, 4)), [{ type: ERROR, seq: 4, error: 0 }]);
			}
		},
	},
	{
		title: 'netlink_rcv_skb: each message of a datagram gets its own answer, in order, and an error stops none',
		needs,
		async run(t, { sys }) {
			const datagram = concat(
				getFamily(ACK, 1, attr(FAMILY_NAME, 'nosuch\0')),
				getFamily(ACK, 2, NAME),
				message(999, REQUEST, 3, genl(1)),
				getFamily(0, 4, NAME),
			);
			const found = await ask(sys, GENERIC, datagram);
			t.match(found, [
				{ type: ERROR, seq: 1, error: -2 },
				{ type: NLCTRL, seq: 2 },
				{ type: ERROR, seq: 2, error: 0 },
				{ type: ERROR, seq: 3, error: -2 },
				{ type: NLCTRL, seq: 4 },
			]);
			t.equal(found.length, 5);
		},
	},
	{
		title: 'netlink_ack: success has the header of the request, an error all of it, unless NETLINK_CAP_ACK',
		needs,
		async run(t, { sys }) {
			const { fd, port } = await bound(sys, GENERIC);
			const good = message(NLCTRL, REQUEST | ACK, 7, genl(GETFAMILY, NAME), 999);
			await sys.sendmsg(fd, good);
			await receiveOne(sys, fd);
			const [success] = answers((await receiveOne(sys, fd))!);
			t.match(success, { type: ERROR, flags: CAPPED, seq: 7, pid: port, length: 36, error: 0 });
			t.same(success!.payload.subarray(4), good.subarray(0, 16));
			const bad = getFamily(0, 8, attr(FAMILY_NAME, 'nosuch\0'));
			await sys.sendmsg(fd, bad);
			const [failure] = answers((await receiveOne(sys, fd))!);
			t.match(failure, { type: ERROR, flags: 0, seq: 8, pid: port, length: 20 + bad.length, error: -2 });
			t.same(failure!.payload.subarray(4), bad);
			await sys.setsockopt(fd, SOL_NETLINK, CAP_ACK, u32(1));
			await sys.sendmsg(fd, bad);
			t.match(answers((await receiveOne(sys, fd))!), [{ flags: CAPPED, length: 36, error: -2 }]);
		},
	},
	{
		title: 'NETLINK_EXT_ACK: a sentence, the offset of the attribute, and its policy, behind the request',
		needs,
		async run(t, { sys }) {
			const bad = getFamily(0, 8, attr(FAMILY_NAME, 'nlctrl')); // without a NUL
			const [plain] = await ask(sys, GENERIC, bad);
			t.match(plain, { flags: 0, error: -22, length: 20 + bad.length });
			const [failure] = await ask(sys, GENERIC, bad, EXT_ACK);
			t.match(failure, { flags: ACK_TLVS, error: -22 });
			const aligned = (4 + bad.length + 3) & ~3;
			const tlvs = attrs(failure!.payload, aligned);
			t.equal(Buffer.from(tlvs.get(1)!).toString(), 'Attribute failed policy validation\0');
			t.same(tlvs.get(2), u32(20));
			const policy = attrs(tlvs.get(4)!, 0);
			t.same(policy.get(1), u32(12), 'NL_ATTR_TYPE_NUL_STRING');
			t.same(policy.get(7), u32(15), 'and its greatest length');
			const warned = await ask(
				sys,
				GENERIC,
				concat(message(NLCTRL, REQUEST | ACK, 9, genl(GETFAMILY, NAME, u16(1)))),
				EXT_ACK,
			);
			t.match(warned, [{ type: NLCTRL }, { type: ERROR, error: 0, flags: CAPPED | ACK_TLVS }]);
			const warning = attrs(warned[1]!.payload, 20).get(1)!;
			t.equal(Buffer.from(warning).toString(), 'bytes leftover after parsing attributes\0');
		},
	},
	{
		title: 'ctrl_getfamily: equivalent to genl ctrl get name nlctrl',
		needs,
		async run(t, { sys }) {
			const [byName] = await ask(sys, GENERIC, getFamily(0, 1, NAME));
			const [byId] = await ask(sys, GENERIC, getFamily(0, 1, attr(FAMILY_ID, u16(16))));
			t.same(byName!.payload, byId!.payload);
			t.match(byName, { type: NLCTRL, flags: 0, seq: 1 });
			const nested = (type: number, ...inner: readonly Uint8Array[]) => attr(type, concat(...inner));
			const op = (index: number, id: number, flags: number) => nested(index, attr(1, u32(id)), attr(2, u32(flags)));
			t.same(
				byName!.payload,
				concat(
					new Uint8Array([NEWFAMILY, 2, 0, 0]),
					attr(FAMILY_NAME, 'nlctrl\0'),
					attr(FAMILY_ID, u16(16)),
					attr(3, u32(2)),
					attr(4, u32(0)),
					attr(5, u32(0)),
					nested(6, op(1, GETFAMILY, 0xe), op(2, GETPOLICY, 0xc)),
					nested(7, nested(1, attr(2, u32(16)), attr(1, 'notify\0'))),
				),
			);
		},
	},
	{
		title: 'ctrl_getfamily: nothing to go by is EINVAL, an unknown family ENOENT, and the name wins over the id',
		needs,
		async run(t, { sys }) {
			const error = async (datagram: Uint8Array) => (await ask(sys, GENERIC, datagram)).map(answer => answer.error);
			t.same(await error(getFamily(0, 1)), [-22]);
			t.same(await error(getFamily(0, 1, attr(FAMILY_ID, u16(1000)))), [-2]);
			t.same(await error(getFamily(0, 1, attr(FAMILY_NAME, 'nosuch\0'), attr(FAMILY_ID, u16(16)))), [-2]);
			t.same(await error(getFamily(0, 1, NAME, attr(FAMILY_ID, u16(1000)))), [undefined]);
			t.same(await error(getFamily(0, 1, attr(FAMILY_NAME, 'sixteen bytes ..\0'))), [-22]);
			t.same(await error(getFamily(0, 1, attr(FAMILY_NAME, ''))), [-22]);
			t.same(await error(getFamily(0, 1, attr(FAMILY_ID, new Uint8Array([16])))), [-34]);
		},
	},
	{
		title: 'genl_rcv_msg: an unknown family is ENOENT, an unknown command EOPNOTSUPP, a short header EINVAL',
		needs,
		async run(t, { sys }) {
			const error = async (datagram: Uint8Array) => (await ask(sys, GENERIC, datagram)).map(answer => answer.error);
			t.same(await error(message(999, REQUEST, 1, genl(1))), [-2]);
			t.same(await error(message(NLCTRL, REQUEST, 1, genl(99))), [-95]);
			t.same(await error(message(NLCTRL, REQUEST, 1)), [-22]);
			t.same(await error(message(NLCTRL, REQUEST, 1, new Uint8Array([GETFAMILY, 1, 0]))), [-22]);
			t.same(await error(message(NLCTRL, REQUEST, 1, genl(GETPOLICY, NAME))), [-95], 'it can only be dumped');
			t.same(await error(message(NLCTRL, REQUEST, 1, new Uint8Array([99, 1, 1, 0]))), [-22], 'reserved');
		},
	},
	{
		title: 'ctrl_dumpfamily: an answer for each family, and NLMSG_DONE; no acknowledgement besides',
		needs,
		async run(t, { sys }) {
			const found = await ask(sys, GENERIC, getFamily(DUMP | ACK, 5));
			t.ok(found.length >= 2);
			t.match(found.at(-1), { type: DONE, flags: MULTI, seq: 5, error: 0, length: 20 });
			for (const answer of found.slice(0, -1)) t.match(answer, { type: NLCTRL, flags: MULTI, seq: 5 });
			const names = found
				.slice(0, -1)
				.map(({ payload }) => Buffer.from(attrs(payload, 4).get(FAMILY_NAME)!).toString());
			t.ok(names.includes('nlctrl\0'));
		},
	},
	{
		title: 'ctrl_dumppolicy: equivalent to genl ctrl policy name nlctrl',
		needs,
		async run(t, { sys }) {
			const dump = (...attributes: readonly Uint8Array[]) =>
				ask(sys, GENERIC, message(NLCTRL, REQUEST | DUMP, 6, genl(GETPOLICY, ...attributes)), EXT_ACK);
			const found = await dump(NAME);
			t.equal(found.length, 8, 'two commands, two and three attributes, and the end');
			t.match(found.at(-1), { type: DONE, error: 0 });
			t.ok(found.slice(0, -1).every(({ payload }) => payload[0] === GETPOLICY));
			const [wrong] = await dump(NAME, attr(OP, u32(99)));
			t.match(wrong, { type: ERROR, error: -2, flags: ACK_TLVS });
			t.same(attrs(wrong!.payload, 4 + 40).get(2), u32(32), 'the attribute to blame');
			t.match(await dump(), [{ type: ERROR, error: -22 }]);
			t.match(await dump(attr(99, u32(1))), [{ type: ERROR, error: -22 }]);
			t.match(await dump(attr(FAMILY_NAME, 'nosuch\0')), [{ type: ERROR, error: -2 }]);
		},
	},
];
