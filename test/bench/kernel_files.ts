/**
 * kernel_files - the real kernel's own: an attribute of sysfs, and /proc/net/route with as many routes as there are records.
 *
 * The routes are in a network namespace of their own, whose files are reached through /proc/<pid> of the process that holds it.
 */

import { accessSync } from 'node:fs';
import type { Devres } from '../../src/lib/devres.ts';
import { type Contender, startServer } from './contenders.ts';

/** Makes the routes by ip(8), says that they are there, and holds the namespace until its input ends. */
const script = `
ip link set lo up &&
i=0
while [ $i -lt 100000 ]; do
	echo "route add 10.$((i / 65536)).$((i / 256 % 256)).$((i % 256))/32 dev lo"
	i=$((i + 1))
done | ip -batch - && echo ready && exec cat
`;

const attribute = { dir: '/sys/kernel', name: 'uevent_seqnum' };

/** The kernel's own files; those that cannot be had are said to `report` and left out. */
export async function startKernel(undo: Devres, report: (line: string) => void): Promise<Contender> {
	accessSync(`${attribute.dir}/${attribute.name}`);
	const places: { attr: typeof attribute; records?: typeof attribute } = { attr: attribute };
	try {
		const { pid } = await startServer('unshare', ['-n', '--', 'sh', '-c', script], undo);
		places.records = { dir: `/proc/${pid}/net`, name: 'route' };
	} catch (error) {
		report(`/proc/net/route is left out: ${error instanceof Error ? error.message : error}`);
	}
	return { name: 'kernel', pid: 0, places };
}
