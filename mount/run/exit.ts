/**
 * exit - the end of a process that stands for a program.
 */

import { readFileSync, writeSync } from 'node:fs';
import { isErrno } from '../../src/lib/errno.ts';
import type { Libc } from '../libc.ts';

/**
 * Ends the process at once. On its own way out Node would put the terminal back as it was at the start, whatever a program has
 * done to it on purpose.
 */
export function exitAtOnce(libc: Libc, status: number): never {
	return libc._exit(status);
}

/** Prints what is in a file, a line, on the standard error; nothing where there is no such file. */
export function tellLastWords(path: string): void {
	try {
		writeSync(2, `ring3: run: ${readFileSync(path, 'utf8')}\n`);
	} catch (error) {
		if (!isErrno(error)) throw error;
	}
}
