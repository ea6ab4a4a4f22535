/**
 * version - what the kernels of each FUSE version offer when a connection begins (fuse_send_init of fs/fuse/inode.c).
 *
 * The history is in the comment that include/uapi/linux/fuse.h begins with. What a kernel offers only for virtiofs is left
 * out.
 */

import { bufferOf } from '../../../mount/fuse/message.ts';
import * as uapi from '../../../src/uapi/fuse.ts';
import { encodeRequest } from '../fuse.ts';

/** The versions that are spoken: 7.31 of Linux 5.4 to 7.45 of Linux 6.18. */
export const OLDEST = 31;
export const NEWEST = 45;

const flags731 =
	uapi.FUSE_ASYNC_READ |
	uapi.FUSE_POSIX_LOCKS |
	uapi.FUSE_ATOMIC_O_TRUNC |
	uapi.FUSE_EXPORT_SUPPORT |
	uapi.FUSE_BIG_WRITES |
	uapi.FUSE_DONT_MASK |
	uapi.FUSE_SPLICE_WRITE |
	uapi.FUSE_SPLICE_MOVE |
	uapi.FUSE_SPLICE_READ |
	uapi.FUSE_FLOCK_LOCKS |
	uapi.FUSE_HAS_IOCTL_DIR |
	uapi.FUSE_AUTO_INVAL_DATA |
	uapi.FUSE_DO_READDIRPLUS |
	uapi.FUSE_READDIRPLUS_AUTO |
	uapi.FUSE_ASYNC_DIO |
	uapi.FUSE_WRITEBACK_CACHE |
	uapi.FUSE_NO_OPEN_SUPPORT |
	uapi.FUSE_PARALLEL_DIROPS |
	uapi.FUSE_HANDLE_KILLPRIV |
	uapi.FUSE_POSIX_ACL |
	uapi.FUSE_ABORT_ERROR |
	uapi.FUSE_MAX_PAGES |
	uapi.FUSE_CACHE_SYMLINKS |
	uapi.FUSE_NO_OPENDIR_SUPPORT |
	uapi.FUSE_EXPLICIT_INVAL_DATA;

/** What came with a version: flags, and flags of the second word. */
const history: readonly (readonly [minor: number, flags: number, flags2: number])[] = [
	[31, flags731, 0],
	[33, uapi.FUSE_HANDLE_KILLPRIV_V2 | uapi.FUSE_SETXATTR_EXT, 0],
	[36, uapi.FUSE_INIT_EXT, uapi.FUSE_SECURITY_CTX],
	[38, 0, uapi.FUSE_CREATE_SUPP_GROUP | uapi.FUSE_HAS_EXPIRE_ONLY],
	[39, 0, uapi.FUSE_DIRECT_IO_ALLOW_MMAP],
	[40, 0, uapi.FUSE_PASSTHROUGH | uapi.FUSE_NO_EXPORT_SUPPORT | uapi.FUSE_HAS_RESEND],
	[41, 0, uapi.FUSE_ALLOW_IDMAP],
	[43, 0, uapi.FUSE_REQUEST_TIMEOUT],
];

/** Size of a fuse_init_in until there was a second word of flags. */
const INIT_IN_SIZE_735 = 16;

/** What a kernel of version 7.`minor` says of itself. */
export function offerOf(minor: number): { readonly flags: number; readonly flags2: number } {
	const come = history.filter(([since]) => since <= minor);
	const sum = (at: 1 | 2) => come.reduce((bits, row) => bits | row[at], 0);
	return { flags: sum(1), flags2: sum(2) };
}

/** The INIT of a kernel of version 7.`minor`, as long as it was then. */
export function initRequest(unique: number, minor: number): Uint8Array {
	const args = { major: 7, minor, max_readahead: 131072, ...offerOf(minor) };
	const bytes = encodeRequest(uapi.FUSE_INIT, unique, { nodeid: 0, args });
	if (minor >= 36) return bytes;
	const short = bytes.slice(0, uapi.fuse_in_header.size + INIT_IN_SIZE_735);
	bufferOf(short).view.setUint32(uapi.fuse_in_header.offsetof.len, short.length, true);
	return short;
}
