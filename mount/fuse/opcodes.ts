/**
 * opcodes - the FUSE protocol, one row per opcode.
 *
 *     row(opcode, argument struct, names, payload?, what follows the header of the reply, handler)
 *
 * The row drives the decoding of a request, the encoding of its reply and the text of both in the trace. A `refused` row
 * answers its errno to every request, for the reason that it gives. The kernel takes an ENOSYS for the whole connection and
 * does not ask again. An opcode without a row is ENOSYS too.
 *
 * Follows include/uapi/linux/fuse.h, version 7.45.
 */

import { Errno, type ErrnoName } from '../../src/lib/errno.ts';
import { flags, struct, u32 } from '../../src/lib/struct.ts';
import { xattr_flag } from '../../src/uapi/fs.ts';
import {
	CUSE_INIT,
	cuse_init_in,
	FUSE_ACCESS,
	FUSE_BATCH_FORGET,
	FUSE_BMAP,
	FUSE_COMPAT_SETXATTR_IN_SIZE,
	FUSE_COPY_FILE_RANGE,
	FUSE_COPY_FILE_RANGE_64,
	FUSE_CREATE,
	FUSE_DESTROY,
	FUSE_FALLOCATE,
	FUSE_FLUSH,
	FUSE_FORGET,
	FUSE_FSYNC,
	FUSE_FSYNCDIR,
	FUSE_GETATTR,
	FUSE_GETLK,
	FUSE_GETXATTR,
	FUSE_INIT,
	FUSE_INTERRUPT,
	FUSE_IOCTL,
	FUSE_LINK,
	FUSE_LISTXATTR,
	FUSE_LOOKUP,
	FUSE_LSEEK,
	FUSE_MKDIR,
	FUSE_MKNOD,
	FUSE_NOTIFY_REPLY,
	FUSE_OPEN,
	FUSE_OPENDIR,
	FUSE_POLL,
	FUSE_READ,
	FUSE_READDIR,
	FUSE_READDIRPLUS,
	FUSE_READLINK,
	FUSE_RELEASE,
	FUSE_RELEASEDIR,
	FUSE_REMOVEMAPPING,
	FUSE_REMOVEXATTR,
	FUSE_RENAME,
	FUSE_RENAME2,
	FUSE_RMDIR,
	FUSE_SETATTR,
	FUSE_SETLK,
	FUSE_SETLKW,
	FUSE_SETUPMAPPING,
	FUSE_SETXATTR,
	FUSE_STATFS,
	FUSE_STATX,
	FUSE_SYMLINK,
	FUSE_SYNCFS,
	FUSE_TMPFILE,
	FUSE_UNLINK,
	FUSE_WRITE,
	fuse_access_in,
	fuse_attr_out,
	fuse_batch_forget_in,
	fuse_bmap_in,
	fuse_copy_file_range_in,
	fuse_create_in,
	fuse_entry_out,
	fuse_fallocate_in,
	fuse_flush_in,
	fuse_forget_in,
	fuse_fsync_in,
	fuse_getattr_in,
	fuse_getxattr_in,
	fuse_init_in,
	fuse_init_out,
	fuse_interrupt_in,
	fuse_ioctl_in,
	fuse_ioctl_out,
	fuse_link_in,
	fuse_lk_in,
	fuse_lseek_in,
	fuse_lseek_out,
	fuse_mkdir_in,
	fuse_mknod_in,
	fuse_notify_retrieve_in,
	fuse_opcode,
	fuse_open_in,
	fuse_open_out,
	fuse_poll_in,
	fuse_poll_out,
	fuse_read_in,
	fuse_release_in,
	fuse_removemapping_in,
	fuse_rename_in,
	fuse_rename2_in,
	fuse_setattr_in,
	fuse_setupmapping_in,
	fuse_statfs_out,
	fuse_statx_in,
	fuse_syncfs_in,
	fuse_write_in,
	fuse_write_out,
} from '../../src/uapi/fuse.ts';
import type { Handler } from './connection.ts';
import { doOpendir, doReaddir, doReaddirplus } from './do_dir.ts';
import { doCreate, doFlush, doFsync, doIoctl, doLseek, doOpen, doPoll, doRead, doRelease, doWrite } from './do_file.ts';
import {
	doAccess,
	doBatchForget,
	doForget,
	doGetattr,
	doInterrupt,
	doLink,
	doLookup,
	doMkdir,
	doMknod,
	doReadlink,
	doRename,
	doRename2,
	doRmdir,
	doSetattr,
	doStatfs,
	doSymlink,
	doUnlink,
} from './do_inode.ts';
import { doGetxattr, doListxattr, doRemovexattr, doSetxattr } from './do_xattr.ts';
import { doInit } from './init.ts';
import { doNotifyReply } from './notifier.ts';
import { type Body, data, none, one, records, silent, two } from './reply.ts';
import type { Args, RequestShape } from './request.ts';

