/**
 * proc_sysctl_inode - /proc/sys as system calls see it: lookup, permissions, reading and writing through handlers, poll.
 *
 * Simulates the other half of fs/proc/proc_sysctl.c. Root has to keep to the modes as well; what is unregistered is ENOENT to
 * who still has it open.
 */

import type {
	Context,
	DirContext,
	File,
	FileOperations,
	InodeOperations,
	Inode as VfsInode,
} from '../../../src/boundary/vfs.ts';
import { type Awaitable, chain } from '../../../src/lib/awaitable.ts';
import { Errno } from '../../../src/lib/errno.ts';
import { MAY_EXEC, MAY_READ, MAY_WRITE } from '../../../src/uapi/fs.ts';
import { DEFAULT_POLLMASK, POLLERR, POLLHUP, POLLIN, POLLPRI, POLLRDNORM } from '../../../src/uapi/poll.ts';
import { direntType, isReg, S_IFDIR, S_IFREG, S_IRUGO, S_IXUGO } from '../../../src/uapi/stat.ts';
import { type CtlData, SysctlCall } from '../../kernel/sysctl/ctl_table.ts';
import { setattrCopy } from '../attr.ts';
import { Inode } from '../inode.ts';
import { dirEmitDots, emptyDirInodeOperations, emptyDirOperations } from '../libfs.ts';
import { inGroup } from '../permission.ts';
import { defaultLlseek, genericFileLlseek, MAX_NON_LFS } from '../read_write.ts';
import { genericFillattr } from '../stat.ts';
import type { ProcTree } from './generic.ts';
import { PROC_BLOCK_SIZE } from './inode.ts';
import { procSb } from './internal.ts';
import { type CtlNode, subdir } from './proc_sysctl.ts';

/** Bytes from which on the kernel has no memory for a read or write (KMALLOC_MAX_SIZE). */
const KMALLOC_MAX_SIZE = 4 * 1024 * 1024;
const MAY_ACCESS = MAY_READ | MAY_WRITE | MAY_EXEC;

/** An inode that stands for an entry. */
class SysctlInode extends Inode {
	readonly node: CtlNode;

	constructor(node: CtlNode, init: ConstructorParameters<typeof Inode>[0]) {
		super(init);
		this.node = node;
	}
}

/** The entry that an inode stands for: the root's, if it is none of ours. */
function nodeOf(inode: VfsInode): CtlNode {
	if (inode instanceof SysctlInode) return inode.node;
	const { node } = procSb(inode).kernel.sysctl.root;
	node.inodes.set(procSb(inode), inode as Inode);
	return node;
}

/** Runs `operation` inside the header of an inode; ENOENT where that is unregistered (grab_header). */
function grabHeader<T>(inode: VfsInode, operation: (node: CtlNode) => Awaitable<T>): Awaitable<T> {
	const node = nodeOf(inode);
	return node.header.inUse.run('ENOENT', () => operation(node));
}

/** True where the mode allows it, whoever asks (sysctl_perm, test_perm). */
function isAllowed({ header, entry }: CtlNode, mask: number, ctx: Context): boolean {
	const mode = header.options.permissions?.(entry, ctx) ?? entry.mode;
	const bits = ctx.uid === 0 ? mode >> 6 : inGroup(ctx, 0) ? mode >> 3 : mode;
	return (mask & MAY_ACCESS & ~bits) === 0;
}

/** The inode of an entry in the mounted instance that `dir` is in (proc_sys_make_inode). */
function getInode(dir: VfsInode, node: CtlNode): Inode {
	const sb = procSb(dir);
	const known = node.inodes.get(sb);
	if (known !== undefined) return known;
	const operations = subdir(node) === undefined ? procSysFile : subdir(node)!.permanentlyEmpty ? emptyDir : procSysDir;
	const inode = new SysctlInode(node, {
		...{ sb, ino: sb.nextIno(), time: sb.kernel.time.now(), blksize: PROC_BLOCK_SIZE },
		mode: subdir(node) === undefined ? S_IFREG | node.entry.mode : S_IFDIR | S_IRUGO | S_IXUGO,
		...operations,
	});
	node.inodes.set(sb, inode);
	return inode;
}

