/**
 * ioctl - commands that are the same for every file, and the way to those of a driver (fs/ioctl.c).
 */

import type { Context, File } from '../../src/boundary/vfs.ts';
import type { Awaitable } from '../../src/lib/awaitable.ts';
import { Errno } from '../../src/lib/errno.ts';
import { CAP_SYS_ADMIN, CAP_SYS_RAWIO } from '../../src/uapi/capability.ts';
import { FASYNC, O_NONBLOCK } from '../../src/uapi/fcntl.ts';
import { FMODE_PATH } from '../../src/uapi/fs.ts';
import { _IO, _IOWR, FIOASYNC, FIONBIO, FIONREAD } from '../../src/uapi/ioctl.ts';
import { isDir, isLnk, isReg } from '../../src/uapi/stat.ts';

/** Commands of include/uapi/linux/fs.h that are answered without the driver. */
export const FIBMAP = _IO(0, 1);
export const FIGETBSZ = _IO(0, 2);
export const FIFREEZE = _IOWR('X', 119, 4);
export const FITHAW = _IOWR('X', 120, 4);
export const FS_IOC_FIEMAP = _IOWR('f', 11, 32);
/** Of include/uapi/asm-generic/ioctls.h. */
export const FIOQSIZE = 0x5460;

/** ioctl(2) but for FIOCLEX and FIONCLEX, which are about the descriptor: do_vfs_ioctl, then the driver, then ENOTTY. */
export function doIoctl(file: File, cmd: number, arg: bigint, ctx: Context): Awaitable<number> {
	if ((file.mode & FMODE_PATH) !== 0) throw new Errno('EBADF');
	const answer = common.get(cmd);
	const result = answer?.(file, arg, ctx);
	if (result !== undefined) return result;
	if (file.op.ioctl === undefined) throw new Errno('ENOTTY');
	return file.op.ioctl(file, cmd, arg, ctx);
}

/** Undefined leaves the command to the driver. */
type Answer = (file: File, arg: bigint, ctx: Context) => number | undefined;

const common: ReadonlyMap<number, Answer> = new Map<number, Answer>([
	[FIONBIO, fionbio],
	[FIOASYNC, fioasync],
	[FIONREAD, fionread],
	[FIOQSIZE, fioqsize],
	[FIBMAP, fibmap],
	[FIGETBSZ, (file, arg, ctx) => putUser(ctx, arg, file.inode.blksize, 4)],
	[FIFREEZE, fsfreeze],
	[FITHAW, fsfreeze],
	[FS_IOC_FIEMAP, fiemap],
]);

function fionbio(file: File, arg: bigint, { memory }: Context): number {
	const on = memory.read(arg, 4).some(byte => byte !== 0);
	file.flags = on ? file.flags | O_NONBLOCK : file.flags & ~O_NONBLOCK;
	return 0;
}

/** No file here can send SIGIO: only what changes nothing is accepted. */
function fioasync({ flags }: File, arg: bigint, { memory }: Context): number {
	const on = memory.read(arg, 4).some(byte => byte !== 0);
	if (on !== ((flags & FASYNC) !== 0)) throw new Errno('ENOTTY');
	return 0;
}

function fiemap(): never {
	throw new Errno('EOPNOTSUPP');
}

function fionread({ inode, pos }: File, arg: bigint, ctx: Context): number | undefined {
	return isReg(inode.mode) ? putUser(ctx, arg, inode.size - pos, 4) : undefined;
}

function fioqsize({ inode }: File, arg: bigint, ctx: Context): number {
	if (!isDir(inode.mode) && !isReg(inode.mode) && !isLnk(inode.mode)) throw new Errno('ENOTTY');
	return putUser(ctx, arg, 0, 8);
}

function fibmap({ inode }: File, arg: bigint, ctx: Context): number | undefined {
	if (!isReg(inode.mode)) return undefined;
	if (!ctx.capable(CAP_SYS_RAWIO)) throw new Errno('EPERM');
	ctx.memory.read(arg, 4);
	throw new Errno('EINVAL');
}

function fsfreeze(_file: File, _arg: bigint, ctx: Context): never {
	throw new Errno(ctx.capable(CAP_SYS_ADMIN) ? 'EOPNOTSUPP' : 'EPERM');
}

function putUser({ memory }: Context, address: bigint, value: number, size: 4 | 8): number {
	const bytes = new Uint8Array(size);
	new DataView(bytes.buffer).setInt32(0, value, true);
	memory.write(address, bytes);
	return 0;
}
