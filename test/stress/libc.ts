/**
 * libc - the calls that a worker makes besides those of test/unit/tmpfs/native.ts.
 */

import koffi from 'koffi';
import { Errno } from '../../src/lib/errno.ts';

const SIGALRM = 14;
const ITIMER_REAL = 0;

const libc = koffi.load(null);

/** A function of the C library that throws where it fails. */
function bind(prototype: string): (...args: unknown[]) => number {
	const fn = libc.func(prototype);
	return (...args) => {
		const result = Number(fn(...args));
		if (result < 0) throw Errno.of(koffi.errno());
		return result;
	};
}

const pollFds = bind('int poll(_Inout_ void *fds, unsigned long count, int timeout)');
const siginterrupt = bind('int siginterrupt(int sig, int flag)');
const setitimer = bind('int setitimer(int which, const void *value, void *old)');

/** dup(2) */
export const dup: (fd: number) => number = bind('int dup(int fd)') as (fd: number) => number;

/** The events of a descriptor; 0 after `timeout` milliseconds without one. */
export function poll(fd: number, events: number, timeout: number): number {
	const pollfd = Buffer.alloc(8);
	pollfd.writeInt32LE(fd, 0);
	pollfd.writeInt16LE(events, 4);
	pollFds(pollfd, 1, timeout);
	return pollfd.readInt16LE(6);
}

/** From now on a SIGALRM ends what this process sleeps in: EINTR, and no restart. */
export function catchAlarm(): void {
	process.on('SIGALRM', () => {});
	siginterrupt(SIGALRM, 1);
}

/** Has a SIGALRM come every `microseconds`, until it is called with 0. */
export function alarmEvery(microseconds: number): void {
	const value = Buffer.alloc(32);
	value.writeBigInt64LE(BigInt(microseconds), 8);
	value.writeBigInt64LE(BigInt(microseconds), 24);
	setitimer(ITIMER_REAL, value, null);
}
