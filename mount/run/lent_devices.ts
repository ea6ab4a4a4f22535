/**
 * lent_devices - what of /dev stays the host's inside a machine.
 *
 * A program's terminal is the host's, and so is what its processes share: POSIX shared memory, message queues. The devices that
 * scripts use all the time cost no round trip if they are real. Each of these is mounted over something of the same name in the
 * machine's /dev, where everything else is the machine's.
 *
 *   /dev/null ...      the host's, bound
 *   /dev/ptmx          a link to .host/ptmx
 *   /dev/.host         for root a tmpfs with nothing but ptmx and pts, for others the host's /dev
 *
 * Opening ptmx looks for `pts` in the directory that it lies in, and that is none for a node that was bound alone. In the host's
 * own pts, ptmx is often nobody's to open.
 *
 * Linux: fs/devpts/inode.c, devpts_acquire; fs/namei.c, path_pts.
 */

import { chmodSync, mkdirSync, readlinkSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { isatty } from 'node:tty';
import { isErrno } from '../../src/lib/errno.ts';
import { isChr, isDir, makedev, S_IFCHR } from '../../src/uapi/stat.ts';
import { check, type Libc, MS } from '../libc.ts';
import { ownArchitecture } from './numbers.ts';

/** Where ptmx is. */
export const hostDev = '.host';

const always = ['null', 'zero', 'full', 'random', 'urandom', 'tty', 'console', 'pts', 'shm', 'mqueue'] as const;

/** A device or directory of the host's /dev: its type and permission bits, and the number of a device. */
export interface LentDevice {
	readonly mode: number;
	readonly rdev: number;
}

/** Names of what this process lends to a program that it starts: what the host has of the above, and the program's terminal. */
export function lentNames(): readonly string[] {
	const names = new Set<string>([...always, ...[0, 1, 2].flatMap(terminalName)]);
	return [...names].filter(name => lentDevice(name) !== undefined);
}

/** What the host has of that name; undefined where there is nothing that could be lent. */
export function lentDevice(name: string): LentDevice | undefined {
	const { mode = 0, rdev = 0 } = statSync(`/dev/${name}`, { throwIfNoEntry: false }) ?? {};
	return isChr(mode) || isDir(mode) ? { mode, rdev } : undefined;
}

/** Name of the terminal that a descriptor is; none for those of /dev/pts. */
function terminalName(fd: number): readonly string[] {
	if (!isatty(fd)) return [];
	try {
		return /^\/dev\/([^/]+)$/.exec(readlinkSync(`/proc/self/fd/${fd}`))?.slice(1) ?? [];
	} catch (error) {
		if (isErrno(error)) return [];
		throw error;
	}
}

/** Number of /dev/ptmx. */
const ptmx = makedev(5, 2);
const AT_FDCWD = -100;

/**
 * Makes the /dev/.host of root at `dir`; where this root may make no devices, it is the host's /dev as for others. Throws what
 * mount(2) refuses.
 */
export function lendPtmx(libc: Libc, dir: string): void {
	const mount = (source: string, target: string, type: string, flags: number, options = '') =>
		check(libc, libc.mount(source, target, type, flags, options), `mounting ${source} on ${target}`);
	mount('tmpfs', dir, 'tmpfs', MS.NOSUID | MS.NOEXEC, 'mode=755,nr_inodes=4');
	mkdirSync(join(dir, 'pts'));
	mount('/dev/pts', join(dir, 'pts'), '', MS.BIND | MS.REC);
	const path = Buffer.from(`${join(dir, 'ptmx')}\0`);
	const { mknodat } = ownArchitecture().numbers;
	const made = libc.syscall(mknodat, AT_FDCWD, Number(libc.address(path)), S_IFCHR | 0o666, Number(ptmx), 0);
	if (made < 0) mount('/dev', dir, '', MS.BIND | MS.REC);
	else chmodSync(join(dir, 'ptmx'), 0o666);
}
