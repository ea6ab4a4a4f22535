/**
 * open_context - a process that opens a context in the user namespace of a program, for a machine that is outside of it.
 *
 * It is started in that namespace, tells its descriptors on the standard output, `CONTEXT CONNECTION`, and waits for the end of its
 * standard input, while the machine takes copies. Where it fails, one line on the standard error says why.
 */

import { writeSync } from 'node:fs';
import { openContext } from '../fs_context.ts';
import { loadLibc } from '../libc.ts';

try {
	const { context, connection } = openContext(loadLibc(), process.argv[2]!);
	writeSync(1, `${context} ${connection}\n`);
	process.stdin.resume();
} catch (error) {
	writeSync(2, `${error instanceof Error ? error.message : error}\n`);
	process.exitCode = 1;
}
