/**
 * douintvec - unsigned ints, bytes and bools under /proc/sys (proc_douintvec, proc_dou8vec_minmax and proc_dobool in
 * kernel/sysctl.c). There are no vectors of them.
 *
 * A write of an unsigned int takes all that is given, looks at the first number in it, and leaves the position where it is.
 */

import { Errno } from '../../../src/lib/errno.ts';
import { ref } from '../../../src/lib/ref.ts';
import { type CtlData, checkData, checked, type ProcHandler, type SysctlCall } from './ctl_table.ts';
import { procDointvec } from './dointvec.ts';
import { SysctlText, WHITE_SPACE } from './numbers.ts';

const U8_MAX = 255;
const UINT_MAX = 0xffff_ffff;

/** Smallest and largest value that may be written. Absent: 0, and the largest of the type. */
export interface UintRange {
	readonly min?: number;
	readonly max?: number;
}

/** Any unsigned int. EINVAL for what is none. */
export const procDouintvec: ProcHandler<number> = uintHandler({});

/** An unsigned int between two others. EINVAL outside. */
export const procDouintvecMinmax = (range: UintRange = {}): ProcHandler<number> => uintHandler(range);

/** A byte between two others. EINVAL outside. */
export const procDou8vecMinmax = ({ min = 0, max = U8_MAX }: UintRange = {}): ProcHandler<number> =>
	checked(
		(table, call) => doProcDouintvec(table, call, { min, max }),
		table => [
			...checkSingle(table),
			...[min, max].filter(isNoByte).map(() => 'range value too large for proc_dou8vec_minmax'),
		],
	);

/** 0 for false and 1 for true; any other int is true as well. */
export const procDobool: ProcHandler<boolean> = checked((table, call) => {
	const { data } = table;
	if (data === undefined) {
		call.nothing();
		return;
	}
	const int = { value: data.get() ? 1 : 0 };
	procDointvec({ ...table, data: ref(int, 'value') }, call);
	if (call.write) data.set(int.value !== 0);
}, checkData);

function uintHandler(range: UintRange): ProcHandler<number> {
	return checked((table, call) => doProcDouintvec(table, call, range), checkSingle);
}

function checkSingle(table: CtlData<number>): readonly string[] {
	const vector = Array.isArray(table.data?.get());
	return vector ? ['array not allowed'] : checkData(table);
}

function isNoByte(value: number): boolean {
	return value < 0 || value > U8_MAX;
}

function doProcDouintvec({ data }: CtlData<number>, call: SysctlCall, { min = 0, max = UINT_MAX }: UintRange): void {
	if (data === undefined || call.len === 0 || (call.pos !== 0 && !call.write)) {
		call.nothing();
		return;
	}
	if (!call.write) {
		call.reply(`${data.get()}\n`);
		return;
	}
	if (call.ignoresPosition()) {
		call.took();
		return;
	}
	const text = new SysctlText(call.buffer, call.len);
	text.skipSpaces();
	const { value, negative } = text.number(WHITE_SPACE);
	if (negative || value < min || value > max) throw new Errno('EINVAL');
	data.set(Number(value));
}
