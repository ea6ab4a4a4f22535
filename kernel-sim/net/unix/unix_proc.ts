/**
 * unix_proc - /proc/net/unix: sockets of AF_UNIX (unix_seq_show of net/unix/af_unix.c).
 *
 * Divergence: those of programs are the host's, and the machine has none of its own.
 */

import type { Proc } from '../../fs/proc/proc_fs.ts';

/** Makes the file in `dir`. */
export function procUnixInit(proc: Proc, dir: string): void {
	proc.createSingle(`${dir}/unix`, 0o444, m => m.puts('Num       RefCount Protocol Flags    Type St Inode Path\n'));
}
