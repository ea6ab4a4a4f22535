/**
 * namei - operations on names in a directory (fs/namei.c).
 *
 * Each does what its vfs_ function does and the look-up before it: the name first, then the permission, then whether the file
 * system can do it at all. The order decides which error a caller sees.
 */

import type { Context, Inode } from '../../src/boundary/vfs.ts';
import { type Awaitable, isPromise } from '../../src/lib/awaitable.ts';
import { Errno } from '../../src/lib/errno.ts';
import { CAP_MKNOD } from '../../src/uapi/capability.ts';
import { MAY_EXEC, MAY_WRITE, RENAME_EXCHANGE, RENAME_NOREPLACE, RENAME_WHITEOUT } from '../../src/uapi/fs.ts';
import {
	isBlk,
	isChr,
	isDir,
	S_IALLUGO,
	S_IFBLK,
	S_IFCHR,
	S_IFDIR,
	S_IFIFO,
	S_IFMT,
	S_IFREG,
	S_IFSOCK,
	S_IRWXUGO,
	S_ISVTX,
} from '../../src/uapi/stat.ts';
import { type Steps, step } from '../lib/steps.ts';
import type { Fsnotify } from './fsnotify.ts';
import type { Namespace } from './namespace.ts';
import { checkSticky, inodePermission } from './permission.ts';

const RENAME_FLAGS = RENAME_NOREPLACE | RENAME_EXCHANGE | RENAME_WHITEOUT;
/** Number of the device that stands for a removed file (include/linux/fs.h); anybody may make one. */
const WHITEOUT_DEV = 0;
const NODE_TYPES: ReadonlySet<number> = new Set([S_IFREG, S_IFCHR, S_IFBLK, S_IFIFO, S_IFSOCK]);

/** What the operations need to know of the kernel. */
export interface Naming {
	readonly namespace: Namespace;
	readonly fsnotify: Fsnotify;
}

/** Finds a name in a directory, not what is mounted there (lookup_one_qstr_excl). ENOTDIR, EACCES. */
export function lookupHere(dir: Inode, name: string, ctx: Context): Awaitable<Inode | undefined> {
	const { op } = dir;
	if (op.lookup === undefined) throw new Errno('ENOTDIR');
	const permitted = inodePermission(dir, MAY_EXEC, ctx);
	if (isPromise(permitted)) return permitted.then(() => op.lookup!(dir, name, ctx));
	return op.lookup(dir, name, ctx);
}

/** Finds a name and steps onto what is mounted there (walk_component). */
export function lookup({ namespace }: Naming, dir: Inode, name: string, ctx: Context): Awaitable<Inode | undefined> {
	const found = lookupHere(dir, name, ctx);
	if (isPromise(found)) return found.then(inode => inode && namespace.follow(inode));
	return found && namespace.follow(found);
}

/** vfs_create. EEXIST, ENOENT in a removed directory, EACCES; EACCES where the file system cannot. */
export function* create(naming: Naming, dir: Inode, name: string, mode: number, ctx: Context): Steps<Inode> {
	yield* mayCreate(dir, name, ctx);
	if (dir.op.create === undefined) throw new Errno('EACCES');
	const bits = (mode & ~ctx.umask & S_IALLUGO) | S_IFREG;
	const inode = yield* step(dir.op.create(dir, name, bits, ctx));
	notifyCreated(naming, dir, name, ctx);
	return inode;
}

/** vfs_mkdir. EEXIST, EACCES; EPERM where the file system cannot. */
export function* mkdir(naming: Naming, dir: Inode, name: string, mode: number, ctx: Context): Steps<Inode> {
	yield* mayCreate(dir, name, ctx);
	if (dir.op.mkdir === undefined) throw new Errno('EPERM');
	const bits = mode & ~ctx.umask & (S_IRWXUGO | S_ISVTX);
	const inode = yield* step(dir.op.mkdir(dir, name, bits, ctx));
	notifyCreated(naming, dir, name, ctx);
	return inode;
}

/** vfs_symlink. EEXIST, EACCES, ENOENT for an empty text; EPERM where the file system cannot. */
export function* symlink(naming: Naming, dir: Inode, name: string, text: string, ctx: Context): Steps<Inode> {
	if (text === '') throw new Errno('ENOENT');
	yield* mayCreate(dir, name, ctx);
	if (dir.op.symlink === undefined) throw new Errno('EPERM');
	const inode = yield* step(dir.op.symlink(dir, name, text, ctx));
	notifyCreated(naming, dir, name, ctx);
	return inode;
}

