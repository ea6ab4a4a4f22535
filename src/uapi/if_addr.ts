/** if_addr - messages about addresses of links (include/uapi/linux/if_addr.h). */

import { type Infer, struct, u8, u32 } from '../lib/struct.ts';

export const ifaddrmsg = struct('ifaddrmsg', 8, {
	ifa_family: u8,
	ifa_prefixlen: u8,
	ifa_flags: u8,
	ifa_scope: u8,
	ifa_index: u32,
});
export type Ifaddrmsg = Infer<typeof ifaddrmsg>;

export const ifa_attr = {
	IFA_ADDRESS: 1,
	IFA_LOCAL: 2,
	IFA_LABEL: 3,
	IFA_BROADCAST: 4,
	IFA_ANYCAST: 5,
	IFA_CACHEINFO: 6,
	IFA_MULTICAST: 7,
	IFA_FLAGS: 8,
	IFA_RT_PRIORITY: 9,
	IFA_TARGET_NETNSID: 10,
	IFA_PROTO: 11,
} as const;

/** The address stays until somebody takes it away. */
export const IFA_F_PERMANENT = 0x80;

export const ifa_cacheinfo = struct('ifa_cacheinfo', 16, {
	ifa_prefered: u32,
	ifa_valid: u32,
	cstamp: u32,
	tstamp: u32,
});
