/**
 * file - open files (fs/fuse/file.c, and what fs/read_write.c does before it).
 */

import { Errno, isErrno } from '../../../src/lib/errno.ts';
import {
	O_ACCMODE,
	O_APPEND,
	O_CREAT,
	O_EXCL,
	O_NOCTTY,
	O_PATH,
	O_RDONLY,
	O_TRUNC,
	O_WRONLY,
	SEEK_CUR,
	SEEK_DATA,
	SEEK_END,
	SEEK_HOLE,
	SEEK_SET,
} from '../../../src/uapi/fcntl.ts';
import * as uapi from '../../../src/uapi/fuse.ts';
import { isDir, isReg } from '../../../src/uapi/stat.ts';
import type { Dentry } from './dcache.ts';
import type { Current } from './dev.ts';
import type { FuseDir } from './dir.ts';
import { FUSE_STATX_MODSIZE, type FuseInode, STATX_ATIME, STATX_SIZE } from './inode.ts';
import { type DirContext, readdir } from './readdir.ts';
import { RwSem } from './rwsem.ts';

const MAX_LFS_FILESIZE = Number.MAX_SAFE_INTEGER;

/** What an open answered. */
interface Opened {
	readonly fh: number;
	readonly open_flags: number;
}

/** Opens for a path alone ask nothing. */
const nothing: Opened = { fh: 0, open_flags: 0 };

/** An open file, shared by the descriptors that were made of it. */
export class OpenFile {
	readonly fs: FuseDir;
	readonly dentry: Dentry;
	readonly inode: FuseInode;
	readonly fh: number;
	readonly openFlags: number;
	/** f_flags */
	flags: number;
	pos = 0;
	/** Descriptors and calls that use it. */
	count = 1;
	readonly #posLock = new RwSem();
	/** By which a notification of poll names the file. */
	readonly kh: number;

	/** Opens what a walk has found; permissions were checked. */
	static async open(fs: FuseDir, current: Current, dentry: Dentry, flags: number): Promise<OpenFile> {
		const inode = dentry.inode!;
		if (inode.bad) throw new Errno('EIO');
		if ((flags & O_PATH) !== 0) return new OpenFile(fs, dentry, flags, nothing);
		if (!inode.isDir && !isReg(inode.attr.mode)) throw new Errno('ENXIO');
		const opcode = inode.isDir ? uapi.FUSE_OPENDIR : uapi.FUSE_OPEN;
		const args = { flags: flags & ~(O_CREAT | O_EXCL | O_NOCTTY) };
		if ((fs.conn.flags & uapi.FUSE_ATOMIC_O_TRUNC) === 0) throw new RangeError('O_TRUNC is not part of an open');
		const out = await fs.conn.ask(current, opcode, { nodeid: inode.nodeid, args }, uapi.fuse_open_out);
		const file = new OpenFile(fs, dentry, flags, out);
		if ((flags & O_TRUNC) !== 0 && !inode.isDir) file.#truncated();
		return file;
	}

	constructor(fs: FuseDir, dentry: Dentry, flags: number, { fh, open_flags }: Opened) {
		this.fs = fs;
		this.dentry = dentry;
		this.inode = dentry.inode!;
		this.fh = fh;
		this.openFlags = open_flags;
		this.flags = flags & ~(O_CREAT | O_EXCL | O_NOCTTY | O_TRUNC);
		this.kh = fh + 1000;
		dentry.opens++;
		this.inode.opens++;
	}

	get isPath(): boolean {
		return (this.flags & O_PATH) !== 0;
	}

