/**
 * source_maps - where in ring3's sources a place in its scripts is.
 *
 * The maps lie beside the scripts (own_files.ts) and are read when something has gone wrong, not before. Files of modules have none
 * and need none: their lines stay where they are (strip_types.ts).
 */

import { readFileSync } from 'node:fs';
import { SourceMap, type SourceMapping } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { isErrno } from '../lib/errno.ts';
import { ownFile } from '../lib/own_files.ts';

/** A script's path, as V8 writes it, with line and column behind it. */
const place = /(?:file:\/\/)?(\/[^\s():?]+\.js)(?:\?[^\s():]*)?:(\d+):(\d+)/g;

/** A text, such as a frame of a stack, in which each place in a script of ring3 has become the one in its source. */
export function toSource(text: string): string {
	return text.replace(place, (whole, script: string, line: string, column: string) => {
		if (!script.startsWith(fileURLToPath(ownFile('')))) return whole;
		const entry = mapOf(script)?.findEntry(Number(line) - 1, Number(column) - 1) as Partial<SourceMapping> | undefined;
		if (entry?.originalSource === undefined) return whole;
		const { originalSource, originalLine = 0, originalColumn = 0 } = entry;
		return `${fileURLToPath(new URL(originalSource, pathToFileURL(script)))}:${originalLine + 1}:${originalColumn + 1}`;
	});
}

/** Undefined for a script that has none. */
function mapOf(script: string): SourceMap | undefined {
	try {
		return new SourceMap(JSON.parse(readFileSync(`${script}.map`, 'utf8')));
	} catch (error) {
		if (isErrno(error)) return undefined;
		throw error;
	}
}
