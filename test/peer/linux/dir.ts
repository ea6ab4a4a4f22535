/**
 * dir - names, attributes and permissions (fs/fuse/dir.c), on a mount with default_permissions and allow_other.
 */

import { Errno, isErrno } from '../../../src/lib/errno.ts';
import { MAY_EXEC, MAY_READ, MAY_WRITE } from '../../../src/uapi/fs.ts';
import * as uapi from '../../../src/uapi/fuse.ts';
import { isDir, S_IFMT, S_IXUGO } from '../../../src/uapi/stat.ts';
import type { Call } from '../fuse.ts';
import { Dentry, drop, move } from './dcache.ts';
import type { Current, FuseConn, Notified } from './dev.ts';
import {
	type FuseInode,
	FuseInodes,
	isOver,
	STATX_BASIC_STATS,
	STATX_GID,
	STATX_MODE,
	STATX_UID,
	validUntil,
} from './inode.ts';

/** What of STATX a mask may ask for without the server knowing STATX. */
const NO_STATX = STATX_BASIC_STATS;
const FUSE_NAME_MAX = 1024;

/** Runs `body`; what it throws is given to `failed` first, if it is an errno. */
export async function onErrno<T>(body: () => Promise<T>, failed: (code: string) => unknown): Promise<T> {
	try {
		return await body();
	} catch (error) {
		if (isErrno(error)) failed(error.code);
		throw error;
	}
}

/** The tree of a mount, as far as it is known. */
export class FuseDir implements Notified {
	readonly conn: FuseConn;
	readonly inodes: FuseInodes;
	readonly root: Dentry;
	/** Lookups under way, by directory and name. */
	readonly #looking = new Map<FuseInode, Map<string, Promise<Dentry>>>();
	/** Calls that are under way. While there are none, nobody uses what is known of names. */
	running = 0;
	/** Nodes that are to be forgotten if nobody uses them. */
	readonly pruned = new Set<number>();
	/** Woken by a notification of poll, by `kh`. */
	readonly polled = new Map<number, Set<() => void>>();

	constructor(conn: FuseConn) {
		this.conn = conn;
		this.inodes = new FuseInodes(conn);
		this.root = new Dentry(undefined, '', this.inodes.root);
		conn.notified = this;
	}

	/** What a name means: an entry without an inode where it means nothing. `again`: the server is asked whatever is known. */
	async lookup(current: Current, dir: Dentry, name: string, again = false): Promise<Dentry> {
		const known = dir.children.get(name);
		if (known !== undefined) {
			if (await this.#revalidate(current, known, again)) return known;
			drop(known);
		}
		const under = this.#looking.get(dir.inode!) ?? new Map<string, Promise<Dentry>>();
		this.#looking.set(dir.inode!, under);
		const begun = under.get(name);
		if (begun !== undefined) return begun;
		const looking = dir.inode!.lock.read(() => this.#lookup(current, dir, name));
		under.set(name, looking);
		return looking.finally(() => under.delete(name));
	}

	/** The same with the directory's lock held. */
	async lookupLocked(current: Current, dir: Dentry, name: string, again = false): Promise<Dentry> {
		const known = dir.children.get(name);
		if (known !== undefined) {
			if (await this.#revalidate(current, known, again)) return known;
			drop(known);
		}
		return this.#lookup(current, dir, name);
	}

	async #lookup(current: Current, dir: Dentry, name: string): Promise<Dentry> {
		const { bad, nodeid } = dir.inode!;
		if (bad) throw new Errno('EIO');
		if (Buffer.byteLength(name) > FUSE_NAME_MAX) throw new Errno('ENAMETOOLONG');
		const { version } = this.inodes;
		let entry: uapi.FuseEntryOut;
		try {
			entry = await this.conn.ask(current, uapi.FUSE_LOOKUP, { nodeid, names: [name] }, uapi.fuse_entry_out);
		} catch (error) {
			if (isErrno(error) && error.code === 'ENOENT') return this.#negative(dir, name, 0);
			throw error;
		}
		if (entry.nodeid === 0) return this.#negative(dir, name, validUntil(entry.entry_valid, entry.entry_valid_nsec));
		if (entry.nodeid === uapi.FUSE_ROOT_ID) throw new RangeError('the root is in no directory');
		const dentry = this.splice(dir, name, this.inodes.get(entry, version));
		dentry.until = validUntil(entry.entry_valid, entry.entry_valid_nsec);
		dir.inode!.adviseReaddirplus = true;
		return dentry;
	}

	#negative(dir: Dentry, name: string, until: number): Dentry {
		const dentry = new Dentry(dir, name, undefined);
		dentry.until = until;
		return dentry;
	}

	/** Makes a name lead to an inode; a directory has one name only, which moves (d_splice_alias). */
	splice(dir: Dentry, name: string, inode: FuseInode): Dentry {
		const there = dir.children.get(name);
		if (there?.inode === inode) return there;
		if (there !== undefined) drop(there);
		const alias = inode.isDir && inode.names > 0 ? this.#aliasOf(this.root, inode) : undefined;
		if (alias === undefined) return new Dentry(dir, name, inode);
		if (alias.holds(dir)) throw new Errno('ELOOP');
		move(alias, dir, name);
		return alias;
	}

	#aliasOf(dir: Dentry, inode: FuseInode): Dentry | undefined {
		for (const child of dir.children.values()) {
			const found = child.inode === inode ? child : this.#aliasOf(child, inode);
			if (found !== undefined) return found;
		}
		return undefined;
	}

