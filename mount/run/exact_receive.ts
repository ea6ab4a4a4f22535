/**
 * exact_receive - recvfrom(2), recvmsg(2) and recvmmsg(2) with exactly what netlink would tell: the address, control messages,
 * ENOBUFS.
 *
 * The program's queue is the host's, and so polling is native. To receive, its head is taken by a copy of the program's own
 * descriptor, and what else is to be told comes from what was put there.
 */

import { closeSync } from 'node:fs';
import type { ControlMessage, ReceivedMessage } from '../../src/boundary/socket.ts';
import type { Awaitable } from '../../src/lib/awaitable.ts';
import { Errno, errno } from '../../src/lib/errno.ts';
import { O_NONBLOCK } from '../../src/uapi/fcntl.ts';
import { MSG_CTRUNC, MSG_DONTWAIT, MSG_PEEK, MSG_TRUNC, SO_RCVTIMEO, SOL_SOCKET } from '../../src/uapi/socket.ts';
import { F_GETFL, type Libc } from '../libc.ts';
import { cmsghdr, mmsghdr, msghdr, readMsghdr, readSegments, scatter } from '../msghdr.ts';
import { takeDescriptor } from './filter.ts';
import type { Endpoint } from './netlink_fd.ts';
import type { SyscallName } from './numbers.ts';
import type { Answer, Handler, SupervisedCall } from './supervised_call.ts';
import { intBytes, writeAddress } from './user_values.ts';

/** Makes a handler for calls on descriptors of ours. */
type On = (handler: (endpoint: Endpoint, call: SupervisedCall) => Awaitable<Answer>) => Handler;

/** Room for the head of a queue: the longest datagram that a kernel's socket sends. */
const DATAGRAM_MAX = 1 << 20;

/** The handlers; an endpoint that is not exact is received from natively. */
export function exactCalls(on: On, libc: Libc): Readonly<Partial<Record<SyscallName, Handler>>> {
	const exact = (receive: (endpoint: Endpoint, call: SupervisedCall) => Promise<number>): Handler =>
		on((endpoint, call) => (endpoint.init.exact ? receive(endpoint, call) : 'host'));
	const recvmsg = async (endpoint: Endpoint, call: SupervisedCall, header: bigint, flags: number) => {
		const message = await take(libc, endpoint, call, flags);
		return writeMessage(call, header, message, flags);
	};
	return {
		recvfrom: exact(async (endpoint, call) => {
			const flags = call.int(3);
			const { bytes, name } = await take(libc, endpoint, call, flags);
			const [, address, length, , from] = call.args;
			const count = scatter(call.memory, [{ address, length: Number(BigInt.asUintN(31, length)) }], bytes);
			if (from !== 0n) writeAddress(call, 4, 5, name);
			return (flags & MSG_TRUNC) !== 0 ? bytes.length : count;
		}),
		recvmsg: exact((endpoint, call) => recvmsg(endpoint, call, call.args[1], call.int(2))),
		// Divergence: at most one message at a time, which recvmmsg(2) may always do; it then waits for no others.
		recvmmsg: exact(async (endpoint, call) => {
			if (call.int(2) === 0) return 0;
			const header = call.args[1];
			const count = await recvmsg(endpoint, call, header, call.int(3));
			call.memory.write(header + BigInt(mmsghdr.offsetof.len), intBytes(count));
			return 1;
		}),
	};
}

/** The next message of a program, after a wait where it is to wait. EAGAIN, EINTR, and what the kernel's socket has to tell. */
async function take(libc: Libc, endpoint: Endpoint, call: SupervisedCall, flags: number): Promise<ReceivedMessage> {
	let timeout: AbortSignal | undefined;
	for (;;) {
		const copy = takeDescriptor(libc, call.tgid, call.int(0));
		try {
			const message = head(libc, endpoint, copy, (flags & MSG_PEEK) !== 0);
			if (message !== undefined) return message;
			if ((flags & MSG_DONTWAIT) !== 0 || (libc.fcntl(copy, F_GETFL, 0) & O_NONBLOCK) !== 0) throw new Errno('EAGAIN');
			timeout ??= timeLimit(libc, copy);
		} finally {
			closeSync(copy);
		}
		if (endpoint.isClosed) throw new Errno('EBADF');
		await wait(endpoint, call.signal, timeout);
	}
}

