/** statfs - what statfs(2) tells, on machines of 64 bits (include/uapi/asm-generic/statfs.h, include/linux/statfs.h). */

import { array, type Infer, s32, struct, u64n } from '../lib/struct.ts';

export const ST_NOSUID = 0x2;
export const ST_NODEV = 0x4;
export const ST_NOEXEC = 0x8;
export const ST_VALID = 0x20;
export const ST_RELATIME = 0x1000;

export const statfs = struct('statfs', 120, {
	f_type: u64n,
	f_bsize: u64n,
	f_blocks: u64n,
	f_bfree: u64n,
	f_bavail: u64n,
	f_files: u64n,
	f_ffree: u64n,
	f_fsid: array(s32, 2),
	f_namelen: u64n,
	f_frsize: u64n,
	f_flags: u64n,
	_f_spare: array(u64n, 4),
});
export type Statfs = Infer<typeof statfs>;
