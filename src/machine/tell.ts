/**
 * tell - a line for the user, if there is one.
 */

import { writeSync } from 'node:fs';
import { isErrno } from '../lib/errno.ts';

/** Prints a line on the standard error; nothing happens where nobody reads that any more. */
export function tell(line: string): void {
	try {
		writeSync(2, `ring3: ${line}\n`);
	} catch (error) {
		if (!isErrno(error)) throw error;
	}
}