async function wait(endpoint: Endpoint, signal: AbortSignal, timeout: AbortSignal | undefined): Promise<void> {
	try {
		await endpoint.arrival(timeout === undefined ? signal : AbortSignal.any([signal, timeout]));
	} catch (error) {
		throw timeout?.aborted && !signal.aborted ? new Errno('EAGAIN') : error;
	}
}

/** Takes the head of the queue, or looks at it; undefined where it is empty. */
function head(libc: Libc, endpoint: Endpoint, fd: number, peek: boolean): ReceivedMessage | undefined {
	const { queue, error } = endpoint;
	if (error !== undefined) {
		endpoint.error = undefined;
		throw error;
	}
	const first = queue[0];
	if (first === undefined) return undefined;
	const bytes = new Uint8Array(Math.min(first.bytes.length + 1, DATAGRAM_MAX));
	const count = libc.recv(fd, bytes, bytes.length, MSG_DONTWAIT | MSG_TRUNC | (peek ? MSG_PEEK : 0));
	if (count < 0) {
		if (libc.errno() === errno.EAGAIN) queue.length = 0;
		return undefined;
	}
	// Whatever the program has read natively, with read(2), is not at the head any more.
	while (queue.length > 0 && !isSame(queue[0]!.bytes, bytes, count)) queue.shift();
	return peek ? queue[0] : queue.shift();
}

function isSame(sent: Uint8Array, received: Uint8Array, count: number): boolean {
	if (sent.length !== count) return false;
	const length = Math.min(count, received.length);
	return Buffer.compare(sent.subarray(0, length), received.subarray(0, length)) === 0;
}

/** SO_RCVTIMEO; undefined for none. */
function timeLimit(libc: Libc, fd: number): AbortSignal | undefined {
	const value = new Uint8Array(16);
	if (libc.getsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, value, Uint32Array.of(value.length)) < 0) return undefined;
	const view = new DataView(value.buffer);
	const limit = Number(view.getBigInt64(0, true)) * 1000 + Number(view.getBigInt64(8, true)) / 1000;
	return limit === 0 ? undefined : AbortSignal.timeout(Math.ceil(limit));
}

/** Writes a message where recvmsg(2) wants it, and answers what it returns. */
function writeMessage(call: SupervisedCall, address: bigint, message: ReceivedMessage, flags: number): number {
	const { memory } = call;
	const header = readMsghdr(memory, address);
	const { bytes, name } = message;
	const count = scatter(memory, readSegments(memory, header), bytes);
	if (header.name !== 0n) memory.write(header.name, name.subarray(0, Math.max(header.namelen, 0)));
	const control = encodeControl(message.control, Number(header.controllen));
	memory.write(header.control, control.bytes);
	const told = new Uint8Array(msghdr.size);
	const view = new DataView(told.buffer);
	msghdr.encode(view, 0, {
		...header,
		namelen: header.name === 0n ? 0 : name.length,
		controllen: BigInt(control.bytes.length),
		flags: (count < bytes.length ? MSG_TRUNC : 0) | (control.cut ? MSG_CTRUNC : 0),
	});
	memory.write(address, told);
	return (flags & MSG_TRUNC) !== 0 ? bytes.length : count;
}

/** Control messages as far as there is room for them (put_cmsg). */
function encodeControl(messages: readonly ControlMessage[], room: number): { bytes: Uint8Array; cut: boolean } {
	const parts: Uint8Array[] = [];
	let size = 0;
	for (const { level, type, data } of messages) {
		const length = cmsghdr.size + data.length;
		const space = Math.ceil(length / 8) * 8;
		if (size + length > room) return { bytes: Buffer.concat(parts), cut: true };
		const part = new Uint8Array(Math.min(space, room - size));
		cmsghdr.encode(new DataView(part.buffer), 0, { len: BigInt(length), level, type });
		part.set(data, cmsghdr.size);
		parts.push(part);
		size += part.length;
	}
	return { bytes: Buffer.concat(parts), cut: false };
}
