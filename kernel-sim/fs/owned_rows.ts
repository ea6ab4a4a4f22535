/**
 * owned_rows - what is made in a tree of files on behalf of a module, and goes with it.
 *
 * A module may make a hundred thousand files. Those that it makes one after the other are undone as one, the last first; what it
 * does in between is undone in between.
 */

import { type Awaitable, isPromise } from '../../src/lib/awaitable.ts';

/** Who makes entries that are to go with it. */
export interface Owner {
	/** How much it has done so far that is to be undone, here and elsewhere. */
	readonly done: number;
	/** Called with what undoes something that was just done; `done` has grown afterwards. */
	undo(action: () => Awaitable<void>): void;
}

/** What can be asked of the tree. */
export interface OwnedTree<T> {
	/** False once an entry was removed. */
	isThere(entry: T): boolean;
	/** Removes an entry that may be gone already. */
	remove(entry: T): Awaitable<void>;
}

/** Bound: a row of entries is first looked through for those that are gone when it has so many. */
const ROW_MIN = 64;

/** Entries that their owner has made one after the other. */
class Row<T> {
	readonly #tree: OwnedTree<T>;
	#entries: T[] = [];
	#limit = ROW_MIN;
	/** True once they were removed: nothing can be added any more. */
	ended = false;

	constructor(tree: OwnedTree<T>) {
		this.#tree = tree;
	}

	add(entry: T): void {
		if (this.#entries.length === this.#limit) {
			this.#entries = this.#entries.filter(entry => this.#tree.isThere(entry));
			this.#limit = Math.max(ROW_MIN, 2 * this.#entries.length);
		}
		this.#entries.push(entry);
	}

	/** Removes them, the last first. */
	removeAll(): Awaitable<void> {
		this.ended = true;
		const all = this.#entries.splice(0).reverse();
		const waiting = all.map(entry => this.#tree.remove(entry)).filter(isPromise);
		return waiting.length === 0 ? undefined : Promise.all(waiting).then(() => {});
	}
}

/** The rows of one owner in one tree. */
export class OwnedRows<T> {
	readonly #owner: Owner;
	readonly #tree: OwnedTree<T>;
	#row: Row<T>;
	#lastDone = -1;

	constructor(owner: Owner, tree: OwnedTree<T>) {
		this.#owner = owner;
		this.#tree = tree;
		this.#row = new Row(tree);
	}

	/** Remembers an entry: with those before it, if the owner has done nothing else since. */
	made(entry: T): void {
		if (this.#owner.done !== this.#lastDone || this.#row.ended) {
			const row = new Row(this.#tree);
			this.#owner.undo(() => row.removeAll());
			this.#row = row;
			this.#lastDone = this.#owner.done;
		}
		this.#row.add(entry);
	}
}