/** How an opcode is decoded, served and answered. */
export interface Row extends RequestShape {
	readonly opcode: number;
	/** As in the header file, without `FUSE_`. */
	readonly name: string;
	/** `silent` for the few that the kernel wants no answer to. */
	readonly out: Body<unknown>;
	readonly handler: Handler<unknown, unknown>;
}

const opcodeNames = new Map<number, string>(Object.entries(fuse_opcode).map(([name, opcode]) => [opcode, name]));

/** The name of an opcode, without `FUSE_`. */
export function opcodeName(opcode: number): string {
	return opcodeNames.get(opcode)?.replace(/^FUSE_/, '') ?? `opcode ${opcode}`;
}

function row<A, R>(
	opcode: number,
	args: Args<A>,
	names: number,
	payload: boolean,
	out: Body<R>,
	handler: Handler<A, R>,
): Row {
	return { opcode, name: opcodeName(opcode), args, names, payload, out, handler } as Row;
}

function refused<A>(
	opcode: number,
	args: Args<A>,
	names: number,
	payload: boolean,
	code: ErrnoName,
	reason: string,
): Row {
	const handler = () => {
		throw new Errno(code, reason);
	};
	return row(opcode, args, names, payload, none, handler);
}

/** No argument struct. */
const nothing: Args<undefined> = { size: 0, decode: () => undefined, encode: () => {}, format: () => '' };

/** A struct of which older kernels send fewer bytes. */
function atLeast<A>(least: number, args: Args<A>): Args<A> {
	return { ...args, least };
}

/** What there is of a fuse_setxattr_in unless FUSE_SETXATTR_EXT was agreed on. */
const fuse_setxattr_in_compat = struct('fuse_setxattr_in', FUSE_COMPAT_SETXATTR_IN_SIZE, {
	size: u32,
	flags: flags(u32, xattr_flag),
});

const entry = one(fuse_entry_out);
const attr = one(fuse_attr_out);
const opened = one(fuse_open_out);
const done = () => {};

/** Size of a fuse_init_in before version 7.36. */
const INIT_IN_SIZE_735 = 16;

const virtio = 'only a virtio device has memory to map';
const copies = 'the kernel then copies by reading and writing';
const local = 'locks are kept by the kernel itself, unless it is agreed otherwise';

