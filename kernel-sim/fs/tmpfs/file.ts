/**
 * file - reading, writing and seeking in a regular file of tmpfs (shmem_file_operations of mm/shmem.c, generic_write_checks of
 * fs/read_write.c, generic_perform_write of mm/filemap.c).
 *
 * Nothing here sleeps: a write with O_APPEND finds the end and writes there in one go.
 */

import type { Context, File, FileOperations, WriteResult } from '../../../src/boundary/vfs.ts';
import { Errno } from '../../../src/lib/errno.ts';
import { O_APPEND, SEEK_DATA, SEEK_HOLE } from '../../../src/uapi/fcntl.ts';
import { setattrShouldDropSuidgid } from '../attr.ts';
import { genericFileLlseek } from '../read_write.ts';
import { fileAccessed, MAX_FILESIZE } from './attr.ts';
import type { RegularFile, ShmemInode } from './inode.ts';
import { PAGE_SIZE, pageIndex } from './pages.ts';
import { killPriv } from './xattr.ts';

const seekSimple = genericFileLlseek(MAX_FILESIZE);

/** What every open inode of tmpfs needs: the super block counts open files. */
export const shmemOpenOperations: FileOperations = {
	open(inode) {
		(inode as ShmemInode).sb.opened(inode as ShmemInode);
	},

	release(inode) {
		(inode as ShmemInode).sb.released(inode as ShmemInode);
	},
};

/** Operations of an open regular file. */
export const shmemFileOperations: FileOperations = {
	...shmemOpenOperations,

	read(file, count, pos) {
		const { size, pages } = file.inode as RegularFile;
		const available = Math.max(Math.min(count, size - pos), 0);
		fileAccessed(file);
		return pages?.read(pos, available) ?? new Uint8Array(available);
	},

	write(file, data, pos, ctx): WriteResult {
		const inode = file.inode as RegularFile;
		if (data.length === 0) return 0;
		const start = (file.flags & O_APPEND) === 0 ? pos : inode.size;
		if (start >= MAX_FILESIZE) throw new Errno('EFBIG');
		fileModified(inode, ctx);
		const count = writePages(inode, data.subarray(0, MAX_FILESIZE - start), start);
		if (count === 0) throw new Errno('ENOSPC');
		return { count, pos: start + count };
	},

	llseek(file, offset, whence) {
		if (whence === SEEK_DATA || whence === SEEK_HOLE) return seekHoleOrData(file, offset, whence);
		return seekSimple(file, offset, whence);
	},

	fsync() {},
};

/** Writes kept in memory, page by page; fewer bytes than were given where the file system is full. */
export function writePages(inode: RegularFile, data: Uint8Array, start: number): number {
	let done = 0;
	while (done < data.length) {
		const pos = start + done;
		const page = inode.writablePage(pageIndex(pos));
		if (page === undefined) break;
		const offset = pos % PAGE_SIZE;
		const part = data.subarray(done, done + PAGE_SIZE - offset);
		page.set(part, offset);
		done += part.length;
	}
	if (done > 0) inode.size = Math.max(inode.size, start + done);
	return done;
}

/** A write takes the set-id bits and the capabilities, and moves the times (file_remove_privs, file_update_time). */
function fileModified(inode: RegularFile, ctx: Context): void {
	inode.mode &= ~setattrShouldDropSuidgid(inode, ctx);
	killPriv(inode);
	inode.touch(inode.sb.time.now());
}

/** mapping_seek_hole_data. ENXIO at and behind the end, and where no data follows. */
function seekHoleOrData(file: File, offset: number, whence: number): number {
	const { size, pages } = file.inode as RegularFile;
	if (offset < 0 || offset >= size) throw new Errno('ENXIO');
	if (whence === SEEK_HOLE) return pages?.seekHole(offset, size) ?? offset;
	const pos = pages?.seekData(offset, size);
	if (pos === undefined) throw new Errno('ENXIO');
	return pos;
}
