/**
 * namespace - a mount namespace in which the machine's trees lie over the real ones.
 *
 * Mount namespaces belong to threads: what is done here changes what the calling thread and its children see, and nothing
 * else. In the end such a program sees
 *
 *   /proc           the machine's, a bind mount of DIR/proc
 *   /proc/.host     the real one, which /proc/<pid> and /proc/self of the machine lead to
 *   /sys            the machine's
 */

import { existsSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { Errno } from '../../src/lib/errno.ts';
import { CLONE_NEWNS, check, type Libc, MS } from '../libc.ts';

/** Where the machine's procfs has an empty directory for the real one. */
const hostProc = 'proc/.host';

/** Trees that lie over the host's where the machine and the host have them. */
const covered = ['sys'] as const;

/**
 * Gives the calling thread mounts of its own that no other namespace learns of, and answers what /proc calls the namespace.
 * Throws EPERM without CAP_SYS_ADMIN.
 */
export function unsharePrivate(libc: Libc): string {
	check(libc, libc.unshare(CLONE_NEWNS), 'unshare');
	// Private first: where / is a shared mount, whatever is mounted before this lands on the whole machine.
	check(libc, libc.mount('none', '/', '', MS.REC | MS.PRIVATE, ''), 'making / private');
	return readlinkSync('/proc/thread-self/ns/mnt');
}

/** True inside a machine, whose /proc lies over the real one. */
export function isInside(): boolean {
	return existsSync('/proc/.host');
}

/** What is mounted where, in this order, for the trees of the machine that is mounted at `dir` to lie over the real ones. */
export function coverings(dir: string): readonly (readonly [source: string, target: string])[] {
	const there = covered.filter(tree => existsSync(join(dir, tree)) && existsSync(join('/', tree)));
	return [
		['/proc', join(dir, hostProc)],
		[join(dir, 'proc'), '/proc'],
		...there.map(tree => [join(dir, tree), join('/', tree)] as const),
	];
}

/**
 * Puts the trees of the machine that is mounted at `dir` over the real ones, for the calling thread. Throws EBUSY inside a
 * machine, and what mount(2) refuses.
 */
export function coverTrees(libc: Libc, dir: string): void {
	if (isInside()) throw new Errno('EBUSY', 'this is the inside of a machine');
	for (const [source, target] of coverings(dir)) {
		check(libc, libc.mount(source, target, '', MS.BIND | MS.REC, ''), `binding ${source} to ${target}`);
	}
}
