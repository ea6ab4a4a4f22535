/**
 * open - opening and closing (fs/open.c, and the last part of path_openat in fs/namei.c).
 */

import type { Context, FileOperations, Inode, File as VfsFile } from '../../src/boundary/vfs.ts';
import { type Awaitable, chain, isPromise } from '../../src/lib/awaitable.ts';
import { Errno } from '../../src/lib/errno.ts';
import {
	O_ACCMODE,
	O_APPEND,
	O_CREAT,
	O_DIRECT,
	O_DIRECTORY,
	O_EXCL,
	O_NOATIME,
	O_NOCTTY,
	O_PATH,
	O_TRUNC,
} from '../../src/uapi/fcntl.ts';
import {
	FMODE_ATOMIC_POS,
	FMODE_CAN_READ,
	FMODE_CAN_WRITE,
	FMODE_CREATED,
	FMODE_LSEEK,
	FMODE_OPENED,
	FMODE_PATH,
	FMODE_PREAD,
	FMODE_PWRITE,
	FMODE_READ,
	FMODE_STREAM,
	FMODE_WRITE,
	MAY_APPEND,
	MAY_OPEN,
	MAY_READ,
	MAY_WRITE,
} from '../../src/uapi/fs.ts';
import { isDir, isLnk, isReg } from '../../src/uapi/stat.ts';
import { Mutex } from '../kernel/mutex.ts';
import type { Time } from '../kernel/time.ts';
import type { Steps } from '../lib/steps.ts';
import { truncateOpened } from './attr.ts';
import type { Path } from './d_path.ts';
import { inodeOwnerOrCapable, inodePermission } from './permission.ts';

/** What an access mode asks for (ACC_MODE); 3 asks for both and gets neither. */
const ACC_MODE = [MAY_READ, MAY_WRITE, MAY_READ | MAY_WRITE, MAY_READ | MAY_WRITE] as const;
const OPEN_FMODE = [FMODE_READ, FMODE_WRITE, FMODE_READ | FMODE_WRITE, 0] as const;
const EMPTY_FOPS: FileOperations = {};

/** See the boundary's `File` for what each member promises. */
export class File implements VfsFile {
	readonly inode: Inode;
	op: FileOperations;
	flags: number;
	mode: number;
	pos = 0;
	privateData: unknown = undefined;
	/** Descriptors and calls under way that refer to it (f_count). */
	count = 1;
	/** Where it was found; undefined if it was not opened by name here. */
	path: Path | undefined;
	#posLock: Mutex | undefined;

	constructor(inode: Inode, flags: number, mode: number) {
		this.inode = inode;
		this.op = inode.fop;
		this.flags = flags;
		this.mode = mode;
	}

	/** Held by whoever moves `pos` across something that may sleep (f_pos_lock). */
	get posLock(): Mutex {
		this.#posLock ??= new Mutex();
		return this.#posLock;
	}
}

/** What open(2) is asked for once the walk is over. */
export interface OpenRequest {
	readonly flags: number;
	/** The open has made the file itself: it may whatever it asked for (FMODE_CREATED). */
	readonly created: boolean;
}

/**
 * Opens an inode (do_open). With O_CREAT, an inode that was there already is EEXIST under O_EXCL and EISDIR if a directory.
 * `refused` is called where it fails, with the file if its own open had let it in: that one is to be released.
 */
export function* openInode(
	inode: Inode,
	request: OpenRequest,
	ctx: Context,
	time: Time,
	refused: (file: File | undefined) => void,
): Steps<File> {
	const { flags, created } = request;
	let file: File | undefined;
	try {
		if ((flags & O_PATH) !== 0) return openPath(inode, flags);
		checkKind(inode, flags, created);
		const allowed = mayOpen(inode, flags, created, ctx);
		if (isPromise(allowed)) yield allowed;
		const opened = doDentryOpen(inode, flags, created, ctx);
		file = isPromise(opened) ? ((yield opened) as File) : opened;
		if ((flags & O_DIRECT) !== 0) throw new Errno('EINVAL');
		if ((flags & O_TRUNC) !== 0 && !created && isReg(inode.mode)) yield* truncateOpened(file, ctx, time);
		return file;
	} catch (error) {
		refused(file);
		throw error;
	}
}

