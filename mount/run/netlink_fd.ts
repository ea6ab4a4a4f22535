/**
 * netlink_fd - the descriptor that a program gets for a netlink socket.
 *
 *     the program's end  ---- AF_UNIX, SOCK_SEQPACKET ----  our end  <->  KernelSocket
 *
 * Clients drop what does not come from port 0, and user space cannot send on AF_NETLINK from there. But the address of an AF_UNIX
 * socket may be any bytes, and recvmsg(2) gives them back: ours is bound to twelve that are a sockaddr_nl, but for its family, which
 * nobody looks at except Go's x/sys/unix (socket_calls.ts, exact mode).
 *
 *     u16 family    AF_UNIX            an abstract name begins with a zero byte,
 *     u16 pad       0, k               and k makes it different from those of other machines
 *     u32 port      0
 *     u32 groups    0, or 1 for uevents, which libudev takes from group 1 alone
 *
 * Sockets that accept(2) returns have the address of the listener. Receiving, polling, dup, fork, exec, SCM_RIGHTS, and the end
 * with the last descriptor are the host's own affair; so is the queue: where it is full, we send on when it has been read.
 */

import { closeSync } from 'node:fs';
import type { KernelSocket, ReceivedMessage } from '../../src/boundary/socket.ts';
import type { Context, PollTable } from '../../src/boundary/vfs.ts';
import { isPromise } from '../../src/lib/awaitable.ts';
import { Errno, errno, isErrno } from '../../src/lib/errno.ts';
import { POLLHUP, POLLIN } from '../../src/uapi/poll.ts';
import {
	AF_UNIX,
	MSG_DONTWAIT,
	MSG_NOSIGNAL,
	SO_PASSCRED,
	SOL_SOCKET,
	type Ucred,
	ucred,
} from '../../src/uapi/socket.ts';
import { check, F_SETFL, type Libc, SOCK } from '../libc.ts';
import { eventsOf, receiveDatagram } from '../scm_credentials.ts';
import { type SocketWatch, watchSocket } from '../watch.ts';

/** sizeof(struct sockaddr_nl) */
const SOCKADDR_NL = 12;
/** Bound: machines of one network namespace. */
const MAX_LISTENERS = 256;
const SO_PEERCRED = 17;
/** Bound: the buffer of a reader that we know nothing of; dumps are made for it. */
const READER_BUFFER = 4096;

/** Where the ends of new sockets come from: one listener for each value of `groups`. */
export class NetlinkListeners {
	readonly #libc: Libc;
	readonly #listeners = new Map<number, { readonly fd: number; readonly address: Uint8Array }>();

	constructor(libc: Libc) {
		this.#libc = libc;
	}

	/**
	 * Two ends that are joined: `theirs`, whose messages come from an address with these groups, and `ours`, which does not block. Both
	 * are closed on exec.
	 */
	pair(groups: number, nonblocking: boolean): { readonly theirs: number; readonly ours: number } {
		const libc = this.#libc;
		const listener = this.#listener(groups);
		const theirs = check(libc, libc.socket(AF_UNIX, SOCK.SEQPACKET | SOCK.CLOEXEC | SOCK.NONBLOCK, 0), 'socket');
		try {
			const connect = () => libc.connect(theirs, listener.address, SOCKADDR_NL);
			if (connect() < 0) {
				this.#dropStrangers(listener.fd);
				check(libc, connect(), 'connect');
			}
			const ours = this.#accept(listener.fd);
			if (!nonblocking) libc.fcntl(theirs, F_SETFL, 0);
			return { theirs, ours };
		} catch (error) {
			closeSync(theirs);
			throw error;
		}
	}

	/** Forgets all of them; the sockets that there are stay. */
	close(): void {
		for (const { fd } of this.#listeners.values()) closeSync(fd);
		this.#listeners.clear();
	}

	/** Makes room where others have connected, and wait to be accepted. */
	#dropStrangers(listener: number): void {
		const accept = () => this.#libc.accept4(listener, null, null, SOCK.CLOEXEC);
		for (let fd = accept(); fd >= 0; fd = accept()) closeSync(fd);
	}

