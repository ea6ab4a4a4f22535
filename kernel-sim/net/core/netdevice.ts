/**
 * netdevice - what a network device is made from, and what is told of it (include/linux/netdevice.h).
 */

import type { NetDevice } from './dev.ts';

/** What has happened to a device (NETDEV_*). */
export type NetdevEvent = 'register' | 'unregister' | 'up' | 'down' | 'change' | 'changemtu' | 'change_tx_queue_len';

/** Who is told of what happens to a device. */
export interface NetDeviceListener {
	/** call_netdevice_notifiers. */
	event(event: NetdevEvent, dev: NetDevice): void;
	/** The device is other than it was; `change` are the flags among it (rtmsg_ifinfo). */
	changed(dev: NetDevice, change: number): void;
	/** Something for the log, of a severity of `Pr`. */
	log(severity: 'info' | 'err', text: string): void;
}

/** What is counted of the packets of a device (struct rtnl_link_stats64), in its order. */
export const linkStats = [
	...(['rx_packets', 'tx_packets', 'rx_bytes', 'tx_bytes', 'rx_errors', 'tx_errors', 'rx_dropped'] as const),
	...(['tx_dropped', 'multicast', 'collisions', 'rx_length_errors', 'rx_over_errors', 'rx_crc_errors'] as const),
	...(['rx_frame_errors', 'rx_fifo_errors', 'rx_missed_errors', 'tx_aborted_errors', 'tx_carrier_errors'] as const),
	...(['tx_fifo_errors', 'tx_heartbeat_errors', 'tx_window_errors', 'rx_compressed', 'tx_compressed'] as const),
	'rx_nohandler',
] as const;

/** Numbers of packets and bytes. */
export type LinkStats = Readonly<Record<(typeof linkStats)[number], number>>;

/** What a device is made from. */
export interface NetDeviceInit {
	readonly name: string;
	/** Of IFF_*, without those that follow from its state. */
	readonly flags: number;
	/** Bytes. */
	readonly mtu: number;
	/** Hardware address, 6 bytes. */
	readonly address: Uint8Array;
	/** Of ARPHRD_*. Absent: Ethernet. */
	readonly type?: number;
	/** Absent: those of Ethernet. A greatest one of 0: there is none. */
	readonly minMtu?: number;
	readonly maxMtu?: number;
	/** How its name was chosen (NET_NAME_*). Absent: by counting. */
	readonly nameAssignType?: number;
	/** True for one whose packets are not queued (IFF_NO_QUEUE). */
	readonly noQueue?: boolean;
	/** False for one that hears nothing on its wire yet. Absent: it hears. */
	readonly carrier?: boolean;
	/** Called as the device goes up and down (ndo_open, ndo_stop). An Errno refuses to go up. */
	open?(dev: NetDevice): void;
	stop?(dev: NetDevice): void;
}
