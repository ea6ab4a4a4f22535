/**
 * kmsg - /proc/kmsg: the kernel's log as text, each record for one reader alone (fs/proc/kmsg.c).
 *
 * It is SYSLOG_ACTION_READ of syslog(2) as a file. Who may read it is asked when it is opened, and not again.
 */

import { chain } from '../../../src/lib/awaitable.ts';
import { Errno } from '../../../src/lib/errno.ts';
import { O_NONBLOCK } from '../../../src/uapi/fcntl.ts';
import { POLLIN, POLLRDNORM } from '../../../src/uapi/poll.ts';
import { checkSyslogPermissions, syslogAction } from '../../kernel/syslog.ts';
import type { Kernel } from '../../kernel.ts';
import { genericFileLlseek, MAX_NON_LFS } from '../read_write.ts';
import type { Proc } from './proc_fs.ts';

/** The most that one read gives; what is more is there for the next. */
const MOST = 1 << 20;

/** Makes /proc/kmsg. */
export function procKmsgInit({ printk, syslog }: Kernel, proc: Proc): void {
	proc.create('kmsg', 0o400, {
		open: (_inode, _file, ctx) => checkSyslogPermissions(syslogAction.OPEN, ctx, printk),
		read({ flags }, count, pos, ctx) {
			if ((flags & O_NONBLOCK) !== 0 && syslog.unread === 0) throw new Errno('EAGAIN');
			if (count === 0) return new Uint8Array(0);
			const buffer = new Uint8Array(Math.min(count, MOST));
			const read = syslog.read(buffer.length, ctx.signal, (bytes, at) => buffer.set(bytes, at));
			return chain(read, length => ({ bytes: buffer.subarray(0, length), pos }));
		},
		poll(_file, table) {
			table.wait(printk.readers);
			return syslog.unread > 0 ? POLLIN | POLLRDNORM : 0;
		},
		lseek: genericFileLlseek(MAX_NON_LFS),
	});
}
