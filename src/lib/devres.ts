/**
 * devres - what was done, undone in reverse.
 *
 * Follows drivers/base/devres.c: whoever does something registers its undoing in the same breath, and an init that throws
 * half way, an rmmod and the end of a test unwind by the same list.
 *
 *     const entry = tree.add('chip');
 *     devres.add(() => tree.remove(entry));
 *     ...
 *     devres.releaseAll();
 */

/** A last-in-first-out list of undo actions. */
export class Devres implements Disposable {
	#undo: (() => void)[] = [];
	#added = 0;

	/** How many actions wait. A test's teardown expects 0. */
	get size(): number {
		return this.#undo.length;
	}

	/** How many actions were ever registered. */
	get added(): number {
		return this.#added;
	}

	/** Registers what undoes something just done. The returned function takes it back unrun (devm_remove_action). */
	add(undo: () => void): () => void {
		const entry = () => undo();
		this.#undo.push(entry);
		this.#added++;
		return () => {
			const at = this.#undo.indexOf(entry);
			if (at >= 0) this.#undo.splice(at, 1);
		};
	}

	/**
	 * A list within this one (devres_open_group): releasing it undoes what was registered there, releasing this one does so
	 * in its turn.
	 */
	group(): Devres {
		const group = new Devres();
		this.add(() => group.releaseAll());
		return group;
	}

	/**
	 * Runs all actions, the last first, each once, also those that come in while it runs. An action that throws stops no
	 * other: what was thrown goes to `onError`; without one, it is thrown in the end, as an AggregateError if it was more
	 * than one thing.
	 */
	releaseAll(onError?: (error: unknown) => void): void {
		const errors: unknown[] = [];
		const report = onError ?? (error => errors.push(error));
		for (let undo = this.#undo.pop(); undo !== undefined; undo = this.#undo.pop()) {
			try {
				undo();
			} catch (error) {
				report(error);
			}
		}
		if (errors.length === 1) throw errors[0];
		if (errors.length > 1) throw new AggregateError(errors, `${errors.length} undo actions failed`);
	}

	[Symbol.dispose](): void {
		this.releaseAll();
	}
}
