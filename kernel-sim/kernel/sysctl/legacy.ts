/**
 * legacy - tables as they were registered up to Linux 6.5: directories are entries with a table of their own.
 *
 * Simulates register_sysctl_table, and sysctl(2) as kernel/sysctl.c of Linux 2.6.32 had it: there, a path was numbers
 * (`ctlName`), values were bytes, and `strategy` said whether a new one was good. Linux has no sysctl(2) since 5.5, and files do not
 * ask `strategy`; who has a table can still be asked through `doSysctl`.
 */

import type { Context } from '../../../src/boundary/vfs.ts';
import { type Awaitable, isPromise } from '../../../src/lib/awaitable.ts';
import { Errno } from '../../../src/lib/errno.ts';
import type { Ref } from '../../../src/lib/ref.ts';
import type { CtlTableHeader, Sysctl } from '../../fs/proc/proc_sysctl.ts';
import { type CtlAnyEntry, type CtlTable, ctlEntry, type ProcHandler } from './ctl_table.ts';

/** Of an entry that has a name and no number. */
export const CTL_UNNUMBERED = -2;

const SIZEOF_INT = 4;

/** Makes a handler for a range; `() => procDostring` for one that needs none. */
export type LegacyHandler = (range: { min?: number; max?: number }) => ProcHandler<number>;

/**
 * Says whether the bytes of a new value are good: EINVAL and others if not. False where it has stored the value itself, true
 * where that is still to be done.
 */
export type Strategy = (table: LegacyCtlEntry, newval: Uint8Array) => boolean;

/** A file, or a directory with a table of its own (struct ctl_table of Linux 2.6). */
export interface LegacyCtlEntry {
	/** The number that sysctl(2) knows it by, or CTL_UNNUMBERED. An entry with 0 ends a table. */
	readonly ctlName: number;
	readonly procname?: string;
	readonly data?: Ref<number>;
	/** Bytes of the variable: 4. */
	readonly maxlen?: number;
	readonly mode?: number;
	/** What is in the directory. */
	readonly child?: LegacyCtlTable;
	readonly procHandler?: LegacyHandler;
	/** Absent: any new value is good. */
	readonly strategy?: Strategy;
	/** Smallest and largest value, as variables. */
	readonly extra1?: Ref<number>;
	readonly extra2?: Ref<number>;
}

/** Entries, and one with `ctlName` 0 behind them. */
export type LegacyCtlTable = readonly LegacyCtlEntry[];

/** An int between the variables `extra1` and `extra2` (sysctl_intvec). EINVAL outside, and for bytes that are no int. */
export const sysctlIntvec: Strategy = ({ extra1, extra2 }, newval) => {
	const value = intOf(newval);
	if (value < (extra1?.get() ?? value) || value > (extra2?.get() ?? value)) throw new Errno('EINVAL');
	return true;
};

/**
 * Makes the files of a table of tables (register_sysctl_table). Throws as `Sysctl.register`; what was made before is undone. The
 * returned function takes them away again.
 */
export function registerSysctlTable(sysctl: Sysctl, table: LegacyCtlTable, path = ''): () => Awaitable<void> {
	const headers: CtlTableHeader[] = [];
	const undo = (): Awaitable<void> => {
		const waiting = headers
			.splice(0)
			.reverse()
			.map(header => sysctl.unregister(header))
			.filter(isPromise);
		return waiting.length === 0 ? undefined : Promise.all(waiting).then(() => {});
	};
	try {
		for (const [dir, files] of directories(table, path)) headers.push(sysctl.register(dir, files));
	} catch (error) {
		void undo();
		throw error;
	}
	return undo;
}

/** The directories of a table that have files, and empty ones. */
function* directories(table: LegacyCtlTable, path: string): Generator<readonly [path: string, files: CtlTable]> {
	const entries = upToEnd(table);
	const files = entries.filter(({ child }) => child === undefined);
	if (files.length > 0 || entries.length === 0) yield [path, Object.fromEntries(files.map(toEntry))];
	for (const { procname = '', child } of entries) {
		if (child !== undefined) yield* directories(child, path === '' ? procname : `${path}/${procname}`);
	}
}

function upToEnd(table: LegacyCtlTable): readonly LegacyCtlEntry[] {
	const end = table.findIndex(({ ctlName, procname }) => ctlName === 0 && procname === undefined);
	return end < 0 ? table : table.slice(0, end);
}

function toEntry(entry: LegacyCtlEntry): readonly [name: string, entry: CtlAnyEntry] {
	const { procname = '', data, maxlen, mode = 0, procHandler: make } = entry;
	if (make === undefined) return [procname, { data, maxlen, mode }];
	const handler: ProcHandler<number> = Object.assign(
		(table: Parameters<ProcHandler<number>>[0], call: Parameters<ProcHandler<number>>[1]) =>
			make(range(entry))(table, call),
		{ check: make({}).check ?? (() => []) },
	);
	return [procname, ctlEntry({ data, maxlen, mode, handler })];
}

/** The limits, as they are now. */
function range({ extra1, extra2 }: LegacyCtlEntry): { min?: number; max?: number } {
	return { ...(extra1 && { min: extra1.get() }), ...(extra2 && { max: extra2.get() }) };
}

/**
 * sysctl(2) on a table: the bytes of the value that the numbers lead to, before `newval` is stored there. ENOTDIR for numbers that
 * lead nowhere, EPERM where the mode does not allow it, EINVAL for what is no int, and what the strategy throws.
 */
export function doSysctl(
	table: LegacyCtlTable,
	[number, ...rest]: readonly number[],
	ctx: Pick<Context, 'uid'>,
	newval?: Uint8Array,
): Uint8Array {
	const entry = upToEnd(table).find(({ ctlName }) => ctlName === number && ctlName !== CTL_UNNUMBERED);
	if (entry === undefined) throw new Errno('ENOTDIR');
	if (entry.child !== undefined) return doSysctl(entry.child, rest, ctx, newval);
	if (rest.length > 0 || entry.data === undefined) throw new Errno('ENOTDIR');
	const bits = ctx.uid === 0 ? (entry.mode ?? 0) >> 6 : (entry.mode ?? 0);
	const wanted = 0o4 | (newval === undefined ? 0 : 0o2);
	if ((wanted & ~bits) !== 0) throw new Errno('EPERM');
	const before = bytesOf(entry.data.get());
	if (newval === undefined) return before;
	if (entry.strategy === undefined || entry.strategy(entry, newval)) entry.data.set(intOf(newval));
	return before;
}

function intOf(bytes: Uint8Array): number {
	if (bytes.length !== SIZEOF_INT) throw new Errno('EINVAL');
	return new DataView(bytes.buffer, bytes.byteOffset).getInt32(0, true);
}

function bytesOf(value: number): Uint8Array {
	const bytes = new Uint8Array(SIZEOF_INT);
	new DataView(bytes.buffer).setInt32(0, value, true);
	return bytes;
}
