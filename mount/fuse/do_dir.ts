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

import type { Context, DirContext, Inode } from '../../src/boundary/vfs.ts';
import { type Awaitable, chain, isPromise } from '../../src/lib/awaitable.ts';
import { isErrno } from '../../src/lib/errno.ts';
import { encodeName } from '../../src/lib/text.ts';
import {
	FOPEN_CACHE_DIR,
	FOPEN_KEEP_CACHE,
	FUSE_REC_ALIGN,
	type FuseEntryOut,
	type FuseOpenIn,
	type FuseOpenOut,
	type FuseReadIn,
	fuse_dirent,
	fuse_direntplus,
	fuse_entry_out,
} from '../../src/uapi/fuse.ts';
import { entryReply } from './attr.ts';
import type { Connection, Handler } from './connection.ts';
import { bufferOf, MAX_WRITE } from './message.ts';

interface Entry {
	readonly name: string;
	readonly bytes: Uint8Array;
	readonly ino: number;
	readonly type: number;
	off: number;
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
		const bytes = encodeName(name);
		const size = FUSE_REC_ALIGN(this.#header + bytes.length);
		if (size > this.#room) return false;
		this.#room -= size;
		this.end();
		this.entries.push({ name, bytes, ino, type, off: this.pos });
		return true;
	}

	/** Tells the last entry where the next one would be. */
	end(): void {
		const last = this.entries.at(-1);
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

/** Writes the records: what `lead` writes (`leadSize` bytes), the entry, its name. */
function pack(entries: readonly Entry[], leadSize: number, lead: (view: DataView, at: number, index: number) => void) {
	const head = leadSize + fuse_dirent.size;
	const total = entries.reduce((sum, { bytes }) => sum + FUSE_REC_ALIGN(head + bytes.length), 0);
	const { bytes: out, view } = bufferOf(new Uint8Array(total));
	let at = 0;
	entries.forEach(({ bytes, ino, off, type }, index) => {
		lead(view, at, index);
		fuse_dirent.encode(view, at + leadSize, { ino, off, namelen: bytes.length, type });
		out.set(bytes, at + head);
		at += FUSE_REC_ALIGN(head + bytes.length);
	});
	return out;
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
export const doReaddir: Handler<FuseReadIn, Uint8Array> = (fuse, { args, ctx }) =>
	chain(list(fuse, args, fuse_dirent.size, ctx), ({ entries }) => pack(entries, 0, () => {}));

/** FUSE_READDIRPLUS: each entry with what a LOOKUP of it would answer, and counted as one. */
export const doReaddirplus: Handler<FuseReadIn, Uint8Array> = (fuse, { nodeid, args, ctx }) => {
	const dir = fuse.inodes.get(nodeid);
	return chain(list(fuse, args, fuse_direntplus.size, ctx), ({ entries }) =>
		chain(lookupAll(fuse, dir, entries, ctx), found =>
			pack(entries, fuse_entry_out.size, (view, at, index) => fuse_entry_out.encode(view, at, found[index] ?? unknown)),
		),
	);
};

/** A node id of 0 leaves the entry to be looked up when somebody asks for it. */
const unknown = { nodeid: 0 };

type Found = readonly (FuseEntryOut | undefined)[];

/** Looks up every entry but the dots; undefined for one that is not found or may not be looked up. */
function lookupAll(fuse: Connection, dir: Inode, entries: readonly Entry[], ctx: Context): Awaitable<Found> {
	const found = entries.map(({ name }) =>
		name === '.' || name === '..' ? undefined : lookupOne(fuse, dir, name, ctx),
	);
	return found.some(isPromise) ? Promise.all(found) : (found as Found);
}

function lookupOne(fuse: Connection, dir: Inode, name: string, ctx: Context): Awaitable<FuseEntryOut | undefined> {
	try {
		const entry = chain(fuse.vfs.lookup(dir, name, ctx), inode => inode && entryReply(fuse, inode, ctx));
		return isPromise(entry) ? entry.catch(refusal) : entry;
	} catch (error) {
		return refusal(error);
	}
}

function refusal(error: unknown): undefined {
	if (!isErrno(error)) throw error;
}
