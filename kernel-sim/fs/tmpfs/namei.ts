/**
 * namei - making and removing names in a directory of tmpfs (shmem_mknod, shmem_symlink, shmem_link, shmem_unlink and
 * shmem_rmdir of mm/shmem.c).
 *
 * The VFS has looked at permissions and at what a name stands for; here the change itself is made. What can fail comes before
 * what changes anything.
 */

import type { Context, FileOperations, InodeOperations } from '../../../src/boundary/vfs.ts';
import { Errno } from '../../../src/lib/errno.ts';
import { encodeName } from '../../../src/lib/text.ts';
import { isDir, S_IFDIR, S_IFLNK, S_IFMT, S_IFREG, S_IRWXUGO } from '../../../src/uapi/stat.ts';
import type { InodeInit } from '../inode.ts';
import { inodeInitOwner } from './attr.ts';
import { shmemFileOperations } from './file.ts';
import { BOGO_DIRENT_SIZE, Directory, RegularFile, ShmemInode, Symlink } from './inode.ts';
import { shmemInodeOperations, shmemSymlinkInodeOperations } from './operations.ts';
import { PAGE_SIZE } from './pages.ts';

/** A symbolic link is never open. */
const NO_FILE_OPERATIONS: FileOperations = {};

/** Who makes something, and becomes its owner. */
export type Maker = Pick<Context, 'uid' | 'gid'>;

/** Makes anything but a symbolic link; the type is in `mode`. ENOSPC. */
export function shmemMknod(dir: Directory, name: string, mode: number, rdev: number, maker: Maker): ShmemInode {
	const inode = newInode(dir, mode, rdev, maker);
	addName(dir, name, inode);
	dir.touch(inode.ctime);
	if (inode instanceof Directory) dir.nlink++;
	return inode;
}

/** ENAMETOOLONG for a text that does not fit a page together with its NUL; ENOSPC. */
export function shmemSymlink(dir: Directory, name: string, text: string, maker: Maker): Symlink {
	const { sb } = dir;
	if (encodeName(text).length >= PAGE_SIZE) throw new Errno('ENAMETOOLONG');
	sb.reserveInode();
	const init = inodeInit(dir, S_IFLNK | S_IRWXUGO, maker, shmemSymlinkInodeOperations, NO_FILE_OPERATIONS);
	const inode = new Symlink(init, text);
	if (inode.pageCount > 0 && !sb.acctBlock()) {
		sb.freeInode();
		throw new Errno('ENOSPC');
	}
	addName(dir, name, inode);
	dir.touch(inode.ctime);
	return inode;
}

/** ENOSPC: each further name counts as an inode. */
export function shmemLink(dir: Directory, name: string, inode: ShmemInode): void {
	dir.sb.reserveInode();
	addName(dir, name, inode);
	inode.nlink++;
	inode.ctime = dir.sb.time.now();
	dir.touch(inode.ctime);
}

/** Takes a name away; the file lives on while it has others or is open. */
export function shmemUnlink(dir: Directory, name: string, inode: ShmemInode): void {
	dir.entries.remove(name);
	dropName(dir, inode);
}

/** Takes away one of the names of an inode whose entry is gone already, or was given to another (the rest of shmem_unlink). */
export function dropName(dir: Directory, inode: ShmemInode): void {
	const { sb } = dir;
	if (inode.nlink > 1 && !isDir(inode.mode)) sb.freeInode();
	dir.size -= BOGO_DIRENT_SIZE;
	inode.ctime = sb.time.now();
	dir.touch(inode.ctime);
	inode.nlink -= isDir(inode.mode) ? 2 : 1;
	sb.putInode(inode);
}

/** ENOTEMPTY. */
export function shmemRmdir(dir: Directory, name: string, inode: Directory): void {
	if (inode.entries.size > 0) throw new Errno('ENOTEMPTY');
	shmemUnlink(dir, name, inode);
	dir.nlink--;
}

/** An entry, and what it adds to the size of its directory. Without a `cookie`, a new one. */
export function addName(dir: Directory, name: string, inode: ShmemInode, cookie?: number): void {
	dir.entries.add(name, inode, cookie);
	dir.size += BOGO_DIRENT_SIZE;
}

/** An inode that has no entry yet; a directory has the operations of the one it is made in (shmem_get_inode). ENOSPC. */
export function newInode(dir: Directory, mode: number, rdev: number, maker: Maker): ShmemInode {
	const { sb } = dir;
	sb.reserveInode();
	switch (mode & S_IFMT) {
		case S_IFREG:
			return new RegularFile(inodeInit(dir, mode, maker, shmemInodeOperations, shmemFileOperations));
		case S_IFDIR:
			return new Directory(inodeInit(dir, mode, maker, dir.op, dir.fop), dir);
		default: {
			const fop = sb.specialFileOperations(mode, rdev);
			const inode = new ShmemInode(inodeInit(dir, mode, maker, shmemInodeOperations, fop));
			inode.rdev = rdev;
			return inode;
		}
	}
}

function inodeInit(dir: Directory, type: number, maker: Maker, op: InodeOperations, fop: FileOperations): InodeInit {
	const { sb } = dir;
	const { mode, uid, gid } = inodeInitOwner(dir, type, maker);
	return { sb, ino: sb.nextIno(), mode, uid, gid, op, fop, time: sb.time.now() };
}
