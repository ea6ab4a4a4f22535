/**
 * sockets - the system calls of sockets, as a contract makes them.
 *
 * Addresses and values of options are bytes, so that a contract can pass wrong ones.
 */

/** What recvmsg(2) gave. */
export interface Received {
	/** What was put into the buffer. */
	readonly bytes: Uint8Array;
	/** What the call returned. */
	readonly length: number;
	/** Address of the sender. */
	readonly name: Uint8Array;
	readonly control: readonly { readonly level: number; readonly type: number; readonly data: Uint8Array }[];
	/** msg_flags, of which only MSG_TRUNC. */
	readonly flags: number;
}

/** The calls. Feature `sockets`. */
export interface SocketCalls {
	socket(family: number, type: number, protocol: number): number;
	bind(fd: number, address: Uint8Array): void;
	connect(fd: number, address: Uint8Array): void;
	getsockname(fd: number): Uint8Array;
	getpeername(fd: number): Uint8Array;
	setsockopt(fd: number, level: number, option: number, value: Uint8Array): void;
	getsockopt(fd: number, level: number, option: number, length: number): Uint8Array;
	/** Without `name`, to where the socket is connected. */
	sendmsg(fd: number, data: Uint8Array, flags?: number, name?: Uint8Array): number;
	recvmsg(fd: number, count: number, flags?: number): Received;
	listen(fd: number, backlog: number): void;
	shutdown(fd: number, how: number): void;
}

/** For a runner that lacks `sockets`. */
export function noSockets(): SocketCalls {
	const absent = () => {
		throw new Error('no sockets here');
	};
	return {
		socket: absent,
		bind: absent,
		connect: absent,
		getsockname: absent,
		getpeername: absent,
		setsockopt: absent,
		getsockopt: absent,
		sendmsg: absent,
		recvmsg: absent,
		listen: absent,
		shutdown: absent,
	};
}
