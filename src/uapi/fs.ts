/**
 * fs - masks of the virtual file system.
 *
 * RENAME_* of include/uapi/linux/fs.h and XATTR_* of include/uapi/linux/xattr.h, which user space passes; MAY_* and FMODE_* of
 * include/linux/fs.h, which stay in the kernel. F_OK, R_OK and so on of access(2) are MAY_* under other names.
 */

/** What permission is asked for. */
export const may = {
	MAY_EXEC: 0x01,
	MAY_WRITE: 0x02,
	MAY_READ: 0x04,
	MAY_APPEND: 0x08,
	MAY_ACCESS: 0x10,
	MAY_OPEN: 0x20,
	MAY_CHDIR: 0x40,
	MAY_NOT_BLOCK: 0x80,
} as const;
export const { MAY_EXEC, MAY_WRITE, MAY_READ, MAY_APPEND, MAY_ACCESS, MAY_OPEN, MAY_CHDIR, MAY_NOT_BLOCK } = may;

/** The mode argument of access(2). */
export const access_mask = {
	X_OK: 1,
	W_OK: 2,
	R_OK: 4,
} as const;
export const { X_OK, W_OK, R_OK } = access_mask;
export const F_OK = 0;

/** What an open file can do. */
export const fmode = {
	FMODE_READ: 1 << 0,
	FMODE_WRITE: 1 << 1,
	FMODE_LSEEK: 1 << 2,
	FMODE_PREAD: 1 << 3,
	FMODE_PWRITE: 1 << 4,
	FMODE_EXEC: 1 << 5,
	FMODE_PATH: 1 << 14,
	FMODE_ATOMIC_POS: 1 << 15,
	FMODE_CAN_READ: 1 << 17,
	FMODE_CAN_WRITE: 1 << 18,
	FMODE_OPENED: 1 << 19,
	FMODE_CREATED: 1 << 20,
	FMODE_STREAM: 1 << 21,
} as const;
export const { FMODE_READ, FMODE_WRITE, FMODE_LSEEK, FMODE_PREAD, FMODE_PWRITE, FMODE_EXEC, FMODE_PATH } = fmode;
export const { FMODE_ATOMIC_POS, FMODE_CAN_READ, FMODE_CAN_WRITE, FMODE_OPENED, FMODE_CREATED, FMODE_STREAM } = fmode;

/** Flags of renameat2(2). */
export const rename_flag = {
	RENAME_NOREPLACE: 1,
	RENAME_EXCHANGE: 2,
	RENAME_WHITEOUT: 4,
} as const;
export const { RENAME_NOREPLACE, RENAME_EXCHANGE, RENAME_WHITEOUT } = rename_flag;

/** Flags of setxattr(2). */
export const xattr_flag = {
	XATTR_CREATE: 1,
	XATTR_REPLACE: 2,
} as const;
export const { XATTR_CREATE, XATTR_REPLACE } = xattr_flag;
