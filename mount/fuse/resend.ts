/**
 * resend - requests that the kernel sends again.
 *
 * Told by FUSE_NOTIFY_RESEND, it sends each request that was received and not answered once more, with FUSE_UNIQUE_RESEND in
 * `unique`, and takes an answer by that number alone. Without the bit it is the number that the request had before. Both headers
 * have `unique` at the same place.
 *
 * Linux: fs/fuse/dev.c, fuse_resend.
 */

import type { Struct } from '../../src/lib/struct.ts';
import { FUSE_UNIQUE_RESEND, fuse_in_header } from '../../src/uapi/fuse.ts';
import type { MessageBuffer } from './message.ts';

/** The half of `unique` that has the bit. */
const HALF = fuse_in_header.offsetof.unique + 4;
const BIT = Number(FUSE_UNIQUE_RESEND >> 32n);

/** True for a request that was sent before, and for the answer to one. */
export function isResent({ view }: MessageBuffer): boolean {
	return (view.getUint32(HALF, true) & BIT) !== 0;
}

/** Makes a message one that `isResent`, or none. */
export function setResent({ view }: MessageBuffer, resent: boolean): void {
	const half = view.getUint32(HALF, true);
	view.setUint32(HALF, resent ? half | BIT : half & ~BIT, true);
}

/** The header of a message, of either kind; its `unique` is without the bit. Throws EINVAL for a number that is none here. */
export function decodeHeader<T>(header: Struct<T>, message: MessageBuffer): T {
	if (!isResent(message)) return header.decode(message.view, 0);
	setResent(message, false);
	try {
		return header.decode(message.view, 0);
	} finally {
		setResent(message, true);
	}
}
