/**
 * dir - directories of tmpfs (shmem_dir_inode_operations of mm/shmem.c, simple_offset_dir_operations of fs/libfs.c).
 */

import type { DirContext, File, FileOperations, Inode, InodeOperations } from '../../../src/boundary/vfs.ts';
import { Errno } from '../../../src/lib/errno.ts';
import { direntType, S_IFDIR, S_IFREG } from '../../../src/uapi/stat.ts';
import { checkNameLength, dcacheDirLseek, dirEmitDots } from '../libfs.ts';
import { fileAccessed } from './attr.ts';
import { DIR_OFFSET_EOD } from './dir_entries.ts';
import { shmemOpenOperations } from './file.ts';
import type { Directory, ShmemInode } from './inode.ts';
import { shmemLink, shmemMknod, shmemRmdir, shmemSymlink, shmemUnlink } from './namei.ts';
import { shmemInodeOperations } from './operations.ts';
import { shmemRename } from './rename.ts';

/** What can be done with a directory by name. */
export const shmemDirInodeOperations: InodeOperations = {
	...shmemInodeOperations,

	lookup(dir, name) {
		checkNameLength(name);
		return directory(dir).entries.get(name);
	},

	create: (dir, name, mode, ctx) => shmemMknod(directory(dir), name, mode | S_IFREG, 0, ctx),
	mkdir: (dir, name, mode, ctx) => shmemMknod(directory(dir), name, mode | S_IFDIR, 0, ctx),
	mknod: (dir, name, mode, rdev, ctx) => shmemMknod(directory(dir), name, mode, rdev, ctx),
	symlink: (dir, name, text, ctx) => shmemSymlink(directory(dir), name, text, ctx),
	link: (dir, name, target) => shmemLink(directory(dir), name, target as ShmemInode),
	unlink: (dir, name, inode) => shmemUnlink(directory(dir), name, inode as ShmemInode),
	rmdir: (dir, name, inode) => shmemRmdir(directory(dir), name, directory(inode)),

	rename(oldParent, oldName, newParent, newName, flags, ctx) {
		const [oldDir, newDir] = [directory(oldParent), directory(newParent)];
		const source = oldDir.entries.get(oldName);
		if (source === undefined) throw new Errno('ENOENT');
		const target = newDir.entries.get(newName);
		shmemRename({ oldDir, oldName, source, newDir, newName, target }, flags, ctx);
	},
};

/** Operations of an open directory. `privateData` is the slot where the last listing stopped. */
export const shmemDirOperations: FileOperations = {
	...shmemOpenOperations,

	/** Only from the beginning and from where it is (offset_dir_llseek). */
	llseek: dcacheDirLseek,

	iterate(file, dir) {
		fileAccessed(file);
		const { ino, parent } = directory(file.inode);
		if (dirEmitDots(dir, ino, parent.ino)) emitEntries(file, dir);
	},

	fsync() {},
};

/** offset_iterate_dir. */
function emitEntries(file: File, dir: DirContext): void {
	if (dir.pos === DIR_OFFSET_EOD) return;
	const { entries } = directory(file.inode);
	let slot = entries.seek(dir.pos, file.privateData as number);
	for (; slot >= 0; slot = entries.below(slot)) {
		const { name, inode, cookie } = entries.at(slot);
		dir.pos = cookie;
		if (dir.emit(name, inode.ino, direntType(inode.mode))) continue;
		file.privateData = slot;
		return;
	}
	dir.pos = DIR_OFFSET_EOD;
}

function directory(inode: Inode): Directory {
	return inode as Directory;
}
