/**
 * do_xattr - requests about extended attributes.
 *
 * The counterparts of fs/fuse/xattr.c.
 */

import { chain } from '../../src/lib/awaitable.ts';
import { Errno } from '../../src/lib/errno.ts';
import { encodeName } from '../../src/lib/text.ts';
import { type FuseGetxattrIn, type FuseSetxattrIn, fuse_getxattr_out } from '../../src/uapi/fuse.ts';
import type { Handler } from './connection.ts';
import { bufferOf } from './message.ts';

/** FUSE_GETXATTR */
export const doGetxattr: Handler<FuseGetxattrIn, Uint8Array> = (fuse, { nodeid, args, names, ctx }) =>
	chain(fuse.vfs.getxattr(fuse.inodes.get(nodeid), names[0]!, ctx), value => sized(value, args.size));

/** FUSE_LISTXATTR */
export const doListxattr: Handler<FuseGetxattrIn, Uint8Array> = (fuse, { nodeid, args, ctx }) =>
	chain(fuse.vfs.listxattr(fuse.inodes.get(nodeid), ctx), names =>
		sized(encodeName(names.map(name => `${name}\0`).join('')), args.size),
	);

/** The value for a caller with room for `size` bytes; its length for one that asks with 0. Throws ERANGE. */
function sized(value: Uint8Array, size: number): Uint8Array {
	if (size === 0) {
		const out = new Uint8Array(fuse_getxattr_out.size);
		fuse_getxattr_out.encode(bufferOf(out).view, 0, { size: value.length });
		return out;
	}
	if (value.length > size) throw new Errno('ERANGE');
	return value;
}

/** FUSE_SETXATTR */
export const doSetxattr: Handler<Pick<FuseSetxattrIn, 'size' | 'flags'>, void> = (
	fuse,
	{ nodeid, args, names, payload, ctx },
) => {
	if (payload.length !== args.size) throw new Errno('EINVAL', `${payload.length} bytes of a value of ${args.size}`);
	return fuse.vfs.setxattr(fuse.inodes.get(nodeid), names[0]!, payload, args.flags, ctx);
};

/** FUSE_REMOVEXATTR */
export const doRemovexattr: Handler<undefined, void> = (fuse, { nodeid, names, ctx }) =>
	fuse.vfs.removexattr(fuse.inodes.get(nodeid), names[0]!, ctx);
