/**
 * doulongvec - unsigned longs under /proc/sys, one or several (proc_doulongvec_minmax and its kin in kernel/sysctl.c).
 *
 * They are 64 bits wide, and so bigints. Vectors are as those of ints, and so are refusals in the middle of one.
 */

import { Errno } from '../../../src/lib/errno.ts';
import { HZ } from '../time.ts';
import { checkData, checked, type ProcHandler } from './ctl_table.ts';
import { type SysctlText, WHITE_SPACE } from './numbers.ts';
import { doVector } from './vector.ts';

/** An unsigned long, or several. */
export type Ulongs = bigint | bigint[];

/** Smallest and largest value that may be written, in the unit of the variable. Absent: any unsigned long. */
export interface UlongRange {
	readonly min?: bigint;
	readonly max?: bigint;
}

/** The variable is the number in the file times `mul` and divided by `div`. */
interface Scale {
	readonly mul: bigint;
	readonly div: bigint;
}

/** An unsigned long between two others. EINVAL outside, and for a negative number. */
export const procDoulongvecMinmax = (range: UlongRange = {}): ProcHandler<Ulongs> =>
	ulongHandler({ mul: 1n, div: 1n }, range);

/** Milliseconds, kept in clock ticks; a part of a tick is dropped. EINVAL outside of a range of ticks. */
export const procDoulongvecMsJiffiesMinmax = (range: UlongRange = {}): ProcHandler<Ulongs> =>
	ulongHandler({ mul: BigInt(HZ), div: 1000n }, range);

function ulongHandler(scale: Scale, range: UlongRange): ProcHandler<Ulongs> {
	const elements = {
		show: (value: bigint) => `${ulong(scale.div * value) / scale.mul}`,
		take: (text: SysctlText) => takeUlong(text, scale, range),
	};
	return checked(({ data }, call) => doVector(data, call, elements), checkData);
}

function takeUlong(text: SysctlText, { mul, div }: Scale, { min, max }: UlongRange): bigint {
	const { value, negative } = text.number(WHITE_SPACE);
	const scaled = ulong(mul * value) / div;
	if (negative || scaled < (min ?? 0n) || scaled > (max ?? scaled)) throw new Errno('EINVAL');
	return scaled;
}

function ulong(value: bigint): bigint {
	return BigInt.asUintN(64, value);
}
