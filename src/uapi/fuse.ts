/**
 * fuse - the FUSE protocol, version 7.45.
 *
 * Every struct, opcode and flag of include/uapi/linux/fuse.h, spelled as there. Names that begin with `_` are its padding.
 *
 * 64-bit members are safe integers (`u64n`) where a server makes the number or the kernel counts it up from zero: node ids,
 * file handles, sizes, offsets, lookup counts, `unique`, poll's `kh`. They are bigints where all 64 bits may be used: the
 * `lock_owner`, which is a scrambled pointer, an ioctl's `arg`, the ends of a lock, a device's flags. Times and lseek's offset
 * are `s64n`, for they are signed in spite of the header's type.
 *
 * Bound: a request with an offset, size or length of 2^53 or more decodes to EINVAL.
 * Bound: bit 63 of a header's `unique` (FUSE_UNIQUE_RESEND) is no part of the number and would decode to EINVAL; whoever has told
 * the kernel to send requests again takes it out before (mount/fuse/resend.ts).
 */

import {
	array,
	bytes,
	enumeration,
	flags,
	type Infer,
	octal,
	s32,
	s64n,
	struct,
	u8,
	u16,
	u32,
	u64,
	u64n,
} from '../lib/struct.ts';
import { access_choice, lock_type, open_flag, seek_whence } from './fcntl.ts';
import { access_mask, rename_flag, xattr_flag } from './fs.ts';
import { _IO, _IOR, _IOW } from './ioctl.ts';
import { poll_event } from './poll.ts';
import { dirent_type } from './stat.ts';

export const FUSE_KERNEL_VERSION = 7;
export const FUSE_KERNEL_MINOR_VERSION = 45;
/** The node id of the root of a mount. */
export const FUSE_ROOT_ID = 1;
/** A read of /dev/fuse into a smaller buffer is refused. */
export const FUSE_MIN_READ_BUFFER = 8192;
/** Most iovecs that an ioctl's reply may ask for. */
export const FUSE_IOCTL_MAX_IOV = 256;
/** uid and gid of a request whose caller has none in the file system's user namespace. */
export const FUSE_INVALID_UIDGID = 0xffffffff;
/** In `unique`: the request was sent before. */
export const FUSE_UNIQUE_RESEND = 1n << 63n;
/** Sizes of structs that old versions of the protocol ended earlier. */
export const FUSE_COMPAT_ENTRY_OUT_SIZE = 120;
export const FUSE_COMPAT_ATTR_OUT_SIZE = 96;
export const FUSE_COMPAT_MKNOD_IN_SIZE = 8;
export const FUSE_COMPAT_WRITE_IN_SIZE = 24;
export const FUSE_COMPAT_STATFS_SIZE = 48;
export const FUSE_COMPAT_SETXATTR_IN_SIZE = 8;
export const FUSE_COMPAT_INIT_OUT_SIZE = 8;
export const FUSE_COMPAT_22_INIT_OUT_SIZE = 24;
export const CUSE_INIT_INFO_MAX = 4096;
/** Sizes of the two areas in a `fuse_uring_req_header`. */
export const FUSE_URING_IN_OUT_HEADER_SZ = 128;
export const FUSE_URING_OP_IN_OUT_SZ = 128;
/** Type of the ioctls of /dev/fuse. */
export const FUSE_DEV_IOC_MAGIC = 229;

