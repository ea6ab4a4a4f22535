/** if_arp - kinds of hardware that network devices are (include/uapi/linux/if_arp.h). */

export const ARPHRD_ETHER = 1; // Ethernet 10Mbps
export const ARPHRD_LOOPBACK = 772; // Loopback device
