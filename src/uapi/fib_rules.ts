/** fib_rules - which table a route is looked up in (include/uapi/linux/fib_rules.h). */

import { enumeration, type Infer, struct, u8, u32 } from '../lib/struct.ts';

/** What a rule says of those it is about. */
export const fr_act = {
	FR_ACT_UNSPEC: 0,
	FR_ACT_TO_TBL: 1, // Pass to fixed table
	FR_ACT_GOTO: 2, // Jump to another rule
	FR_ACT_NOP: 3, // No operation
	FR_ACT_BLACKHOLE: 6, // Drop without notification
	FR_ACT_UNREACHABLE: 7, // Drop with ENETUNREACH
	FR_ACT_PROHIBIT: 8, // Drop with EACCES
} as const;

export const fib_rule_hdr = struct('fib_rule_hdr', 12, {
	family: u8,
	dst_len: u8,
	src_len: u8,
	tos: u8,
	table: u8,
	res1: u8,
	res2: u8,
	action: enumeration(u8, fr_act),
	flags: u32,
});
export type FibRuleHdr = Infer<typeof fib_rule_hdr>;

export const fra = {
	FRA_DST: 1,
	FRA_SRC: 2,
	FRA_IIFNAME: 3,
	FRA_GOTO: 4,
	FRA_PRIORITY: 6,
	FRA_FWMARK: 10,
	FRA_FLOW: 11,
	FRA_TUN_ID: 12,
	FRA_SUPPRESS_IFGROUP: 13,
	FRA_SUPPRESS_PREFIXLEN: 14,
	FRA_TABLE: 15,
	FRA_FWMASK: 16,
	FRA_OIFNAME: 17,
	FRA_L3MDEV: 19,
	FRA_UID_RANGE: 20,
	FRA_PROTOCOL: 21,
	FRA_IP_PROTO: 22,
	FRA_SPORT_RANGE: 23,
	FRA_DPORT_RANGE: 24,
} as const;