/** What a request asks for. */
export const fuse_opcode = {
	FUSE_LOOKUP: 1,
	FUSE_FORGET: 2,
	FUSE_GETATTR: 3,
	FUSE_SETATTR: 4,
	FUSE_READLINK: 5,
	FUSE_SYMLINK: 6,
	FUSE_MKNOD: 8,
	FUSE_MKDIR: 9,
	FUSE_UNLINK: 10,
	FUSE_RMDIR: 11,
	FUSE_RENAME: 12,
	FUSE_LINK: 13,
	FUSE_OPEN: 14,
	FUSE_READ: 15,
	FUSE_WRITE: 16,
	FUSE_STATFS: 17,
	FUSE_RELEASE: 18,
	FUSE_FSYNC: 20,
	FUSE_SETXATTR: 21,
	FUSE_GETXATTR: 22,
	FUSE_LISTXATTR: 23,
	FUSE_REMOVEXATTR: 24,
	FUSE_FLUSH: 25,
	FUSE_INIT: 26,
	FUSE_OPENDIR: 27,
	FUSE_READDIR: 28,
	FUSE_RELEASEDIR: 29,
	FUSE_FSYNCDIR: 30,
	FUSE_GETLK: 31,
	FUSE_SETLK: 32,
	FUSE_SETLKW: 33,
	FUSE_ACCESS: 34,
	FUSE_CREATE: 35,
	FUSE_INTERRUPT: 36,
	FUSE_BMAP: 37,
	FUSE_DESTROY: 38,
	FUSE_IOCTL: 39,
	FUSE_POLL: 40,
	FUSE_NOTIFY_REPLY: 41,
	FUSE_BATCH_FORGET: 42,
	FUSE_FALLOCATE: 43,
	FUSE_READDIRPLUS: 44,
	FUSE_RENAME2: 45,
	FUSE_LSEEK: 46,
	FUSE_COPY_FILE_RANGE: 47,
	FUSE_SETUPMAPPING: 48,
	FUSE_REMOVEMAPPING: 49,
	FUSE_SYNCFS: 50,
	FUSE_TMPFILE: 51,
	FUSE_STATX: 52,
	FUSE_COPY_FILE_RANGE_64: 53,
	CUSE_INIT: 4096,
	CUSE_INIT_BSWAP_RESERVED: 1048576,
	FUSE_INIT_BSWAP_RESERVED: 436207616,
} as const;
export const { FUSE_LOOKUP, FUSE_FORGET, FUSE_GETATTR, FUSE_SETATTR, FUSE_READLINK, FUSE_SYMLINK } = fuse_opcode;
export const { FUSE_MKNOD, FUSE_MKDIR, FUSE_UNLINK, FUSE_RMDIR, FUSE_RENAME, FUSE_LINK, FUSE_OPEN } = fuse_opcode;
export const { FUSE_READ, FUSE_WRITE, FUSE_STATFS, FUSE_RELEASE, FUSE_FSYNC, FUSE_SETXATTR } = fuse_opcode;
export const { FUSE_GETXATTR, FUSE_LISTXATTR, FUSE_REMOVEXATTR, FUSE_FLUSH, FUSE_INIT, FUSE_OPENDIR } = fuse_opcode;
export const { FUSE_READDIR, FUSE_RELEASEDIR, FUSE_FSYNCDIR, FUSE_GETLK, FUSE_SETLK, FUSE_SETLKW } = fuse_opcode;
export const { FUSE_ACCESS, FUSE_CREATE, FUSE_INTERRUPT, FUSE_BMAP, FUSE_DESTROY, FUSE_IOCTL } = fuse_opcode;
export const { FUSE_POLL, FUSE_NOTIFY_REPLY, FUSE_BATCH_FORGET, FUSE_FALLOCATE, FUSE_READDIRPLUS } = fuse_opcode;
export const { FUSE_RENAME2, FUSE_LSEEK, FUSE_COPY_FILE_RANGE, FUSE_SETUPMAPPING } = fuse_opcode;
export const { FUSE_REMOVEMAPPING, FUSE_SYNCFS, FUSE_TMPFILE, FUSE_STATX, FUSE_COPY_FILE_RANGE_64 } = fuse_opcode;
export const { CUSE_INIT, CUSE_INIT_BSWAP_RESERVED, FUSE_INIT_BSWAP_RESERVED } = fuse_opcode;

/** What a message that no request asked for tells the kernel: `error` of an out header whose `unique` is 0. */
export const fuse_notify_code = {
	FUSE_NOTIFY_POLL: 1,
	FUSE_NOTIFY_INVAL_INODE: 2,
	FUSE_NOTIFY_INVAL_ENTRY: 3,
	FUSE_NOTIFY_STORE: 4,
	FUSE_NOTIFY_RETRIEVE: 5,
	FUSE_NOTIFY_DELETE: 6,
	FUSE_NOTIFY_RESEND: 7,
	FUSE_NOTIFY_INC_EPOCH: 8,
	FUSE_NOTIFY_PRUNE: 9,
} as const;
export const { FUSE_NOTIFY_POLL, FUSE_NOTIFY_INVAL_INODE, FUSE_NOTIFY_INVAL_ENTRY } = fuse_notify_code;
export const { FUSE_NOTIFY_STORE, FUSE_NOTIFY_RETRIEVE, FUSE_NOTIFY_DELETE } = fuse_notify_code;
export const { FUSE_NOTIFY_RESEND, FUSE_NOTIFY_INC_EPOCH, FUSE_NOTIFY_PRUNE } = fuse_notify_code;

/** Which members of a `fuse_setattr_in` are to be set. */
export const fattr = {
	FATTR_MODE: 1 << 0,
	FATTR_UID: 1 << 1,
	FATTR_GID: 1 << 2,
	FATTR_SIZE: 1 << 3,
	FATTR_ATIME: 1 << 4,
	FATTR_MTIME: 1 << 5,
	FATTR_FH: 1 << 6,
	FATTR_ATIME_NOW: 1 << 7,
	FATTR_MTIME_NOW: 1 << 8,
	FATTR_LOCKOWNER: 1 << 9,
	FATTR_CTIME: 1 << 10,
	FATTR_KILL_SUIDGID: 1 << 11,
} as const;
export const { FATTR_MODE, FATTR_UID, FATTR_GID, FATTR_SIZE, FATTR_ATIME, FATTR_MTIME, FATTR_FH } = fattr;
export const { FATTR_ATIME_NOW, FATTR_MTIME_NOW, FATTR_LOCKOWNER, FATTR_CTIME, FATTR_KILL_SUIDGID } = fattr;

/** What the reply to an open says of the file. */
export const fopen = {
	FOPEN_DIRECT_IO: 1 << 0,
	FOPEN_KEEP_CACHE: 1 << 1,
	FOPEN_NONSEEKABLE: 1 << 2,
	FOPEN_CACHE_DIR: 1 << 3,
	FOPEN_STREAM: 1 << 4,
	FOPEN_NOFLUSH: 1 << 5,
	FOPEN_PARALLEL_DIRECT_WRITES: 1 << 6,
	FOPEN_PASSTHROUGH: 1 << 7,
} as const;
export const { FOPEN_DIRECT_IO, FOPEN_KEEP_CACHE, FOPEN_NONSEEKABLE, FOPEN_CACHE_DIR, FOPEN_STREAM } = fopen;
export const { FOPEN_NOFLUSH, FOPEN_PARALLEL_DIRECT_WRITES, FOPEN_PASSTHROUGH } = fopen;