const rows: readonly Row[] = [
	row(FUSE_LOOKUP, nothing, 1, false, entry, doLookup),
	row(FUSE_FORGET, fuse_forget_in, 0, false, silent, doForget),
	row(FUSE_GETATTR, fuse_getattr_in, 0, false, attr, doGetattr),
	row(FUSE_SETATTR, fuse_setattr_in, 0, false, attr, doSetattr),
	row(FUSE_READLINK, nothing, 0, false, data, doReadlink),
	row(FUSE_SYMLINK, nothing, 2, false, entry, doSymlink),
	row(FUSE_MKNOD, fuse_mknod_in, 1, false, entry, doMknod),
	row(FUSE_MKDIR, fuse_mkdir_in, 1, false, entry, doMkdir),
	row(FUSE_UNLINK, nothing, 1, false, none, doUnlink),
	row(FUSE_RMDIR, nothing, 1, false, none, doRmdir),
	row(FUSE_RENAME, fuse_rename_in, 2, false, none, doRename),
	row(FUSE_LINK, fuse_link_in, 1, false, entry, doLink),
	row(FUSE_OPEN, fuse_open_in, 0, false, opened, doOpen),
	row(FUSE_READ, fuse_read_in, 0, false, data, doRead),
	row(FUSE_WRITE, fuse_write_in, 0, true, one(fuse_write_out), doWrite),
	row(FUSE_STATFS, nothing, 0, false, one(fuse_statfs_out), doStatfs),
	row(FUSE_RELEASE, fuse_release_in, 0, false, none, doRelease),
	row(FUSE_FSYNC, fuse_fsync_in, 0, false, none, doFsync),
	row(FUSE_SETXATTR, fuse_setxattr_in_compat, 1, true, none, doSetxattr),
	row(FUSE_GETXATTR, fuse_getxattr_in, 1, false, data, doGetxattr),
	row(FUSE_LISTXATTR, fuse_getxattr_in, 0, false, data, doListxattr),
	row(FUSE_REMOVEXATTR, nothing, 1, false, none, doRemovexattr),
	row(FUSE_FLUSH, fuse_flush_in, 0, false, none, doFlush),
	row(FUSE_INIT, atLeast(INIT_IN_SIZE_735, fuse_init_in), 0, false, one(fuse_init_out), doInit),
	row(FUSE_OPENDIR, fuse_open_in, 0, false, opened, doOpendir),
	row(FUSE_READDIR, fuse_read_in, 0, false, records(0), doReaddir),
	row(FUSE_RELEASEDIR, fuse_release_in, 0, false, none, doRelease),
	row(FUSE_FSYNCDIR, fuse_fsync_in, 0, false, none, doFsync),
	refused(FUSE_GETLK, fuse_lk_in, 0, false, 'ENOSYS', local),
	refused(FUSE_SETLK, fuse_lk_in, 0, false, 'ENOSYS', local),
	refused(FUSE_SETLKW, fuse_lk_in, 0, false, 'ENOSYS', local),
	row(FUSE_ACCESS, fuse_access_in, 0, false, none, doAccess),
	row(FUSE_CREATE, fuse_create_in, 1, false, two(fuse_entry_out, fuse_open_out), doCreate),
	row(FUSE_INTERRUPT, fuse_interrupt_in, 0, false, silent, doInterrupt),
	refused(FUSE_BMAP, fuse_bmap_in, 0, false, 'ENOSYS', 'there is no block device below'),
	row(FUSE_DESTROY, nothing, 0, false, none, done),
	row(FUSE_IOCTL, fuse_ioctl_in, 0, true, one(fuse_ioctl_out), doIoctl),
	row(FUSE_POLL, fuse_poll_in, 0, false, one(fuse_poll_out), doPoll),
	row(FUSE_NOTIFY_REPLY, fuse_notify_retrieve_in, 0, true, silent, doNotifyReply),
	row(FUSE_BATCH_FORGET, fuse_batch_forget_in, 0, true, silent, doBatchForget),
	refused(FUSE_FALLOCATE, fuse_fallocate_in, 0, false, 'EOPNOTSUPP', 'no file has blocks to allocate'),
	row(FUSE_READDIRPLUS, fuse_read_in, 0, false, records(fuse_entry_out.size), doReaddirplus),
	row(FUSE_RENAME2, fuse_rename2_in, 2, false, none, doRename2),
	row(FUSE_LSEEK, fuse_lseek_in, 0, false, one(fuse_lseek_out), doLseek),
	refused(FUSE_COPY_FILE_RANGE, fuse_copy_file_range_in, 0, false, 'ENOSYS', copies),
	refused(FUSE_SETUPMAPPING, fuse_setupmapping_in, 0, false, 'ENOSYS', virtio),
	refused(FUSE_REMOVEMAPPING, fuse_removemapping_in, 0, true, 'ENOSYS', virtio),
	refused(FUSE_SYNCFS, fuse_syncfs_in, 0, false, 'ENOSYS', 'nothing is held back'),
	refused(FUSE_TMPFILE, fuse_create_in, 1, false, 'EOPNOTSUPP', 'no file system has O_TMPFILE'),
	refused(FUSE_STATX, fuse_statx_in, 0, false, 'ENOSYS', 'GETATTR tells all that is known'),
	refused(FUSE_COPY_FILE_RANGE_64, fuse_copy_file_range_in, 0, false, 'ENOSYS', copies),
	refused(CUSE_INIT, cuse_init_in, 0, false, 'ENOSYS', 'this is no character device'),
];

/** The rows by their opcodes. */
export const opcodes: ReadonlyMap<number, Row> = new Map(rows.map(row => [row.opcode, row]));
