/**
 * readdir - listing directories (fs/readdir.c).
 */

import type { Context, DirContext, File } from '../../src/boundary/vfs.ts';
import type { Awaitable } from '../../src/lib/awaitable.ts';
import { Errno } from '../../src/lib/errno.ts';

/** Emits entries from `dir.pos` on (iterate_dir). ENOTDIR for what is no directory, ENOENT for one that was removed. */
export function iterateDir(file: File, dir: DirContext, ctx: Context): Awaitable<void> {
	if (file.op.iterate === undefined) throw new Errno('ENOTDIR');
	if (file.inode.nlink === 0) throw new Errno('ENOENT');
	return file.op.iterate(file, dir, ctx);
}

/** One entry, as getdents64(2) tells of it. */
export interface Dirent {
	readonly name: string;
	readonly ino: number;
	/** DT_*. */
	readonly type: number;
	/** Position of the entry after it, for lseek(2). */
	readonly off: number;
}
