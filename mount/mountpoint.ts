/**
 * mountpoint - which mounts are ours, found without touching any of them.
 *
 * Every file operation on a mount whose server is dead or stuck may fail or hang, so that what is mounted is read from
 * /proc/self/mountinfo and what is stale is detached by its path. A mount says whose it is in its source,
 * `ring3:<pid>:<start>`: the serving process and when it started (field 22 of /proc/<pid>/stat), because process ids are
 * used again. Where the source has to say something else, the type says it, `fuse.ring3.<pid>.<start>`.
 */

import { existsSync, mkdtempSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { errno, isErrno } from '../src/lib/errno.ts';
import { unmountByFusermount } from './fusermount.ts';
import { check, type Libc, MNT_DETACH, UMOUNT_NOFOLLOW } from './libc.ts';
import { type MountInfo, readMountInfo } from './mountinfo.ts';

/** Type of our mounts in /proc/mounts, or what it begins with. */
const fstype = 'fuse.ring3';

/** The process that serves a mount. */
export interface Owner {
	readonly pid: number;
	/** When it started, in ticks since boot. */
	readonly start: number;
}

/** What marks a mount as served by a machine: its type and its source. */
export interface Mark {
	readonly type: string;
	readonly source: string;
}

/** The source that marks a mount as served by this process. */
export function ownSource(): string {
	return `ring3:${process.pid}:${startTime(process.pid) ?? 0}`;
}

/** Type and source that mark a mount as served by this process; the source is `fsname` where there is one. */
export function ownMark(fsname?: string): Mark {
	const source = ownSource();
	if (fsname === undefined) return { type: fstype, source };
	return { type: `fuse.${source.replaceAll(':', '.')}`, source: fsname };
}

/** Who serves a mount; undefined for a mount that is not ring3's. */
export function ownerOf(mount: MountInfo): Owner | undefined {
	const { type, source } = mount;
	const fields = type === fstype ? /^ring3:(\d+):(\d+)$/.exec(source) : /^fuse\.ring3\.(\d+)\.(\d+)$/.exec(type);
	return fields ? { pid: Number(fields[1]), start: Number(fields[2]) } : undefined;
}

/** True while the process that started at that time is there. */
export function isAlive(owner: Owner): boolean {
	const start = startTime(owner.pid);
	return start !== undefined && start === owner.start;
}

/** True while a process of that number is there. */
export function isRunning(pid: number): boolean {
	return startTime(pid) !== undefined;
}

/** When a process started, in ticks since boot; undefined when it is gone, or a zombie that serves nothing any more. */
function startTime(pid: number): number | undefined {
	try {
		const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
		const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
		return fields[0] === 'Z' || fields[0] === 'X' ? undefined : Number(fields[19]);
	} catch (error) {
		if (isErrno(error)) return undefined;
		throw error;
	}
}

/**
 * Detaches every mount of ring3 whose server is gone, topmost first, and answers their paths. Where a thread of a killed server
 * waits for a program that waits for the server, their connection is aborted, which sets both free.
 */
export function detachStale(libc: Libc, mounts: readonly MountInfo[] = readMountInfo()): string[] {
	const stale = mounts.filter(mount => {
		const owner = ownerOf(mount);
		return owner !== undefined && !isAlive(owner);
	});
	for (const { minor } of stale) abortIfThere(libc, minor);
	return stale.reverse().flatMap(({ mountPoint }) => (detach(libc, mountPoint) ? mountPoint : []));
}

/**
 * Takes a mount out of the tree at once, whoever still uses it. False when nothing is mounted there (any more), or it is
 * another user's.
 */
export function detach(libc: Libc, mountPoint: string): boolean {
	if (libc.umount2(mountPoint, MNT_DETACH | UMOUNT_NOFOLLOW) === 0) return true;
	return libc.errno() === errno.EPERM && process.geteuid!() !== 0 && unmountByFusermount(mountPoint);
}

/** Aborts a connection, where there is one and this user may. */
export function abortIfThere(libc: Libc, minor: number): void {
	try {
		abortConnection(libc, minor);
	} catch (error) {
		if (!isErrno(error)) throw error;
	}
}

/** Where systemd mounts fusectl. */
const fusectl = '/sys/fs/fuse/connections';

/**
 * Aborts a FUSE connection: whoever waits for its server gets ECONNABORTED. The last resort against clients that cannot be
 * killed. Throws ENOENT when there is no such connection, EACCES for another user's, and EPERM for others than root where fusectl
 * is not mounted.
 */
export function abortConnection(libc: Libc, minor: number): void {
	const abort = (dir: string) => writeFileSync(join(dir, String(minor), 'abort'), '1');
	if (existsSync(join(fusectl, String(minor)))) {
		abort(fusectl);
		return;
	}
	const dir = mkdtempSync(join(tmpdir(), 'fusectl-'));
	try {
		check(libc, libc.mount('none', dir, 'fusectl', 0, ''), 'mount fusectl');
		try {
			abort(dir);
		} finally {
			detach(libc, dir);
		}
	} finally {
		rmdirSync(dir);
	}
}
