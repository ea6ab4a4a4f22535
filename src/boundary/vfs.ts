/**
 * vfs - what a file system, a driver and whoever serves a tree agree on.
 *
 *   a face                    the kernel                          a file system or driver
 *   (FUSE session, Task)  ->  Vfs: the checks and the defaults ->  InodeOperations, FileOperations
 *
 * A face turns bytes or function calls into calls of `Vfs`, one method per entry point of fs/*.c; `Vfs` does what Linux does
 * there (permissions, absent operations, positions) and calls the operations. Inodes are objects, never paths: an inode's
 * identity is its JavaScript identity, and a face may keep it for as long as it likes.
 *
 * Operations answer a value, or a promise when they have to sleep; a caller goes on in the same turn unless it got a promise.
 * They refuse by throwing an Errno. Anything else that is thrown is an oops: `Vfs.oops` logs it and the caller gets EIO.
 *
 * Follows include/linux/fs.h and Documentation/filesystems/vfs.rst.
 */

import type { Awaitable } from '../lib/awaitable.ts';
import type { UserMemory } from './user_memory.ts';

/** A time of the kernel's clock, since 1970. */
export interface Timespec {
	readonly sec: number;
	readonly nsec: number;
}

/**
 * The task on whose behalf an operation runs, for as long as it runs. What costs something to find out (groups, capabilities,
 * the thread group, the signal) is found out when first asked for.
 */
export interface Context {
	/** Thread id (task_pid_nr). */
	readonly pid: number;
	/** Thread group id, what user space calls the process id (task_tgid_nr). */
	readonly tgid: number;
	/** User id that files are checked against (current_fsuid). */
	readonly uid: number;
	/** Group id that files are checked against (current_fsgid). */
	readonly gid: number;
	/** Supplementary groups. */
	readonly groups: readonly number[];
	/** Bits taken from the mode of what is created. */
	readonly umask: number;
	/** True if the task holds capability number `cap` (include/uapi/linux/capability.h). */
	capable(cap: number): boolean;
	/** Aborted when a signal interrupts the call; a sleeper then throws EINTR. */
	readonly signal: AbortSignal;
	/** Aborted when the caller is being killed: some sleepers throw EINTR then, and at no other signal. Absent: nobody knows. */
	readonly killed?: AbortSignal;
	/** The caller's memory. */
	readonly memory: UserMemory;
	/**
	 * Finds what the task would find by a path name, from its root or its working directory, links followed (kern_path).
	 * Undefined for what is there but none of this kernel's; throws ENOENT and the like. Absent: nobody knows where the task is.
	 */
	readonly kernPath?: ((path: string) => Awaitable<Inode | undefined>) | undefined;
}

/** What stat(2) tells. Sizes in bytes, `blocks` in units of 512 bytes, `mode` with the type bits. */
export interface Kstat {
	ino: number;
	mode: number;
	nlink: number;
	uid: number;
	gid: number;
	/** Device number of a device node, as `mkdev` makes it. */
	rdev: number;
	size: number;
	blksize: number;
	blocks: number;
	atime: Timespec;
	mtime: Timespec;
	ctime: Timespec;
}

/** What is to change (struct iattr): only the members that are there. A time of `'now'` is the kernel's clock. */
export interface Iattr {
	/** Permission bits; the type never changes. */
	mode?: number;
	uid?: number;
	gid?: number;
	/** truncate(2), ftruncate(2), O_TRUNC. */
	size?: number;
	atime?: Timespec | 'now';
	mtime?: Timespec | 'now';
	/** The open file that ftruncate(2) or O_TRUNC came through. */
	file?: File;
}

/** What statfs(2) tells. */
export interface Kstatfs {
	readonly type: number;
	readonly bsize: number;
	readonly blocks: number;
	readonly bfree: number;
	readonly bavail: number;
	readonly files: number;
	readonly ffree: number;
	readonly namelen: number;
}

/** One mounted instance of a file system. */
export interface SuperBlock {
	/** Name of the file system type, as in /proc/filesystems. */
	readonly type: string;
	/** Magic number that statfs(2) shows (include/uapi/linux/magic.h). */
	readonly magic: number;
	/** Device number that stat(2) shows as st_dev. */
	readonly dev: number;
	readonly root: Inode;
	/** Absent: what simple_statfs tells, all zero but the type, a block size of 4096 and names of 255 bytes. */
	statfs?(): Kstatfs;
}

/**
 * A file, directory, link or node. The members that stat(2) shows may change while it lives, the type bits of `mode` and the
 * identity never; whoever changes one says so through the kernel's invalidations.
 */
