/**
 * inode - what system calls do with the entries of /proc.
 *
 * Simulates fs/proc/inode.c: the answers of absent operations, and of all of them once the entry was removed.
 */

import type { File, FileOperations, InodeOperations } from '../../../src/boundary/vfs.ts';
import { type Awaitable, chain } from '../../../src/lib/awaitable.ts';
import { Errno, type ErrnoName } from '../../../src/lib/errno.ts';
import { FMODE_LSEEK } from '../../../src/uapi/fs.ts';
import { DEFAULT_POLLMASK } from '../../../src/uapi/poll.ts';
import { SeqFile } from '../seq_file.ts';
import { PDE, type ProcDirEntry, ProcInode, type ProcSuperBlock, procSb } from './internal.ts';

/** st_blksize of all that is in procfs. */
export const PROC_BLOCK_SIZE = 1024;

/** Runs an operation of an open file's entry; throws `gone` where the entry was removed. */
function using<T>(file: File, gone: ErrnoName, operation: () => Awaitable<T>): Awaitable<T> {
	return PDE(file.inode).inUse.run(gone, operation);
}

/** What every regular entry answers with (proc_reg_file_ops). */
export const procRegFileOps: FileOperations = {
	open(inode, file, ctx) {
		const pde = PDE(inode);
		const { ops } = pde;
		if (ops.lseek === undefined) file.mode &= ~FMODE_LSEEK;
		return using(file, 'ENOENT', () =>
			chain(ops.open?.(inode, file, ctx), () => {
				if (ops.release !== undefined) pde.opened(file);
				if (file.privateData instanceof SeqFile) file.privateData.time = procSb(inode).kernel.time;
			}),
		);
	},

	release: (inode, file) => PDE(inode).release(file),

	read(file, count, pos, ctx) {
		const { ops } = PDE(file.inode);
		return using(file, 'EIO', () => {
			if (ops.read === undefined) throw new Errno('EIO');
			return ops.read(file, count, pos, ctx);
		});
	},

	write(file, data, pos, ctx) {
		const { ops } = PDE(file.inode);
		return using(file, 'EIO', () => {
			if (ops.write === undefined) throw new Errno('EIO');
			return ops.write(file, data, pos, ctx);
		});
	},

	llseek(file, offset, whence, ctx) {
		const { ops } = PDE(file.inode);
		return using(file, 'EINVAL', () => {
			if (ops.lseek === undefined) throw new Errno('ESPIPE');
			return ops.lseek(file, offset, whence, ctx);
		});
	},

	poll(file, table, ctx) {
		const { inUse, ops } = PDE(file.inode);
		if (!inUse.enter()) return DEFAULT_POLLMASK;
		try {
			return ops.poll?.(file, table, ctx) ?? DEFAULT_POLLMASK;
		} finally {
			inUse.leave();
		}
	},

	ioctl(file, cmd, arg, ctx) {
		const { ops } = PDE(file.inode);
		return using(file, 'ENOTTY', () => {
			if (ops.ioctl === undefined) throw new Errno('ENOTTY');
			return ops.ioctl(file, cmd, arg, ctx);
		});
	},
};

/** A symbolic link's operations (proc_link_inode_operations). */
export const procLinkInodeOperations: InodeOperations = {
	getLink: inode => PDE(inode).shown as string,
};

/** The inode of an entry in one mounted instance (proc_get_inode). */
export function procGetInode(sb: ProcSuperBlock, pde: ProcDirEntry): ProcInode {
	const known = pde.inodeIn(sb);
	if (known !== undefined) return known;
	const inode = new ProcInode(pde, {
		sb,
		ino: pde.lowIno,
		mode: pde.mode,
		nlink: pde.nlink,
		uid: pde.uid,
		gid: pde.gid,
		size: pde.size,
		blksize: PROC_BLOCK_SIZE,
		op: pde.iops,
		fop: pde.fops,
		time: sb.kernel.time.now(),
	});
	pde.addInode(inode);
	return inode;
}
