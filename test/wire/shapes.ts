/**
 * shapes - which structs a message begins with, written down once more and apart from the opcode table.
 */

import type { Struct } from '../../src/lib/struct.ts';
import * as uapi from '../../src/uapi/fuse.ts';

const requests = new Map<number, Struct>([
	[uapi.FUSE_FORGET, uapi.fuse_forget_in],
	[uapi.FUSE_GETATTR, uapi.fuse_getattr_in],
	[uapi.FUSE_SETATTR, uapi.fuse_setattr_in],
	[uapi.FUSE_MKNOD, uapi.fuse_mknod_in],
	[uapi.FUSE_MKDIR, uapi.fuse_mkdir_in],
	[uapi.FUSE_RENAME, uapi.fuse_rename_in],
	[uapi.FUSE_LINK, uapi.fuse_link_in],
	[uapi.FUSE_OPEN, uapi.fuse_open_in],
	[uapi.FUSE_READ, uapi.fuse_read_in],
	[uapi.FUSE_WRITE, uapi.fuse_write_in],
	[uapi.FUSE_RELEASE, uapi.fuse_release_in],
	[uapi.FUSE_FSYNC, uapi.fuse_fsync_in],
	[uapi.FUSE_GETXATTR, uapi.fuse_getxattr_in],
	[uapi.FUSE_LISTXATTR, uapi.fuse_getxattr_in],
	[uapi.FUSE_FLUSH, uapi.fuse_flush_in],
	[uapi.FUSE_INIT, uapi.fuse_init_in],
	[uapi.FUSE_OPENDIR, uapi.fuse_open_in],
	[uapi.FUSE_READDIR, uapi.fuse_read_in],
	[uapi.FUSE_RELEASEDIR, uapi.fuse_release_in],
	[uapi.FUSE_FSYNCDIR, uapi.fuse_fsync_in],
	[uapi.FUSE_CREATE, uapi.fuse_create_in],
	[uapi.FUSE_INTERRUPT, uapi.fuse_interrupt_in],
	[uapi.FUSE_IOCTL, uapi.fuse_ioctl_in],
	[uapi.FUSE_POLL, uapi.fuse_poll_in],
	[uapi.FUSE_NOTIFY_REPLY, uapi.fuse_notify_retrieve_in],
	[uapi.FUSE_BATCH_FORGET, uapi.fuse_batch_forget_in],
	[uapi.FUSE_FALLOCATE, uapi.fuse_fallocate_in],
	[uapi.FUSE_READDIRPLUS, uapi.fuse_read_in],
	[uapi.FUSE_RENAME2, uapi.fuse_rename2_in],
	[uapi.FUSE_LSEEK, uapi.fuse_lseek_in],
	[uapi.FUSE_COPY_FILE_RANGE, uapi.fuse_copy_file_range_in],
	[uapi.FUSE_COPY_FILE_RANGE_64, uapi.fuse_copy_file_range_in],
	[uapi.FUSE_TMPFILE, uapi.fuse_create_in],
	[uapi.FUSE_STATX, uapi.fuse_statx_in],
]);

const replies = new Map<number, readonly Struct[]>([
	[uapi.FUSE_LOOKUP, [uapi.fuse_entry_out]],
	[uapi.FUSE_GETATTR, [uapi.fuse_attr_out]],
	[uapi.FUSE_SETATTR, [uapi.fuse_attr_out]],
	[uapi.FUSE_SYMLINK, [uapi.fuse_entry_out]],
	[uapi.FUSE_MKNOD, [uapi.fuse_entry_out]],
	[uapi.FUSE_MKDIR, [uapi.fuse_entry_out]],
	[uapi.FUSE_LINK, [uapi.fuse_entry_out]],
	[uapi.FUSE_OPEN, [uapi.fuse_open_out]],
	[uapi.FUSE_WRITE, [uapi.fuse_write_out]],
	[uapi.FUSE_STATFS, [uapi.fuse_statfs_out]],
	[uapi.FUSE_INIT, [uapi.fuse_init_out]],
	[uapi.FUSE_OPENDIR, [uapi.fuse_open_out]],
	[uapi.FUSE_CREATE, [uapi.fuse_entry_out, uapi.fuse_open_out]],
	[uapi.FUSE_IOCTL, [uapi.fuse_ioctl_out]],
	[uapi.FUSE_POLL, [uapi.fuse_poll_out]],
	[uapi.FUSE_LSEEK, [uapi.fuse_lseek_out]],
]);

/** The structs of a request, its header first. */
export function requestStructs(opcode: number): readonly Struct[] {
	const args = requests.get(opcode);
	return args ? [uapi.fuse_in_header, args] : [uapi.fuse_in_header];
}

/** The structs of a reply that is no error, its header first. */
export function replyStructs(opcode: number): readonly Struct[] {
	return [uapi.fuse_out_header, ...(replies.get(opcode) ?? [])];
}

/** The struct of each notification, after the header; some are a header and no more. */
export const notificationStructs = new Map<number, { readonly name: string; readonly structs: readonly Struct[] }>([
	[uapi.FUSE_NOTIFY_POLL, { name: 'poll', structs: [uapi.fuse_notify_poll_wakeup_out] }],
	[uapi.FUSE_NOTIFY_INVAL_INODE, { name: 'inval_inode', structs: [uapi.fuse_notify_inval_inode_out] }],
	[uapi.FUSE_NOTIFY_INVAL_ENTRY, { name: 'inval_entry', structs: [uapi.fuse_notify_inval_entry_out] }],
	[uapi.FUSE_NOTIFY_STORE, { name: 'store', structs: [uapi.fuse_notify_store_out] }],
	[uapi.FUSE_NOTIFY_RETRIEVE, { name: 'retrieve', structs: [uapi.fuse_notify_retrieve_out] }],
	[uapi.FUSE_NOTIFY_DELETE, { name: 'delete', structs: [uapi.fuse_notify_delete_out] }],
	[uapi.FUSE_NOTIFY_RESEND, { name: 'resend', structs: [] }],
	[uapi.FUSE_NOTIFY_INC_EPOCH, { name: 'inc_epoch', structs: [] }],
	[uapi.FUSE_NOTIFY_PRUNE, { name: 'prune', structs: [uapi.fuse_notify_prune_out] }],
]);