/**
 * do_mknodat. A type of 0 is a regular file, which is created. EPERM for a directory, for a device without CAP_MKNOD, and where
 * the file system cannot; EINVAL for no type at all.
 */
export function* mknod(
	naming: Naming,
	dir: Inode,
	name: string,
	mode: number,
	rdev: number,
	ctx: Context,
): Steps<Inode> {
	const type = nodeType(mode);
	if (type === S_IFREG) return yield* create(naming, dir, name, mode, ctx);
	yield* mayCreate(dir, name, ctx);
	const isWhiteout = isChr(mode) && rdev === WHITEOUT_DEV;
	if ((isChr(mode) || isBlk(mode)) && !isWhiteout && !ctx.capable(CAP_MKNOD)) throw new Errno('EPERM');
	if (dir.op.mknod === undefined) throw new Errno('EPERM');
	const inode = yield* step(dir.op.mknod(dir, name, type | (mode & ~ctx.umask & S_IALLUGO), rdev, ctx));
	notifyCreated(naming, dir, name, ctx);
	return inode;
}

/** vfs_link. EEXIST, EACCES, EXDEV; EPERM for a directory and where the file system cannot; ENOENT for a removed file. */
export function* link(naming: Naming, dir: Inode, name: string, target: Inode, ctx: Context): Steps<void> {
	yield* mustBeFree(dir, name, ctx);
	if (dir.sb !== target.sb) throw new Errno('EXDEV');
	yield* mayAdd(dir, ctx);
	if (dir.op.link === undefined || isDir(target.mode)) throw new Errno('EPERM');
	if (target.nlink === 0) throw new Errno('ENOENT');
	yield* step(dir.op.link(dir, name, target, ctx));
	notifyCreated(naming, dir, name, ctx);
	naming.fsnotify.notify({ type: 'attr', inode: target }, ctx);
}

/** vfs_unlink. ENOENT, EACCES, EISDIR; EPERM in a sticky directory and where the file system cannot; EBUSY if mounted on. */
export function* unlink(naming: Naming, dir: Inode, name: string, ctx: Context): Steps<void> {
	const inode = yield* lookupVictim(dir, name, ctx);
	yield* mayDelete(dir, inode, false, ctx);
	if (dir.op.unlink === undefined) throw new Errno('EPERM');
	if (naming.namespace.isMountpoint(inode)) throw new Errno('EBUSY');
	yield* step(dir.op.unlink(dir, name, inode, ctx));
	notifyDeleted(naming, dir, name, inode, ctx);
}

/** vfs_rmdir. ENOENT, EACCES, ENOTDIR; EPERM as for unlink; EBUSY if something is mounted there. */
export function* rmdir(naming: Naming, dir: Inode, name: string, ctx: Context): Steps<void> {
	const inode = yield* lookupVictim(dir, name, ctx);
	yield* mayDelete(dir, inode, true, ctx);
	if (dir.op.rmdir === undefined) throw new Errno('EPERM');
	if (naming.namespace.isMountpoint(inode)) throw new Errno('EBUSY');
	yield* step(dir.op.rmdir(dir, name, inode, ctx));
	notifyDeleted(naming, dir, name, inode, ctx);
}

/** The two ends of a rename. */
export interface Renaming {
	readonly oldDir: Inode;
	readonly oldName: string;
	readonly newDir: Inode;
	readonly newName: string;
	readonly flags: number;
}

/**
 * do_renameat2 and vfs_rename. EINVAL for flags that contradict, EXDEV, ENOENT, EEXIST with RENAME_NOREPLACE; EISDIR and
 * ENOTDIR where a directory would replace a file or the other way round; EPERM and EBUSY as for unlink. Whether one end lies
 * inside the other is for whoever knows the paths.
 */
