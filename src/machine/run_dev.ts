/**
 * run_dev - what the /dev of a program under `ring3 run` needs in the machine.
 *
 * What the host lends is mounted over something of the same name (mount/run/lent_devices.ts). Where the machine has nothing of
 * that name, it gets a node with the number that the device has on the host, which no driver of the machine serves, or an empty
 * directory.
 */

import type { Kernel } from '../../kernel-sim/kernel.ts';
import { hostDev, lentDevice } from '../../mount/run/lent_devices.ts';
import { Errno } from '../lib/errno.ts';
import { isDir, new_decode_dev, S_IALLUGO } from '../uapi/stat.ts';

/**
 * Makes what is missing for these names, and answers those that something will be mounted on. EINVAL for one of which the host has
 * nothing to lend.
 */
export function makePlaces({ devtmpfs }: Pick<Kernel, 'devtmpfs'>, names: readonly string[]): ReadonlySet<string> {
	for (const name of names) {
		const device = /^[\w.-]+$/.test(name) ? lentDevice(name) : undefined;
		if (device === undefined) throw new Errno('EINVAL', `${name}: no device that is lent`);
		const mode = device.mode & S_IALLUGO;
		if (isDir(device.mode)) devtmpfs.createDirectory(name, mode);
		else devtmpfs.createNode(name, new_decode_dev(device.rdev), mode);
	}
	devtmpfs.createDirectory(hostDev, 0o755);
	devtmpfs.createLink('ptmx', `${hostDev}/ptmx`);
	return new Set([...names, hostDev]);
}
