/**
 * reaper - clears away what the process of a machine leaves that was killed.
 *
 * A shell waits for the end of a pipe whose other end that process holds, and has done nothing until then; a Node would take as
 * much memory as the machine. When the end comes, it becomes clear_up.ts, which knows how. It has a session of its own, so that
 * what ends all of a terminal's processes leaves it alone.
 */

import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { ownFile } from '../lib/own_files.ts';

const script = 'read -r line || exec "$@"';

/** Starts it for the machine of this process, until the returned function is called. */
export function startReaper(name: string, runtimeDir: string): () => void {
	const clearUp = fileURLToPath(ownFile('src/machine/clear_up'));
	const args = ['-c', script, 'sh', process.execPath, clearUp, name, String(process.pid)];
	const child = spawn('/bin/sh', args, {
		cwd: '/',
		detached: true,
		env: { ...process.env, RING3_RUNTIME_DIR: runtimeDir },
		stdio: ['pipe', 'ignore', 'inherit'],
	});
	// Without a shell nothing is cleared away until the next machine starts.
	child.on('error', () => {});
	child.stdin.on('error', () => {});
	child.unref();
	(child.stdin as typeof child.stdin & { unref?(): void }).unref?.();
	return () => void child.kill('SIGKILL');
}