const common: InodeOperations = {
	permission(inode, mask, ctx) {
		if ((mask & MAY_EXEC) !== 0 && isReg(inode.mode)) throw new Errno('EACCES');
		return grabHeader(inode, node => {
			if (!isAllowed(node, mask, ctx)) throw new Errno('EACCES');
		});
	},

	/** Modes and owners stay; times may be set, and a size is forgotten. */
	setattr(inode, attr) {
		if (attr.mode !== undefined || attr.uid !== undefined || attr.gid !== undefined) throw new Errno('EPERM');
		setattrCopy(inode, attr);
	},

	getattr: inode => grabHeader(inode, () => genericFillattr(inode)),
};

/** One read or write of a file (proc_sys_call_handler). `data` is what is written. */
function callHandler(file: File, ctx: Context, len: number, pos: number, data?: Uint8Array): Awaitable<SysctlCall> {
	return grabHeader(file.inode, node => {
		const { entry, name } = node;
		// The task may have got the file from another, who was allowed to open it.
		if (!isAllowed(node, data === undefined ? MAY_READ : MAY_WRITE, ctx)) throw new Errno('EPERM');
		if (len >= KMALLOC_MAX_SIZE) throw new Errno('ENOMEM');
		const writes = procSb(file.inode).kernel.sysctl;
		const call = new SysctlCall({ procname: name, len, pos, ctx, writes, ...(data && { buffer: data }) });
		// An entry's handler and its variable are of one type, whichever that is.
		const handler = entry.handler as (table: CtlData<never>, call: SysctlCall) => Awaitable<void>;
		return chain(handler(entry as CtlData<never>, call), () => {
			if (call.write) node.written();
			return call;
		});
	});
}

const procSysFileOperations: FileOperations = {
	open(inode, file) {
		return grabHeader(inode, ({ entry }) => {
			file.privateData = entry.poll?.event;
		});
	},

	read: (file, count, pos, ctx) =>
		chain(callHandler(file, ctx, count, pos), ({ answer, pos }) => ({ bytes: answer, pos })),

	write: (file, data, pos, ctx) =>
		chain(callHandler(file, ctx, data.length, pos, data), ({ len, pos }) => ({ count: len, pos })),

	llseek: defaultLlseek,

	/** Tells once of each change, and forgets it by telling. */
	poll(file, table) {
		const { header, entry } = nodeOf(file.inode);
		if (!header.inUse.enter()) return POLLERR | POLLHUP;
		header.inUse.leave();
		if (entry.poll === undefined) return DEFAULT_POLLMASK;
		table.wait(entry.poll.wait);
		if (file.privateData === entry.poll.event) return DEFAULT_POLLMASK;
		file.privateData = entry.poll.event;
		return POLLIN | POLLRDNORM | POLLERR | POLLPRI;
	},
};

const procSysFile = { op: common, fop: procSysFileOperations };

/** A directory, /proc/sys itself among them. A miss is refused, so that nothing can be made there. */
const procSysDir: { readonly op: InodeOperations; readonly fop: FileOperations } = {
	op: {
		...common,
		lookup: (dir, name) =>
			grabHeader(dir, node => {
				const found = subdir(node)!.find(name);
				if (found === undefined) throw new Errno('ENOENT');
				return getInode(dir, found);
			}),
	},
	fop: {
		llseek: genericFileLlseek(MAX_NON_LFS),
		iterate: (file, dir) => grabHeader(file.inode, node => readdir(file.inode, node, dir)),
	},
};

/** The number of the directory that a directory is in. */
function inoAbove(inode: VfsInode): number {
	return (nodeOf(inode).header.parent?.node.inodes.get(procSb(inode)) ?? procSb(inode).root).ino;
}

/** proc_sys_readdir. */
function readdir(inode: VfsInode, node: CtlNode, dir: DirContext): void {
	if (!dirEmitDots(dir, inode.ino, inoAbove(inode))) return;
	const { sorted } = subdir(node)!;
	for (; dir.pos - 2 < sorted.length; dir.pos++) {
		const child = getInode(inode, sorted[dir.pos - 2]!);
		if (!dir.emit(sorted[dir.pos - 2]!.name, child.ino, direntType(child.mode))) return;
	}
}

/** A directory to mount something on (make_empty_dir_inode). */
const emptyDir = {
	...{ nlink: 2, blksize: 4096 },
	...{ op: emptyDirInodeOperations, fop: emptyDirOperations(inoAbove) },
};

/** Makes /proc/sys (proc_sys_init). */
export function procSysInit(tree: ProcTree): void {
	const mode = S_IFDIR | S_IRUGO | S_IXUGO;
	tree.register('sys', undefined, { mode, nlink: 1, iops: procSysDir.op, fops: procSysDir.fop });
}
