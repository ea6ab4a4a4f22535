/**
 * init - what is agreed with the kernel when a connection begins.
 *
 * Served are versions 7.31 to 7.45. Of what the kernel offers we take what is listed below, and never: writeback cache and
 * AUTO_INVAL_DATA (we say what has changed), CACHE_SYMLINKS (`self` differs from reader to reader), NO_OPENDIR_SUPPORT (it
 * would freeze the listing of every directory), locks (those of the kernel itself do).
 */

import { Errno } from '../../src/lib/errno.ts';
import {
	FUSE_ATOMIC_O_TRUNC,
	FUSE_BIG_WRITES,
	FUSE_DIRECT_IO_ALLOW_MMAP,
	FUSE_DO_READDIRPLUS,
	FUSE_DONT_MASK,
	FUSE_HAS_EXPIRE_ONLY,
	FUSE_HAS_RESEND,
	FUSE_INIT_EXT,
	FUSE_KERNEL_MINOR_VERSION,
	FUSE_KERNEL_VERSION,
	FUSE_MAX_PAGES,
	FUSE_PARALLEL_DIROPS,
	FUSE_PASSTHROUGH,
	FUSE_READDIRPLUS_AUTO,
	type FuseInitIn,
	type FuseInitOut,
} from '../../src/uapi/fuse.ts';
import type { Handler } from './connection.ts';
import { MAX_WRITE } from './message.ts';

/** The oldest minor version that is served. */
export const OLDEST_MINOR = 31;

const PAGE_SIZE = 4096;

const wanted =
	FUSE_ATOMIC_O_TRUNC |
	FUSE_BIG_WRITES |
	FUSE_DONT_MASK |
	FUSE_DO_READDIRPLUS |
	FUSE_READDIRPLUS_AUTO |
	FUSE_PARALLEL_DIROPS |
	FUSE_MAX_PAGES |
	FUSE_INIT_EXT;

const wanted2 = FUSE_HAS_EXPIRE_ONLY | FUSE_DIRECT_IO_ALLOW_MMAP | FUSE_HAS_RESEND;

/**
 * The answer to an offer. `passthrough` is for a server with CAP_SYS_ADMIN, which may put a file of the host in the place of
 * one of its own. A newer major version is answered with ours, and the kernel asks again. Throws EPROTO for an older version
 * than is served.
 */
export function negotiate(offer: FuseInitIn, passthrough: boolean): FuseInitOut {
	if (offer.major < FUSE_KERNEL_VERSION || (offer.major === FUSE_KERNEL_VERSION && offer.minor < OLDEST_MINOR))
		throw new Errno('EPROTO', `FUSE ${offer.major}.${offer.minor}; 7.${OLDEST_MINOR} is needed`);
	const flags2 = offer.flags & FUSE_INIT_EXT ? offer.flags2 & (passthrough ? wanted2 | FUSE_PASSTHROUGH : wanted2) : 0;
	return {
		major: FUSE_KERNEL_VERSION,
		minor: Math.min(offer.minor, FUSE_KERNEL_MINOR_VERSION),
		max_readahead: offer.max_readahead,
		flags: offer.flags & wanted,
		max_background: 64,
		congestion_threshold: 48,
		max_write: MAX_WRITE,
		time_gran: 1,
		max_pages: MAX_WRITE / PAGE_SIZE,
		map_alignment: 0,
		flags2,
		max_stack_depth: flags2 & FUSE_PASSTHROUGH ? 1 : 0,
		request_timeout: 0,
	};
}

/** FUSE_INIT */
export const doInit: Handler<FuseInitIn, FuseInitOut> = (fuse, { args }) => fuse.init(args);