/** `flags` of INIT. */
export const fuse_init_flag = {
	FUSE_ASYNC_READ: 1 << 0,
	FUSE_POSIX_LOCKS: 1 << 1,
	FUSE_FILE_OPS: 1 << 2,
	FUSE_ATOMIC_O_TRUNC: 1 << 3,
	FUSE_EXPORT_SUPPORT: 1 << 4,
	FUSE_BIG_WRITES: 1 << 5,
	FUSE_DONT_MASK: 1 << 6,
	FUSE_SPLICE_WRITE: 1 << 7,
	FUSE_SPLICE_MOVE: 1 << 8,
	FUSE_SPLICE_READ: 1 << 9,
	FUSE_FLOCK_LOCKS: 1 << 10,
	FUSE_HAS_IOCTL_DIR: 1 << 11,
	FUSE_AUTO_INVAL_DATA: 1 << 12,
	FUSE_DO_READDIRPLUS: 1 << 13,
	FUSE_READDIRPLUS_AUTO: 1 << 14,
	FUSE_ASYNC_DIO: 1 << 15,
	FUSE_WRITEBACK_CACHE: 1 << 16,
	FUSE_NO_OPEN_SUPPORT: 1 << 17,
	FUSE_PARALLEL_DIROPS: 1 << 18,
	FUSE_HANDLE_KILLPRIV: 1 << 19,
	FUSE_POSIX_ACL: 1 << 20,
	FUSE_ABORT_ERROR: 1 << 21,
	FUSE_MAX_PAGES: 1 << 22,
	FUSE_CACHE_SYMLINKS: 1 << 23,
	FUSE_NO_OPENDIR_SUPPORT: 1 << 24,
	FUSE_EXPLICIT_INVAL_DATA: 1 << 25,
	FUSE_MAP_ALIGNMENT: 1 << 26,
	FUSE_SUBMOUNTS: 1 << 27,
	FUSE_HANDLE_KILLPRIV_V2: 1 << 28,
	FUSE_SETXATTR_EXT: 1 << 29,
	FUSE_INIT_EXT: 1 << 30,
	FUSE_INIT_RESERVED: 0x80000000,
} as const;
export const { FUSE_ASYNC_READ, FUSE_POSIX_LOCKS, FUSE_FILE_OPS, FUSE_ATOMIC_O_TRUNC } = fuse_init_flag;
export const { FUSE_EXPORT_SUPPORT, FUSE_BIG_WRITES, FUSE_DONT_MASK, FUSE_SPLICE_WRITE } = fuse_init_flag;
export const { FUSE_SPLICE_MOVE, FUSE_SPLICE_READ, FUSE_FLOCK_LOCKS, FUSE_HAS_IOCTL_DIR } = fuse_init_flag;
export const { FUSE_AUTO_INVAL_DATA, FUSE_DO_READDIRPLUS, FUSE_READDIRPLUS_AUTO, FUSE_ASYNC_DIO } = fuse_init_flag;
export const { FUSE_WRITEBACK_CACHE, FUSE_NO_OPEN_SUPPORT, FUSE_PARALLEL_DIROPS } = fuse_init_flag;
export const { FUSE_HANDLE_KILLPRIV, FUSE_POSIX_ACL, FUSE_ABORT_ERROR, FUSE_MAX_PAGES } = fuse_init_flag;
export const { FUSE_CACHE_SYMLINKS, FUSE_NO_OPENDIR_SUPPORT, FUSE_EXPLICIT_INVAL_DATA } = fuse_init_flag;
export const { FUSE_MAP_ALIGNMENT, FUSE_SUBMOUNTS, FUSE_HANDLE_KILLPRIV_V2 } = fuse_init_flag;
export const { FUSE_SETXATTR_EXT, FUSE_INIT_EXT, FUSE_INIT_RESERVED } = fuse_init_flag;

/** `flags2` of INIT: the header's bits 32 to 63, shifted down. Heeded only in a reply that sets FUSE_INIT_EXT. */
export const fuse_init_flag2 = {
	FUSE_SECURITY_CTX: 1 << 0,
	FUSE_HAS_INODE_DAX: 1 << 1,
	FUSE_CREATE_SUPP_GROUP: 1 << 2,
	FUSE_HAS_EXPIRE_ONLY: 1 << 3,
	FUSE_DIRECT_IO_ALLOW_MMAP: 1 << 4,
	FUSE_PASSTHROUGH: 1 << 5,
	FUSE_NO_EXPORT_SUPPORT: 1 << 6,
	FUSE_HAS_RESEND: 1 << 7,
	FUSE_ALLOW_IDMAP: 1 << 8,
	FUSE_OVER_IO_URING: 1 << 9,
	FUSE_REQUEST_TIMEOUT: 1 << 10,
} as const;
export const { FUSE_SECURITY_CTX, FUSE_HAS_INODE_DAX, FUSE_CREATE_SUPP_GROUP, FUSE_HAS_EXPIRE_ONLY } = fuse_init_flag2;
export const { FUSE_DIRECT_IO_ALLOW_MMAP, FUSE_PASSTHROUGH, FUSE_NO_EXPORT_SUPPORT } = fuse_init_flag2;
export const { FUSE_HAS_RESEND, FUSE_ALLOW_IDMAP, FUSE_OVER_IO_URING, FUSE_REQUEST_TIMEOUT } = fuse_init_flag2;

