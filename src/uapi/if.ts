/** if - flags of network devices (include/uapi/linux/if.h). */

export const if_flag = {
	IFF_UP: 0x1, // interface is up
	IFF_BROADCAST: 0x2, // broadcast address valid
	IFF_DEBUG: 0x4, // turn on debugging
	IFF_LOOPBACK: 0x8, // is a loopback net
	IFF_POINTOPOINT: 0x10, // interface is has p-p link
	IFF_NOTRAILERS: 0x20, // avoid use of trailers
	IFF_RUNNING: 0x40, // interface RFC2863 OPER_UP
	IFF_NOARP: 0x80, // no ARP protocol
	IFF_PROMISC: 0x100, // receive all packets
	IFF_ALLMULTI: 0x200, // receive all multicast packets
	IFF_MULTICAST: 0x1000, // Supports multicast
	IFF_PORTSEL: 0x2000, // can set media type
	IFF_AUTOMEDIA: 0x4000, // auto media select active
	IFF_DYNAMIC: 0x8000, // dialup device with changing addresses
	IFF_LOWER_UP: 0x10000, // driver signals L1 up
} as const;
export const { IFF_UP, IFF_BROADCAST, IFF_DEBUG, IFF_LOOPBACK, IFF_POINTOPOINT, IFF_NOTRAILERS } = if_flag;
export const { IFF_RUNNING, IFF_NOARP, IFF_PROMISC, IFF_ALLMULTI, IFF_MULTICAST, IFF_PORTSEL } = if_flag;
export const { IFF_AUTOMEDIA, IFF_DYNAMIC, IFF_LOWER_UP } = if_flag;

/** Longest name of a device, with the NUL behind it. */
export const IFNAMSIZ = 16;

/** Room for the alias of a device, with the NUL behind it. */
export const IFALIASZ = 256;

/** States of a link by RFC 2863. */
export const if_oper = { IF_OPER_UNKNOWN: 0, IF_OPER_DOWN: 2, IF_OPER_UP: 6 } as const;
export const { IF_OPER_UNKNOWN, IF_OPER_DOWN, IF_OPER_UP } = if_oper;
