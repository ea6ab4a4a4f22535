/**
 * scm_rights - a descriptor that another process sends (unix(7), cmsg(3)).
 */

import { errno } from '../src/lib/errno.ts';
import { s32, struct } from '../src/lib/struct.ts';
import { AF_UNIX, SCM_RIGHTS, SOL_SOCKET } from '../src/uapi/socket.ts';
import { check, type Libc, MSG, SOCK } from './libc.ts';
import { cmsghdr, msghdr } from './msghdr.ts';
import { iovecOf } from './user_memory.ts';

/** A control message that carries one descriptor. */
const rights = struct('rights', 24, { header: cmsghdr, fd: s32 });

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
	const control = new Uint8Array(rights.size);
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
	const { header, fd } = rights.decode(new DataView(control.buffer), 0);
	const { len, level, type } = header;
	return len >= 20n && level === SOL_SOCKET && type === SCM_RIGHTS ? fd : undefined;
}
