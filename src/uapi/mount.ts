/**
 * mount - flags of mount(2) and umount2(2), and commands of the calls that came after them.
 *
 * Values of include/uapi/linux/mount.h, and of include/linux/fs.h for umount2.
 */

/** Flags of mount(2). */
export const mount_flag = {
	MS_RDONLY: 1,
	MS_NOSUID: 2,
	MS_NODEV: 4,
	MS_NOEXEC: 8,
	MS_SYNCHRONOUS: 16,
	MS_REMOUNT: 32,
	MS_MANDLOCK: 64,
	MS_DIRSYNC: 128,
	MS_NOSYMFOLLOW: 256,
	MS_NOATIME: 1024,
	MS_NODIRATIME: 2048,
	MS_BIND: 4096,
	MS_MOVE: 8192,
	MS_REC: 16384,
	MS_SILENT: 32768,
	MS_UNBINDABLE: 1 << 17,
	MS_PRIVATE: 1 << 18,
	MS_SLAVE: 1 << 19,
	MS_SHARED: 1 << 20,
	MS_RELATIME: 1 << 21,
	MS_STRICTATIME: 1 << 24,
} as const;
export const { MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC, MS_REMOUNT, MS_NOATIME, MS_NODIRATIME, MS_BIND } = mount_flag;
export const { MS_MOVE, MS_REC, MS_UNBINDABLE, MS_PRIVATE, MS_SLAVE, MS_SHARED, MS_RELATIME, MS_STRICTATIME } =
	mount_flag;

/** Flags of umount2(2). */
export const umount_flag = {
	MNT_FORCE: 1,
	MNT_DETACH: 2,
	MNT_EXPIRE: 4,
	UMOUNT_NOFOLLOW: 8,
} as const;
export const { MNT_FORCE, MNT_DETACH, MNT_EXPIRE, UMOUNT_NOFOLLOW } = umount_flag;

/** Flag of fsopen(2). */
export const FSOPEN_CLOEXEC = 1;

/** Commands of fsconfig(2). */
export const fsconfig_command = {
	FSCONFIG_SET_FLAG: 0,
	FSCONFIG_SET_STRING: 1,
	FSCONFIG_SET_BINARY: 2,
	FSCONFIG_SET_PATH: 3,
	FSCONFIG_SET_PATH_EMPTY: 4,
	FSCONFIG_SET_FD: 5,
	FSCONFIG_CMD_CREATE: 6,
	FSCONFIG_CMD_RECONFIGURE: 7,
	FSCONFIG_CMD_CREATE_EXCL: 8,
} as const;
export const { FSCONFIG_SET_FLAG, FSCONFIG_SET_STRING, FSCONFIG_CMD_CREATE, FSCONFIG_CMD_RECONFIGURE } =
	fsconfig_command;
export const { FSCONFIG_CMD_CREATE_EXCL } = fsconfig_command;