export interface Inode {
	readonly sb: SuperBlock;
	/** Inode number, unique in its super block. */
	readonly ino: number;
	mode: number;
	nlink: number;
	uid: number;
	gid: number;
	rdev: number;
	size: number;
	/** st_blksize. */
	readonly blksize: number;
	atime: Timespec;
	mtime: Timespec;
	ctime: Timespec;
	readonly op: InodeOperations;
	readonly fop: FileOperations;
	/**
	 * True where the name that led here must be looked up again each time, because it may come to mean something else without
	 * anyone saying so: /proc/self, /proc/<pid> (DCACHE_OP_REVALIDATE in Linux). Otherwise names and attributes may be cached
	 * until the kernel invalidates them.
	 */
	readonly dontcache: boolean;
	/** What the faces remember of it, which is nobody else's business. Undefined or absent at first. */
	faces?: unknown;
}

/** Tells what becomes of the text of a link, and is asked where that makes a difference. */
export type Follows = () => boolean | undefined;

/**
 * What can be done with an inode by name (struct inode_operations). `dir` is always a directory; names are single components,
 * neither empty nor `.` nor `..`; how long one may be is the file system's to say. The kernel has checked permissions and has looked the name up before it calls an
 * operation that creates or removes.
 */
export interface InodeOperations {
	/**
	 * Finds a name. Undefined is a miss, on which a create may follow; throw ENOENT to refuse that as well, as procfs does.
	 * Absent: ENOTDIR.
	 */
	lookup?(dir: Inode, name: string, ctx: Context): Awaitable<Inode | undefined>;

	/**
	 * The text of a symbolic link, for this caller. `follows` tells whether he goes on to what it leads to, or wants to have the
	 * text; it is undefined where nobody knows. Absent: EINVAL, it is not a link.
	 */
	getLink?(inode: Inode, ctx: Context, follows: Follows): Awaitable<string>;

	/** Refuses by EACCES or EPERM. `mask` is of MAY_READ, MAY_WRITE, MAY_EXEC. Absent: the mode bits decide. */
	permission?(inode: Inode, mask: number, ctx: Context): Awaitable<void>;

	/** Absent: the members of the inode. */
	getattr?(inode: Inode, ctx: Context): Awaitable<Kstat>;

	/**
	 * Changes attributes, all or none. The kernel has checked that the caller may (setattr_prepare). Absent: the members of the
	 * inode are set, and a new size is accepted and forgotten (simple_setattr without pages).
	 */
	setattr?(inode: Inode, attr: Iattr, ctx: Context): Awaitable<void>;

	/** Makes a regular file. Absent: EACCES. */
	create?(dir: Inode, name: string, mode: number, ctx: Context): Awaitable<Inode>;

	/** Gives `target` another name. Absent: EPERM. */
	link?(dir: Inode, name: string, target: Inode, ctx: Context): Awaitable<void>;

	/** Removes a name that is not a directory. Absent: EPERM. */
	unlink?(dir: Inode, name: string, inode: Inode, ctx: Context): Awaitable<void>;

	/** Makes a symbolic link. Absent: EPERM. */
	symlink?(dir: Inode, name: string, text: string, ctx: Context): Awaitable<Inode>;

	/** Makes a directory; `mode` has the umask applied. Absent: EPERM. */
	mkdir?(dir: Inode, name: string, mode: number, ctx: Context): Awaitable<Inode>;

	/** Removes an empty directory; ENOTEMPTY is its own to throw. Absent: EPERM. */
	rmdir?(dir: Inode, name: string, inode: Inode, ctx: Context): Awaitable<void>;

	/** Makes a device node, pipe or socket; `mode` has the type bits. Absent: EPERM. */
	mknod?(dir: Inode, name: string, mode: number, rdev: number, ctx: Context): Awaitable<Inode>;

	/** Moves a name; `flags` are of RENAME_*. Absent: EPERM. */
	rename?(oldDir: Inode, oldName: string, newDir: Inode, newName: string, flags: number, ctx: Context): Awaitable<void>;

	/** Value of an extended attribute, undefined where there is none (ENODATA). Absent: EOPNOTSUPP. */
	getxattr?(inode: Inode, name: string, ctx: Context): Awaitable<Uint8Array | undefined>;

	/** `flags` are of XATTR_CREATE, XATTR_REPLACE. Absent: EOPNOTSUPP. */
	setxattr?(inode: Inode, name: string, value: Uint8Array, flags: number, ctx: Context): Awaitable<void>;

	/** Names of the extended attributes. Absent: none. */
	listxattr?(inode: Inode, ctx: Context): Awaitable<readonly string[]>;

