/**
 * devinet - the addresses of devices (net/ipv4/devinet.c).
 *
 * The routes that come with an address go while its device is down, and so do the others that lead through it.
 *
 * Divergence: a machine has its devices with their addresses from the start, lo with 127.0.0.1/8 and eth0 with 192.168.0.1/24;
 * Linux leaves that to programs. When the MTU of a device becomes too small for IPv4, /proc/sys/net/ipv4/conf keeps its directory.
 */

import { rt_scope, rt_table, rtn } from '../../../src/uapi/rtnetlink.ts';
import { ethernetInit } from '../../drivers/net/ethernet.ts';
import { loopbackInit } from '../../drivers/net/loopback.ts';
import type { NetDevice, NetDevices } from '../core/dev.ts';
import type { NetdevEvent } from '../core/netdevice.ts';
import { type Fib, mask } from './fib_frontend.ts';

const LOOPBACK = 0x7f00_0001;
const ETH0 = 0xc0a8_0001 | 0;
/** Least that IPv4 can do with. */
const IPV4_MIN_MTU = 68;

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
	#addresses: InIfaddr[] = [];

	constructor(devices: NetDevices, fib: Fib) {
		this.#fib = fib;
		devices.notify((event, dev) => this.#event(event, dev));
		loopbackInit(devices);
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

	/** inetdev_event, fib_netdev_event. */
	#event(event: NetdevEvent, dev: NetDevice): void {
		const fits = dev.mtu >= IPV4_MIN_MTU;
		if (event === 'up' && fits) {
			this.#fib.syncUp(dev, this.#of(dev));
			if (dev.loopback && this.#of(dev).length === 0) this.#add(dev, LOOPBACK, 8);
		} else if (event === 'down') {
			this.#fib.syncDown(dev);
		} else if (event === 'unregister' || (event === 'changemtu' && !fits)) {
			this.#addresses = this.#addresses.filter(address => address.dev !== dev);
			this.#fib.syncDown(dev, true);
		}
	}

	#of(dev: NetDevice): readonly InIfaddr[] {
		return this.#addresses.filter(address => address.dev === dev);
	}

	/** Gives a device an address, and the routes that come with it (inet_insert_ifa). */
	#add(dev: NetDevice, local: number, prefixlen: number): void {
		const { loopback } = dev;
		const scope = loopback ? rt_scope.RT_SCOPE_HOST : rt_scope.RT_SCOPE_UNIVERSE;
		const broadcast = loopback || prefixlen > 30 ? 0 : local | ~mask(prefixlen);
		this.#addresses.push({ dev, local, prefixlen, broadcast, scope, label: dev.name });
		this.#fib.addAddress(dev, local, prefixlen);
	}
}
