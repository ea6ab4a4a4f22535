/**
 * socket - socket calls: families, types, options and flags that sockets of every family share.
 *
 * Values of include/linux/socket.h, include/uapi/asm-generic/socket.h and include/linux/net.h.
 */

import { type Infer, s32, struct, u32 } from '../lib/struct.ts';

/** Address families that the kernel names; of the rest it knows nothing. */
export const address_family = {
	AF_UNSPEC: 0,
	AF_UNIX: 1,
	AF_INET: 2,
	AF_INET6: 10,
	AF_NETLINK: 16,
	AF_PACKET: 17,
	AF_KCM: 41,
} as const;
export const { AF_UNSPEC, AF_UNIX, AF_INET, AF_INET6, AF_NETLINK, AF_PACKET, AF_KCM } = address_family;

/** Types of sockets. */
export const sock_type = {
	SOCK_STREAM: 1,
	SOCK_DGRAM: 2,
	SOCK_RAW: 3,
	SOCK_SEQPACKET: 5,
} as const;
export const { SOCK_STREAM, SOCK_DGRAM, SOCK_RAW, SOCK_SEQPACKET } = sock_type;

/** Flags in the type of socket(2). */
export const sock_flag = { SOCK_NONBLOCK: 0o4000, SOCK_CLOEXEC: 0o2000000 } as const;
export const { SOCK_NONBLOCK, SOCK_CLOEXEC } = sock_flag;

/** Flags of sendmsg(2) and recvmsg(2). */
export const msg_flag = {
	MSG_OOB: 0x1,
	MSG_PEEK: 0x2,
	MSG_DONTROUTE: 0x4,
	MSG_CTRUNC: 0x8,
	MSG_TRUNC: 0x20,
	MSG_DONTWAIT: 0x40,
	MSG_NOSIGNAL: 0x4000,
	MSG_CMSG_CLOEXEC: 0x40000000,
} as const;
export const { MSG_OOB, MSG_PEEK, MSG_DONTROUTE, MSG_CTRUNC, MSG_TRUNC } = msg_flag;
export const { MSG_DONTWAIT, MSG_NOSIGNAL, MSG_CMSG_CLOEXEC } = msg_flag;

/** Levels of socket options. */
export const sol = { SOL_SOCKET: 1, SOL_NETLINK: 270 } as const;
export const { SOL_SOCKET, SOL_NETLINK } = sol;

/** Options of SOL_SOCKET. */
export const so = {
	SO_DEBUG: 1,
	SO_REUSEADDR: 2,
	SO_TYPE: 3,
	SO_ERROR: 4,
	SO_BROADCAST: 6,
	SO_SNDBUF: 7,
	SO_RCVBUF: 8,
	SO_PRIORITY: 12,
	SO_PASSCRED: 16,
	SO_RCVLOWAT: 18,
	SO_RCVTIMEO: 20,
	SO_SNDTIMEO: 21,
	SO_ACCEPTCONN: 30,
	SO_SNDBUFFORCE: 32,
	SO_RCVBUFFORCE: 33,
	SO_PROTOCOL: 38,
	SO_DOMAIN: 39,
} as const;
export const { SO_DEBUG, SO_REUSEADDR, SO_TYPE, SO_ERROR, SO_BROADCAST, SO_SNDBUF, SO_RCVBUF, SO_PRIORITY } = so;
export const { SO_PASSCRED, SO_RCVLOWAT, SO_RCVTIMEO, SO_SNDTIMEO, SO_ACCEPTCONN } = so;
export const { SO_SNDBUFFORCE, SO_RCVBUFFORCE, SO_PROTOCOL, SO_DOMAIN } = so;

/** Types of control messages of SOL_SOCKET. */
export const scm = { SCM_RIGHTS: 1, SCM_CREDENTIALS: 2 } as const;
export const { SCM_RIGHTS, SCM_CREDENTIALS } = scm;

/** Who sent something. */
export const ucred = struct('ucred', 12, { pid: s32, uid: u32, gid: u32 });
export type Ucred = Infer<typeof ucred>;
