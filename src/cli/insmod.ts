/**
 * insmod - `ring3 insmod FILE|NAME [k=v]...`
 */

import { sourceOf } from '../machine/module_request.ts';
import type { Meanings } from './failure.ts';
import { withMachine } from './with_machine.ts';

/** What a refusal of a module means that says no more than its number. */
export const insmodMeanings: Meanings = {
	EEXIST: 'already loaded',
	ENOEXEC: 'not a module',
	EIO: 'init failed (see ring3 dmesg)',
};

/** Loads a module into a machine that runs. */
export async function insmod(word: string, params: readonly string[], { name }: { name?: string }): Promise<void> {
	const request = { source: sourceOf(word), params };
	await withMachine(`insmod ${word}`, name, machine => machine.request('insmod', request), insmodMeanings);
}
