/**
 * poll - events that poll(2), select(2) and epoll(7) wait for.
 *
 * Values of include/uapi/asm-generic/poll.h; the EPOLL* of the same meaning are the same numbers.
 */

import { s16, s32, struct } from '../lib/struct.ts';

/** Events, as a file's poll operation returns them. */
export const poll_event = {
	POLLIN: 0x0001,
	POLLPRI: 0x0002,
	POLLOUT: 0x0004,
	POLLERR: 0x0008,
	POLLHUP: 0x0010,
	POLLNVAL: 0x0020,
	POLLRDNORM: 0x0040,
	POLLRDBAND: 0x0080,
	POLLWRNORM: 0x0100,
	POLLWRBAND: 0x0200,
	POLLMSG: 0x0400,
	POLLREMOVE: 0x1000,
	POLLRDHUP: 0x2000,
} as const;
export const { POLLIN, POLLPRI, POLLOUT, POLLERR, POLLHUP, POLLNVAL, POLLRDNORM, POLLRDBAND } = poll_event;
export const { POLLWRNORM, POLLWRBAND, POLLMSG, POLLREMOVE, POLLRDHUP } = poll_event;

/** What a file that has no poll operation answers (include/linux/poll.h): always readable and writable. */
export const DEFAULT_POLLMASK = POLLIN | POLLOUT | POLLRDNORM | POLLWRNORM;

/** One of the descriptors that poll(2) waits for. */
export const pollfd = struct('pollfd', 8, { fd: s32, events: s16, revents: s16 });
