/**
 * rootfs - the directories that other file systems are mounted on (init/do_mounts.c).
 *
 * Divergence: it holds nothing but directories, made at boot, and nothing can be made in it; in Linux it is a tmpfs.
 */

import type { InodeOperations } from '../../src/boundary/vfs.ts';
import { Errno } from '../../src/lib/errno.ts';
import { RAMFS_MAGIC } from '../../src/uapi/magic.ts';
import { S_IFDIR, S_ISVTX } from '../../src/uapi/stat.ts';
import type { Time } from '../kernel/time.ts';
import { SimpleDirectory, simpleDirInodeOperations, simpleDirOperations } from './libfs.ts';
import { SuperBlock } from './super.ts';

/** The directories of a machine, each after the one that holds it, and their modes. */
const directories: readonly (readonly [path: string, mode: number])[] = [
	['proc', 0o555],
	['sys', 0o555],
	['dev', 0o755],
	['run', 0o755],
	['tmp', 0o777 | S_ISVTX],
	['etc', 0o755],
	['lib', 0o755],
	['lib/modules', 0o755],
];

function refuse(): never {
	throw new Errno('EPERM');
}

/** What removes names refuses here and not in the VFS, which first says what is busy because something is mounted on it. */
const rootfsInodeOperations: InodeOperations = {
	...simpleDirInodeOperations,
	unlink: refuse,
	rmdir: refuse,
	rename: refuse,
};

/** Makes the root of a machine; `dev` is its device number. */
export function rootfs(dev: number, time: Time): SuperBlock {
	const sb = new SuperBlock({ type: 'rootfs', magic: RAMFS_MAGIC, dev });
	const now = time.now();
	const directory = (mode: number) =>
		new SimpleDirectory({
			sb,
			ino: sb.nextIno(),
			mode: S_IFDIR | mode,
			nlink: 2,
			op: rootfsInodeOperations,
			fop: simpleDirOperations,
			time: now,
		});
	const root = directory(0o755);
	for (const [path, mode] of directories) {
		const names = path.split('/');
		const name = names.pop()!;
		const parent = names.reduce((dir, name) => dir.entries.get(name) as SimpleDirectory, root);
		parent.add(name, directory(mode));
	}
	sb.root = root;
	return sb;
}
