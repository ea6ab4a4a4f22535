/**
 * fs_context - FUSE connections that others mount, by the file descriptors of fsopen(2) (Documentation/filesystems/mount_api.rst).
 *
 *     openContext     a context for a FUSE file system, and its connection, which is not mounted yet
 *     createSuper     there is a file system now: whoever has the context can mount it, and the connection must be served
 *
 * The file system is mounted by whoever has the context, where he is. A context belongs to the user namespace in which it was
 * opened, and so does the connection.
 */

import { closeSync } from 'node:fs';
import { errno } from '../src/lib/errno.ts';
import { FSCONFIG_CMD_CREATE, FSCONFIG_SET_FLAG, FSCONFIG_SET_STRING, FSOPEN_CLOEXEC } from '../src/uapi/mount.ts';
import { check, type Libc } from './libc.ts';
import { openFuse } from './open_fuse.ts';
import { ownArchitecture } from './run/numbers.ts';

/** Two descriptors that belong together. */
export interface FsContext {
	readonly context: number;
	readonly connection: number;
}

/** Types of kcmp(2). */
const KCMP_FILE = 0;

/** Opens both; `source` is what /proc/mounts will say is mounted. Throws EPERM without CAP_SYS_ADMIN, and ENOSYS before Linux 5.2. */
export function openContext(libc: Libc, source: string): FsContext {
	const connection = openFuse();
	try {
		const context = fsopen(libc, 'fuse');
		try {
			const ids = { user_id: '0', group_id: '0' };
			const options = { source, subtype: 'ring3', rootmode: '40000', ...ids };
			for (const [key, value] of Object.entries(options)) fsconfig(libc, context, FSCONFIG_SET_STRING, key, value);
			for (const key of ['default_permissions', 'allow_other']) fsconfig(libc, context, FSCONFIG_SET_FLAG, key);
			return { context, connection };
		} catch (error) {
			closeSync(context);
			throw error;
		}
	} catch (error) {
		closeSync(connection);
		throw error;
	}
}

/** Makes the file system, over a connection that was opened with the context. Throws what the host refuses. */
export function createSuper(libc: Libc, { context, connection }: FsContext): void {
	// Only now: the number is that of whoever calls.
	fsconfig(libc, context, FSCONFIG_SET_STRING, 'fd', `${connection}`);
	fsconfig(libc, context, FSCONFIG_CMD_CREATE);
}

/**
 * True if descriptor `theirs` of process `pid` is the same open file as `ours` of this one. Throws ENOSYS where the host cannot tell, and
 * EPERM where it may not.
 */
export function isSameFile(libc: Libc, ours: number, pid: number, theirs: number): boolean {
	const { kcmp } = ownArchitecture().numbers;
	const order = libc.syscall(kcmp, process.pid, pid, KCMP_FILE, ours, theirs);
	if (order < 0 && libc.errno() === errno.EBADF) return false;
	return check(libc, order, 'kcmp') === 0;
}

function fsopen(libc: Libc, type: string): number {
	const name = text(type);
	const { fsopen } = ownArchitecture().numbers;
	return check(libc, libc.syscall(fsopen, Number(libc.address(name)), FSOPEN_CLOEXEC, 0, 0, 0), 'fsopen');
}

function fsconfig(libc: Libc, context: number, cmd: number, key?: string, value?: string): void {
	const [name, content] = [key, value].map(string => (string === undefined ? undefined : text(string)));
	const address = (bytes: Uint8Array | undefined) => (bytes === undefined ? 0 : Number(libc.address(bytes)));
	const { fsconfig } = ownArchitecture().numbers;
	const result = libc.syscall(fsconfig, context, cmd, address(name), address(content), 0);
	check(libc, result, `fsconfig ${key ?? cmd}`);
}

function text(string: string): Uint8Array {
	return Buffer.from(`${string}\0`);
}
