/**
 * crypto - /proc/crypto: the algorithms that parts of the kernel can ask for (crypto/proc.c).
 *
 * Divergence: nothing in this kernel encrypts or hashes, and so none is registered.
 */

import type { Kernel } from '../../kernel.ts';
import type { Proc } from './proc_fs.ts';

/** Makes /proc/crypto. */
export function procCryptoInit(_kernel: Kernel, proc: Proc): void {
	proc.createSingle('crypto', 0, () => {});
}
