/**
 * filter - puts the calling thread, and all that it starts, under a filter whose notifications another process answers.
 *
 *   launcher          thread with the filter; its listener ---> the machine, by pidfd_getfd(2)
 *   the machine       supervisor.ts
 *
 * A filter belongs to a thread: the rest of the process goes on without it. It cannot be taken off again.
 */

import { closeSync } from 'node:fs';
import { Errno, errno } from '../../src/lib/errno.ts';
import { struct, u16, u64 } from '../../src/lib/struct.ts';
import {
	SECCOMP_FILTER_FLAG_NEW_LISTENER,
	SECCOMP_FILTER_FLAG_SPEC_ALLOW,
	SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV,
	SECCOMP_SET_MODE_FILTER,
	sock_filter,
} from '../../src/uapi/seccomp.ts';
import { check, type Libc, PR } from '../libc.ts';
import { filterProgram } from './bpf.ts';
import { ownArchitecture } from './numbers.ts';
import { rules } from './rules.ts';

/** include/linux/filter.h: the program's length in instructions, and where it is. */
const sock_fprog = struct('sock_fprog', 16, { len: u16, filter: u64 });

/**
 * Puts the calling thread under the filter of `rules`, and answers the descriptor of the listener, which is closed on exec.
 * `taken` are numbers of the host that the machine has taken over. What runs under it gains no rights by setuid programs, unless
 * the thread has CAP_SYS_ADMIN.
 *
 * Throws EBUSY where somebody answers system calls already: a ring3 run around this one, or a container; EINVAL and ENOSYS where
 * the host has no such filters.
 */
export function installFilter(libc: Libc, taken: readonly number[] = []): number {
	const arch = ownArchitecture();
	const program = filterProgram(arch, rules, taken);
	const fprog = new Uint8Array(sock_fprog.size);
	const filter = libc.address(program);
	sock_fprog.encode(new DataView(fprog.buffer), 0, { len: program.length / sock_filter.size, filter });
	const install = (flags: number) =>
		libc.syscall(arch.numbers.seccomp, SECCOMP_SET_MODE_FILTER, flags, libc.address(fprog), 0, 0);
	const attempt = () => {
		const flags = SECCOMP_FILTER_FLAG_NEW_LISTENER | SECCOMP_FILTER_FLAG_SPEC_ALLOW;
		const killable = install(flags | SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV);
		if (killable >= 0 || libc.errno() === errno.EBUSY) return killable;
		return install(flags);
	};
	const listener = attempt();
	if (listener >= 0 || libc.errno() === errno.EBUSY) return explained(libc, listener);
	check(libc, libc.prctl(PR.SET_NO_NEW_PRIVS, 1, 0, 0, 0), 'no_new_privs');
	return explained(libc, attempt());
}

function explained(libc: Libc, listener: number): number {
	if (listener >= 0) return listener;
	const number = libc.errno();
	if (number === errno.EBUSY)
		throw new Errno('EBUSY', 'the system calls of this process are answered by somebody already');
	throw Errno.of(number, 'the host has no filter of system calls that can be answered');
}

/** Lets a process that is no ancestor look at this one, where Yama asks for that; nothing where it does not. */
export function permitTracer(libc: Libc, pid: number): void {
	libc.prctl(PR.SET_PTRACER, pid, 0, 0, 0);
}

/**
 * A copy of a descriptor of another process, closed on exec. Throws ESRCH where it has gone, EBADF where it has no such
 * descriptor, EPERM where it may not be looked at.
 */
export function takeDescriptor(libc: Libc, pid: number, fd: number): number {
	const { numbers } = ownArchitecture();
	const pidfd = check(libc, libc.syscall(numbers.pidfd_open, pid, 0, 0, 0, 0), `pidfd_open of ${pid}`);
	try {
		return check(libc, libc.syscall(numbers.pidfd_getfd, pidfd, fd, 0, 0, 0), `descriptor ${fd} of ${pid}`);
	} finally {
		closeSync(pidfd);
	}
}
