/**
 * attr - what the kernel is told of an inode, and how long it may believe it.
 *
 * Names and attributes are valid for ever: whoever changes one says so, and the connection tells the kernel. Only an inode
 * that may come to mean something else without anyone saying so (`dontcache`) is asked for each time, and so is the name of a
 * character device, which means one node to who looks at it and another to who opens it (inodes.ts).
 */

import type { Context, Inode, Kstat } from '../../src/boundary/vfs.ts';
import { type Awaitable, chain } from '../../src/lib/awaitable.ts';
import type { FuseAttr, FuseAttrOut, FuseEntryOut } from '../../src/uapi/fuse.ts';
import { isChr, new_encode_dev, S_IALLUGO, S_IFREG } from '../../src/uapi/stat.ts';
import type { Connection } from './connection.ts';

/** For ever, in seconds. */
const FOREVER = 1_000_000;

function validity(inode: Inode): number {
	return inode.dontcache ? 0 : FOREVER;
}

function attrOf({ ids, hidesNumbers }: Connection, stat: Kstat): FuseAttr {
	return {
		ino: stat.ino,
		size: stat.size,
		blocks: stat.blocks,
		atime: stat.atime.sec,
		mtime: stat.mtime.sec,
		ctime: stat.ctime.sec,
		atimensec: stat.atime.nsec,
		mtimensec: stat.mtime.nsec,
		ctimensec: stat.ctime.nsec,
		mode: stat.mode,
		nlink: stat.nlink,
		uid: ids.uid(stat.uid),
		gid: ids.gid(stat.gid),
		rdev: hidesNumbers ? 0 : new_encode_dev(stat.rdev),
		blksize: stat.blksize,
		flags: 0,
	};
}

/** The attributes of a node. */
export function attrReply(fuse: Connection, nodeid: number, ctx: Context): Awaitable<FuseAttrOut> {
	const inode = fuse.inodes.get(nodeid);
	const twin = fuse.inodes.isTwin(nodeid);
	return chain(fuse.vfs.getattr(inode, ctx), stat => ({
		attr_valid: twin ? 0 : validity(inode),
		attr_valid_nsec: 0,
		attr: attrOf(fuse, twin ? asFile(stat) : stat),
	}));
}

/** The attributes of a device, as of a regular file. */
function asFile(stat: Kstat): Kstat {
	return { ...stat, mode: S_IFREG | (stat.mode & S_IALLUGO), rdev: 0 };
}

/** A device that is being opened, as a regular file, which counts as one lookup of a node of its own. */
export function twinReply(fuse: Connection, inode: Inode, ctx: Context): Awaitable<FuseEntryOut> {
	return chain(fuse.vfs.getattr(inode, ctx), stat => ({
		nodeid: fuse.inodes.lookupTwin(inode),
		generation: 0,
		entry_valid: 0,
		attr_valid: 0,
		entry_valid_nsec: 0,
		attr_valid_nsec: 0,
		attr: attrOf(fuse, asFile(stat)),
	}));
}

/** An inode that a name was found to mean, which counts as one lookup of it. `covered`: the name always means it. */
export function entryReply(fuse: Connection, inode: Inode, ctx: Context, covered = false): Awaitable<FuseEntryOut> {
	return chain(fuse.vfs.getattr(inode, ctx), stat => entryOf(fuse, inode, stat, covered));
}

/** The same for attributes that are known. */
export function entryOf(fuse: Connection, inode: Inode, stat: Kstat, covered = false): FuseEntryOut {
	const fixed = covered ? FOREVER : validity(inode);
	return {
		nodeid: fuse.inodes.lookup(inode),
		generation: 0,
		entry_valid: isChr(stat.mode) && !covered ? 0 : fixed,
		attr_valid: validity(inode),
		entry_valid_nsec: 0,
		attr_valid_nsec: 0,
		attr: attrOf(fuse, stat),
	};
}
