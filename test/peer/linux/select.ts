/**
 * select - poll(2) of one file (fs/select.c).
 */

import { Errno, isErrno } from '../../../src/lib/errno.ts';
import { FUSE_POLL, FUSE_POLL_SCHEDULE_NOTIFY, fuse_poll_out } from '../../../src/uapi/fuse.ts';
import { DEFAULT_POLLMASK, POLLERR, POLLHUP } from '../../../src/uapi/poll.ts';
import type { Current } from './dev.ts';
import type { OpenFile } from './file.ts';

/** The events that came; 0 after `timeout` milliseconds without one, negative for ever. EINTR. */
export async function doPoll(current: Current, file: OpenFile, events: number, timeout: number): Promise<number> {
	const wanted = events | POLLERR | POLLHUP;
	const until = timeout < 0 ? Number.POSITIVE_INFINITY : performance.now() + timeout;
	for (let waiting = timeout !== 0; ; ) {
		const nap = waiting ? new Nap(file, current) : undefined;
		try {
			const revents = (await pollOnce(current, file, wanted, timeout !== 0)) & wanted;
			if (revents !== 0 || nap === undefined) return revents;
			waiting = await nap.sleep(until);
		} finally {
			nap?.end();
		}
	}
}

/** The events that there are. `waiting`: a notification is wanted when that changes (fuse_file_poll). */
async function pollOnce(current: Current, file: OpenFile, events: number, waiting: boolean): Promise<number> {
	const { fs, inode, fh, kh } = file;
	if (inode.isDir) return DEFAULT_POLLMASK;
	const args = { fh, kh, flags: waiting ? FUSE_POLL_SCHEDULE_NOTIFY : 0, events };
	try {
		return (await fs.conn.ask(current, FUSE_POLL, { nodeid: inode.nodeid, args }, fuse_poll_out)).revents;
	} catch (error) {
		if (isErrno(error)) return POLLERR;
		throw error;
	}
}

/** Calls `wake` at each notification of poll until the returned function is called. */
function onWakeup({ fs: { polled }, kh }: OpenFile, wake: () => void): () => void {
	const waiters = polled.get(kh) ?? new Set();
	polled.set(kh, waiters.add(wake));
	return () => {
		waiters.delete(wake);
		if (waiters.size === 0) polled.delete(kh);
	};
}

/** Sleeping in poll(2) until a notification, a signal or the time. */
class Nap {
	readonly #woken: Promise<void>;
	readonly #unlisten: () => void;
	readonly #current: Current;
	#timer: NodeJS.Timeout | undefined;

	constructor(file: OpenFile, current: Current) {
		let wake = () => {};
		this.#woken = new Promise(resolve => {
			wake = resolve;
		});
		this.#unlisten = onWakeup(file, wake);
		this.#current = current;
	}

	/** True when woken, false when the time is over. EINTR. */
	sleep(until: number): Promise<boolean> {
		return new Promise((resolve, reject) => {
			this.#current.onSignal = () => reject(new Errno('EINTR'));
			void this.#woken.then(() => resolve(true));
			if (until === Number.POSITIVE_INFINITY) return;
			this.#timer = setTimeout(() => resolve(false), Math.max(0, until - performance.now()));
		});
	}

	end(): void {
		this.#unlisten();
		this.#current.onSignal = undefined;
		clearTimeout(this.#timer);
	}
}
