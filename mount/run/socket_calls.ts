/**
 * socket_calls - the socket calls of programs under the filter, on netlink sockets.
 *
 *     socket                       a descriptor of netlink_fd.ts, at a number that the filter knows (rules.ts)
 *     bind connect get*name        the kernel's socket alone
 *     [gs]etsockopt                the kernel's socket for SOL_NETLINK, both for what concerns both, the host's for the rest
 *     sendto sendmsg sendmmsg      the kernel's socket; its answers are there when the call returns
 *     recv*                        the host's; in exact mode ours (exact_receive.ts)
 *
 * A descriptor is recognised by the inode of the socket behind it, whichever number it has and whoever has it by now. What is
 * not ours, the host does.
 *
 * Exact mode is for programs of Go. Others receive natively, and never get ENOBUFS, which a native receive cannot return, nor
 * the control messages of NETLINK_PKTINFO.
 */

import { closeSync, fstatSync, lstatSync, readlinkSync } from 'node:fs';
import type { KernelSocket, Sockets } from '../../src/boundary/socket.ts';
import type { Context } from '../../src/boundary/vfs.ts';
import { type Awaitable, chain } from '../../src/lib/awaitable.ts';
import { Errno, isErrno } from '../../src/lib/errno.ts';
import { NETLINK_KOBJECT_UEVENT } from '../../src/uapi/netlink.ts';
import {
	AF_NETLINK,
	SO_DOMAIN,
	SO_PROTOCOL,
	SO_RCVBUF,
	SO_RCVBUFFORCE,
	SO_SNDBUF,
	SO_SNDBUFFORCE,
	SO_TYPE,
	SOCK_CLOEXEC,
	SOCK_NONBLOCK,
	SOL_SOCKET,
	type Ucred,
} from '../../src/uapi/socket.ts';
import type { Libc } from '../libc.ts';
import { gather, mmsghdr, readMsghdr, readSegments } from '../msghdr.ts';
import { exactCalls } from './exact_receive.ts';
import { GoPrograms } from './go_programs.ts';
import { Endpoint, NetlinkListeners } from './netlink_fd.ts';
import { type FamilyOf, tracedSocket } from './netlink_trace.ts';
import type { SyscallName } from './numbers.ts';
import { exactFds, nativeFds, type Range } from './rules.ts';
import type { Answer, Handler, SupervisedCall } from './supervised_call.ts';
import type { Trace } from './supervisor.ts';
import { addressOf, intBytes, readAddress, readInt, writeAddress, writeInt } from './user_values.ts';

/** What the calls need. */
export interface SocketCallOptions {
	readonly libc: Libc;
	/** The kernel's sockets. */
	readonly sockets: Sockets;
	/** Who a process is that has sent something natively. */
	senderOf(cred: Ucred): Context;
	/** Told of what the kernel's sockets throw that is no Errno. */
	oops(error: unknown, where: string): void;
	/** Gets a line for each datagram. */
	readonly trace: Trace;
	/** For the trace. */
	readonly family: FamilyOf;
}

/** Longest value of an option that is carried. */
const OPTION_MAX = 4096;
/** Most messages of one sendmmsg (UIO_MAXIOV). */
const MESSAGES_MAX = 1024;
const TYPE_MASK = 0xf;

/** Options of SOL_SOCKET that the kernel's socket and the host's both get. */
const forBoth: ReadonlySet<number> = new Set([SO_RCVBUF, SO_SNDBUF, SO_RCVBUFFORCE, SO_SNDBUFFORCE]);

/** The netlink sockets of all programs of one machine. */
export class SocketCalls {
	readonly #options: SocketCallOptions;
	readonly #listeners: NetlinkListeners;
	readonly #endpoints = new Map<number, Endpoint>();
	readonly #programs = new GoPrograms();
	readonly #dirty = new Set<Endpoint>();

	constructor(options: SocketCallOptions) {
		this.#options = options;
		this.#listeners = new NetlinkListeners(options.libc);
	}

	/** How many sockets there are. */
	get size(): number {
		return this.#endpoints.size;
	}

