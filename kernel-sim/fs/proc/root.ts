/**
 * root - the file system type "proc", and what is in /proc from the beginning.
 *
 * Simulates fs/proc/root.c. However often it is mounted, the entries are the same ones; each mount has inodes of its own.
 */

import type { FileOperations, InodeOperations } from '../../../src/boundary/vfs.ts';
import { Errno } from '../../../src/lib/errno.ts';
import { PROC_SUPER_MAGIC } from '../../../src/uapi/magic.ts';
import type { Kernel } from '../../kernel.ts';
import type { FileSystemType } from '../filesystems.ts';
import { genericFileLlseek, MAX_NON_LFS } from '../read_write.ts';
import { genericFillattr } from '../stat.ts';
import { FIRST_PROCESS_ENTRY, procPidLookup, procPidReaddir } from './base.ts';
import { ProcTree, procLookup, procReaddir } from './generic.ts';
import { initcalls } from './initcalls.ts';
import { procGetInode } from './inode.ts';
import { PDE, ProcSuperBlock, procSb } from './internal.ts';
import { Proc } from './proc_fs.ts';
import { procSysInit } from './proc_sysctl_inode.ts';
import { procSetupSelf } from './self.ts';
import { procSetupThreadSelf } from './thread_self.ts';

/** The root directory: its entries, the links to the reader, and the tasks. */
const rootInodeOperations: InodeOperations = {
	lookup(dir, name, ctx) {
		const { self, threadSelf } = procSb(dir);
		if (name === 'self') return self;
		if (name === 'thread-self') return threadSelf;
		return procPidLookup(dir, name, ctx) ?? procLookup(dir, name);
	},
	// Divergence: counts the programs that there were at the last listing. To count them anew is to look at every process of the host.
	getattr(inode) {
		const { kernel, programs } = procSb(inode);
		return { ...genericFillattr(inode), nlink: PDE(inode).nlink + kernel.pids.list().length + programs };
	},
};

const rootOperations: FileOperations = {
	listsAnew: true,
	llseek: genericFileLlseek(MAX_NON_LFS),
	iterate(file, dir, ctx) {
		if (dir.pos < FIRST_PROCESS_ENTRY) {
			if (!procReaddir(file.inode, dir)) return;
			dir.pos = FIRST_PROCESS_ENTRY;
		}
		procPidReaddir(file.inode, dir, ctx);
	},
};

/**
 * Makes the tree of a kernel and registers its file system type (proc_root_init).
 *
 * Divergence: without CONFIG_PROC_FS there is a tree all the same, which nobody can mount; in Linux nothing can be made in it.
 */
export function procRootInit(kernel: Kernel): Proc {
	const tree = new ProcTree(kernel, { iops: rootInodeOperations, fops: rootOperations });
	const proc = new Proc(tree);
	const [selfInum, threadSelfInum] = [tree.allocInum(), tree.allocInum()];
	proc.symlink('mounts', 'self/mounts');
	for (const name of ['fs', 'driver', 'bus']) proc.mkdir(name);
	proc.mkdirHidden('.host');
	procSysInit(tree);
	for (const [make, needs] of initcalls) if (needs === undefined || kernel.config[needs]) make(kernel, proc);
	const type = procFsType(kernel, tree, selfInum, threadSelfInum);
	if (kernel.config.CONFIG_PROC_FS) kernel.filesystems.register(type);
	return proc;
}

/** Divergence: the mount options gid, hidepid and subset are not understood, EINVAL. */
function procFsType(kernel: Kernel, tree: ProcTree, selfInum: number, threadSelfInum: number): FileSystemType {
	return {
		name: 'proc',
		mount(_source, data) {
			if (data !== '') throw new Errno('EINVAL', `proc: unknown parameter '${data}'`);
			const dev = kernel.anonymousDevices.allocate();
			const sb = new ProcSuperBlock(kernel, tree, {
				type: 'proc',
				magic: PROC_SUPER_MAGIC,
				dev,
				kill: () => {
					kernel.anonymousDevices.free(dev);
					kernel.sysctl.forget(sb);
				},
			});
			sb.root = procGetInode(sb, tree.root);
			sb.self = procSetupSelf(sb, selfInum);
			sb.threadSelf = procSetupThreadSelf(sb, threadSelfInum);
			return sb;
		},
	};
}
