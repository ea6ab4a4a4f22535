/**
 * netlink_trace - a line for each datagram between a program and the kernel, and for what decides which ones it gets.
 *
 *     netlink 4711 NETLINK_GENERIC bind {nl_pid=0, nl_groups=0}
 *     netlink 4711 NETLINK_GENERIC NETLINK_ADD_MEMBERSHIP 16
 *     netlink 4711 NETLINK_GENERIC > {nlmsg_len=20, nlmsg_type=nlctrl, ...}
 *     netlink 4711 NETLINK_GENERIC < {nlmsg_len=36, nlmsg_type=NLMSG_ERROR, ...}
 *     netlink 4711 NETLINK_GENERIC < nl_groups=0x8000 {nlmsg_len=112, nlmsg_type=nlctrl, ...}
 */

import type { KernelSocket, ReceivedMessage } from '../../src/boundary/socket.ts';
import { chain } from '../../src/lib/awaitable.ts';
import { enumerationPrinter } from '../../src/lib/names.ts';
import { type GenlFamilyTable, genericProtocol } from '../../src/netlink/genetlink.ts';
import type { ProtocolTable } from '../../src/netlink/message.ts';
import { rtManagerProtocol } from '../../src/netlink/rt_manager.ts';
import { rtnetlinkProtocol } from '../../src/netlink/rtnetlink.ts';
import { NetlinkTrace } from '../../src/netlink/trace.ts';
import {
	NETLINK_GENERIC,
	NETLINK_KOBJECT_UEVENT,
	NETLINK_ROUTE,
	netlink_option,
	netlink_protocol,
	sockaddr_nl,
} from '../../src/uapi/netlink.ts';
import { NETLINK_RT_MANAGER } from '../../src/uapi/rt_manager.ts';
import { SOL_NETLINK } from '../../src/uapi/socket.ts';
import type { Trace } from './supervisor.ts';

/** Tells of a family of generic netlink by its id; undefined for one that nothing is known of. */
export type FamilyOf = (id: number) => GenlFamilyTable | undefined;

/** The protocols whose messages are known beyond their headers. */
const protocols: Readonly<Record<number, (family: FamilyOf) => ProtocolTable>> = {
	[NETLINK_ROUTE]: () => rtnetlinkProtocol,
	[NETLINK_GENERIC]: genericProtocol,
	[NETLINK_RT_MANAGER]: () => rtManagerProtocol,
};

const protocolName = enumerationPrinter(netlink_protocol);
const optionName = enumerationPrinter(netlink_option);

/** What is known of a socket that is to be traced. */
export interface TracedSocket {
	readonly socket: KernelSocket;
	readonly protocol: number;
	/** Who has made it; later, who used it last. */
	readonly pid: number;
	readonly trace: Trace;
	readonly family: FamilyOf;
}

/** A socket whose datagrams are printed while somebody listens; otherwise it is the socket that is given. */
export function tracedSocket({ socket, protocol, pid: maker, trace, family }: TracedSocket): KernelSocket {
	const format = formatter(protocol, family);
	let pid = maker;
	const print = (what: () => string) => {
		if (trace.active) trace.send(`netlink ${pid} ${protocolName(protocol)} ${what()}`);
	};
	const received = (message: ReceivedMessage) => {
		print(() => `< ${groupsOf(message.name)}${format(message.bytes)}`);
		return message;
	};
	return {
		bind(address, ctx) {
			pid = ctx.pid;
			print(() => `bind ${formatAddress(address)}`);
			return socket.bind(address, ctx);
		},
		connect: (address, ctx) => socket.connect(address, ctx),
		getsockname: () => socket.getsockname(),
		getpeername: () => socket.getpeername(),
		setsockopt(level, option, value, ctx) {
			pid = ctx.pid;
			if (level === SOL_NETLINK) print(() => `${optionName(option)} ${numberIn(value)}`);
			socket.setsockopt(level, option, value, ctx);
		},
		getsockopt: (level, option, length, ctx) => socket.getsockopt(level, option, length, ctx),
		sendmsg(message, ctx) {
			pid = ctx.pid;
			print(() => `> ${format(message.bytes)}`);
			return socket.sendmsg(message, ctx);
		},
		recvmsg: (count, flags, ctx) => chain(socket.recvmsg(count, flags, ctx), received),
		poll: table => socket.poll(table),
		addWaiter: wake => socket.addWaiter(wake),
		release: () => socket.release(),
	};
}

/** Prints datagrams of a protocol; the tables are made when they are first needed. */
function formatter(protocol: number, family: FamilyOf): (bytes: Uint8Array) => string {
	if (protocol === NETLINK_KOBJECT_UEVENT) return bytes => JSON.stringify(Buffer.from(bytes).toString('latin1'));
	let trace: NetlinkTrace | undefined;
	return bytes => {
		trace ??= new NetlinkTrace(protocols[protocol]?.(family));
		return trace.format(bytes);
	};
}

/** Whatever a program takes for an address. */
function formatAddress(bytes: Uint8Array): string {
	if (bytes.length < sockaddr_nl.size) return `${bytes.length} bytes`;
	const { nl_pid, nl_groups } = sockaddr_nl.decode(viewOf(bytes), 0);
	return `{nl_pid=${nl_pid}, nl_groups=${hex(nl_groups)}}`;
}

/** The group that a datagram came to all of; nothing for one that came to its receiver alone. */
function groupsOf(name: Uint8Array): string {
	const { nl_groups } = sockaddr_nl.decode(viewOf(name), 0);
	return nl_groups === 0 ? '' : `nl_groups=${hex(nl_groups)} `;
}

function numberIn(value: Uint8Array): string {
	return value.length < 4 ? `${value.length} bytes` : `${viewOf(value).getInt32(0, true)}`;
}

function hex(value: number): string {
	return value === 0 ? '0' : `0x${value.toString(16)}`;
}

function viewOf({ buffer, byteOffset, byteLength }: Uint8Array): DataView {
	return new DataView(buffer, byteOffset, byteLength);
}
