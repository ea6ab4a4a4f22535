/**
 * mount_type - `ring3 mount --type TYPE [-o ...] [--name N] [DIR]`
 */

import { existsSync, realpathSync } from 'node:fs';
import { canonical } from '../machine/mount_dir.ts';
import { attempt, Failure } from './failure.ts';
import type { MountOptions } from './mount.ts';
import { parseMountFlags } from './mount_flags.ts';
import { withMachine } from './with_machine.ts';

/** Mounts a file system of a machine that runs, and prints where. What `-o` says beyond ro, allow_other and fsname is its own. */
export async function mountType(
	type: string,
	dir: string | undefined,
	{ name, o = [], ...others }: MountOptions,
): Promise<void> {
	const [other] = Object.keys(others);
	if (other !== undefined)
		throw new Failure('mount', `--${other} is for a new machine, and --type for one that runs`, 2);
	const { flags, rest } = parseMountFlags(o.join(','));
	const { ro = false, allowOther = false, fsname = '', ...owner } = flags;
	// uid and gid of a file system mean something else than those of a machine.
	const data = [...rest, ...Object.entries(owner).map(([key, id]) => `${key}=${id}`)].join(',');
	const what = dir === undefined ? 'mount' : `mount ${dir}`;
	const place = await attempt(what, () => (dir === undefined ? '' : placeOf(dir)));
	const request = { type, dir: place, data, ro, allowOther, fsname };
	await withMachine(what, name, async machine => {
		const mounted = await machine.request('mount', request);
		process.stdout.write(`${type}: mounted on ${mounted.dir}\n`);
	});
}

/** A path without links. The machine must not follow any, which may lead to itself. */
function placeOf(dir: string): string {
	return existsSync(dir) ? realpathSync(dir) : canonical(dir);
}
