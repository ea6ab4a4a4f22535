/**
 * page_writeback - how much may be written later, and its knobs in /proc/sys/vm (mm/page-writeback.c).
 *
 * Of a ratio and of bytes, the one that was written last counts, and the other is 0. The thresholds that follow are seen in
 * /proc/vmstat and /sys/class/bdi.
 *
 * Divergence: nothing is ever written later, so that no threshold is reached, and the times and laptop_mode are kept and shown.
 */

import { Errno } from '../../src/lib/errno.ts';
import { ref } from '../../src/lib/ref.ts';
import type { CtlEntry, CtlTable } from '../kernel/sysctl/ctl_table.ts';
import { procDointvecMinmax } from '../kernel/sysctl/dointvec.ts';
import { procDoulongvecMinmax } from '../kernel/sysctl/doulongvec.ts';
import { int, kept, seconds } from '../kernel/sysctl/kept.ts';
import type { Kernel } from '../kernel.ts';
import { zones } from './mmzone.ts';
import { type MemInfo, PAGE_SIZE } from './show_mem.ts';

const UINT_MAX = 0xffff_ffffn;

/** A share of the memory in percent, or as bytes. */
interface Limit {
	ratio: number;
	bytes: bigint;
}

/** Pages that may wait before somebody begins to write, and before whoever makes more must wait. */
export interface DirtyThresholds {
	readonly background: number;
	readonly threshold: number;
}

/** The limits of one kernel (struct wb_domain and the variables of its knobs). */
export class WbDomain {
	/** vm.dirty_background_ratio and _bytes, vm.dirty_ratio and _bytes. */
	readonly background: Limit = { ratio: 10, bytes: 0n };
	readonly foreground: Limit = { ratio: 20, bytes: 0n };

	/** The thresholds with the memory as it is used now (global_dirty_limits). */
	thresholds(info: MemInfo): DirtyThresholds {
		const available = globalDirtyableMemory(info);
		const pages = ({ ratio, bytes }: Limit) => {
			if (bytes > 0n) return Number((bytes + BigInt(PAGE_SIZE - 1)) / BigInt(PAGE_SIZE));
			return Math.floor((Math.floor((ratio * PAGE_SIZE) / 100) * available) / PAGE_SIZE);
		};
		const threshold = Math.min(pages(this.foreground), Number(UINT_MAX));
		const background = pages(this.background);
		return { threshold, background: background >= threshold ? Math.floor(threshold / 2) : background };
	}
}

/** Pages that may be written to at all: those that are free and need not stay so, and those of files (global_dirtyable_memory). */
export function globalDirtyableMemory(info: MemInfo): number {
	const reserved = zones(info).reduce((sum, { managed, watermarks: { high } }) => sum + Math.min(managed, high), 0);
	return Math.max(0, info.freeram - reserved) + 1;
}

/** Two files; `changeOnly` says that writing what was there already leaves the other one alone. */
function limit(
	value: Limit,
	minBytes: bigint,
	changeOnly: boolean,
): readonly [ratio: CtlEntry<number>, bytes: CtlEntry<bigint>] {
	const percent = procDointvecMinmax({ min: 0, max: 100 });
	const size = procDoulongvecMinmax({ min: minBytes });
	return [
		{
			data: ref(value, 'ratio'),
			mode: 0o644,
			handler(table, call) {
				const { ratio } = value;
				percent(table, call);
				if (call.write && !(changeOnly && ratio === value.ratio)) value.bytes = 0n;
			},
		},
		{
			data: ref(value, 'bytes'),
			mode: 0o644,
			handler(table, call) {
				const { bytes } = value;
				size(table, call);
				if (!call.write || (changeOnly && bytes === value.bytes)) return;
				const pages = (value.bytes + BigInt(PAGE_SIZE - 1)) / BigInt(PAGE_SIZE);
				if (pages > UINT_MAX) {
					value.bytes = bytes;
					throw new Errno('ERANGE');
				}
				value.ratio = 0;
			},
		},
	];
}

/** The files. Divergence: those that are kept say when what waits is to be written, and nothing does. */
export function pageWritebackSysctls({ writeback }: Kernel): CtlTable {
	const background = limit(writeback.background, 1n, false);
	const foreground = limit(writeback.foreground, BigInt(2 * PAGE_SIZE), true);
	return {
		dirty_background_ratio: background[0],
		dirty_background_bytes: background[1],
		dirty_ratio: foreground[0],
		dirty_bytes: foreground[1],
		...kept({
			dirty_writeback_centisecs: int(500),
			dirty_expire_centisecs: int(3000, { min: 0 }),
			dirtytime_expire_seconds: int(43_200, { min: 0 }),
			laptop_mode: seconds(0),
		}),
	};
}