export const cuse_init_flag = { CUSE_UNRESTRICTED_IOCTL: 1 << 0 } as const;
export const { CUSE_UNRESTRICTED_IOCTL } = cuse_init_flag;

export const fuse_release_flag = { FUSE_RELEASE_FLUSH: 1 << 0, FUSE_RELEASE_FLOCK_UNLOCK: 1 << 1 } as const;
export const { FUSE_RELEASE_FLUSH, FUSE_RELEASE_FLOCK_UNLOCK } = fuse_release_flag;

export const fuse_getattr_flag = { FUSE_GETATTR_FH: 1 << 0 } as const;
export const { FUSE_GETATTR_FH } = fuse_getattr_flag;

export const fuse_lk_flag = { FUSE_LK_FLOCK: 1 << 0 } as const;
export const { FUSE_LK_FLOCK } = fuse_lk_flag;

export const fuse_write_flag = {
	FUSE_WRITE_CACHE: 1 << 0,
	FUSE_WRITE_LOCKOWNER: 1 << 1,
	FUSE_WRITE_KILL_SUIDGID: 1 << 2,
} as const;
export const { FUSE_WRITE_CACHE, FUSE_WRITE_LOCKOWNER, FUSE_WRITE_KILL_SUIDGID } = fuse_write_flag;

export const fuse_read_flag = { FUSE_READ_LOCKOWNER: 1 << 1 } as const;
export const { FUSE_READ_LOCKOWNER } = fuse_read_flag;

export const fuse_ioctl_flag = {
	FUSE_IOCTL_COMPAT: 1 << 0,
	FUSE_IOCTL_UNRESTRICTED: 1 << 1,
	FUSE_IOCTL_RETRY: 1 << 2,
	FUSE_IOCTL_32BIT: 1 << 3,
	FUSE_IOCTL_DIR: 1 << 4,
	FUSE_IOCTL_COMPAT_X32: 1 << 5,
} as const;
export const { FUSE_IOCTL_COMPAT, FUSE_IOCTL_UNRESTRICTED, FUSE_IOCTL_RETRY, FUSE_IOCTL_32BIT } = fuse_ioctl_flag;
export const { FUSE_IOCTL_DIR, FUSE_IOCTL_COMPAT_X32 } = fuse_ioctl_flag;

export const fuse_poll_flag = { FUSE_POLL_SCHEDULE_NOTIFY: 1 << 0 } as const;
export const { FUSE_POLL_SCHEDULE_NOTIFY } = fuse_poll_flag;

export const fuse_fsync_flag = { FUSE_FSYNC_FDATASYNC: 1 << 0 } as const;
export const { FUSE_FSYNC_FDATASYNC } = fuse_fsync_flag;

export const fuse_attr_flag = { FUSE_ATTR_SUBMOUNT: 1 << 0, FUSE_ATTR_DAX: 1 << 1 } as const;
export const { FUSE_ATTR_SUBMOUNT, FUSE_ATTR_DAX } = fuse_attr_flag;

export const fuse_open_flag = { FUSE_OPEN_KILL_SUIDGID: 1 << 0 } as const;
export const { FUSE_OPEN_KILL_SUIDGID } = fuse_open_flag;

export const fuse_setxattr_flag = { FUSE_SETXATTR_ACL_KILL_SGID: 1 << 0 } as const;
export const { FUSE_SETXATTR_ACL_KILL_SGID } = fuse_setxattr_flag;

export const fuse_inval_entry_flag = { FUSE_EXPIRE_ONLY: 1 << 0 } as const;
export const { FUSE_EXPIRE_ONLY } = fuse_inval_entry_flag;

/** Type of an extension; 0 to FUSE_MAX_NR_SECCTX is a `fuse_secctx_header` and its number of contexts. */
export const fuse_ext_type = { FUSE_MAX_NR_SECCTX: 31, FUSE_EXT_GROUPS: 32 } as const;
export const { FUSE_MAX_NR_SECCTX, FUSE_EXT_GROUPS } = fuse_ext_type;

export const fuse_uring_cmd = {
	FUSE_IO_URING_CMD_INVALID: 0,
	FUSE_IO_URING_CMD_REGISTER: 1,
	FUSE_IO_URING_CMD_COMMIT_AND_FETCH: 2,
} as const;
export const { FUSE_IO_URING_CMD_REGISTER, FUSE_IO_URING_CMD_COMMIT_AND_FETCH } = fuse_uring_cmd;

const open_flags = flags(u32, open_flag, access_choice);

export const fuse_in_header = struct('fuse_in_header', 40, {
	len: u32,
	opcode: enumeration(u32, fuse_opcode),
	unique: u64n,
	nodeid: u64n,
	uid: u32,
	gid: u32,
	pid: u32,
	total_extlen: u16, // length of the extensions, in units of 8 bytes
	_padding: u16,
});
export type FuseInHeader = Infer<typeof fuse_in_header>;

export const fuse_out_header = struct('fuse_out_header', 16, {
	len: u32,
	error: s32,
	unique: u64n,
});
export type FuseOutHeader = Infer<typeof fuse_out_header>;

export const fuse_attr = struct('fuse_attr', 88, {
	ino: u64n,
	size: u64n,
	blocks: u64n,
	atime: s64n,
	mtime: s64n,
	ctime: s64n,
	atimensec: u32,
	mtimensec: u32,
	ctimensec: u32,
	mode: octal(u32),
	nlink: u32,
	uid: u32,
	gid: u32,
	rdev: u32,
	blksize: u32,
	flags: flags(u32, fuse_attr_flag),
});
export type FuseAttr = Infer<typeof fuse_attr>;

