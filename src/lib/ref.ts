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

/** A pointer to `object[key]`. */
export function ref<O extends object, K extends keyof O>(object: O, key: K): Ref<O[K]> {
	return {
		get: () => object[key],
		set(value) {
			object[key] = value;
		},
	};
}
