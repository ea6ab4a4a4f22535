/**
 * loopback - lo, through which the machine speaks to itself (drivers/net/loopback.c).
 */

import { IFF_LOOPBACK, IFF_LOWER_UP, IFF_RUNNING, IFF_UP } from '../../../src/uapi/if.ts';
import type { NetDevice, NetDevices } from '../../net/core/dev.ts';

const MTU = 64 * 1024;

/** Registers the first device of all. Divergence: it is up from the start; Linux leaves that to the first program. */
export function loopbackInit(devices: NetDevices): NetDevice {
	const flags = IFF_UP | IFF_LOOPBACK | IFF_RUNNING | IFF_LOWER_UP;
	return devices.register({ name: 'lo', flags, mtu: MTU, address: new Uint8Array(6) });
}
