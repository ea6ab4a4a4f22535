/**
 * netlink_socket - ports, groups, options and queues of netlink sockets (net/netlink/af_netlink.c).
 */

import type { Contract } from '../runner/contract.ts';
import { NOBODY } from '../runner/sys.ts';
import { readFile } from './files.ts';
import {
	ADD_MEMBERSHIP,
	AF_NETLINK,
	address,
	bound,
	EXT_ACK,
	GENERIC,
	MSG_DONTWAIT,
	MSG_PEEK,
	MSG_TRUNC,
	parsed,
	receiveOne,
	SOCK_DGRAM,
	SOCK_RAW,
	SOL_NETLINK,
	SOL_SOCKET,
	USERSOCK,
	u32,
} from './netlink_bytes.ts';

const DROP_MEMBERSHIP = 2;
const PKTINFO = 3;
const BROADCAST_ERROR = 4;
const NO_ENOBUFS = 5;
const LIST_MEMBERSHIPS = 9;
const SO_TYPE = 3;
const SO_ERROR = 4;
const SO_SNDBUF = 7;
const SO_RCVBUF = 8;
const SO_PASSCRED = 16;
const SO_RCVTIMEO = 20;
const SO_PROTOCOL = 38;
const SO_DOMAIN = 39;
const POLLIN = 1;
const POLLOUT = 4;
const POLLERR = 8;
const NEGATIVE = 0x8000_0000;

const needs = ['sockets'] as const;
const bytes = (text: string) => new Uint8Array(Buffer.from(text));
const text = (given: Uint8Array) => Buffer.from(given).toString();