	/** Absent: EOPNOTSUPP. */
	removexattr?(inode: Inode, name: string, ctx: Context): Awaitable<void>;
}

/**
 * An open file (struct file): made by open, shared by every descriptor that dup and fork made of it, released once when the
 * last of them is closed.
 */
export interface File {
	readonly inode: Inode;
	/** Operations of the inode at first; open may put others in their place, as chrdev_open does. */
	op: FileOperations;
	/** O_ACCMODE and the status flags; O_NONBLOCK and O_APPEND may change while it is open. */
	flags: number;
	/** FMODE_* bits: what the file can do. open may clear FMODE_LSEEK, FMODE_PREAD, FMODE_PWRITE (stream_open, seq_open). */
	mode: number;
	/** Position of the next read or write. A face that keeps the position elsewhere leaves it alone. */
	pos: number;
	/** For the operations. */
	privateData: unknown;
}

/** One read or write under way (struct kiocb): `pos` is where it starts and, afterwards, where the next one would. */
export interface Kiocb {
	readonly file: File;
	pos: number;
}

/** Bytes read; the position moves by their number, or to `pos` where an operation says so. */
export type ReadResult = Uint8Array | { readonly bytes: Uint8Array; readonly pos: number };

/**
 * Number of bytes taken. A bare number leaves the position where it is, as a C handler does that does not touch `*ppos`;
 * a file whose position moves says where to.
 */
export type WriteResult = number | { readonly count: number; readonly pos: number };

/** Where getdents stands and where its entries go (struct dir_context). */
export interface DirContext {
	/** Cookie of the next entry; 0 is the beginning. The operation advances it past each entry that was taken. */
	pos: number;
	/** Offers an entry; `type` is of DT_*. False when it did not fit: stop, and do not advance. */
	emit(name: string, ino: number, type: number): boolean;
}

/** Something that can be waited for by poll (a wait queue). */
export interface PollSource {
	/** Calls `wake` at each wake-up until the returned function is called. */
	addWaiter(wake: () => void): () => void;
}

/** Collects what a poll operation would have to wait for (struct poll_table). */
export interface PollTable {
	/** False when nobody will wait (poll with a timeout of 0): `wait` then does nothing. */
	readonly waiting: boolean;
	/** poll_wait. */
	wait(source: PollSource): void;
}

/** What can be done with an open file (struct file_operations). Byte counts and positions are in bytes. */
export interface FileOperations {
	/** Called before anything else; may refuse. Absent: allowed. */
	open?(inode: Inode, file: File, ctx: Context): Awaitable<void>;

	/** Called once, when the last reference is gone. It cannot refuse. */
	release?(inode: Inode, file: File): void;

	/** Called at each close(2), and may report what went wrong. Absent: nothing to do. */
	flush?(file: File, ctx: Context): Awaitable<void>;

	/**
	 * At most `count` bytes from `pos`; an empty array is the end. The bytes must stay as they are until the turn after the
	 * operation settled. May sleep. Absent: EINVAL.
	 */
	read?(file: File, count: number, pos: number, ctx: Context): Awaitable<ReadResult>;

	/** Takes `data`, whole or in part. `data` is the operation's own until it settles. May sleep. Absent: EINVAL. */
	write?(file: File, data: Uint8Array, pos: number, ctx: Context): Awaitable<WriteResult>;

	/** The new position. Absent: ESPIPE, the file cannot be seeked in. */
	llseek?(file: File, offset: number, whence: number, ctx: Context): Awaitable<number>;

	/** Emits entries from `dir.pos` on until one does not fit. Absent: ENOTDIR. */
	iterate?(file: File, dir: DirContext, ctx: Context): Awaitable<void>;

	/**
	 * True where `iterate` emits other entries to another reader, or changes without an invalidation, so that a face must not
	 * keep a listing. Absent: false.
	 */
	readonly listsAnew?: boolean;

	/**
	 * The events that are there now (POLL*), having told `table` what to wait for. Never sleeps.
	 * Absent: always readable and writable.
	 */
	poll?(file: File, table: PollTable, ctx: Context): number;

	/** `arg` is the third argument as it was passed, an address or a number. The result is ioctl(2)'s. Absent: ENOTTY. */
	ioctl?(file: File, cmd: number, arg: bigint, ctx: Context): Awaitable<number>;

	/** Absent: EINVAL. */
	fsync?(file: File, datasync: boolean, ctx: Context): Awaitable<void>;
}

