/**
 * dev_fuse - a FUSE connection over /dev/fuse.
 *
 * One thread reads, serves and answers. The event loop watches the descriptor; when there is something to read we answer it,
 * read on until there is nothing more, and then look again for a short while (spin.ts), giving way to the client between two
 * looks: it is about to ask the next thing, and going to sleep and being woken costs more than the whole request. The turn ends
 * after a batch, and at once when a handler sleeps, for nothing else runs in this process while we look.
 *
 * Never done here: anything that touches the mount itself. It would wait for an answer that only this thread can give.
 */

import { closeSync } from 'node:fs';
import { errno } from '../src/lib/errno.ts';
import { newBuffer } from './fuse/message.ts';
import type { Channel, Session } from './fuse/session.ts';
import type { Libc } from './libc.ts';
import { Spin } from './spin.ts';
import { type Watch, watchReadable } from './watch.ts';

/** Bound: requests that are served before the rest of the process gets a turn. */
const BATCH = 256;

/** What a connection tells whoever runs it. */
export interface DevFuseEvents {
	/** The kernel has ended the connection: it was unmounted, or aborted. */
	ended(): void;
	/** The kernel refused a reply of ours. */
	refused(error: Error): void;
}

/** An open /dev/fuse. */
export class DevFuse implements Channel {
	readonly fd: number;
	readonly #libc: Libc;
	readonly #events: DevFuseEvents;
	readonly #in = newBuffer();
	readonly #spin: Spin;
	#watch: Watch | undefined;

	/** Takes over a descriptor that is mounted, does not block, and is closed on exec. */
	constructor(libc: Libc, fd: number, events: DevFuseEvents) {
		this.#libc = libc;
		this.#events = events;
		this.#spin = new Spin(() => libc.sched_yield(), milliseconds);
		this.fd = fd;
	}

	/** Serves what arrives, from the next turn of the event loop on. */
	serve(session: Session): void {
		this.#watch = watchReadable(this.fd, failed => this.#turn(session, failed));
	}

	/** Serves what has arrived by now, and tells if the connection has come to its end. */
	look(session: Session): void {
		if (this.#watch !== undefined) this.#turn(session, false);
	}

	/** Closes the device, which ends the connection: whoever uses the mount gets ECONNABORTED or ENOTCONN. */
	close(): void {
		this.#watch?.close();
		this.#watch = undefined;
		closeSync(this.fd);
	}

	reply(bytes: Uint8Array, length: number): void {
		if (this.#libc.write(this.fd, bytes, length) >= 0) return;
		// Whatever else there may be, whoever asked is gone, or the mount is.
		if (this.#libc.errno() !== errno.EINVAL) return;
		this.#events.refused(new Error(`/dev/fuse takes no such reply of ${length} bytes`));
	}

	notify(bytes: Uint8Array): void {
		// Refused where the kernel knows nothing of what has changed, and has nothing to do then.
		this.#libc.write(this.fd, bytes, bytes.length);
	}

	notifyLater(bytes: Uint8Array): Promise<boolean> {
		return new Promise(resolve => {
			// errno is that of another thread.
			this.#libc.write.async(this.fd, bytes, bytes.length, (_error, result) => resolve(result === bytes.length));
		});
	}

	#turn(session: Session, failed: boolean): void {
		const { bytes } = this.#in;
		for (let served = 0; served < BATCH && this.#watch; ) {
			const length = this.#libc.read(this.fd, bytes, bytes.length);
			if (length > 0) {
				session.dispatch(this.#in, length);
				this.#spin.served();
				if (session.pending > 0) return;
				served++;
				continue;
			}
			if (failed || this.#libc.errno() === errno.ENODEV) {
				this.#end();
				return;
			}
			if (!this.#spin.again()) return;
		}
	}

	#end(): void {
		this.#watch?.close();
		this.#watch = undefined;
		this.#events.ended();
	}
}

/** What `performance.now` tells; its module takes five milliseconds to load, and all else here does without. */
function milliseconds(): number {
	const [seconds, nanoseconds] = process.hrtime();
	return seconds * 1e3 + nanoseconds / 1e6;
}
