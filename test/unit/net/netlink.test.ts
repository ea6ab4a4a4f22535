/**
 * netlink.test - what no program can see, or only with a kernel in its hands: owners of protocols, crowds, leaks, events.
 */

import { readFileSync } from 'node:fs';
import t, { type Test } from 'tap';
import type { Task } from '../../../kernel-sim/fs/syscalls.ts';
import { recordPrintText } from '../../../kernel-sim/kernel/printk.ts';
import { Kernel } from '../../../kernel-sim/kernel.ts';
import { KobjUeventEnv } from '../../../kernel-sim/lib/kobject_uevent.ts';
import { netlinkRcv } from '../../../kernel-sim/net/netlink/rcv.ts';
import gnKernel from '../../../kernel-sim/samples/gn_kernel.ts';
import { nodeHost } from '../../../src/machine/host.ts';
import { genericProtocol } from '../../../src/netlink/genetlink.ts';
import { MessageBuffer } from '../../../src/netlink/message_buffer.ts';
import { type NlMessage, nlmsgs } from '../../../src/netlink/nlmsg.ts';
import { rtm_route } from '../../../src/netlink/rtnetlink.ts';
import { NetlinkTrace } from '../../../src/netlink/trace.ts';
import { NL_VALIDATE_LIBERAL } from '../../../src/netlink/validate.ts';
import {
	NETLINK_GENERIC,
	NETLINK_KOBJECT_UEVENT,
	NETLINK_ROUTE,
	NLM_F_CREATE,
	NLM_F_DUMP,
	NLM_F_REQUEST,
	netlink_protocol,
	sockaddr_nl,
} from '../../../src/uapi/netlink.ts';
import { RTM_DELROUTE, RTM_GETROUTE, RTM_NEWROUTE, RTNLGRP_IPV4_ROUTE } from '../../../src/uapi/rtnetlink.ts';
import { AF_NETLINK, MSG_DONTWAIT, SO_PASSCRED, SOCK_RAW, SOL_SOCKET } from '../../../src/uapi/socket.ts';
import { datagrams } from '../netlink/fuzz.ts';
import { rtnetlinkDatagrams } from '../netlink/fuzz_rtnetlink.ts';

const TEST = 31;
const docs = readFileSync(new URL('../../../../docs/netlink.md', import.meta.url), 'utf8');

function boot(t: Test): Kernel {
	const kernel = Kernel.boot(nodeHost());
	t.teardown(() => {
		kernel.shutdown();
		if (kernel.panic.oopses > 0) throw new Error('the kernel stumbled');
	});
	return kernel;
}

function address(pid: number, groups = 0): Uint8Array {
	const bytes = new Uint8Array(sockaddr_nl.size);
	sockaddr_nl.encode(new DataView(bytes.buffer), 0, { nl_family: AF_NETLINK, nl_pid: pid, nl_groups: groups });
	return bytes;
}

function open(task: Task, protocol: number, groups = 0): number {
	const fd = task.socket(AF_NETLINK, SOCK_RAW, protocol);
	task.bind(fd, address(0, groups));
	return fd;
}

const log = (kernel: Kernel) => [...kernel.printk.records()].map(record => recordPrintText(record)).join('');

t.test('netlink_kernel_create: a number has one owner, and is free again when he lets it go', async t => {
	const { netlink } = boot(t).net;
	for (const number of [-1, 32, 1.5]) t.throws(() => netlink.kernelCreate(number), { code: 'EINVAL' });
	const sock = netlink.kernelCreate(TEST);
	t.equal(sock.protocol, TEST);
	t.throws(() => netlink.kernelCreate(TEST), { code: 'EADDRINUSE' });
	t.throws(() => netlink.kernelCreate(NETLINK_GENERIC), { code: 'EADDRINUSE' });
	sock.release();
	sock.release();
	netlink.kernelCreate(TEST).release();
});

