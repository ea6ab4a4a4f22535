/**
 * with_machine - the part that commands have in common which speak with one running machine.
 */

import type { ControlClient } from '../machine/control_client.ts';
import { requireMachine } from '../machine/find.ts';
import { RuntimeDir } from '../machine/runtime_dir.ts';
import { attempt, type Meanings } from './failure.ts';

/**
 * Connects to the machine that is meant, asks, and disconnects. Rejects with a Failure that opens with `what` when there is
 * no such machine, or it refuses.
 */
export function withMachine<T>(
	what: string,
	name: string | undefined,
	ask: (machine: ControlClient) => Promise<T>,
	meanings?: Meanings,
): Promise<T> {
	const connectAndAsk = async () => {
		const machine = await requireMachine(RuntimeDir.open(), name);
		try {
			return await ask(machine);
		} finally {
			machine.close();
		}
	};
	return attempt(what, connectAndAsk, meanings);
}
