/**
 * fib_lookup - what the files of the forwarding information base share (net/ipv4/fib_lookup.h, include/net/ip_fib.h).
 *
 * Addresses are signed 32-bit integers in host order: 10.0.0.1 is 0x0a000001, 192.168.0.1 is 0xc0a80001 | 0.
 */

import type { NetDevice } from '../core/dev.ts';

/** One hop of a route (struct fib_nh). */
export interface FibNh {
	/** Undefined where the route rejects. */
	readonly dev: NetDevice | undefined;
	/** Address of the gateway; 0 for a destination on the link. */
	readonly gw: number;
	/** Of RT_SCOPE_*. */
	readonly scope: number;
	/** Of RTNH_F_*. */
	readonly flags: number;
}

/** What routes with different destinations can have in common (struct fib_info). */
export interface FibInfo {
	readonly tbId: number;
	/** Of RTPROT_*. */
	readonly protocol: number;
	/** Of RT_SCOPE_*. */
	readonly scope: number;
	/** Of RTN_*. */
	readonly type: number;
	/** The metric. */
	readonly priority: number;
	/** The address to send from; 0 for the device's own. */
	readonly prefsrc: number;
	/** Of RTNH_F_*. */
	readonly flags: number;
	readonly nh: FibNh;
	/** How many routes have it (fib_treeref). */
	treeref: number;
	/** What the tables know it by; its own while it is there. */
	id: number;
	/** Another of the same hash. */
	next: FibInfo | undefined;
}

/** One route, as it was when somebody asked (struct fib_rt_info). */
export interface FibRoute {
	readonly dst: number;
	readonly dstLen: number;
	/** Type of service, without the ECN bits. */
	readonly tos: number;
	readonly info: FibInfo;
	/** Number of the table that was asked; only of a route that was looked up. */
	readonly table?: number;
}

/** What a route is to be, or which one is meant (struct fib_config). */
export interface FibConfig {
	readonly dst: number;
	readonly dstLen: number;
	/** Of RT_TABLE_*. Absent: main. */
	readonly table?: number;
	/** Type of service. Absent: 0. */
	readonly tos?: number;
	/** Of RTN_*. Absent, at insert: unicast; at delete: any. */
	readonly type?: number;
	/** Of RT_SCOPE_*. Absent, at insert: universe; at delete: any. */
	readonly scope?: number;
	/** Of RTPROT_*. Absent, at insert: unspecified; at delete: any. */
	readonly protocol?: number;
	/** The metric. Absent, at insert: 0; at delete: any. */
	readonly priority?: number;
	/** Absent: none; at delete: any. */
	readonly gateway?: number;
	/** Index of a device. Absent: the one through which the gateway is reached; at delete: any. */
	readonly oif?: number;
	readonly prefsrc?: number;
	/** Of RTNH_F_*. */
	readonly flags?: number;
	/** Number of a next hop object. Absent, or 0: none. */
	readonly nexthop?: number;
}

/** What is to be found (struct flowi4). */
export interface Flow {
	readonly daddr: number;
	/** Only through this device. */
	readonly oif?: number;
	/** Of RT_SCOPE_*: nothing that is farther away. Absent: universe, anything. */
	readonly scope?: number;
	readonly tos?: number;
}

/** A route has come or gone, as RTM_NEWROUTE and RTM_DELROUTE tell it. */
export interface FibEvent {
	readonly type: 'new' | 'del';
	readonly route: FibRoute;
	/** Of NLM_F_*: how it has come (NLM_F_CREATE, EXCL, APPEND, REPLACE); 0 if it has gone. */
	readonly nlflags: number;
}