t.test('netlink_create: the protocols that nobody owns are those that the documentation names', async t => {
	const task = boot(t).task();
	const [, list = ''] = /refused with EPROTONOSUPPORT\. That is so for ([^:]*):/.exec(docs)!;
	const refused = Object.entries(netlink_protocol).filter(([, protocol]) => {
		try {
			void task.close(task.socket(AF_NETLINK, SOCK_RAW, protocol));
			return false;
		} catch (error) {
			t.match(error, { code: 'EPROTONOSUPPORT' });
			return true;
		}
	});
	t.same(
		list.split(/[\s,]+|and /).filter(word => word !== ''),
		refused.map(([name]) => name.replace('NETLINK_', '')),
	);
});

t.test(
	'netlink_unicast: without an input, the kernel refuses; without the socket, there is nobody to answer',
	async t => {
		const kernel = boot(t);
		const sock = kernel.net.netlink.kernelCreate(TEST);
		const task = kernel.task();
		const fd = open(task, TEST);
		t.throws(() => task.sendmsg(fd, new Uint8Array(16)), { code: 'ECONNREFUSED' });
		t.throws(() => sock.unicast(12345, 16, new Uint8Array(0)), { code: 'ECONNREFUSED' });
		t.equal(sock.multicast(3, 16, new Uint8Array(0)), 'ESRCH');
		sock.release();
		t.throws(() => task.sendmsg(fd, new Uint8Array(16)), { code: 'ECONNREFUSED' });
		task.close(fd);
		t.throws(() => task.socket(AF_NETLINK, SOCK_RAW, TEST), { code: 'EPROTONOSUPPORT' });
	},
);

t.test(
	'netlink_broadcast: a thousand notifications to a thousand sockets within two seconds of processor time',
	async t => {
		const kernel = boot(t);
		const sock = kernel.net.netlink.kernelCreate(TEST, { groups: 1 });
		const tasks = Array.from({ length: 1000 }, () => kernel.task());
		const readers = tasks.map(task => ({ task, fd: open(task, TEST, 1) }));
		const payload = new Uint8Array(40);
		const before = process.cpuUsage();
		let received = 0;
		for (let seq = 0; seq < 1000; seq++) {
			if (sock.multicast(1, 20, payload, seq) !== undefined) break;
			for (const { task, fd } of readers) {
				const { length } = task.recvmsg(fd, 100, MSG_DONTWAIT) as { length: number };
				received += length === 56 ? 1 : 0;
			}
		}
		const { user, system } = process.cpuUsage(before);
		t.equal(received, 1_000_000);
		// A machine that does much else at once, and collects coverage, takes several times as long.
		t.ok((user + system) / 1e6 < 10, `${(user + system) / 1e6} s`);
		for (const task of tasks) task.exit();
		t.equal(sock.hasListeners(1), false);
	},
);

t.test('netlink_overrun: a slow reader gets ENOBUFS, reads what there is, and hears all that comes then', async t => {
	const kernel = boot(t);
	const { fib } = kernel.net;
	const task = kernel.task();
	const slow = open(task, NETLINK_ROUTE, 1 << (RTNLGRP_IPV4_ROUTE - 1));
	const route = (i: number) => ({ dst: 0x0a00_0000 + (i << 8), dstLen: 24, oif: 2, scope: 253, type: 1 });
	const known = new Set<string>();
	const note = ({ type, view, at }: NlMessage) => {
		if (type !== RTM_NEWROUTE && type !== RTM_DELROUTE) return;
		const { header, attrs } = rtm_route.parse(view, at, NL_VALIDATE_LIBERAL);
		const name = `${attrs.RTA_TABLE} ${attrs.RTA_DST ?? 0}/${header.rtm_dst_len}`;
		if (type === RTM_NEWROUTE) known.add(name);
		else known.delete(name);
	};
	/** Reads until nothing is left; the errors that came meanwhile. */
	const read = () => {
		const errors: string[] = [];
		for (;;) {
			try {
				for (const message of nlmsgs((task.recvmsg(slow, 65536, MSG_DONTWAIT) as { bytes: Uint8Array }).bytes))
					note(message);
			} catch (error) {
				const { code } = error as { code: string };
				if (code === 'EAGAIN') return errors;
				errors.push(code);
			}
		}
	};
	const asTable = () =>
		fib.tables.flatMap(table => [...table].map(({ dst, dstLen }) => `${table.id} ${dst >>> 0}/${dstLen}`)).sort();
	for (let i = 0; i < 2000; i++) fib.insert(route(i), NLM_F_CREATE);
	for (let i = 0; i < 2000; i += 3) fib.delete(route(i));
	t.same(read(), ['ENOBUFS'], 'once');
	t.ok(known.size < 1000, `${known.size} of 1334 were heard of`);
	const dump = new MessageBuffer();
	rtm_route.build(dump, { type: RTM_GETROUTE, flags: NLM_F_REQUEST | NLM_F_DUMP }, { rtm_family: 2 }, {});
	known.clear();
	task.sendmsg(slow, dump.finish());
	t.same(read(), []);
	t.same([...known].sort(), asTable(), 'and is told all');
	for (let i = 0; i < 100; i++) fib.insert(route(3 * i), NLM_F_CREATE);
	t.same(read(), []);
	t.same([...known].sort(), asTable(), 'what comes then is heard');
});

