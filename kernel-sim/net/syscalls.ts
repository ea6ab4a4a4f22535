/**
 * syscalls - the system calls of sockets, for tasks of this process (net/socket.c).
 *
 * Addresses are the bytes of a sockaddr. See fs/syscalls_path.ts for how calls answer and refuse.
 */

import type { ControlMessage, KernelSocket } from '../../src/boundary/socket.ts';
import type { Context } from '../../src/boundary/vfs.ts';
import { type Awaitable, chain, finallyDo } from '../../src/lib/awaitable.ts';
import { Errno } from '../../src/lib/errno.ts';
import { FMODE_PATH } from '../../src/uapi/fs.ts';
import { MSG_DONTWAIT, MSG_TRUNC, SOCK_CLOEXEC, SOCK_NONBLOCK } from '../../src/uapi/socket.ts';
import type { File } from '../fs/open.ts';
import { PathCalls } from '../fs/syscalls_path.ts';
import { socketOf, waitFlags } from './socket.ts';

/** The longest address (struct sockaddr_storage). */
const MAX_ADDRESS = 128;
const SOCK_TYPE_MASK = 0xf;

/** What recvmsg(2) gives. */
export interface Received {
	/** What was put into the buffer. */
	readonly bytes: Uint8Array;
	/** What the call returns: the bytes of the datagram with MSG_TRUNC, else those that were put into the buffer. */
	readonly length: number;
	/** Address of the sender. */
	readonly name: Uint8Array;
	readonly control: readonly ControlMessage[];
	/** MSG_TRUNC where the datagram was longer than the buffer. */
	readonly flags: number;
}

/** A task and its calls on sockets, besides those on paths. */
export class SocketCalls extends PathCalls {
	/** A descriptor. EAFNOSUPPORT, ESOCKTNOSUPPORT, EPROTONOSUPPORT, EINVAL for flags in the type that there are not. */
	socket(family: number, type: number, protocol: number): number {
		return this.now('socket', ctx => {
			const flags = type & ~SOCK_TYPE_MASK;
			if ((flags & ~(SOCK_CLOEXEC | SOCK_NONBLOCK)) !== 0) throw new Errno('EINVAL');
			const file = this.kernel.net.sockets.open(family, type & SOCK_TYPE_MASK, protocol, flags & SOCK_NONBLOCK, ctx);
			try {
				return this.files.install(file, (flags & SOCK_CLOEXEC) !== 0);
			} catch (error) {
				this.files.put(file);
				throw error;
			}
		});
	}

	bind(fd: number, address: Uint8Array): Awaitable<void> {
		return this.#on('bind', fd, (socket, _file, ctx) => socket.bind(addressOf(address), ctx));
	}

	connect(fd: number, address: Uint8Array): Awaitable<void> {
		return this.#on('connect', fd, (socket, _file, ctx) => socket.connect(addressOf(address), ctx));
	}

	getsockname(fd: number): Uint8Array {
		return this.#nowOn('getsockname', fd, socket => socket.getsockname());
	}

	getpeername(fd: number): Uint8Array {
		return this.#nowOn('getpeername', fd, socket => socket.getpeername());
	}

	setsockopt(fd: number, level: number, option: number, value: Uint8Array): void {
		this.#nowOn('setsockopt', fd, (socket, ctx) => socket.setsockopt(level, option, value, ctx));
	}

	/** `length` is the room for the value. */
	getsockopt(fd: number, level: number, option: number, length: number): Uint8Array {
		return this.#nowOn('getsockopt', fd, (socket, ctx) => socket.getsockopt(level, option, length, ctx));
	}

	/** Families here take no connections. */
	listen(fd: number, _backlog = 0): void {
		this.#nowOn('listen', fd, () => {
			throw new Errno('EOPNOTSUPP');
		});
	}

	shutdown(fd: number, _how: number): void {
		this.#nowOn('shutdown', fd, () => {
			throw new Errno('EOPNOTSUPP');
		});
	}

	/** `name` is where to; absent, where the socket is connected to. */
	sendmsg(fd: number, data: Uint8Array, name?: Uint8Array, flags = 0): Awaitable<number> {
		return this.#on('sendmsg', fd, (socket, file, ctx) => {
			const message = { bytes: data.slice(), flags: flags | waitFlags(file) };
			return socket.sendmsg(name === undefined ? message : { ...message, name: addressOf(name) }, ctx);
		});
	}

	/** `count` is the room for the datagram. */
	recvmsg(fd: number, count: number, flags = 0): Awaitable<Received> {
		return this.#on('recvmsg', fd, (socket, file, ctx) => {
			const { copies } = this.kernel.net.sockets;
			const asked = (flags & ~MSG_TRUNC) | waitFlags(file);
			return chain(socket.recvmsg(count, asked, ctx), ({ bytes, name, control }) => ({
				bytes: copies.of(bytes, count),
				length: (flags & MSG_TRUNC) !== 0 ? bytes.length : Math.min(bytes.length, count),
				name,
				control,
				flags: bytes.length > count ? MSG_TRUNC : 0,
			}));
		});
	}

	/** As `recvmsg` with MSG_DONTWAIT: undefined where there is nothing. */
	tryRecvmsg(fd: number, count: number): Received | undefined {
		try {
			return this.withoutSleep(() => this.recvmsg(fd, count, MSG_DONTWAIT));
		} catch (error) {
			if ((error as { code?: string }).code === 'EAGAIN') return undefined;
			throw error;
		}
	}

	/** A call that never sleeps. */
	private now<T>(name: string, body: (ctx: Context) => T): T {
		return this.call(name, body as (ctx: Context) => Awaitable<T>) as T;
	}

	#nowOn<T>(name: string, fd: number, body: (socket: KernelSocket, ctx: Context) => T): T {
		return this.now(name, ctx => body(socketOf(this.#file(fd)), ctx));
	}

	/** Runs a call on a socket, which stays open until the call is over. EBADF, ENOTSOCK. */
	#on<T>(
		name: string,
		fd: number,
		body: (socket: KernelSocket, file: File, ctx: Context) => Awaitable<T>,
	): Awaitable<T> {
		return this.call(name, ctx => {
			const file = this.#file(fd);
			const socket = socketOf(file);
			file.count += 1;
			return finallyDo(
				() => body(socket, file, ctx),
				() => this.files.put(file),
			);
		});
	}

	#file(fd: number): File {
		const file = this.files.get(fd);
		if ((file.mode & FMODE_PATH) !== 0) throw new Errno('EBADF');
		return file;
	}
}

/** EINVAL for one that no sockaddr is as long as. */
function addressOf(address: Uint8Array): Uint8Array {
	if (address.length > MAX_ADDRESS) throw new Errno('EINVAL');
	return address;
}
