/**
 * mount_dir - the directory that a machine is mounted on.
 */

import { mkdirSync, mkdtempSync, realpathSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import type { Libc } from '../../mount/libc.ts';
import { findMount } from '../../mount/mountinfo.ts';
import { detachStale, ownerOf } from '../../mount/mountpoint.ts';
import type { Devres } from '../lib/devres.ts';
import { Errno, isErrno } from '../lib/errno.ts';
import { removeIfEmpty } from './runtime_dir.ts';

/** Begins the name of a directory that is made for a mount. */
const prefix = 'ring3-';

/**
 * Detaches the mounts of machines that were killed, removes the directories that were made for them, and answers the paths.
 */
export function clearStale(libc: Libc): string[] {
	const paths = detachStale(libc);
	for (const path of paths) {
		if (dirname(path) === temporaryDir() && basename(path).startsWith(prefix)) removeIfEmpty(path);
	}
	return paths;
}

/**
 * A directory to mount on, its path without links: a new one in the temporary directory, or the wanted one. What was made
 * here is removed by `undo`. Throws EBUSY where a machine is mounted, ENOTDIR, and what mkdir(2) refuses.
 */
export function prepareDir(wanted: string | undefined, undo: Devres): string {
	if (wanted === undefined) {
		const dir = mkdtempSync(join(temporaryDir(), prefix));
		undo.add(() => removeIfEmpty(dir));
		return dir;
	}
	const dir = canonical(wanted);
	const there = findMount(dir);
	if (there !== undefined && ownerOf(there) !== undefined)
		throw new Errno('EBUSY', `${dir}: a machine is mounted there`);
	const stat = statSync(dir, { throwIfNoEntry: false });
	if (stat === undefined) {
		mkdirSync(dir);
		undo.add(() => removeIfEmpty(dir));
	} else if (!stat.isDirectory()) {
		throw new Errno('ENOTDIR', `${dir}: not a directory`);
	}
	return dir;
}

/**
 * The path of a mount point as the kernel spells it, found without touching what is mounted there. Throws ENOENT when the
 * directory that it lies in does not exist.
 */
export function canonical(path: string): string {
	const absolute = resolve(path);
	if (absolute === '/') return absolute;
	try {
		return join(realpathSync(dirname(absolute)), basename(absolute));
	} catch (error) {
		if (isErrno(error)) throw new Errno('ENOENT', `${dirname(absolute)}: no such directory`);
		throw error;
	}
}

function temporaryDir(): string {
	return realpathSync(tmpdir());
}
