/**
 * watch - a file descriptor that the event loop watches.
 *
 * libuv can watch any descriptor that poll(2) can, but Node offers that for sockets and pipes only. koffi.node.poll is
 * libuv's uv_poll_t and is not documented, and its types are not those of what it does: this is the one place that knows.
 */

import koffi from 'koffi';

/** A descriptor under watch. It keeps the process alive unless `unref` is called. */
export interface Watch {
	/** Ends the watch; the descriptor stays open. To be called before the descriptor is closed. */
	close(): void;
	ref(): void;
	unref(): void;
}

/**
 * Calls `ready` in each turn of the event loop in which `fd` can be read without blocking, or has failed; a read then tells
 * which. After a failure it is not called again.
 */
export function watchReadable(fd: number, ready: () => void): Watch {
	return koffi.node.poll(fd, { readable: true }, () => ready());
}
