/**
 * do_inode - requests about names, attributes and links.
 *
 * The counterparts of fs/fuse/dir.c: each decodes nothing and checks nothing that `Vfs` checks, it only
 * says in the words of the boundary what the kernel asked in its own.
 */

import type { Context, Iattr, Inode } from '../../src/boundary/vfs.ts';
import { type Awaitable, chain } from '../../src/lib/awaitable.ts';
import { Errno } from '../../src/lib/errno.ts';
import { encodeName } from '../../src/lib/text.ts';
import {
	FATTR_ATIME,
	FATTR_ATIME_NOW,
	FATTR_FH,
	FATTR_GID,
	FATTR_MODE,
	FATTR_MTIME,
	FATTR_MTIME_NOW,
	FATTR_SIZE,
	FATTR_UID,
	FUSE_UNIQUE_RESEND,
	type FuseAccessIn,
	type FuseAttrOut,
	type FuseBatchForgetIn,
	type FuseEntryOut,
	type FuseForgetIn,
	type FuseGetattrIn,
	type FuseInterruptIn,
	type FuseLinkIn,
	type FuseMkdirIn,
	type FuseMknodIn,
	type FuseRename2In,
	type FuseRenameIn,
	type FuseSetattrIn,
	type FuseStatfsOut,
	fuse_forget_one,
} from '../../src/uapi/fuse.ts';
import { isChr, new_decode_dev, S_IALLUGO } from '../../src/uapi/stat.ts';
import { attrReply, entryReply, twinReply } from './attr.ts';
import type { Connection, Handler } from './connection.ts';
import { bufferOf } from './message.ts';
import type { Request } from './request.ts';

type None = undefined;

/** The name of a directory entry. Throws EINVAL for what cannot be one; the kernel sends no such thing. */
export function component({ names }: Request<unknown>, index = 0): string {
	const name = names[index]!;
	if (name === '' || name === '.' || name === '..' || name.includes('/')) throw new Errno('EINVAL', 'not a name');
	return name;
}

/** Makes an inode in the directory that a request is about, and answers it as an entry. */
function made<A>(
	fuse: Connection,
	request: Request<A>,
	make: (dir: Inode, name: string, ctx: Context) => Awaitable<Inode>,
): Awaitable<FuseEntryOut> {
	const { ctx } = request;
	const inode = make(fuse.inodes.get(request.nodeid), component(request), ctx);
	return chain(inode, inode => entryReply(fuse, inode, ctx));
}

/** FUSE_LOOKUP. The kernel does not remember a miss, so that a name that is made later is found without our saying so. */
export const doLookup: Handler<None, FuseEntryOut> = (fuse, request) => {
	const { ctx, nodeid } = request;
	const name = component(request);
	return chain(fuse.vfs.lookup(fuse.inodes.get(nodeid), name, ctx), inode => {
		if (!inode) throw new Errno('ENOENT');
		const covered = fuse.isCovered(nodeid, name);
		const opens = isChr(inode.mode) && !covered && ctx.source.callers.opens?.(ctx.pid) === true;
		return opens ? twinReply(fuse, inode, ctx) : entryReply(fuse, inode, ctx, covered);
	});
};

/** FUSE_FORGET */
export const doForget: Handler<FuseForgetIn, void> = (fuse, { nodeid, args }) => {
	fuse.inodes.forget(nodeid, args.nlookup);
};

/** FUSE_BATCH_FORGET */
export const doBatchForget: Handler<FuseBatchForgetIn, void> = (fuse, { args, payload }) => {
	const { view } = bufferOf(payload);
	const count = Math.min(args.count, Math.floor(payload.length / fuse_forget_one.size));
	for (let i = 0; i < count; i++) {
		const { nodeid, nlookup } = fuse_forget_one.decode(view, i * fuse_forget_one.size);
		fuse.inodes.forget(nodeid, nlookup);
	}
};

/** FUSE_INTERRUPT */
export const doInterrupt: Handler<FuseInterruptIn, void> = (fuse, { args }) =>
	fuse.interrupt(Number(args.unique & ~FUSE_UNIQUE_RESEND));

/** FUSE_GETATTR */
export const doGetattr: Handler<FuseGetattrIn, FuseAttrOut> = (fuse, { nodeid, ctx }) => attrReply(fuse, nodeid, ctx);

