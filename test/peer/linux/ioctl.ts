/**
 * ioctl - what the VFS answers by itself, and what goes to the server (fs/ioctl.c, fs/fuse/ioctl.c).
 */

import type { TaskMemory } from '../../../kernel-sim/fs/user_memory.ts';
import { Errno } from '../../../src/lib/errno.ts';
import { FUSE_IOCTL, FUSE_IOCTL_DIR, fuse_ioctl_out } from '../../../src/uapi/fuse.ts';
import { _IOC_READ, _IOC_WRITE } from '../../../src/uapi/ioctl.ts';
import { isReg } from '../../../src/uapi/stat.ts';
import type { Current } from './dev.ts';
import { OpenFile } from './file.ts';

const FIBMAP = 1;
const FIGETBSZ = 2;
const FIONREAD = 0x541b;
const FS_IOC_GETFLAGS = 0x80086601;
/** Block size of a FUSE mount. */
const BLOCK_SIZE = 4096;

/** Runs a command whose argument points to `data`. */
export async function doIoctl(
	current: Current,
	memory: TaskMemory,
	file: OpenFile,
	cmd: number,
	data: Uint8Array,
): Promise<number> {
	const answer = (value: number) => {
		new DataView(data.buffer, data.byteOffset, data.length).setInt32(0, value, true);
		return 0;
	};
	if (cmd === FIGETBSZ) return answer(BLOCK_SIZE);
	if (isReg(file.inode.attr.mode) && cmd === FIONREAD) return answer(file.inode.attr.size - file.pos);
	if (isReg(file.inode.attr.mode) && cmd === FIBMAP) return answer(0);
	if (cmd === FS_IOC_GETFLAGS) return getFlags(current, file);
	const address = memory.map(data);
	try {
		const size = (cmd >> 16) & 0x3fff;
		const payload = (cmd >>> 30) & _IOC_WRITE ? data.slice(0, size) : new Uint8Array(0);
		return await fuseIoctl(current, file, { cmd, arg: address, payload, outSize: (cmd >>> 30) & _IOC_READ ? size : 0 });
	} finally {
		memory.unmap(address);
	}
}

/** A command as it is sent. */
interface Command {
	readonly cmd: number;
	readonly arg: bigint;
	readonly payload: Uint8Array;
	readonly outSize: number;
}

/** fuse_do_ioctl; the server reads and writes the caller's memory by itself. */
async function fuseIoctl(current: Current, { fs, inode, fh }: OpenFile, command: Command): Promise<number> {
	const { cmd, arg, payload, outSize } = command;
	const flags = inode.isDir ? FUSE_IOCTL_DIR : 0;
	const args = { fh, flags, cmd, arg, in_size: payload.length, out_size: outSize };
	const call = { nodeid: inode.nodeid, args, payload };
	const { result } = await fs.conn.ask(current, FUSE_IOCTL, call, fuse_ioctl_out);
	if (result < 0) throw Errno.of(result);
	return result;
}

/** Asked for through a file that is opened for that (fuse_priv_ioctl_prepare). */
async function getFlags(current: Current, file: OpenFile): Promise<number> {
	const own = await OpenFile.open(file.fs, current, file.dentry, 0);
	try {
		await fuseIoctl(current, own, { cmd: FS_IOC_GETFLAGS, arg: 0n, payload: new Uint8Array(0), outSize: 4 });
	} finally {
		own.put();
	}
	throw new Errno('EIO', 'no file has such flags');
}
