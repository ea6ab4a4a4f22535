/**
 * awaitable - a value now, or a promise of it.
 *
 * Kernel operations answer at once unless they must sleep. Whoever calls one goes on in the same turn when it can, so that
 * reading an attribute costs no trip through the microtask queue; `chain` is how.
 */

/** A value, or a promise of one when the operation has to sleep. */
export type Awaitable<T> = T | Promise<T>;

/** True for a promise; the test that decides whether a caller goes on at once. */
export function isPromise<T>(value: Awaitable<T>): value is Promise<T> {
	return value instanceof Promise;
}

/** Applies `next` to `value`: at once when it is there, on arrival when it is promised. */
export function chain<T, U>(value: Awaitable<T>, next: (value: T) => Awaitable<U>): Awaitable<U> {
	return isPromise(value) ? value.then(next) : next(value);
}

/** Runs `cleanup` once `body` has settled, whichever way it settles, and gives on what it gave. */
export function finallyDo<T>(body: () => Awaitable<T>, cleanup: () => void): Awaitable<T> {
	let result: Awaitable<T>;
	try {
		result = body();
	} catch (error) {
		cleanup();
		throw error;
	}
	if (isPromise(result)) return result.finally(cleanup);
	cleanup();
	return result;
}
