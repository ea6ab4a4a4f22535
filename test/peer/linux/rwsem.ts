/**
 * rwsem - a lock for one who changes something or many who look at it (kernel/locking/rwsem.c).
 */

/** Whoever comes waits for those who came before and are in his way. */
export class RwSem {
	/** Settles when the last writer so far is done. */
	#writer: Promise<unknown> = Promise.resolve();
	/** Settles when that writer and all readers since are. */
	#all: Promise<unknown> = Promise.resolve();

	/** Runs `body` beside other readers. */
	read<T>(body: () => Promise<T>): Promise<T> {
		const result = this.#writer.then(body);
		this.#all = Promise.allSettled([this.#all, result]);
		return result;
	}

	/** Runs `body` alone. */
	write<T>(body: () => Promise<T>): Promise<T> {
		const result = this.#all.then(body);
		this.#writer = result.catch(() => {});
		this.#all = this.#writer;
		return result;
	}
}
