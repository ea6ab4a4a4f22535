/**
 * ref - a pointer to a variable.
 *
 * Where C hands `&my_value` to debugfs or a sysctl table, `ref(state, 'myValue')` stands for it: whoever holds it reads and
 * writes the member.
 */

/** A variable that can be read and written from elsewhere. */
export interface Ref<T> {
	get(): T;
	set(value: T): void;
}

/** There may be a hundred thousand of them, so that one is two members and no functions of its own. */
class Member<O extends object, K extends keyof O> implements Ref<O[K]> {
	readonly #object: O;
	readonly #key: K;

	constructor(object: O, key: K) {
		this.#object = object;
		this.#key = key;
	}

	get(): O[K] {
		return this.#object[this.#key];
	}

	set(value: O[K]): void {
		this.#object[this.#key] = value;
	}
}

/** A pointer to `object[key]`. */
export function ref<O extends object, K extends keyof O>(object: O, key: K): Ref<O[K]> {
	return new Member(object, key);
}
