/**
 * netlink_trace - a line for each datagram between a program and the kernel.
 *
 *     netlink 4711 NETLINK_GENERIC > {nlmsg_len=20, nlmsg_type=nlctrl, ...}
 *     netlink 4711 NETLINK_GENERIC < {nlmsg_len=36, nlmsg_type=NLMSG_ERROR, ...}
 */

import type { KernelSocket, ReceivedMessage } from '../../src/boundary/socket.ts';
import { chain } from '../../src/lib/awaitable.ts';
import { genericProtocol } from '../../src/netlink/genetlink.ts';
import type { ProtocolTable } from '../../src/netlink/message.ts';
import { rtManagerProtocol } from '../../src/netlink/rt_manager.ts';
import { rtnetlinkProtocol } from '../../src/netlink/rtnetlink.ts';
import { NetlinkTrace } from '../../src/netlink/trace.ts';
import { NETLINK_GENERIC, NETLINK_KOBJECT_UEVENT, NETLINK_ROUTE, netlink_protocol } from '../../src/uapi/netlink.ts';
import { NETLINK_RT_MANAGER } from '../../src/uapi/rt_manager.ts';
import type { Trace } from './supervisor.ts';

/** The protocols whose messages are known beyond their headers. */
const protocols: Readonly<Record<number, () => ProtocolTable>> = {
	[NETLINK_ROUTE]: () => rtnetlinkProtocol,
	[NETLINK_GENERIC]: () => genericProtocol(),
	[NETLINK_RT_MANAGER]: () => rtManagerProtocol,
};

const names = new Map<number, string>(Object.entries(netlink_protocol).map(([name, number]) => [number, name]));

/** A socket whose datagrams are printed while somebody listens; otherwise it is the socket that is given. */
export function tracedSocket(socket: KernelSocket, protocol: number, trace: Trace): KernelSocket {
	const format = formatter(protocol);
	let pid = 0;
	const print = (arrow: '>' | '<', bytes: Uint8Array) => {
		if (trace.active) trace.send(`netlink ${pid} ${names.get(protocol) ?? protocol} ${arrow} ${format(bytes)}`);
	};
	const received = (message: ReceivedMessage) => {
		print('<', message.bytes);
		return message;
	};
	return {
		bind: (address, ctx) => socket.bind(address, ctx),
		connect: (address, ctx) => socket.connect(address, ctx),
		getsockname: () => socket.getsockname(),
		getpeername: () => socket.getpeername(),
		setsockopt: (level, option, value, ctx) => socket.setsockopt(level, option, value, ctx),
		getsockopt: (level, option, length, ctx) => socket.getsockopt(level, option, length, ctx),
		sendmsg(message, ctx) {
			pid = ctx.pid;
			print('>', message.bytes);
			return socket.sendmsg(message, ctx);
		},
		recvmsg: (count, flags, ctx) => chain(socket.recvmsg(count, flags, ctx), received),
		poll: table => socket.poll(table),
		addWaiter: wake => socket.addWaiter(wake),
		release: () => socket.release(),
	};
}

/** Prints datagrams of a protocol; the tables are made when they are first needed. */
function formatter(protocol: number): (bytes: Uint8Array) => string {
	if (protocol === NETLINK_KOBJECT_UEVENT) return bytes => JSON.stringify(Buffer.from(bytes).toString('latin1'));
	let trace: NetlinkTrace | undefined;
	return bytes => {
		trace ??= new NetlinkTrace(protocols[protocol]?.());
		return trace.format(bytes);
	};
}