export const fuse_sx_time = struct('fuse_sx_time', 16, {
	tv_sec: s64n,
	tv_nsec: u32,
	__reserved: s32,
});
export type FuseSxTime = Infer<typeof fuse_sx_time>;

export const fuse_statx = struct('fuse_statx', 256, {
	mask: u32,
	blksize: u32,
	attributes: u64,
	nlink: u32,
	uid: u32,
	gid: u32,
	mode: octal(u16),
	__spare0: u16,
	ino: u64n,
	size: u64n,
	blocks: u64n,
	attributes_mask: u64,
	atime: fuse_sx_time,
	btime: fuse_sx_time,
	ctime: fuse_sx_time,
	mtime: fuse_sx_time,
	rdev_major: u32,
	rdev_minor: u32,
	dev_major: u32,
	dev_minor: u32,
	__spare2: array(u64, 14),
});
export type FuseStatx = Infer<typeof fuse_statx>;

export const fuse_kstatfs = struct('fuse_kstatfs', 80, {
	blocks: u64n,
	bfree: u64n,
	bavail: u64n,
	files: u64n,
	ffree: u64n,
	bsize: u32,
	namelen: u32,
	frsize: u32,
	_padding: u32,
	_spare: array(u32, 6),
});
export type FuseKstatfs = Infer<typeof fuse_kstatfs>;

export const fuse_file_lock = struct('fuse_file_lock', 24, {
	start: u64,
	end: u64, // OFFSET_MAX, 2^63-1, for a lock to the end of the file
	type: enumeration(u32, lock_type),
	pid: u32,
});
export type FuseFileLock = Infer<typeof fuse_file_lock>;

export const fuse_entry_out = struct('fuse_entry_out', 128, {
	nodeid: u64n,
	generation: u64n,
	entry_valid: u64n,
	attr_valid: u64n,
	entry_valid_nsec: u32,
	attr_valid_nsec: u32,
	attr: fuse_attr,
});
export type FuseEntryOut = Infer<typeof fuse_entry_out>;

export const fuse_forget_in = struct('fuse_forget_in', 8, { nlookup: u64n });
export type FuseForgetIn = Infer<typeof fuse_forget_in>;

export const fuse_forget_one = struct('fuse_forget_one', 16, { nodeid: u64n, nlookup: u64n });
export type FuseForgetOne = Infer<typeof fuse_forget_one>;

export const fuse_batch_forget_in = struct('fuse_batch_forget_in', 8, { count: u32, _dummy: u32 });
export type FuseBatchForgetIn = Infer<typeof fuse_batch_forget_in>;

export const fuse_getattr_in = struct('fuse_getattr_in', 16, {
	getattr_flags: flags(u32, fuse_getattr_flag),
	_dummy: u32,
	fh: u64n,
});
export type FuseGetattrIn = Infer<typeof fuse_getattr_in>;

export const fuse_attr_out = struct('fuse_attr_out', 104, {
	attr_valid: u64n,
	attr_valid_nsec: u32,
	_dummy: u32,
	attr: fuse_attr,
});
export type FuseAttrOut = Infer<typeof fuse_attr_out>;

export const fuse_statx_in = struct('fuse_statx_in', 24, {
	getattr_flags: flags(u32, fuse_getattr_flag),
	_reserved: u32,
	fh: u64n,
	sx_flags: u32,
	sx_mask: u32,
});
export type FuseStatxIn = Infer<typeof fuse_statx_in>;

export const fuse_statx_out = struct('fuse_statx_out', 288, {
	attr_valid: u64n,
	attr_valid_nsec: u32,
	flags: u32,
	_spare: array(u64, 2),
	stat: fuse_statx,
});
export type FuseStatxOut = Infer<typeof fuse_statx_out>;

export const fuse_mknod_in = struct('fuse_mknod_in', 16, {
	mode: octal(u32),
	rdev: u32,
	umask: octal(u32),
	_padding: u32,
});
export type FuseMknodIn = Infer<typeof fuse_mknod_in>;

export const fuse_mkdir_in = struct('fuse_mkdir_in', 8, { mode: octal(u32), umask: octal(u32) });
export type FuseMkdirIn = Infer<typeof fuse_mkdir_in>;

export const fuse_rename_in = struct('fuse_rename_in', 8, { newdir: u64n });
export type FuseRenameIn = Infer<typeof fuse_rename_in>;

export const fuse_rename2_in = struct('fuse_rename2_in', 16, {
	newdir: u64n,
	flags: flags(u32, rename_flag),
	_padding: u32,
});
export type FuseRename2In = Infer<typeof fuse_rename2_in>;

export const fuse_link_in = struct('fuse_link_in', 8, { oldnodeid: u64n });
export type FuseLinkIn = Infer<typeof fuse_link_in>;

export const fuse_setattr_in = struct('fuse_setattr_in', 88, {
	valid: flags(u32, fattr),
	_padding: u32,
	fh: u64n,
	size: u64n,
	lock_owner: u64,
	atime: s64n,
	mtime: s64n,
	ctime: s64n,
	atimensec: u32,
	mtimensec: u32,
	ctimensec: u32,
	mode: octal(u32),
	_unused4: u32,
	uid: u32,
	gid: u32,
	_unused5: u32,
});
export type FuseSetattrIn = Infer<typeof fuse_setattr_in>;

