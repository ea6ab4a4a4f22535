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
 *
 * What would change the computer itself, and that the machine does not answer, is refused in the filter: then it is also when
 * nobody answers any more. The machine's kernel is one that was built without it, and its clock and its swap are not the
 * program's to set.
 */

import type { ErrnoName } from '../../src/lib/errno.ts';
import { S_IFBLK, S_IFCHR } from '../../src/uapi/stat.ts';
import type { SyscallName } from './numbers.ts';

/** Argument number `arg`, as 32 bits without a sign, is at least `from` and less than `to`. */
export interface Condition {
	readonly arg: number;
	readonly from: number;
	readonly to: number;
}

/** A case of a call, in which it is handed over. */
export interface Case {
	/** All of them hold. */
	readonly when: readonly Condition[];
	/** Refused at once, and not handed over. */
	readonly refuse?: ErrnoName;
}

/** One call. */
export interface Rule {
	readonly call: SyscallName;
	/** The first that holds decides; where none does, the host does the call. Absent: it is handed over always. */
	readonly cases?: readonly Case[];
	/** Refused at once, whatever its arguments are, and not handed over. */
	readonly refuse?: ErrnoName;
}

/** Numbers of descriptors, from the first to before the last. */
export interface Range {
	readonly from: number;
	readonly to: number;
}

export const nativeFds: Range = { from: 896, to: 992 };
export const exactFds: Range = { from: 992, to: 1024 };

const AF_KEY = 15;
const AF_NETLINK = 16;
const AF_BLUETOOTH = 31;
const SOL_IP = 0;
const SOL_IPV6 = 41;
const SOL_NETLINK = 270;
/** sizeof(struct sockaddr_nl) */
const SOCKADDR_NL = 12;
/** Process -1. */
const EVERYBODY = 0xffff_ffff;
/** Opens the other end of a terminal, by a path that begins where /dev/ptmx really is; who is refused goes by its name. */
const TIOCGPTPEER = 0x5441;
/** ioctls of network devices, from SIOCADDRT on to the last of wireless ones. */
const SIOCADDRT = 0x890b;
const SIOCIWLASTPRIV = 0x8bff;

const within = (arg: number, from: number, to: number): Condition => ({ arg, from, to });
const is = (arg: number, value: number): Condition => within(arg, value, value + 1);
const atLeast = (arg: number, from: number): Condition => within(arg, from, 2 ** 32);
const on = (...when: readonly Condition[]): Case => ({ when });
const refuse = (refuse: ErrnoName, ...when: readonly Condition[]): Case => ({ when, refuse });

const onOurFd = on(within(0, nativeFds.from, exactFds.to));
const onExactFd = on(within(0, exactFds.from, exactFds.to));

/**
 * Tables of the host's netfilter, its bridges, its multicast routing, IPVS: each begins at a number of its own behind all that a
 * socket has for itself; IPv6 has two of its options between.
 */
const ofNetfilter: readonly Case[] = [
	refuse('ENOPROTOOPT', is(1, SOL_IP), atLeast(2, 64)),
	...[64, 65, 68, 69].map(option => refuse('ENOPROTOOPT', is(1, SOL_IPV6), is(2, option))),
	refuse('ENOPROTOOPT', is(1, SOL_IPV6), atLeast(2, 200)),
];
const ofOptions = [onOurFd, on(is(1, SOL_NETLINK)), ...ofNetfilter];
const ofMknod = (mode: number) => [S_IFCHR, S_IFBLK].map(type => on(within(mode, type, type + 0o10000)));

/** No call is in it twice. */
export const rules: readonly Rule[] = [
	{ call: 'recvmsg', cases: [onExactFd] },
	{ call: 'recvfrom', cases: [onExactFd] },
	{ call: 'recvmmsg', cases: [onExactFd] },
	{ call: 'sendmsg', cases: [onOurFd] },
	{ call: 'sendto', cases: [onOurFd] },
	{ call: 'sendmmsg', cases: [onOurFd] },
	{ call: 'connect', cases: [onOurFd, on(is(2, SOCKADDR_NL))] },
	{ call: 'bind', cases: [onOurFd, on(is(2, SOCKADDR_NL))] },
	{ call: 'setsockopt', cases: ofOptions },
	{ call: 'getsockopt', cases: ofOptions },
	{
		call: 'socket',
		cases: [on(is(0, AF_NETLINK)), ...[AF_KEY, AF_BLUETOOTH].map(family => refuse('EAFNOSUPPORT', is(0, family)))],
	},
	{ call: 'socketpair', cases: [refuse('EOPNOTSUPP', is(0, AF_NETLINK))] },
	{ call: 'ioctl', cases: [on(within(1, SIOCADDRT, SIOCIWLASTPRIV + 1)), refuse('ENOTTY', is(1, TIOCGPTPEER))] },
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
	{ call: 'fsopen' },
	{ call: 'fsconfig' },
	{ call: 'mknod', cases: ofMknod(1) },
	{ call: 'mknodat', cases: ofMknod(2) },
	{ call: 'kill', cases: [on(is(0, EVERYBODY))] },
	{ call: 'reboot' },
	{ call: 'adjtimex' },
	{ call: 'clock_adjtime' },
	// io_uring_enter is left alone: who cannot set a ring up has none, but the launcher's event loop, which has had one since before.
	{ call: 'io_uring_setup', refuse: 'ENOSYS' },
	{ call: 'io_uring_register', refuse: 'ENOSYS' },
	{ call: 'acct', refuse: 'ENOSYS' },
	{ call: 'bpf', refuse: 'ENOSYS' },
	{ call: 'iopl', refuse: 'ENOSYS' },
	{ call: 'ioperm', refuse: 'ENOSYS' },
	{ call: 'kexec_load', refuse: 'ENOSYS' },
	{ call: 'kexec_file_load', refuse: 'ENOSYS' },
	{ call: 'quotactl', refuse: 'ENOSYS' },
	{ call: 'quotactl_fd', refuse: 'ENOSYS' },
	{ call: 'clock_settime', refuse: 'EPERM' },
	{ call: 'settimeofday', refuse: 'EPERM' },
	{ call: 'swapoff', refuse: 'EPERM' },
	{ call: 'swapon', refuse: 'EPERM' },
];
