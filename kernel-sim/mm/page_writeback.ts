/**
 * page_writeback - /proc/sys/vm: how much may be written later (mm/page-writeback.c).
 *
 * Of a ratio and of bytes, the one that was written last counts, and the other is 0.
 *
 * Divergence: nothing is ever written later; the values are kept and shown.
 */

import { Errno } from '../../src/lib/errno.ts';
import { ref } from '../../src/lib/ref.ts';
import type { CtlEntry, CtlTable } from '../kernel/sysctl/ctl_table.ts';
import { procDointvecMinmax } from '../kernel/sysctl/dointvec.ts';
import { procDoulongvecMinmax } from '../kernel/sysctl/doulongvec.ts';
import { int, kept, seconds } from '../kernel/sysctl/kept.ts';
import { PAGE_SIZE } from './show_mem.ts';

const UINT_MAX = 0xffff_ffffn;

/** A share of the memory in percent, or as bytes. */
interface Limit {
	ratio: number;
	bytes: bigint;
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

/** The files. */
export function pageWritebackSysctls(): CtlTable {
	const background = limit({ ratio: 10, bytes: 0n }, 1n, false);
	const foreground = limit({ ratio: 20, bytes: 0n }, BigInt(2 * PAGE_SIZE), true);
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
