/**
 * supervise_mknod - mknod(2) and mknodat(2) of device nodes, by programs under `ring3 run`.
 *
 * The host makes device nodes for root alone, and asks a FUSE mount only then. In the machine's trees it is the machine that decides
 * who may; everywhere else the host does. Files, pipes and sockets come by FUSE.
 */

import { readlinkSync } from 'node:fs';
import type { Answer, Handler, SupervisedCall } from '../../mount/run/supervised_call.ts';
import { readUserString } from '../../mount/user_memory.ts';
import type { Context, Inode, Vfs } from '../boundary/vfs.ts';
import type { Awaitable } from '../lib/awaitable.ts';
import { isErrno } from '../lib/errno.ts';
import { new_decode_dev } from '../uapi/stat.ts';
import { orUndefined } from './caller_paths.ts';

const PATH_MAX = 4096;
const AT_FDCWD = -100;

/** What the handlers need of their machine. */
export interface MknodCallOptions {
	readonly vfs: Pick<Vfs, 'mknod'>;
	/** Finds what lies at a path of a program; undefined for what is not the machine's. */
	kernPath(path: string, ctx: Context): Awaitable<Inode | undefined>;
	/** Settles when every program that looks sees what was made. */
	settled(): Promise<void>;
}

/** The handlers. */
export function mknodCalls({
	vfs,
	kernPath,
	settled,
}: MknodCallOptions): Readonly<Record<'mknod' | 'mknodat', Handler>> {
	const make = async (call: SupervisedCall, path: string, mode: number, dev: number): Promise<Answer> => {
		const [, parent = '', name = ''] = /^(.*\/|)([^/]*)$/s.exec(path) ?? [];
		if (name === '' || name === '.' || name === '..') return 'host';
		const dir = await orUndefined(() => kernPath(parent === '' ? '.' : parent, call));
		if (dir === undefined) return 'host';
		await vfs.mknod(dir, name, mode & 0xffff, new_decode_dev(dev), call);
		await settled();
		return 0;
	};
	const path = (call: SupervisedCall, arg: 0 | 1) => readUserString(call.memory, call.args[arg], PATH_MAX);
	return {
		mknod: call => make(call, path(call, 0), call.int(1), call.int(2) >>> 0),
		mknodat: call => {
			const [dir, name] = [call.int(0), path(call, 1)];
			const base = name.startsWith('/') || dir === AT_FDCWD ? '' : linkOf(`/proc/${call.pid}/fd/${dir}`);
			return base === undefined
				? 'host'
				: make(call, base === '' ? name : `${base}/${name}`, call.int(2), call.int(3) >>> 0);
		},
	};
}

/** The directory that a descriptor is; undefined for one that is none. */
function linkOf(path: string): string | undefined {
	try {
		const text = readlinkSync(path);
		return text.startsWith('/') ? text : undefined;
	} catch (error) {
		if (isErrno(error)) return undefined;
		throw error;
	}
}
