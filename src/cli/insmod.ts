/**
 * insmod - `ring3 insmod [--watch] FILE|NAME [k=v]...`
 */

import { sourceOf } from '../machine/module_request.ts';
import { insmodMeanings } from './failure.ts';
import { withMachine } from './with_machine.ts';

/** Options of the command. */
export interface InsmodOptions {
	readonly name?: string;
	/** Go on, and load the file again whenever it is saved. */
	readonly watch?: boolean;
}

/** Loads a module into a machine that runs. */
export async function insmod(word: string, params: readonly string[], { name, watch }: InsmodOptions): Promise<void> {
	if (watch) {
		await (await import('./insmod_watch.ts')).insmodWatch(word, params, name);
		return;
	}
	const request = { source: sourceOf(word), params };
	await withMachine(`insmod ${word}`, name, machine => machine.request('insmod', request), insmodMeanings);
}
