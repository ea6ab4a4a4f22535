/**
 * dev - the network devices (net/core/dev.c).
 *
 * Divergence: a device carries no packets; it is what routes lead to and what tables name.
 */

import { Errno } from '../../../src/lib/errno.ts';
import { IFF_UP, IFNAMSIZ } from '../../../src/uapi/if.ts';

/** A network device (struct net_device). */
export interface NetDevice {
	readonly ifindex: number;
	readonly name: string;
	/** Of IFF_*. */
	readonly flags: number;
	/** Bytes. */
	readonly mtu: number;
	/** Hardware address, 6 bytes. */
	readonly address: Uint8Array;
}

/** True for a device that is up. */
export function isUp(dev: NetDevice): boolean {
	return (dev.flags & IFF_UP) !== 0;
}

/** The devices of one kernel, in the order of their indices. */
export class NetDevices implements Iterable<NetDevice> {
	readonly #devices = new Map<number, NetDevice>();
	#lastIndex = 0;

	[Symbol.iterator](): Iterator<NetDevice> {
		return this.#devices.values();
	}

	/** Adds a device (register_netdevice). EINVAL for a bad name, EEXIST for one that is taken. */
	register(init: Omit<NetDevice, 'ifindex'>): NetDevice {
		if (!devValidName(init.name)) throw new Errno('EINVAL', `${init.name} is no name for a device`);
		if (this.byName(init.name) !== undefined) throw new Errno('EEXIST', `${init.name} is there already`);
		this.#lastIndex += 1;
		const dev = { ifindex: this.#lastIndex, ...init };
		this.#devices.set(dev.ifindex, dev);
		return dev;
	}

	/** The first one, lo (net->loopback_dev). */
	get loopback(): NetDevice {
		return this.#devices.get(1)!;
	}

	/** dev_get_by_index. */
	byIndex(ifindex: number): NetDevice | undefined {
		return this.#devices.get(ifindex);
	}

	/** dev_get_by_name. */
	byName(name: string): NetDevice | undefined {
		return [...this].find(dev => dev.name === name);
	}
}

/** True for what a device may be called: neither empty nor too long, no dots alone, no slash, colon or blank (dev_valid_name). */
export function devValidName(name: string): boolean {
	return name.length < IFNAMSIZ && /^[^/:\s]+$/.test(name) && name !== '.' && name !== '..';
}