/** Something in the tree changed without the face that caches it having asked for it. */
export type Invalidation =
	/** `name` in `dir` means something else now, or is new. */
	| { readonly type: 'entry'; readonly dir: Inode; readonly name: string }
	/** `name` in `dir` is gone, and `inode` was what it meant. */
	| { readonly type: 'delete'; readonly dir: Inode; readonly name: string; readonly inode: Inode }
	/** Attributes of `inode`, or the entries of a directory, changed. */
	| { readonly type: 'attr'; readonly inode: Inode };

/**
 * What a face may ask of the kernel. Each method does what its system call does between the entry and the file system's
 * operation; the errors are those of its manual page.
 */
export interface Vfs {
	/**
	 * Finds a name and steps onto what is mounted there. Undefined is a miss. ENOTDIR, EACCES without search permission, and
	 * what the file system throws: ENAMETOOLONG for most.
	 */
	lookup(dir: Inode, name: string, ctx: Context): Awaitable<Inode | undefined>;
	getattr(inode: Inode, ctx: Context): Awaitable<Kstat>;
	/** EPERM, EACCES where the caller may not; EINVAL for the size of anything but a regular file. */
	setattr(inode: Inode, attr: Iattr, ctx: Context): Awaitable<void>;
	/** `follows` as in `getLink`. Absent: the text is all that is wanted. */
	readlink(inode: Inode, ctx: Context, follows?: Follows): Awaitable<string>;
	/** EACCES unless all of `mask` (MAY_READ, MAY_WRITE, MAY_EXEC) is allowed. */
	permission(inode: Inode, mask: number, ctx: Context): Awaitable<void>;
	statfs(inode: Inode): Kstatfs;

	create(dir: Inode, name: string, mode: number, ctx: Context): Awaitable<Inode>;
	link(dir: Inode, name: string, target: Inode, ctx: Context): Awaitable<void>;
	unlink(dir: Inode, name: string, ctx: Context): Awaitable<void>;
	symlink(dir: Inode, name: string, text: string, ctx: Context): Awaitable<Inode>;
	mkdir(dir: Inode, name: string, mode: number, ctx: Context): Awaitable<Inode>;
	rmdir(dir: Inode, name: string, ctx: Context): Awaitable<void>;
	mknod(dir: Inode, name: string, mode: number, rdev: number, ctx: Context): Awaitable<Inode>;
	rename(oldDir: Inode, oldName: string, newDir: Inode, newName: string, flags: number, ctx: Context): Awaitable<void>;

	getxattr(inode: Inode, name: string, ctx: Context): Awaitable<Uint8Array>;
	setxattr(inode: Inode, name: string, value: Uint8Array, flags: number, ctx: Context): Awaitable<void>;
	listxattr(inode: Inode, ctx: Context): Awaitable<readonly string[]>;
	removexattr(inode: Inode, name: string, ctx: Context): Awaitable<void>;

	/**
	 * Opens what a walk has found: permissions, O_DIRECTORY, O_TRUNC, O_DIRECT (EINVAL), then the file's own open. With O_CREAT,
	 * EEXIST under O_EXCL and EISDIR for a directory. `created` says that the caller has just made it by `create`, and may
	 * whatever `flags` ask for; absent, false.
	 */
	open(inode: Inode, flags: number, ctx: Context, created?: boolean): Awaitable<File>;
	/** Undoes `open`, once per file. Never fails: what a release throws is an oops and nothing more. */
	release(file: File): void;
	flush(file: File, ctx: Context): Awaitable<void>;
	/** At most `count` bytes. EBADF if not open for reading, EISDIR for a directory, ESPIPE if seeking is needed and impossible. */
	read(iocb: Kiocb, count: number, ctx: Context): Awaitable<Uint8Array>;
	/** The number of bytes taken, never more than were given. */
	write(iocb: Kiocb, data: Uint8Array, ctx: Context): Awaitable<number>;
	/** The new position; `file.pos` is set. */
	llseek(file: File, offset: number, whence: number, ctx: Context): Awaitable<number>;
	iterate(file: File, dir: DirContext, ctx: Context): Awaitable<void>;
	poll(file: File, table: PollTable, ctx: Context): number;
	ioctl(file: File, cmd: number, arg: bigint, ctx: Context): Awaitable<number>;
	fsync(file: File, datasync: boolean, ctx: Context): Awaitable<void>;

	/**
	 * Calls `listener` at each change that a cache must learn of, until the returned function is called. `by` is the task whose
	 * call made the change; absent where the kernel did.
	 */
	onInvalidate(listener: (event: Invalidation, by?: Context) => void): () => void;

	/** Logs a mistake of the kernel's own with its stack and taints the machine; the caller is to get EIO. */
	oops(error: unknown, where: string): void;
}
