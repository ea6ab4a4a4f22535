/**
 * scm_rights - a descriptor that another process sends (unix(7), cmsg(3)).
 */

import { errno } from '../src/lib/errno.ts';
import { s32, struct, u32, u64 } from '../src/lib/struct.ts';
import { check, type Libc, MSG, SOCK } from './libc.ts';
import { iovecOf } from './user_memory.ts';

/** include/linux/socket.h, struct user_msghdr */
const msghdr = struct('msghdr', 56, {
	name: u64,
	namelen: u32,
	iov: u64,
	iovlen: u64,
	control: u64,
	controllen: u64,
	flags: s32,
});

/** include/linux/socket.h, struct cmsghdr, and the one descriptor that follows it. */
const cmsghdr = struct('cmsghdr', 24, { len: u64, level: s32, type: s32, fd: s32 });

const AF_UNIX = 1;
const SOL_SOCKET = 1;
const SCM_RIGHTS = 1;

/** Two sockets that are joined; neither is handed down to programs that are started. */
export function socketPair(libc: Libc): [ours: number, theirs: number] {
	const fds = new Int32Array(2);
	check(libc, libc.socketpair(AF_UNIX, SOCK.STREAM | SOCK.CLOEXEC, 0, fds), 'socketpair');
	return [fds[0]!, fds[1]!];
}

/**
 * The descriptor that lies ready in a socket, closed on exec; undefined where none does. Throws what recvmsg(2) refuses but
 * EAGAIN.
 */
export function receiveDescriptor(libc: Libc, socket: number): number | undefined {
	const data = new Uint8Array(1);
	const iov = iovecOf(libc.address(data), data.length);
	const control = new Uint8Array(cmsghdr.size);
	const message = new Uint8Array(msghdr.size);
	msghdr.encode(new DataView(message.buffer), 0, {
		iov: libc.address(iov),
		iovlen: 1n,
		control: libc.address(control),
		controllen: BigInt(control.length),
	});
	const count = libc.recvmsg(socket, message, MSG.DONTWAIT | MSG.CMSG_CLOEXEC);
	if (count < 0 && libc.errno() === errno.EAGAIN) return undefined;
	check(libc, count, 'recvmsg');
	const { len, level, type, fd } = cmsghdr.decode(new DataView(control.buffer), 0);
	return len >= 20n && level === SOL_SOCKET && type === SCM_RIGHTS ? fd : undefined;
}