t.test('netlink_overrun: nobody else is slowed down by one who does not read', async t => {
	const kernel = boot(t);
	const task = kernel.task();
	const quick = 20;
	const time = (slow: number) => {
		const sock = kernel.net.netlink.kernelCreate(TEST, { groups: 1 });
		const fds = Array.from({ length: quick + slow }, () => open(task, TEST, 1));
		const before = process.cpuUsage();
		let missed = 0;
		for (let seq = 0; seq < 2000; seq++) {
			sock.multicast(1, 20, new Uint8Array(40), seq);
			for (const fd of fds.slice(0, quick)) {
				const { bytes } = task.recvmsg(fd, 100, MSG_DONTWAIT) as { bytes: Uint8Array };
				if (new DataView(bytes.buffer, bytes.byteOffset).getUint32(8, true) !== seq) missed += 1;
			}
		}
		const { user } = process.cpuUsage(before);
		t.equal(missed, 0);
		for (const fd of fds.slice(quick)) t.throws(() => task.recvmsg(fd, 100, MSG_DONTWAIT), { code: 'ENOBUFS' });
		for (const fd of fds) void task.close(fd);
		sock.release();
		return user;
	};
	time(1);
	const rounds = Array.from({ length: 7 }, () => time(1) / time(0)).sort((a, b) => a - b);
	t.ok(rounds[3]! < 1.5, `with one of 21 who does not read, the others take ${rounds[3]!.toFixed(2)} of the time`);
});

t.test('netlink: whatever is sent, nothing is left behind', async t => {
	const kernel = boot(t);
	const { netlink, fib } = kernel.net;
	netlink.kernelCreate(TEST, { input: skb => netlinkRcv(skb, () => {}) });
	const before = netlink.tables.map(({ sockets }) => [...sockets].length);
	let left = 0;
	const send = (protocol: number, bytes: Uint8Array) => {
		const task = kernel.task();
		const fd = open(task, protocol);
		try {
			task.sendmsg(fd, bytes);
		} catch (error) {
			if ((error as { code: string }).code !== 'ENODATA') throw error;
		}
		while (task.tryRecvmsg(fd, 65536) !== undefined);
		for (const { sockets } of netlink.tables) {
			for (const sk of sockets) if (sk.rmem !== 0 || sk.cb !== undefined) left += 1;
		}
		task.exit();
	};
	for (const { bytes } of datagrams(7, 3000)) {
		for (const protocol of [TEST, NETLINK_GENERIC, NETLINK_KOBJECT_UEVENT]) send(protocol, bytes);
	}
	for (const { bytes } of rtnetlinkDatagrams(7, 3000)) send(NETLINK_ROUTE, bytes);
	t.equal(left, 0, 'queues are empty, and no dump goes on');
	t.same(
		netlink.tables.map(({ sockets }) => [...sockets].length),
		before,
	);
	const infos = new Set(fib.tables.flatMap(table => [...table].map(({ info }) => info)));
	t.equal(fib.infos.size, infos.size, 'what no route says any more is gone');
	for (const table of fib.tables) table.flush();
	t.equal(fib.infos.size, 0);
});

