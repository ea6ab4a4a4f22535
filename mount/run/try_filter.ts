/**
 * try_filter - a process that puts itself under a filter, to find out whether that works, and ends.
 *
 * Its status is 0 where it does; else one line on the standard error says why not.
 */

import { writeSync } from 'node:fs';
import { loadLibc } from '../libc.ts';
import { installFilter } from './filter.ts';

try {
	installFilter(loadLibc());
} catch (error) {
	writeSync(2, `${error instanceof Error ? error.message : error}\n`);
	process.exitCode = 1;
}