/** Refuses what O_CREAT, O_EXCL and O_DIRECTORY do not allow for what is there. */
function checkKind(inode: Inode, flags: number, created: boolean): void {
	if ((flags & O_CREAT) !== 0 && !created) {
		if ((flags & O_EXCL) !== 0) throw new Errno('EEXIST');
		if (isDir(inode.mode)) throw new Errno('EISDIR');
	}
	if ((flags & O_DIRECTORY) !== 0 && !isDir(inode.mode)) throw new Errno('ENOTDIR');
}

/** Makes a file neither seekable nor usable with pread and pwrite (nonseekable_open). */
export function nonseekableOpen(file: VfsFile): void {
	file.mode &= ~(FMODE_LSEEK | FMODE_PREAD | FMODE_PWRITE);
}

/** Makes a file one without a position at all (stream_open). */
export function streamOpen(file: VfsFile): void {
	file.mode &= ~(FMODE_LSEEK | FMODE_PREAD | FMODE_PWRITE | FMODE_ATOMIC_POS);
	file.mode |= FMODE_STREAM;
}

/** O_PATH: a name for the inode, with which nothing can be done but to ask what it is. */
function openPath(inode: Inode, flags: number): File {
	if ((flags & O_DIRECTORY) !== 0 && !isDir(inode.mode)) throw new Errno('ENOTDIR');
	const file = new File(inode, flags, FMODE_PATH | FMODE_OPENED);
	file.op = EMPTY_FOPS;
	return file;
}

/** may_open. */
function mayOpen(inode: Inode, flags: number, created: boolean, ctx: Context): Awaitable<void> {
	if (isLnk(inode.mode)) throw new Errno('ELOOP');
	const access = created ? 0 : accessMode(flags);
	if (isDir(inode.mode) && (access & MAY_WRITE) !== 0) throw new Errno('EISDIR');
	return chain(inodePermission(inode, access | MAY_OPEN, ctx), () => {
		if ((flags & O_NOATIME) !== 0 && !inodeOwnerOrCapable(inode, ctx)) throw new Errno('EPERM');
	});
}

function accessMode(flags: number): number {
	const access = ACC_MODE[(flags & O_ACCMODE) as 0 | 1 | 2 | 3];
	return access | (flags & O_TRUNC ? MAY_WRITE : 0) | (flags & O_APPEND ? MAY_APPEND : 0);
}

/** Makes the open file and calls its own open (do_dentry_open). */
function doDentryOpen(inode: Inode, flags: number, created: boolean, ctx: Context): Awaitable<File> {
	const mode = OPEN_FMODE[(flags & O_ACCMODE) as 0 | 1 | 2 | 3] | FMODE_LSEEK | FMODE_PREAD | FMODE_PWRITE;
	const positioned = isReg(inode.mode) || isDir(inode.mode) ? FMODE_ATOMIC_POS : 0;
	const file = new File(inode, flags, mode | positioned | (created ? FMODE_CREATED : 0));
	return chain(file.op.open?.(inode, file, ctx), () => {
		file.mode |= FMODE_OPENED;
		if ((file.mode & FMODE_READ) !== 0 && file.op.read !== undefined) file.mode |= FMODE_CAN_READ;
		if ((file.mode & FMODE_WRITE) !== 0 && file.op.write !== undefined) file.mode |= FMODE_CAN_WRITE;
		if (file.op.llseek === undefined) file.mode &= ~FMODE_LSEEK;
		file.flags &= ~(O_CREAT | O_EXCL | O_NOCTTY | O_TRUNC);
		return file;
	});
}
