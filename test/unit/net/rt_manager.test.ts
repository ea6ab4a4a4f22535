/**
 * rt_manager.test - kernel-sim/samples/rt_manager.ts over the sockets of a task, and src/netlink/conn.ts.
 */

import t, { type Test } from 'tap';
import type { Task } from '../../../kernel-sim/fs/syscalls.ts';
import rtManager from '../../../kernel-sim/samples/rt_manager.ts';
import { Errno } from '../../../src/lib/errno.ts';
import { NetlinkConn, NetlinkError, type NetlinkTransport, textOf } from '../../../src/netlink/conn.ts';
import { MessageBuffer } from '../../../src/netlink/message_buffer.ts';
import type { NlMessage } from '../../../src/netlink/nlmsg.ts';
import { rtmgr_route } from '../../../src/netlink/rt_manager.ts';
import { NL_VALIDATE_LIBERAL } from '../../../src/netlink/validate.ts';
import {
	NETLINK_ADD_MEMBERSHIP,
	NETLINK_EXT_ACK,
	NLM_F_CREATE,
	NLM_F_DUMP,
	NLM_F_EXCL,
	NLM_F_REPLACE,
	NLM_F_REQUEST,
	NLMSG_DONE,
	sockaddr_nl,
} from '../../../src/uapi/netlink.ts';
import {
	NETLINK_RT_MANAGER,
	NLMSG_GREET,
	NLMSG_GREET_ALL,
	RTMGR_DELROUTE,
	RTMGR_FLUSH,
	RTMGR_GETROUTE,
	RTMGR_GRP_GREET,
	RTMGR_GRP_ROUTE,
	RTMGR_LOOKUP,
	RTMGR_NEWROUTE,
} from '../../../src/uapi/rt_manager.ts';
import { AF_NETLINK, SOCK_DGRAM, SOL_NETLINK } from '../../../src/uapi/socket.ts';
import { Booted } from '../fs/proc/booted.ts';

/** 10.1.2.3 as attributes have it. */
const ip = (text: string) => text.split('.').reduce((address, part) => address * 256 + Number(part), 0);
const dotted = (address: number) => [24, 16, 8, 0].map(shift => (address >>> shift) & 255).join('.');

const u32 = (value: number) => new Uint8Array(new Uint32Array([value]).buffer);

/** A socket of a task, which is looked at in each turn of the event loop. */
class TaskTransport implements NetlinkTransport {
	readonly fd: number;
	readonly #task: Task;
	#open = true;

	constructor(task: Task, groups: readonly number[] = []) {
		this.#task = task;
		this.fd = task.socket(AF_NETLINK, SOCK_DGRAM, NETLINK_RT_MANAGER);
		void task.bind(this.fd, sockaddr(0));
		task.setsockopt(this.fd, SOL_NETLINK, NETLINK_EXT_ACK, u32(1));
		for (const group of groups) task.setsockopt(this.fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, u32(group));
	}

	async send(datagram: Uint8Array): Promise<void> {
		await this.#task.sendmsg(this.fd, datagram);
	}

