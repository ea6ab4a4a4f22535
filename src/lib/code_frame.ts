/**
 * code_frame - a place in a source file as a picture of a few lines:
 *
 *       8 | 	init({ proc }) {
 *     > 9 | 		proc.createSingle('slip', 0o444, m => m.puts(missing.text!.trim()));
 *         | 		                                                           ^
 *      10 | 	},
 */

/** A place in a file, both counted from 1. */
export interface Place {
	readonly line: number;
	/** Counts as JavaScript's strings do. Absent: the whole line is meant. */
	readonly column?: number;
}

/** How many columns a tab takes in the picture. */
const TAB = '    ';

/** Bound: a line is shown up to this many characters, those around the column. */
const WIDTH = 100;

/** The line of the place with one before and one after it, and a caret below the column; empty where there is no such line. */
export function codeFrame(text: string, { line, column }: Place): readonly string[] {
	const lines = text.split(/\r\n|[\n\r\u2028\u2029]/);
	if (lines[line - 1] === undefined) return [];
	const first = Math.max(1, line - 1);
	const last = Math.min(lines.length, line + 1);
	const from = Math.max(0, (column ?? 1) - WIDTH + 20);
	const row = (mark: string, number: string, code: string) =>
		`${mark} ${number.padStart(`${last}`.length)} | ${code}`.trimEnd();
	const frame: string[] = [];
	for (let n = first; n <= last; n++) {
		frame.push(row(n === line ? '>' : ' ', `${n}`, printable(lines[n - 1]!.slice(from, from + WIDTH))));
		if (n === line && column !== undefined)
			frame.push(row(' ', '', `${blanks(lines[n - 1]!.slice(from, column - 1))}^`));
	}
	return frame;
}

/** A line that may go to a terminal and into the log: tabs widened, control characters replaced. */
function printable(code: string): string {
	return code.replaceAll('\t', TAB).replaceAll(/\p{Cc}/gu, '\ufffd');
}

/** As wide as `code` is in the picture. */
function blanks(code: string): string {
	return printable(code).replaceAll(/./gsu, ' ');
}
