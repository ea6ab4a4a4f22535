/**
 * node - the nodes of the memory: /sys/devices/system/node (drivers/base/node.c).
 *
 * There is one, with all processors and all memory.
 *
 * Divergence: it has no parts that could be taken out (memory<n>), and nobody can have it compacted or reclaimed.
 */

import type { Attribute } from '../../fs/sysfs/file.ts';
import type { AttributeGroup } from '../../fs/sysfs/group.ts';
import { sysfsCreateGroup } from '../../fs/sysfs/group.ts';
import { sysfsCreateLink } from '../../fs/sysfs/symlink.ts';
import type { Kernel } from '../../kernel.ts';
import { bitmapListString, bitmapString, firstBits } from '../../lib/bitmap.ts';
import { hugetlbReportNodeMeminfo } from '../../mm/hugetlb.ts';
import { PAGE_SIZE } from '../../mm/show_mem.ts';
import { nodeStats, numaStats, pageStates, zoneStats } from '../../mm/vmstat.ts';
import { subsysSystemRegister } from './bus.ts';
import { Device } from './core.ts';
import type { CpuDevice } from './cpu.ts';
import { maskFile } from './topology.ts';

const KIB_PER_PAGE = PAGE_SIZE / 1024;

const cpusOf = ({ kernel }: Device): number => kernel.host.hardware.cpus;

/** Lines of `meminfo` behind those of memory as a whole, and what of `pageStates` they count; nothing: it is not counted. */
const meminfoLines: readonly (readonly [name: string, ...states: string[]])[] = [
	['SwapCached'],
	['Active', 'nr_active_anon', 'nr_active_file'],
	['Inactive', 'nr_inactive_anon', 'nr_inactive_file'],
	['Active(anon)', 'nr_active_anon'],
	['Inactive(anon)', 'nr_inactive_anon'],
	['Active(file)', 'nr_active_file'],
	['Inactive(file)', 'nr_inactive_file'],
	['Unevictable'],
	['Mlocked'],
	['Dirty'],
	['Writeback'],
	['FilePages', 'nr_file_pages'],
	['Mapped'],
	['AnonPages', 'nr_anon_pages'],
	['Shmem', 'nr_shmem'],
	['KernelStack'],
	['PageTables'],
	['SecPageTables'],
	['NFS_Unstable'],
	['Bounce'],
	['WritebackTmp'],
	['KReclaimable'],
	['Slab', 'nr_slab_unreclaimable'],
	['SReclaimable'],
	['SUnreclaim', 'nr_slab_unreclaimable'],
];

/** node_read_meminfo. */
function showMeminfo({ kernel }: Device): string {
	const info = kernel.mm.info();
	const pages = pageStates(info);
	const { totalram, freeram } = info;
	const lines: (readonly [string, number])[] = [
		['MemTotal', totalram],
		['MemFree', freeram],
		['MemUsed', totalram - freeram],
	];
	for (const [name, ...states] of meminfoLines) {
		lines.push([name, states.reduce((sum, state) => sum + (pages.get(state) ?? 0), 0)]);
	}
	const line = ([name, count]: readonly [string, number]) =>
		`Node 0 ${`${name}:`.padEnd(16)}${`${count * KIB_PER_PAGE}`.padStart(8)} kB\n`;
	return lines.map(line).join('') + hugetlbReportNodeMeminfo(kernel.mm.hugetlb, 0);
}

/** node_read_vmstat. */
function showVmstat({ kernel }: Device): string {
	const pages = pageStates(kernel.mm.info());
	return [...zoneStats, ...numaStats, ...nodeStats].map(name => `${name} ${pages.get(name) ?? 0}\n`).join('');
}

const numastat = ['numa_hit', 'numa_miss', 'numa_foreign', 'interleave_hit', 'local_node', 'other_node'];

const nodeDevGroup: AttributeGroup<Device> = {
	attrs: {
		meminfo: { mode: 0o444, show: showMeminfo },
		numastat: { mode: 0o444, show: () => numastat.map(name => `${name} 0\n`).join('') },
		distance: { mode: 0o444, show: () => '10\n' },
		vmstat: { mode: 0o444, show: showVmstat },
	},
	binAttrs: {
		cpumap: maskFile((node: Device) => bitmapString(firstBits(cpusOf(node)), cpusOf(node))),
		cpulist: maskFile((node: Device) => bitmapListString(firstBits(cpusOf(node)))),
	},
};

const nodes = (list: string): Attribute<Device> => ({ mode: 0o444, show: () => `${list}\n` });

/** What is in /sys/devices/system/node itself: the nodes that are in some state. */
const rootAttrs: Readonly<Record<string, Attribute<Device>>> = {
	...{ possible: nodes('0'), online: nodes('0'), has_normal_memory: nodes('0'), has_memory: nodes('0') },
	...{ has_cpu: nodes('0'), has_generic_initiator: nodes('') },
};

/** Makes the node, with links to and from its processors, and gives it (node_dev_init). */
export function nodeDevInit({ driverCore }: Kernel, cpus: readonly CpuDevice[]): Device {
	const bus = subsysSystemRegister(driverCore, { name: 'node' });
	sysfsCreateGroup(bus.root!, { attrs: rootAttrs });
	const node = new Device('node0', { bus, parent: bus.root!, groups: [nodeDevGroup] });
	driverCore.add(node);
	for (const cpu of cpus) {
		sysfsCreateLink(node, cpu, cpu.name);
		sysfsCreateLink(cpu, node, node.name);
	}
	return node;
}
