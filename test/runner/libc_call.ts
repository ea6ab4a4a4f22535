/** libc_call - functions of the C library, for the process that makes a contract's calls. */

import koffi from 'koffi';
import { Errno } from '../../src/lib/errno.ts';

const libc = koffi.load(null);

/** Binds one. What it is called with is as its prototype says; a negative result is thrown as an Errno. */
export function call(prototype: string): (...args: unknown[]) => number {
	const fn = libc.func(prototype);
	return (...args) => {
		const result = Number(fn(...args));
		if (result < 0) throw Errno.of(koffi.errno());
		return result;
	};
}
