/**
 * inode - what the kernel remembers of the nodes of a connection (fs/fuse/inode.c).
 *
 * An inode lives while a name leads to it or a file of it is open; then the server is told to forget it, as often as it has
 * named it.
 */

import { Errno } from '../../../src/lib/errno.ts';
import { FUSE_ROOT_ID, type FuseAttr, type FuseEntryOut } from '../../../src/uapi/fuse.ts';
import { isDir, S_IFDIR, S_IFMT } from '../../../src/uapi/stat.ts';
import type { FuseConn } from './dev.ts';
import { RwSem } from './rwsem.ts';

/** What of the attributes is asked for or out of date (STATX_*). */
export const STATX_MODE = 0x2;
export const STATX_UID = 0x8;
export const STATX_GID = 0x10;
export const STATX_ATIME = 0x20;
export const STATX_MTIME = 0x40;
export const STATX_CTIME = 0x80;
export const STATX_SIZE = 0x200;
export const STATX_BLOCKS = 0x400;
export const STATX_BASIC_STATS = 0x7ff;
export const STATX_BTIME = 0x800;
/** What a write changes. */
export const FUSE_STATX_MODSIZE = STATX_MTIME | STATX_CTIME | STATX_BLOCKS | STATX_SIZE;

/** A time in milliseconds until which something may be believed; 0 is never. */
export function validUntil(sec: number, nsec: number): number {
	return sec === 0 && nsec === 0 ? 0 : performance.now() + sec * 1000 + nsec / 1e6;
}

/** True for what must be asked again. */
export function isOver(until: number): boolean {
	return until < performance.now();
}

/** A listing that is kept. */
export class DirCache {
	records: readonly { readonly name: string; readonly ino: number; readonly off: number; readonly type: number }[] = [];
	complete = false;
	/** Position behind the last record. */
	pos = 0;
	/** What the directory's own counter was when the listing was begun. */
	iversion = 0;

	reset(): void {
		this.records = [];
		this.complete = false;
		this.pos = 0;
	}
}

/** A node (struct fuse_inode). */
export class FuseInode {
	readonly nodeid: number;
	nlookup = 0;
	attr: FuseAttr;
	until = 0;
	/** STATX_* that are out of date. */
	invalMask = 0;
	attrVersion = 0;
	bad = false;
	/** A directory that was removed (S_DEAD). */
	dead = false;
	/** Names that lead here. */
	names = 0;
	/** Open files. */
	opens = 0;
	/** Counts what was made and removed in a directory. */
	iversion = 0;
	readonly lock = new RwSem();
	readonly listing = new DirCache();
	adviseReaddirplus = false;
	initReaddirplus = false;

	constructor(nodeid: number, attr: FuseAttr) {
		this.nodeid = nodeid;
		this.attr = attr;
	}

	get isDir(): boolean {
		return isDir(this.attr.mode);
	}

	/** fuse_invalidate_attr_mask */
	invalidate(mask: number = STATX_BASIC_STATS): void {
		this.invalMask |= mask;
	}

	/** Something was made or removed in it (fuse_dir_changed). */
	dirChanged(): void {
		this.invalidate();
		this.iversion++;
	}
}

/** The root, of which nothing is known at first. */
const rootAttr: FuseAttr = {
	...{ ino: 1, size: 0, blocks: 0, atime: 0, mtime: 0, ctime: 0, atimensec: 0, mtimensec: 0, ctimensec: 0 },
	...{ mode: S_IFDIR, nlink: 1, uid: 0, gid: 0, rdev: 0, blksize: 4096, flags: 0 },
};

/** All inodes of a connection. */
export class FuseInodes {
	readonly root = new FuseInode(FUSE_ROOT_ID, rootAttr);
	readonly #conn: FuseConn;
	readonly #byId = new Map<number, FuseInode>([[FUSE_ROOT_ID, this.root]]);
	#version = 1;

	constructor(conn: FuseConn) {
		this.#conn = conn;
	}

	get version(): number {
		return this.#version;
	}

	/** Counts a change of what is known of an inode, so that an answer which is on its way is not believed. */
	touch(inode: FuseInode): void {
		inode.attrVersion = ++this.#version;
	}

	find(nodeid: number): FuseInode | undefined {
		return this.#byId.get(nodeid);
	}

	/** The inode that an answer names (fuse_iget). `version` is `version` of when it was asked for. Throws EIO for nonsense. */
	get(entry: FuseEntryOut, version: number): FuseInode {
		const { nodeid, attr, generation } = entry;
		if (generation !== 0) throw new RangeError('ids are not used again');
		let inode = this.#byId.get(nodeid);
		if (inode === undefined) {
			inode = new FuseInode(nodeid, attr);
			this.#byId.set(nodeid, inode);
		}
		if ((inode.attr.mode ^ attr.mode) & S_IFMT) throw new RangeError(`node ${nodeid} was of another type`);
		inode.nlookup++;
		this.change(inode, attr, validUntil(entry.attr_valid, entry.attr_valid_nsec), version);
		return inode;
	}

	/** Takes over attributes, unless something newer is known (fuse_change_attributes). */
	change(inode: FuseInode, attr: FuseAttr, until: number, version: number): void {
		if (version !== 0 && inode.attrVersion > version) return;
		if ((inode.attr.mode ^ attr.mode) & S_IFMT) {
			inode.bad = true;
			throw new Errno('EIO');
		}
		this.touch(inode);
		inode.until = until;
		inode.invalMask &= ~STATX_BASIC_STATS;
		inode.attr = attr;
	}

	/** Forgets the inodes that nothing leads to any more. */
	evict(): void {
		for (const inode of this.#byId.values()) {
			if (inode === this.root || inode.names > 0 || inode.opens > 0) continue;
			this.#byId.delete(inode.nodeid);
			this.#conn.forget(inode.nodeid, inode.nlookup);
		}
	}
}
