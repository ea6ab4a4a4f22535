/**
 * broadcast - lines for whoever listens at the time.
 */

/** A source of lines. */
export class Broadcast {
	readonly #listeners = new Set<(line: string) => void>();

	/** True while anybody listens. */
	get active(): boolean {
		return this.#listeners.size > 0;
	}

	/** Calls `listener` with each line from now on until the returned function is called. */
	listen(listener: (line: string) => void): () => void {
		const entry = (line: string) => listener(line);
		this.#listeners.add(entry);
		return () => {
			this.#listeners.delete(entry);
		};
	}

	/** Gives a line to all who listen. */
	send(line: string): void {
		for (const listener of this.#listeners) listener(line);
	}
}
