/**
 * netlink_clients - netlink sockets of programs that are outside the machine, over its control connection.
 *
 * A connection may have one socket. It is a task's of the kernel, with all that the machine's owner may do.
 */

import type { Task } from '../../kernel-sim/fs/syscalls.ts';
import type { Kernel } from '../../kernel-sim/kernel.ts';
import { Errno, isErrno } from '../lib/errno.ts';
import { NETLINK_ADD_MEMBERSHIP, NETLINK_EXT_ACK, sockaddr_nl } from '../uapi/netlink.ts';
import { AF_NETLINK, SOCK_RAW, SOL_NETLINK } from '../uapi/socket.ts';
import type { Call } from './control.ts';
import type { Verbs } from './protocol.ts';

/** Bound: the longest datagram that is received, in bytes. */
const RECEIVED_MAX = 65_536;

interface Client {
	readonly task: Task;
	readonly fd: number;
}

/** The sockets, by their connections. */
export class NetlinkClients {
	readonly #kernel: Kernel;
	readonly #clients = new Map<AbortSignal, Client>();

	constructor(kernel: Kernel) {
		this.#kernel = kernel;
	}

	/**
	 * Makes the socket of a connection, and sends what it receives until the client has gone. EBUSY where it has one, EPROTONOSUPPORT
	 * for a protocol that nobody owns, EINVAL for a group that there is not.
	 */
	async open(protocol: number, groups: readonly number[], { item, signal }: Call): Promise<null> {
		if (this.#clients.has(signal)) throw new Errno('EBUSY', 'the connection has a socket');
		const task = this.#kernel.task({ comm: 'ring3' });
		signal.addEventListener('abort', () => this.#close(signal), { once: true });
		try {
			const fd = socketOf(task, protocol, groups);
			this.#clients.set(signal, { task, fd });
			await receive(task, fd, item, signal);
			return null;
		} finally {
			if (!signal.aborted) this.#close(signal, task);
		}
	}

	/** Sends a datagram through the socket of a connection. ENOTCONN where it has none, and what sendmsg(2) refuses. */
	async send(data: Uint8Array, signal: AbortSignal): Promise<void> {
		const client = this.#clients.get(signal);
		if (client === undefined) throw new Errno('ENOTCONN', 'the connection has no socket');
		await client.task.sendmsg(client.fd, data);
	}

	#close(signal: AbortSignal, task = this.#clients.get(signal)?.task): void {
		this.#clients.delete(signal);
		task?.exit();
	}
}

/** In this turn, so that what the client sends next finds it. */
function socketOf(task: Task, protocol: number, groups: readonly number[]): number {
	const fd = task.socket(AF_NETLINK, SOCK_RAW, protocol);
	const address = new Uint8Array(sockaddr_nl.size);
	sockaddr_nl.encode(new DataView(address.buffer), 0, { nl_family: AF_NETLINK });
	void task.bind(fd, address);
	task.setsockopt(fd, SOL_NETLINK, NETLINK_EXT_ACK, int(1));
	for (const group of groups) task.setsockopt(fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, int(group));
	return fd;
}

type Item = Verbs['netlink']['item'];

/** That datagrams were lost is an item as well; receiving goes on. */
async function receive(task: Task, fd: number, item: (value: Item) => void, signal: AbortSignal): Promise<void> {
	while (!signal.aborted) {
		try {
			const { bytes } = await task.recvmsg(fd, RECEIVED_MAX);
			item({ data: Buffer.from(bytes).toString('base64') });
		} catch (error) {
			if (!isErrno(error) || (error.code !== 'ENOBUFS' && error.code !== 'EINTR')) throw error;
			if (error.code === 'ENOBUFS') item({ lost: true });
		}
	}
}

function int(value: number): Uint8Array {
	return new Uint8Array(Int32Array.of(value).buffer);
}
