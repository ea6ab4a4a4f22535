/**
 * temp_dir - a directory for a test whose path is short enough for sockets; t.testdir() is not.
 */

import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Test } from 'tap';

/** Makes a directory of mode 0700 that is removed, with all that is in it, at the end of the test. */
export function tempDir(t: Test): string {
	const dir = mkdtempSync(join(realpathSync(tmpdir()), 'ring3-unit-'));
	t.teardown(() => rmSync(dir, { recursive: true, force: true }));
	return dir;
}
