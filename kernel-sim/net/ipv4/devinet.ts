/**
 * devinet - the addresses of devices (net/ipv4/devinet.c).
 *
 * Divergence: a machine has its devices with their addresses from the start, lo with 127.0.0.1/8 and eth0 with 192.168.0.1/24;
 * Linux leaves that to programs.
 */

import { IFF_LOOPBACK } from '../../../src/uapi/if.ts';
import { rt_scope } from '../../../src/uapi/rtnetlink.ts';
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

	/** The first address of a device, to send from; 0 where it has none (inet_select_addr). */
	select(dev: NetDevice): number {
		return this.#addresses.find(address => address.dev === dev)?.local ?? 0;
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
