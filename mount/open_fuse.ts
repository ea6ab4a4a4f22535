/**
 * open_fuse - the device that FUSE connections come from.
 */

import { constants, openSync } from 'node:fs';

/** Opens the device. Throws as open(2): ENOENT without FUSE in the kernel, EACCES where only root may use it. */
export function openFuse(): number {
	// Node opens everything with O_CLOEXEC: a child with this descriptor would keep a dead connection alive.
	return openSync('/dev/fuse', constants.O_RDWR | constants.O_NONBLOCK);
}
