/**
 * caller_signals - whether a thread that waits for an answer is being killed, as /proc/<pid>/status of the host tells it.
 *
 * The kernel tells a FUSE server of the first signal of a caller, and not what it does. Every thread that is to die has SIGKILL
 * pending, whatever killed it.
 */

import { readFileSync } from 'node:fs';
import { isErrno } from '../src/lib/errno.ts';

const SIGKILL = 9n;

/** Bound: how long a caller that is killed may have to wait before that is seen, in milliseconds. */
const LOOK_INTERVAL = 50;

/** Calls `tell` once a thread is being killed, or nobody can say; not after the returned function was called. */
export function whenKilled(pid: number, tell: () => void): () => void {
	const timer = setInterval(look, LOOK_INTERVAL).unref();
	look();
	return () => clearInterval(timer);

	function look(): void {
		if (!isKilled(readStatus(pid))) return;
		clearInterval(timer);
		tell();
	}
}

/** What the text of a status file says; true for one that says nothing of signals. */
export function isKilled(status: string): boolean {
	const pending = [...status.matchAll(/^(?:SigPnd|ShdPnd):\t([0-9a-f]+)$/gm)].map(([, mask]) => BigInt(`0x${mask}`));
	return pending.length === 0 || pending.some(mask => ((mask >> (SIGKILL - 1n)) & 1n) === 1n);
}

function readStatus(pid: number): string {
	try {
		return readFileSync(`/proc/${pid}/status`, 'latin1');
	} catch (error) {
		if (isErrno(error)) return ''; // the thread is gone, or may not be looked at
		throw error;
	}
}
