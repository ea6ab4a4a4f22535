/**
 * do_dir - requests about open directories.
 *
 * The counterpart of fs/fuse/readdir.c. A listing is as many records as fit the size that was asked for:
 *
 *     READDIR       fuse_dirent, name, padding to 8 bytes
 *     READDIRPLUS   fuse_entry_out, fuse_dirent, name, padding to 8 bytes
 *
 * The `off` of a record is where the next one is, as in fs/readdir.c, so that it is known only when that one is offered or
 * the listing ends.
 */

import type { Context, DirContext, Inode, Kstat, Vfs } from '../../src/boundary/vfs.ts';
import { type Awaitable, chain, isPromise } from '../../src/lib/awaitable.ts';
import { isErrno } from '../../src/lib/errno.ts';
import { encodedLength, putName } from '../../src/lib/text.ts';
import {
	FOPEN_CACHE_DIR,
	FOPEN_KEEP_CACHE,
	FUSE_REC_ALIGN,
	type FuseOpenIn,
	type FuseOpenOut,
	type FuseReadIn,
	fuse_dirent,
	fuse_direntplus,
	fuse_entry_out,
} from '../../src/uapi/fuse.ts';
import { entryOf } from './attr.ts';
import type { Connection, Handler } from './connection.ts';
import { MAX_WRITE, type MessageBuffer } from './message.ts';
import type { Pack } from './reply.ts';

/** One entry: what its fuse_dirent says, and for READDIRPLUS what it was found to be. */
interface Entry {
	readonly name: string;
	readonly namelen: number;
	readonly ino: number;
	readonly type: number;
	off: number;
	inode: Inode | undefined;
	stat: Kstat | undefined;
}

/** Collects the entries that fit into `room` bytes, each with `header` bytes before its name. */
class Listing implements DirContext {
	pos: number;
	readonly entries: Entry[] = [];
	readonly #header: number;
	#room: number;

	constructor(pos: number, room: number, header: number) {
		this.pos = pos;
		this.#room = room;
		this.#header = header;
	}

	emit(name: string, ino: number, type: number): boolean {
		const namelen = encodedLength(name);
		const size = FUSE_REC_ALIGN(this.#header + namelen);
		if (size > this.#room) return false;
		this.#room -= size;
		this.end();
		this.entries.push({ name, namelen, ino, type, off: this.pos, inode: undefined, stat: undefined });
		return true;
	}

	/** Tells the last entry where the next one would be. */
	end(): void {
		const last = this.entries[this.entries.length - 1];
		if (last) last.off = this.pos;
	}
}

function list(fuse: Connection, args: FuseReadIn, header: number, ctx: Context): Awaitable<Listing> {
	const open = fuse.handles.get(args.fh);
	open.setFlags(args.flags);
	const listing = new Listing(args.offset, Math.min(args.size, MAX_WRITE), header);
	return chain(fuse.vfs.iterate(open.file, listing, ctx), () => {
		listing.end();
		return listing;
	});
}

/** Writes an entry whose fuse_dirent is at `at`, and answers where the next record begins. */
function putDirent({ bytes, view }: MessageBuffer, at: number, entry: Entry): number {
	fuse_dirent.encode(view, at, entry);
	const nameAt = at + fuse_dirent.size;
	const end = nameAt + entry.namelen;
	putName(bytes, nameAt, entry.name);
	const next = FUSE_REC_ALIGN(end);
	for (let i = end; i < next; i++) bytes[i] = 0;
	return next;
}

/**
 * Whether the kernel may keep the listing of a directory: where all changes are announced, and none is made by programs. For
 * whether a kept listing is out of date the kernel looks only where one begins; a program that has removed a name would see it
 * again in the middle of its listing, if another program just then completes one that it began before.
 *
 * Linux: fs/fuse/readdir.c, fuse_readdir_cached.
 */
function mayBeKept({ dontcache, op, fop }: Inode): boolean {
	return !dontcache && !fop.listsAnew && op.create === undefined && op.mkdir === undefined;
}

/** FUSE_OPENDIR */
export const doOpendir: Handler<FuseOpenIn, FuseOpenOut> = (fuse, { nodeid, args, ctx }) => {
	const inode = fuse.inodes.get(nodeid);
	const open_flags = mayBeKept(inode) ? FOPEN_CACHE_DIR | FOPEN_KEEP_CACHE : 0;
	return chain(fuse.vfs.open(inode, args.flags, ctx), file => ({
		fh: fuse.handles.add(file).fh,
		open_flags,
		backing_id: 0,
	}));
};

/** FUSE_READDIR */
export const doReaddir: Handler<FuseReadIn, Pack> = (fuse, { args, ctx }) =>
	chain(list(fuse, args, fuse_dirent.size, ctx), ({ entries }) => (buffer, offset) => {
		let at = offset;
		for (const entry of entries) at = putDirent(buffer, at, entry);
		return at;
	});

/** FUSE_READDIRPLUS: each entry with what a LOOKUP of it would answer, and counted as one. */
export const doReaddirplus: Handler<FuseReadIn, Pack> = (fuse, { nodeid, args, ctx }) => {
	const dir = fuse.inodes.get(nodeid);
	return chain(list(fuse, args, fuse_direntplus.size, ctx), ({ entries }) =>
		chain(lookupAll(fuse, dir, entries, ctx), () => (buffer, offset) => {
			let at = offset;
			for (const entry of entries) {
				const { inode, stat, name } = entry;
				const known = inode && stat && entryOf(fuse, inode, stat, fuse.isCovered(nodeid, name));
				fuse_entry_out.encode(buffer.view, at, known ?? unknown);
				at = putDirent(buffer, at + fuse_entry_out.size, entry);
			}
			return at;
		}),
	);
};

/** A node id of 0 leaves the entry to be looked up when somebody asks for it. */
const unknown = { nodeid: 0 };

/** Looks up every entry but the dots, and leaves one as it is that is not found or may not be looked up. */
function lookupAll(fuse: Connection, dir: Inode, entries: readonly Entry[], ctx: Context): Awaitable<unknown> {
	const sleeping: Promise<void>[] = [];
	for (const entry of entries) {
		if (entry.name === '.' || entry.name === '..') continue;
		const found = lookupOne(fuse, dir, entry, ctx);
		if (isPromise(found)) sleeping.push(found);
	}
	if (sleeping.length > 0) return Promise.all(sleeping);
}

function lookupOne({ vfs }: Connection, dir: Inode, entry: Entry, ctx: Context): Awaitable<void> {
	try {
		const found = vfs.lookup(dir, entry.name, ctx);
		const stat = isPromise(found) ? found.then(inode => fill(vfs, entry, inode, ctx)) : fill(vfs, entry, found, ctx);
		return isPromise(stat) ? stat.catch(refusal) : stat;
	} catch (error) {
		return refusal(error);
	}
}

function fill(vfs: Vfs, entry: Entry, inode: Inode | undefined, ctx: Context): Awaitable<void> {
	if (inode === undefined) return;
	entry.inode = inode;
	const stat = vfs.getattr(inode, ctx);
	if (isPromise(stat))
		return stat.then(stat => {
			entry.stat = stat;
		});
	entry.stat = stat;
}

function refusal(error: unknown): undefined {
	if (!isErrno(error)) throw error;
}
