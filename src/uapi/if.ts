/** if - flags of network devices (include/uapi/linux/if.h). */

export const if_flag = {
	IFF_UP: 0x1, // interface is up
	IFF_BROADCAST: 0x2, // broadcast address valid
	IFF_LOOPBACK: 0x8, // is a loopback net
	IFF_POINTOPOINT: 0x10, // interface is has p-p link
	IFF_RUNNING: 0x40, // interface RFC2863 OPER_UP
	IFF_NOARP: 0x80, // no ARP protocol
	IFF_MULTICAST: 0x1000, // Supports multicast
	IFF_LOWER_UP: 0x10000, // driver signals L1 up
} as const;
export const { IFF_UP, IFF_BROADCAST, IFF_LOOPBACK, IFF_POINTOPOINT } = if_flag;
export const { IFF_RUNNING, IFF_NOARP, IFF_MULTICAST, IFF_LOWER_UP } = if_flag;

/** Longest name of a device, with the NUL behind it. */
export const IFNAMSIZ = 16;

/** States of a link by RFC 2863. */
export const if_oper = { IF_OPER_UNKNOWN: 0, IF_OPER_DOWN: 2, IF_OPER_UP: 6 } as const;
export const { IF_OPER_UNKNOWN, IF_OPER_DOWN, IF_OPER_UP } = if_oper;