export const netlinkSocket: readonly Contract[] = [
	{
		title:
			'netlink_create: other types than RAW and DGRAM are ESOCKTNOSUPPORT, protocols that nobody owns EPROTONOSUPPORT',
		needs,
		async run(t, { sys }) {
			for (const type of [1, 5]) await t.rejects(sys.socket(AF_NETLINK, type, GENERIC), { code: 'ESOCKTNOSUPPORT' });
			for (const protocol of [31, 32, 1000, -1]) {
				await t.rejects(sys.socket(AF_NETLINK, SOCK_RAW, protocol), { code: 'EPROTONOSUPPORT' });
			}
			for (const type of [SOCK_RAW, SOCK_DGRAM]) await sys.close(await sys.socket(AF_NETLINK, type, GENERIC));
		},
	},
	{
		title:
			'netlink_autobind: the first socket gets the process id, the next a negative port; a taken port is EADDRINUSE',
		needs,
		async run(t, { sys }) {
			const first = await sys.socket(AF_NETLINK, SOCK_RAW, USERSOCK);
			t.same(parsed(await sys.getsockname(first)), { family: AF_NETLINK, pid: 0, groups: 0 });
			await sys.bind(first, address(0));
			t.equal(parsed(await sys.getsockname(first)).pid, sys.pid);
			const second = await bound(sys, USERSOCK);
			t.ok(second.port >= NEGATIVE, `${second.port}`);
			const third = await sys.socket(AF_NETLINK, SOCK_RAW, USERSOCK);
			await t.rejects(sys.bind(third, address(sys.pid)), { code: 'EADDRINUSE' });
			t.equal(parsed(await sys.getsockname(third)).pid, sys.pid, 'although it has not got it');
			await sys.bind(third, address(123_456_789));
			await t.rejects(sys.bind(third, address(123_456_790)), { code: 'EINVAL' });
			await t.rejects(sys.bind(third, address(0)), { code: 'EINVAL' });
			await sys.bind(third, address(123_456_789));
			await sys.close(first);
			await sys.bind(await sys.socket(AF_NETLINK, SOCK_RAW, USERSOCK), address(sys.pid));
		},
	},
	{
		title: 'netlink_bind: an address that is too short or of another family is EINVAL',
		needs,
		async run(t, { sys, root }) {
			const fd = await sys.socket(AF_NETLINK, SOCK_RAW, USERSOCK);
			await t.rejects(sys.bind(fd, address(0).subarray(0, 11)), { code: 'EINVAL' });
			const other = address(0);
			other[0] = 2;
			await t.rejects(sys.bind(fd, other), { code: 'EINVAL' });
			await t.rejects(sys.connect(fd, other), { code: 'EINVAL' });
			await t.rejects(sys.sendmsg(fd, bytes('x'), 0, other), { code: 'EINVAL' });
			await t.rejects(sys.bind(9999, address(0)), { code: 'EBADF' });
			const file = await sys.open(`${root}/proc/version`, 0);
			await t.rejects(sys.bind(file, address(0)), { code: 'ENOTSOCK' });
		},
	},
	{
		title: 'netlink_bind: the mask replaces the first 32 groups; memberships are listed',
		needs,
		async run(t, { sys }) {
			const { fd, port } = await bound(sys, USERSOCK, 0b101);
			t.equal(parsed(await sys.getsockname(fd)).groups, 0b101);
			await sys.setsockopt(fd, SOL_NETLINK, ADD_MEMBERSHIP, u32(5));
			t.equal(parsed(await sys.getsockname(fd)).groups, 0b10101);
			t.same(await sys.getsockopt(fd, SOL_NETLINK, LIST_MEMBERSHIPS, 64), u32(0b10101));
			await sys.setsockopt(fd, SOL_NETLINK, DROP_MEMBERSHIP, u32(1));
			t.equal(parsed(await sys.getsockname(fd)).groups, 0b10100);
			await sys.bind(fd, address(port, 0b10));
			t.equal(parsed(await sys.getsockname(fd)).groups, 0b10);
			await sys.bind(fd, address(port, 0));
			t.equal(parsed(await sys.getsockname(fd)).groups, 0);
			for (const group of [0, 33, 1000, -1]) {
				await t.rejects(sys.setsockopt(fd, SOL_NETLINK, ADD_MEMBERSHIP, u32(group)), { code: 'EINVAL' });
			}
		},
	},
	{
		title: 'netlink_setsockopt: unknown options and levels are ENOPROTOOPT, flags are on or off',
		needs,
		async run(t, { sys }) {
			const fd = await sys.socket(AF_NETLINK, SOCK_RAW, GENERIC);
			for (const option of [0, 6, 99]) {
				await t.rejects(sys.setsockopt(fd, SOL_NETLINK, option, u32(1)), { code: 'ENOPROTOOPT' });
				await t.rejects(sys.getsockopt(fd, SOL_NETLINK, option, 4), { code: 'ENOPROTOOPT' });
			}
			await t.rejects(sys.setsockopt(fd, 6, 1, u32(1)), { code: 'ENOPROTOOPT' });
			await t.rejects(sys.getsockopt(fd, 6, 1, 4), { code: 'ENOPROTOOPT' });
			await t.rejects(sys.getsockopt(fd, SOL_NETLINK, EXT_ACK, 3), { code: 'EINVAL' });
			await t.rejects(sys.getsockopt(fd, SOL_NETLINK, EXT_ACK, -1), { code: 'EINVAL' });
			await sys.setsockopt(fd, SOL_NETLINK, EXT_ACK, u32(7));
			t.same(await sys.getsockopt(fd, SOL_NETLINK, EXT_ACK, 8), u32(1));
			await sys.setsockopt(fd, SOL_NETLINK, EXT_ACK, u32(0));
			t.same(await sys.getsockopt(fd, SOL_NETLINK, EXT_ACK, 4), u32(0));
		},
	},
	{
		title: 'sock_setsockopt: buffers are doubled and have a least size; type, protocol and family can be read',
		needs,
		async run(t, { sys }) {
			const fd = await sys.socket(AF_NETLINK, SOCK_DGRAM, USERSOCK);
			const get = async (option: number) => Buffer.from(await sys.getsockopt(fd, SOL_SOCKET, option, 4)).readInt32LE();
			t.same([await get(SO_TYPE), await get(SO_PROTOCOL), await get(SO_DOMAIN)], [SOCK_DGRAM, USERSOCK, AF_NETLINK]);
			await sys.setsockopt(fd, SOL_SOCKET, SO_RCVBUF, u32(10_000));
			t.equal(await get(SO_RCVBUF), 20_000);
			await sys.setsockopt(fd, SOL_SOCKET, SO_RCVBUF, u32(1));
			t.equal(await get(SO_RCVBUF), 2304);
			await sys.setsockopt(fd, SOL_SOCKET, SO_SNDBUF, u32(1));
			t.equal(await get(SO_SNDBUF), 4608);
			await t.rejects(sys.setsockopt(fd, SOL_SOCKET, SO_RCVBUF, u32(1).subarray(0, 3)), { code: 'EINVAL' });
			await t.rejects(sys.setsockopt(fd, SOL_SOCKET, SO_TYPE, u32(1)), { code: 'ENOPROTOOPT' });
			await t.rejects(sys.setsockopt(fd, SOL_SOCKET, 9999, u32(1)), { code: 'ENOPROTOOPT' });
		},
	},
	{
		title: 'net.core.rmem_default and rmem_max: what a socket has, and the half of what it may have',
		needs,
		async run(t, { sys, root }) {
			const knob = async (name: string) => Number(await readFile(sys, `${root}/proc/sys/net/core/${name}`));
			const fd = await sys.socket(AF_NETLINK, SOCK_DGRAM, USERSOCK);
			const get = async (option: number) => Buffer.from(await sys.getsockopt(fd, SOL_SOCKET, option, 4)).readInt32LE();
			t.equal(await get(SO_RCVBUF), await knob('rmem_default'));
			t.equal(await get(SO_SNDBUF), await knob('wmem_default'));
			await sys.setsockopt(fd, SOL_SOCKET, SO_RCVBUF, u32(0x7fff_fff0));
			t.equal(await get(SO_RCVBUF), 2 * (await knob('rmem_max')));
			await sys.setsockopt(fd, SOL_SOCKET, SO_SNDBUF, u32(0x7fff_fff0));
			t.equal(await get(SO_SNDBUF), 2 * (await knob('wmem_max')));
		},
	},
	{
		title: 'netlink_sendmsg: nothing is ENODATA, too much EMSGSIZE, a port that nobody has ECONNREFUSED; it binds',
		needs,
		async run(t, { sys }) {
			const fd = await sys.socket(AF_NETLINK, SOCK_RAW, USERSOCK);
			await t.rejects(sys.sendmsg(fd, new Uint8Array(0)), { code: 'ENODATA' });
			t.equal(parsed(await sys.getsockname(fd)).pid, 0);
			await t.rejects(sys.sendmsg(fd, bytes('x'), 0, address(4_000_000_000)), { code: 'ECONNREFUSED' });
			t.equal(parsed(await sys.getsockname(fd)).pid, sys.pid);
			await sys.setsockopt(fd, SOL_SOCKET, SO_SNDBUF, u32(4000));
			const other = await bound(sys, USERSOCK);
			await t.rejects(sys.sendmsg(fd, new Uint8Array(7969), 0, address(other.port)), { code: 'EMSGSIZE' });
			t.equal(await sys.sendmsg(fd, new Uint8Array(7968), 0, address(other.port)), 7968);
			await t.rejects(sys.sendmsg(fd, bytes('x'), 1, address(other.port)), { code: 'EOPNOTSUPP' });
		},
	},
	{
		title: 'netlink_ops: listen and shutdown are EOPNOTSUPP, ioctl is ENOTTY, lseek ESPIPE, and fstat says socket',
		needs,
		async run(t, { sys }) {
			const { fd } = await bound(sys, USERSOCK);
			await t.rejects(sys.listen(fd, 1), { code: 'EOPNOTSUPP' });
			await t.rejects(sys.shutdown(fd, 2), { code: 'EOPNOTSUPP' });
			await t.rejects(sys.ioctl(fd, 0x5401, 64), { code: 'ENOTTY' });
			await t.rejects(sys.lseek(fd, 0, 0), { code: 'ESPIPE' });
			t.equal((await sys.fstat(fd)).mode, 0o140777);
		},
	},
	{
		title:
			'netlink_recvmsg: a datagram that does not fit is cut and lost, MSG_PEEK and MSG_TRUNC tell its length before',
		needs,
		async run(t, { sys }) {
			const [from, to] = [await bound(sys, USERSOCK), await bound(sys, USERSOCK)];
			await sys.sendmsg(from.fd, bytes('hello'), 0, address(to.port));
			await sys.sendmsg(from.fd, bytes('second'), 0, address(to.port));
			const peeked = await sys.recvmsg(to.fd, 0, MSG_PEEK | MSG_TRUNC);
			t.match(peeked, { length: 5, flags: MSG_TRUNC });
			t.same(parsed(peeked.name), { family: AF_NETLINK, pid: from.port, groups: 0 });
			const cut = await sys.recvmsg(to.fd, 2);
			t.equal(text(cut.bytes), 'he');
			t.match(cut, { length: 2, flags: MSG_TRUNC });
			t.match(await sys.recvmsg(to.fd, 3, MSG_TRUNC), { length: 6, flags: MSG_TRUNC });
			await t.rejects(sys.recvmsg(to.fd, 10, MSG_DONTWAIT), { code: 'EAGAIN' });
			await sys.sendmsg(from.fd, bytes('third'), 0, address(to.port));
			t.equal(text(await sys.read(to.fd, 100)), 'third');
		},
	},
	{
		title: 'netlink_connect: a connected socket sends there and hears nobody else; AF_UNSPEC ends it',
		needs,
		async run(t, { sys }) {
			const [one, two, three] = [await bound(sys, USERSOCK), await bound(sys, USERSOCK), await bound(sys, USERSOCK)];
			t.same(parsed(await sys.getpeername(one.fd)), { family: AF_NETLINK, pid: 0, groups: 0 });
			await sys.connect(one.fd, address(two.port));
			t.equal(parsed(await sys.getpeername(one.fd)).pid, two.port);
			t.equal(await sys.write(one.fd, 'to two'), 6);
			t.equal(text(await sys.read(two.fd, 100)), 'to two');
			await t.rejects(sys.sendmsg(three.fd, bytes('x'), 0, address(one.port)), { code: 'ECONNREFUSED' });
			t.equal(await sys.sendmsg(two.fd, bytes('back'), 0, address(one.port)), 4);
			await sys.connect(one.fd, new Uint8Array([0, 0]));
			t.equal(parsed(await sys.getpeername(one.fd)).pid, 0);
			await sys.sendmsg(three.fd, bytes('x'), 0, address(one.port));
		},
	},
	{
		title: 'netlink_broadcast: every member of the group but the sender gets it, and NETLINK_PKTINFO says which group',
		needs,
		async run(t, { sys }) {
			const group = 7;
			const mask = 1 << (group - 1);
			const [sender, member, other] = [
				await bound(sys, USERSOCK, mask),
				await bound(sys, USERSOCK, mask),
				await bound(sys, USERSOCK, mask << 1),
			];
			await sys.setsockopt(member.fd, SOL_NETLINK, PKTINFO, u32(1));
			// After the group comes the kernel, and it does not listen to this protocol.
			await t.rejects(sys.sendmsg(sender.fd, bytes('news'), 0, address(0, mask)), { code: 'ECONNREFUSED' });
			const got = await sys.recvmsg(member.fd, 100);
			t.equal(text(got.bytes), 'news');
			t.same(parsed(got.name), { family: AF_NETLINK, pid: sender.port, groups: mask });
			t.same(got.control, [{ level: SOL_NETLINK, type: PKTINFO, data: u32(group) }]);
			t.equal(await receiveOne(sys, sender.fd), undefined);
			t.equal(await receiveOne(sys, other.fd), undefined);
		},
	},
	{
		title: 'netlink_overrun: ENOBUFS once, then what was queued before; nothing new until the queue is empty',
		needs,
		async run(t, { sys }) {
			const mask = 1 << 8;
			const [sender, slow, quick] = [
				await bound(sys, USERSOCK),
				await bound(sys, USERSOCK, mask),
				await bound(sys, USERSOCK, mask),
			];
			await sys.setsockopt(slow.fd, SOL_SOCKET, SO_RCVBUF, u32(1152)); // 2304 bytes: room for two
			const send = async (what: string) => sys.sendmsg(sender.fd, bytes(what), 0, address(0, mask)).catch(() => {});
			for (const what of ['one', 'two', 'three', 'four']) {
				await send(what);
				t.equal(text(await sys.read(quick.fd, 100)), what, 'nobody else misses anything');
			}
			t.equal(await sys.poll(slow.fd, POLLIN | POLLOUT, 0), POLLIN | POLLOUT | POLLERR);
			await t.rejects(sys.recvmsg(slow.fd, 100, MSG_DONTWAIT), { code: 'ENOBUFS' });
			t.equal(text(await sys.read(slow.fd, 100)), 'one');
			await send('five');
			t.equal(text(await sys.read(slow.fd, 100)), 'two');
			await t.rejects(sys.recvmsg(slow.fd, 100, MSG_DONTWAIT), { code: 'EAGAIN' });
			await send('six');
			t.equal(text(await sys.read(slow.fd, 100)), 'six');
		},
	},
	{
		title: 'NETLINK_NO_ENOBUFS: what is lost is lost without a word',
		needs,
		async run(t, { sys }) {
			const mask = 1 << 9;
			const [sender, slow] = [await bound(sys, USERSOCK), await bound(sys, USERSOCK, mask)];
			await sys.setsockopt(slow.fd, SOL_SOCKET, SO_RCVBUF, u32(1152));
			await sys.setsockopt(slow.fd, SOL_NETLINK, NO_ENOBUFS, u32(1));
			for (let i = 0; i < 5; i++) await sys.sendmsg(sender.fd, bytes(`${i}`), 0, address(0, mask)).catch(() => {});
			t.equal(text(await sys.read(slow.fd, 100)), '0');
			t.equal(text(await sys.read(slow.fd, 100)), '1');
			await t.rejects(sys.recvmsg(slow.fd, 100, MSG_DONTWAIT), { code: 'EAGAIN' });
			t.same(await sys.getsockopt(slow.fd, SOL_NETLINK, BROADCAST_ERROR, 4), u32(0));
			t.same(await sys.getsockopt(slow.fd, SOL_SOCKET, SO_ERROR, 4), u32(0));
		},
	},
	{
		title: 'netlink_attachskb: a sender that does not wait gets EAGAIN when the queue of the other is full',
		needs,
		async run(t, { sys }) {
			const [from, to] = [await bound(sys, USERSOCK), await bound(sys, USERSOCK)];
			await sys.setsockopt(to.fd, SOL_SOCKET, SO_RCVBUF, u32(1152));
			const send = () => sys.sendmsg(from.fd, bytes('x'), MSG_DONTWAIT, address(to.port));
			await send();
			await send();
			await t.rejects(send(), { code: 'EAGAIN' });
			t.equal(text(await sys.read(to.fd, 10)), 'x', 'and the reader is told nothing');
			await send();
		},
	},
	{
		title: 'datagram_poll: writable always, readable when there is something',
		needs,
		async run(t, { sys }) {
			const [from, to] = [await bound(sys, USERSOCK), await bound(sys, USERSOCK)];
			t.equal(await sys.poll(to.fd, POLLIN | POLLOUT, 0), POLLOUT);
			await sys.sendmsg(from.fd, bytes('x'), 0, address(to.port));
			t.equal(await sys.poll(to.fd, POLLIN | POLLOUT, -1), POLLIN | POLLOUT);
		},
	},
	{
		title: 'SO_RCVTIMEO: a call that waits for so long is EAGAIN',
		needs,
		async run(t, { sys }) {
			const { fd } = await bound(sys, USERSOCK);
			const time = Buffer.alloc(16);
			time.writeBigInt64LE(20_000n, 8);
			await sys.setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, new Uint8Array(time));
			await t.rejects(sys.recvmsg(fd, 100), { code: 'EAGAIN' });
		},
	},
	{
		title: 'netlink_recvmsg: a signal ends the wait with EINTR',
		needs: ['sockets', 'signals'],
		async run(t, { sys }) {
			const { fd } = await bound(sys, USERSOCK);
			const waiting = sys.recvmsg(fd, 100);
			setTimeout(() => void sys.interrupt(), 200);
			await t.rejects(waiting, { code: 'EINTR' });
		},
	},
	{
		title: 'SO_PASSCRED: each datagram says who sent it',
		needs,
		async run(t, { sys }) {
			const [from, to] = [await bound(sys, USERSOCK), await bound(sys, USERSOCK)];
			await sys.setsockopt(to.fd, SOL_SOCKET, SO_PASSCRED, u32(1));
			await sys.sendmsg(from.fd, bytes('x'), 0, address(to.port));
			const { control } = await sys.recvmsg(to.fd, 100);
			const data = new Uint8Array([...u32(sys.pid), ...u32(0), ...u32(0)]);
			t.same(control, [{ level: SOL_SOCKET, type: 2, data }]);
		},
	},
	{
		title:
			'netlink_allowed: nobody may write to his like and join no group of USERSOCK; of GENERIC the other way round',
		needs: ['sockets', 'nobody'],
		async run(t, { sys }) {
			const nobody = await sys.fork(NOBODY);
			const root = await bound(sys, USERSOCK);
			const { fd } = await bound(nobody, USERSOCK);
			t.equal(await nobody.sendmsg(fd, bytes('hi'), 0, address(root.port)), 2);
			await t.rejects(nobody.setsockopt(fd, SOL_NETLINK, ADD_MEMBERSHIP, u32(1)), { code: 'EPERM' });
			const other = await nobody.socket(AF_NETLINK, SOCK_RAW, USERSOCK);
			await t.rejects(nobody.bind(other, address(0, 1)), { code: 'EPERM' });
			const generic = await bound(nobody, GENERIC, 1 << 15);
			await t.rejects(nobody.sendmsg(generic.fd, bytes('hi'), 0, address(4_000_000_000)), { code: 'EPERM' });
			await t.rejects(nobody.connect(generic.fd, address(4_000_000_000)), { code: 'EPERM' });
		},
	},
	{
		title: '/proc/net/netlink: a row for each socket that has a port, with its groups and what its queue costs',
		needs,
		async run(t, { sys, root }) {
			const [from, to] = [await bound(sys, USERSOCK), await bound(sys, USERSOCK, 0x80)];
			await sys.sendmsg(from.fd, bytes('x'), 0, address(to.port));
			const file = await sys.open(`${root}/proc/net/netlink`, 0);
			const lines: string[] = [];
			for (;;) {
				const part = text(await sys.read(file, 65536));
				if (part === '') break;
				lines.push(...part.split('\n'));
			}
			t.equal(lines[0], 'sk               Eth Pid        Groups   Rmem     Wmem     Dump  Locks    Drops    Inode');
			const row = lines.find(line => line.slice(17).startsWith(`2   ${to.port} `));
			t.match(row, /^[0-9a-f]{16} 2 {3}\d+ +00000080 832 {6}0 {8}0 {5}2 {8}0 {8}\d+ *$/);
			t.ok(
				lines.some(line => /^[0-9a-f]{16} 16 {2}0 {10}00000000 0/.test(line)),
				'the kernel has a socket of its own',
			);
		},
	},
];
