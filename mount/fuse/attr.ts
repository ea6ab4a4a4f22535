/**
 * attr - what the kernel is told of an inode, and how long it may believe it.
 *
 * Names and attributes are valid for ever: whoever changes one says so, and the connection tells the kernel. Only an inode
 * that may come to mean something else without anyone saying so (`dontcache`) is asked for each time.
 */

import type { Context, Inode, Kstat } from '../../src/boundary/vfs.ts';
import { type Awaitable, chain } from '../../src/lib/awaitable.ts';
import type { FuseAttr, FuseAttrOut, FuseEntryOut } from '../../src/uapi/fuse.ts';
import { new_encode_dev } from '../../src/uapi/stat.ts';
import type { Connection } from './connection.ts';

/** For ever, in seconds. */
const FOREVER = 1_000_000;

function validity(inode: Inode): number {
	return inode.dontcache ? 0 : FOREVER;
}

function attrOf({ ids }: Connection, stat: Kstat): FuseAttr {
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
		rdev: new_encode_dev(stat.rdev),
		blksize: stat.blksize,
		flags: 0,
	};
}

/** The attributes of an inode. */
export function attrReply(fuse: Connection, inode: Inode, ctx: Context): Awaitable<FuseAttrOut> {
	return chain(fuse.vfs.getattr(inode, ctx), stat => ({
		attr_valid: validity(inode),
		attr_valid_nsec: 0,
		attr: attrOf(fuse, stat),
	}));
}

/** An inode that a name was found to mean, which counts as one lookup of it. */
export function entryReply(fuse: Connection, inode: Inode, ctx: Context): Awaitable<FuseEntryOut> {
	return chain(fuse.vfs.getattr(inode, ctx), stat => entryOf(fuse, inode, stat));
}

/** The same for attributes that are known. */
export function entryOf(fuse: Connection, inode: Inode, stat: Kstat): FuseEntryOut {
	return {
		nodeid: fuse.inodes.lookup(inode),
		generation: 0,
		entry_valid: validity(inode),
		attr_valid: validity(inode),
		entry_valid_nsec: 0,
		attr_valid_nsec: 0,
		attr: attrOf(fuse, stat),
	};
}
