/**
 * rename - moving names between directories of a tmpfs (shmem_rename2 of mm/shmem.c, simple_offset_rename and
 * simple_rename_exchange of fs/libfs.c, and what d_move does to the order of a listing).
 *
 * The VFS has seen to permissions, to RENAME_NOREPLACE, to files and directories not taking each other's place, and to two
 * names of one inode, which stay as they are. That no directory ends inside itself is checked here once more, because a face
 * may be wrong about where a directory is by now.
 */

import { Errno } from '../../../src/lib/errno.ts';
import { RENAME_EXCHANGE, RENAME_WHITEOUT } from '../../../src/uapi/fs.ts';
import { S_IFCHR } from '../../../src/uapi/stat.ts';
import { BOGO_DIRENT_SIZE, Directory, type ShmemInode } from './inode.ts';
import { addName, dropName, type Maker, newInode } from './namei.ts';

/** Mode and number of the device that RENAME_WHITEOUT leaves behind, which nobody may open. */
const WHITEOUT_MODE = 0;
const WHITEOUT_DEV = 0;

/** What moves where. */
export interface Move {
	readonly oldDir: Directory;
	readonly oldName: string;
	readonly source: ShmemInode;
	readonly newDir: Directory;
	readonly newName: string;
	/** What has the new name so far. */
	readonly target: ShmemInode | undefined;
}

/**
 * Moves a name, or with RENAME_EXCHANGE two. EINVAL for a directory that would end inside itself, ENOTEMPTY for a target that
 * is a directory with entries, ENOSPC for a whiteout.
 */
export function shmemRename(move: Move, flags: number, maker: Maker): void {
	const { oldDir, source, newDir, target } = move;
	const isExchange = (flags & RENAME_EXCHANGE) !== 0;
	if (source instanceof Directory && source.holds(newDir)) throw new Errno('EINVAL');
	if (isExchange && target instanceof Directory && target.holds(oldDir)) throw new Errno('EINVAL');
	if (isExchange) exchange(move);
	else replace(move, (flags & RENAME_WHITEOUT) !== 0, maker);

	const now = oldDir.sb.time.now();
	oldDir.touch(now);
	newDir.touch(now);
	source.ctime = now;
	if (target !== undefined) target.ctime = now;
}

/** The source takes the place of the target in a listing that goes on, and is the first of one that begins. */
function replace(
	{ oldDir, oldName, source, newDir, newName, target }: Move,
	leaveWhiteout: boolean,
	maker: Maker,
): void {
	if (target instanceof Directory && target.entries.size > 0) throw new Errno('ENOTEMPTY');
	const whiteout = leaveWhiteout ? newInode(oldDir, S_IFCHR | WHITEOUT_MODE, WHITEOUT_DEV, maker) : undefined;
	const cookie = target === undefined ? newDir.entries.allocateCookie() : newDir.entries.remove(newName);
	oldDir.entries.remove(oldName);
	oldDir.size -= BOGO_DIRENT_SIZE;
	if (whiteout !== undefined) addName(oldDir, oldName, whiteout);
	addName(newDir, newName, source, cookie);
	if (target !== undefined) dropName(newDir, target);
	if (source instanceof Directory) reparent(source, oldDir, newDir, target);
}

/** A directory counts as a link of its parent; one that it replaces did so before. */
function reparent(source: Directory, oldDir: Directory, newDir: Directory, target: ShmemInode | undefined): void {
	oldDir.nlink--;
	if (target === undefined) newDir.nlink++;
	source.parent = newDir;
}

function exchange({ oldDir, oldName, source, newDir, newName, target }: Move): void {
	if (target === undefined) throw new Errno('ENOENT');
	const newCookie = newDir.entries.remove(newName);
	const oldCookie = oldDir.entries.remove(oldName);
	oldDir.entries.add(oldName, target, oldCookie);
	newDir.entries.add(newName, source, newCookie);
	if (source instanceof Directory) reparent(source, oldDir, newDir, undefined);
	if (target instanceof Directory) reparent(target, newDir, oldDir, undefined);
}
