/**
 * ethernet - eth0, a network card with nothing behind it.
 *
 * Every machine has one, so that routes can lead somewhere.
 */

import { IFF_BROADCAST, IFF_LOWER_UP, IFF_MULTICAST, IFF_RUNNING, IFF_UP } from '../../../src/uapi/if.ts';
import type { NetDevice, NetDevices } from '../../net/core/dev.ts';

const MTU = 1500;
/** An address that is administered locally. */
const ADDRESS = [0x52, 0x54, 0, 0x72, 0x33, 0x01] as const;

/** Registers the card, which is up and has a carrier. */
export function ethernetInit(devices: NetDevices): NetDevice {
	const flags = IFF_UP | IFF_BROADCAST | IFF_RUNNING | IFF_MULTICAST | IFF_LOWER_UP;
	return devices.register({ name: 'eth0', flags, mtu: MTU, address: Uint8Array.from(ADDRESS) });
}
