/**
 * devinet - the addresses of devices (net/ipv4/devinet.c).
 *
 * Divergence: a machine has its devices with their addresses from the start, lo with 127.0.0.1/8 and eth0 with 192.168.0.1/24;
 * Linux leaves that to programs.
 */

import { IFF_LOOPBACK } from '../../../src/uapi/if.ts';
import { rt_scope, rt_table, rtn } from '../../../src/uapi/rtnetlink.ts';
import { ethernetInit } from '../../drivers/net/ethernet.ts';
import { loopbackInit } from '../../drivers/net/loopback.ts';
import type { NetDevice, NetDevices } from '../core/dev.ts';
import { type Fib, mask } from './fib_frontend.ts';

const LOOPBACK = 0x7f00_0001;
const ETH0 = 0xc0a8_0001 | 0;

/** An address of a device (struct in_ifaddr). */
export interface InIfaddr {
	readonly dev: NetDevice;
	readonly local: number;
	readonly prefixlen: number;
	/** 0 where there is none. */
	readonly broadcast: number;
	/** Of RT_SCOPE_*. */
	readonly scope: number;
	readonly label: string;
}

/** The IPv4 addresses of one kernel, in the order of their devices. */
export class Inet implements Iterable<InIfaddr> {
	readonly #fib: Fib;
	readonly #addresses: InIfaddr[] = [];

	constructor(devices: NetDevices, fib: Fib) {
		this.#fib = fib;
		this.#add(loopbackInit(devices), LOOPBACK, 8);
		this.#add(ethernetInit(devices), ETH0, 24);
	}

	[Symbol.iterator](): Iterator<InIfaddr> {
		return this.#addresses[Symbol.iterator]();
	}

	/**
	 * An address to send from, of no greater scope than `scope`: of a device the one whose network `to` is in, or its first; else
	 * that of any device, if it is good beyond its link. 0 where there is none (inet_select_addr).
	 */
	select(dev: NetDevice, scope: number, to = 0): number {
		const near = this.#addresses.filter(address => address.scope <= scope);
		const own = near.filter(address => address.dev === dev);
		const found =
			own.find(({ local, prefixlen }) => to === 0 || ((local ^ to) & mask(prefixlen)) === 0) ??
			own[0] ??
			near.find(address => address.scope !== rt_scope.RT_SCOPE_LINK);
		return found?.local ?? 0;
	}

	/** The device that an address of this machine is on; undefined for one that is not (__ip_dev_find). */
	deviceOf(address: number): NetDevice | undefined {
		const own = this.#addresses.find(({ local }) => local === address);
		if (own !== undefined) return own.dev;
		if (this.#fib.addressType(address) !== rtn.RTN_LOCAL) return undefined;
		return this.#fib.table(rt_table.RT_TABLE_LOCAL)!.lookup({ daddr: address })?.info.nh.dev;
	}

	/** Gives a device an address, and the routes that come with it (inet_insert_ifa). */
	#add(dev: NetDevice, local: number, prefixlen: number): void {
		const loopback = (dev.flags & IFF_LOOPBACK) !== 0;
		const scope = loopback ? rt_scope.RT_SCOPE_HOST : rt_scope.RT_SCOPE_UNIVERSE;
		const broadcast = loopback || prefixlen > 30 ? 0 : local | ~mask(prefixlen);
		this.#addresses.push({ dev, local, prefixlen, broadcast, scope, label: dev.name });
		this.#fib.addAddress(dev, local, prefixlen);
	}
}
