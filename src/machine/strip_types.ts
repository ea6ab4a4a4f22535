/**
 * strip_types - TypeScript to JavaScript by blanking out the types, with errors that name the line.
 *
 * amaro is Node's own type stripper; Node itself has it from 22.18 on. It is loaded when the first file needs it, since it
 * costs more than the rest of a machine's start.
 */

import { createRequire } from 'node:module';

interface Amaro {
	transformSync(source: string, options: { mode: 'strip-only' }): { readonly code: string };
}

const require = createRequire(import.meta.url);

/**
 * The JavaScript of `source`, every token at its old line and column. Throws SyntaxError with the message
 * `FILE:LINE:COLUMN: what is wrong` for what does not parse, and for syntax that is more than types (enum, parameter
 * properties); without a column where nobody knows it.
 */
export function stripTypes(source: string, file: string): string {
	const amaro = require('amaro') as Amaro;
	try {
		return amaro.transformSync(source, { mode: 'strip-only' }).code;
	} catch (report) {
		throw new SyntaxError(explain(String(report), source, file));
	}
}

/** How wide a tab is where amaro draws the place. */
const TAB = 4;

/**
 * One line out of amaro's report, which draws the place:
 *
 *     x Expression expected
 *      ,----
 *    1 | const a: number = ;
 *      :                   ^
 *
 * Where it draws no place, it means the end of the file.
 */
function explain(report: string, source: string, file: string): string {
	// What would have been right there may be a list of a hundred things.
	const what = /^\s*x (.*?)(?:\. Expected .*)?$/m.exec(report)?.[1] ?? 'syntax error';
	const [, line, left = ''] = /^\s*(\d+) \|.*\n\s*: ( *)/m.exec(report) ?? [];
	if (line !== undefined) {
		return `${file}:${line}:${columnAt(source.split('\n')[Number(line) - 1] ?? '', left.length)}: ${what}`;
	}
	const last = [...report.matchAll(/^\s*(\d+) \|/gm)].at(-1)?.[1];
	return last === undefined ? `${file}: ${what}` : `${file}:${last}: ${what}`;
}

/** The column, counted from 1, of the character that has `width` columns of the drawing to its left. */
function columnAt(line: string, width: number): number {
	let column = 0;
	for (let drawn = 0; drawn < width && column < line.length; column++) drawn += line[column] === '\t' ? TAB : 1;
	return column + 1;
}
