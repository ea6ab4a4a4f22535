/**
 * zoneinfo - /proc/zoneinfo: the zones of the memory, and what is in them (mm/vmstat.c, zoneinfo_show).
 *
 * Divergence: no processor keeps pages of its own.
 */

import type { Kernel } from '../../kernel.ts';
import { type Zone, zoneBatchsize, zones } from '../../mm/mmzone.ts';
import type { MemInfo } from '../../mm/show_mem.ts';
import { nodeStats, numaStats, pageStates, zoneStats } from '../../mm/vmstat.ts';
import type { SeqFile } from '../seq_file.ts';
import { seqEach } from '../seq_list.ts';
import type { Proc } from './proc_fs.ts';

/** Makes /proc/zoneinfo. */
export function procZoneinfoInit({ mm, host: { hardware } }: Kernel, proc: Proc): void {
	const show = (m: SeqFile, info: MemInfo) => {
		for (const [i, zone] of zones(info).entries()) showZone(m, zone, info, i === 0, hardware.cpus);
	};
	proc.createSeq(
		'zoneinfo',
		0o444,
		seqEach(() => [mm.info()], show),
	);
}

function showZone(m: SeqFile, zone: Zone, info: MemInfo, first: boolean, cpus: number): void {
	const pages = pageStates(info);
	const stats = (names: readonly string[]) => {
		for (const name of names) m.printf('\n      %-12s %lu', name, pages.get(name) ?? 0);
	};
	m.printf('Node 0, zone %8s', zone.name);
	if (first) {
		m.puts('\n  per-node stats');
		stats(nodeStats);
	}
	showSizes(m, zone);
	if (zone.managed > 0) {
		stats(zoneStats);
		stats(numaStats);
		showPagesets(m, zone, cpus);
		m.printf('\n  node_unreclaimable:  %u\n  start_pfn:           %lu', 0, 0);
	}
	m.putc('\n');
}

function showSizes(m: SeqFile, { managed, free, watermarks }: Zone): void {
	m.printf('\n  pages free     %lu', free);
	const sizes = { boost: 0, ...watermarks, spanned: managed, present: managed, managed, cma: 0 };
	for (const [name, size] of Object.entries(sizes)) m.printf('\n        %-8s %lu', name, size);
	m.puts('\n        protection: (0, 0)');
}

function showPagesets(m: SeqFile, zone: Zone, cpus: number): void {
	const batch = zoneBatchsize(zone);
	const high = Math.max(Math.floor(zone.watermarks.low / cpus), batch * 4);
	const fls = (number: number): number => 32 - Math.clz32(number);
	const threshold = Math.min(125, 2 * fls(cpus) * (1 + fls(Math.floor(zone.managed / 2 ** 15))));
	m.puts('\n  pagesets');
	for (let cpu = 0; cpu < cpus; cpu++) {
		m.printf('\n    cpu: %i\n              count: %i', cpu, 0);
		m.printf('\n              high:  %i\n              batch: %i', high, batch);
		m.printf('\n  vm stats threshold: %d', threshold);
	}
}
