/**
 * watch - a file descriptor that the event loop watches.
 *
 * libuv can watch any descriptor that poll(2) can, but Node offers that for sockets and pipes only. koffi.node.poll is
 * libuv's uv_poll_t and is not documented, and its types are not those of what it does: this is the one place that knows.
 *
 * Since Node 26, what a callback of it has promised, or put off to the next tick, waits for another callback, of Node's own. So each asks
 * for one, in the same turn of the event loop.
 */

import koffi from 'koffi';

const nothing = () => {};

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
	const callback = (status: unknown) => {
		setImmediate(nothing);
		ready(typeof status === 'number' && status < 0);
	};
	return koffi.node.poll(fd, { readable: true }, callback);
}

/** What happens to a socket under watch. */
export interface SocketEvents {
	/** It can be read without blocking, or is in an error. */
	readable(): void;
	/** It can be written to without blocking, or is in an error; called once for each `awaitRoom`. */
	writable(): void;
}

/** A socket under watch. libuv takes each descriptor once, so that one watch has to do for both directions. */
export interface SocketWatch extends Watch {
	/** Has `writable` called when there is room. */
	awaitRoom(): void;
}

/** Watches a socket that does not block, for what comes and, where that is asked for, for room. */
export function watchSocket(fd: number, on: SocketEvents): SocketWatch {
	const ready = (status: unknown, events?: { readonly readable: boolean; readonly writable: boolean }) => {
		setImmediate(nothing);
		const failed = typeof status === 'number' && status < 0;
		const room = awaiting && (failed || events?.writable === true);
		if (room) {
			awaiting = false;
			watch.start({ readable: true }, ready);
		}
		if (failed || events?.readable !== false) on.readable();
		if (room) on.writable();
	};
	let awaiting = false;
	const watch = koffi.node.poll(fd, { readable: true }, ready);
	return {
		awaitRoom() {
			awaiting = true;
			watch.start({ readable: true, writable: true }, ready);
		},
		close: () => watch.close(),
		ref: () => watch.ref(),
		unref: () => watch.unref(),
	};
}
