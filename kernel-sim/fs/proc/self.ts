/**
 * self - /proc/self: the link to the process that reads it (fs/proc/self.c).
 */

import type { Context, Inode as VfsInode } from '../../../src/boundary/vfs.ts';
import { Errno } from '../../../src/lib/errno.ts';
import { S_IFLNK, S_IRWXUGO } from '../../../src/uapi/stat.ts';
import { Inode } from '../inode.ts';
import { PROC_BLOCK_SIZE } from './inode.ts';
import type { ProcSuperBlock } from './internal.ts';

/** Makes a link whose text depends on who reads it. */
export function readerLink(sb: ProcSuperBlock, ino: number, text: (ctx: Context) => string): Inode {
	return new Inode({
		sb,
		ino,
		mode: S_IFLNK | S_IRWXUGO,
		blksize: PROC_BLOCK_SIZE,
		op: { getLink: (_inode: VfsInode, ctx) => text(ctx) },
		fop: {},
		time: sb.kernel.time.now(),
		dontcache: true,
	});
}

/** Makes /proc/self. It cannot be read by the kernel itself, which is no process: ENOENT. */
export function procSetupSelf(sb: ProcSuperBlock, ino: number): Inode {
	return readerLink(sb, ino, ({ tgid }) => {
		if (tgid === 0) throw new Errno('ENOENT');
		return `${tgid}`;
	});
}
