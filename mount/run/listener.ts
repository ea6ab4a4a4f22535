/**
 * listener - the descriptor over which system calls are answered, as bytes (seccomp_unotify(2)).
 */

import { closeSync } from 'node:fs';
import { errno } from '../../src/lib/errno.ts';
import type { Infer } from '../../src/lib/struct.ts';
import { O_CLOEXEC } from '../../src/uapi/fcntl.ts';
import { POLLHUP, POLLIN, pollfd } from '../../src/uapi/poll.ts';
import {
	SECCOMP_ADDFD_FLAG_SEND,
	SECCOMP_ADDFD_FLAG_SETFD,
	SECCOMP_IOCTL_NOTIF_ADDFD,
	SECCOMP_IOCTL_NOTIF_ID_VALID,
	SECCOMP_IOCTL_NOTIF_RECV,
	SECCOMP_IOCTL_NOTIF_SEND,
	SECCOMP_USER_NOTIF_FLAG_CONTINUE,
	seccomp_notif,
	seccomp_notif_addfd,
	seccomp_notif_resp,
} from '../../src/uapi/seccomp.ts';
import { check, type Libc } from '../libc.ts';
import { ownArchitecture } from './numbers.ts';

/** A system call that waits for its answer. */
export type Notification = Infer<typeof seccomp_notif>;

/** What a call is answered with: a value, a negative errno, or that the host is to do it. */
export type Verdict = { readonly value: bigint } | { readonly error: number } | 'host';

/** Where a descriptor is put. */
export interface Placement {
	/** Its number. Absent: the lowest that is free. */
	readonly at?: number;
	readonly cloexec?: boolean;
}

/** SECCOMP_IOCTL_NOTIF_SET_FLAGS and its one flag: whoever is answered runs on our processor, at once. Since Linux 6.6. */
const NOTIF_SET_FLAGS = 0x40082104;
const FD_SYNC_WAKE_UP = 1n;

/** One listener. */
export class Listener {
	readonly fd: number;
	readonly #libc: Libc;
	readonly #notif = buffer(seccomp_notif.size);
	readonly #resp = buffer(seccomp_notif_resp.size);
	readonly #addfd = buffer(seccomp_notif_addfd.size);
	readonly #id = buffer(8);
	readonly #poll = buffer(pollfd.size);

	/** Takes a descriptor over. */
	constructor(libc: Libc, fd: number) {
		this.#libc = libc;
		this.fd = fd;
		pollfd.encode(this.#poll.view, 0, { fd, events: POLLIN });
		// The flag is the argument itself. Refused by a host that does not know it, which does as well.
		libc.syscall(ownArchitecture().numbers.ioctl, fd, NOTIF_SET_FLAGS, FD_SYNC_WAKE_UP, 0, 0);
	}

	/** The next call; 'none' where none waits, 'ended' where nobody is under the filter any more. Never blocks. */
	receive(): Notification | 'none' | 'ended' {
		const libc = this.#libc;
		for (;;) {
			const { bytes, view } = this.#poll;
			if (libc.poll(bytes, 1, 0) <= 0) return 'none';
			const revents = view.getUint16(pollfd.offsetof.revents, true);
			if ((revents & POLLIN) === 0) return (revents & POLLHUP) === 0 ? 'none' : 'ended';
			this.#notif.bytes.fill(0);
			if (libc.ioctl(this.fd, SECCOMP_IOCTL_NOTIF_RECV, this.#notif.bytes) === 0)
				return seccomp_notif.decode(this.#notif.view, 0);
			// ENOENT: the caller was killed, or interrupted, before its call was taken.
			const number = libc.errno();
			if (number !== errno.ENOENT && number !== errno.EINTR) return 'none';
		}
	}

	/** Answers a call; nothing happens where its caller has gone. */
	answer(id: bigint, verdict: Verdict): void {
		const flags = verdict === 'host' ? SECCOMP_USER_NOTIF_FLAG_CONTINUE : 0;
		const val = verdict !== 'host' && 'value' in verdict ? verdict.value : 0n;
		const error = verdict !== 'host' && 'error' in verdict ? verdict.error : 0;
		seccomp_notif_resp.encode(this.#resp.view, 0, { id, val, error, flags });
		this.#libc.ioctl(this.fd, SECCOMP_IOCTL_NOTIF_SEND, this.#resp.bytes);
	}

	/** True while the caller waits for its answer: then its thread number is still its own. */
	isWaiting(id: bigint): boolean {
		this.#id.view.setBigUint64(0, id, true);
		return this.#libc.ioctl(this.fd, SECCOMP_IOCTL_NOTIF_ID_VALID, this.#id.bytes) === 0;
	}

	/**
	 * Gives the caller a copy of a descriptor of ours, and answers its number there. With `send` that is at once the answer to
	 * the call. Throws EBADF where it may have none of that number, EMFILE, ENOENT where the caller has gone.
	 */
	addDescriptor(id: bigint, srcfd: number, { at, cloexec = false }: Placement, send = false): number {
		const flags = (at === undefined ? 0 : SECCOMP_ADDFD_FLAG_SETFD) | (send ? SECCOMP_ADDFD_FLAG_SEND : 0);
		const newfd_flags = cloexec ? O_CLOEXEC : 0;
		seccomp_notif_addfd.encode(this.#addfd.view, 0, { id, flags, srcfd, newfd: at ?? 0, newfd_flags });
		return check(this.#libc, this.#libc.ioctl(this.fd, SECCOMP_IOCTL_NOTIF_ADDFD, this.#addfd.bytes), 'a descriptor');
	}

	/** Closes it: whoever waits, and whoever calls from now on, gets ENOSYS. */
	close(): void {
		closeSync(this.fd);
	}
}

function buffer(size: number): { readonly bytes: Uint8Array; readonly view: DataView } {
	const bytes = new Uint8Array(size);
	return { bytes, view: new DataView(bytes.buffer) };
}
