/**
 * command - the file that a command names, found as execvp(3) finds it.
 */

import { accessSync, constants, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { isErrno } from '../../src/lib/errno.ts';

/** The file of a command: its path, or why there is none. */
export type Located = { readonly path: string } | { readonly code: 'ENOENT' | 'EACCES' };

/** Looks a command up in `path`, unless it has a slash. EACCES where there is only a file that cannot be executed. */
export function locate(command: string, path = ''): Located {
	const candidates = command.includes('/')
		? [resolve(command)]
		: path.split(':').map(dir => join(resolve(dir), command));
	const files = candidates.filter(isFile);
	const found = files.find(isExecutable);
	if (found !== undefined) return { path: found };
	return { code: files.length > 0 ? 'EACCES' : 'ENOENT' };
}

function isFile(path: string): boolean {
	return succeeds(() => statSync(path).isFile());
}

function isExecutable(path: string): boolean {
	return succeeds(() => accessSync(path, constants.X_OK) === undefined);
}

/** False also for what may not be looked at. */
function succeeds(look: () => boolean): boolean {
	try {
		return look();
	} catch (error) {
		if (isErrno(error)) return false;
		throw error;
	}
}
