/**
 * ethernet - eth0, a network card with nothing behind it.
 *
 * Every machine has one, so that routes can lead somewhere.
 */

import { IFF_BROADCAST, IFF_MULTICAST, IFF_UP } from '../../../src/uapi/if.ts';
import type { NetDevice, NetDevices } from '../../net/core/dev.ts';

const MTU = 1500;
const MAX_MTU = 65_535;
/** An address that is administered locally. */
const ADDRESS = [0x52, 0x54, 0, 0x72, 0x33, 0x01] as const;

/** Registers the card and brings it up; its wire is there while it is up. */
export function ethernetInit(devices: NetDevices): NetDevice {
	const dev = devices.register({
		...{ name: 'eth0', flags: IFF_BROADCAST | IFF_MULTICAST, mtu: MTU, maxMtu: MAX_MTU },
		...{ address: Uint8Array.from(ADDRESS), carrier: false },
		open: dev => dev.carrierOn(),
		stop: dev => dev.carrierOff(),
	});
	dev.changeFlags(dev.flags | IFF_UP);
	return dev;
}
