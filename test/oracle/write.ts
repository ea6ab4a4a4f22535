/**
 * write - one write(2). Node's own goes on where one takes only a part.
 */

import { loadLibc } from '../../mount/libc.ts';
import { Errno, errnoName } from '../../src/lib/errno.ts';

const libc = loadLibc();

/** The bytes taken. Throws an Errno. */
export function write(fd: number, text: string): number {
	const bytes = Buffer.from(text, 'latin1');
	const taken = Number(libc.write(fd, bytes, bytes.length));
	if (taken < 0) throw new Errno(errnoName(libc.errno()) ?? 'EIO');
	return taken;
}
