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
	return finallyWith(body, undefined, cleanup);
}

/** The same, where `cleanup` is told of something: a function that is made once, for what happens at each request. */
export function finallyWith<T, O>(body: () => Awaitable<T>, on: O, cleanup: (on: O) => void): Awaitable<T> {
	let result: Awaitable<T>;
	try {
		result = body();
	} catch (error) {
		cleanup(on);
		throw error;
	}
	if (isPromise(result)) return finallyLater(result, on, cleanup);
	cleanup(on);
	return result;
}

function finallyLater<T, O>(promise: Promise<T>, on: O, cleanup: (on: O) => void): Promise<T> {
	return promise.finally(() => cleanup(on));
}
