/**
 * scm_credentials - a datagram, and who has sent it (unix(7)).
 */

import { errno } from '../src/lib/errno.ts';
import { s32, struct } from '../src/lib/struct.ts';
import { POLLIN, pollfd } from '../src/uapi/poll.ts';
import {
	MSG_DONTWAIT,
	MSG_PEEK,
	MSG_TRUNC,
	SCM_CREDENTIALS,
	SOL_SOCKET,
	type Ucred,
	ucred,
} from '../src/uapi/socket.ts';
import type { Libc } from './libc.ts';
import { cmsghdr, msghdr } from './msghdr.ts';
import { iovecOf } from './user_memory.ts';

/** A control message that tells who has sent what it comes with. */
const credentials = struct('credentials', 32, { header: cmsghdr, cred: ucred, _pad: s32 });

/** What was received. */
export interface Received {
	readonly bytes: Uint8Array;
	readonly cred: Ucred;
}

const nobody: Ucred = { pid: 0, uid: 65534, gid: 65534 };

/**
 * The next datagram of a socket with SO_PASSCRED; undefined where none has come. An empty one may also be the end: there is
 * POLLHUP then (`eventsOf`). That the other end was closed with something unread (ECONNRESET, once) is no more than that it was closed.
 */
export function receiveDatagram(libc: Libc, fd: number): Received | undefined {
	const peek = messageOf(libc, new Uint8Array(0));
	const look = () => libc.recvmsg(fd, peek.message, MSG_DONTWAIT | MSG_PEEK | MSG_TRUNC);
	let length = look();
	if (length < 0 && libc.errno() === errno.ECONNRESET) length = look();
	if (length < 0) return undefined;
	const bytes = new Uint8Array(length);
	const { message, control } = messageOf(libc, bytes);
	if (libc.recvmsg(fd, message, MSG_DONTWAIT) < 0) return undefined;
	const { header, cred } = credentials.decode(new DataView(control.buffer), 0);
	const told = header.level === SOL_SOCKET && header.type === SCM_CREDENTIALS;
	return { bytes, cred: told ? cred : nobody };
}

/** The events of a descriptor that are there now (POLL*). */
export function eventsOf(libc: Libc, fd: number): number {
	const bytes = new Uint8Array(pollfd.size);
	const view = new DataView(bytes.buffer);
	pollfd.encode(view, 0, { fd, events: POLLIN });
	return libc.poll(bytes, 1, 0) > 0 ? pollfd.decode(view, 0).revents : 0;
}

function messageOf(libc: Libc, bytes: Uint8Array) {
	const iov = iovecOf(libc.address(bytes), bytes.length);
	const control = new Uint8Array(credentials.size);
	const message = new Uint8Array(msghdr.size);
	msghdr.encode(new DataView(message.buffer), 0, {
		iov: libc.address(iov),
		iovlen: 1n,
		control: libc.address(control),
		controllen: BigInt(control.length),
	});
	return { message, control, iov, bytes };
}
