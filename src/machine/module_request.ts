/**
 * module_request - the words that name a module, as insmod, `--module` and tests take them.
 */

import { resolve } from 'node:path';

/** A module to be loaded. */
export interface ModuleRequest {
	/** Absolute path of a file, or the name of a sample. */
	readonly source: string;
	/** Each `name=value`, or the bare name of a flag. */
	readonly params: readonly string[];
}

/**
 * A file's absolute path, or the bare name of a sample: what has a slash or the extension of a script is a file.
 */
export function sourceOf(word: string): string {
	return /\/|\.m?[jt]s$/.test(word) ? resolve(word) : word;
}

/**
 * Reads `FILE|NAME[,k=v]...`. A piece without `=` belongs to the value before it, as in `,list=1,2,3`; before the first
 * parameter it belongs to the file's name.
 */
export function parseModule(word: string): ModuleRequest {
	const pieces: string[] = [];
	for (const piece of word.split(',')) {
		if (pieces.length === 0 || /^\w+=/.test(piece)) pieces.push(piece);
		else pieces.push(`${pieces.pop()},${piece}`);
	}
	return { source: sourceOf(pieces[0]!), params: pieces.slice(1) };
}
