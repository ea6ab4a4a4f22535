/**
 * thread_self - /proc/thread-self: the link to the task that reads it, within its process (fs/proc/thread_self.c).
 */

import { Errno } from '../../../src/lib/errno.ts';
import type { Inode } from '../inode.ts';
import type { ProcSuperBlock } from './internal.ts';
import { readerLink } from './self.ts';

/** Makes /proc/thread-self. ENOENT for the kernel itself, as /proc/self. */
export function procSetupThreadSelf(sb: ProcSuperBlock, ino: number): Inode {
	return readerLink(sb, ino, ({ tgid, pid }) => {
		if (pid === 0) throw new Errno('ENOENT');
		return `${tgid}/task/${pid}`;
	});
}
