/**
 * supervise_statfs - statfs(2) and fstatfs(2) of programs under `ring3 run`.
 *
 * The host says of every file of a machine that it is on a FUSE mount. Programs that look whether /sys is sysfs and /proc is procfs
 * (libsensors, libudev, systemd) are told so by the machine; all other files are the host's affair.
 */

import { readlinkSync } from 'node:fs';
import type { Answer, Handler, SupervisedCall } from '../../mount/run/supervised_call.ts';
import { readUserString } from '../../mount/user_memory.ts';
import type { Context, Inode, Kstatfs } from '../boundary/vfs.ts';
import type { Awaitable } from '../lib/awaitable.ts';
import { isErrno } from '../lib/errno.ts';
import { ST_NODEV, ST_NOEXEC, ST_NOSUID, ST_RELATIME, ST_VALID, statfs } from '../uapi/statfs.ts';
import { orUndefined } from './caller_paths.ts';

const PATH_MAX = 4096;

/** What the handlers need of their machine. */
export interface StatfsCallOptions {
	/** Finds what lies at a path of a program; undefined for what is not the machine's. */
	kernPath(path: string, ctx: Context): Awaitable<Inode | undefined>;
	statfs(inode: Inode): Kstatfs;
}

/** The handlers. */
export function statfsCalls({ kernPath, statfs }: StatfsCallOptions): Readonly<Record<'statfs' | 'fstatfs', Handler>> {
	const answer = async (call: SupervisedCall, path: string): Promise<Answer> => {
		const inode = await orUndefined(() => kernPath(path, call));
		if (inode === undefined) return 'host';
		call.memory.write(call.args[1], encode(statfs(inode)));
		return 0;
	};
	return {
		statfs: call => answer(call, readUserString(call.memory, call.args[0], PATH_MAX)),
		fstatfs: call => {
			const path = linkOf(`/proc/${call.pid}/fd/${call.int(0)}`);
			return path?.startsWith('/') ? answer(call, path) : 'host';
		},
	};
}

function linkOf(path: string): string | undefined {
	try {
		return readlinkSync(path);
	} catch (error) {
		if (isErrno(error)) return undefined;
		throw error;
	}
}

/** Divergence: the flags are those that a machine mounts its pseudo file systems with, whatever the mount was made with. */
function encode({ type, bsize, blocks, bfree, bavail, files, ffree, namelen }: Kstatfs): Uint8Array {
	const bytes = new Uint8Array(statfs.size);
	statfs.encode(new DataView(bytes.buffer), 0, {
		...{
			f_type: type,
			f_bsize: bsize,
			f_blocks: blocks,
			f_bfree: bfree,
			f_bavail: bavail,
			f_files: files,
			f_ffree: ffree,
		},
		...{ f_fsid: [0, 0], f_namelen: namelen, f_frsize: bsize },
		f_flags: ST_VALID | ST_NOSUID | ST_NODEV | ST_NOEXEC | ST_RELATIME,
	});
	return bytes;
}