	/** True if an entry may be used as it is, or means the same as before (fuse_dentry_revalidate). */
	async #revalidate(current: Current, dentry: Dentry, again: boolean): Promise<boolean> {
		const { inode, parent, name } = dentry;
		if (inode?.bad) return false;
		if (!isOver(dentry.until) && !again) {
			if (inode?.initReaddirplus) {
				inode.initReaddirplus = false;
				parent.inode!.adviseReaddirplus = true;
			}
			return true;
		}
		if (inode === undefined) return false;
		const { version } = this.inodes;
		const { nodeid } = parent.inode!;
		try {
			const entry = await this.conn.ask(current, uapi.FUSE_LOOKUP, { nodeid, names: [name] }, uapi.fuse_entry_out);
			if (entry.nodeid === 0) return false;
			if (entry.nodeid !== inode.nodeid) {
				this.conn.forget(entry.nodeid, 1);
				return false;
			}
			inode.nlookup++;
			this.inodes.change(inode, entry.attr, validUntil(entry.attr_valid, entry.attr_valid_nsec), version);
			dentry.until = validUntil(entry.entry_valid, entry.entry_valid_nsec);
			return true;
		} catch (error) {
			if (!isErrno(error) || error.code === 'EINTR') throw error;
			return false;
		}
	}

	/** EACCES unless `mask` is allowed (fuse_permission, generic_permission). */
	async permission(current: Current, inode: FuseInode, mask: number): Promise<void> {
		if (inode.bad) throw new Errno('EIO');
		const needed = STATX_MODE | STATX_UID | STATX_GID;
		const refresh = (inode.invalMask & needed) !== 0 || isOver(inode.until);
		if (refresh) await this.getattr(current, inode);
		if (allowed(current, inode, mask)) return;
		if (!refresh) await this.getattr(current, inode);
		if (!allowed(current, inode, mask)) throw new Errno('EACCES');
	}

	/** Asks for the attributes. */
	async getattr(current: Current, inode: FuseInode): Promise<void> {
		const { version } = this.inodes;
		const call = { nodeid: inode.nodeid };
		const out = await this.conn.ask(current, uapi.FUSE_GETATTR, call, uapi.fuse_attr_out);
		this.inodes.change(inode, out.attr, validUntil(out.attr_valid, out.attr_valid_nsec), version);
	}

	/** Makes what is known of an inode good for `mask` of STATX_* (fuse_update_get_attr). */
	async update(current: Current, inode: FuseInode, mask: number): Promise<void> {
		if (inode.bad) throw new Errno('EIO');
		if ((mask & inode.invalMask & STATX_BASIC_STATS) === 0 && !isOver(inode.until)) return;
		if ((mask & ~NO_STATX) !== 0 && this.conn.minor >= 39) await this.#statx(current, inode);
		await this.getattr(current, inode);
	}

	/** Asks for the time of birth as well, once: no server of ours knows it. */
	async #statx(current: Current, inode: FuseInode): Promise<void> {
		if (this.conn.unsupported.has(uapi.FUSE_STATX)) return;
		const call = { nodeid: inode.nodeid, args: { sx_mask: 0xfff } };
		const failed = await this.conn.request(current, uapi.FUSE_STATX, call).catch((error: unknown) => error);
		if (!isErrno(failed) || failed.code !== 'ENOSYS') throw new RangeError('FUSE_STATX was answered');
		this.conn.unsupported.add(uapi.FUSE_STATX);
	}

	/** Sets attributes. `args` are members of fuse_setattr_in. */
	async setattr(current: Current, inode: FuseInode, args: object): Promise<void> {
		const { version } = this.inodes;
		const call = { nodeid: inode.nodeid, args };
		const ask = () => this.conn.ask(current, uapi.FUSE_SETATTR, call, uapi.fuse_attr_out);
		const out = await onErrno(ask, code => code === 'EINTR' && inode.invalidate());
		const until = inode.attrVersion > version ? 0 : validUntil(out.attr_valid, out.attr_valid_nsec);
		this.inodes.change(inode, out.attr, until, 0);
	}

	/** Makes a name (create_new_entry). `type` is what the answer has to be of. The directory's lock is held. */
	async make(current: Current, opcode: number, dentry: Dentry, type: number, call: Call): Promise<FuseInode> {
		const { parent, name } = dentry;
		const dir = parent.inode!;
		const ask = () => this.conn.ask(current, opcode, { ...call, nodeid: dir.nodeid }, uapi.fuse_entry_out);
		const entry = await onErrno(ask, code => code === 'EEXIST' && drop(dentry));
		if ((entry.attr.mode ^ type) & S_IFMT) throw new RangeError('something else was made');
		const inode = this.inodes.get(entry, 0);
		drop(dentry);
		const made = this.splice(parent, name, inode);
		made.until = validUntil(entry.entry_valid, entry.entry_valid_nsec);
		dir.dirChanged();
		return inode;
	}

	/** Removes a name by UNLINK or RMDIR. The directory's lock is held. */
	async remove(current: Current, opcode: number, dentry: Dentry): Promise<void> {
		const { parent, name } = dentry;
		const { nodeid } = parent.inode!;
		const ask = () => this.conn.request(current, opcode, { nodeid, names: [name] });
		await onErrno(ask, code => (code === 'EINTR' || code === 'ENOENT') && drop(dentry));
		parent.inode!.dirChanged();
		this.unlinked(dentry);
		if (opcode === uapi.FUSE_RMDIR) dentry.inode!.dead = true;
	}

	/** A name that led to an inode is gone (fuse_entry_unlinked). */
	unlinked(dentry: Dentry): void {
		const inode = dentry.inode!;
		this.inodes.touch(inode);
		const { attr } = inode;
		inode.attr = { ...attr, nlink: isDir(attr.mode) ? 0 : Math.max(0, attr.nlink - 1) };
		inode.invalidate();
		drop(dentry);
	}

	pollWakeup(kh: number): void {
		for (const wake of this.polled.get(kh) ?? []) wake();
	}

	/** fuse_reverse_inval_inode */
	invalInode(nodeid: number, offset: number): void {
		const inode = this.inodes.find(nodeid);
		if (inode === undefined) return;
		this.inodes.touch(inode);
		inode.invalidate();
		// The pages of a directory are its listing.
		if (offset >= 0) inode.listing.reset();
	}

	/** fuse_try_prune_one_inode. Who uses what is known once the calls under way are done: see `trim`. */
	prune(nodeids: readonly number[]): void {
		for (const nodeid of nodeids) this.pruned.add(nodeid);
	}

	/** fuse_reverse_inval_entry */
	async invalEntry(parent: number, child: number, name: string, flags: number): Promise<void> {
		const inode = this.inodes.find(parent);
		if (inode === undefined) return;
		await inode.lock.write(async () => {
			const dir = inode === this.inodes.root ? this.root : this.#aliasOf(this.root, inode);
			const entry = dir?.children.get(name);
			if (entry === undefined) return;
			inode.dirChanged();
			if ((flags & uapi.FUSE_EXPIRE_ONLY) === 0) drop(entry);
			entry.until = 0;
			const gone = entry.inode;
			if (child === 0 || gone === undefined || gone.nodeid !== child) return;
			if (gone.isDir) gone.dead = true;
			gone.attr = { ...gone.attr, nlink: 0 };
			drop(entry);
		});
	}
}

/** generic_permission; a thread of these tests is in its own group alone. */
function allowed({ uid, gid, root }: Current, { attr }: FuseInode, mask: number): boolean {
	const wanted = mask & (MAY_READ | MAY_WRITE | MAY_EXEC);
	const shift = uid === attr.uid ? 6 : gid === attr.gid ? 3 : 0;
	if ((wanted & ~(attr.mode >> shift)) === 0) return true;
	if (!root) return false;
	return isDir(attr.mode) || (wanted & MAY_EXEC) === 0 || (attr.mode & S_IXUGO) !== 0;
}
