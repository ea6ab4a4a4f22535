/** rtnetlink - what a route may be (include/uapi/linux/rtnetlink.h). */

/** What becomes of a packet (rtm_type). */
export const rtn = {
	RTN_UNSPEC: 0,
	RTN_UNICAST: 1, // Gateway or direct route
	RTN_LOCAL: 2, // Accept locally
	RTN_BROADCAST: 3, // Accept locally as broadcast, send as broadcast
	RTN_ANYCAST: 4,
	RTN_MULTICAST: 5, // Multicast route
	RTN_BLACKHOLE: 6, // Drop
	RTN_UNREACHABLE: 7, // Destination is unreachable
	RTN_PROHIBIT: 8, // Administratively prohibited
	RTN_THROW: 9, // Not in this table
	RTN_NAT: 10,
	RTN_XRESOLVE: 11,
} as const;

/** Who has made a route (rtm_protocol). */
export const rtprot = {
	RTPROT_UNSPEC: 0,
	RTPROT_REDIRECT: 1,
	RTPROT_KERNEL: 2, // Route installed by the kernel
	RTPROT_BOOT: 3, // Route installed during boot
	RTPROT_STATIC: 4, // Route installed by the administrator
} as const;

/** How far away a destination is (rtm_scope). */
export const rt_scope = {
	RT_SCOPE_UNIVERSE: 0,
	RT_SCOPE_SITE: 200,
	RT_SCOPE_LINK: 253,
	RT_SCOPE_HOST: 254,
	RT_SCOPE_NOWHERE: 255,
} as const;

/** Routing tables by number (rtm_table). */
export const rt_table = {
	RT_TABLE_UNSPEC: 0,
	RT_TABLE_DEFAULT: 253,
	RT_TABLE_MAIN: 254,
	RT_TABLE_LOCAL: 255,
} as const;

/** Flags of a next hop (rtnh_flags). */
export const rtnh_f = {
	RTNH_F_DEAD: 1, // Nexthop is dead (used by multipath)
	RTNH_F_PERVASIVE: 2, // Do recursive gateway lookup
	RTNH_F_ONLINK: 4, // Gateway is forced on link
	RTNH_F_OFFLOAD: 8,
	RTNH_F_LINKDOWN: 16, // carrier-down on nexthop
} as const;
