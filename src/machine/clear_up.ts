/**
 * clear_up - the process that clears away a machine that was killed; started by reaper.ts.
 *
 *   argv[2]   name of the machine
 *   argv[3]   its process
 */

import { setTimeout as delay } from 'node:timers/promises';
import { type Libc, loadLibc } from '../../mount/libc.ts';
import { isRunning } from '../../mount/mountpoint.ts';
import { isErrno } from '../lib/errno.ts';
import { claimName } from './claim.ts';
import { clearStale } from './mount_dir.ts';
import { RuntimeDir } from './runtime_dir.ts';

/** Bound: how long a process may take to end that was killed, in milliseconds. */
const patience = 2000;

/** Takes the name for a moment, which removes its socket; leaves it alone where another machine has it by now. */
function releaseName(libc: Libc, name: string): void {
	try {
		claimName(libc, RuntimeDir.open(), name).release();
	} catch (error) {
		if (!isErrno(error)) throw error;
	}
}

async function main(name: string, pid: number): Promise<void> {
	const libc = loadLibc();
	for (const end = Date.now() + patience; isRunning(pid) && Date.now() < end; ) await delay(5);
	clearStale(libc);
	releaseName(libc, name);
}

void main(process.argv[2]!, Number(process.argv[3]));
