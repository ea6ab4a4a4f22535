/**
 * obituary - why a machine was killed, for those who ask for it when it is gone.
 *
 * One line in the file NAME.died of the runtime directory, until another machine has the name.
 */

import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isErrno } from '../lib/errno.ts';

const suffix = '.died';

/** Where the line of a machine is kept. */
export function obituaryPath(dir: string, name: string): string {
	return join(dir, `${name}${suffix}`);
}

/** Keeps a line; where that cannot be, it is lost. */
export function writeObituary(path: string, line: string): void {
	try {
		writeFileSync(path, line, { mode: 0o600 });
	} catch (error) {
		if (!isErrno(error)) throw error;
	}
}

/** Forgets it. */
export function removeObituary(path: string): void {
	rmSync(path, { force: true });
}

/** Which lines are asked for. */
export interface Which {
	/** Absent: of all machines. */
	readonly name?: string | undefined;
	/** Of those killed since then, in milliseconds since 1970. Absent: whenever. */
	readonly since?: number;
}

/** Why machines were killed: a line each, none where nothing is known. */
export function obituaries(dir: string, { name, since = 0 }: Which = {}): string[] {
	try {
		const files = name === undefined ? readdirSync(dir).filter(file => file.endsWith(suffix)) : [`${name}${suffix}`];
		const paths = files.sort().map(file => join(dir, file));
		return paths.filter(path => statSync(path).mtimeMs >= since).map(path => readFileSync(path, 'utf8'));
	} catch (error) {
		if (isErrno(error)) return [];
		throw error;
	}
}
