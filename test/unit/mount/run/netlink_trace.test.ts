/** netlink_trace.test - what is printed of a socket: who uses it, groups, families by their names. */

import t from 'tap';
import { tracedSocket } from '../../../../mount/run/netlink_trace.ts';
import type { KernelSocket } from '../../../../src/boundary/socket.ts';
import type { Context } from '../../../../src/boundary/vfs.ts';
import { NLA_U32 } from '../../../../src/netlink/nlattr.ts';
import { NETLINK_GENERIC, NETLINK_KOBJECT_UEVENT, sockaddr_nl } from '../../../../src/uapi/netlink.ts';
import { SOL_NETLINK, SOL_SOCKET } from '../../../../src/uapi/socket.ts';

const address = (nl_pid: number, nl_groups: number) => {
	const bytes = new Uint8Array(sockaddr_nl.size);
	sockaddr_nl.encode(new DataView(bytes.buffer), 0, { nl_family: 16, nl_pid, nl_groups });
	return bytes;
};

const by = (pid: number) => ({ pid }) as unknown as Context;

/** A message of type 20, command 1, with one attribute of four bytes. */
const message = Uint8Array.of(
	...[28, 0, 0, 0, 20, 0, 1, 0, 7, 0, 0, 0, 0, 0, 0, 0],
	...[1, 1, 0, 0],
	...[8, 0, 1, 0, 42, 0, 0, 0],
);

function fixture(protocol: number, active = true) {
	const lines: string[] = [];
	const inbox = [
		{ bytes: message, name: address(0, 0), control: [] },
		{ bytes: message, name: address(0, 0x8000), control: [] },
	];
	const socket = {
		bind: () => undefined,
		setsockopt: () => undefined,
		sendmsg: ({ bytes }: { bytes: Uint8Array }) => bytes.length,
		recvmsg: () => inbox.shift(),
	} as unknown as KernelSocket;
	const trace = { active, send: (line: string) => void lines.push(line) };
	const rows = { NUMBER: [1, NLA_U32] } as const;
	const family = (id: number) => (id === 20 ? { name: 'mine', commands: { SHOW: 1 }, rows } : undefined);
	return { lines, socket: tracedSocket({ socket, protocol, pid: 1, trace, family }) };
}

const body = '{cmd=SHOW, version=1}, [{nla_len=8, nla_type=NUMBER}, 42]]';
const header = '[{nlmsg_len=28, nlmsg_type=mine, nlmsg_flags=NLM_F_REQUEST, nlmsg_seq=7, nlmsg_pid=0}';

t.test('netlink_trace: a family is printed by its name, a datagram to many with the group', async t => {
	const { lines, socket } = fixture(NETLINK_GENERIC);
	socket.recvmsg(4096, 0, by(0));
	socket.bind(address(5, 3), by(4));
	socket.setsockopt(SOL_NETLINK, 1, Uint8Array.of(16, 0, 0, 0), by(5));
	socket.setsockopt(SOL_NETLINK, 99, Uint8Array.of(1), by(5));
	socket.setsockopt(SOL_SOCKET, 7, Uint8Array.of(16, 0, 0, 0), by(5));
	socket.bind(new Uint8Array(3), by(5));
	t.equal(socket.sendmsg({ bytes: message, flags: 0 }, by(6)), 28);
	socket.recvmsg(4096, 0, by(0));
	t.same(lines, [
		`netlink 1 NETLINK_GENERIC < ${header}, ${body}`,
		'netlink 4 NETLINK_GENERIC bind {nl_pid=5, nl_groups=0x3}',
		'netlink 5 NETLINK_GENERIC NETLINK_ADD_MEMBERSHIP 16',
		'netlink 5 NETLINK_GENERIC 99 1 bytes',
		'netlink 5 NETLINK_GENERIC bind 3 bytes',
		`netlink 6 NETLINK_GENERIC > ${header}, ${body}`,
		`netlink 6 NETLINK_GENERIC < nl_groups=0x8000 ${header}, ${body}`,
	]);
});

t.test('netlink_trace: events are text, and nothing is printed while nobody listens', async t => {
	const { lines, socket } = fixture(NETLINK_KOBJECT_UEVENT);
	socket.sendmsg({ bytes: Buffer.from('add@/x\0ACTION=add\0'), flags: 0 }, by(3));
	t.same(lines, ['netlink 3 NETLINK_KOBJECT_UEVENT > "add@/x\\u0000ACTION=add\\u0000"']);
	const silent = fixture(NETLINK_GENERIC, false);
	silent.socket.bind(address(5, 3), by(4));
	silent.socket.recvmsg(4096, 0, by(0));
	t.same(silent.lines, []);
});
