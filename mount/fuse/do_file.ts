/**
 * do_file - requests about open files.
 *
 * The counterparts of fs/fuse/file.c. Files are opened for direct I/O, so that each read(2) and write(2) arrives as it was
 * made and a size of 0 does not end a file.
 */

import type { Context, File, PollTable } from '../../src/boundary/vfs.ts';
import { type Awaitable, chain } from '../../src/lib/awaitable.ts';
import { Errno } from '../../src/lib/errno.ts';
import type { Init } from '../../src/lib/struct.ts';
import { O_APPEND, O_EXCL, SEEK_SET } from '../../src/uapi/fcntl.ts';
import { FMODE_LSEEK, FMODE_PREAD, FMODE_STREAM } from '../../src/uapi/fs.ts';
import {
	FOPEN_DIRECT_IO,
	FOPEN_NOFLUSH,
	FOPEN_NONSEEKABLE,
	FOPEN_STREAM,
	FUSE_FSYNC_FDATASYNC,
	FUSE_POLL_SCHEDULE_NOTIFY,
	type FuseCreateIn,
	type FuseEntryOut,
	type FuseFlushIn,
	type FuseFsyncIn,
	type FuseIoctlIn,
	type FuseIoctlOut,
	type FuseLseekIn,
	type FuseLseekOut,
	type FuseOpenIn,
	type FuseOpenOut,
	type FusePollIn,
	type FusePollOut,
	type FuseReadIn,
	type FuseReleaseIn,
	type FuseWriteIn,
	type FuseWriteOut,
} from '../../src/uapi/fuse.ts';
import { entryOf } from './attr.ts';
import type { Connection, Handler } from './connection.ts';
import { component } from './do_inode.ts';
import type { OpenFile } from './handles.ts';
import { MAX_WRITE } from './message.ts';

/**
 * Divergence: FUSE refuses lseek(2) and pread(2) together or not at all. A file that has lost only FMODE_LSEEK (a procfs
 * entry without proc_lseek) stays seekable, because a pread that fails breaks more programs than a seek that does not.
 */
function openFlags({ mode, op }: File): number {
	const flush = op.flush ? 0 : FOPEN_NOFLUSH;
	if (mode & FMODE_STREAM) return FOPEN_DIRECT_IO | flush | FOPEN_STREAM;
	if (!(mode & (FMODE_LSEEK | FMODE_PREAD))) return FOPEN_DIRECT_IO | flush | FOPEN_NONSEEKABLE;
	return FOPEN_DIRECT_IO | flush;
}

function openReply(fuse: Connection, file: File): FuseOpenOut {
	return { fh: fuse.handles.add(file).fh, open_flags: openFlags(file), backing_id: 0 };
}

/** FUSE_OPEN */
export const doOpen: Handler<FuseOpenIn, FuseOpenOut> = (fuse, { nodeid, args, ctx }) =>
	chain(fuse.vfs.open(fuse.inodes.get(nodeid), args.flags, ctx), file => openReply(fuse, file));

/** FUSE_CREATE: open(2) with O_CREAT of a name that was not there when the kernel looked. */
export const doCreate: Handler<FuseCreateIn, readonly [FuseEntryOut, FuseOpenOut]> = (fuse, request) => {
	const { args, ctx } = request;
	const dir = fuse.inodes.get(request.nodeid);
	const name = component(request);
	const there = args.flags & O_EXCL ? undefined : fuse.vfs.lookup(dir, name, ctx);
	return chain(there, found =>
		chain(found ?? fuse.vfs.create(dir, name, args.mode, ctx), inode =>
			// The entry is counted last: a lookup that is counted for a request that fails would never be given back.
			chain(fuse.vfs.getattr(inode, ctx), stat =>
				chain(fuse.vfs.open(inode, args.flags, ctx, found === undefined), file => [
					entryOf(fuse, inode, stat),
					openReply(fuse, file),
				]),
			),
		),
	);
};

