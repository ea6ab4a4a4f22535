/**
 * namei - from a path to an entry, and making, removing and moving names (fs/namei.c).
 *
 * The paths of one mount: its root is the root of whoever walks.
 */

import { Errno } from '../../../src/lib/errno.ts';
import { MAY_EXEC, MAY_WRITE, RENAME_EXCHANGE, RENAME_NOREPLACE } from '../../../src/uapi/fs.ts';
import * as uapi from '../../../src/uapi/fuse.ts';
import { isBlk, isChr, isLnk, S_IFLNK, S_ISVTX } from '../../../src/uapi/stat.ts';
import { type Dentry, drop, exchange, move } from './dcache.ts';
import type { Current } from './dev.ts';
import { type FuseDir, onErrno } from './dir.ts';
import { type FuseInode, STATX_ATIME, STATX_CTIME } from './inode.ts';

const PATH_MAX = 4096;
const MAXSYMLINKS = 40;

/** The last component of a path, not looked up. */
interface Last {
	readonly dir: Dentry;
	readonly name: string;
	readonly type: 'norm' | 'dot' | 'dotdot' | 'root';
	/** Slashes stand behind it. */
	readonly slashes: boolean;
}

const typeOf = (name: string) => (name === '.' ? 'dot' : name === '..' ? 'dotdot' : 'norm');

/** One walk. */
class Walk {
	readonly #fs: FuseDir;
	readonly #current: Current;
	#links = 0;

	constructor(fs: FuseDir, current: Current) {
		this.#fs = fs;
		this.#current = current;
	}

	/** Finds the directory that the last component is in. */
	async parent(path: string, from: Dentry = this.#fs.root): Promise<Last> {
		if (Buffer.byteLength(path) >= PATH_MAX) throw new Errno('ENAMETOOLONG');
		if (path === '') throw new Errno('ENOENT');
		const names = path.split('/').filter(name => name !== '');
		let at = path.startsWith('/') ? this.#fs.root : from;
		const last = names.pop();
		for (const name of names) {
			at = await this.step({ dir: at, name, type: typeOf(name), slashes: true }, true);
			if (!at.inode!.isDir) throw new Errno('ENOTDIR');
		}
		const slashes = path.endsWith('/');
		if (last === undefined) return { dir: at, name: '', type: 'root', slashes };
		if (!at.inode!.isDir) throw new Errno('ENOTDIR');
		await this.#fs.permission(this.#current, at.inode!, MAY_EXEC);
		return { dir: at, name: last, type: typeOf(last), slashes };
	}

	/** Goes one component on. ENOENT where it means nothing. */
	async step({ dir, name, type, slashes }: Last, follow: boolean): Promise<Dentry> {
		if (type === 'root') return dir;
		await this.#fs.permission(this.#current, dir.inode!, MAY_EXEC);
		if (type === 'dot') return dir;
		if (type === 'dotdot') return dir.parent;
		const found = await this.#fs.lookup(this.#current, dir, name);
		if (found.inode === undefined) throw new Errno('ENOENT');
		const end = isLnk(found.inode.attr.mode) && (follow || slashes) ? await this.follow(found) : found;
		if (slashes && !end.inode!.isDir) throw new Errno('ENOTDIR');
		return end;
	}

	async follow(link: Dentry): Promise<Dentry> {
		return this.step(await this.target(link), true);
	}