t.test('uevent_net_broadcast: who joins group 1 hears of objects, in the words of Linux; everybody may', async t => {
	const kernel = boot(t);
	const nobody = kernel.task({ uid: 65534 });
	const fd = open(nobody, NETLINK_KOBJECT_UEVENT, 1);
	nobody.setsockopt(fd, SOL_SOCKET, SO_PASSCRED, new Uint8Array([1, 0, 0, 0]));
	const env = new KobjUeventEnv();
	for (const line of ['ACTION=add', 'DEVPATH=/devices/virtual/x', 'SUBSYSTEM=y']) env.add(line);
	kernel.uevents.send('add', '/devices/virtual/x', 'y', env);
	const { bytes, control, name } = nobody.tryRecvmsg(fd, 4096)!;
	const want = ['add@/devices/virtual/x', 'ACTION=add', 'DEVPATH=/devices/virtual/x', 'SUBSYSTEM=y'];
	t.equal(Buffer.from(bytes).toString(), [...want, `SEQNUM=${kernel.uevents.seqnum}`, ''].join('\0'));
	t.same(sockaddr_nl.decode(new DataView(name.buffer, name.byteOffset), 0), {
		nl_family: AF_NETLINK,
		nl_pid: 0,
		nl_groups: 1,
	});
	t.same([...control[0]!.data], [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], 'the kernel sent it');
});

t.test('gn_kernel: CONTROL_EXMPL says hello to a string, and never gets anything else', async t => {
	const kernel = boot(t);
	await kernel.modules.load(gnKernel);
	const family = kernel.net.genl.byName('CONTROL_EXMPL')!;
	t.match(family, { version: 1, policy: { maxtype: 1 } });
	const { id } = family;
	const task = kernel.task();
	const fd = open(task, NETLINK_GENERIC);
	const request = (attribute: Uint8Array) => {
		const bytes = new Uint8Array(20 + attribute.length);
		const view = new DataView(bytes.buffer);
		view.setUint32(0, bytes.length, true);
		view.setUint16(4, id, true);
		view.setUint16(6, 5, true);
		view.setUint32(8, 41, true);
		bytes.set([1, 1], 16);
		bytes.set(attribute, 20);
		return bytes;
	};
	const hello = new Uint8Array([10, 0, 1, 0, ...Buffer.from('hello\0'), 0, 0]);
	task.sendmsg(fd, request(hello));
	const trace = new NetlinkTrace(
		genericProtocol(number =>
			number === id
				? { name: 'CONTROL_EXMPL', commands: { ECHO: 1 }, rows: kernel.net.genl.byId(id)!.policy!.rows }
				: undefined,
		),
	);
	t.equal(
		trace.format(task.tryRecvmsg(fd, 4096)!.bytes),
		`[{nlmsg_len=56, nlmsg_type=CONTROL_EXMPL, nlmsg_flags=0, nlmsg_seq=42, nlmsg_pid=0}, {cmd=ECHO, version=1}, ` +
			'[{nla_len=34, nla_type=DOC_EXMPL_A_MSG}, "hello world from kernel space"]]',
	);
	t.match(trace.format(task.tryRecvmsg(fd, 4096)!.bytes), /error=0/);
	t.match(log(kernel), /received: hello$/m);

	task.sendmsg(fd, request(new Uint8Array([8, 0, 1, 0, 1, 2, 3, 4])));
	t.match(trace.format(task.tryRecvmsg(fd, 4096)!.bytes), /error=-EINVAL/);
	t.equal(log(kernel).match(/received/g)!.length, 1);
	task.exit();
	await kernel.modules.unload('gn_kernel');
	t.equal(kernel.net.genl.byName('CONTROL_EXMPL'), undefined);
});
