/**
 * failure - what a command prints when it cannot do what it was told to.
 */

import { writeSync } from 'node:fs';
import { getSystemErrorMap } from 'node:util';
import { errnoDetail, isErrno } from '../lib/errno.ts';

/** An end of the program: one line on the standard error, and an exit status. */
export class Failure extends Error {
	readonly status: number;

	/** Prints `ring3: what: why`. */
	constructor(what: string, why: string, status = 1) {
		super(`${what}: ${why}`);
		this.status = status;
	}
}

/** What an error number means to the user of one command, where the common text would mislead. */
export type Meanings = Readonly<Partial<Record<string, string>>>;

/** What a refusal of a module means that says no more than its number. */
export const insmodMeanings: Meanings = {
	EEXIST: 'already loaded',
	ENOEXEC: 'not a module',
	EIO: 'init failed (see ring3 dmesg)',
};

/**
 * Runs a step of a command. An Errno that it throws becomes a Failure: `what`, and as the reason what the Errno says itself, or
 * its number's meaning.
 */
export async function attempt<T>(what: string, step: () => T | Promise<T>, meanings: Meanings = {}): Promise<T> {
	try {
		return await step();
	} catch (error) {
		if (!isErrno(error)) throw error;
		throw new Failure(what, reason(error, meanings));
	}
}

/** Why an Errno or an error of node:fs was thrown, in words. */
export function reason(error: { readonly code: string; readonly errno: number }, meanings: Meanings = {}): string {
	return errnoDetail(error) || meanings[error.code] || getSystemErrorMap().get(error.errno)?.[1] || error.code;
}

/** Prints an error and answers the exit status. What is no Failure is a mistake of ours and comes with its stack. */
export function reportError(error: unknown): number {
	const known = error instanceof Failure;
	const text = known ? error.message : `internal error: ${error instanceof Error ? error.stack : String(error)}`;
	writeSync(2, `ring3: ${text}\n`);
	return known ? error.status : 1;
}
