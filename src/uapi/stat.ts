/**
 * stat - file types, permission bits and device numbers.
 *
 * S_* of include/uapi/linux/stat.h, DT_* of include/linux/fs_types.h. A device number has three spellings: the kernel's own
 * (`MKDEV`, include/linux/kdev_t.h), which inodes carry; the 32-bit one of system calls and FUSE (`new_encode_dev`); and the C
 * library's 64-bit dev_t (`makedev`), which is the same number for majors below 4096.
 */

/** File types, in the bits of S_IFMT. */
export const file_type = {
	S_IFIFO: 0o010000,
	S_IFCHR: 0o020000,
	S_IFDIR: 0o040000,
	S_IFBLK: 0o060000,
	S_IFREG: 0o100000,
	S_IFLNK: 0o120000,
	S_IFSOCK: 0o140000,
} as const;
export const { S_IFIFO, S_IFCHR, S_IFDIR, S_IFBLK, S_IFREG, S_IFLNK, S_IFSOCK } = file_type;
export const S_IFMT = 0o170000;

/** Permission bits. */
export const file_mode = {
	S_IXOTH: 0o0001,
	S_IWOTH: 0o0002,
	S_IROTH: 0o0004,
	S_IXGRP: 0o0010,
	S_IWGRP: 0o0020,
	S_IRGRP: 0o0040,
	S_IXUSR: 0o0100,
	S_IWUSR: 0o0200,
	S_IRUSR: 0o0400,
	S_ISVTX: 0o1000,
	S_ISGID: 0o2000,
	S_ISUID: 0o4000,
} as const;
export const { S_IXOTH, S_IWOTH, S_IROTH, S_IXGRP, S_IWGRP, S_IRGRP } = file_mode;
export const { S_IXUSR, S_IWUSR, S_IRUSR, S_ISVTX, S_ISGID, S_ISUID } = file_mode;
export const S_IRWXO = 0o007;
export const S_IRWXG = 0o070;
export const S_IRWXU = 0o700;
/** Those of include/linux/stat.h, for everyone at once. */
export const S_IXUGO = 0o111;
export const S_IWUGO = 0o222;
export const S_IRUGO = 0o444;
export const S_IRWXUGO = 0o777;
export const S_IALLUGO = 0o7777;

/** Type of a directory entry: the type bits of the mode, shifted down. */
export const dirent_type = {
	DT_UNKNOWN: 0,
	DT_FIFO: 1,
	DT_CHR: 2,
	DT_DIR: 4,
	DT_BLK: 6,
	DT_REG: 8,
	DT_LNK: 10,
	DT_SOCK: 12,
	DT_WHT: 14,
} as const;
export const { DT_UNKNOWN, DT_FIFO, DT_CHR, DT_DIR, DT_BLK, DT_REG, DT_LNK, DT_SOCK, DT_WHT } = dirent_type;

/** True for the mode of a file of that type. */
export const isFifo = (mode: number): boolean => (mode & S_IFMT) === S_IFIFO;
export const isChr = (mode: number): boolean => (mode & S_IFMT) === S_IFCHR;
export const isDir = (mode: number): boolean => (mode & S_IFMT) === S_IFDIR;
export const isBlk = (mode: number): boolean => (mode & S_IFMT) === S_IFBLK;
export const isReg = (mode: number): boolean => (mode & S_IFMT) === S_IFREG;
export const isLnk = (mode: number): boolean => (mode & S_IFMT) === S_IFLNK;
export const isSock = (mode: number): boolean => (mode & S_IFMT) === S_IFSOCK;

/** The DT_* of a mode. */
export function direntType(mode: number): number {
	return (mode & S_IFMT) >> 12;
}

/** The mode as `ls -l` prints it: `drwxr-xr-x`, with s, S, t and T for the three upper bits. */
export function modeString(mode: number): string {
	const type = '?pc?d?b?-?l?s???'[direntType(mode)]!;
	const triple = (shift: number, special: number, set: string, unset: string) => {
		const bits = mode >> shift;
		const execute = bits & 1;
		const x = mode & special ? (execute ? set : unset) : execute ? 'x' : '-';
		return `${bits & 4 ? 'r' : '-'}${bits & 2 ? 'w' : '-'}${x}`;
	};
	return type + triple(6, S_ISUID, 's', 'S') + triple(3, S_ISGID, 's', 'S') + triple(0, S_ISVTX, 't', 'T');
}

export const MINORBITS = 20;
export const MINORMASK = 0xfffff;

/** The kernel's device number: 12 bits of major, 20 of minor. */
export const MKDEV = (major: number, minor: number): number => ((major << MINORBITS) | minor) >>> 0;
export const MAJOR = (dev: number): number => dev >>> MINORBITS;
export const MINOR = (dev: number): number => dev & MINORMASK;

/** A kernel device number as stat(2), mknod(2) and FUSE carry it. */
export function new_encode_dev(dev: number): number {
	const minor = MINOR(dev);
	return ((minor & 0xff) | (MAJOR(dev) << 8) | ((minor & ~0xff) << 12)) >>> 0;
}

/** The kernel device number of what stat(2), mknod(2) and FUSE carry. */
export function new_decode_dev(dev: number): number {
	return MKDEV((dev & 0xfff00) >> 8, (dev & 0xff) | ((dev >>> 12) & 0xfff00));
}

/** The C library's dev_t, 32 bits of each (gnu_dev_makedev of <sys/sysmacros.h>). */
export function makedev(major: number, minor: number): bigint {
	const [high, low] = [BigInt(major >>> 0), BigInt(minor >>> 0)];
	return ((high & 0xfffff000n) << 32n) | ((high & 0xfffn) << 8n) | ((low & 0xffffff00n) << 12n) | (low & 0xffn);
}

/** Major number in a C library's dev_t. */
export function major(dev: bigint): number {
	return Number(((dev >> 32n) & 0xfffff000n) | ((dev >> 8n) & 0xfffn));
}

/** Minor number in a C library's dev_t. */
export function minor(dev: bigint): number {
	return Number(((dev >> 12n) & 0xffffff00n) | (dev & 0xffn));
}