export const fuse_open_in = struct('fuse_open_in', 8, { flags: open_flags, open_flags: flags(u32, fuse_open_flag) });
export type FuseOpenIn = Infer<typeof fuse_open_in>;

export const fuse_create_in = struct('fuse_create_in', 16, {
	flags: open_flags,
	mode: octal(u32),
	umask: octal(u32),
	open_flags: flags(u32, fuse_open_flag),
});
export type FuseCreateIn = Infer<typeof fuse_create_in>;

export const fuse_open_out = struct('fuse_open_out', 16, {
	fh: u64n,
	open_flags: flags(u32, fopen),
	backing_id: s32,
});
export type FuseOpenOut = Infer<typeof fuse_open_out>;

export const fuse_release_in = struct('fuse_release_in', 24, {
	fh: u64n,
	flags: open_flags,
	release_flags: flags(u32, fuse_release_flag),
	lock_owner: u64,
});
export type FuseReleaseIn = Infer<typeof fuse_release_in>;

export const fuse_flush_in = struct('fuse_flush_in', 24, { fh: u64n, _unused: u32, _padding: u32, lock_owner: u64 });
export type FuseFlushIn = Infer<typeof fuse_flush_in>;

export const fuse_read_in = struct('fuse_read_in', 40, {
	fh: u64n,
	offset: u64n,
	size: u32,
	read_flags: flags(u32, fuse_read_flag),
	lock_owner: u64,
	flags: open_flags,
	_padding: u32,
});
export type FuseReadIn = Infer<typeof fuse_read_in>;

export const fuse_write_in = struct('fuse_write_in', 40, {
	fh: u64n,
	offset: u64n,
	size: u32,
	write_flags: flags(u32, fuse_write_flag),
	lock_owner: u64,
	flags: open_flags,
	_padding: u32,
});
export type FuseWriteIn = Infer<typeof fuse_write_in>;

export const fuse_write_out = struct('fuse_write_out', 8, { size: u32, _padding: u32 });
export type FuseWriteOut = Infer<typeof fuse_write_out>;

export const fuse_statfs_out = struct('fuse_statfs_out', 80, { st: fuse_kstatfs });
export type FuseStatfsOut = Infer<typeof fuse_statfs_out>;

export const fuse_fsync_in = struct('fuse_fsync_in', 16, {
	fh: u64n,
	fsync_flags: flags(u32, fuse_fsync_flag),
	_padding: u32,
});
export type FuseFsyncIn = Infer<typeof fuse_fsync_in>;

/** Ends after `flags` unless FUSE_SETXATTR_EXT was agreed on. */
export const fuse_setxattr_in = struct('fuse_setxattr_in', 16, {
	size: u32,
	flags: flags(u32, xattr_flag),
	setxattr_flags: flags(u32, fuse_setxattr_flag),
	_padding: u32,
});
export type FuseSetxattrIn = Infer<typeof fuse_setxattr_in>;

export const fuse_getxattr_in = struct('fuse_getxattr_in', 8, { size: u32, _padding: u32 });
export type FuseGetxattrIn = Infer<typeof fuse_getxattr_in>;

export const fuse_getxattr_out = struct('fuse_getxattr_out', 8, { size: u32, _padding: u32 });
export type FuseGetxattrOut = Infer<typeof fuse_getxattr_out>;

export const fuse_lk_in = struct('fuse_lk_in', 48, {
	fh: u64n,
	owner: u64,
	lk: fuse_file_lock,
	lk_flags: flags(u32, fuse_lk_flag),
	_padding: u32,
});
export type FuseLkIn = Infer<typeof fuse_lk_in>;

export const fuse_lk_out = struct('fuse_lk_out', 24, { lk: fuse_file_lock });
export type FuseLkOut = Infer<typeof fuse_lk_out>;

export const fuse_access_in = struct('fuse_access_in', 8, { mask: flags(u32, access_mask), _padding: u32 });
export type FuseAccessIn = Infer<typeof fuse_access_in>;

export const fuse_init_in = struct('fuse_init_in', 64, {
	major: u32,
	minor: u32,
	max_readahead: u32,
	flags: flags(u32, fuse_init_flag),
	flags2: flags(u32, fuse_init_flag2),
	_unused: array(u32, 11),
});
export type FuseInitIn = Infer<typeof fuse_init_in>;

export const fuse_init_out = struct('fuse_init_out', 64, {
	major: u32,
	minor: u32,
	max_readahead: u32,
	flags: flags(u32, fuse_init_flag),
	max_background: u16,
	congestion_threshold: u16,
	max_write: u32,
	time_gran: u32,
	max_pages: u16,
	map_alignment: u16,
	flags2: flags(u32, fuse_init_flag2),
	max_stack_depth: u32,
	request_timeout: u16, // seconds
	_unused: array(u16, 11),
});
export type FuseInitOut = Infer<typeof fuse_init_out>;

export const cuse_init_in = struct('cuse_init_in', 16, {
	major: u32,
	minor: u32,
	_unused: u32,
	flags: flags(u32, cuse_init_flag),
});
export type CuseInitIn = Infer<typeof cuse_init_in>;

export const cuse_init_out = struct('cuse_init_out', 72, {
	major: u32,
	minor: u32,
	_unused: u32,
	flags: flags(u32, cuse_init_flag),
	max_read: u32,
	max_write: u32,
	dev_major: u32,
	dev_minor: u32,
	_spare: array(u32, 10),
});
export type CuseInitOut = Infer<typeof cuse_init_out>;

