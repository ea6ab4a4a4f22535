/**
 * file - open files of nodes.
 *
 * Simulates fs/kernfs/file.c. A file is read in one of two ways: through seq_file, as one record that is shown anew by each read
 * at the beginning, or by a `read` that is told where and how much. Each write is one call with all that was written, up to a
 * page. On one open file, one operation runs at a time.
 */

import type { Context, File, FileOperations, PollTable, WriteResult } from '../../../src/boundary/vfs.ts';
import { type Awaitable, chain } from '../../../src/lib/awaitable.ts';
import { Errno } from '../../../src/lib/errno.ts';
import { FMODE_READ, FMODE_WRITE } from '../../../src/uapi/fs.ts';
import { DEFAULT_POLLMASK, POLLERR, POLLPRI } from '../../../src/uapi/poll.ts';
import { S_IRUGO, S_IWUGO } from '../../../src/uapi/stat.ts';
import { PAGE_SIZE } from '../../mm/show_mem.ts';
import { genericFileLlseek, MAX_NON_LFS } from '../read_write.ts';
import { SEQ_START_TOKEN, type SeqFile, type SeqOperations, type Shown } from '../seq_file.ts';
import { kernfsNode } from './inode.ts';
import { KernfsOpenFile, linkOpenFile, unlinkOpenFile } from './open_file.ts';

/** What a file does (struct kernfs_ops). Where it says so, an absent operation decides what an open may ask for. */
export interface KernfsOps {
	/** May refuse, and prepare `of.priv`. Absent: allowed. */
	open?(of: KernfsOpenFile, ctx: Context): Awaitable<void>;
	/** Called once for each file that was opened: when it is closed, or when the node is removed before that. */
	release?(of: KernfsOpenFile): void;
	/** Prints what the file holds. Without this and `read`, an open for reading is EACCES. */
	seqShow?(m: SeqFile<KernfsOpenFile>): Awaitable<Shown>;
	/** At most `count` bytes, never more than a page, from `pos`. For a file without `seqShow`. */
	read?(of: KernfsOpenFile, count: number, pos: number, ctx: Context): Awaitable<Uint8Array>;
	/** Gives the number that write(2) returns and the position moves by. Without it, an open for writing is EACCES. */
	write?(of: KernfsOpenFile, data: Uint8Array, pos: number, ctx: Context): Awaitable<number>;
	/** A longer write is E2BIG. Absent: one is cut to a page. */
	readonly atomicWriteLen?: number;
	/** Absent: by st_size, up to 2 GiB. */
	llseek?(of: KernfsOpenFile, offset: number, whence: number): Awaitable<number>;
	/** Absent: always readable and writable, and news by `KernfsNode.notify`. */
	poll?(of: KernfsOpenFile, table: PollTable, ctx: Context): number;
}

const seqOperations: SeqOperations<typeof SEQ_START_TOKEN, KernfsOpenFile> = {
	start({ private: of }, pos) {
		of.inside = of.kn.active.enter();
		if (!of.inside) throw new Errno('ENODEV');
		return pos === 0 ? SEQ_START_TOKEN : undefined;
	},
	next: () => undefined,
	show(m) {
		const of = m.private;
		of.event = of.kn.open!.event;
		of.ctx = m.ctx;
		return of.kn.ops!.seqShow!(m);
	},
	stop({ private: of }) {
		if (of.inside) of.kn.active.leave();
		of.inside = false;
	},
};

const genericLlseek = genericFileLlseek(MAX_NON_LFS);
const NEWS = DEFAULT_POLLMASK | POLLERR | POLLPRI;

/** Operations of every file that has none of its own (kernfs_file_fops). */
export const kernfsFileFops: FileOperations = {
	/** The mode is asked of root as well (KERNFS_ROOT_EXTRA_OPEN_PERM_CHECK), and so is whether there is an operation for it. */
	open(inode, file, ctx) {
		const kn = kernfsNode(inode);
		return kn.active.run('ENODEV', () => {
			const { seqShow, read, write, open } = kn.ops!;
			const readable = (inode.mode & S_IRUGO) !== 0 && (seqShow !== undefined || read !== undefined);
			const writable = (inode.mode & S_IWUGO) !== 0 && write !== undefined;
			if ((file.mode & FMODE_WRITE) !== 0 && !writable) throw new Errno('EACCES');
			if ((file.mode & FMODE_READ) !== 0 && !readable) throw new Errno('EACCES');
			const of = new KernfsOpenFile(kn, file, seqShow && seqOperations);
			file.privateData = of;
			if (open === undefined) return linkOpenFile(of);
			return chain(open.call(kn.ops, of, ctx), () => linkOpenFile(of));
		});
	},

	read(file, count, pos, ctx) {
		const of = kernfsOf(file);
		return of.seq === undefined ? plainRead(of, count, pos, ctx) : of.seq.read(count, pos, ctx);
	},

	write(file, data, pos, ctx): Awaitable<WriteResult> {
		const of = kernfsOf(file);
		const { atomicWriteLen } = of.kn.ops!;
		if (atomicWriteLen !== undefined && data.length > atomicWriteLen) throw new Errno('E2BIG');
		const taken = atomicWriteLen === undefined ? data.subarray(0, PAGE_SIZE) : data;
		return inside(of, ctx, () => {
			const { ops } = of.kn;
			if (ops!.write === undefined) throw new Errno('EINVAL');
			of.count = taken.length;
			return chain(ops!.write(of, taken, pos, ctx), count => ({ count, pos: pos + count }));
		});
	},

	release(_inode, file) {
		const of = kernfsOf(file);
		unlinkOpenFile(of);
		of.seq?.release();
	},

	llseek(file, offset, whence, ctx) {
		const of = kernfsOf(file);
		return inside(of, ctx, () => {
			const { ops } = of.kn;
			return ops!.llseek === undefined ? genericLlseek(file, offset, whence) : ops!.llseek(of, offset, whence);
		});
	},

	poll(file, table, ctx) {
		const of = kernfsOf(file);
		const { active, ops } = of.kn;
		if (!active.enter()) return NEWS;
		try {
			return ops!.poll === undefined ? kernfsGenericPoll(of, table) : ops!.poll(of, table, ctx);
		} finally {
			active.leave();
		}
	},
};

/** kernfs_generic_poll: news until they were read. */
export function kernfsGenericPoll(of: KernfsOpenFile, table: PollTable): number {
	const on = of.kn.open!;
	if (table.waiting) table.wait(on.pollQueue(of.kn));
	return of.event === on.event ? DEFAULT_POLLMASK : NEWS;
}

/** kernfs_file_read_iter. */
function plainRead(of: KernfsOpenFile, count: number, pos: number, ctx: Context): Awaitable<Uint8Array> {
	return inside(of, ctx, () => {
		const { ops, open } = of.kn;
		of.event = open!.event;
		if (ops!.read === undefined) throw new Errno('EINVAL');
		return ops!.read(of, Math.min(count, PAGE_SIZE), pos, ctx);
	});
}

/** Runs an operation, alone on the open file and inside its node; ENODEV once that was removed. */
function inside<T>(of: KernfsOpenFile, ctx: Context, operation: () => Awaitable<T>): Awaitable<T> {
	return of.lock.run(() => {
		of.ctx = ctx;
		return of.kn.active.run('ENODEV', operation);
	});
}

function kernfsOf(file: File): KernfsOpenFile {
	return file.privateData as KernfsOpenFile;
}