	open(receive: (datagram: Uint8Array) => void, ended: (error: Error) => void): void {
		const look = () => {
			while (this.#open) {
				const received = this.#task.tryRecvmsg(this.fd, 65536);
				if (received === undefined) break;
				receive(received.bytes);
			}
			if (this.#open) setImmediate(look);
			else ended(new Errno('ECONNRESET'));
		};
		look();
	}

	close(): void {
		if (this.#open) void this.#task.close(this.fd);
		this.#open = false;
	}
}

function sockaddr(nl_groups: number): Uint8Array {
	const bytes = new Uint8Array(sockaddr_nl.size);
	sockaddr_nl.encode(new DataView(bytes.buffer), 0, { nl_family: AF_NETLINK, nl_pid: 0, nl_groups });
	return bytes;
}

/** A machine with the module, and a connection to it. */
async function manager(t: Test) {
	const machine = new Booted(t);
	await machine.kernel.modules.load(rtManager);
	const connect = (groups: readonly number[] = [], task = machine.task, heard: NlMessage[] = []) => {
		const conn = new NetlinkConn(new TaskTransport(task, groups), message => heard.push(message));
		t.teardown(() => conn.close());
		return { conn, heard };
	};
	return { machine, connect, ...connect() };
}

/** What a request about a route is made of. */
interface Request {
	readonly to?: string;
	readonly via?: string;
	readonly dev?: string;
	readonly metric?: number;
	readonly protocol?: number;
}

/** Sends a request about a route, and tells of the routes that come back, or of the refusal. */
async function ask(
	conn: NetlinkConn,
	type: number,
	{ to = '0.0.0.0/0', via, dev, metric, protocol = 0 }: Request,
	flags = 0,
) {
	const [address = '', length = '32'] = to.split('/');
	try {
		const { messages } = await conn.request((buffer, seq) => {
			rtmgr_route.build(
				buffer,
				{ type, seq },
				{ rtmgr_dst_len: Number(length), rtmgr_protocol: protocol },
				{
					RTMGR_A_DST: ip(address),
					RTMGR_A_GATEWAY: via === undefined ? undefined : ip(via),
					RTMGR_A_IFNAME: dev,
					RTMGR_A_PRIORITY: metric,
				},
			);
		}, flags);
		return messages.map(routeText);
	} catch (error) {
		if (error instanceof NetlinkError) return `${error.code}${error.ack.msg === undefined ? '' : `: ${error.ack.msg}`}`;
		throw error;
	}
}

function routeText({ type, view, at }: NlMessage): string {
	const { header, attrs } = rtmgr_route.parse(view, at, NL_VALIDATE_LIBERAL);
	const { RTMGR_A_DST = 0, RTMGR_A_GATEWAY, RTMGR_A_IFNAME, RTMGR_A_PRIORITY } = attrs;
	const words = [type === RTMGR_DELROUTE ? 'deleted' : '', `${dotted(RTMGR_A_DST)}/${header.rtmgr_dst_len}`];
	if (RTMGR_A_GATEWAY !== undefined) words.push('via', dotted(RTMGR_A_GATEWAY));
	if (RTMGR_A_IFNAME !== undefined) words.push('dev', RTMGR_A_IFNAME);
	if (RTMGR_A_PRIORITY !== undefined) words.push('metric', `${RTMGR_A_PRIORITY}`);
	return words.filter(word => word !== '').join(' ');
}

t.test('greeting: answered only where NLM_F_ACK asks, with 256 bytes from port 0 and the same number', async t => {
	const { machine, conn } = await manager(t);
	const { messages, last } = await conn.request((buffer, seq) => {
		const nlh = buffer.nlmsgPut(0, seq, NLMSG_GREET, 0, 0);
		buffer.put(Buffer.from('hello kernel\0'));
		buffer.nlmsgEnd(nlh);
	});
	t.same(messages, []);
	t.equal(last.type, NLMSG_DONE);
	t.equal(last.pid, 0);
	t.equal(last.payload.length, 256);
	t.match(textOf(last), /^Message from user process with port id \d+ has been processed by the kernel$/);
	t.match(
		machine.host.lines.join('\n'),
		/rt_manager: nlmsg_len 29 nlmsg_type 17 nlmsg_flags 0x5 nlmsg_seq 1 nlmsg_pid 0$/,
	);

	const { task } = machine;
	const fd = task.socket(AF_NETLINK, SOCK_DGRAM, NETLINK_RT_MANAGER);
	await task.bind(fd, sockaddr(0));
	const silent = new MessageBuffer();
	silent.nlmsgPut(0, 9, NLMSG_GREET, 0, NLM_F_REQUEST);
	await task.sendmsg(fd, silent.finish());
	t.equal(task.tryRecvmsg(fd, 4096), undefined, 'nobody asked');
	await task.close(fd);
});

t.test('greeting: one to all reaches the group, and nobody else', async t => {
	const { connect } = await manager(t);
	const listener = connect([RTMGR_GRP_GREET]);
	const { conn, heard } = connect();
	await conn.request((buffer, seq) => void buffer.nlmsgPut(0, seq, NLMSG_GREET_ALL, 0, 0));
	await new Promise(resolve => setImmediate(resolve));
	t.equal(listener.heard.length, 1);
	t.match(textOf(listener.heard[0]!), /^Message from user process/);
	t.same(heard, []);
});

t.test(
	'routes: created, read, replaced, found by longest prefix, deleted, flushed; and the same in /proc/net/route',
	async t => {
		const { machine, conn } = await manager(t);
		const create = NLM_F_CREATE | NLM_F_EXCL;
		t.same(await ask(conn, RTMGR_GETROUTE, {}, NLM_F_DUMP), ['192.168.0.0/24 dev eth0']);
		t.same(
			await ask(conn, RTMGR_NEWROUTE, { to: '10.1.0.0/16', via: '192.168.0.2', dev: 'eth0', protocol: 4 }, create),
			[],
		);
		t.same(await ask(conn, RTMGR_NEWROUTE, { to: '0.0.0.0/0', via: '192.168.0.254', protocol: 4 }, create), []);
		t.same(
			await ask(conn, RTMGR_NEWROUTE, { to: '10.1.2.0/24', via: '192.168.0.3', metric: 7, protocol: 4 }, create),
			[],
		);
		t.equal(await ask(conn, RTMGR_NEWROUTE, { to: '10.1.0.0/16', via: '192.168.0.9' }, create), 'EEXIST');
		t.same(await ask(conn, RTMGR_GETROUTE, {}, NLM_F_DUMP), [
			'0.0.0.0/0 via 192.168.0.254 dev eth0',
			'10.1.0.0/16 via 192.168.0.2 dev eth0',
			'10.1.2.0/24 via 192.168.0.3 dev eth0 metric 7',
			'192.168.0.0/24 dev eth0',
		]);
		t.same(await ask(conn, RTMGR_GETROUTE, { to: '10.1.0.0/16' }), ['10.1.0.0/16 via 192.168.0.2 dev eth0']);
		t.equal(await ask(conn, RTMGR_GETROUTE, { to: '10.1.0.0/17' }), 'ESRCH');
		t.same(await ask(conn, RTMGR_LOOKUP, { to: '10.1.2.3' }), ['10.1.2.0/24 via 192.168.0.3 dev eth0 metric 7']);
		t.same(await ask(conn, RTMGR_LOOKUP, { to: '10.1.3.3' }), ['10.1.0.0/16 via 192.168.0.2 dev eth0']);
		t.same(await ask(conn, RTMGR_LOOKUP, { to: '8.8.8.8' }), ['0.0.0.0/0 via 192.168.0.254 dev eth0']);
		t.same(
			await ask(
				conn,
				RTMGR_NEWROUTE,
				{ to: '10.1.0.0/16', via: '192.168.0.5', protocol: 4 },
				NLM_F_CREATE | NLM_F_REPLACE,
			),
			[],
		);
		t.same(await ask(conn, RTMGR_LOOKUP, { to: '10.1.3.3' }), ['10.1.0.0/16 via 192.168.0.5 dev eth0']);
		const lines = (await machine.read('/proc/net/route')).split('\n');
		t.match(lines[2], /^eth0\t0000010A\t0500A8C0\t0003\t0\t0\t0\t0000FFFF\t0\t0\t0 *$/);
		t.same(
			lines.slice(0, 5).map(line => line.length),
			[127, 127, 127, 127, 127],
		);
		t.same(await ask(conn, RTMGR_DELROUTE, { to: '10.1.0.0/16' }), []);
		t.equal(await ask(conn, RTMGR_DELROUTE, { to: '10.1.0.0/16' }), 'ESRCH');
		t.same(await ask(conn, RTMGR_FLUSH, { protocol: 4 }), []);
		t.same(await ask(conn, RTMGR_GETROUTE, {}, NLM_F_DUMP), ['192.168.0.0/24 dev eth0']);
		t.equal(await ask(conn, RTMGR_LOOKUP, { to: '8.8.8.8' }), 'ENETUNREACH');
	},
);

t.test('routes: each refusal says why, and changes nothing', async t => {
	const { conn } = await manager(t);
	const add = (request: Request) => ask(conn, RTMGR_NEWROUTE, request, NLM_F_CREATE);
	t.equal(await add({ to: '10.0.0.0/8', via: '172.16.0.1' }), 'ENETUNREACH: Nexthop has invalid gateway');
	t.equal(await add({ to: '10.0.0.1/8', dev: 'eth0' }), 'EINVAL: Invalid prefix for given prefix length');
	t.equal(await add({ to: '10.0.0.0/33', dev: 'eth0' }), 'EINVAL: Invalid prefix length');
	t.equal(await add({ to: '10.0.0.0/8', dev: 'eth9' }), 'ENODEV: Cannot find device "eth9"');
	t.match(await add({ to: '10.0.0.0/8', dev: 'a-name-too-long-for-one' }), /^(EINVAL|ERANGE): /);
	t.equal(await ask(conn, 99, {}), 'EOPNOTSUPP');
	t.equal(await ask(conn, RTMGR_NEWROUTE, { to: '10.0.0.0/8', dev: 'eth0' }), 'ENOENT', 'nothing is created unasked');
	t.same(await ask(conn, RTMGR_GETROUTE, {}, NLM_F_DUMP), ['192.168.0.0/24 dev eth0']);
});

t.test('routes: without CAP_NET_ADMIN they can be read, and not changed', async t => {
	const { machine, connect } = await manager(t);
	const { conn } = connect([RTMGR_GRP_ROUTE], machine.fork({ uid: 1000, gid: 1000 }));
	t.same(await ask(conn, RTMGR_GETROUTE, {}, NLM_F_DUMP), ['192.168.0.0/24 dev eth0']);
	for (const type of [RTMGR_NEWROUTE, RTMGR_DELROUTE, RTMGR_FLUSH])
		t.equal(await ask(conn, type, {}, NLM_F_CREATE), 'EPERM');
	t.equal((await conn.request((b, seq) => void b.nlmsgPut(0, seq, NLMSG_GREET, 0, 0))).last.type, NLMSG_DONE);
});

t.test(
	'routes: the group hears of each change, with the number of the request; and so does whoever else changes them',
	async t => {
		const { machine, connect } = await manager(t);
		const { conn, heard } = connect([RTMGR_GRP_ROUTE]);
		const other = connect();
		await ask(other.conn, RTMGR_NEWROUTE, { to: '10.0.0.0/8', dev: 'eth0' }, NLM_F_CREATE);
		machine.kernel.net.fib.delete({ dst: ip('10.0.0.0') | 0, dstLen: 8 });
		await new Promise(resolve => setImmediate(resolve));
		t.same(heard.map(routeText), ['10.0.0.0/8 dev eth0', 'deleted 10.0.0.0/8 dev eth0']);
		t.same(
			heard.map(({ seq }) => seq),
			[1, 0],
		);
		await ask(conn, RTMGR_NEWROUTE, { to: '10.0.0.0/8', dev: 'eth0' }, NLM_F_CREATE);
		t.equal(heard.length, 2, 'what answers a request of its own, is kept with that');
	},
);

t.test('conn: many requests at once, a dump among them, each get their own answers', async t => {
	const { conn } = await manager(t);
	const adds = Array.from({ length: 500 }, (_, i) =>
		ask(conn, RTMGR_NEWROUTE, { to: `10.${i >> 8}.${i & 255}.0/24`, dev: 'eth0' }, NLM_F_CREATE),
	);
	const dump = ask(conn, RTMGR_GETROUTE, {}, NLM_F_DUMP);
	t.ok((await Promise.all(adds)).every(answer => Array.isArray(answer) && answer.length === 0));
	t.equal((await dump).length, 501);
	t.equal((await ask(conn, RTMGR_LOOKUP, { to: '10.1.7.9' }))[0], '10.1.7.0/24 dev eth0');
	conn.close();
	await t.rejects(ask(conn, RTMGR_LOOKUP, { to: '10.1.7.9' }), { code: 'ECONNRESET' });
});

t.test('rmmod: refused while a program has a socket, and the number is free afterwards', async t => {
	const { machine, conn } = await manager(t);
	await t.rejects(machine.kernel.modules.unload('rt_manager'), { code: 'EAGAIN' });
	conn.close();
	await new Promise(resolve => setImmediate(resolve));
	await machine.kernel.modules.unload('rt_manager');
	t.throws(() => machine.task.socket(AF_NETLINK, SOCK_DGRAM, NETLINK_RT_MANAGER), { code: 'EPROTONOSUPPORT' });
});