export const fuse_interrupt_in = struct('fuse_interrupt_in', 8, { unique: u64 }); // with FUSE_UNIQUE_RESEND where that has it
export type FuseInterruptIn = Infer<typeof fuse_interrupt_in>;

export const fuse_bmap_in = struct('fuse_bmap_in', 16, { block: u64, blocksize: u32, _padding: u32 });
export type FuseBmapIn = Infer<typeof fuse_bmap_in>;

export const fuse_bmap_out = struct('fuse_bmap_out', 8, { block: u64 });
export type FuseBmapOut = Infer<typeof fuse_bmap_out>;

export const fuse_ioctl_in = struct('fuse_ioctl_in', 32, {
	fh: u64n,
	flags: flags(u32, fuse_ioctl_flag),
	cmd: u32,
	arg: u64,
	in_size: u32,
	out_size: u32,
});
export type FuseIoctlIn = Infer<typeof fuse_ioctl_in>;

export const fuse_ioctl_iovec = struct('fuse_ioctl_iovec', 16, { base: u64, len: u64 });
export type FuseIoctlIovec = Infer<typeof fuse_ioctl_iovec>;

export const fuse_ioctl_out = struct('fuse_ioctl_out', 16, {
	result: s32,
	flags: flags(u32, fuse_ioctl_flag),
	in_iovs: u32,
	out_iovs: u32,
});
export type FuseIoctlOut = Infer<typeof fuse_ioctl_out>;

export const fuse_poll_in = struct('fuse_poll_in', 24, {
	fh: u64n,
	kh: u64n,
	flags: flags(u32, fuse_poll_flag),
	events: flags(u32, poll_event),
});
export type FusePollIn = Infer<typeof fuse_poll_in>;

export const fuse_poll_out = struct('fuse_poll_out', 8, { revents: flags(u32, poll_event), _padding: u32 });
export type FusePollOut = Infer<typeof fuse_poll_out>;

export const fuse_notify_poll_wakeup_out = struct('fuse_notify_poll_wakeup_out', 8, { kh: u64n });
export type FuseNotifyPollWakeupOut = Infer<typeof fuse_notify_poll_wakeup_out>;

export const fuse_fallocate_in = struct('fuse_fallocate_in', 32, {
	fh: u64n,
	offset: u64n,
	length: u64n,
	mode: u32,
	_padding: u32,
});
export type FuseFallocateIn = Infer<typeof fuse_fallocate_in>;

/** A directory entry, before its name; records are padded to `FUSE_REC_ALIGN`. */
export const fuse_dirent = struct('fuse_dirent', 24, {
	ino: u64n,
	off: u64n,
	namelen: u32,
	type: enumeration(u32, dirent_type),
});
export type FuseDirent = Infer<typeof fuse_dirent>;

export const fuse_direntplus = struct('fuse_direntplus', 152, { entry_out: fuse_entry_out, dirent: fuse_dirent });
export type FuseDirentplus = Infer<typeof fuse_direntplus>;

/** `size` rounded up to the next multiple of 8, as records of variable length are. */
export function FUSE_REC_ALIGN(size: number): number {
	return (size + 7) & ~7;
}

export const fuse_notify_inval_inode_out = struct('fuse_notify_inval_inode_out', 24, {
	ino: u64n,
	off: s64n, // negative: attributes only
	len: s64n, // zero or less: to the end
});
export type FuseNotifyInvalInodeOut = Infer<typeof fuse_notify_inval_inode_out>;

export const fuse_notify_inval_entry_out = struct('fuse_notify_inval_entry_out', 16, {
	parent: u64n,
	namelen: u32, // without the NUL that ends the name
	flags: flags(u32, fuse_inval_entry_flag),
});
export type FuseNotifyInvalEntryOut = Infer<typeof fuse_notify_inval_entry_out>;

export const fuse_notify_delete_out = struct('fuse_notify_delete_out', 24, {
	parent: u64n,
	child: u64n,
	namelen: u32, // without the NUL that ends the name
	_padding: u32,
});
export type FuseNotifyDeleteOut = Infer<typeof fuse_notify_delete_out>;

export const fuse_notify_store_out = struct('fuse_notify_store_out', 24, {
	nodeid: u64n,
	offset: u64n,
	size: u32,
	_padding: u32,
});
export type FuseNotifyStoreOut = Infer<typeof fuse_notify_store_out>;

export const fuse_notify_retrieve_out = struct('fuse_notify_retrieve_out', 32, {
	notify_unique: u64n,
	nodeid: u64n,
	offset: u64n,
	size: u32,
	_padding: u32,
});
export type FuseNotifyRetrieveOut = Infer<typeof fuse_notify_retrieve_out>;

export const fuse_notify_retrieve_in = struct('fuse_notify_retrieve_in', 40, {
	_dummy1: u64,
	offset: u64n,
	size: u32,
	_dummy2: u32,
	_dummy3: u64,
	_dummy4: u64,
});
export type FuseNotifyRetrieveIn = Infer<typeof fuse_notify_retrieve_in>;

/** `count` node ids of 8 bytes follow. */
export const fuse_notify_prune_out = struct('fuse_notify_prune_out', 16, { count: u32, _padding: u32, _spare: u64 });
export type FuseNotifyPruneOut = Infer<typeof fuse_notify_prune_out>;