	get #stream(): boolean {
		return (this.openFlags & uapi.FOPEN_STREAM) !== 0;
	}

	get #seekable(): boolean {
		return (this.openFlags & (uapi.FOPEN_STREAM | uapi.FOPEN_NONSEEKABLE)) === 0;
	}

	/** Read at the position of the file, and move that. */
	read(current: Current, count: number): Promise<Uint8Array> {
		return this.#atPosition(pos => this.#read(current, count, pos));
	}

	async pread(current: Current, count: number, pos: number): Promise<Uint8Array> {
		if (pos < 0) throw new Errno('EINVAL');
		if (!this.#seekable) throw new Errno('ESPIPE');
		return (await this.#read(current, count, pos))[0];
	}

	write(current: Current, data: Uint8Array): Promise<number> {
		return this.#atPosition(pos => this.#write(current, data, pos));
	}

	async pwrite(current: Current, data: Uint8Array, pos: number): Promise<number> {
		if (pos < 0) throw new Errno('EINVAL');
		if (!this.#seekable) throw new Errno('ESPIPE');
		return (await this.#write(current, data, pos))[0];
	}

	/** Runs a transfer that gives its result and the position after it. */
	async #atPosition<T>(transfer: (pos: number) => Promise<readonly [T, number]>): Promise<T> {
		if (this.#stream) return (await transfer(0))[0];
		return this.#posLock.write(async () => {
			const [result, pos] = await transfer(this.pos);
			this.pos = pos;
			return result;
		});
	}

	async #read(current: Current, count: number, from: number): Promise<readonly [Uint8Array, number]> {
		if ((this.flags & O_ACCMODE) === O_WRONLY) throw new Errno('EBADF');
		if (this.inode.isDir) throw new Errno('EISDIR');
		if (this.inode.bad) throw new Errno('EIO');
		const parts: Uint8Array[] = [];
		let got = 0;
		while (got < count) {
			const size = Math.min(count - got, this.fs.conn.maxWrite);
			const args = { fh: this.fh, offset: from + got, size, flags: this.flags };
			const reply = this.fs.conn.request(current, uapi.FUSE_READ, { nodeid: this.inode.nodeid, args });
			const { body } = await reply.catch((error: unknown) => {
				if (got > 0 && isErrno(error)) return { body: new Uint8Array(0) };
				throw error;
			});
			parts.push(body);
			got += body.length;
			if (body.length < size) break;
		}
		this.inode.invalidate(STATX_ATIME);
		return [new Uint8Array(Buffer.concat(parts)), from + got];
	}

	async #write(current: Current, data: Uint8Array, at: number): Promise<readonly [number, number]> {
		if ((this.flags & O_ACCMODE) === O_RDONLY) throw new Errno('EBADF');
		if (this.inode.bad) throw new Errno('EIO');
		if (data.length === 0) return [0, at];
		return this.inode.lock.write(async () => {
			const from = (this.flags & O_APPEND) !== 0 ? this.inode.attr.size : at;
			let put = 0;
			try {
				while (put < data.length) {
					const payload = data.subarray(put, put + this.fs.conn.maxWrite);
					const size = await this.#writeOnce(current, payload, from + put);
					put += size;
					if (size < payload.length) break;
				}
			} catch (error) {
				if (put === 0 || !isErrno(error)) throw error;
			} finally {
				this.#written(from + put, put);
			}
			return [put, from + put];
		});
	}

	async #writeOnce(current: Current, payload: Uint8Array, offset: number): Promise<number> {
		const args = { fh: this.fh, offset, size: payload.length, flags: this.flags };
		const call = { nodeid: this.inode.nodeid, args, payload };
		const { size } = await this.fs.conn.ask(current, uapi.FUSE_WRITE, call, uapi.fuse_write_out);
		if (size > payload.length) throw new Errno('EIO');
		return size;
	}

	/** fuse_write_update_attr */
	#written(end: number, count: number): void {
		const { inode } = this;
		this.fs.inodes.touch(inode);
		if (count > 0 && end > inode.attr.size) inode.attr = { ...inode.attr, size: end };
		inode.invalidate(FUSE_STATX_MODSIZE);
	}

	/** fuse_truncate_update_attr */
	#truncated(): void {
		this.fs.inodes.touch(this.inode);
		this.inode.attr = { ...this.inode.attr, size: 0 };
		this.inode.invalidate(FUSE_STATX_MODSIZE);
	}

	/** fuse_file_llseek, generic_file_llseek */
	async lseek(current: Current, offset: number, whence: number): Promise<number> {
		if (whence > SEEK_HOLE || whence < 0) throw new Errno('EINVAL');
		if (!this.#seekable) throw new Errno('ESPIPE');
		return this.#posLock.write(async () => {
			const to = await this.#seekTo(current, offset, whence);
			if (to < 0 || to > MAX_LFS_FILESIZE) throw new Errno('EINVAL');
			this.pos = to;
			return to;
		});
	}

	async #seekTo(current: Current, offset: number, whence: number): Promise<number> {
		const { inode, fs } = this;
		if (whence === SEEK_SET) return offset;
		if (whence === SEEK_CUR) return this.pos + offset;
		if (inode.isDir) return genericSeek(inode.attr.size, offset, whence);
		return inode.lock.write(async () => {
			if (whence !== SEEK_END && !fs.conn.unsupported.has(uapi.FUSE_LSEEK)) {
				const call = { nodeid: inode.nodeid, args: { fh: this.fh, offset, whence } };
				const out = await fs.conn.ask(current, uapi.FUSE_LSEEK, call, uapi.fuse_lseek_out);
				return out.offset;
			}
			await fs.update(current, inode, STATX_SIZE);
			return genericSeek(inode.attr.size, offset, whence);
		});
	}

	/** Lists from where the file stands (iterate_dir). */
	async iterate(current: Current, ctx: DirContext): Promise<void> {
		if (!this.inode.isDir) throw new Errno('ENOTDIR');
		await this.#posLock.write(() =>
			this.inode.lock.read(async () => {
				if (this.inode.dead) throw new Errno('ENOENT');
				ctx.pos = this.pos;
				await readdir(this.fs, current, this, ctx);
				this.pos = ctx.pos;
			}),
		);
	}

	async fsync(current: Current, datasync: boolean): Promise<void> {
		const opcode = isDir(this.inode.attr.mode) ? uapi.FUSE_FSYNCDIR : uapi.FUSE_FSYNC;
		const args = { fh: this.fh, fsync_flags: datasync ? uapi.FUSE_FSYNC_FDATASYNC : 0 };
		await this.fs.conn.request(current, opcode, { nodeid: this.inode.nodeid, args });
	}

	/** A descriptor is closed (fuse_flush). Kernels before 7.35 always say so. */
	async flush(current: Current): Promise<void> {
		if (this.isPath || this.inode.isDir) return;
		if ((this.openFlags & uapi.FOPEN_NOFLUSH) !== 0 && this.fs.conn.minor >= 35) return;
		const call = { nodeid: this.inode.nodeid, args: { fh: this.fh } };
		await this.fs.conn.request(current, uapi.FUSE_FLUSH, call);
	}

	/** One user fewer; the last one releases it (fput). */
	put(): void {
		this.count--;
		if (this.count > 0) return;
		this.dentry.opens--;
		this.inode.opens--;
		if (this.isPath) return;
		const opcode = this.inode.isDir ? uapi.FUSE_RELEASEDIR : uapi.FUSE_RELEASE;
		const args = { fh: this.fh, flags: this.flags };
		this.fs.conn.background(opcode, { nodeid: this.inode.nodeid, args });
	}
}

function genericSeek(size: number, offset: number, whence: number): number {
	if (whence === SEEK_END) return size + offset;
	if (offset < 0 || offset >= size) throw new Errno('ENXIO');
	return whence === SEEK_DATA ? offset : size;
}
