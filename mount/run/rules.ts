/**
 * rules - which system calls of a program come to the machine.
 *
 * A program's netlink sockets are recognised by their descriptors: they are given numbers that other files never reach in
 * practice, just below the 1024 that select(2) and the usual limit allow. So the calls that every socket makes often cost two
 * comparisons, and only those on our numbers are handed over.
 *
 *     896 .. 991     sockets from which the program receives natively
 *     992 .. 1023    sockets whose receives are handed over, too (netlink_fd.ts, exact mode)
 *
 * A socket of ours may come to have another number all the same (dup2, SCM_RIGHTS, a low limit). What can be told by another
 * argument is then still handed over; what is sent and received goes over the socket natively.
 */

import type { ErrnoName } from '../../src/lib/errno.ts';
import type { SyscallName } from './numbers.ts';

/** Argument number `arg`, as 32 bits without a sign, is at least `from` and less than `to`. */
export interface Condition {
	readonly arg: number;
	readonly from: number;
	readonly to: number;
}

/** One call. */
export interface Rule {
	readonly call: SyscallName;
	/** One of these must hold. Absent: always. */
	readonly when?: readonly Condition[];
	/** Refused at once, and not handed over. */
	readonly refuse?: ErrnoName;
}

/** Numbers of descriptors, from the first to before the last. */
export interface Range {
	readonly from: number;
	readonly to: number;
}

export const nativeFds: Range = { from: 896, to: 992 };
export const exactFds: Range = { from: 992, to: 1024 };

const AF_NETLINK = 16;
const SOL_NETLINK = 270;
/** sizeof(struct sockaddr_nl) */
const SOCKADDR_NL = 12;

const is = (arg: number, value: number): Condition => ({ arg, from: value, to: value + 1 });
const onOurFd: Condition = { arg: 0, from: nativeFds.from, to: exactFds.to };
const onExactFd: Condition = { arg: 0, ...exactFds };

/** The calls that programs make most often come first. */
export const rules: readonly Rule[] = [
	{ call: 'recvmsg', when: [onExactFd] },
	{ call: 'recvfrom', when: [onExactFd] },
	{ call: 'recvmmsg', when: [onExactFd] },
	{ call: 'sendmsg', when: [onOurFd] },
	{ call: 'sendto', when: [onOurFd] },
	{ call: 'sendmmsg', when: [onOurFd] },
	{ call: 'connect', when: [onOurFd, is(2, SOCKADDR_NL)] },
	{ call: 'bind', when: [onOurFd, is(2, SOCKADDR_NL)] },
	{ call: 'setsockopt', when: [onOurFd, is(1, SOL_NETLINK)] },
	{ call: 'getsockopt', when: [onOurFd, is(1, SOL_NETLINK)] },
	{ call: 'socket', when: [is(0, AF_NETLINK)] },
	{ call: 'ioctl', when: [{ arg: 1, from: 0x890b, to: 0x8a00 }] }, // SIOCADDRT to SIOCDEVPRIVATE + 15: of network devices
	{ call: 'socketpair', when: [is(0, AF_NETLINK)], refuse: 'EOPNOTSUPP' },
	{ call: 'getsockname' },
	{ call: 'getpeername' },
	{ call: 'statfs' },
	{ call: 'fstatfs' },
	{ call: 'uname' },
	{ call: 'sethostname' },
	{ call: 'setdomainname' },
	{ call: 'syslog' },
	{ call: 'init_module' },
	{ call: 'finit_module' },
	{ call: 'delete_module' },
	{ call: 'mount' },
	{ call: 'umount2' },
	{ call: 'io_uring_setup', refuse: 'ENOSYS' },
];
