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
 * Calls `ready` in each turn of the event loop in which `fd` can be read without blocking. `failed` is true when the
 * descriptor is in an error, as /dev/fuse is when the mount is gone; it is then not called again.
 */
export function watchReadable(fd: number, ready: (failed: boolean) => void): Watch {
	const callback = (status: unknown) => ready(typeof status === 'number' && status < 0);
	return koffi.node.poll(fd, { readable: true }, callback);
}

/** Calls `ready` once, when `fd` can be written to without blocking or is in an error; the watch is over then. */
export function watchWritable(fd: number, ready: () => void): Watch {
	const watch = koffi.node.poll(fd, { writable: true }, () => {
		watch.close();
		ready();
	});
	return watch;
}