	/** Where a link leads to, all but the last component. */
	async target(link: Dentry): Promise<Last> {
		this.#links++;
		if (this.#links > MAXSYMLINKS) throw new Errno('ELOOP');
		return this.parent(await readlink(this.#fs, this.#current, link.inode!), link.parent);
	}
}

/** What a path leads to. A link at its end is followed or not. */
export async function find(fs: FuseDir, current: Current, path: string, follow = true): Promise<Dentry> {
	const walk = new Walk(fs, current);
	return walk.step(await walk.parent(path), follow);
}

/** What a path leads to, for an open that may create it: `create` is called for a name that means nothing. */
export async function findOrCreate(
	fs: FuseDir,
	current: Current,
	path: string,
	{ follow, create }: { readonly follow: boolean; create(place: Dentry): Promise<Dentry> },
): Promise<Dentry> {
	const walk = new Walk(fs, current);
	for (let last = await walk.parent(path); ; ) {
		if (last.type !== 'norm') return walk.step(last, follow);
		if (last.slashes) throw new Errno('EISDIR');
		const { dir, name } = last;
		const found = await dir.inode!.lock.write(async () => {
			if (dir.inode!.dead) throw new Errno('ENOENT');
			const entry = await fs.lookupLocked(current, dir, name);
			return entry.inode === undefined ? create(entry) : entry;
		});
		if (!isLnk(found.inode!.attr.mode) || !follow) return found;
		last = await walk.target(found);
	}
}

/** The text of a link, which is never kept. EINVAL for what is none. */
export async function readlink(fs: FuseDir, current: Current, inode: FuseInode): Promise<string> {
	if (!isLnk(inode.attr.mode)) throw new Errno('EINVAL');
	const { body } = await fs.conn.request(current, uapi.FUSE_READLINK, { nodeid: inode.nodeid });
	inode.invalidate(STATX_ATIME);
	return Buffer.from(body).toString();
}

/** A name to be made: what it is made with, and what the type of the result is. */
export interface Making {
	readonly opcode: number;
	readonly type: number;
	readonly args?: { readonly rdev?: number; readonly [member: string]: unknown };
	/** Stands behind the name. */
	readonly text?: string;
	/** What is given another name. */
	readonly target?: FuseInode;
}

/** Makes a name: mkdir, mknod, symlink, link. */
export async function make(fs: FuseDir, current: Current, path: string, making: Making): Promise<FuseInode> {
	const { opcode, type, args = {}, text, target } = making;
	const last = await new Walk(fs, current).parent(path);
	if (last.type !== 'norm') throw new Errno('EEXIST');
	const { dir, name } = last;
	return dir.inode!.lock.write(async () => {
		const entry = await fs.lookupLocked(current, dir, name, true);
		if (entry.inode !== undefined) throw new Errno('EEXIST');
		if (last.slashes && opcode !== uapi.FUSE_MKDIR) throw new Errno('ENOENT');
		await mayCreate(fs, current, dir.inode!);
		if ((isBlk(type) || (isChr(type) && args.rdev !== 0)) && !current.root) throw new Errno('EPERM');
		if (target !== undefined) {
			if (target.isDir) throw new Errno('EPERM');
			if (target.attr.nlink === 0) throw new Errno('ENOENT');
		}
		const names = text === undefined ? [name] : [name, text];
		const made = await fs.make(current, opcode, entry, type, { args, names });
		if (target !== undefined && made !== target) throw new RangeError('a link to something else');
		return made;
	});
}

/** Gives what is at a path another name. */
export async function link(fs: FuseDir, current: Current, from: string, to: string): Promise<void> {
	const target = (await find(fs, current, from, false)).inode!;
	const type = target.attr.mode;
	await make(fs, current, to, { opcode: uapi.FUSE_LINK, type, args: { oldnodeid: target.nodeid }, target });
}

/** Makes a symbolic link. */
export async function symlink(fs: FuseDir, current: Current, text: string, path: string): Promise<void> {
	if (text === '') throw new Errno('ENOENT');
	await make(fs, current, path, { opcode: uapi.FUSE_SYMLINK, type: S_IFLNK, text });
}

/** Removes a name by UNLINK or RMDIR. */
export async function remove(fs: FuseDir, current: Current, path: string, opcode: number): Promise<void> {
	const last = await new Walk(fs, current).parent(path);
	const rmdir = opcode === uapi.FUSE_RMDIR;
	if (last.type !== 'norm') throw new Errno(rmdir ? notRemoved[last.type] : 'EISDIR');
	const { dir, name } = last;
	await dir.inode!.lock.write(async () => {
		const entry = await fs.lookupLocked(current, dir, name);
		if (entry.inode === undefined) throw new Errno('ENOENT');
		if (last.slashes && !rmdir) throw new Errno(entry.inode.isDir ? 'EISDIR' : 'ENOTDIR');
		await mayDelete(fs, current, entry, rmdir);
		await fs.remove(current, opcode, entry);
	});
}

const notRemoved = { root: 'EBUSY', dot: 'EINVAL', dotdot: 'ENOTEMPTY' } as const;

/** Moves a name. */
export async function rename(fs: FuseDir, current: Current, from: string, to: string, flags: number): Promise<void> {
	if (flags & RENAME_EXCHANGE && flags & ~RENAME_EXCHANGE) throw new Errno('EINVAL');
	if (flags & ~7) throw new Errno('EINVAL');
	const [old, young] = [await new Walk(fs, current).parent(from), await new Walk(fs, current).parent(to)];
	if (old.type !== 'norm') throw new Errno('EBUSY');
	if (young.type !== 'norm') throw new Errno(flags & RENAME_NOREPLACE ? 'EEXIST' : 'EBUSY');
	await lockBoth(old.dir.inode!, young.dir.inode!, () => renameLocked(fs, current, old, young, flags));
}

/** The lower id first, and one lock once. */
function lockBoth(a: FuseInode, b: FuseInode, body: () => Promise<void>): Promise<void> {
	if (a === b) return a.lock.write(body);
	const [first, second] = a.nodeid < b.nodeid ? [a, b] : [b, a];
	return first.lock.write(() => second.lock.write(body));
}

async function renameLocked(fs: FuseDir, current: Current, old: Last, young: Last, flags: number): Promise<void> {
	const source = await fs.lookupLocked(current, old.dir, old.name);
	if (source.inode === undefined) throw new Errno('ENOENT');
	const target = await fs.lookupLocked(current, young.dir, young.name, true);
	if (flags & RENAME_NOREPLACE && target.inode !== undefined) throw new Errno('EEXIST');
	if (flags & RENAME_EXCHANGE) {
		if (target.inode === undefined) throw new Errno('ENOENT');
		if (!target.inode.isDir && young.slashes) throw new Errno('ENOTDIR');
	}
	const sourceIsDir = source.inode.isDir;
	if (!sourceIsDir && (old.slashes || (!(flags & RENAME_EXCHANGE) && young.slashes))) throw new Errno('ENOTDIR');
	if (source.holds(young.dir)) throw new Errno('EINVAL');
	if (target.holds(old.dir)) throw new Errno(flags & RENAME_EXCHANGE ? 'EINVAL' : 'ENOTEMPTY');
	if (source.inode === target.inode) return;
	await mayRename(fs, current, source, target, flags);
	const args = { newdir: young.dir.inode!.nodeid, flags };
	const opcode = flags === 0 ? uapi.FUSE_RENAME : uapi.FUSE_RENAME2;
	const call = { nodeid: old.dir.inode!.nodeid, args, names: [old.name, young.name] };
	await onErrno(
		() => fs.conn.request(current, opcode, call),
		code => {
			if (code !== 'EINTR' && code !== 'ENOENT') return;
			drop(source);
			drop(target);
		},
	);
	renamed(fs, source, target, flags);
}

async function mayRename(fs: FuseDir, current: Current, source: Dentry, target: Dentry, flags: number): Promise<void> {
	const isDir = source.inode!.isDir;
	const exchanged = (flags & RENAME_EXCHANGE) !== 0;
	await mayDelete(fs, current, source, isDir);
	if (target.inode === undefined) await mayCreate(fs, current, target.parent.inode!);
	else await mayDelete(fs, current, target, exchanged ? target.inode.isDir : isDir);
	if (source.parent === target.parent) return;
	if (isDir) await fs.permission(current, source.inode!, MAY_WRITE);
	if (exchanged && target.inode!.isDir) await fs.permission(current, target.inode!, MAY_WRITE);
}

/** What the client knows after a rename (fuse_rename_common and d_move). */
function renamed(fs: FuseDir, source: Dentry, target: Dentry, flags: number): void {
	source.inode!.invalidate(STATX_CTIME);
	source.parent.inode!.dirChanged();
	if (source.parent !== target.parent) target.parent.inode!.dirChanged();
	if (flags & RENAME_EXCHANGE) {
		target.inode!.invalidate(STATX_CTIME);
		exchange(source, target);
		return;
	}
	const { parent, name, inode } = target;
	if (inode !== undefined) {
		fs.unlinked(target);
		if (inode.isDir) inode.dead = true;
	}
	move(source, parent, name);
}

/** may_create */
async function mayCreate(fs: FuseDir, current: Current, dir: FuseInode): Promise<void> {
	if (dir.dead) throw new Errno('ENOENT');
	await fs.permission(current, dir, MAY_WRITE | MAY_EXEC);
}

/** may_delete */
async function mayDelete(fs: FuseDir, current: Current, victim: Dentry, wantDir: boolean): Promise<void> {
	const dir = victim.parent.inode!;
	const inode = victim.inode!;
	await fs.permission(current, dir, MAY_WRITE | MAY_EXEC);
	const { uid, root } = current;
	const sticky = (dir.attr.mode & S_ISVTX) !== 0 && uid !== inode.attr.uid && uid !== dir.attr.uid && !root;
	if (sticky) throw new Errno('EPERM');
	if (wantDir && !inode.isDir) throw new Errno('ENOTDIR');
	if (wantDir && victim === fs.root) throw new Errno('EBUSY');
	if (!wantDir && inode.isDir) throw new Errno('EISDIR');
	if (dir.dead) throw new Errno('ENOENT');
}
