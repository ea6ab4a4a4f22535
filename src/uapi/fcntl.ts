/**
 * fcntl - what open(2), lseek(2), the *at calls and file locks are told.
 *
 * Values of include/uapi/asm-generic/fcntl.h, include/uapi/linux/fcntl.h and, for SEEK_*, include/uapi/linux/fs.h, as x86-64
 * has them. Each table is printed by `flags` or `enumeration` of src/lib/struct.ts and src/lib/names.ts.
 */

import type { FlagChoice } from '../lib/names.ts';

/** The lowest two bits of open's flags. */
export const access_mode = {
	O_RDONLY: 0,
	O_WRONLY: 1,
	O_RDWR: 2,
} as const;
export const { O_RDONLY, O_WRONLY, O_RDWR } = access_mode;
export const O_ACCMODE = 3;

/** The other bits of open's flags, one name each: O_SYNC and O_TMPFILE are made of two. */
export const open_flag = {
	O_CREAT: 0o100,
	O_EXCL: 0o200,
	O_NOCTTY: 0o400,
	O_TRUNC: 0o1000,
	O_APPEND: 0o2000,
	O_NONBLOCK: 0o4000,
	O_DSYNC: 0o10000,
	FASYNC: 0o20000,
	O_DIRECT: 0o40000,
	O_LARGEFILE: 0o100000,
	O_DIRECTORY: 0o200000,
	O_NOFOLLOW: 0o400000,
	O_NOATIME: 0o1000000,
	O_CLOEXEC: 0o2000000,
	__O_SYNC: 0o4000000,
	O_PATH: 0o10000000,
	__O_TMPFILE: 0o20000000,
} as const;
export const { O_CREAT, O_EXCL, O_NOCTTY, O_TRUNC, O_APPEND, O_NONBLOCK, O_DSYNC, FASYNC, O_DIRECT } = open_flag;
export const { O_LARGEFILE, O_DIRECTORY, O_NOFOLLOW, O_NOATIME, O_CLOEXEC, __O_SYNC, O_PATH, __O_TMPFILE } = open_flag;
export const O_SYNC = 0o4010000;
export const O_TMPFILE = 0o20200000;

/** The access mode within open's flags, for printing them. */
export const access_choice: FlagChoice = { mask: O_ACCMODE, names: access_mode };

/** What lseek(2) counts from. */
export const seek_whence = {
	SEEK_SET: 0,
	SEEK_CUR: 1,
	SEEK_END: 2,
	SEEK_DATA: 3,
	SEEK_HOLE: 4,
} as const;
export const { SEEK_SET, SEEK_CUR, SEEK_END, SEEK_DATA, SEEK_HOLE } = seek_whence;

/** In place of a directory's descriptor: the current directory. */
export const AT_FDCWD = -100;

/** Flags of the *at calls; 0x200 is AT_REMOVEDIR for unlinkat and AT_EACCESS for faccessat. */
export const at_flag = {
	AT_SYMLINK_NOFOLLOW: 0x100,
	AT_REMOVEDIR: 0x200,
	AT_SYMLINK_FOLLOW: 0x400,
	AT_NO_AUTOMOUNT: 0x800,
	AT_EMPTY_PATH: 0x1000,
	AT_RECURSIVE: 0x8000,
} as const;
export const { AT_SYMLINK_NOFOLLOW, AT_REMOVEDIR, AT_SYMLINK_FOLLOW, AT_NO_AUTOMOUNT, AT_EMPTY_PATH } = at_flag;
export const { AT_RECURSIVE } = at_flag;
export const AT_EACCESS = 0x200;

/** Kinds of record locks, and the two that an flock(2) uses beside F_UNLCK. */
export const lock_type = {
	F_RDLCK: 0,
	F_WRLCK: 1,
	F_UNLCK: 2,
} as const;
export const { F_RDLCK, F_WRLCK, F_UNLCK } = lock_type;

/** Commands of fcntl(2) that reach a file. */
export const fcntl_cmd = {
	F_DUPFD: 0,
	F_GETFD: 1,
	F_SETFD: 2,
	F_GETFL: 3,
	F_SETFL: 4,
	F_GETLK: 5,
	F_SETLK: 6,
	F_SETLKW: 7,
	F_SETOWN: 8,
	F_GETOWN: 9,
	F_SETSIG: 10,
	F_GETSIG: 11,
	F_DUPFD_CLOEXEC: 1030,
} as const;
export const { F_DUPFD, F_GETFD, F_SETFD, F_GETFL, F_SETFL, F_GETLK, F_SETLK, F_SETLKW } = fcntl_cmd;
export const { F_SETOWN, F_GETOWN, F_SETSIG, F_GETSIG, F_DUPFD_CLOEXEC } = fcntl_cmd;
