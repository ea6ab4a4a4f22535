/**
 * socket_agent - the calls of sockets.ts, made with this machine's own kernel.
 */

import koffi from 'koffi';
import { call } from './libc_call.ts';
import type { Received, SocketCalls } from './sockets.ts';

const socket = call('int socket(int family, int type, int protocol)');
const bind = call('int bind(int fd, const void *address, uint32_t length)');
const connect = call('int connect(int fd, const void *address, uint32_t length)');
const getsockname = call('int getsockname(int fd, _Out_ void *address, _Inout_ void *length)');
const getpeername = call('int getpeername(int fd, _Out_ void *address, _Inout_ void *length)');
const setsockopt = call('int setsockopt(int fd, int level, int option, const void *value, uint32_t length)');
const getsockopt = call('int getsockopt(int fd, int level, int option, _Out_ void *value, _Inout_ void *length)');
const sendto = call(
	'int64_t sendto(int fd, const void *data, size_t count, int flags, const void *address, uint32_t length)',
);
const recvmsg = call('int64_t recvmsg(int fd, _Inout_ void *message, int flags)');
const listen = call('int listen(int fd, int backlog)');
const shutdown = call('int shutdown(int fd, int how)');

const MAX_ADDRESS = 128;
const CONTROL_ROOM = 512;
const CMSG_HEADER = 16;
const MSG_TRUNC = 0x20;
const NOTHING = Buffer.alloc(1);

const given = (bytes: Uint8Array) => (bytes.length === 0 ? NOTHING : Buffer.from(bytes));

function address(get: (fd: number, address: Buffer, length: Buffer) => number, fd: number): Uint8Array {
	const bytes = Buffer.alloc(MAX_ADDRESS);
	const length = Buffer.alloc(4);
	length.writeUInt32LE(MAX_ADDRESS);
	get(fd, bytes, length);
	return new Uint8Array(bytes.subarray(0, length.readUInt32LE()));
}

function received(fd: number, count: number, flags: number): Received {
	const [data, name, control] = [
		Buffer.alloc(Math.max(count, 1)),
		Buffer.alloc(MAX_ADDRESS),
		Buffer.alloc(CONTROL_ROOM),
	];
	const iov = Buffer.alloc(16);
	iov.writeBigUInt64LE(koffi.address(data), 0);
	iov.writeBigUInt64LE(BigInt(count), 8);
	const header = Buffer.alloc(56);
	header.writeBigUInt64LE(koffi.address(name), 0);
	header.writeUInt32LE(MAX_ADDRESS, 8);
	header.writeBigUInt64LE(koffi.address(iov), 16);
	header.writeBigUInt64LE(1n, 24);
	header.writeBigUInt64LE(koffi.address(control), 32);
	header.writeBigUInt64LE(BigInt(CONTROL_ROOM), 40);
	const length = recvmsg(fd, header, flags);
	return {
		bytes: new Uint8Array(data.subarray(0, Math.min(length, count))),
		length,
		name: new Uint8Array(name.subarray(0, header.readUInt32LE(8))),
		control: controlMessages(control.subarray(0, Number(header.readBigUInt64LE(40)))),
		flags: header.readUInt32LE(48) & MSG_TRUNC,
	};
}

function controlMessages(control: Buffer): Received['control'] {
	const found: { level: number; type: number; data: Uint8Array }[] = [];
	for (let at = 0; at + CMSG_HEADER <= control.length; ) {
		const length = Number(control.readBigUInt64LE(at));
		const data = new Uint8Array(control.subarray(at + CMSG_HEADER, at + length));
		found.push({ level: control.readInt32LE(at + 8), type: control.readInt32LE(at + 12), data });
		at += Math.max(CMSG_HEADER, (length + 7) & ~7);
	}
	return found;
}

/** The calls. */
export const socketCalls: SocketCalls = {
	socket: (family, type, protocol) => socket(family, type, protocol),
	bind: (fd, address) => void bind(fd, given(address), address.length),
	connect: (fd, address) => void connect(fd, given(address), address.length),
	getsockname: fd => address(getsockname, fd),
	getpeername: fd => address(getpeername, fd),
	setsockopt: (fd, level, option, value) => void setsockopt(fd, level, option, given(value), value.length),
	getsockopt(fd, level, option, room) {
		const value = Buffer.alloc(Math.max(room, 1));
		const length = Buffer.alloc(4);
		length.writeInt32LE(room);
		getsockopt(fd, level, option, value, length);
		return new Uint8Array(value.subarray(0, Math.min(room, length.readInt32LE())));
	},
	sendmsg: (fd, data, flags = 0, name) =>
		sendto(fd, given(data), data.length, flags, name === undefined ? null : given(name), name?.length ?? 0),
	recvmsg: (fd, count, flags = 0) => received(fd, count, flags),
	listen: (fd, backlog) => void listen(fd, backlog),
	shutdown: (fd, how) => void shutdown(fd, how),
};
