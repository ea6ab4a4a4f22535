/**
 * file - open files of debugfs, and the operations of those that hold one variable.
 *
 * Simulates fs/debugfs/file.c. Whoever opens a file gets operations of this file, which go through the node's `active` to those
 * that the file was made with:
 *
 *     there      `active` counts who is inside one of its operations
 *     removed    nobody gets in any more, EIO; what needs nothing of the file (poll, lseek, fstat) goes on as before
 *
 * The variables of C have a size, and what does not fit wraps. Here a number of up to 32 bits is a number and one of 64 bits is a
 * bigint, which are cut to their size when they are shown and when they are set.
 */

import type { Context, File, FileOperations, Inode } from '../../../src/boundary/vfs.ts';
import { type Awaitable, finallyDo } from '../../../src/lib/awaitable.ts';
import { Errno } from '../../../src/lib/errno.ts';
import { POLLHUP } from '../../../src/uapi/poll.ts';
import { drive, type Steps, step } from '../../lib/steps.ts';
import { kernfsNode } from '../kernfs/inode.ts';
import { noopLlseek } from '../read_write.ts';

/** Who brings the operations of a file, and must stay while it is open (THIS_MODULE). */
export interface FopsOwner {
	/** Takes a reference; false when it is on its way out. */
	tryGet(): boolean;
	put(): void;
}

/** What a file is made of: `priv` of its node (struct debugfs_fsdata, and i_private). */
export interface DebugfsFile {
	readonly fops: FileOperations;
	/** What `privateData` of a file is when its `open` is called, and stays where there is none. */
	readonly data: unknown;
	/** Absent: the operations are the kernel's own. */
	readonly owner?: FopsOwner | undefined;
}

/** Runs an operation on an open file that must not outlive it; EIO once the file was removed (debugfs_file_get). */
export function debugfsFileGet<T>(file: File, operation: () => Awaitable<T>): Awaitable<T> {
	return kernfsNode(file.inode).active.run('EIO', operation);
}

/** Of a file whose own operations are protected by what they do themselves (debugfs_open_proxy_file_operations). */
export const debugfsOpenProxyFileOperations: FileOperations = {
	open: (inode, file, ctx) => openReal(inode, file, ctx, ({ fops }) => fops),
};

/** Of any other (debugfs_full_proxy_file_operations). */
export const debugfsFullProxyFileOperations: FileOperations = {
	open: (inode, file, ctx) => openReal(inode, file, ctx, fullProxy),
};

/** Of a file without any: it is empty, and takes whatever is written to it (debugfs_noop_file_operations). */
export const debugfsNoopFileOperations: FileOperations = {
	read: () => new Uint8Array(0),
	write: (_file, data) => data.length,
	llseek: noopLlseek,
};

/** ENOENT for a file that was removed since it was found, ENXIO for one whose module is on its way out. */
function openReal(
	inode: Inode,
	file: File,
	ctx: Context,
	proxy: (made: DebugfsFile) => FileOperations,
): Awaitable<void> {
	const { active, priv } = kernfsNode(inode);
	return active.run('ENOENT', () => drive(openSteps(inode, file, ctx, priv as DebugfsFile, proxy)));
}

function* openSteps(
	inode: Inode,
	file: File,
	ctx: Context,
	made: DebugfsFile,
	proxy: (made: DebugfsFile) => FileOperations,
): Steps<void> {
	const { fops, data, owner } = made;
	if (owner?.tryGet() === false) throw new Errno('ENXIO');
	try {
		file.op = proxy(made);
		file.privateData = data;
		yield* step(fops.open?.(inode, file, ctx));
	} catch (error) {
		owner?.put();
		throw error;
	}
}

/** Operations that are those of the file as long as it is there. Its release is called in any case. */
function fullProxy({ fops, owner }: DebugfsFile): FileOperations {
	const { read, write, llseek, poll, ioctl, release } = fops;
	return {
		...(read && { read: (file, ...rest) => debugfsFileGet(file, () => read.call(fops, file, ...rest)) }),
		...(write && { write: (file, ...rest) => debugfsFileGet(file, () => write.call(fops, file, ...rest)) }),
		...(llseek && { llseek: (file, ...rest) => debugfsFileGet(file, () => llseek.call(fops, file, ...rest)) }),
		...(ioctl && { ioctl: (file, ...rest) => debugfsFileGet(file, () => ioctl.call(fops, file, ...rest)) }),
		...(poll && { poll: (file, ...rest) => pollWhileThere(file, () => poll.call(fops, file, ...rest)) }),
		release(inode, file) {
			finallyDo(
				() => release?.call(fops, inode, file),
				() => owner?.put(),
			);
		},
	} satisfies FileOperations;
}

function pollWhileThere(file: File, poll: () => number): number {
	const { active } = kernfsNode(file.inode);
	if (!active.enter()) return POLLHUP;
	try {
		return poll();
	} finally {
		active.leave();
	}
}