	/** The handlers. */
	get calls(): Readonly<Partial<Record<SyscallName, Handler>>> {
		const on = (handler: (endpoint: Endpoint, call: SupervisedCall) => Awaitable<Answer>): Handler => {
			return call => {
				const endpoint = this.#find(call);
				return endpoint === undefined ? 'host' : handler(endpoint, call);
			};
		};
		const sending = (send: (endpoint: Endpoint, call: SupervisedCall) => Awaitable<number>): Handler =>
			on((endpoint, call) =>
				chain(send(endpoint, call), count => {
					this.#flush();
					return count;
				}),
			);
		return {
			socket: call => this.#socket(call),
			bind: on(({ socket }, call) => done(socket.bind(addressOf(call, 1, 2), call))),
			connect: on(({ socket }, call) => done(socket.connect(addressOf(call, 1, 2), call))),
			getsockname: on(({ socket }, call) => writeAddress(call, 1, 2, socket.getsockname())),
			getpeername: on(({ socket }, call) => writeAddress(call, 1, 2, socket.getpeername())),
			setsockopt: on(setsockopt),
			getsockopt: on(getsockopt),
			sendto: sending(sendto),
			sendmsg: sending(({ socket }, call) => sendmsg(socket, call, call.args[1], call.int(2))),
			sendmmsg: sending(sendmmsg),
			...exactCalls(on, this.#options.libc),
		};
	}

	/** Closes every socket: programs read the end of them. */
	close(): void {
		for (const endpoint of this.#endpoints.values()) endpoint.close();
		this.#listeners.close();
	}

	/** The endpoint behind the descriptor that is a call's first argument. */
	#find(call: SupervisedCall): Endpoint | undefined {
		const inode = socketInode(call.pid, call.int(0));
		const endpoint = inode === undefined ? undefined : this.#endpoints.get(inode);
		if (endpoint !== undefined) call.mustWait();
		return endpoint;
	}

	#socket(call: SupervisedCall): Awaitable<Answer> {
		const [family, type, protocol] = [call.int(0), call.int(1), call.int(2)];
		if ((type & ~(TYPE_MASK | SOCK_CLOEXEC | SOCK_NONBLOCK)) !== 0) throw new Errno('EINVAL');
		const socket = this.#options.sockets.create(family, type & TYPE_MASK, protocol, call);
		return chain(this.#programs.isGo(call.pid), exact => {
			try {
				return this.#hand(call, socket, { protocol, type, exact });
			} catch (error) {
				socket.release();
				throw error;
			}
		});
	}

	/** Gives a program its descriptor. */
	#hand(call: SupervisedCall, socket: KernelSocket, kind: { protocol: number; type: number; exact: boolean }): Answer {
		const { libc, senderOf, oops, trace, family } = this.#options;
		const { protocol, type, exact } = kind;
		const groups = protocol === NETLINK_KOBJECT_UEVENT ? 1 : 0;
		const { theirs, ours } = this.#listeners.pair(groups, (type & SOCK_NONBLOCK) !== 0);
		const inode = fstatSync(theirs).ino;
		const endpoint = new Endpoint(
			{
				...{ libc, fd: ours, inode, protocol, exact, senderOf, oops },
				socket: tracedSocket({ socket, protocol, pid: call.pid, trace, family }),
				type: type & TYPE_MASK,
				closed: () => this.#endpoints.delete(inode),
			},
			changed => this.#mark(changed),
		);
		this.#endpoints.set(inode, endpoint);
		try {
			return give(call, theirs, exact ? exactFds : nativeFds, (type & SOCK_CLOEXEC) !== 0);
		} catch (error) {
			endpoint.close();
			throw error;
		} finally {
			closeSync(theirs);
		}
	}

	/** There is something to pump, but not from within the kernel, which may be in the middle of something. */
	#mark(endpoint: Endpoint): void {
		if (this.#dirty.size === 0) queueMicrotask(() => this.#flush());
		this.#dirty.add(endpoint);
	}

	#flush(): void {
		for (const endpoint of this.#dirty) {
			this.#dirty.delete(endpoint);
			endpoint.pump();
		}
	}
}

