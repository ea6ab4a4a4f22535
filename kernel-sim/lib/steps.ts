/**
 * steps - a procedure of several operations, each of which may sleep.
 *
 * Written as a generator that yields only where an operation really sleeps, a procedure that never does is over in the same
 * turn, and reads from top to bottom all the same:
 *
 *     drive((function* () {
 *         const dir = yield* step(lookup(root, 'dir'));
 *         return yield* step(lookup(dir, 'file'));
 *     })());
 */

import { type Awaitable, isPromise } from '../../src/lib/awaitable.ts';

/** A procedure that ends with an `R`; what it yields is what it sleeps on. */
export type Steps<R> = Generator<Promise<unknown>, R, unknown>;

/** The value of one operation; its refusal is thrown. */
export function* step<T>(value: Awaitable<T>): Steps<T> {
	return isPromise(value) ? ((yield value) as T) : value;
}

/** Runs a procedure to its end: in this turn when nothing in it sleeps. */
export function drive<R>(steps: Steps<R>): Awaitable<R> {
	const first = steps.next();
	return first.done ? first.value : resume(steps, first.value);
}

async function resume<R>(steps: Steps<R>, sleeping: Promise<unknown>): Promise<R> {
	let result: IteratorResult<Promise<unknown>, R> = { done: false, value: sleeping };
	while (!result.done) {
		result = await result.value.then(
			value => steps.next(value),
			error => steps.throw(error),
		);
	}
	return result.value;
}
