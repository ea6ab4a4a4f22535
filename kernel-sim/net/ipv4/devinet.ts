/**
 * devinet - the addresses of devices (net/ipv4/devinet.c).
 *
 * Divergence: a machine has its devices with their addresses from the start, lo with 127.0.0.1/8 and eth0 with 192.168.0.1/24;
 * Linux leaves that to programs.
 */

import { ethernetInit } from '../../drivers/net/ethernet.ts';
import { loopbackInit } from '../../drivers/net/loopback.ts';
import type { NetDevices } from '../core/dev.ts';
import type { Fib } from './fib_frontend.ts';

const LOOPBACK = 0x7f00_0001;
const ETH0 = 0xc0a8_0001 | 0;

/** Makes the devices that every machine has, and the routes that their addresses bring. */
export function inetInit({ devices, fib }: { readonly devices: NetDevices; readonly fib: Fib }): void {
	fib.addAddress(loopbackInit(devices), LOOPBACK, 8);
	fib.addAddress(ethernetInit(devices), ETH0, 24);
}
