/**
 * loopback - lo, through which the machine speaks to itself (drivers/net/loopback.c).
 */

import { IFF_LOOPBACK, IFF_UP } from '../../../src/uapi/if.ts';
import { ARPHRD_LOOPBACK } from '../../../src/uapi/if_arp.ts';
import type { NetDevice, NetDevices } from '../../net/core/dev.ts';

const MTU = 64 * 1024;
const NET_NAME_PREDICTABLE = 2;

/** Registers the first device of all. Divergence: it is up from the start; Linux leaves that to the first program. */
export function loopbackInit(devices: NetDevices): NetDevice {
	const dev = devices.register({
		...{ name: 'lo', flags: IFF_LOOPBACK, type: ARPHRD_LOOPBACK, mtu: MTU, minMtu: 0, maxMtu: 0 },
		...{ address: new Uint8Array(6), nameAssignType: NET_NAME_PREDICTABLE, noQueue: true },
	});
	dev.changeFlags(dev.flags | IFF_UP);
	return dev;
}