/** FUSE_SETATTR */
export const doSetattr: Handler<FuseSetattrIn, FuseAttrOut> = (fuse, { nodeid, args, ctx }) => {
	const inode = fuse.inodes.get(nodeid);
	return chain(fuse.vfs.setattr(inode, iattrOf(fuse, args), ctx), () => attrReply(fuse, nodeid, ctx));
};

function iattrOf(fuse: Connection, args: FuseSetattrIn): Iattr {
	const { valid } = args;
	const attr: Iattr = {};
	if (valid & FATTR_MODE) attr.mode = args.mode & S_IALLUGO;
	if (valid & FATTR_UID) attr.uid = fuse.ids.uid(args.uid);
	if (valid & FATTR_GID) attr.gid = fuse.ids.gid(args.gid);
	if (valid & FATTR_SIZE) attr.size = args.size;
	if (valid & FATTR_ATIME) attr.atime = valid & FATTR_ATIME_NOW ? 'now' : { sec: args.atime, nsec: args.atimensec };
	if (valid & FATTR_MTIME) attr.mtime = valid & FATTR_MTIME_NOW ? 'now' : { sec: args.mtime, nsec: args.mtimensec };
	if (valid & FATTR_FH) attr.file = fuse.handles.get(args.fh).file;
	return attr;
}

/** FUSE_READLINK, which looks the same whether somebody reads the link or goes along it. */
export const doReadlink: Handler<None, Uint8Array> = (fuse, { nodeid, ctx }) =>
	chain(
		fuse.vfs.readlink(fuse.inodes.get(nodeid), ctx, () => ctx.source.callers.follows?.(ctx.pid)),
		encodeName,
	);

/** FUSE_ACCESS. Never sent to a mount with default_permissions. */
export const doAccess: Handler<FuseAccessIn, void> = (fuse, { nodeid, args, ctx }) =>
	fuse.vfs.permission(fuse.inodes.get(nodeid), args.mask, ctx);

/** FUSE_STATFS. Divergence: FUSE has no room for the magic number; statfs(2) shows that of FUSE. */
export const doStatfs: Handler<None, FuseStatfsOut> = (fuse, { nodeid }) => {
	const { blocks, bfree, bavail, files, ffree, bsize, namelen } = fuse.vfs.statfs(fuse.inodes.get(nodeid));
	return { st: { blocks, bfree, bavail, files, ffree, bsize, namelen, frsize: bsize } };
};

/** FUSE_SYMLINK */
export const doSymlink: Handler<None, FuseEntryOut> = (fuse, request) =>
	made(fuse, request, (dir, name, ctx) => fuse.vfs.symlink(dir, name, request.names[1]!, ctx));

/** FUSE_MKNOD */
export const doMknod: Handler<FuseMknodIn, FuseEntryOut> = (fuse, request) => {
	const { mode, rdev } = request.args;
	return made(fuse, request, (dir, name, ctx) => fuse.vfs.mknod(dir, name, mode, new_decode_dev(rdev), ctx));
};

/** FUSE_MKDIR */
export const doMkdir: Handler<FuseMkdirIn, FuseEntryOut> = (fuse, request) =>
	made(fuse, request, (dir, name, ctx) => fuse.vfs.mkdir(dir, name, request.args.mode, ctx));

/** FUSE_LINK */
export const doLink: Handler<FuseLinkIn, FuseEntryOut> = (fuse, request) => {
	const target = fuse.inodes.get(request.args.oldnodeid);
	return made(fuse, request, (dir, name, ctx) => chain(fuse.vfs.link(dir, name, target, ctx), () => target));
};

/** FUSE_UNLINK */
export const doUnlink: Handler<None, void> = (fuse, request) =>
	fuse.vfs.unlink(fuse.inodes.get(request.nodeid), component(request), request.ctx);

/** FUSE_RMDIR */
export const doRmdir: Handler<None, void> = (fuse, request) =>
	fuse.vfs.rmdir(fuse.inodes.get(request.nodeid), component(request), request.ctx);

/** FUSE_RENAME */
export const doRename: Handler<FuseRenameIn, void> = (fuse, request) => rename(fuse, request, request.args.newdir, 0);

/** FUSE_RENAME2 */
export const doRename2: Handler<FuseRename2In, void> = (fuse, request) =>
	rename(fuse, request, request.args.newdir, request.args.flags);

function rename(fuse: Connection, request: Request<unknown>, newdir: number, flags: number): Awaitable<void> {
	const [from, to] = [fuse.inodes.get(request.nodeid), fuse.inodes.get(newdir)];
	return fuse.vfs.rename(from, component(request, 0), to, component(request, 1), flags, request.ctx);
}