export const fuse_backing_map = struct('fuse_backing_map', 16, { fd: s32, flags: u32, _padding: u64 });
export type FuseBackingMap = Infer<typeof fuse_backing_map>;

/** Commands of /dev/fuse. */
export const fuse_dev_ioctl = {
	FUSE_DEV_IOC_CLONE: _IOR(FUSE_DEV_IOC_MAGIC, 0, u32),
	FUSE_DEV_IOC_BACKING_OPEN: _IOW(FUSE_DEV_IOC_MAGIC, 1, fuse_backing_map),
	FUSE_DEV_IOC_BACKING_CLOSE: _IOW(FUSE_DEV_IOC_MAGIC, 2, u32),
	FUSE_DEV_IOC_SYNC_INIT: _IO(FUSE_DEV_IOC_MAGIC, 3),
} as const;
export const { FUSE_DEV_IOC_CLONE, FUSE_DEV_IOC_BACKING_OPEN, FUSE_DEV_IOC_BACKING_CLOSE } = fuse_dev_ioctl;
export const { FUSE_DEV_IOC_SYNC_INIT } = fuse_dev_ioctl;

export const fuse_lseek_in = struct('fuse_lseek_in', 24, {
	fh: u64n,
	offset: s64n,
	whence: enumeration(u32, seek_whence),
	_padding: u32,
});
export type FuseLseekIn = Infer<typeof fuse_lseek_in>;

export const fuse_lseek_out = struct('fuse_lseek_out', 8, { offset: u64n });
export type FuseLseekOut = Infer<typeof fuse_lseek_out>;

/** For FUSE_COPY_FILE_RANGE_64 too, whose reply is a `fuse_copy_file_range_out` in place of a `fuse_write_out`. */
export const fuse_copy_file_range_in = struct('fuse_copy_file_range_in', 56, {
	fh_in: u64n,
	off_in: u64n,
	nodeid_out: u64n,
	fh_out: u64n,
	off_out: u64n,
	len: u64n,
	flags: u64,
});
export type FuseCopyFileRangeIn = Infer<typeof fuse_copy_file_range_in>;

export const fuse_copy_file_range_out = struct('fuse_copy_file_range_out', 8, { bytes_copied: u64n });
export type FuseCopyFileRangeOut = Infer<typeof fuse_copy_file_range_out>;

export const fuse_setupmapping_flag = {
	FUSE_SETUPMAPPING_FLAG_WRITE: 1 << 0,
	FUSE_SETUPMAPPING_FLAG_READ: 1 << 1,
} as const;
export const { FUSE_SETUPMAPPING_FLAG_WRITE, FUSE_SETUPMAPPING_FLAG_READ } = fuse_setupmapping_flag;

export const fuse_setupmapping_in = struct('fuse_setupmapping_in', 40, {
	fh: u64n,
	foffset: u64n,
	len: u64n,
	flags: u64, // of fuse_setupmapping_flag
	moffset: u64n,
});
export type FuseSetupmappingIn = Infer<typeof fuse_setupmapping_in>;

export const fuse_removemapping_in = struct('fuse_removemapping_in', 4, { count: u32 });
export type FuseRemovemappingIn = Infer<typeof fuse_removemapping_in>;

export const fuse_removemapping_one = struct('fuse_removemapping_one', 16, { moffset: u64n, len: u64n });
export type FuseRemovemappingOne = Infer<typeof fuse_removemapping_one>;

export const fuse_syncfs_in = struct('fuse_syncfs_in', 8, { _padding: u64 });
export type FuseSyncfsIn = Infer<typeof fuse_syncfs_in>;

export const fuse_secctx = struct('fuse_secctx', 8, { size: u32, _padding: u32 });
export type FuseSecctx = Infer<typeof fuse_secctx>;

export const fuse_secctx_header = struct('fuse_secctx_header', 8, { size: u32, nr_secctx: u32 });
export type FuseSecctxHeader = Infer<typeof fuse_secctx_header>;

export const fuse_ext_header = struct('fuse_ext_header', 8, { size: u32, type: enumeration(u32, fuse_ext_type) });
export type FuseExtHeader = Infer<typeof fuse_ext_header>;

/** `nr_groups` group ids of 4 bytes follow. */
export const fuse_supp_groups = struct('fuse_supp_groups', 4, { nr_groups: u32 });
export type FuseSuppGroups = Infer<typeof fuse_supp_groups>;

export const fuse_uring_ent_in_out = struct('fuse_uring_ent_in_out', 32, {
	flags: u64,
	commit_id: u64,
	payload_sz: u32,
	_padding: u32,
	_reserved: u64,
});
export type FuseUringEntInOut = Infer<typeof fuse_uring_ent_in_out>;

export const fuse_uring_req_header = struct('fuse_uring_req_header', 288, {
	in_out: bytes(FUSE_URING_IN_OUT_HEADER_SZ),
	op_in: bytes(FUSE_URING_OP_IN_OUT_SZ),
	ring_ent_in_out: fuse_uring_ent_in_out,
});
export type FuseUringReqHeader = Infer<typeof fuse_uring_req_header>;

export const fuse_uring_cmd_req = struct('fuse_uring_cmd_req', 24, {
	flags: u64,
	commit_id: u64,
	qid: u16,
	_padding: array(u8, 6),
});
export type FuseUringCmdReq = Infer<typeof fuse_uring_cmd_req>;