	/** Whoever knows the address can connect to it: only what comes from this process is taken. */
	#accept(listener: number): number {
		const libc = this.#libc;
		for (;;) {
			const fd = check(libc, libc.accept4(listener, null, null, SOCK.CLOEXEC | SOCK.NONBLOCK), 'accept');
			const peer = new Uint8Array(ucred.size);
			const length = Uint32Array.of(peer.length);
			const known = libc.getsockopt(fd, SOL_SOCKET, SO_PEERCRED, peer, length) === 0;
			if (known && ucred.decode(new DataView(peer.buffer), 0).pid === process.pid) return fd;
			closeSync(fd);
		}
	}

	#listener(groups: number): { readonly fd: number; readonly address: Uint8Array } {
		const there = this.#listeners.get(groups);
		if (there !== undefined) return there;
		const libc = this.#libc;
		const fd = check(libc, libc.socket(AF_UNIX, SOCK.SEQPACKET | SOCK.CLOEXEC | SOCK.NONBLOCK, 0), 'socket');
		try {
			const listener = { fd, address: this.#bind(fd, groups) };
			check(libc, libc.listen(fd, 128), 'listen');
			this.#listeners.set(groups, listener);
			return listener;
		} catch (error) {
			closeSync(fd);
			throw error;
		}
	}

	#bind(fd: number, groups: number): Uint8Array {
		const libc = this.#libc;
		for (let k = 0; k < MAX_LISTENERS; k++) {
			const address = new Uint8Array(SOCKADDR_NL);
			const view = new DataView(address.buffer);
			view.setUint16(0, AF_UNIX, true);
			view.setUint8(3, k);
			view.setUint32(8, groups, true);
			if (libc.bind(fd, address, SOCKADDR_NL) === 0) return address;
		}
		throw new Errno('ENOBUFS', 'no address is left for netlink sockets');
	}
}

/** Why a message cannot be sent, and never will be. */
const lost: ReadonlySet<number> = new Set([errno.EPIPE, errno.ECONNRESET, errno.ENOTCONN, errno.EMSGSIZE]);

/** What an endpoint is made of. */
export interface EndpointInit {
	readonly libc: Libc;
	readonly socket: KernelSocket;
	/** Our end. */
	readonly fd: number;
	/** Inode of the program's end, by which its descriptors are recognised. */
	readonly inode: number;
	/** Protocol number, for getsockopt(2). */
	readonly protocol: number;
	/** SOCK_RAW or SOCK_DGRAM. */
	readonly type: number;
	/** The program's receives are handed over: what it is sent is remembered until it has been received. */
	readonly exact: boolean;
	/** Who the sender of a message is that came over the socket natively. */
	senderOf(cred: Ucred): Context;
	/** Told of what the kernel's socket threw that is no Errno. */
	oops(error: unknown, where: string): void;
	/** Called once when the last descriptor of the program's has been closed. */
	closed(): void;
}

/** Who moves messages: this process, which looks and does not wait. */
const noTable: PollTable = { waiting: false, wait: () => {} };
const ownContext: Context = {
	pid: 0,
	tgid: 0,
	uid: 0,
	gid: 0,
	groups: [],
	umask: 0,
	capable: () => true,
	signal: new AbortController().signal,
	memory: {
		read: () => {
			throw new Errno('EFAULT');
		},
		write: () => {
			throw new Errno('EFAULT');
		},
	},
};

/** One netlink socket of a program. */
export class Endpoint {
	readonly init: EndpointInit;
	readonly socket: KernelSocket;
	/** What the program's queue holds, the oldest first; of an exact endpoint alone. */
	readonly queue: ReceivedMessage[] = [];
	/** What the next receive is refused with; of an exact endpoint alone. */
	error: unknown;
	readonly #unlisten: () => void;
	/** Those who wait for something to receive. */
	readonly #receivers = new Set<() => void>();
	#watch: SocketWatch | undefined;
	/** The program's queue is full. */
	#full = false;
	#unsent: ReceivedMessage | undefined;
	#pumping = false;
	#again = false;

