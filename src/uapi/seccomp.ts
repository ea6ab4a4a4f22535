/**
 * seccomp - filters of system calls, and notifications of those that another process answers.
 *
 * Follows include/uapi/linux/seccomp.h and filter.h.
 */

import { array, s32, s64, struct, u8, u16, u32, u64 } from '../lib/struct.ts';
import { _IOW, _IOWR } from './ioctl.ts';

/** One instruction of a filter program. */
export const sock_filter = struct('sock_filter', 8, { code: u16, jt: u8, jf: u8, k: u32 });

/** A system call, as a filter sees it. */
export const seccomp_data = struct('seccomp_data', 64, {
	nr: s32,
	arch: u32,
	instruction_pointer: u64,
	args: array(u64, 6),
});

/** A call that waits for an answer; `pid` is the thread's. */
export const seccomp_notif = struct('seccomp_notif', 80, { id: u64, pid: u32, flags: u32, data: seccomp_data });

/** Its answer: `error` is a negative errno. */
export const seccomp_notif_resp = struct('seccomp_notif_resp', 24, { id: u64, val: s64, error: s32, flags: u32 });

/** A descriptor for whoever waits. */
export const seccomp_notif_addfd = struct('seccomp_notif_addfd', 24, {
	id: u64,
	flags: u32,
	srcfd: u32,
	newfd: u32,
	newfd_flags: u32,
});

export const SECCOMP_SET_MODE_FILTER = 1;

/** What runs under the filter is not slowed down against speculative stores; since Linux 4.17, and only before 5.16 it otherwise is. */
export const SECCOMP_FILTER_FLAG_SPEC_ALLOW = 4;
export const SECCOMP_FILTER_FLAG_NEW_LISTENER = 8;
/** Only a fatal signal ends a wait that has begun to be answered; since Linux 5.19. */
export const SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV = 32;

/** What a filter answers. */
export const SECCOMP_RET_ALLOW = 0x7fff0000;
export const SECCOMP_RET_USER_NOTIF = 0x7fc00000;
/** The low half is the errno. */
export const SECCOMP_RET_ERRNO = 0x00050000;

/** The host does the call. */
export const SECCOMP_USER_NOTIF_FLAG_CONTINUE = 1;

/** At the number `newfd`, in place of what is there. */
export const SECCOMP_ADDFD_FLAG_SETFD = 1;
/** The descriptor's number is the answer to the call; since Linux 5.14. */
export const SECCOMP_ADDFD_FLAG_SEND = 2;

export const SECCOMP_IOCTL_NOTIF_RECV = _IOWR('!', 0, seccomp_notif);
export const SECCOMP_IOCTL_NOTIF_SEND = _IOWR('!', 1, seccomp_notif_resp);
export const SECCOMP_IOCTL_NOTIF_ID_VALID = _IOW('!', 2, u64);
export const SECCOMP_IOCTL_NOTIF_ADDFD = _IOW('!', 3, seccomp_notif_addfd);