/** FUSE_READ */
export const doRead: Handler<FuseReadIn, Uint8Array> = (fuse, { args, ctx }) => {
	const open = fuse.handles.get(args.fh);
	open.setFlags(args.flags);
	return open.sought(args.offset) ? seekAndRead(fuse, open, args, ctx) : readAt(fuse, open, args, ctx);
};

function seekAndRead(fuse: Connection, open: OpenFile, args: FuseReadIn, ctx: Context): Awaitable<Uint8Array> {
	return chain(fuse.vfs.llseek(open.file, args.offset, SEEK_SET, ctx), () => readAt(fuse, open, args, ctx));
}

function readAt(
	{ vfs }: Connection,
	open: OpenFile,
	{ offset, size }: FuseReadIn,
	ctx: Context,
): Awaitable<Uint8Array> {
	const iocb = open.begin(offset);
	const count = Math.min(size, MAX_WRITE);
	return chain(vfs.read(iocb, count, ctx), bytes => {
		// A longer reply than was asked for would be EIO.
		const answer = bytes.length > count ? bytes.subarray(0, count) : bytes;
		open.endRead(offset, answer.length, iocb);
		return answer;
	});
}

/** FUSE_WRITE */
export const doWrite: Handler<FuseWriteIn, Init<FuseWriteOut>> = (fuse, { nodeid, args, payload, ctx }) => {
	if (payload.length !== args.size) throw new Errno('EINVAL', `${payload.length} bytes of ${args.size}`);
	const open = fuse.handles.get(args.fh);
	open.setFlags(args.flags);
	const iocb = args.flags & O_APPEND ? open.beginAppend() : open.begin(args.offset);
	return chain(fuse.vfs.write(iocb, payload, ctx), written => {
		const size = Math.min(written, payload.length);
		open.end(args.offset + size, iocb);
		return chain(fuse.announced(nodeid), () => ({ size }));
	});
};

/** FUSE_LSEEK: SEEK_DATA and SEEK_HOLE. Divergence: SEEK_SET, SEEK_CUR and SEEK_END are the kernel's own business. */
export const doLseek: Handler<FuseLseekIn, FuseLseekOut> = (fuse, { args, ctx }) => {
	const { file } = fuse.handles.get(args.fh);
	return chain(fuse.vfs.llseek(file, args.offset, args.whence, ctx), offset => ({ offset }));
};

/** FUSE_FLUSH: one descriptor of a file is closed. */
export const doFlush: Handler<FuseFlushIn, void> = (fuse, { args, ctx }) =>
	fuse.vfs.flush(fuse.handles.get(args.fh).file, ctx);

/** FUSE_RELEASE and FUSE_RELEASEDIR: the last one is. */
export const doRelease: Handler<FuseReleaseIn, void> = (fuse, { args }) => fuse.handles.release(args.fh);

/** FUSE_FSYNC and FUSE_FSYNCDIR */
export const doFsync: Handler<FuseFsyncIn, void> = (fuse, { args, ctx }) =>
	fuse.vfs.fsync(fuse.handles.get(args.fh).file, (args.fsync_flags & FUSE_FSYNC_FDATASYNC) !== 0, ctx);

/** FUSE_IOCTL. What the command copies it copies itself, from and to the caller's memory. */
export const doIoctl: Handler<FuseIoctlIn, Init<FuseIoctlOut>> = (fuse, { nodeid, args, ctx }) => {
	const { file } = fuse.handles.get(args.fh);
	return chain(fuse.vfs.ioctl(file, args.cmd, args.arg, ctx), result =>
		chain(fuse.announced(nodeid), () => ({ result })),
	);
};

const nobodyWaits: PollTable = { waiting: false, wait: () => {} };

/** FUSE_POLL */
export const doPoll: Handler<FusePollIn, Init<FusePollOut>> = (fuse, { args, ctx }) => {
	const open = fuse.handles.get(args.fh);
	const waits = (args.flags & FUSE_POLL_SCHEDULE_NOTIFY) !== 0;
	const table = waits ? open.pollTable(() => fuse.wakePoll(args.kh)) : nobodyWaits;
	return { revents: fuse.vfs.poll(open.file, table, ctx) };
};
