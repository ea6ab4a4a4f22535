/**
 * kept - entries with a variable of their own, for values that nobody but the file itself has to know.
 *
 *     kept({ 'lease-break-time': int(45), 'leases-enable': int(1) })
 *
 * A row is the value at boot and the handler. Code that wants to go by such a value asks for it by path: `sysctl.data(path)`.
 */

import { ref } from '../../../src/lib/ref.ts';
import type { Bitmap, CtlAnyEntry, CtlTable, ProcHandler } from './ctl_table.ts';
import {
	type IntRange,
	procDointvecJiffies,
	procDointvecMinmax,
	procDointvecMsJiffies,
	procDointvecUserhzJiffies,
} from './dointvec.ts';
import { procDostring } from './dostring.ts';
import { procDobool, procDou8vecMinmax, procDouintvecMinmax, type UintRange } from './douintvec.ts';
import { procDoulongvecMinmax, type UlongRange } from './doulongvec.ts';
import { procDoLargeBitmap } from './large_bitmap.ts';

/** A value at boot, and who reads and writes it. */
export interface Kept<T> {
	readonly value: T;
	readonly handler: ProcHandler<T>;
	readonly maxlen?: number;
	/** Absent: 0644. */
	readonly mode?: number;
}

type Row = Kept<number> | Kept<number[]> | Kept<bigint> | Kept<bigint[]> | Kept<string> | Kept<boolean> | Kept<Bitmap>;

/** Makes a table with new variables. */
export function kept(rows: Readonly<Record<string, Row>>): CtlTable {
	return Object.fromEntries(Object.entries(rows).map(([name, row]) => [name, entry(row)]));
}

function entry(row: Row): CtlAnyEntry {
	const variable = { value: row.value };
	// The handler of a row is of the type of its value.
	return {
		data: ref(variable, 'value'),
		mode: row.mode ?? 0o644,
		maxlen: row.maxlen,
		handler: row.handler,
	} as CtlAnyEntry;
}

/** The same with other permission bits. */
export function withMode<T>(mode: number, row: Kept<T>): Kept<T> {
	return { ...row, mode };
}

/** The same, which nobody can write. */
export const readOnly = <T>(row: Kept<T>): Kept<T> => withMode(0o444, row);

export const int = (value: number, range?: IntRange): Kept<number> => ({ value, handler: procDointvecMinmax(range) });

/** 0 or 1, as an int. */
export const flag = (value: number): Kept<number> => int(value, { min: 0, max: 1 });

export const ints = (value: number[], range?: IntRange): Kept<number[]> => ({
	value,
	handler: procDointvecMinmax(range),
});

/** Seconds; `ticks` are those of the clock. */
export const seconds = (ticks: number): Kept<number> => ({ value: ticks, handler: procDointvecJiffies });

/** Hundredths of a second. */
export const centiseconds = (ticks: number): Kept<number> => ({ value: ticks, handler: procDointvecUserhzJiffies });

export const milliseconds = (ticks: number): Kept<number> => ({ value: ticks, handler: procDointvecMsJiffies });

export const uint = (value: number, range?: UintRange): Kept<number> => ({
	value,
	handler: procDouintvecMinmax(range),
});

export const u8 = (value: number, range?: UintRange): Kept<number> => ({ value, handler: procDou8vecMinmax(range) });

export const bool = (value: boolean): Kept<boolean> => ({ value, handler: procDobool });

export const ulong = (value: bigint, range?: UlongRange): Kept<bigint> => ({
	value,
	handler: procDoulongvecMinmax(range),
});

export const ulongs = (value: bigint[], range?: UlongRange): Kept<bigint[]> => ({
	value,
	handler: procDoulongvecMinmax(range),
});

/** At most `maxlen` - 1 bytes. */
export const string = (value: string, maxlen: number): Kept<string> => ({ value, maxlen, handler: procDostring });

/** A set of so many bits, none of them set. */
export const bitmap = (bits: number): Kept<Bitmap> => ({
	value: new Uint8Array(Math.ceil(bits / 8)),
	maxlen: bits,
	handler: procDoLargeBitmap,
});
