/**
 * symlink - links from one item to another.
 *
 * Simulates fs/configfs/symlink.c. What a link is to lead to is looked up when it is made, from where the caller is; it must be an
 * item, which then stays as long as the link does. What readlink(2) shows goes through the root of configfs.
 */

import type { Context, Inode } from '../../../src/boundary/vfs.ts';
import { Errno } from '../../../src/lib/errno.ts';
import { encodeName } from '../../../src/lib/text.ts';
import { isDir, isLnk, S_IFLNK, S_IRWXUGO } from '../../../src/uapi/stat.ts';
import { drive, type Steps, step } from '../../lib/steps.ts';
import type { KernfsNode } from '../kernfs/dir.ts';
import type { KernfsSyscallOps } from '../kernfs/dir_operations.ts';
import { kernfsIopSetattr, kernfsNode } from '../kernfs/inode.ts';
import { guarded, type Oops, type Place } from './dir.ts';
import { type ConfigfsDirent, direntOf } from './dirent.ts';

const PATH_MAX = 4096;

/** What a link is: `priv` of its node. */
interface Link {
	readonly target: ConfigfsDirent;
	readonly text: string;
}

const linkOf = (kn: KernfsNode): Link => kn.priv as Link;

/** symlink(2) and unlink(2) in a tree whose mistakes go to `oops`. */
export function configfsLinkOps(oops: Oops): Required<Pick<KernfsSyscallOps, 'symlink' | 'unlink'>> {
	return {
		symlink: (parent, name, text, ctx) => drive(symlink({ kn: parent, name }, text, ctx, oops)),
		unlink: kn => drive(unlink(kn, oops)),
	};
}

/**
 * configfs_symlink. EPERM in an item that allows no links, and for a target outside configfs; ENOENT, ENOTDIR, and what the item
 * refuses by.
 */
function* symlink(place: Place, text: string, ctx: Context, oops: Oops): Steps<void> {
	const { item } = direntOf(place.kn);
	const { type } = item;
	if (type.allowLink === undefined) throw new Errno('EPERM');
	const target = yield* getTarget(place.kn, text, ctx);
	yield* step(type.allowLink(item, target.item, ctx));
	try {
		createLink(place, target);
	} catch (error) {
		yield* guarded(oops, 'dropLink', () => type.dropLink?.(item, target.item));
		throw error;
	}
}

/** What a text leads to, for the caller (get_target). */
function* getTarget({ root }: KernfsNode, text: string, ctx: Context): Steps<ConfigfsDirent> {
	if (ctx.kernPath === undefined) throw new Errno('ENOENT', 'nobody knows where the caller is');
	const inode: Inode | undefined = yield* step(ctx.kernPath(text));
	if (inode !== undefined && !isDir(inode.mode)) throw new Errno('ENOTDIR');
	if (inode?.sb !== root.sb) throw new Errno('EPERM');
	const kn = kernfsNode(inode);
	if (!kn.attached) throw new Errno('ENOENT');
	return direntOf(kn);
}

/** ENOENT for what is being removed, ENAMETOOLONG for what is too far away. */
function createLink({ kn, name }: Place, target: ConfigfsDirent): void {
	if (target.dropping || direntOf(kn).dropping || !target.kn.attached) throw new Errno('ENOENT');
	const text = targetPath(kn, target.kn);
	kn.createNode(name, { mode: S_IFLNK | S_IRWXUGO, op: linkOperations, priv: { target, text } satisfies Link });
	target.links++;
}

/** From a directory up to the root, and down again to another (configfs_get_target_path). */
function targetPath(from: KernfsNode, to: KernfsNode): string {
	const depth = from.path.split('/').length - 1;
	const text = `${'../'.repeat(depth)}${to.path.slice(1)}`;
	if (encodeName(text).length >= PATH_MAX) throw new Errno('ENAMETOOLONG');
	return text;
}

const linkOperations = {
	getLink: (inode: Inode) => linkOf(kernfsNode(inode)).text,
	setattr: kernfsIopSetattr,
};

/** configfs_unlink. EPERM for what is no link. */
function* unlink(kn: KernfsNode, oops: Oops): Steps<void> {
	if (!isLnk(kn.mode)) throw new Errno('EPERM');
	const { target } = linkOf(kn);
	const { item } = direntOf(kn.parent!);
	yield* step(kn.remove());
	yield* guarded(oops, 'dropLink', () => item.type.dropLink?.(item, target.item));
	target.links--;
}
