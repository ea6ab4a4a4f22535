/**
 * open - from a path to an open file (fs/open.c, and do_open of fs/namei.c).
 */

import { Errno } from '../../../src/lib/errno.ts';
import * as fcntl from '../../../src/uapi/fcntl.ts';
import { MAY_EXEC, MAY_OPEN, MAY_READ, MAY_WRITE } from '../../../src/uapi/fs.ts';
import * as uapi from '../../../src/uapi/fuse.ts';
import { isBlk, isChr, isDir, isLnk, S_IALLUGO, S_IFREG } from '../../../src/uapi/stat.ts';
import { type Dentry, drop } from './dcache.ts';
import type { Current } from './dev.ts';
import { type FuseDir, onErrno } from './dir.ts';
import { OpenFile } from './file.ts';
import { validUntil } from './inode.ts';
import { find, findOrCreate } from './namei.ts';

const { O_CREAT, O_DIRECTORY, O_EXCL, O_NOCTTY, O_NOFOLLOW, O_PATH, O_TRUNC } = fcntl;

/** The flags that count with O_PATH. */
const O_PATH_FLAGS = O_DIRECTORY | O_NOFOLLOW | O_PATH;

/** open(2). The file is the caller's to put. */
export async function open(
	fs: FuseDir,
	current: Current,
	path: string,
	given: number,
	mode: number,
): Promise<OpenFile> {
	const flags = (given & O_PATH) === 0 ? given | fcntl.O_LARGEFILE : given & O_PATH_FLAGS;
	if ((flags & O_CREAT) !== 0 && (flags & O_DIRECTORY) !== 0) throw new Errno('EINVAL');
	const exclusive = (flags & O_CREAT) !== 0 && (flags & O_EXCL) !== 0;
	const follow = (flags & O_NOFOLLOW) === 0 && !exclusive;
	let created: OpenFile | undefined;
	const create = async (place: Dentry) => {
		created = await createOpen(fs, current, place, flags, mode);
		return created.dentry;
	};
	const making = (flags & O_CREAT) !== 0;
	const entry = await (making ? findOrCreate(fs, current, path, { follow, create }) : find(fs, current, path, follow));
	if (created !== undefined) return created;
	if (exclusive) throw new Errno('EEXIST');
	if (making && entry.inode!.isDir) throw new Errno('EISDIR');
	if ((flags & O_DIRECTORY) !== 0 && !entry.inode!.isDir) throw new Errno('ENOTDIR');
	if ((flags & O_PATH) === 0) await mayOpen(fs, current, entry, flags);
	return OpenFile.open(fs, current, entry, flags);
}

/** Makes a file and opens it at once (fuse_create_open). The directory's lock is held. */
async function createOpen(
	fs: FuseDir,
	current: Current,
	place: Dentry,
	flags: number,
	mode: number,
): Promise<OpenFile> {
	const { parent, name } = place;
	const dir = parent.inode!;
	await fs.permission(current, dir, MAY_WRITE | MAY_EXEC);
	if ((fs.conn.flags & uapi.FUSE_DONT_MASK) === 0) throw new RangeError('the umask is applied by the server');
	const args = { flags: flags & ~O_NOCTTY, mode: S_IFREG | (mode & S_IALLUGO), umask: current.umask };
	const call = { nodeid: dir.nodeid, args, names: [name] };
	const reply = await onErrno(
		() => fs.conn.request(current, uapi.FUSE_CREATE, call),
		code => code === 'EEXIST' && drop(place),
	);
	const entry = reply.decode(uapi.fuse_entry_out);
	const opened = reply.decode(uapi.fuse_open_out, uapi.fuse_entry_out.size);
	const inode = fs.inodes.get(entry, 0);
	const made = fs.splice(parent, name, inode);
	made.until = validUntil(entry.entry_valid, entry.entry_valid_nsec);
	dir.dirChanged();
	return new OpenFile(fs, made, flags, opened);
}

/** Whether what was found may be opened in that way (may_open), on a mount with nodev. */
async function mayOpen(fs: FuseDir, current: Current, { inode }: Dentry, flags: number): Promise<void> {
	const { mode } = inode!.attr;
	const reads = (flags & fcntl.O_ACCMODE) !== fcntl.O_WRONLY;
	const writes = (flags & fcntl.O_ACCMODE) !== fcntl.O_RDONLY || (flags & O_TRUNC) !== 0;
	if (isLnk(mode)) throw new Errno('ELOOP');
	if (isDir(mode) && writes) throw new Errno('EISDIR');
	if (isChr(mode) || isBlk(mode)) throw new Errno('EACCES');
	await fs.permission(current, inode!, MAY_OPEN | (reads ? MAY_READ : 0) | (writes ? MAY_WRITE : 0));
}