/** Puts a descriptor at the first number that is free, or anywhere, where that is beyond the program's limit. */
function give(call: SupervisedCall, fd: number, { from, to }: Range, cloexec: boolean): Answer {
	for (let at = from; at < to; at++) {
		if (lstatSync(`/proc/${call.pid}/fd/${at}`, { throwIfNoEntry: false }) !== undefined) continue;
		try {
			return call.answerDescriptor(fd, { at, cloexec });
		} catch (error) {
			if (!isErrno(error) || error.code !== 'EBADF') throw error;
			break;
		}
	}
	return call.answerDescriptor(fd, { cloexec });
}

/** Number of the inode of a socket; undefined for a descriptor that is none. */
function socketInode(pid: number, fd: number): number | undefined {
	if (fd < 0) return undefined;
	try {
		const [, inode] = /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`)) ?? [];
		return inode === undefined ? undefined : Number(inode);
	} catch (error) {
		if (isErrno(error)) return undefined;
		throw error;
	}
}

function done(result: Awaitable<void>): Awaitable<number> {
	return chain(result, () => 0);
}

function setsockopt({ socket }: Endpoint, call: SupervisedCall): Answer {
	const [level, option, length] = [call.int(1), call.int(2), call.int(4)];
	if (level === SOL_SOCKET && !forBoth.has(option)) return 'host';
	if (length < 0) throw new Errno('EINVAL');
	socket.setsockopt(level, option, call.memory.read(call.args[3], Math.min(length, OPTION_MAX)), call);
	return level === SOL_SOCKET ? 'host' : 0;
}

function getsockopt({ socket, init }: Endpoint, call: SupervisedCall): Answer {
	const [level, option] = [call.int(1), call.int(2)];
	const own = level === SOL_SOCKET ? ownOption(init, option) : undefined;
	if (level === SOL_SOCKET && own === undefined && !forBoth.has(option)) return 'host';
	const room = readInt(call, call.args[4]);
	if (room < 0) throw new Errno('EINVAL');
	const value = own ?? socket.getsockopt(level, option, Math.min(room, OPTION_MAX), call);
	call.memory.write(call.args[3], value.subarray(0, room));
	writeInt(call, call.args[4], own === undefined ? value.length : Math.min(room, value.length));
	return 0;
}

/** What is different of the host's socket, which is none of netlink. */
function ownOption({ protocol, type }: Endpoint['init'], option: number): Uint8Array | undefined {
	const values = new Map<number, number>([
		[SO_DOMAIN, AF_NETLINK],
		[SO_PROTOCOL, protocol],
		[SO_TYPE, type],
	]);
	const value = values.get(option);
	return value === undefined ? undefined : intBytes(value);
}

function sendto({ socket }: Endpoint, call: SupervisedCall): Awaitable<number> {
	const [, address, , , name] = call.args;
	const length = call.args[2];
	if (length > 0x7fff_f000n) throw new Errno('EMSGSIZE');
	const bytes = gather(call.memory, [{ address, length: Number(length) }]);
	const to = name === 0n ? {} : { name: addressOf(call, 4, 5) };
	return socket.sendmsg({ bytes, flags: call.int(3), ...to }, call);
}

function sendmsg(socket: KernelSocket, call: SupervisedCall, header: bigint, flags: number): Awaitable<number> {
	const { memory } = call;
	const message = readMsghdr(memory, header);
	const { name, namelen } = message;
	const to = name === 0n || namelen === 0 ? {} : { name: readAddress(call, name, namelen) };
	return socket.sendmsg({ bytes: gather(memory, readSegments(memory, message)), flags, ...to }, call);
}

/** Sends as many as can be sent; what refuses one is told where it is the first. */
async function sendmmsg({ socket }: Endpoint, call: SupervisedCall): Promise<number> {
	const most = Math.min(Number(BigInt.asUintN(32, call.args[2])), MESSAGES_MAX);
	let sent = 0;
	try {
		for (; sent < most; sent++) {
			const header = call.args[1] + BigInt(sent * mmsghdr.size);
			const count = await sendmsg(socket, call, header, call.int(3));
			call.memory.write(header + BigInt(mmsghdr.offsetof.len), intBytes(count));
		}
	} catch (error) {
		if (sent === 0) throw error;
	}
	return sent;
}
