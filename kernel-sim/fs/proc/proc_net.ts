/**
 * proc_net - /proc/net, which is a link to self/net, and /proc/<pid>/net (fs/proc/proc_net.c).
 *
 * What is in it belongs to a network namespace, and there is one. Whoever makes a file there calls `proc.createSeq` and its kin
 * with a path that begins with `${PROC_NET}/`.
 *
 * Divergence: the directory itself lies at /proc/.net, which no listing shows.
 */

import type { FileOperations, Inode, InodeOperations } from '../../../src/boundary/vfs.ts';
import { Errno } from '../../../src/lib/errno.ts';
import { direntType, S_IFDIR, S_IRUGO, S_IXUGO } from '../../../src/uapi/stat.ts';
import type { Kernel } from '../../kernel.ts';
import { procNetDevInit } from '../../net/core/net_procfs.ts';
import { procRouteInit } from '../../net/ipv4/route_proc.ts';
import { procNetlinkInit } from '../../net/netlink/proc.ts';
import { procUnixInit } from '../../net/unix/unix_proc.ts';
import { dirEmitDots } from '../libfs.ts';
import { genericFileLlseek, MAX_NON_LFS } from '../read_write.ts';
import { genericFillattr } from '../stat.ts';
import { procGetInode } from './inode.ts';
import type { ProcDirEntry } from './internal.ts';
import { procSb } from './internal.ts';
import { type PidEntry, procDefInodeOperations } from './pid_entry.ts';
import type { Proc } from './proc_fs.ts';
import { getProcTask, type TaskInode } from './proc_task.ts';

/** Path in procfs of the directory that all of them show. */
export const PROC_NET = '.net';

/** The directory of the one namespace that there is. */
function netOf(inode: Inode): ProcDirEntry {
	return procSb(inode).tree.root.subdir.find(PROC_NET)!;
}

const inodeOperations: InodeOperations = {
	...procDefInodeOperations,
	getattr: inode => ({ ...genericFillattr(inode), nlink: netOf(inode).nlink }),
	lookup(dir, name) {
		getProcTask(dir, 'ENOENT');
		const pde = netOf(dir).subdir.find(name);
		if (pde === undefined) throw new Errno('ENOENT');
		return procGetInode(procSb(dir), pde);
	},
};

const fileOperations: FileOperations = {
	llseek: genericFileLlseek(MAX_NON_LFS),
	iterate({ inode }, dir) {
		getProcTask(inode, 'ENOENT');
		if (!dirEmitDots(dir, inode.ino, (inode as TaskInode).parentIno)) return;
		const { listed } = netOf(inode).subdir;
		for (; dir.pos - 2 < listed.length; dir.pos++) {
			const { name, lowIno, mode } = listed[dir.pos - 2]!;
			if (!dir.emit(name, lowIno, direntType(mode))) return;
		}
	},
};

/** /proc/<pid>/net. */
export const netEntry: PidEntry = {
	name: 'net',
	mode: S_IFDIR | S_IRUGO | S_IXUGO,
	nlink: 2,
	dontcache: true,
	iop: inodeOperations,
	fop: fileOperations,
};

/** Makes /proc/net, and what the kernel's own parts have in it. */
export function procNetInit(kernel: Kernel, proc: Proc): void {
	proc.symlink('net', 'self/net');
	proc.mkdirHidden(PROC_NET);
	procNetlinkInit(kernel, proc, PROC_NET);
	procNetDevInit(kernel.net.devices, proc, PROC_NET);
	procRouteInit(kernel.net.fib, proc, PROC_NET);
	procUnixInit(proc, PROC_NET);
}
