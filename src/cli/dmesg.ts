/**
 * dmesg - `ring3 dmesg [-w]`
 */

import { isErrno } from '../lib/errno.ts';
import { withMachine } from './with_machine.ts';

/** Prints the kernel log of a machine; with `follow`, until interrupted or the machine ends. */
export async function dmesg({ name, follow = false }: { name?: string; follow?: boolean }): Promise<void> {
	// A reader that has seen enough, as head(1).
	process.stdout.on('error', () => process.exit(0));
	await withMachine('dmesg', name, async machine => {
		const log = machine.request('dmesg', { follow }, { onItem: ({ line }) => process.stdout.write(`${line}\n`) });
		await log.catch(error => {
			const ended = follow && isErrno(error) && error.code === 'ECONNRESET';
			if (!ended) throw error;
		});
	});
}
