/**
 * exit - an end of the process that Node has no part in.
 */

import type { Libc } from '../libc.ts';

/**
 * Ends the process at once. On its own way out Node would put the terminal back as it was at the start, whatever a program has
 * done to it on purpose.
 */
export function exitAtOnce(libc: Libc, status: number): never {
	return libc._exit(status);
}
