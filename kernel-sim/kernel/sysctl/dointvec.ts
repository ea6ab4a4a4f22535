/**
 * dointvec - ints under /proc/sys, one or several (proc_dointvec and its kin in kernel/sysctl.c).
 *
 * A vector is shown with tabs between its elements. A write sets as many as it names, from the first on; those before one that
 * is refused stay set. A read that does not begin at 0 is at the end of the file.
 *
 * What is shown may be in another unit than the variable, which is in clock ticks then.
 */

import { Errno } from '../../../src/lib/errno.ts';
import { HZ } from '../time.ts';
import { type CtlData, checkData, checked, type ProcHandler, type SysctlCall } from './ctl_table.ts';
import { SysctlText, WHITE_SPACE } from './numbers.ts';

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
	return checked((table, call) => doProcDointvec(table, call, conversion, range), checkData);
}

function doProcDointvec({ data }: CtlData<Ints>, call: SysctlCall, conversion: Conversion, range: IntRange): void {
	if (data === undefined || call.len === 0 || (call.pos !== 0 && !call.write)) {
		call.nothing();
		return;
	}
	const value = data.get();
	const elements = typeof value === 'number' ? [value] : [...value];
	if (!call.write) {
		call.reply(`${elements.map(each => showInt(each, conversion)).join('\t')}\n`);
		return;
	}
	if (call.ignoresPosition()) {
		call.took();
		return;
	}
	const text = new SysctlText(call.buffer, call.len);
	let stored = 0;
	try {
		for (; stored < elements.length; stored++) {
			text.skipSpaces();
			if (text.left === 0) break;
			elements[stored] = takeInt(text, conversion, range);
		}
	} finally {
		if (stored > 0) data.set(typeof value === 'number' ? elements[0]! : elements);
	}
	if (stored === 0) throw new Errno('EINVAL');
	text.skipSpaces();
	call.took(text.left);
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