	/** `changed` is called when there is something to pump; it may be called from within the kernel. */
	constructor(init: EndpointInit, changed: (endpoint: Endpoint) => void) {
		this.init = init;
		this.socket = init.socket;
		const { libc, fd } = init;
		libc.setsockopt(fd, SOL_SOCKET, SO_PASSCRED, Uint8Array.of(1, 0, 0, 0), 4);
		this.#unlisten = init.socket.addWaiter(() => changed(this));
		this.#watch = watchSocket(fd, {
			readable: () => this.#receive(),
			writable: () => {
				this.#full = false;
				this.pump();
			},
		});
		this.#watch.unref();
	}

	get isClosed(): boolean {
		return this.#watch === undefined;
	}

	/** Moves what the kernel has for the program into its queue, as far as that has room. */
	pump(): void {
		if (this.#pumping) {
			this.#again = true;
			return;
		}
		this.#pumping = true;
		void this.#pump();
	}

	/** Resolves when there may be something to receive, or the endpoint is closed. */
	arrival(signal: AbortSignal): Promise<void> {
		return new Promise((resolve, reject) => {
			const arrived = () => {
				this.#receivers.delete(arrived);
				resolve();
			};
			this.#receivers.add(arrived);
			signal.addEventListener('abort', () => this.#receivers.delete(arrived) && reject(new Errno('EINTR')), {
				once: true,
			});
		});
	}

	/** Closes our end, and the kernel's socket. Safe to call again. */
	close(): void {
		if (this.#watch === undefined) return;
		this.#watch.close();
		this.#watch = undefined;
		this.#unlisten();
		closeSync(this.init.fd);
		this.#release();
		this.#wakeReceivers();
		this.init.closed();
	}

	#release(): void {
		try {
			this.socket.release();
		} catch (error) {
			this.init.oops(error, 'release of a socket');
		}
	}

	/** Synchronous for as long as the kernel's socket is. */
	async #pump(): Promise<void> {
		do {
			this.#again = false;
			for (;;) {
				const next = this.#next();
				const message = isPromise(next) ? await next.catch(error => this.#failed(error)) : next;
				if (message === undefined || !this.#send(message)) break;
			}
		} while (this.#again);
		this.#pumping = false;
	}

	/** The next message for the program; undefined where there is none, or no room for one. */
	#next(): ReceivedMessage | Promise<ReceivedMessage> | undefined {
		if (this.isClosed || this.#full) return undefined;
		const unsent = this.#unsent;
		this.#unsent = undefined;
		if (unsent !== undefined) return unsent;
		try {
			if ((this.socket.poll(noTable) & POLLIN) === 0) return undefined;
			return this.socket.recvmsg(READER_BUFFER, MSG_DONTWAIT, ownContext);
		} catch (error) {
			return this.#failed(error);
		}
	}

	/** An error that waited in the kernel's socket; a native receive cannot be told. There may be more behind it. */
	#failed(error: unknown): undefined {
		if (!isErrno(error)) this.init.oops(error, 'receive of a socket');
		else if (error.code !== 'EAGAIN') {
			if (this.init.exact) this.error = error;
			this.#again = true;
			this.#wakeReceivers();
		}
		return undefined;
	}

	#send(message: ReceivedMessage): boolean {
		const { libc, fd, exact } = this.init;
		if (this.isClosed) return false;
		if (libc.send(fd, message.bytes, message.bytes.length, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0) {
			if (exact) this.queue.push(message);
			this.#wakeReceivers();
			return true;
		}
		if (lost.has(libc.errno())) return false;
		this.#unsent = message;
		this.#full = true;
		this.#watch?.awaitRoom();
		return false;
	}

	#wakeReceivers(): void {
		for (const arrived of [...this.#receivers]) arrived();
	}

	/** What the program has sent natively, from a descriptor that is not recognised by its number; or its end. */
	#receive(): void {
		const { libc, fd } = this.init;
		while (!this.isClosed) {
			const received = receiveDatagram(libc, fd);
			if (received === undefined) return;
			const { bytes, cred } = received;
			if (bytes.length === 0 && (eventsOf(libc, fd) & POLLHUP) !== 0) this.close();
			else void this.#sendToKernel(bytes, cred);
		}
	}

	async #sendToKernel(bytes: Uint8Array, cred: Ucred): Promise<void> {
		try {
			await this.socket.sendmsg({ bytes, flags: 0 }, this.init.senderOf(cred));
		} catch (error) {
			if (!isErrno(error)) this.init.oops(error, 'send on a socket');
		}
		this.pump();
	}
}
