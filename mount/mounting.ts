/**
 * mounting - a new FUSE connection in its place: by mount(2) for root, by fusermount3 for everybody else.
 */

import { closeSync } from 'node:fs';
import { isErrno } from '../src/lib/errno.ts';
import { mountByFusermount } from './fusermount.ts';
import { check, type Libc, MS } from './libc.ts';
import { type MountInfo, readMountInfo } from './mountinfo.ts';
import { ownMark } from './mountpoint.ts';
import { openFuse } from './open_fuse.ts';
import { fusermountOptions, type MountFlags, mountData } from './options.ts';
import { hostProbes, type Probes } from './probes.ts';
import { type Lack, lackError, lackOfDevice, lackOfMounting } from './requirements.ts';

/** A connection that is mounted and not served yet. */
export interface Mounted {
	/** Its descriptor: does not block, closed on exec. */
	readonly fd: number;
	/** Undefined where somebody has taken it away again. */
	readonly info: MountInfo | undefined;
}

/** A connection that nobody serves yet, whoever has mounted it: who looks at it waits. */
export interface Unserved {
	/** Its descriptor, in the process that has it. */
	readonly fd: number;
	/** Its number under fusectl. */
	readonly connection: number;
}

/** Mounts on a directory. Rejects as `mountTree`. */
export async function mountConnection(libc: Libc, dir: string, flags: MountFlags): Promise<Mounted> {
	const { type, source } = ownMark(flags.fsname);
	const before = new Set(readMountInfo().map(({ id }) => id));
	const fd =
		process.geteuid!() === 0
			? mountBySyscall(libc, dir, type, source, flags)
			: await mountByFusermount(libc, dir, fusermountOptions(type, source, flags));
	const info = readMountInfo().find(m => m.type === type && m.source === source && !before.has(m.id));
	return { fd, info };
}

function mountBySyscall(libc: Libc, dir: string, type: string, source: string, flags: MountFlags): number {
	const fd = explained(openFuse, ['ENOENT', 'ENODEV', 'ENXIO', 'EACCES', 'EPERM'], lackOfDevice);
	const mode = MS.NOSUID | MS.NODEV | (flags.ro ? MS.RDONLY : 0);
	const mount = () => check(libc, libc.mount(source, dir, type, mode, mountData(fd, flags)), `mount ${dir}`);
	try {
		explained(mount, ['EACCES', 'EPERM'], lackOfMounting);
		return fd;
	} catch (error) {
		closeSync(fd);
		throw error;
	}
}

/** Does something; if that is refused by one of `codes`, and something is found to be missing, what is thrown says so. */
function explained<T>(action: () => T, codes: readonly string[], lackOf: (probes: Probes) => Lack | undefined): T {
	try {
		return action();
	} catch (error) {
		const lack = isErrno(error) && codes.includes(error.code) ? lackOf(hostProbes()) : undefined;
		throw lack === undefined ? error : lackError(lack);
	}
}
