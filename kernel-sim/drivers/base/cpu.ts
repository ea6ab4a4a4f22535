/**
 * cpu - the processors as devices: /sys/devices/system/cpu.
 *
 * Simulates drivers/base/cpu.c, of a kernel without CONFIG_HOTPLUG_CPU: all processors that the machine has are there from the
 * beginning, none has a file `online`, and there is nothing to switch off (the group smt of kernel/cpu.c).
 */

import { Errno } from '../../../src/lib/errno.ts';
import { CPU_MODALIAS } from '../../arch/x86/cpu.ts';
import type { Attribute } from '../../fs/sysfs/file.ts';
import { type AttributeGroup, sysfsCreateGroup } from '../../fs/sysfs/group.ts';
import type { Kernel } from '../../kernel.ts';
import { bitmapListString, firstBits } from '../../lib/bitmap.ts';
import { type Bus, subsysSystemRegister } from './bus.ts';
import { cacheSysfsInit } from './cacheinfo.ts';
import { Device } from './core.ts';
import { topologyAttrGroup } from './topology.ts';

/** Kinds of mistakes of processors that Linux knows; this one has none of them. */
const vulnerabilities = [
	...['meltdown', 'spectre_v1', 'spectre_v2', 'spec_store_bypass', 'l1tf', 'mds', 'tsx_async_abort', 'itlb_multihit'],
	...['srbds', 'mmio_stale_data', 'retbleed', 'spec_rstack_overflow', 'gather_data_sampling'],
	...['reg_file_data_sampling', 'indirect_target_selection', 'tsa', 'vmscape'],
];

/** A processor (struct cpu). */
export class CpuDevice extends Device {
	/** Its number. */
	readonly id: number;

	constructor(bus: Bus, id: number) {
		super(`cpu${id}`, { bus, parent: bus.root!, groups: [topologyAttrGroup] });
		this.id = id;
	}
}

/** An attribute whose text never changes. */
function constant(text: string): Attribute<Device> {
	return { mode: 0o444, show: () => `${text}\n` };
}

const noSmt: Attribute<Device> = {
	...constant('notimplemented'),
	mode: 0o644,
	store() {
		throw new Errno('ENODEV');
	},
};

/** What is in /sys/devices/system/cpu itself. */
function rootGroups(cpus: number): readonly AttributeGroup<Device>[] {
	const all = constant(bitmapListString(firstBits(cpus)));
	const none = constant('');
	return [
		{
			attrs: {
				...{ online: all, possible: all, present: all, enabled: all, offline: none, isolated: none },
				...{ kernel_max: constant(`${cpus - 1}`), modalias: constant(CPU_MODALIAS) },
			},
		},
		{
			name: 'vulnerabilities',
			attrs: Object.fromEntries(vulnerabilities.map(name => [name, constant('Not affected')])),
		},
		{ name: 'smt', attrs: { control: noSmt, active: constant('0') } },
	];
}

/** Makes the processors, and gives them in their order (cpu_dev_init). */
export function cpuDevInit({ driverCore, host: { hardware } }: Kernel): readonly CpuDevice[] {
	const { cpus } = hardware;
	const bus = subsysSystemRegister(driverCore, {
		name: 'cpu',
		uevent: (_dev, env) => env.add(`MODALIAS=${CPU_MODALIAS}\n`),
	});
	for (const group of rootGroups(cpus)) sysfsCreateGroup(bus.root!, group);
	return Array.from({ length: cpus }, (_, id) => {
		const cpu = new CpuDevice(bus, id);
		cpu.power.qos = { resumeLatency: 0 };
		driverCore.add(cpu);
		cacheSysfsInit(driverCore, cpu, cpus);
		return cpu;
	});
}