export function* rename(naming: Naming, renaming: Renaming, ctx: Context): Steps<void> {
	const { oldDir, oldName, newDir, newName, flags } = renaming;
	const exchange = (flags & RENAME_EXCHANGE) !== 0;
	checkRenameFlags(flags);
	if (oldDir.sb !== newDir.sb) throw new Errno('EXDEV');

	const source = yield* lookupVictim(oldDir, oldName, ctx);
	const target = yield* step(lookupHere(newDir, newName, ctx));
	if (target !== undefined && (flags & RENAME_NOREPLACE) !== 0) throw new Errno('EEXIST');
	if (target === undefined && exchange) throw new Errno('ENOENT');
	if (source === target) return;

	yield* mayRename(naming, renaming, source, target, ctx);
	yield* step(oldDir.op.rename!(oldDir, oldName, newDir, newName, flags, ctx));
	if (exchange) naming.fsnotify.notify({ type: 'entry', dir: oldDir, name: oldName }, ctx);
	else notifyDeleted(naming, oldDir, oldName, source, ctx);
	notifyCreated(naming, newDir, newName, ctx);
}

/** EINVAL for unknown flags and for those that contradict. */
export function checkRenameFlags(flags: number): void {
	if ((flags & ~RENAME_FLAGS) !== 0) throw new Errno('EINVAL');
	if ((flags & RENAME_EXCHANGE) !== 0 && flags !== RENAME_EXCHANGE) throw new Errno('EINVAL');
}

function* mayRename(
	naming: Naming,
	ends: Renaming,
	source: Inode,
	target: Inode | undefined,
	ctx: Context,
): Steps<void> {
	const { oldDir, newDir, flags } = ends;
	const exchange = (flags & RENAME_EXCHANGE) !== 0;
	yield* mayDelete(oldDir, source, isDir(source.mode), ctx);
	if (target === undefined) yield* mayAdd(newDir, ctx);
	else yield* mayDelete(newDir, target, isDir(exchange ? target.mode : source.mode), ctx);
	if (oldDir.op.rename === undefined) throw new Errno('EPERM');
	if (oldDir !== newDir) {
		const moving = exchange && target !== undefined ? [source, target] : [source];
		for (const inode of moving) {
			if (isDir(inode.mode)) yield* step(inodePermission(inode, MAY_WRITE, ctx));
		}
	}
	const { namespace } = naming;
	const busy = namespace.isMountpoint(source) || (target !== undefined && namespace.isMountpoint(target));
	if (busy) throw new Errno('EBUSY');
}

function* lookupVictim(dir: Inode, name: string, ctx: Context): Steps<Inode> {
	const inode = yield* step(lookupHere(dir, name, ctx));
	if (inode === undefined) throw new Errno('ENOENT');
	return inode;
}

/** The name must be free, the directory alive and writable (filename_create, may_create). */
function* mayCreate(dir: Inode, name: string, ctx: Context): Steps<void> {
	yield* mustBeFree(dir, name, ctx);
	yield* mayAdd(dir, ctx);
}

function* mustBeFree(dir: Inode, name: string, ctx: Context): Steps<void> {
	if ((yield* step(lookupHere(dir, name, ctx))) !== undefined) throw new Errno('EEXIST');
}

function* mayAdd(dir: Inode, ctx: Context): Steps<void> {
	if (dir.nlink === 0) throw new Errno('ENOENT');
	yield* step(inodePermission(dir, MAY_WRITE | MAY_EXEC, ctx));
}

function* mayDelete(dir: Inode, victim: Inode, wantDir: boolean, ctx: Context): Steps<void> {
	yield* step(inodePermission(dir, MAY_WRITE | MAY_EXEC, ctx));
	if (checkSticky(dir, victim, ctx)) throw new Errno('EPERM');
	if (wantDir && !isDir(victim.mode)) throw new Errno('ENOTDIR');
	if (!wantDir && isDir(victim.mode)) throw new Errno('EISDIR');
	if (dir.nlink === 0) throw new Errno('ENOENT');
}

/** The type bits that mknod(2) may be given (may_mknod). */
function nodeType(mode: number): number {
	const type = mode & S_IFMT;
	if (type === 0) return S_IFREG;
	if (type === S_IFDIR) throw new Errno('EPERM');
	if (!NODE_TYPES.has(type)) throw new Errno('EINVAL');
	return type;
}

function notifyCreated({ fsnotify }: Naming, dir: Inode, name: string, ctx: Context): void {
	fsnotify.notify({ type: 'entry', dir, name }, ctx);
	fsnotify.notify({ type: 'attr', inode: dir }, ctx);
}

function notifyDeleted({ fsnotify }: Naming, dir: Inode, name: string, inode: Inode, ctx: Context): void {
	fsnotify.notify({ type: 'delete', dir, name, inode }, ctx);
	fsnotify.notify({ type: 'attr', inode: dir }, ctx);
	fsnotify.notify({ type: 'attr', inode }, ctx);
}
