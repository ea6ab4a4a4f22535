/**
 * cacheinfo - the caches of a processor: /sys/devices/system/cpu/cpu<n>/cache/index<i> (drivers/base/cacheinfo.c).
 *
 * Each processor has all of its caches for itself.
 */

import { CACHES, type CacheLeaf, CLFLUSH_SIZE } from '../../arch/x86/cpu.ts';
import type { Attribute } from '../../fs/sysfs/file.ts';
import type { AttributeGroup } from '../../fs/sysfs/group.ts';
import { bitmapListString, bitmapString } from '../../lib/bitmap.ts';
import { Device, type DriverCore } from './core.ts';
import type { CpuDevice } from './cpu.ts';

/** A cache as a device. */
class CacheDevice extends Device {
	readonly leaf: CacheLeaf;
	readonly cpu: CpuDevice;
	/** Processors of the machine. */
	readonly cpus: number;

	constructor(parent: Device, index: number, leaf: CacheLeaf, cpu: CpuDevice, cpus: number) {
		super(`index${index}`, { parent, groups: [cacheDefaultGroup], pmNotRequired: true });
		this.leaf = leaf;
		this.cpu = cpu;
		this.cpus = cpus;
	}
}

const shows: Readonly<Record<string, (cache: CacheDevice) => number | string>> = {
	id: ({ cpu }) => cpu.id,
	type: ({ leaf }) => leaf.type,
	level: ({ leaf }) => leaf.level,
	shared_cpu_map: ({ cpu, cpus }) => bitmapString(1n << BigInt(cpu.id), cpus),
	shared_cpu_list: ({ cpu }) => bitmapListString(1n << BigInt(cpu.id)),
	coherency_line_size: () => CLFLUSH_SIZE,
	ways_of_associativity: ({ leaf }) => leaf.ways,
	number_of_sets: ({ leaf }) => leaf.size / CLFLUSH_SIZE / leaf.ways,
	size: ({ leaf }) => `${leaf.size / 1024}K`,
	physical_line_partition: () => 1,
};

const attributes = Object.entries(shows).map(([name, show]): [string, Attribute<CacheDevice>] => [
	name,
	{ mode: 0o444, show: cache => `${show(cache)}\n` },
]);

const cacheDefaultGroup: AttributeGroup<CacheDevice> = { attrs: Object.fromEntries(attributes), later: true };

/** Makes the directory `cache` of a processor, of `cpus` that there are (cache_add_dev). */
export function cacheSysfsInit(core: DriverCore, cpu: CpuDevice, cpus: number): void {
	const parent = new Device('cache', { parent: cpu, pmNotRequired: true });
	core.add(parent);
	for (const [index, leaf] of CACHES.entries()) core.add(new CacheDevice(parent, index, leaf, cpu, cpus));
}
