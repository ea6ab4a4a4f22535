/**
 * reaper - clears away what the process of a machine leaves that was killed.
 *
 * A shell waits for the end of a connection whose other end that process holds, and has done nothing until then; a Node would take as
 * much memory as the machine. When the end comes, it becomes clear_up.ts, which knows how. It has a session of its own, so that
 * what ends all of a terminal's processes leaves it alone.
 */

import { closeSync, openSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Libc } from '../../mount/libc.ts';
import { posixSpawn } from '../../mount/posix_spawn.ts';
import { socketPair } from '../../mount/scm_rights.ts';
import { isErrno } from '../lib/errno.ts';
import { ownFile } from '../lib/own_files.ts';

const script = 'cd / && read -r line || exec "$@"';

/** Starts it for the machine of this process, until the returned function is called. */
export function startReaper(libc: Libc, name: string, runtimeDir: string): () => void {
	const clearUp = fileURLToPath(ownFile('src/machine/clear_up'));
	const argv = ['sh', '-c', script, 'sh', process.execPath, clearUp, name, String(process.pid)];
	const env = { ...process.env, RING3_RUNTIME_DIR: runtimeDir };
	const [ours, theirs] = socketPair(libc);
	const nowhere = openSync('/dev/null', 'w');
	try {
		const pid = posixSpawn(libc, { path: '/bin/sh', argv, env, stdio: [theirs, nowhere, 2], session: true });
		return () => void process.kill(pid, 'SIGKILL');
	} catch (error) {
		if (!isErrno(error)) throw error;
		// Without a shell nothing is cleared away until the next machine starts.
		closeSync(ours);
		return () => {};
	} finally {
		closeSync(theirs);
		closeSync(nowhere);
	}
}
