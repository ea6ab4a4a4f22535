/**
 * inspect - the option `--inspect[=PORT]` of mount and run.
 */

import { Failure } from './failure.ts';

/** How it is declared. */
export const inspectOption = [
	'--inspect [=port]',
	'let a debugger in, at port 9229 or another one of this computer; 0: any',
] as const;

/** A command, as far as its options matter here. */
export interface Options {
	name(): string;
	/** `required` is true where the next word is the option's value. */
	readonly options: readonly { readonly required: boolean; readonly short?: string; readonly long?: string }[];
}

const bare = '--inspect';

/**
 * Writes a bare `--inspect` as `--inspect=`, among the options of a command, so that the next word is not taken for its port.
 * `words` are those behind the command's name; what belongs to a program that is to be run is left alone.
 */
export function spellOut(command: Options, words: readonly string[]): string[] {
	const result = [...words];
	for (let i = 0; i < words.length && words[i] !== '--'; i++) {
		const word = words[i]!;
		if (word === bare) result[i] = `${bare}=`;
		else if (command.options.some(({ required, short, long }) => required && (short === word || long === word))) i++;
		else if (!word.startsWith('-') && command.name() === 'run') break;
	}
	return result;
}

/** The port in the option's value; 9229 where there is none. Throws a Failure of status 2 for what is no port. */
export function parsePort(command: string, text: string): number {
	if (text === '') return 9229;
	const port = Number(text);
	if (/^\d{1,5}$/.test(text) && port <= 65_535) return port;
	throw new Failure(command, `--inspect=${text}: not a port`, 2);
}
