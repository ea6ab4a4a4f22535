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
 * `FILE:LINE: what is wrong` for what does not parse, and for syntax that is more than types (enum, parameter properties).
 */
export function stripTypes(source: string, file: string): string {
	const amaro = require('amaro') as Amaro;
	try {
		return amaro.transformSync(source, { mode: 'strip-only' }).code;
	} catch (report) {
		throw new SyntaxError(explain(String(report), file));
	}
}

/**
 * One line out of amaro's report, which draws the place:
 *
 *     x Expression expected
 *      ,----
 *    1 | const a: number = ;
 *      :                   ^
 */
function explain(report: string, file: string): string {
	const what = /^\s*x (.*)$/m.exec(report)?.[1] ?? 'syntax error';
	const line = /^\s*(\d+) \|.*\n\s*: /m.exec(report)?.[1];
	return line === undefined ? `${file}: ${what}` : `${file}:${line}: ${what}`;
}
