/**
 * dointvec - ints under /proc/sys, one or several (proc_dointvec and its kin in kernel/sysctl.c).
 *
 * What is shown may be in another unit than the variable, which is in clock ticks then.
 */

import { Errno } from '../../../src/lib/errno.ts';
import { HZ } from '../time.ts';
import { checkData, checked, type ProcHandler } from './ctl_table.ts';
import { type SysctlText, WHITE_SPACE } from './numbers.ts';
import { doVector } from './vector.ts';

const INT_MAX = 0x7fff_ffff;
const MSEC_PER_TICK = 1000 / HZ;

/** An int, or several. */
export type Ints = number | number[];

/** Smallest and largest value that may be written, in the unit of the variable. Absent: any int. */
export interface IntRange {
	readonly min?: number;
	readonly max?: number;
}

/** How numbers in a file become ints in a variable. */
interface Conversion {
	/** The number that is shown for an int that is not negative. */
	show(value: number): number;
	/** The int for a number that was written; undefined where it is refused. */
	store(value: bigint, negative: boolean): number | undefined;
}

const plain: Conversion = {
	show: value => value,
	store(value, negative) {
		if (value > BigInt(INT_MAX) + (negative ? 1n : 0n)) return undefined;
		return negative ? -Number(value) : Number(value);
	},
};

const seconds: Conversion = {
	show: value => Math.floor(value / HZ),
	store: (value, negative) => (value > Math.floor(INT_MAX / HZ) ? undefined : Number(value) * (negative ? -HZ : HZ)),
};

/** A tick of the kernel is one of user space here. Only the lower 32 bits are kept. */
const userTicks: Conversion = {
	show: value => value,
	store: (value, negative) => Number(BigInt.asIntN(32, negative ? -value : value)),
};

/** Rounded up to a tick. Only the lower 32 bits are looked at, and those must be no negative int. */
const milliseconds: Conversion = {
	show: value => value * MSEC_PER_TICK,
	store(value, negative) {
		const msec = Number(BigInt.asIntN(32, negative ? -value : value));
		return msec < 0 ? undefined : Math.ceil(msec / MSEC_PER_TICK);
	},
};

/** Any int: `7`, or `4\t4\t1\t7` for a vector. EINVAL for what is none. */
export const procDointvec: ProcHandler<Ints> = intHandler(plain);

/** An int between two others. EINVAL outside. */
export const procDointvecMinmax = (range: IntRange = {}): ProcHandler<Ints> => intHandler(plain, range);

/** Seconds, kept in ticks; the part of a second is not shown. */
export const procDointvecJiffies: ProcHandler<Ints> = intHandler(seconds);

/** Hundredths of a second, kept in ticks. */
export const procDointvecUserhzJiffies: ProcHandler<Ints> = intHandler(userTicks);

/** Milliseconds, kept in ticks. */
export const procDointvecMsJiffies: ProcHandler<Ints> = intHandler(milliseconds);

/** The same in a range of ticks. EINVAL outside. */
export const procDointvecMsJiffiesMinmax = (range: IntRange = {}): ProcHandler<Ints> => intHandler(milliseconds, range);

function intHandler(conversion: Conversion, range: IntRange = {}): ProcHandler<Ints> {
	const elements = {
		show: (value: number) => showInt(value, conversion),
		take: (text: SysctlText) => takeInt(text, conversion, range),
	};
	return checked(({ data }, call) => doVector(data, call, elements), checkData);
}

function showInt(value: number, { show }: Conversion): string {
	return value < 0 ? `-${show(-value)}` : `${show(value)}`;
}

function takeInt(text: SysctlText, { store }: Conversion, { min, max }: IntRange): number {
	const { value, negative } = text.number(WHITE_SPACE);
	const int = store(value, negative);
	if (int === undefined || int < (min ?? int) || int > (max ?? int)) throw new Errno('EINVAL');
	return int;
}
