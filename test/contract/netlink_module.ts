/**
 * netlink_module - protocols and families that modules bring: dumps, notifications, refusals.
 */

import type { Contract } from '../runner/contract.ts';
import { NOBODY, type Sys } from '../runner/sys.ts';
import {
	C,
	OBJECT_SIZE,
	OBJECTS,
	TEST_CHANGE,
	TEST_DUMP,
	TEST_ECHO,
	TEST_OOPS,
	TEST_SLEEP,
	TEST_TELL,
} from './modules/contract_netlink.ts';
import {
	ACK,
	ADD_MEMBERSHIP,
	AF_NETLINK,
	answers,
	ask,
	attr,
	attrs,
	bound,
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
	receiveAll,
	receiveOne,
	SOCK_RAW,
	SOL_NETLINK,
	u32,
} from './netlink_bytes.ts';

const TEST = 31;
const NOTIFY = 16;
const DUMP_INTR = 0x10;
const ECHO = 8;
const needs = ['sockets'] as const;
const modules = ['contract_netlink'];
const text = (given: Uint8Array) => Buffer.from(given).toString();

/** Id of a family, from the controller. */
async function familyId(sys: Sys, name: string): Promise<{ id: number; firstGroup: number }> {
	const { fd } = await bound(sys, GENERIC);
	await sys.sendmsg(fd, message(NLCTRL, REQUEST, 1, genl(3, attr(2, `${name}\0`))));
	const [found] = answers((await receiveOne(sys, fd))!);
	await sys.close(fd);
	const given = attrs(found!.payload, 4);
	const groups = given.get(7);
	const first = groups === undefined ? undefined : attrs(attrs(groups, 0).get(1)!, 0).get(2);
	return { id: Buffer.from(given.get(1)!).readUInt16LE(), firstGroup: first ? Buffer.from(first).readUInt32LE() : 0 };
}

/** What a request to a family is answered, on a socket of its own. */
async function askFamily(sys: Sys, flags: number, payload: Uint8Array, ...options: readonly number[]) {
	const { id } = await familyId(sys, 'contract_genl');
	return ask(sys, GENERIC, message(id, REQUEST | flags, 9, payload), ...options);
}

/** Command, the family's own header, and attributes. */
const request = (cmd: number, ...attributes: readonly Uint8Array[]) => genl(cmd, u32(0x01020304), ...attributes);

const chunk = async (sys: Sys, fd: number, count: number) => answers((await sys.recvmsg(fd, count)).bytes);

