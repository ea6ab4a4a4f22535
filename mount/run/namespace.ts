/**
 * namespace - a mount namespace in which the machine's trees lie over the real ones.
 *
 * Mount namespaces belong to threads: what is done here changes what the calling thread and its children see, and nothing
 * else. In the end such a program sees
 *
 *   /proc           the machine's, a bind mount of DIR/proc
 *   /proc/.host     the real one, which /proc/<pid> and /proc/self of the machine lead to
 *   /sys            the machine's
 *   /dev            the machine's, but for what the host lends (lent_devices.ts)
 *
 * The machine's /dev has a FUSE connection of its own in each such namespace. In the connection of the whole tree a device is two
 * nodes, one for who looks at it and one for who opens it, and what is mounted over such a name goes at the next look; here the
 * machine is told which names something is mounted on.
 */

import { closeSync, existsSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { Errno } from '../../src/lib/errno.ts';
import { CLONE_NEWNS, check, type Libc, MS } from '../libc.ts';
import { findMount, parseMountInfo } from '../mountinfo.ts';
import type { Unserved } from '../mounting.ts';
import type { Mark } from '../mountpoint.ts';
import { openFuse } from '../open_fuse.ts';
import { hostDev, lendPtmx } from './lent_devices.ts';

/** Where the machine's procfs has an empty directory for the real one. */
const hostProc = 'proc/.host';

/** Of a mount of /dev; that of devtmpfs would be `nosuid` alone, but no device is opened through FUSE by the host. */
const devFlags = MS.NOSUID | MS.NODEV;

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

/** Mounts a connection for /dev over that of the machine which is mounted at `dir`. Throws as open(2) and mount(2). */
export function mountDev(libc: Libc, dir: string, { type, source }: Mark): Unserved {
	const fd = openFuse();
	try {
		const target = join(dir, 'dev');
		check(libc, libc.mount(source, target, type, devFlags, devOptions(fd)), `mounting ${target}`);
		return { fd, connection: devConnection(dir, 'thread-self') };
	} catch (error) {
		closeSync(fd);
		throw error;
	}
}

/** Options of mount(8) for a connection on descriptor `fd`. */
export function devOptions(fd: number): string {
	return `fd=${fd},rootmode=40000,user_id=0,group_id=0,default_permissions,allow_other`;
}

/** Number of the connection for /dev in the namespace of a process. Throws ENOENT where none is mounted. */
export function devConnection(dir: string, pid: number | 'thread-self'): number {
	const target = join(dir, 'dev');
	const mount = findMount(target, parseMountInfo(readFileSync(`/proc/${pid}/mountinfo`, 'utf8')));
	if (mount === undefined) throw new Errno('ENOENT', `nothing is mounted on ${target}`);
	return mount.minor;
}

/**
 * What is bound where, in this order, for the trees of the machine that is mounted at `dir` to lie over the real ones, but for
 * /dev/.host. `lent` are names in the host's /dev; without them /dev stays the host's.
 */
export function coverings(
	dir: string,
	lent: readonly string[] | undefined,
): readonly (readonly [source: string, target: string])[] {
	const lending = lent?.map(name => [join('/dev', name), join(dir, 'dev', name)] as const) ?? [];
	const devices = lent === undefined ? [] : ([[join(dir, 'dev'), '/dev']] as const);
	const there = existsSync(join(dir, 'sys')) && existsSync('/sys');
	return [
		...lending,
		...devices,
		...(there ? ([[join(dir, 'sys'), '/sys']] as const) : []),
		['/proc', join(dir, hostProc)],
		[join(dir, 'proc'), '/proc'],
	];
}

/**
 * Puts the trees of the machine that is mounted at `dir` over the real ones, for the calling thread. `lent` as for `coverings`. Throws
 * EBUSY inside a machine, and what mount(2) refuses.
 */
export function coverTrees(libc: Libc, dir: string, lent: readonly string[] | undefined): void {
	if (isInside()) throw new Errno('EBUSY', 'this is the inside of a machine');
	if (lent?.includes('pts')) lendPtmx(libc, join(dir, 'dev', hostDev));
	for (const [source, target] of coverings(dir, lent)) {
		check(libc, libc.mount(source, target, '', MS.BIND | MS.REC, ''), `binding ${source} to ${target}`);
	}
}
