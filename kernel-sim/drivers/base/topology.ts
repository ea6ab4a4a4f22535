/**
 * topology - which processors share what: /sys/devices/system/cpu/cpu<n>/topology (drivers/base/topology.c).
 *
 * One package of one die; each processor is a core, and a cluster by itself.
 */

import { encodeUtf8 } from '../../../src/lib/text.ts';
import type { Attribute, BinAttribute } from '../../fs/sysfs/file.ts';
import type { AttributeGroup } from '../../fs/sysfs/group.ts';
import { bitmapListString, bitmapString, firstBits } from '../../lib/bitmap.ts';
import { PAGE_SIZE } from '../../mm/show_mem.ts';
import type { Device } from './core.ts';
import type { CpuDevice } from './cpu.ts';

/** A file of text that may be longer than a page, and so is a binary one: `text` is all of it. */
export function maskFile<D extends Device>(text: (dev: D) => string): BinAttribute<D> {
	return {
		mode: 0o444,
		size: PAGE_SIZE,
		read: (dev, count, pos) => encodeUtf8(`${text(dev)}\n`).subarray(pos, pos + count),
	};
}

const cpusOf = ({ kernel }: CpuDevice): number => kernel.host.hardware.cpus;
const own = ({ id }: CpuDevice): bigint => 1n << BigInt(id);
const everyone = (cpu: CpuDevice): bigint => firstBits(cpusOf(cpu));

/** Who shares a thing: each of the names, and the same with `_list` behind it. */
const shared: Readonly<Record<string, (cpu: CpuDevice) => bigint>> = {
	...{ thread_siblings: own, core_cpus: own, cluster_cpus: own },
	...{ die_cpus: everyone, core_siblings: everyone, package_cpus: everyone },
};

const number = (show: (cpu: CpuDevice) => number): Attribute<CpuDevice> => ({
	mode: 0o444,
	show: cpu => `${show(cpu)}\n`,
});

/** The directory of each processor. */
export const topologyAttrGroup: AttributeGroup<CpuDevice> = {
	name: 'topology',
	later: true,
	attrs: {
		physical_package_id: number(() => 0),
		die_id: number(() => 0),
		cluster_id: number(({ id }) => id),
		core_id: number(({ id }) => id),
	},
	binAttrs: Object.fromEntries(
		Object.entries(shared).flatMap(([name, set]) => [
			[name, maskFile((cpu: CpuDevice) => bitmapString(set(cpu), cpusOf(cpu)))],
			[`${name}_list`, maskFile((cpu: CpuDevice) => bitmapListString(set(cpu)))],
		]),
	),
};
