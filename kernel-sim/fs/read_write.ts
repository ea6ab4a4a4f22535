/**
 * read_write - reading, writing and seeking in open files (fs/read_write.c).
 */

import type { Context, File, Kiocb, ReadResult, WriteResult } from '../../src/boundary/vfs.ts';
import { type Awaitable, chain, isPromise } from '../../src/lib/awaitable.ts';
import { Errno } from '../../src/lib/errno.ts';
import { SEEK_CUR, SEEK_END, SEEK_HOLE, SEEK_SET } from '../../src/uapi/fcntl.ts';
import { FMODE_LSEEK, FMODE_READ, FMODE_WRITE } from '../../src/uapi/fs.ts';
import { isDir } from '../../src/uapi/stat.ts';

/** The most that one read(2) or write(2) moves: INT_MAX rounded down to a page. */
export const MAX_RW_COUNT = 0x7fff_f000;

/** Largest position in a file of a file system without 64-bit sizes (MAX_NON_LFS). */
export const MAX_NON_LFS = 0x7fff_ffff;

/** Reads and moves `iocb.pos` (vfs_read). EBADF, EISDIR, EINVAL without a read operation, and what that throws. */
export function vfsRead(iocb: Kiocb, count: number, ctx: Context): Awaitable<Uint8Array> {
	const { file } = iocb;
	if ((file.mode & FMODE_READ) === 0) throw new Errno('EBADF');
	if (file.op.read === undefined) throw new Errno(isDir(file.inode.mode) ? 'EISDIR' : 'EINVAL');
	if (count < 0 || iocb.pos < 0) throw new Errno('EINVAL');
	const most = Math.min(count, MAX_RW_COUNT);
	const result = file.op.read(file, most, iocb.pos, ctx);
	return isPromise(result) ? result.then(settled => finishRead(iocb, most, settled)) : finishRead(iocb, most, result);
}

/** Writes and moves `iocb.pos` (vfs_write). EBADF, EINVAL without a write operation, and what that throws. */
export function vfsWrite(iocb: Kiocb, data: Uint8Array, ctx: Context): Awaitable<number> {
	const { file } = iocb;
	if ((file.mode & FMODE_WRITE) === 0) throw new Errno('EBADF');
	if (file.op.write === undefined || iocb.pos < 0) throw new Errno('EINVAL');
	const given = data.length > MAX_RW_COUNT ? data.subarray(0, MAX_RW_COUNT) : data;
	const result = file.op.write(file, given, iocb.pos, ctx);
	return isPromise(result)
		? result.then(settled => finishWrite(iocb, given.length, settled))
		: finishWrite(iocb, given.length, result);
}

/** Sets and returns the position (vfs_llseek). ESPIPE where the file cannot be seeked in, EINVAL for an unknown whence. */
export function vfsLlseek(file: File, offset: number, whence: number, ctx: Context): Awaitable<number> {
	if (whence < SEEK_SET || whence > SEEK_HOLE) throw new Errno('EINVAL');
	if ((file.mode & FMODE_LSEEK) === 0 || file.op.llseek === undefined) throw new Errno('ESPIPE');
	return chain(file.op.llseek(file, offset, whence, ctx), pos => {
		file.pos = pos;
		return pos;
	});
}

/** An llseek operation that stays where it is, whatever is asked (noop_llseek). */
export function noopLlseek(file: File): number {
	return file.pos;
}

/** An llseek operation by the size of the inode: any position that is not negative (default_llseek). */
export function defaultLlseek(file: File, offset: number, whence: number): number {
	if (offset < 0 && whence > SEEK_END) throw new Errno('EINVAL');
	return seekWithin(file, offset, whence, Number.MAX_SAFE_INTEGER, file.inode.size);
}

/** An llseek operation up to a largest position; the end is where the inode says, or at `eof` (generic_file_llseek_size). */
export function genericFileLlseek(
	maxsize: number,
	eof?: number,
): (file: File, offset: number, whence: number) => number {
	return (file, offset, whence) => seekWithin(file, offset, whence, maxsize, eof ?? file.inode.size);
}

/** An llseek operation for a file that is `size` bytes long whatever its inode says (fixed_size_llseek). */
export function fixedSizeLlseek(size: number): (file: File, offset: number, whence: number) => number {
	return (file, offset, whence) => {
		if (whence > SEEK_END) throw new Errno('EINVAL');
		return seekWithin(file, offset, whence, size, size);
	};
}

/** generic_file_llseek_size. A file without holes is data up to its end, which is its only hole. */
function seekWithin(file: File, offset: number, whence: number, maxsize: number, eof: number): number {
	if (whence === SEEK_CUR && offset === 0) return file.pos;
	if (whence > SEEK_END && (offset < 0 || offset >= eof)) throw new Errno('ENXIO');
	const pos = target(file, offset, whence, eof);
	if (pos < 0 || pos > maxsize) throw new Errno('EINVAL');
	return pos;
}

function target(file: File, offset: number, whence: number, eof: number): number {
	if (whence === SEEK_CUR) return file.pos + offset;
	if (whence === SEEK_END) return eof + offset;
	return whence === SEEK_HOLE ? eof : offset;
}

function finishRead(iocb: Kiocb, most: number, result: ReadResult): Uint8Array {
	const plain = result instanceof Uint8Array;
	const bytes = plain ? result : result.bytes;
	if (bytes.length > most) throw new RangeError(`read gave ${bytes.length} bytes where ${most} were asked for`);
	iocb.pos = plain ? iocb.pos + bytes.length : result.pos;
	return bytes;
}

/** A count above what was given would be taken for a write beyond the buffer: it is cut. */
function finishWrite(iocb: Kiocb, given: number, result: WriteResult): number {
	if (typeof result === 'number') return Math.min(result, given);
	iocb.pos = result.pos;
	return Math.min(result.count, given);
}
