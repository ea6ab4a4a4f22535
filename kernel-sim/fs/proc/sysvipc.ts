/**
 * sysvipc - /proc/sysvipc: message queues, semaphores and shared memory of System V (ipc/util.c, msg.c, sem.c, shm.c).
 *
 * Divergence: the machine has none. msgget(2), semget(2) and shmget(2) of a program are the host's, in the namespace of IPC that the
 * program shares with it, and what it makes is listed there and not here.
 */

import type { Kernel } from '../../kernel.ts';
import type { Proc } from './proc_fs.ts';

const headings = {
	msg: '       key      msqid perms      cbytes       qnum lspid lrpid   uid   gid  cuid  cgid      stime      rtime      ctime\n',
	sem: '       key      semid perms      nsems   uid   gid  cuid  cgid      otime      ctime\n',
	shm:
		'       key      shmid perms                  size  cpid  lpid nattch   uid   gid  cuid  cgid      atime      dtime      ' +
		'ctime                   rss                  swap\n',
} as const;

/** Makes the directory. */
export function procSysvipcInit(_kernel: Kernel, proc: Proc): void {
	const dir = proc.mkdir('sysvipc');
	for (const [name, heading] of Object.entries(headings)) proc.createSingle(name, 0, m => m.puts(heading), dir);
}
