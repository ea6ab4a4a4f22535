/** mounted - a tmpfs of ours, served over /dev/fuse, is to programs what Linux's is. */

import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { errnoTables } from './errno_tables.ts';
import { compareTmpfs } from './model.ts';
import { NativeTmpfs, noNative } from './native.ts';

const skip = noNative || (fs.existsSync('/dev/fuse') ? false : 'there is no /dev/fuse');

/** A mounted tmpfs; disposing of it empties it for the next test. */
class MountedTmpfs extends NativeTmpfs {
	override [Symbol.dispose](): void {
		for (const name of fs.readdirSync(this.dir)) fs.rmSync(join(this.dir, name), { recursive: true });
		for (const name of this.listxattr('.')) this.removexattr('.', name);
		fs.chownSync(this.dir, 0, 0);
	}
}

/** Starts a server and gives the directory that it serves until the test ends. */
async function serve(t: Test, options: string): Promise<string> {
	const dir = fs.mkdtempSync(join(tmpdir(), 'ring3-tmpfs-'));
	const server: ChildProcess = fork(new URL('./server.js', import.meta.url), [dir, options]);
	const exited = once(server, 'exit');
	t.teardown(async () => {
		if (server.connected) server.disconnect();
		await exited;
	});
	await Promise.race([once(server, 'message'), exited]);
	return dir;
}

t.test('tmpfs, mounted: each call on names gives the error in the table', { skip }, async t => {
	process.umask(0);
	const dir = await serve(t, 'mode=755');
	errnoTables(t, () => {
		fs.chmodSync(dir, 0o755);
		return new MountedTmpfs(dir);
	});
});

t.test('tmpfs, mounted: any calls come to the same as on Linux', { skip }, async t => {
	process.umask(0);
	const dir = await serve(t, 'mode=777');
	compareTmpfs({
		ours: () => {
			fs.chmodSync(dir, 0o777);
			return new MountedTmpfs(dir);
		},
		options: 'mode=777',
		mounted: true,
		runs: Number(process.env.RING3_RUNS ?? 20),
	});
});