export const netlinkModule: readonly Contract[] = [
	{
		title: 'netlink_kernel_create: a module has its protocol as long as it is there, and stays while anybody uses it',
		needs: ['sockets', 'insmod'],
		async run(t, { sys, insmod, rmmod }) {
			await t.rejects(sys.socket(AF_NETLINK, SOCK_RAW, TEST), { code: 'EPROTONOSUPPORT' });
			await insmod('contract_netlink');
			const { fd } = await bound(sys, TEST);
			await t.rejects(rmmod('contract_netlink'), { code: 'EAGAIN' });
			await sys.sendmsg(fd, message(TEST_ECHO, REQUEST, 3, new Uint8Array([1, 2, 3])));
			t.match(await receiveAll(sys, fd), [{ type: TEST_ECHO, seq: 3, pid: 0, payload: new Uint8Array([1, 2, 3]) }]);
			await sys.close(fd);
			await rmmod('contract_netlink');
			await t.rejects(sys.socket(AF_NETLINK, SOCK_RAW, TEST), { code: 'EPROTONOSUPPORT' });
		},
	},
	{
		title: 'netlink_kernel_cfg: there are at least 32 groups, and nobody may join them',
		needs: ['sockets', 'nobody'],
		modules,
		async run(t, { sys }) {
			const { fd } = await bound(sys, TEST);
			await sys.setsockopt(fd, SOL_NETLINK, ADD_MEMBERSHIP, u32(5));
			await t.rejects(sys.setsockopt(fd, SOL_NETLINK, ADD_MEMBERSHIP, u32(33)), { code: 'EINVAL' });
			const nobody = await sys.fork(NOBODY);
			const other = await bound(nobody, TEST);
			await t.rejects(nobody.setsockopt(other.fd, SOL_NETLINK, ADD_MEMBERSHIP, u32(2)), { code: 'EPERM' });
			await nobody.sendmsg(other.fd, message(TEST_ECHO, REQUEST, 1, new Uint8Array([9])));
			t.match(await receiveAll(nobody, other.fd), [{ type: TEST_ECHO }]);
		},
	},
	{
		title: 'netlink_rcv_skb: what a callback throws is the answer, and what it says goes with it; a mistake is EIO',
		needs,
		modules,
		oops: true,
		async run(t, { sys }) {
			const { fd } = await bound(sys, TEST);
			await sys.setsockopt(fd, SOL_NETLINK, EXT_ACK, u32(1));
			await sys.sendmsg(
				fd,
				concat(message(TEST_ECHO, REQUEST, 1), message(TEST_OOPS, REQUEST, 2), message(99, REQUEST, 3)),
			);
			const found = await receiveAll(sys, fd);
			t.match(found, [{ error: -22 }, { error: -5 }, { error: -95 }]);
			t.equal(text(attrs(found[0]!.payload, 20).get(1)!), 'empty message\0');
		},
	},
	{
		title: 'netlink_rcv_skb: a callback that sleeps keeps the messages behind it waiting, and the sender',
		needs,
		modules,
		async run(t, { sys }) {
			const { fd } = await bound(sys, TEST);
			const both = concat(
				message(TEST_SLEEP, REQUEST | ACK, 1),
				message(TEST_ECHO, REQUEST, 2, new Uint8Array([1, 0, 0, 0])),
			);
			t.equal(await sys.sendmsg(fd, both), both.length);
			t.match(await receiveAll(sys, fd), [
				{ type: ERROR, seq: 1, error: 0 },
				{ type: TEST_ECHO, seq: 2 },
			]);
		},
	},
	{
		title: 'netlink_dump: the first part fits a page, the others the largest buffer so far; NLMSG_DONE comes alone',
		needs,
		modules,
		async run(t, { sys }) {
			const { fd, port } = await bound(sys, TEST);
			await sys.sendmsg(fd, message(TEST_DUMP, REQUEST | DUMP | ACK, 5));
			const seen: number[] = [];
			const sizes: number[] = [];
			for (;;) {
				const part = await chunk(sys, fd, 8192);
				if (part[0]!.type === DONE) {
					t.match(part, [{ type: DONE, flags: MULTI, seq: 5, pid: port, error: 0, length: 20 }]);
					break;
				}
				sizes.push(part.length);
				for (const { type, flags, seq, pid, payload } of part) {
					t.same([type, flags, seq, pid], [TEST_DUMP, MULTI, 5, port]);
					seen.push(Buffer.from(payload).readUInt32LE());
				}
			}
			t.same(
				seen,
				Array.from({ length: OBJECTS }, (_, index) => index),
				'each once',
			);
			t.same(sizes.slice(0, 3), [
				Math.floor(3776 / OBJECT_SIZE),
				Math.floor(8192 / OBJECT_SIZE),
				Math.floor(8192 / OBJECT_SIZE),
			]);
			t.equal(await receiveOne(sys, fd), undefined);
		},
	},
	{
		title: 'netlink_dump: a second one is EBUSY while the first lasts, other requests are answered in between',
		needs,
		modules,
		async run(t, { sys }) {
			const { fd } = await bound(sys, TEST);
			await sys.sendmsg(fd, message(TEST_DUMP, REQUEST | DUMP, 5));
			await sys.sendmsg(fd, message(TEST_DUMP, REQUEST | DUMP, 6));
			await sys.sendmsg(fd, message(TEST_ECHO, REQUEST, 7, new Uint8Array([1, 0, 0, 0])));
			const found = await receiveAll(sys, fd);
			t.match(
				found.filter(({ seq }) => seq !== 5),
				[
					{ seq: 6, error: -16 },
					{ seq: 7, type: TEST_ECHO },
				],
			);
			t.equal(found.filter(({ type }) => type === TEST_DUMP).length, OBJECTS);
			t.match(found.at(-1), { type: DONE, seq: 5 });
			await sys.sendmsg(fd, message(TEST_DUMP, REQUEST | DUMP, 8));
			t.match((await receiveAll(sys, fd)).at(-1), { type: DONE, seq: 8 }, 'and then there may be another');
		},
	},
	{
		title: 'nl_dump_check_consistent: a change during a dump marks one message with NLM_F_DUMP_INTR',
		needs,
		modules,
		async run(t, { sys }) {
			const [reader, writer] = [await bound(sys, TEST), await bound(sys, TEST)];
			await sys.sendmsg(reader.fd, message(TEST_DUMP, REQUEST | DUMP, 5));
			await chunk(sys, reader.fd, 4096);
			await sys.sendmsg(writer.fd, message(TEST_CHANGE, REQUEST, 1));
			const rest = await receiveAll(sys, reader.fd, 4096);
			t.equal(rest.filter(({ flags }) => (flags & DUMP_INTR) !== 0).length, 1);
		},
	},
	{
		title: 'netlink_release: closing the socket ends its dump',
		needs: ['sockets', 'dmesg'],
		modules,
		async run(t, { sys, dmesg }) {
			const { fd } = await bound(sys, TEST);
			const done = async () => (await dmesg()).match(/dump done/g)?.length ?? 0;
			const before = await done();
			await sys.sendmsg(fd, message(TEST_DUMP, REQUEST | DUMP, 5));
			t.equal(await done(), before);
			await sys.close(fd);
			t.equal(await done(), before + 1);
		},
	},
	{
		title: 'netlink_broadcast: a message of the kernel is not delivered to a member that has no port yet',
		needs,
		modules,
		async run(t, { sys }) {
			const [teller, member] = [await bound(sys, TEST), await bound(sys, TEST, 2)];
			const portless = await sys.socket(AF_NETLINK, SOCK_RAW, TEST);
			await sys.setsockopt(portless, SOL_NETLINK, ADD_MEMBERSHIP, u32(2));
			await sys.sendmsg(teller.fd, message(TEST_TELL, REQUEST, 1, new Uint8Array([7, 0, 0, 0])));
			t.match(await receiveAll(sys, member.fd), [{ type: TEST_TELL, seq: 1, pid: 0 }]);
			t.equal(await receiveOne(sys, portless), undefined);
		},
	},
	{
		title: 'genl_validate: a new command accepts nothing unknown, an old one ignores it',
		needs,
		modules,
		async run(t, { sys }) {
			const TEXT = attr(1, 'hello\0');
			const cases: readonly (readonly [attributes: readonly Uint8Array[], strict: string, old: string])[] = [
				[[TEXT], '', ''],
				[[TEXT, attr(9, u32(1))], 'Unknown attribute type', ''],
				[[TEXT, new Uint8Array([1])], 'bytes leftover after parsing attributes', ''],
				[[attr(3, attr(1, u32(1)))], 'NLA_F_NESTED is missing', ''],
				[[attr(0x8000 | 1, 'hello\0')], 'NLA_F_NESTED not expected', ''],
				[[attr(2, new Uint8Array(8))], 'invalid attribute length', ''],
				[[attr(2, new Uint8Array(2))], 'invalid attribute length', 'Attribute failed policy validation'],
				[[attr(1, 'hello')], 'Attribute failed policy validation', 'Attribute failed policy validation'],
				[[attr(1, 'hello, world\0')], 'Attribute failed policy validation', 'Attribute failed policy validation'],
			];
			for (const [attributes, strict, old] of cases) {
				for (const [cmd, wanted] of [
					[C.STRICT, strict],
					[C.OLD, old],
				] as const) {
					const [found] = await askFamily(sys, 0, request(cmd, ...attributes), EXT_ACK);
					t.equal(found!.type === ERROR ? text(findMsg(found!.payload)) : '', wanted === '' ? '' : `${wanted}\0`);
				}
			}
		},
	},
	{
		title: 'genl_family: the header of its own is passed through, and a message that is too short for it is EINVAL',
		needs,
		modules,
		async run(t, { sys }) {
			const [found] = await askFamily(sys, 0, request(C.STRICT, attr(2, u32(77))));
			t.same(found!.payload, concat(new Uint8Array([C.STRICT, 3, 0, 0]), u32(0x01020304), attr(2, u32(77))));
			t.match(await askFamily(sys, 0, genl(C.STRICT)), [{ error: -22 }]);
		},
	},
	{
		title: 'genl_dumpit: what was told of before an error is told, and NLMSG_DONE has the error',
		needs,
		modules,
		async run(t, { sys }) {
			const found = await askFamily(sys, DUMP, request(C.DUMP));
			t.match(found, [{ flags: MULTI }, { flags: MULTI }, { flags: MULTI }, { type: DONE, error: -19 }]);
			t.match(await askFamily(sys, 0, request(C.DUMP)), [{ type: ERROR, error: -95 }]);
			t.match(await askFamily(sys, DUMP, request(C.STRICT)), [{ type: ERROR, error: -95 }]);
		},
	},
	{
		title: 'GENL_ADMIN_PERM: nobody gets EPERM, root has the group told, and himself once where he asks for it',
		needs: ['sockets', 'nobody'],
		modules,
		async run(t, { sys }) {
			const { id, firstGroup } = await familyId(sys, 'contract_genl');
			const nobody = await sys.fork(NOBODY);
			t.match(await askFamily(nobody, 0, request(C.ADMIN)), [{ error: -1 }]);
			const listener = await bound(nobody, GENERIC);
			await nobody.setsockopt(listener.fd, SOL_NETLINK, ADD_MEMBERSHIP, u32(firstGroup + 1));
			const { fd, port } = await bound(sys, GENERIC);
			await sys.setsockopt(fd, SOL_NETLINK, ADD_MEMBERSHIP, u32(firstGroup + 1));
			await sys.sendmsg(fd, message(id, REQUEST | ACK | ECHO, 4, request(C.ADMIN)));
			t.match(await receiveAll(sys, fd), [
				{ type: id, seq: 4, pid: port },
				{ type: ERROR, error: 0 },
			]);
			const heard = await receiveAll(nobody, listener.fd);
			t.match(heard, [{ type: id, seq: 4, pid: port }]);
			t.same(attrs(heard[0]!.payload, 8).get(2), u32(7));
		},
	},
	{
		title: 'genl_ctrl_event: who listens to the controller hears of families and groups that come and go',
		needs: ['sockets', 'insmod'],
		async run(t, { sys, insmod, rmmod }) {
			const { fd } = await bound(sys, GENERIC);
			await sys.setsockopt(fd, SOL_NETLINK, ADD_MEMBERSHIP, u32(NOTIFY));
			await insmod('contract_netlink');
			const commands = async () => (await receiveAll(sys, fd)).map(({ payload, seq, pid }) => [payload[0], seq, pid]);
			t.same(
				await commands(),
				[1, 7, 7].map(cmd => [cmd, 0, 0]),
			);
			await rmmod('contract_netlink');
			t.same(
				await commands(),
				[8, 8, 2].map(cmd => [cmd, 0, 0]),
			);
		},
	},
];

/** The sentence behind a refusal with its request. */
function findMsg(payload: Uint8Array): Uint8Array {
	const request = Buffer.from(payload).readUInt32LE(4);
	return attrs(payload, (4 + request + 3) & ~3).get(1) ?? new Uint8Array(0);
}
