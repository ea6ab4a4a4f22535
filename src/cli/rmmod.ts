/**
 * rmmod - `ring3 rmmod NAME`
 */

import type { Meanings } from './failure.ts';
import { withMachine } from './with_machine.ts';

const meanings: Meanings = { ENOENT: 'not loaded', EAGAIN: 'in use', EBUSY: 'busy' };

/** Unloads a module from a machine that runs. */
export async function rmmod(module: string, { name }: { name?: string }): Promise<void> {
	await withMachine(`rmmod ${module}`, name, machine => machine.request('rmmod', { name: module }), meanings);
}
