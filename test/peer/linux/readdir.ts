/**
 * readdir - listing a directory (fs/fuse/readdir.c).
 */

import { bufferOf } from '../../../mount/fuse/message.ts';
import { Errno } from '../../../src/lib/errno.ts';
import { decodeName } from '../../../src/lib/text.ts';
import * as uapi from '../../../src/uapi/fuse.ts';
import { type Dentry, drop } from './dcache.ts';
import type { Current } from './dev.ts';
import type { FuseDir } from './dir.ts';
import { type FuseInode, STATX_ATIME, validUntil } from './inode.ts';

/** Bytes that are asked for at once. */
const PAGE_SIZE = 4096;

/** Where a listing stands and where its entries go. */
export interface DirContext {
	pos: number;
	/** False when an entry did not fit. `pos` is where it is. */
	emit(name: string, ino: number, type: number): boolean;
}

/** An open directory. */
export interface OpenDir {
	readonly fh: number;
	readonly openFlags: number;
	readonly flags: number;
	readonly dentry: Dentry;
}

interface Record {
	readonly name: string;
	readonly ino: number;
	readonly off: number;
	readonly type: number;
	readonly entry: uapi.FuseEntryOut | undefined;
}

/** Lists from `ctx.pos` on (fuse_readdir). The directory's lock is held. */
export async function readdir(fs: FuseDir, current: Current, file: OpenDir, ctx: DirContext): Promise<void> {
	const inode = file.dentry.inode!;
	if (inode.bad) throw new Errno('EIO');
	const cached = (file.openFlags & uapi.FOPEN_CACHE_DIR) !== 0;
	if (cached && fromCache(inode, ctx)) return;
	await fromServer(fs, current, file, ctx);
}

/** False where the server has to be asked. */
function fromCache(inode: FuseInode, ctx: DirContext): boolean {
	const { listing } = inode;
	if (listing.complete && ctx.pos === 0 && listing.iversion !== inode.iversion) listing.reset();
	if (!listing.complete) {
		if (ctx.pos === 0 && listing.records.length === 0) listing.iversion = inode.iversion;
		return false;
	}
	let at = 0;
	let found = false;
	for (const { name, ino, off, type } of listing.records) {
		if (at === ctx.pos) {
			found = true;
			if (!ctx.emit(name, ino, type)) return true;
			ctx.pos = off;
		}
		at = off;
	}
	return found || at === ctx.pos;
}

async function fromServer(fs: FuseDir, current: Current, file: OpenDir, ctx: DirContext): Promise<void> {
	const inode = file.dentry.inode!;
	const plus = usesPlus(fs, inode, ctx);
	const { version } = fs.inodes;
	const args = { fh: file.fh, offset: ctx.pos, size: PAGE_SIZE, flags: file.flags };
	const opcode = plus ? uapi.FUSE_READDIRPLUS : uapi.FUSE_READDIR;
	const { body } = await fs.conn.request(current, opcode, { nodeid: inode.nodeid, args });
	inode.invalidate(STATX_ATIME);
	const cache = (file.openFlags & uapi.FOPEN_CACHE_DIR) !== 0 ? inode.listing : undefined;
	if (body.length === 0) {
		if (cache !== undefined && cache.pos === ctx.pos) cache.complete = true;
		return;
	}
	let full = false;
	for (const record of parse(body, plus)) {
		const { name, ino, off, type, entry } = record;
		if (!full) {
			if (cache !== undefined && !cache.complete && cache.pos === ctx.pos) {
				cache.records = [...cache.records, { name, ino, off, type }];
				cache.pos = off;
			}
			full = !ctx.emit(name, ino, type);
			if (!full) ctx.pos = off;
			else if (!plus) return;
		}
		if (entry !== undefined) link(fs, file.dentry, name, entry, version);
	}
}

/** fuse_use_readdirplus */
function usesPlus({ conn }: FuseDir, inode: FuseInode, { pos }: DirContext): boolean {
	if ((conn.flags & uapi.FUSE_DO_READDIRPLUS) === 0) return false;
	if ((conn.flags & uapi.FUSE_READDIRPLUS_AUTO) === 0) return true;
	const advised = inode.adviseReaddirplus;
	inode.adviseReaddirplus = false;
	return advised || pos === 0;
}

function* parse(body: Uint8Array, plus: boolean): Generator<Record> {
	const { view } = bufferOf(body);
	const lead = plus ? uapi.fuse_entry_out.size : 0;
	const head = lead + uapi.fuse_dirent.size;
	for (let at = 0; at < body.length; ) {
		if (at + head > body.length) throw new RangeError('a record is cut off');
		const { ino, off, namelen, type } = uapi.fuse_dirent.decode(view, at + lead);
		const end = at + uapi.FUSE_REC_ALIGN(head + namelen);
		if (namelen === 0 || end > body.length) throw new RangeError(`a name of ${namelen} bytes`);
		const name = decodeName(body.subarray(at + head, at + head + namelen));
		if (name.includes('/')) throw new RangeError(`a name ${name}`);
		const entry = plus ? uapi.fuse_entry_out.decode(view, at) : undefined;
		yield { name, ino, off, type, entry };
		at = end;
	}
}

/** Takes over what an entry says besides (fuse_direntplus_link). */
function link(fs: FuseDir, dir: Dentry, name: string, entry: uapi.FuseEntryOut, version: number): void {
	if (entry.nodeid === 0) return;
	if (name === '.' || name === '..') throw new RangeError('a lookup of a dot would never be given back');
	const known = dir.children.get(name);
	if (known !== undefined && known.inode?.nodeid !== entry.nodeid) drop(known);
	const inode = fs.inodes.get(entry, version);
	inode.initReaddirplus = (fs.conn.flags & uapi.FUSE_READDIRPLUS_AUTO) !== 0;
	fs.splice(dir, name, inode).until = validUntil(entry.entry_valid, entry.entry_valid_nsec);
}
