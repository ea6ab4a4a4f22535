/**
 * fsnotify - who hears of changes to the tree (fs/notify/fsnotify.c).
 *
 * A face that lets names and attributes be cached listens here. Whoever changes the tree says so: the VFS for what was asked
 * of it, a file system for what changes by itself.
 */

import type { Context, Invalidation } from '../../src/boundary/vfs.ts';

/** Hears of one change. `by` is the call that asked for it, absent where the kernel changed something by itself. */
export type InvalidationListener = (event: Invalidation, by?: Context) => void;

/** The listeners of one kernel. */
export class Fsnotify {
	readonly #listeners = new Set<InvalidationListener>();

	/** Calls `listener` at each change until the returned function is called. */
	listen(listener: InvalidationListener): () => void {
		const entry: InvalidationListener = (event, by) => listener(event, by);
		this.#listeners.add(entry);
		return () => {
			this.#listeners.delete(entry);
		};
	}

	/** Tells every listener, in this turn. */
	notify(event: Invalidation, by?: Context): void {
		for (const listener of this.#listeners) listener(event, by);
	}
}
