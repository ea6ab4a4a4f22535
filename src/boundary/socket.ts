/**
 * socket - the kernel's sockets, as whoever carries a program's socket calls sees them.
 *
 * One KernelSocket is one struct socket. A program's descriptor (mount/run), a device file and a task in this process are three
 * ways to the same object. Addresses are the bytes of a sockaddr, as the program passed them or is to get them.
 */

import type { Awaitable } from '../lib/awaitable.ts';
import type { Context, PollSource, PollTable } from './vfs.ts';

/** Makes sockets: the protocol families of one kernel (net/socket.c). */
export interface Sockets {
	/** True for a family that the kernel has; sockets of all others are the host's own. */
	has(family: number): boolean;
	/**
	 * socket(2). `type` is without SOCK_NONBLOCK and SOCK_CLOEXEC, which are the descriptor's. Throws EAFNOSUPPORT,
	 * ESOCKTNOSUPPORT, EPROTONOSUPPORT.
	 */
	create(family: number, type: number, protocol: number, ctx: Context): KernelSocket;
}

/** One control message (struct cmsghdr): what follows its header. */
export interface ControlMessage {
	readonly level: number;
	readonly type: number;
	readonly data: Uint8Array;
}

/** What sendmsg(2) sends. */
export interface SendMessage {
	/** The datagram; the operation's own. */
	readonly bytes: Uint8Array;
	/** Where to. Absent: where the socket is connected to. */
	readonly name?: Uint8Array;
	/** Of MSG_*; MSG_DONTWAIT is set for a descriptor with O_NONBLOCK. */
	readonly flags: number;
}

/** A datagram that was received. */
export interface ReceivedMessage {
	/** All of it: whoever asked cuts it to his buffer, and sets MSG_TRUNC. It stays as it is. */
	readonly bytes: Uint8Array;
	/** Where it came from, as recvmsg(2) writes it to msg_name. */
	readonly name: Uint8Array;
	/** What the socket's options ask to be told with it, in the order in which recvmsg(2) writes it. */
	readonly control: readonly ControlMessage[];
}

/**
 * A socket, from `create` to `release`. Every operation throws an Errno where its system call refuses; one that is absent for a
 * family is EOPNOTSUPP.
 */
export interface KernelSocket extends PollSource {
	bind(address: Uint8Array, ctx: Context): Awaitable<void>;
	connect(address: Uint8Array, ctx: Context): Awaitable<void>;
	/** The whole address; the caller cuts it to what the program has room for. */
	getsockname(): Uint8Array;
	/** As getsockname; ENOTCONN. */
	getpeername(): Uint8Array;
	/** `value` is optval with its length. Only levels of the family itself come here, and SOL_SOCKET. ENOPROTOOPT. */
	setsockopt(level: number, option: number, value: Uint8Array, ctx: Context): void;
	/** At most `length` bytes of the value, where `length` is what optlen says. ENOPROTOOPT, EINVAL for too short a length. */
	getsockopt(level: number, option: number, length: number, ctx: Context): Uint8Array;
	/**
	 * Number of bytes sent. Whatever the kernel does on account of the message it has done when this settles, and its answers can
	 * be received.
	 */
	sendmsg(message: SendMessage, ctx: Context): Awaitable<number>;
	/**
	 * Takes the next datagram, or only looks at it with MSG_PEEK. Sleeps while there is none, with MSG_DONTWAIT EAGAIN; an error
	 * that is pending (ENOBUFS) is thrown once. `count` is the size of the reader's buffer: the parts of a dump that are yet to be
	 * made are no longer than it is, or than one page where it is less.
	 */
	recvmsg(count: number, flags: number, ctx: Context): Awaitable<ReceivedMessage>;
	/** The events that are there now (POLL*), having told `table` what to wait for. POLLIN promises that recvmsg does not sleep. */
	poll(table: PollTable): number;
	/** Wakes at each datagram and each error that arrives. It may do so from within `sendmsg`. */
	addWaiter(wake: () => void): () => void;
	/** Ends it. Nothing may be called afterwards; who sleeps in an operation gets EBADF. */
	release(): void;
}
